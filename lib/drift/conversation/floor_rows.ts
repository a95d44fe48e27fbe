import { moments } from "../../stats/moments.ts";
import type { ConversationSettings } from "./conversation_options.ts";
import { type ConversationRow, joinReasons } from "./conversation_rows.ts";
import { cellsOfArm, type DecayCurves } from "./decay_curves.ts";
import type { DecayRates } from "./decay_rates.ts";
import type { DecayFit } from "./fit_decay.ts";
import { scoreInterval } from "./score_level.ts";
import { belowFloor, decayModel, emptyRow, finite } from "./stability_rows.ts";

/** The level without a persona that each arm decays to. */
export function floorRows(
  curves: DecayCurves,
  { fits }: DecayRates,
  levels: readonly ConversationRow[],
  settings: ConversationSettings,
): ConversationRow[] {
  const { cells, floor } = curves;
  return cells.arms.map((term, arm): ConversationRow => {
    const row = emptyRow("no-persona level", term);
    if (floor.kind === "number") {
      return {
        ...row,
        estimate: floor.level,
        estimator: "given",
        verdict: "given",
        reason: joinReasons("given, not measured", belowFloor(curves, levels, arm)),
      };
    }
    if (floor.kind === "fitted") {
      return { ...row, estimator: decayModel, ...fittedFloor(fits[arm]!) };
    }
    const measured = measureFloor(floor.byReply, cellsOfArm(cells, arm), settings.alpha);
    return { ...row, ...measured, reason: joinReasons(measured.reason, belowFloor(curves, levels, arm)) };
  });
}

/** What a curve that falls shows of the level it falls to; without a fall that level is not in the data. */
function fittedFloor({ rate, floor }: DecayFit): Pick<ConversationRow, "estimate" | "verdict" | "reason"> {
  return rate > 0
    ? {
      estimate: floor,
      verdict: "fitted",
      reason: "fitted to the curve, without answers of no persona",
    }
    : {
      estimate: NaN,
      verdict: "not checked",
      reason: "no decay seen, so that the curve does not show to which level it would lead",
    };
}

/** The mean agreement of answers without a persona with an arm's standards, and its interval. */
function measureFloor(
  byReply: readonly Float64Array[],
  cells: readonly number[],
  alpha: number,
): Partial<ConversationRow> & { reason: string } {
  const units = moments(finite(cells.map((cell) => meanOf(byReply.map((values) => values[cell]!)))));
  const replies = moments(finite(byReply.map((values) => meanOf(cells.map((cell) => values[cell]!)))));
  // Units and replies are two samples, crossed: the variances of their means add up.
  const std_error = Math.sqrt(units.variance / units.n + replies.variance / replies.n);
  const df = Math.min(units.n, replies.n) - 1;
  const [conf_low, conf_high] = scoreInterval({ mean: units.mean, std_error, df, n: units.n }, alpha);
  return {
    estimate: units.mean,
    std_error,
    df,
    conf_low,
    conf_high,
    n: units.n,
    estimator: `mean agreement of answers without a persona (${replies.n}) with the standard`,
    verdict: Number.isNaN(units.mean) ? "not checked" : "measured",
    reason: Number.isNaN(units.mean)
      ? "no answer without a persona can be held against an answer of this arm"
      : replies.n < 2
      ? "no interval from a single answer without a persona"
      : "",
  };
}

function meanOf(values: readonly number[]): number {
  return moments(finite(values)).mean;
}
