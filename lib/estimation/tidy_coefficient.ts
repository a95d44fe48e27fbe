import { studentTQuantile, studentTTwoSided } from "../stats/distributions.ts";

/** An estimate with what follows from it. */
export interface TidyCoefficient {
  /** The estimate. */
  readonly estimate: number;
  /** Its standard error. */
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
}

/** A value that cannot be computed. */
export const noCoefficient: TidyCoefficient = {
  estimate: NaN,
  std_error: NaN,
  statistic: NaN,
  df: NaN,
  p_value: NaN,
  conf_low: NaN,
  conf_high: NaN,
};

/** Turns an estimate and its standard error into a test and an interval; `NaN` where there is no variance. */
export function tidyCoefficient(
  estimate: number,
  stdError: number,
  df: number,
  alpha: number,
): TidyCoefficient {
  // A standard error below the rounding of the estimate is that of an exact fit.
  const exact = stdError <= 1e-14 * Math.abs(estimate);
  if (!(stdError > 0) || exact || !(df > 0)) {
    return { ...noCoefficient, estimate, std_error: exact ? 0 : stdError >= 0 ? stdError : NaN };
  }
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
  };
}

/** Why an estimate has no p-value; empty where it has one. */
export function explainCoefficient({ estimate, std_error, p_value }: TidyCoefficient): string[] {
  if (!Number.isNaN(p_value)) return [];
  if (Number.isNaN(estimate)) return ["cannot be estimated"];
  if (Number.isNaN(std_error)) return ["no standard error can be computed"];
  return std_error === 0
    ? ["the outcome is fitted exactly, so there is no test and no interval"]
    : ["no degrees of freedom are left"];
}
