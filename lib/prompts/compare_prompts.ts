import { diffWordsWithSpace } from "diff";
import { checkOneOf, checkText } from "../core/checks.ts";
import type { Plan } from "../core/experiment.ts";
import { escapeHtml } from "../core/format.ts";
import { readOptions, rule, type RulesFor, whole } from "../core/options.ts";
import { tableOf } from "../core/table.ts";
import { boxHtml, foldHtml, quietHtml, View } from "../core/view.ts";
import { visibleText } from "../core/visible_text.ts";
import { callAsking, checkPlan, trialCalls } from "./compose_prompt.ts";
import { indexPlan } from "./plan_index.ts";

const action = "compare prompts";

/** Options of {@linkcode comparePrompts}. */
export interface ComparePromptsOptions {
  /**
   * Whose prompts are compared.
   * @default {the first persona of the plan}
   */
  persona?: string | number;
  /**
   * The question, where each is a call of its own.
   * @default {the first that is shown, of a protocol after the treatment was read}
   */
  item?: string;
  /**
   * Which wording of each arm, from 1; the last one of an arm that has fewer.
   * @default {1}
   */
  wording?: number;
}

const rules = {
  persona: rule<string | number, undefined>(() => {}, undefined),
  item: rule<string, undefined>(checkText, undefined),
  wording: whole(1),
} satisfies RulesFor<ComparePromptsOptions>;

/**
 * Compares what one persona would read in each arm, side by side, words that differ marked: does the treatment change
 * anything but what it should?
 *
 * Composed also for the arms that the persona is not in. A treatment that is longer, names what the other leaves open or
 * gives the purpose away changes more than it is meant to, and the model may see another person: read what is marked.
 *
 * @param plan from `planExperiment`
 * @param options persona, question and wording; see {@linkcode ComparePromptsOptions}
 * @returns a view to `show`. Its `table` has one row per arm other than the reference and `part` of the prompt (system
 * message, treatment, questions): words of each (`words_arm`, `words_reference`), those that only one has (`only_arm`,
 * `only_reference`), and whether the part `differs` ("yes", "no")
 * @throws {TypeError} if `plan` is not from `planExperiment`
 * @throws {RangeError} if the plan has no such persona or question
 * @example
 * ```ts
 * import { assertEquals, assertStringIncludes } from "@std/assert";
 * import { assignTreatments, declareDesign, declareTreatments, planExperiment, tableOf, yesNo } from "@understudy/understudy";
 * import { comparePrompts } from "@understudy/understudy/prompts";
 *
 * const treatments = declareTreatments({ control: "The border is quiet.", threat: "The border is on fire." });
 * const design = declareDesign({ treatments, items: [yesNo("fear", "Are you afraid?")], stated: ["age"] });
 * const personas = tableOf({ persona_id: ["p1", "p2"], weight: [1, 1], age: [31, 64] });
 * const plan = planExperiment(assignTreatments(personas, design, { seed: 1 }), design, { seed: 1 });
 * const { text, table } = comparePrompts(plan, { persona: "p2" });
 * assertStringIncludes(text, "The border is [−quiet−]{+on fire+}.");
 * assertEquals(table.array("differs"), ["no", "yes", "no"]);
 * ```
 */
export function comparePrompts(plan: Plan, options: ComparePromptsOptions = {}): View {
  checkPlan(action, plan);
  const { persona, item, wording } = readOptions(action, options, rules);
  const { reference, treatments } = plan.design;
  const arms = treatments.arms.toSorted((a, b) =>
    Number(b.name === reference) - Number(a.name === reference)
  );
  const { trials } = indexPlan(plan);
  const ids = (trials.session ?? trials.persona_id).map(String);
  const row = persona === undefined ? 0 : ids.indexOf(String(persona));
  if (row < 0) checkOneOf(action, "persona", String(persona), ids.slice(0, 1000));
  const [own, ...others] = arms.map(({ name: arm, wordings }): Compared => {
    const calls = trialCalls(plan, row, { arm, wording: Math.min(wording, wordings.length) });
    const read = item === undefined ? calls.filter(({ isBeforeArm }) => !isBeforeArm) : [];
    const { place, treatment, request, step, member } = callAsking(
      action,
      read.length > 0 ? read : calls,
      item,
    );
    const [system, ...asked] = request(new Array<string>(place).fill("…")).messages
      .map(({ content }) => content);
    const all = asked.join("\n\n");
    const first = all.startsWith(treatment) ? treatment : "";
    const texts = [system!, first, all.slice(first.length).trimStart()];
    return { texts, who: `${member?.name ?? "nobody"} in step '${step}'` };
  }) as [Compared, ...Compared[]];
  // A treatment that comes later than at the beginning stands among the other messages.
  const isFirst = plan.design.protocol === null || [own, ...others].some(({ texts }) => texts[1] !== "");
  const shown = [[0, "system message"], [1, "treatment"], [2, isFirst ? "questions" : "messages"]] as const;
  const parts = shown.filter(([at]) => isFirst || at !== 1).map(([at, part]) => ({
    part,
    text: own.texts[at]!,
    rows: others.map(({ texts }, other) => {
      return { arm: arms[other + 1]!.name, reference, part, ...compareTexts(own.texts[at]!, texts[at]!) };
    }),
  }));
  const who = plan.design.protocol === null ? `persona ${ids[row]}` : `${own.who} of session ${ids[row]}`;
  return writeComparison(`What ${who} reads in each arm, beside ${reference}`, parts);
}

interface Compared {
  readonly texts: readonly string[];
  readonly who: string;
}

/** What two texts share, or what each has in between. */
interface Stretch {
  readonly same: boolean;
  reference: string;
  arm: string;
}

function compareTexts(reference: string, arm: string) {
  // Beyond so many words that differ, all are marked: the time grows with their square.
  const changes = diffWordsWithSpace(reference, arm, { maxEditLength: 1000 }) ??
    [{ value: reference, removed: true, added: false }, { value: arm, removed: false, added: true }];
  const stretches: Stretch[] = [];
  changes.forEach(({ value, added, removed }, at) => {
    // One or two words between differences are no common ground.
    const between = at > 0 && at < changes.length - 1 && countWords(value) < 3;
    const same = !added && !removed && !between;
    if (same || (stretches.at(-1)?.same ?? true)) stretches.push({ same, reference: "", arm: "" });
    const last = stretches.at(-1)!;
    if (!added) last.reference += value;
    if (!removed) last.arm += value;
  });
  const apart = stretches.filter(({ same }) => !same);
  return {
    stretches,
    words_arm: countWords(arm),
    words_reference: countWords(reference),
    only_arm: apart.reduce((sum, { arm }) => sum + countWords(arm), 0),
    only_reference: apart.reduce((sum, { reference }) => sum + countWords(reference), 0),
    differs: apart.length > 0 ? "yes" : "no",
  };
}

function countWords(text: string): number {
  return text.match(/\S+/g)?.length ?? 0;
}

type ComparedArm = ReturnType<typeof compareTexts> & { readonly arm: string; readonly reference: string };

function writeComparison(
  title: string,
  parts: readonly { readonly part: string; readonly text: string; readonly rows: readonly ComparedArm[] }[],
): View {
  const written = parts.map(({ part, text, rows }) => {
    const differing = rows.filter(({ differs }) => differs === "yes");
    const isSame = differing.length === 0;
    const where = isSame
      ? "the same in every arm"
      : `differs in ${differing.map(({ arm }) => arm).join(", ")}`;
    const marked = differing.map(({ arm, stretches }) => `${arm}: ${stretches.map(writeStretch).join("")}`);
    const pairs = differing.map((row) => `<div>${sideOf(row, "reference")}${sideOf(row, "arm")}</div>`);
    return {
      differs: isSame ? [] : [part],
      text: `${part}: ${where}\n${isSame ? text : marked.join("\n\n")}`,
      html: foldHtml(
        escapeHtml(`${part}: ${where}`),
        isSame ? boxHtml(escapeHtml(text)) : pairs.join(""),
        true,
      ),
    };
  });
  const found = written.flatMap(({ differs }) => differs).join(", ");
  const told = found === "treatment"
    ? "Only the treatment differs."
    : found === ""
    ? "Nothing differs between the arms."
    : `What differs: ${found}.`;
  const head = quietHtml(`${escapeHtml(told)} Words that only one of two arms has are marked.`);
  return new View({
    html: `<div style="max-width:100%;margin:.5em 0;line-height:1.45"><b>${escapeHtml(title)}</b>${head}${
      written.map(({ html }) => html).join("")
    }</div>`,
    text: visibleText([`${title}\n${told}`, ...written.map(({ text }) => text)].join("\n\n")),
    table: tableOf(parts.flatMap(({ rows }) => rows.map(({ stretches: _, ...row }) => row))),
  });
}

// Notebooks that are not trusted take away grids.
const column =
  "display:inline-block;vertical-align:top;width:49%;min-width:20em;max-width:100%;margin-right:1%";
const inks = { reference: "rgba(213,94,0,.28)", arm: "rgba(0,114,178,.3)" } as const;

/** One side of two: its words, those that the other lacks marked. */
function sideOf({ stretches, ...row }: ComparedArm, side: "reference" | "arm"): string {
  const marked = stretches.map((stretch) => {
    const own = stretch[side].trimEnd();
    const space = stretch[side].slice(own.length);
    if (stretch.same || own === "") return escapeHtml(own) + space;
    const style = `background:${inks[side]};color:inherit;border-radius:2px`;
    return `<mark style="${style}">${escapeHtml(own)}</mark>${space}`;
  });
  const label = `${side === "arm" ? "+" : "−"} ${row[side]}, ${row[`words_${side}`]} words`;
  return `<div style="${column}">${quietHtml(escapeHtml(label))}${boxHtml(marked.join(""))}</div>`;
}

function writeStretch({ same, reference, arm }: Stretch): string {
  if (same) return arm;
  return `${reference === "" ? "" : `[−${reference}−]`}${arm === "" ? "" : `{+${arm}+}`}`;
}
