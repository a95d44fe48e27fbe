import { checkOneOf } from "../../core/checks.ts";
import { cannot } from "../../core/errors.ts";
import type { Table } from "../../core/table.ts";
import { type CellColumn, scoreCells } from "./cell_scores.ts";
import { differenceRows, judgeDifferences, levelRows } from "./compare_columns.ts";
import {
  checkConversation,
  type ConversationOptions,
  type ConversationSettings,
} from "./conversation_options.ts";
import { type ConversationRow, conversationTable, joinReasons } from "./conversation_rows.ts";
import { type DecayCurves, type Floor, layOutCurves } from "./decay_curves.ts";
import { decayRates } from "./decay_rates.ts";
import { floorRows } from "./floor_rows.ts";
import { judgeTrends } from "./judge_trends.ts";
import { pickItems, turnsOf } from "./pick_probes.ts";
import { readTranscripts, type Transcripts } from "./read_transcripts.ts";
import { measuredFloor, scoreStability, type StabilityScores } from "./score_stability.ts";
import { decayRows, rateDifferenceRows } from "./stability_rows.ts";
import { trendRows } from "./turn_trend.ts";

/** Options of {@linkcode estimateStability}. */
export interface EstimateStabilityOptions extends ConversationOptions {
  /**
   * The probes whose answers are scored: things that the treatment cannot change.
   *
   * @default probes that ask for something stated, which have a right answer; all probes where none does, or where
   * answers are held against the own (`against`)
   */
  probes?: string | readonly string[];
  /**
   * What answers are held against: what the persona's text states (`stated`), or its own answer before the dialogue
   * (`own`).
   *
   * @default what is stated where a probe asks for something stated, else the own answer
   */
  against?: "stated" | "own";
  /**
   * The level that answers decay to: that of the answers without a persona (`measured`), `fitted` to the curve, or a
   * number from 0 to 1.
   *
   * @default "measured" where there are answers without a persona, else "fitted"
   */
  floor?: "measured" | "fitted" | number;
  /**
   * How many bootstrap samples of personas make the intervals of rates and half-lives; 0 for none.
   *
   * @default 2000
   */
  bootstraps?: number;
}

const action = "estimate stability";

/**
 * Estimates how long personas stay who they are: the agreement of their answers with themselves, turn by turn.
 *
 * Each probe answer is scored from 0 to 1 by a deterministic judge: 1 − |a − b| / range on a scale, else whether the
 * two answers are the same. Each persona counts the same. The curve floor + (start − floor)·exp(−rate·turn) is fitted
 * to each arm's means; its half-life, ln 2 / rate, is the number of turns in which the distance to the no-persona level
 * halves. The start is fitted, since answers that vary by themselves do not agree fully even before the dialogue: a
 * second answer before the dialogue shows that at turn 0. Turn 0 has no treatment, so probe things that the treatment
 * cannot change; a jump that all arms share may be the treatments' doing, not the dialogue's.
 *
 * By default the probes are those that ask for something stated, such as an attribute: they have a right answer. Where
 * stated attributes and negative controls are averaged, a curve mixes what is forgotten with what was never said.
 *
 * Whether there is decay at all is tested by the slope over turns, each persona's scores changing places among its own
 * turns. Arms are compared at each turn after the first and in the rate, by permuting arms within personas that were in
 * both, else across personas of a block; p-values are adjusted (Holm) over all comparisons of arms. Decay that differs
 * by arm is a confounder. `no decay found` is not evidence of stability: read the interval of the half-life; it is
 * `NaN` where all personas answer alike.
 *
 * @param transcripts from `recordTranscripts`: needs `persona_id`, `arm`, `turn`, `role`, `item`, `value`; uses
 * `status`, `stated`, `range` (length of the scale) and `replicate` where present
 * @param options see {@linkcode EstimateStabilityOptions}
 * @returns rows by `outcome`: `stability` (one per arm and turn; with a `reference`, differences), `no-persona level`,
 * `change per turn`, `decay rate` (per turn; with a `reference`, differences) and `half-life` (turns; `Infinity` where
 * no decay is seen), with the columns `item`, `term` (the arm), `reference`, `turn`, `estimator`, `design`, `estimate`,
 * `std_error`, `statistic`, `df`, `p_value`, `p_adjusted`, `conf_low`, `conf_high`, `conf_level`, `n` (personas),
 * `basis`, `verdict` (`decay`, `growth`, `no decay found`; `differs by arm`, `no difference found`; `measured`,
 * `fitted`, `given`; `not checked` where nothing is known, as where all dialogues failed), `reason`
 * @throws {RangeError} if a column, probe or arm is not there, or probes were asked at a single turn
 * @throws {TypeError} if an option is unknown or has the wrong type
 * @see Li et al. 2024, Measuring and Controlling Instruction (In)Stability in Language Model Dialogs, arXiv 2402.10962
 * @example Half of the personas forget their party by the second turn
 * ```ts
 * import { assertAlmostEquals, assertEquals } from "@std/assert";
 * import { tableOf } from "@understudy/understudy/core";
 * import { estimateStability } from "@understudy/understudy/drift";
 *
 * const rows = Array.from({ length: 120 }, (_, i) => ({ persona: i % 40, turn: Math.floor(i / 40) }));
 * const remembers = ({ persona, turn }: { persona: number; turn: number }) => persona < 40 / 2 ** turn;
 * const transcripts = tableOf({
 *   persona_id: rows.map(({ persona }) => persona),
 *   arm: rows.map(() => "threat"),
 *   turn: rows.map(({ turn }) => turn),
 *   role: rows.map(() => "probe"),
 *   item: rows.map(() => "party"),
 *   value: rows.map((row) => remembers(row) ? "left" : "none"),
 *   stated: rows.map(() => "left"),
 * });
 * const stability = estimateStability(transcripts, { floor: 0, bootstraps: 100 });
 * const half = stability.objects().find((row) => (row as { outcome: string }).outcome === "half-life") as {
 *   estimate: number;
 *   verdict: string;
 * };
 * assertAlmostEquals(half.estimate, 1, 1e-3);
 * assertEquals(half.verdict, "decay");
 * ```
 */
export function estimateStability(transcripts: Table, options: EstimateStabilityOptions = {}): Table {
  const settings = checkConversation(action, options, ["probes", "against", "floor", "bootstraps"]);
  checkOneOf(action, "against", options.against, [undefined, "stated", "own"]);
  const read = readTranscripts(transcripts, settings);
  const { items, left } = chooseProbes(read, options);
  const scored = scoreStability(action, read, items, options.against);
  const turns = turnsOf(scored.scores.map(({ column }) => ({ turn: Number(column) })));
  if (turns.length < 2) {
    throw new RangeError(cannot(action, "transcripts", "hold scores at two turns or more", turns));
  }
  const columns = scoreCells(read.cells, scored.scores, turns.map(String));
  const floor = chooseFloor(options.floor, measuredFloor(read, scored.standards));
  const curves = layOutCurves(read.cells, turns, columns, floor);
  return conversationTable(stabilityRows(curves, columns, { ...scored, left }, settings), settings);
}

/** The probes asked for, else those that ask for something stated: what a persona should say is then known. */
function chooseProbes(
  read: Transcripts,
  { probes, against }: EstimateStabilityOptions,
): { items: readonly string[]; left: readonly string[] } {
  const items = pickItems(action, "probes", read, probes);
  const known = new Set(read.spoken.filter(({ stated }) => stated !== null).map(({ item }) => item));
  const stated = items.filter((item) => known.has(item));
  if (probes !== undefined || against === "own" || stated.length === 0) return { items, left: [] };
  return { items: stated, left: items.filter((item) => !known.has(item)) };
}

function stabilityRows(
  curves: DecayCurves,
  columns: readonly CellColumn[],
  scored: StabilityScores & { readonly left: readonly string[] },
  settings: ConversationSettings,
): ConversationRow[] {
  const { cells, turns } = curves;
  const label = (turn: number) => ({ outcome: "stability", item: "", turn, bounded: true });
  const levels = columns.flatMap((column, t) => levelRows(cells, column, label(turns[t]!), settings));
  const trends = judgeTrends(trendRows(cells, turns, columns, settings), settings, {
    down: "decay",
    up: "growth",
    none: "no decay found",
  });
  const rates = decayRates(curves, settings);
  const differences = judgeDifferences([
    // Before the dialogue arms have seen nothing that differs.
    ...columns.flatMap((column, t) =>
      turns[t] === 0 ? [] : differenceRows(cells, column, label(turns[t]!), settings)
    ),
    ...rateDifferenceRows(curves, rates, settings),
  ], settings);
  const standard = joinReasons(
    describeStandards(scored),
    scored.left.length === 0
      ? ""
      : `left out as the persona's text states nothing of them: ${
        scored.left.join(", ")
      } (name them in 'probes')`,
  );
  return [
    ...levels.map((row) => ({ ...row, reason: joinReasons(standard, row.reason) })),
    ...floorRows(curves, rates, levels, settings),
    ...trends,
    ...decayRows(curves, rates, { levels, trends }, settings),
    ...differences,
  ];
}

function describeStandards({ own, stated }: StabilityScores): string {
  return joinReasons(
    stated.length > 0 ? `held against what the persona's text states: ${stated.join(", ")}` : "",
    own.length > 0 ? `held against the persona's own answer before the dialogue: ${own.join(", ")}` : "",
  );
}

function chooseFloor(asked: EstimateStabilityOptions["floor"], measured: Floor | null): Floor {
  if (asked === undefined) return measured ?? { kind: "fitted" };
  if (asked === "fitted") return { kind: "fitted" };
  if (typeof asked === "number" && asked >= 0 && asked <= 1) return { kind: "number", level: asked };
  if (asked !== "measured") {
    throw new RangeError(cannot(action, "floor", "be measured, fitted or a number from 0 to 1", asked));
  }
  if (measured === null) {
    throw new RangeError(
      `Cannot ${action} as 'floor' is measured and the transcripts have no answers without a persona (role default) to these probes`,
    );
  }
  return measured;
}
