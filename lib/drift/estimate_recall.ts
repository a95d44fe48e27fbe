import { cannot } from "../core/errors.ts";
import { columns, intervalRules, readOptions, rule, type RulesFor } from "../core/options.ts";
import { distinct, type Table } from "../core/table.ts";
import type { Cells, ConversationOptions, Spoken, Transcripts } from "./transcripts.ts";
import { agreementOf, conversationRules, pickItems, readTranscripts, turnsOf } from "./transcripts.ts";
import type { CellColumn, ConversationRow, Score } from "./turn_scores.ts";
import { conversationTable, levelRows, scoreCells } from "./turn_scores.ts";
import { differenceRows, trendRows } from "./score_comparisons.ts";

/** Options of {@linkcode estimateRecall}. */
export interface EstimateRecallOptions extends ConversationOptions {
  /**
   * The probes that ask back what the persona's text states.
   * @default {undefined} all probes with a stated value
   */
  attributes?: string | readonly string[];
  /**
   * The turn after which recall is judged.
   * @default {undefined} the last turn with probes
   */
  turn?: number;
  /**
   * The share of attributes that memory must hold to be called sound.
   * @default {0.9}
   */
  enough?: number;
}

const action = "estimate recall";
const rules = {
  ...conversationRules,
  attributes: columns,
  turn: rule<number, undefined>(() => {}, undefined),
  enough: rule<number, number>(intervalRules.alpha.check, 0.9),
} as const satisfies RulesFor<EstimateRecallOptions>;

/**
 * Estimates the share of a persona's stated attributes that it still reports correctly after the dialogue.
 *
 * A check that what fails is not memory: where attributes that the text states are still told rightly, a difference
 * between arms in what it leaves open is user drift, not forgetting. An attribute is right or wrong; each persona
 * counts the same; answers that are missing are left out and counted in `notes`. Where probes were also asked before
 * the dialogue, the change since then is tested, each persona's two shares changing places. Arms are compared as in
 * `estimateStability`.
 *
 * @param answers from `runExperiment`, of a protocol with probes: needs `persona_id`, `arm`, `turn`, `kind`, `item`, `value`, `stated`
 * @param options see {@linkcode EstimateRecallOptions}
 * @returns rows by `outcome`: `recall` per arm over all attributes (`item` empty) and for each attribute, `recall
 * before` (turn 0), `change in recall`; with a `reference`, the difference of an arm from it; the columns are those of
 * `estimateStability`. `verdict` of a recall: `found` (forgetting: the interval lies below `enough`), `within margin` (it
 * lies above: less is forgotten than would matter), `not found` (neither), `cannot tell` (nothing answered, or turn 0
 * alone); of a change since turn 0 (`notes` say whether it is a loss or a gain) and of a difference: `found`, `not found`
 * @throws {RangeError} if a column, an attribute or the turn is not there, or nothing is stated
 * @see Lin et al. 2026, arXiv 2605.20767 (attribute recall after the intervention)
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { tableOf } from "@understudy/understudy/core";
 * import { estimateRecall } from "@understudy/understudy/drift";
 *
 * const rows = Array.from({ length: 60 }, (_, i) => i);
 * const answers = tableOf({
 *   persona_id: rows,
 *   arm: rows.map((i) => i < 30 ? "control" : "threat"),
 *   turn: rows.map(() => 3),
 *   kind: rows.map(() => "probe"),
 *   item: rows.map(() => "party"),
 *   value: rows.map((i) => i < 45 ? "left" : "right"),
 *   stated: rows.map(() => "left"),
 * });
 * const recall = estimateRecall(answers).objects() as { estimate: number; reference: string; verdict: string }[];
 * assertEquals(recall.slice(0, 2).map(({ estimate }) => estimate), [1, 0.5]);
 * assertEquals(recall.find(({ reference }) => reference === "control")?.verdict, "found");
 * ```
 */
export function estimateRecall(answers: Table, options: EstimateRecallOptions = {}): Table {
  const settings = readOptions(action, options, rules, answers);
  const read = readTranscripts(action, answers, settings);
  const asked = statedAnswers(read, settings.attributes);
  const turn = chooseTurn(asked, settings.turn);
  const attributes = distinct(asked.map(({ item }) => item));
  const scoresAt = (outcome: string, at: number) =>
    scoreAttributes(read.cells, asked.filter(({ turn }) => turn === at), attributes, { outcome, turn: at });
  const after = scoresAt("recall", turn);
  const before = (turn === 0 ? [] : scoresAt("recall before", 0).slice(0, 1))
    .filter(({ values }) => values.some((value) => !Number.isNaN(value)));
  // A slope over two turns that are one apart is the change.
  const both = [...before, { ...after[0]!, label: { outcome: "recall", turn: 1 } }];
  const says = ["a loss since before the dialogue", "a gain since before the dialogue"] as const;
  const changes = before.length === 0 ? [] : trendRows(read.cells, both, settings, says);
  const rows: ConversationRow[] = [
    ...levelRows(read.cells, [...after, ...before], settings),
    ...changes.map((row) => ({ ...row, outcome: "change in recall", turn })),
    ...differenceRows(read.cells, after, settings),
  ];
  const judged = rows.map((row) => judgeRecall(row, turn, settings.enough));
  return conversationTable(judged, read, settings);
}

/** One score per attribute; the first column, without a name, holds them all. */
function scoreAttributes(
  cells: Cells,
  answers: readonly Spoken[],
  attributes: readonly string[],
  label: { readonly outcome: string; readonly turn: number },
): CellColumn[] {
  const scores = answers.flatMap(({ cell, item, value, stated }): Score[] => {
    const score = agreementOf(value, stated, null);
    return [{ cell, column: "", score }, { cell, column: item, score }];
  });
  const names = attributes.length === 1 ? [""] : ["", ...attributes];
  return scoreCells(cells, scores, names, (item) => ({ ...label, item }));
}

function judgeRecall(row: ConversationRow, turn: number, enough: number): ConversationRow {
  const { conf_low = NaN, conf_high = NaN } = row;
  if (turn === 0) {
    // However well it is remembered.
    const why = "answers before the dialogue (turn 0) alone: they say nothing of what it does";
    return { ...row, verdict: "cannot tell", reason: [why, ...row.reason] };
  }
  if (row.outcome !== "recall" || row.reference !== undefined) return row;
  const verdict = Number.isNaN(conf_low)
    ? "cannot tell"
    : conf_low >= enough
    ? "within margin"
    : conf_high < enough
    ? "found"
    : "not found";
  return { ...row, verdict };
}

function statedAnswers(read: Transcripts, asked: EstimateRecallOptions["attributes"]): Spoken[] {
  const items = pickItems(action, "attributes", read, asked);
  const stated = read.spoken.filter((answer) =>
    answer.kind === "probe" && items.includes(answer.item) && answer.stated !== null
  );
  if (stated.length === 0) {
    const advice =
      "name a probe like the attribute that it asks back, or probe(items, { asksBack: { probe: 'attribute' } })";
    throw new RangeError(
      `Cannot ${action} as the persona's text states nothing of ${items.join(", ")}: ${advice}`,
    );
  }
  return stated;
}

function chooseTurn(answers: readonly Spoken[], asked: number | undefined): number {
  const turns = turnsOf(answers);
  const turn = asked ?? turns.at(-1)!;
  if (turns.includes(turn)) return turn;
  throw new RangeError(
    `${cannot(action, "turn", "be one with probes", turn)}, the turns are ${turns.join(", ")}`,
  );
}
