import { studentTQuantile, studentTTwoSided } from "../stats/distributions.ts";
import type { Comparison } from "../core/units.ts";
import type { EffectEstimate } from "./effect_estimate.ts";

/** What follows from an estimate, its standard error and its degrees of freedom. */
export interface TidyEstimate {
  /** Standard error, exactly 0 where only rounding is left. */
  readonly std_error: number;
  /** estimate / std_error. */
  readonly statistic: number;
  /** Degrees of freedom. */
  readonly df: number;
  /** Two-sided p-value. */
  readonly p_value: number;
  /** Lower end of the interval. */
  readonly conf_low: number;
  /** Upper end of the interval. */
  readonly conf_high: number;
  /** Why a value is `NaN`; empty where none is. */
  readonly notes: readonly string[];
}

/** Turns an estimate into a p-value and an interval; what cannot be computed is `NaN` and said. */
export function tidyEstimate(
  found: EffectEstimate,
  comparison: Pick<Comparison, "outcome">,
  alpha: number,
): TidyEstimate {
  const { estimate, stdError, df } = found;
  const unknown = { statistic: NaN, df: NaN, p_value: NaN, conf_low: NaN, conf_high: NaN };
  if (Number.isNaN(stdError)) {
    return { std_error: NaN, ...unknown, notes: ["no standard error can be computed"] };
  }
  const largest = comparison.outcome.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  if (stdError <= 1e-14 * largest) {
    return {
      std_error: 0,
      ...unknown,
      notes: ["the outcome does not vary, so there is no test and no interval"],
    };
  }
  if (!(df > 0)) return { std_error: stdError, ...unknown, notes: ["no degrees of freedom are left"] };
  const statistic = estimate / stdError;
  const half = studentTQuantile(1 - alpha / 2, df) * stdError;
  return {
    std_error: stdError,
    statistic,
    df,
    p_value: studentTTwoSided(statistic, df),
    conf_low: estimate - half,
    conf_high: estimate + half,
    notes: [],
  };
}
