import { moments } from "../../stats/moments.ts";
import type { ConversationSettings } from "./conversation_options.ts";
import type { ConversationRow } from "./conversation_rows.ts";
import type { DecayCurves } from "./decay_curves.ts";
import type { DecayRates } from "./decay_rates.ts";
import { scoreInterval } from "./score_level.ts";
import { decayModel, emptyRow, finite } from "./stability_rows.ts";

/** The level without a persona that each arm decays to. */
export function floorRows(
  { cells, floor }: DecayCurves,
  { fits }: DecayRates,
  settings: ConversationSettings,
): ConversationRow[] {
  return cells.arms.map((term, arm): ConversationRow => {
    const row = emptyRow("no-persona level", term);
    if (floor.kind === "number") {
      return {
        ...row,
        estimate: floor.level,
        estimator: "given",
        verdict: "given",
        reason: "given, not measured",
      };
    }
    if (floor.kind === "fitted") {
      const reason = "fitted to the curve, without answers of no persona";
      return { ...row, estimate: fits[arm]!.floor, estimator: decayModel, verdict: "measured", reason };
    }
    const own = cells.arm.flatMap((of, cell) => of === arm ? [cell] : []);
    return { ...row, ...measureFloor(floor.byReply, own, settings.alpha) };
  });
}

/** The mean agreement of answers without a persona with an arm's standards, and its interval. */
function measureFloor(
  byReply: readonly Float64Array[],
  cells: readonly number[],
  alpha: number,
): Partial<ConversationRow> {
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
    verdict: "measured",
    reason: replies.n < 2 ? "no interval from a single answer without a persona" : "",
  };
}

function meanOf(values: readonly number[]): number {
  return moments(finite(values)).mean;
}
