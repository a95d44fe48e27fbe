import { studentTQuantile, studentTTwoSided } from "./distributions.ts";

/** An estimate with what follows from it, as the columns of a table. */
export interface Inference {
  /** The estimate. */
  readonly estimate: number;
  /** Its standard error, exactly 0 where only rounding is left. */
  readonly std_error: number;
  /** estimate / std_error. */
  readonly statistic: number;
  /** Degrees of freedom; `Infinity` for the normal distribution. */
  readonly df: number;
  /** Two-sided p-value. */
  readonly p_value: number;
  /** Lower end of the interval. */
  readonly conf_low: number;
  /** Upper end of the interval. */
  readonly conf_high: number;
  /** Its level. */
  readonly conf_level: number;
  /** Why a value is `NaN`; empty where none is. */
  readonly reason: readonly string[];
}

/**
 * The one way from an estimate and its standard error to a test and an interval: Student's t, the normal distribution
 * where `df` is infinite. What cannot be computed is `NaN` and said.
 *
 * @param found the estimate, its standard error (`NaN` where there is none) and its degrees of freedom
 * @param alpha one less the level of the interval
 * @param largest the largest outcome in size, beside which a standard error may be nothing but rounding; left out, the
 * estimate itself
 */
export function inferEstimate(
  found: { readonly estimate: number; readonly stdError: number; readonly df: number },
  alpha: number,
  largest?: number,
): Inference {
  const { estimate, stdError, df } = found;
  const none = {
    statistic: NaN,
    df: NaN,
    p_value: NaN,
    conf_low: NaN,
    conf_high: NaN,
    conf_level: 1 - alpha,
  };
  const without = (std_error: number, ...reason: string[]) => ({ estimate, std_error, ...none, reason });
  if (Number.isNaN(estimate)) return without(NaN, "cannot be estimated");
  if (!(stdError >= 0)) {
    return without(NaN, df <= 0 ? "no degrees of freedom are left" : "no standard error can be computed");
  }
  if (stdError <= 1e-14 * (largest ?? Math.abs(estimate))) {
    const why = largest === undefined ? "is fitted exactly" : "does not vary";
    return without(0, `the outcome ${why}, so there is no test and no interval`);
  }
  if (!(df > 0)) return without(stdError, "no degrees of freedom are left");
  const statistic = estimate / stdError;
  const half = studentTQuantile(1 - alpha / 2, df) * stdError;
  return {
    estimate,
    std_error: stdError,
    statistic,
    df,
    p_value: studentTTwoSided(statistic, df),
    conf_low: estimate - half,
    conf_high: estimate + half,
    conf_level: 1 - alpha,
    reason: [],
  };
}
