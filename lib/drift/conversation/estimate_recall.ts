import { checkLevel } from "../../core/checks.ts";
import { cannot } from "../../core/errors.ts";
import type { Table } from "../../core/table.ts";
import { agreementOf } from "./agreement.ts";
import { type CellColumn, type Score, scoreCells } from "./cell_scores.ts";
import { differenceRows, judgeDifferences, levelRows } from "./compare_columns.ts";
import {
  checkConversation,
  type ConversationOptions,
  type ConversationSettings,
} from "./conversation_options.ts";
import { type ConversationRow, conversationTable, joinReasons } from "./conversation_rows.ts";
import { judgeTrends } from "./judge_trends.ts";
import { pickItems, turnsOf } from "./pick_probes.ts";
import { type Cells, readTranscripts, type Spoken, type Transcripts } from "./read_transcripts.ts";
import { trendRows } from "./turn_trend.ts";

/** Options of {@linkcode estimateRecall}. */
export interface EstimateRecallOptions extends ConversationOptions {
  /**
   * The probes that ask back what the persona's text states.
   *
   * @default all probes with a stated value
   */
  attributes?: string | readonly string[];
  /**
   * The turn after which recall is judged.
   *
   * @default the last turn with probes
   */
  turn?: number;
  /**
   * The share of attributes that memory must hold to be called sound.
   *
   * @default 0.9
   */
  enough?: number;
}

const action = "estimate recall";

/**
 * Estimates the share of a persona's stated attributes that it still reports correctly after the dialogue.
 *
 * A check that what fails is not memory: where attributes that the text states are still told rightly, a difference
 * between arms in what it leaves open is user drift, not forgetting. An attribute is right or wrong; each persona
 * counts the same; answers that are missing are left out and counted in `reason`. Where probes were also asked before
 * the dialogue, the change since then is tested, each persona's two shares changing places. Arms are compared by
 * permutation, within personas that were in both, else across personas of a block, with Holm over all comparisons.
 *
 * @param transcripts from `recordTranscripts`: needs `persona_id`, `arm`, `turn`, `role`, `item`, `value`, `stated`
 * @param options see {@linkcode EstimateRecallOptions}
 * @returns rows by `outcome`: `recall` per arm over all attributes (`item` empty) and for each attribute, `recall
 * before` (turn 0), `change in recall`; with a `reference`, the difference of an arm from it; the columns are those of
 * `estimateStability`. `verdict` of a recall: `remembered` (the interval lies above `enough`), `forgotten` (below), `not
 * settled`, `not checked` (nothing answered, or turn 0 alone); of a change: `loss`, `gain`, `no change found`; of a difference: `differs by arm`, `no difference found`
 * @throws {RangeError} if a column, an attribute or the turn is not there, or nothing is stated
 * @see Lin et al. 2026, arXiv 2605.20767 (attribute recall after the intervention)
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { tableOf } from "@understudy/understudy/core";
 * import { estimateRecall } from "@understudy/understudy/drift";
 *
 * const rows = Array.from({ length: 60 }, (_, i) => i);
 * const transcripts = tableOf({
 *   persona_id: rows,
 *   arm: rows.map((i) => i < 30 ? "control" : "threat"),
 *   turn: rows.map(() => 3),
 *   role: rows.map(() => "probe"),
 *   item: rows.map(() => "party"),
 *   value: rows.map((i) => i < 45 ? "left" : "right"),
 *   stated: rows.map(() => "left"),
 * });
 * const recall = estimateRecall(transcripts).objects() as { estimate: number; reference: string; verdict: string }[];
 * assertEquals(recall.slice(0, 2).map(({ estimate }) => estimate), [1, 0.5]);
 * assertEquals(recall.find(({ reference }) => reference === "control")?.verdict, "differs by arm");
 * ```
 */
export function estimateRecall(transcripts: Table, options: EstimateRecallOptions = {}): Table {
  const settings = checkConversation(action, options, ["attributes", "turn", "enough"]);
  const { enough = 0.9 } = options;
  checkLevel(action, "enough", enough);
  const read = readTranscripts(transcripts, settings);
  const asked = statedAnswers(read, options.attributes);
  const turn = chooseTurn(asked, options.turn);
  const attributes = [...new Set(asked.map(({ item }) => item))];
  const after = scoreAttributes(read.cells, asked.filter((answer) => answer.turn === turn), attributes);
  const before = scoreAttributes(read.cells, asked.filter((answer) => answer.turn === 0), attributes);
  const rows = recallRows(read.cells, { after, before, turn }, settings);
  return conversationTable(
    rows.map((row) => turn === 0 ? beforeDialogue(row) : judgeRecall(row, enough)),
    settings,
  );
}

/** What was answered before the dialogue is no test of it, however well it is remembered. */
function beforeDialogue(row: ConversationRow): ConversationRow {
  const why = "answers before the dialogue (turn 0) alone: they say nothing of what it does";
  return { ...row, verdict: "not checked", reason: joinReasons(why, row.reason) };
}

function recallRows(
  cells: Cells,
  { after, before, turn }: { after: CellColumn[]; before: CellColumn[]; turn: number },
  settings: ConversationSettings,
): ConversationRow[] {
  const label = (column: CellColumn) => ({ outcome: "recall", item: column.name, turn, bounded: true });
  const start = { outcome: "recall before", item: "", turn: 0, bounded: true };
  const known = turn !== 0 && before[0]!.values.some((value) => !Number.isNaN(value));
  // A slope over two turns that are one apart is the change.
  const changes = known ? trendRows(cells, [0, 1], [before[0]!, after[0]!], settings) : [];
  return [
    ...after.flatMap((column) => levelRows(cells, column, label(column), settings)),
    ...(known ? levelRows(cells, before[0]!, start, settings) : []),
    ...judgeTrends(changes, settings, { down: "loss", up: "gain", none: "no change found" })
      .map((row) => ({ ...row, outcome: "change in recall", turn })),
    ...judgeDifferences(
      after.flatMap((column) => differenceRows(cells, column, label(column), settings)),
      settings,
    ),
  ];
}

/** One score per attribute; the first column, without a name, holds them all. */
function scoreAttributes(
  cells: Cells,
  answers: readonly Spoken[],
  attributes: readonly string[],
): CellColumn[] {
  const scores = answers.flatMap(({ cell, item, value, stated }): Score[] => {
    const score = value === null ? NaN : agreementOf(value, stated, null);
    return [{ cell, column: "", score }, { cell, column: item, score }];
  });
  return scoreCells(cells, scores, attributes.length === 1 ? [""] : ["", ...attributes]);
}

function judgeRecall(row: ConversationRow, enough: number): ConversationRow {
  if (row.outcome !== "recall" || row.reference !== "" || Number.isNaN(row.conf_low)) return row;
  const verdict = row.conf_low >= enough
    ? "remembered"
    : row.conf_high < enough
    ? "forgotten"
    : "not settled";
  return { ...row, verdict };
}

function statedAnswers(read: Transcripts, asked: EstimateRecallOptions["attributes"]): Spoken[] {
  const items = pickItems(action, "attributes", read, asked);
  const stated = read.spoken.filter((answer) =>
    answer.role === "probe" && items.includes(answer.item) && answer.stated !== null
  );
  if (stated.length === 0) {
    throw new RangeError(
      `Cannot ${action} as the persona's text states nothing of ${
        items.join(", ")
      }: name a probe like the attribute ` +
        "that it asks back, or give recordTranscripts { asksBack: { probe: 'attribute' } }",
    );
  }
  return stated;
}

function chooseTurn(answers: readonly Spoken[], asked: number | undefined): number {
  const turns = turnsOf(answers);
  const turn = asked ?? turns[turns.length - 1]!;
  if (turns.includes(turn)) return turn;
  throw new RangeError(
    `${cannot(action, "turn", "be one with probes", turn)}, the turns are ${turns.join(", ")}`,
  );
}
