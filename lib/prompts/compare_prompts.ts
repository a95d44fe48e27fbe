import { diffWordsWithSpace } from "diff";
import { checkOneOf, checkText } from "../core/checks.ts";
import type { Plan } from "../core/experiment.ts";
import { escapeHtml } from "../core/format.ts";
import { readOptions, rule, type RulesFor, whole } from "../core/options.ts";
import { tableOfRows } from "../core/table.ts";
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
   * @default {the first that is shown}
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

const columnNames = [
  ...["arm", "reference", "part", "words_arm", "words_reference", "only_arm", "only_reference", "verdict"],
];

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
 * `only_reference`), `verdict` (`found` where the parts differ)
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
 * assertEquals(table.array("verdict"), ["not found", "found", "not found"]);
 * ```
 */
export function comparePrompts(plan: Plan, options: ComparePromptsOptions = {}): View {
  checkPlan(action, plan);
  const { persona, item, wording } = readOptions(action, options, rules);
  const { reference, treatments } = plan.design;
  const { arms: declared } = treatments;
  const arms = [...declared].sort((a, b) => Number(b.name === reference) - Number(a.name === reference));
  const ids = indexPlan(plan).trials.persona_id.map(String);
  const row = persona === undefined ? 0 : ids.indexOf(String(persona));
  if (row < 0) checkOneOf(action, "persona", String(persona), ids.slice(0, 1000));
  const [read, ...others] = arms.map(({ name: arm, wordings }) => {
    const calls = trialCalls(plan, row, { arm, wording: Math.min(wording, wordings.length) });
    const { place, treatment, request } = callAsking(action, calls, item);
    const [system, ...asked] = request(new Array<string>(place).fill("…")).messages.map(({ content }) =>
      content
    );
    return [system!, treatment, asked.join("\n\n").slice(treatment.length).trimStart()];
  }) as [string[], ...string[][]];
  const rows = partNames.flatMap((part, place) =>
    others.map((texts, at) => {
      const stretches = compareTexts(read[place]!, texts[place]!);
      const apart = stretches.filter(({ same }) => !same);
      return {
        ...{ arm: arms[at + 1]!.name, reference, part, stretches, text: read[place]! },
        words_arm: wordsOf(stretches, "arm"),
        words_reference: wordsOf(stretches, "reference"),
        only_arm: wordsOf(apart, "arm"),
        only_reference: wordsOf(apart, "reference"),
        verdict: apart.length > 0 ? "found" : "not found",
      };
    })
  );
  return writeComparison(`What persona ${ids[row]} reads in each arm, beside ${reference}`, rows);
}

/** The parts of a prompt. */
const partNames = ["system message", "treatment", "questions"] as const;

/** What two texts share, or what each has in between. */
interface Stretch {
  readonly same: boolean;
  reference: string;
  arm: string;
}

function compareTexts(reference: string, arm: string): Stretch[] {
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
  return stretches;
}

function countWords(text: string): number {
  return text.match(/\S+/g)?.length ?? 0;
}

type Side = "reference" | "arm";

function wordsOf(stretches: readonly Stretch[], side: Side): number {
  return stretches.reduce((sum, stretch) => sum + countWords(stretch[side]), 0);
}

interface ComparedPart {
  readonly arm: string;
  readonly reference: string;
  readonly part: string;
  /** As the reference has it. */
  readonly text: string;
  readonly stretches: readonly Stretch[];
  readonly verdict: string;
}

function writeComparison(title: string, rows: readonly ComparedPart[]): View {
  const parts = [...Map.groupBy(rows, ({ part }) => part)].map(([part, compared]) => {
    const differing = compared.filter(({ verdict }) => verdict === "found");
    const where = differing.map(({ arm }) => arm).join(", ");
    return {
      ...{ part, differing, text: compared[0]!.text },
      heading: `${part}: ${differing.length === 0 ? "the same in every arm" : `differs in ${where}`}`,
    };
  });
  const found = parts.filter(({ differing }) => differing.length > 0).map(({ part }) => part).join(", ");
  const told = found === ""
    ? "Nothing differs between the arms."
    : found === "treatment"
    ? "Only the treatment differs."
    : `What differs: ${found}.`;
  const sections = parts.map(({ heading, text, differing }) => {
    const pairs = differing.map((row) =>
      `<div style="${pair}">${sideOf(row, "reference")}${sideOf(row, "arm")}</div>`
    );
    return foldHtml(
      escapeHtml(heading),
      pairs.length === 0 ? boxHtml(escapeHtml(text)) : pairs.join(""),
      true,
    );
  });
  const texts = parts.map(({ heading, text, differing }) => {
    const marked = differing.map(({ arm, stretches }) => `${arm}: ${stretches.map(writeStretch).join("")}`);
    return `${heading}\n${marked.length === 0 ? text : marked.join("\n\n")}`;
  });
  return new View({
    html: `<div style="max-width:100%;margin:.5em 0;line-height:1.45"><b>${escapeHtml(title)}</b>${
      quietHtml(`${escapeHtml(told)} Words that only one of two arms has are marked.`)
    }${sections.join("")}</div>`,
    text: visibleText([`${title}\n${told}`, ...texts].join("\n\n")),
    table: tableOfRows(rows, columnNames),
  });
}

const pair =
  "display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,17em),1fr));gap:0 .8em;margin:.3em 0";
const inks = { reference: "rgba(213,94,0,.28)", arm: "rgba(0,114,178,.3)" } as const;

/** One side of two: its words, those that the other lacks marked. */
function sideOf({ stretches, ...names }: ComparedPart, side: Side): string {
  const marked = stretches.map((stretch) => {
    const own = escapeHtml(stretch[side].trimEnd());
    const space = stretch[side].slice(stretch[side].trimEnd().length);
    if (stretch.same || own === "") return own + space;
    return `<mark style="background:${inks[side]};color:inherit;border-radius:2px">${own}</mark>${space}`;
  });
  const label = `${side === "arm" ? "+" : "−"} ${names[side]}, ${wordsOf(stretches, side)} words`;
  return `<div>${quietHtml(escapeHtml(label))}${boxHtml(marked.join(""))}</div>`;
}

function writeStretch({ same, reference, arm }: Stretch): string {
  if (same) return arm;
  return `${reference === "" ? "" : `[−${reference}−]`}${arm === "" ? "" : `{+${arm}+}`}`;
}
