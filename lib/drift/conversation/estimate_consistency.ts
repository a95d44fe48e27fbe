import { cannot } from "../../core/errors.ts";
import type { Table } from "../../core/table.ts";
import { scoreCells } from "./cell_scores.ts";
import { differenceRows, judgeDifferences, levelRows } from "./compare_columns.ts";
import { checkConversation, type ConversationOptions } from "./conversation_options.ts";
import { type ConversationRow, conversationTable, joinReasons } from "./conversation_rows.ts";
import { pickItems } from "./pick_probes.ts";
import { readTranscripts } from "./read_transcripts.ts";
import { type Judge, scoreLines, scoreProbesAsLines, scoreQuestions } from "./score_consistency.ts";

/** Options of {@linkcode estimateConsistency}. */
export interface EstimateConsistencyOptions extends ConversationOptions {
  /**
   * Judges how well a line fits the persona's text, or an earlier line: from 0 to 1, `NaN` where that cannot be said.
   * For a model as judge, have it judge beforehand and look its verdicts up here.
   *
   * @default none: answers to probes stand in the place of lines, and agreement in that of a judge
   */
  judge?: (line: string, reference: string) => number;
  /**
   * The diagnostic questions of question-and-answer consistency.
   *
   * @default all probes
   */
  probes?: string | readonly string[];
}

const action = "estimate consistency";
const rates = ["prompt to line", "line to line", "question and answer"] as const;

/**
 * Estimates three kinds of consistency of personas in a dialogue: with their description, with what they said before,
 * and in what they believe.
 *
 * Prompt to line: each line against the persona's text. Line to line: each line against each earlier one. Question and
 * answer: answers to diagnostic questions during the dialogue against the persona's own answers before it. Read all
 * three: a persona that forgets who it is may go on agreeing with itself. Free text needs a `judge`; without one, the
 * answers to probes stand in the place of lines (against what the text states, and against earlier answers), scored by
 * 1 − |a − b| / range on scales, else by being the same. Each persona counts the same. Arms are compared by
 * permutation, within personas that were in both, else across personas of a block, with Holm over all comparisons.
 *
 * @param transcripts from `recordTranscripts`: needs `persona_id`, `arm`, `turn`, `role`, `item`, `value`; uses
 * `persona_text`, `stated`, `range` where present
 * @param options see {@linkcode EstimateConsistencyOptions}
 * @returns one row per arm for each `outcome`: `prompt to line`, `line to line`, `question and answer`, and with a
 * `reference` the difference of an arm from it; the columns are those of `estimateStability`. `verdict`: `measured`,
 * `differs by arm`, `no difference found`, `not checked`
 * @throws {RangeError} if a column or probe is not there, or the judge returns something else than 0 to 1
 * @throws {TypeError} if an option is unknown or has the wrong type
 * @see Abdulhai et al. 2025, Consistently Simulating Human Personas with Multi-Turn Reinforcement Learning,
 * arXiv 2511.00222
 * @example A judge of free text
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { tableOf } from "@understudy/understudy/core";
 * import { estimateConsistency } from "@understudy/understudy/drift";
 *
 * const transcripts = tableOf({
 *   persona_id: ["p1", "p1", "p2", "p2"],
 *   arm: ["threat", "threat", "threat", "threat"],
 *   turn: [1, 2, 1, 2],
 *   role: ["line", "line", "line", "line"],
 *   item: ["line", "line", "line", "line"],
 *   value: ["As a farmer, I worry.", "As a farmer, I do.", "As a nurse, I worry.", "As a farmer, I do."],
 *   persona_text: ["You are a farmer.", "You are a farmer.", "You are a nurse.", "You are a nurse."],
 * });
 * const trade = (text: string) => text.includes("farmer");
 * const consistency = estimateConsistency(transcripts, {
 *   judge: (line, reference) => trade(line) === trade(reference) ? 1 : 0,
 * });
 * assertEquals(consistency.array("estimate").slice(0, 2), [0.75, 0.5]);
 * ```
 */
export function estimateConsistency(transcripts: Table, options: EstimateConsistencyOptions = {}): Table {
  const settings = checkConversation(action, options, ["judge", "probes"]);
  const { judge } = options;
  if (judge !== undefined && typeof judge !== "function") {
    throw new TypeError(
      cannot(action, "judge", "be a function of a line and what it is held against", judge),
    );
  }
  const read = readTranscripts(transcripts, settings);
  const probed = read.spoken.some(({ role }) => role === "probe");
  const items = probed || options.probes !== undefined
    ? pickItems(action, "probes", read, options.probes)
    : [];
  const columns = scoreCells(read.cells, [
    ...(judge === undefined
      ? scoreProbesAsLines(read.spoken)
      : scoreLines(action, read.spoken, judge as Judge)),
    ...scoreQuestions(read.spoken, items),
  ], rates);
  const label = (outcome: string) => ({ outcome, item: "", turn: NaN, bounded: true });
  const rows = [
    ...columns.flatMap((column) => levelRows(read.cells, column, label(column.name), settings)),
    ...judgeDifferences(
      columns.flatMap((column) => differenceRows(read.cells, column, label(column.name), settings)),
      settings,
    ),
  ];
  return conversationTable(
    rows.map((row) => explain(row, { structured: judge === undefined, probed: items.length > 0 })),
    settings,
  );
}

/** Says what was held against what, and why a rate is missing. */
function explain(
  row: ConversationRow,
  { structured, probed }: { structured: boolean; probed: boolean },
): ConversationRow {
  const missing = Number.isNaN(row.estimate) && row.reference === "";
  const asked = structured && probed && row.outcome === "line to line";
  // What was asked and not answered lacks no probe and no judge.
  if (missing && row.reason.includes("are missing")) return row;
  const source = row.outcome === "question and answer"
    ? missing ? "needs probes during the dialogue and before it (turn 0)" : ""
    : structured
    ? missing && asked
      ? "needs answers to a probe at two turns of the dialogue"
      : missing
      ? `lines are free text: give a 'judge'${
        row.outcome === "prompt to line" ? ", or probe what is stated" : ""
      }`
      : "answers to probes in the place of lines; give a 'judge' for free text"
    : missing
    ? "needs lines of a persona, and persona_text"
    : "";
  return { ...row, reason: joinReasons(source, row.reason) };
}
