import type { Json } from "../core/hash.ts";
import type { RandomStream } from "../core/stream.ts";

/** What a question's schema wants an answer to be made of. */
export interface AnswerForm {
  /**
   * One answer; a list of several, each given the ones before it; a total that is shared out among them; or how likely
   * each is, in percent.
   */
  readonly form: "one" | "list" | "amounts" | "percentages";
  /** The answers in the order shown; empty where the schema lists none. */
  readonly shown: readonly Json[];
  readonly isNumber: boolean;
  /** How many answers are drawn: one, the length of the list, or the parts of the total. */
  readonly draws: number;
  /** How much each part counts; 1 where nothing is shared out. */
  readonly part: number;
}

/** A schema as far as it says what an answer is made of. */
export interface AnswerSchema {
  readonly type?: Json;
  readonly description?: Json;
  readonly enum?: readonly Json[];
  readonly items?: AnswerSchema;
  readonly minItems?: number;
  readonly properties?: { readonly [option: string]: AnswerSchema & { readonly maximum?: number } };
}

/** What a schema wants: a list has as many answers as it must have, and one where it may have none. */
export function formOf(schema: AnswerSchema): AnswerForm {
  const { type, description, enum: shown = [], items, minItems = 0, properties } = schema;
  if (type === "array") {
    const draws = Math.max(1, minItems);
    return { form: "list", shown: items?.enum ?? [], isNumber: false, draws, part: 1 };
  }
  if (type === "object" && properties !== undefined) {
    if (description === "the percentage of each answer") {
      return { form: "percentages", shown: Object.keys(properties), isNumber: false, draws: 1, part: 1 };
    }
    const [amount] = Object.values(properties);
    const total = amount?.maximum ?? 1;
    // At most 20 equal parts, and as many as leave each whole where it must be.
    let draws = 20;
    while (amount?.type === "integer" && total % draws !== 0) draws--;
    return { form: "amounts", shown: Object.keys(properties), isNumber: false, draws, part: total / draws };
  }
  return { form: "one", shown, isNumber: type === "integer" || type === "number", draws: 1, part: 1 };
}

/** Draws answers, as places among the possible ones, from the probabilities of a single one. */
export function drawPlaces(
  { form, draws }: AnswerForm,
  probabilities: readonly number[],
  random: RandomStream,
): number[] {
  if (form === "list" && draws > probabilities.length) {
    const count = probabilities.length;
    throw new RangeError(`a list of ${draws} different answers is asked for, and the world has ${count}`);
  }
  const places: number[] = [];
  while (places.length < draws) {
    places.push(random.index(form === "list" ? leftAfter(places, probabilities) : probabilities));
  }
  return places;
}

/** The probabilities of those that a list does not hold yet; all alike where none has any. */
function leftAfter(places: readonly number[], probabilities: readonly number[]): number[] {
  const left = probabilities.map((probability, i) => places.includes(i) ? 0 : probability);
  if (left.some((probability) => probability > 0)) return left;
  return probabilities.map((_, i) => places.includes(i) ? 0 : 1);
}

export function writeAnswer({ form, shown, part }: AnswerForm, spelled: readonly Json[]): Json {
  if (form === "one") return spelled[0]!;
  if (form === "list") return spelled;
  const counts = shown.map((option) => spelled.filter((one) => one === option).length);
  return Object.fromEntries(shown.map((option, i) => [String(option), counts[i]! * part]));
}
