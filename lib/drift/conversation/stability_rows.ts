import { normalCdf, studentTQuantile } from "../../stats/distributions.ts";
import { moments } from "../../stats/moments.ts";
import { sampleQuantile } from "../../stats/sample_quantile.ts";
import type { ConversationSettings } from "./conversation_options.ts";
import { type ConversationRow, joinReasons, unmeasured } from "./conversation_rows.ts";
import type { DecayCurves } from "./decay_curves.ts";
import { compareRates, type DecayRates } from "./decay_rates.ts";
import { otherArms } from "./compare_columns.ts";
import { scoreInterval } from "./score_level.ts";

const model = "least squares of floor + (start − floor)·exp(−rate·turn), bootstrap by persona";

/** The level without a persona that each arm decays to. */
export function floorRows(
  { cells, floor }: DecayCurves,
  { fits }: DecayRates,
  settings: ConversationSettings,
): ConversationRow[] {
  return cells.arms.map((term, arm): ConversationRow => {
    const row = emptyRow("no-persona level", term, NaN);
    if (floor.kind !== "measured") {
      const fitted = floor.kind === "fitted";
      return {
        ...row,
        estimate: fitted ? fits[arm]!.floor : floor.level,
        estimator: fitted ? model : "given",
        verdict: fitted ? "measured" : "given",
        reason: fitted ? "fitted to the curve, without answers of no persona" : "given, not measured",
      };
    }
    const own = cells.arm.flatMap((of, cell) => of === arm ? [cell] : []);
    const byUnit = own.map((cell) => meanOf(floor.byReply.map((values) => values[cell]!)));
    const byReply = floor.byReply.map((values) => meanOf(own.map((cell) => values[cell]!)));
    const [units, replies] = [finite(byUnit), finite(byReply)].map((values) => moments(values));
    // Units and default replies are both samples: their variances of the mean add up, a little to the wide side.
    const std_error = Math.sqrt(units!.variance / units!.n + replies!.variance / replies!.n);
    const df = Math.min(units!.n, replies!.n) - 1;
    const spread = { mean: units!.mean, std_error, df, n: units!.n };
    const [conf_low, conf_high] = scoreInterval(spread, settings.alpha);
    return {
      ...row,
      estimate: units!.mean,
      std_error,
      df,
      conf_low,
      conf_high,
      n: units!.n,
      estimator: `mean agreement of answers without a persona (${replies!.n}) with the standard`,
      verdict: "measured",
      reason: replies!.n < 2 ? "no interval from a single answer without a persona" : "",
    };
  });
}

/** The decay rate and the half-life of each arm; `trends` say whether there is a decay at all. */
export function decayRows(
  { cells, turns }: DecayCurves,
  { fits, draws }: DecayRates,
  trends: readonly ConversationRow[],
  settings: ConversationSettings,
): ConversationRow[] {
  const fastest = 20 / (turns[1]! - turns[0]!);
  return cells.arms.flatMap((term, arm): ConversationRow[] => {
    const { rate } = fits[arm]!;
    const trend = trends[arm]!;
    const [low, high] = percentiles(draws[arm]!, trend.n, settings);
    const shared = { p_value: trend.p_value, n: trend.n, estimator: model, verdict: trend.verdict };
    const reason = joinReasons(
      whyRate(rate, fastest, fits[arm]!.floor),
      lostDraws(draws[arm]!),
      settings.bootstraps === 0 ? "no interval as 'bootstraps' is 0" : "",
    );
    const spread = moments(finite(draws[arm]!));
    return [
      {
        ...emptyRow("decay rate", term, NaN),
        ...shared,
        estimate: rate,
        std_error: settings.bootstraps > 1 ? Math.sqrt(spread.variance) : NaN,
        conf_low: low,
        conf_high: high,
        p_adjusted: trend.p_adjusted,
        reason,
      },
      {
        ...emptyRow("half-life", term, NaN),
        ...shared,
        // Half of the distance to the floor is gone when exp(−rate·turn) = 1/2; without decay, never.
        estimate: Math.LN2 / rate,
        conf_low: Math.LN2 / high,
        conf_high: Math.LN2 / low,
        p_adjusted: trend.p_adjusted,
        reason,
      },
    ];
  });
}

/** The difference of each arm's decay rate from the reference's. */
export function rateDifferenceRows(
  curves: DecayCurves,
  { fits, draws }: DecayRates,
  settings: ConversationSettings,
): ConversationRow[] {
  const { arms, reference } = curves.cells;
  if (reference < 0) return [];
  return otherArms(curves.cells).map((arm): ConversationRow => {
    const { p_value, design, n } = compareRates(curves, arm, settings);
    const differences = draws[arm]!.map((rate, draw) => rate - draws[reference]![draw]!);
    const [conf_low, conf_high] = percentiles(
      differences,
      Math.min(...unitsOf(curves, [arm, reference])),
      settings,
    );
    const spread = moments(finite(differences));
    return {
      ...emptyRow("decay rate", arms[arm]!, NaN),
      reference: arms[reference]!,
      estimator: `${model}; p by permutation of arms`,
      design,
      estimate: fits[arm]!.rate - fits[reference]!.rate,
      std_error: settings.bootstraps > 1 ? Math.sqrt(spread.variance) : NaN,
      p_value,
      conf_low,
      conf_high,
      n,
      reason: joinReasons(
        Number.isNaN(p_value) ? "an arm has no rate" : "",
        lostDraws(differences),
      ),
    };
  });
}

/** How many units each arm has. */
function unitsOf({ cells }: DecayCurves, arms: readonly number[]): number[] {
  return arms.map((arm) => cells.arm.filter((of) => of === arm).length);
}

/** A row without numbers. */
function emptyRow(outcome: string, term: string, turn: number): ConversationRow {
  return {
    ...unmeasured,
    n: NaN,
    outcome,
    item: "",
    term,
    reference: "",
    turn,
    estimator: "",
    design: "",
    p_adjusted: NaN,
    verdict: "not checked",
    reason: "",
  };
}

function whyRate(rate: number, fastest: number, floor: number): string {
  if (Number.isNaN(rate)) {
    return "no decay can be fitted: answers do not lie above the no-persona level, so there is nothing to lose";
  }
  if (rate === 0) {
    return "no decay seen: the curve does not fall toward the no-persona level, so it never halves";
  }
  return rate > 0.95 * fastest
    ? `all that decays has decayed to ${floor.toFixed(2)} by the second turn: the rate is a lower bound`
    : "";
}

function lostDraws(draws: ArrayLike<number>): string {
  const lost = Array.from(draws).filter(Number.isNaN).length;
  return lost > 0 && lost < draws.length
    ? `${lost} of ${draws.length} bootstrap samples have no rate and are left out`
    : "";
}

/**
 * The expanded percentile interval: bootstrap samples of n units vary by (n − 1)/n too little, and by the normal rather
 * than by Student's distribution (Hesterberg 2015, The American Statistician 69(4):371-386, section 5.2).
 */
function percentiles(draws: ArrayLike<number>, n: number, { alpha }: ConversationSettings): [number, number] {
  const values = Float64Array.from(finite(draws)).sort();
  if (values.length === 0 || !(n >= 2)) return [NaN, NaN];
  const tail = normalCdf(-Math.sqrt(n / (n - 1)) * studentTQuantile(1 - alpha / 2, n - 1));
  // Type 6, (B + 1)p: a further draw falls below it with probability p.
  return [sampleQuantile(values, tail, 6), sampleQuantile(values, 1 - tail, 6)];
}

function finite(values: ArrayLike<number>): number[] {
  return Array.from(values).filter((value) => !Number.isNaN(value));
}

function meanOf(values: readonly number[]): number {
  return moments(finite(values)).mean;
}
