import { callback, columns, readOptions, type RulesFor } from "../core/options.ts";
import type { ConversationOptions, Spoken } from "./transcripts.ts";
import { agreementOf, conversationRules, ownAnswers, pickItems, readTranscripts } from "./transcripts.ts";
import type { Table } from "../core/table.ts";
import { type ConversationRow, conversationTable, levelRows, type Score, scoreCells } from "./turn_scores.ts";
import { differenceRows } from "./score_comparisons.ts";
import { cannot } from "../core/errors.ts";

/** Judges how well a line fits what it is held against, from 0 to 1; `NaN` where that cannot be said. */
export type LineJudge = (line: string, reference: string) => number;

/** Options of {@linkcode estimateConsistency}. */
export interface EstimateConsistencyOptions extends ConversationOptions {
  /**
   * Judges how well a line fits the persona's text, or an earlier line: from 0 to 1, `NaN` where that cannot be said. For a
   * model as judge, have it judge beforehand and look its verdicts up here.
   * @default {undefined} answers to probes stand in the place of lines, and agreement in that of a judge
   */
  judge?: LineJudge;
  /**
   * The diagnostic questions of question-and-answer consistency.
   * @default {undefined} all probes
   */
  probes?: string | readonly string[];
}

const action = "estimate consistency";
const rules = {
  ...conversationRules,
  judge: callback<LineJudge>(),
  probes: columns,
} as const satisfies RulesFor<EstimateConsistencyOptions>;

/**
 * Estimates three kinds of consistency of personas in a dialogue: with their description, with what they said before, and in
 * what they believe.
 *
 * Prompt to line: each line against the persona's text. Line to line: each line against each earlier one. Question and
 * answer: answers to diagnostic questions during the dialogue against the persona's own answers before it. Read all three: a
 * persona that forgets who it is may go on agreeing with itself. Free text needs a `judge`; without one, the answers to
 * probes stand in the place of lines (against what the text states, and against earlier answers), and are scored and
 * compared between arms as in `estimateStability`.
 *
 * @param answers from `runExperiment`, of a protocol with probes: needs `persona_id`, `arm`, `turn`, `kind`, `item`,
 * `value`; uses `persona_text`, `stated`, `range` where present
 * @param options see {@linkcode EstimateConsistencyOptions}
 * @returns one row per arm for each `outcome`: `prompt to line`, `line to line`, `question and answer`, and with a
 * `reference` the difference of an arm from it (`verdict`: `found` or `not found`); the columns are those of
 * `estimateStability`
 * @throws {RangeError} if a column or probe is not there, or the judge returns something else than 0 to 1
 * @see Abdulhai et al. 2025, Consistently Simulating Human Personas with Multi-Turn Reinforcement Learning, arXiv 2511.00222
 * @example A judge of free text
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { tableOf } from "@understudy/understudy/core";
 * import { estimateConsistency } from "@understudy/understudy/drift";
 *
 * const answers = tableOf({
 *   persona_id: ["p1", "p1", "p2", "p2"],
 *   arm: ["threat", "threat", "threat", "threat"],
 *   turn: [1, 2, 1, 2],
 *   kind: ["line", "line", "line", "line"],
 *   item: ["line", "line", "line", "line"],
 *   value: ["As a farmer, I worry.", "As a farmer, I do.", "As a nurse, I worry.", "As a farmer, I do."],
 *   persona_text: ["You are a farmer.", "You are a farmer.", "You are a nurse.", "You are a nurse."],
 * });
 * const trade = (text: string) => text.includes("farmer");
 * const consistency = estimateConsistency(answers, {
 *   judge: (line, reference) => trade(line) === trade(reference) ? 1 : 0,
 * });
 * assertEquals(consistency.array("estimate").slice(0, 2), [0.75, 0.5]);
 * ```
 */
export function estimateConsistency(answers: Table, options: EstimateConsistencyOptions = {}): Table {
  const settings = readOptions(action, options, rules, answers);
  const { judge, probes } = settings;
  const read = readTranscripts(action, answers, settings);
  const { cells, spoken } = read;
  const probed = probes !== undefined || spoken.some(({ kind }) => kind === "probe");
  const items = probed ? pickItems(action, "probes", read, probes) : [];
  const scores = [
    ...(judge === undefined ? scoreProbesAsLines(spoken) : scoreLines(spoken, judge)),
    ...scoreQuestions(spoken, items),
  ];
  const rates = ["prompt to line", "line to line", "question and answer"];
  const columns = scoreCells(cells, scores, rates);
  const judged = [...levelRows(cells, columns, settings), ...differenceRows(cells, columns, settings)];
  const explained = judged.map((row) => explain(row, { structured: judge === undefined, probed }));
  return conversationTable(explained, read, settings);
}

/** Each persona's lines (or answers to a probe) in an arm, in their order. */
function inOrder(spoken: readonly Spoken[]): Spoken[][] {
  return [...Map.groupBy(spoken, ({ place }) => place).values()]
    .map((own) => own.toSorted((a, b) => a.turn - b.turn));
}

function scoreLines(spoken: readonly Spoken[], judge: LineJudge): Score[] {
  const judged = (line: unknown, reference: unknown): number => {
    if (line === null || reference === "") return NaN;
    const score: unknown = judge(String(line), String(reference));
    if (typeof score === "number" && (Number.isNaN(score) || (score >= 0 && score <= 1))) return score;
    throw new RangeError(cannot(action, "judge", "return a number from 0 to 1", score));
  };
  return inOrder(spoken.filter(({ kind }) => kind === "line")).flatMap((own) =>
    own.flatMap(({ cell, value, text }, i): Score[] => {
      const earlier = own.slice(0, i).filter((line) => line.value !== null);
      // A line that is missing is missed once.
      const against = value === null ? own.slice(0, Math.min(i, 1)) : earlier;
      return [
        { cell, column: "prompt to line", score: judged(value, text) },
        ...against.map((line) => ({ cell, column: "line to line", score: judged(value, line.value) })),
      ];
    })
  );
}

/** Scores answers to probes during the dialogue in the place of lines: against what is stated, and earlier answers. */
function scoreProbesAsLines(spoken: readonly Spoken[]): Score[] {
  return inOrder(spoken.filter(({ kind, turn }) => kind === "probe" && turn > 0)).flatMap((own) =>
    own.flatMap(({ cell, value, stated, range }, i): Score[] => {
      const score = (column: string, other: unknown) => (
        { cell, column, score: agreementOf(value, other, range) }
      );
      const earlier = own.slice(0, i).filter((answer) => answer.value !== null)
        .map((answer) => score("line to line", answer.value));
      return stated === null ? earlier : [score("prompt to line", stated), ...earlier];
    })
  );
}

function scoreQuestions(spoken: readonly Spoken[], items: readonly string[]): Score[] {
  const probes = spoken.filter(({ kind, item }) => kind === "probe" && items.includes(item));
  const own = ownAnswers(probes);
  return probes.filter(({ turn }) => turn > 0).map(({ cell, place, value, range }) => {
    const score = agreementOf(value, own.get(place)?.value ?? null, range);
    return { cell, column: "question and answer", score };
  });
}

function explain(row: ConversationRow, { structured, probed }: { structured: boolean; probed: boolean }) {
  const question = row.outcome === "question and answer";
  const inPlace = "answers to probes in the place of lines; give a 'judge' for free text";
  if (row.reference !== undefined || !Number.isNaN(row.estimate)) {
    return structured && !question ? { ...row, notes: [inPlace, ...row.notes] } : row;
  }
  // What was asked and not answered lacks no probe and no judge.
  if (row.notes.some((note) => note.includes("are missing"))) return row;
  const toLine = row.outcome === "prompt to line";
  const why = question
    ? "needs probes during the dialogue and before it (turn 0)"
    : !structured
    ? "needs lines of a persona, and persona_text"
    : probed && !toLine
    ? "needs answers to a probe at two turns of the dialogue"
    : `lines are free text: give a 'judge'${toLine ? ", or probe what is stated" : ""}`;
  return { ...row, reason: [why, ...row.reason] };
}
