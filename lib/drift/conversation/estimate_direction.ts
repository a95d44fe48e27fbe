import { cannot } from "../../core/errors.ts";
import type { Table } from "../../core/table.ts";
import { moments } from "../../stats/moments.ts";
import { agreementOf } from "./agreement.ts";
import { type CellColumn, type Score, scoreCells } from "./cell_scores.ts";
import { differenceRows, judgeDifferences, levelRows } from "./compare_columns.ts";
import {
  checkConversation,
  type ConversationOptions,
  type ConversationSettings,
} from "./conversation_options.ts";
import { type ConversationRow, conversationTable } from "./conversation_rows.ts";
import { judgeTrends } from "./judge_trends.ts";
import { ownAnswers, pickItems, turnsOf } from "./pick_probes.ts";
import {
  type Cells,
  type DefaultAnswer,
  readTranscripts,
  type Spoken,
  type Transcripts,
} from "./read_transcripts.ts";
import { slopeColumn, trendRows } from "./turn_trend.ts";

/** Options of {@linkcode estimateDirection}. */
export interface EstimateDirectionOptions extends ConversationOptions {
  /**
   * The probes whose answers are compared with the answers without a persona.
   *
   * @default all probes
   */
  probes?: string | readonly string[];
}

const action = "estimate direction";

/**
 * Estimates whether personas slide toward the model's own view: the distance of their answers to the answers without
 * any persona, turn by turn.
 *
 * The distance is from 0 to 1: on a scale |a − mean of the answers without a persona| / range, else the share of these
 * answers that are another. Each persona counts the same. The slope over turns is tested by each persona's distances
 * changing places among its own turns: below 0 the personas move toward the default. Distances and slopes are compared
 * between arms by permutation (Holm over all): a slide that differs by arm is a confounder. Read slopes, not levels:
 * answers that vary by themselves have a distance even from their own source. Where the answers without a persona
 * are spread over all options there is no view to slide to, and forgetting has no direction: see `estimateStability`.
 *
 * @param transcripts from `recordTranscripts`: needs `persona_id`, `arm`, `turn`, `role` with rows `default`, `item`,
 * `value`
 * @param options see {@linkcode EstimateDirectionOptions}
 * @returns rows by `outcome`: `distance to the default` per arm and turn, `change per turn` per arm; with a `reference`,
 * the difference of an arm from it; the columns are those of `estimateStability`. `verdict` of a change: `toward the
 * default`, `away from the default`, `no movement found`; of a difference: `differs by arm`, `no difference found`
 * @throws {RangeError} if a column or probe is not there, there are no answers without a persona, or a single turn
 * @see Taubenfeld et al. 2024, Systematic Biases in LLM Simulations of Debates, arXiv 2402.04049
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { tableOf } from "@understudy/understudy/core";
 * import { estimateDirection } from "@understudy/understudy/drift";
 *
 * const rows = Array.from({ length: 90 }, (_, i) => ({ persona: i % 30, turn: Math.floor(i / 30) }));
 * const transcripts = tableOf({
 *   persona_id: [...rows.map(({ persona }) => persona), null],
 *   arm: [...rows.map(() => "threat"), null],
 *   turn: [...rows.map(({ turn }) => turn), 0],
 *   role: [...rows.map(() => "probe"), "default"],
 *   item: [...rows.map(() => "trust"), "trust"],
 *   value: [...rows.map(({ turn }) => 1 + turn), 5],
 *   range: [...rows.map(() => 4), 4],
 * });
 * const direction = estimateDirection(transcripts).objects() as { estimate: number; verdict: string }[];
 * assertEquals(direction.map(({ estimate }) => estimate), [1, 0.75, 0.5, -0.25]);
 * assertEquals(direction[3]?.verdict, "toward the default");
 * ```
 */
export function estimateDirection(transcripts: Table, options: EstimateDirectionOptions = {}): Table {
  const settings = checkConversation(action, options, ["probes"]);
  const read = readTranscripts(transcripts, settings);
  const items = pickItems(action, "probes", read, options.probes);
  const scores = scoreDistances(read, items);
  const turns = turnsOf(scores.map(({ column }) => ({ turn: Number(column) })));
  if (turns.length < 2) {
    throw new RangeError(cannot(action, "transcripts", "hold answers at two turns or more", turns));
  }
  const columns = scoreCells(read.cells, scores, turns.map(String));
  return conversationTable(directionRows(read.cells, turns, columns, settings), settings);
}

function directionRows(
  cells: Cells,
  turns: readonly number[],
  columns: readonly CellColumn[],
  settings: ConversationSettings,
): ConversationRow[] {
  const label = (turn: number) => ({ outcome: "distance to the default", item: "", turn, bounded: true });
  const slope = { outcome: "change per turn", item: "", turn: NaN, bounded: false };
  return [
    ...columns.flatMap((column, t) => levelRows(cells, column, label(turns[t]!), settings)),
    ...judgeTrends(trendRows(cells, turns, columns, settings), settings, {
      down: "toward the default",
      up: "away from the default",
      none: "no movement found",
    }),
    ...judgeDifferences([
      ...columns.flatMap((column, t) =>
        turns[t] === 0 ? [] : differenceRows(cells, column, label(turns[t]!), settings)
      ),
      ...differenceRows(cells, slopeColumn(cells, turns, columns), slope, settings),
    ], settings),
  ];
}

/** The distance of each probe answer to the answers without a persona; the column of a score is its turn. */
function scoreDistances({ spoken, defaults }: Transcripts, items: readonly string[]): Score[] {
  const byItem = Map.groupBy(defaults.filter(({ value }) => value !== null), ({ item }) => item);
  const known = items.filter((item) => byItem.has(item));
  if (known.length === 0) {
    throw new RangeError(
      `Cannot ${action} as 'transcripts' has no answers without a persona to ${
        items.join(", ")
      }: they are rows with ` +
        "the role default, which recordTranscripts asks for by { defaults: 10 }",
    );
  }
  const probes = spoken.filter(({ role, item }) => role === "probe" && known.includes(item));
  const own = ownAnswers(probes);
  return probes.flatMap((answer): Score[] => {
    // One answer counts at each turn, turn 0 too, so that turns are alike where nothing changes.
    if (answer.turn === 0 && answer.replicate !== own.get(answer.place)!.replicate) return [];
    const column = String(answer.turn);
    if (answer.value === null) return [{ cell: answer.cell, column, score: NaN }];
    return [{ cell: answer.cell, column, score: distanceTo(byItem.get(answer.item)!, answer) }];
  });
}

/** The distance of one answer to the default: to its mean on a scale, else the share of another answer. */
function distanceTo(defaults: readonly DefaultAnswer[], { value, range }: Spoken): number {
  const numbers = defaults.map((answer) => answer.value);
  if (typeof range === "number" && [value, ...numbers].every((number) => typeof number === "number")) {
    return 1 - agreementOf(value, moments(numbers as number[]).mean, range);
  }
  return moments(defaults.map((answer) => 1 - agreementOf(value, answer.value, range))).mean;
}
