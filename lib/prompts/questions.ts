import { type Distribution, distributionOf } from "../core/distribution.ts";
import type { Design } from "../core/experiment.ts";
import type { Item } from "../core/item.ts";
import { alternativesOf, elicitedItem } from "../items/elicited.ts";

/** What stands between the treatment and questions that are one call, unless the plan says otherwise. */
export const defaultInstruction: string =
  "Answer the questions below as yourself. Reply with one JSON object whose properties are the names in brackets.";

export interface Question {
  /** The question, with the name and the text under which it is asked. */
  readonly asked: Item;
  readonly item: string;
  /** The profile that it is about, from 1; `null` where it is about none or lets choose between them. */
  readonly profile: number | null;
  readonly shown: readonly string[] | undefined;
  /** What is put in its place: where percentages are elicited, a question for them; else the question. */
  readonly put: Item;
  /** Whether it is put for the log-probabilities of its answers: without a schema. */
  readonly byTokens: boolean;
}

/** Whether an item lets choose between the profiles of a task: their labels are among its options. */
export function choosesProfile({ conjoint }: Pick<Design, "conjoint">, item: Item): boolean {
  const { options = [] } = item;
  return conjoint !== null && conjoint.labels.every((label) => options.includes(label));
}

/**
 * The questions of a call, in the order asked. In a conjoint an item that does not let choose between the profiles is
 * asked once of each: `welcome` becomes `welcome_1`, "Profile 1: How welcome …", and `welcome_2`.
 */
export function questionsOf(
  design: Design,
  order: readonly string[],
  shown: { readonly [item: string]: readonly string[] },
): Question[] {
  const { conjoint, items, elicit } = design;
  return order.flatMap((name): Question[] => {
    const item = items.find((candidate) => candidate.name === name)!;
    const own = shown[name];
    const ask = (asked: Item, profile: number | null): Question => ({
      asked,
      item: name,
      profile,
      shown: own,
      put: elicitedItem(asked, elicit, own),
      byTokens: elicit === "log-probabilities" && alternativesOf(asked, own).length > 0,
    });
    if (conjoint === null || choosesProfile(design, item)) return [ask(item, null)];
    if (conjoint.profiles === 1) return [ask(item, 1)];
    return conjoint.labels.map((label, place) =>
      ask({ ...item, name: `${name}_${place + 1}`, text: `${label}: ${item.text}` }, place + 1)
    );
  });
}

/** Options in the order shown, by the names under which questions are asked. */
export function shownBy(questions: readonly Question[]): { readonly [name: string]: readonly string[] } {
  // Without what every object inherits: an item may be called constructor.
  const shown: { [name: string]: readonly string[] } = Object.create(null);
  for (const { asked, shown: options } of questions) if (options !== undefined) shown[asked.name] = options;
  return shown;
}

/** What an answer says of one profile: 1 where it was chosen and 0 where not; the answer itself of any other question. */
export function valueFor(
  { conjoint }: Pick<Design, "conjoint">,
  { profile: about }: Question,
  value: unknown,
  profile: number,
): unknown {
  if (conjoint === null || about !== null || value === null) return value;
  return [value].flat().includes(conjoint.labels[profile - 1]) ? 1 : 0;
}

/** The probabilities of what an answer says of one profile: of 1, that it is chosen, and of 0. */
export function distributionFor(
  { conjoint }: Pick<Design, "conjoint">,
  { profile: about }: Question,
  distribution: Distribution | null,
  profile: number,
): Distribution | null {
  if (conjoint === null || about !== null || distribution === null) return distribution;
  const chosen = distribution[conjoint.labels[profile - 1]!] ?? 0;
  return distributionOf(["0", "1"], [1 - chosen, chosen]);
}
