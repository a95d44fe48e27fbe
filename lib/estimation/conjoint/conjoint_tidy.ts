import { studentTQuantile, studentTTwoSided } from "../../stats/distributions.ts";
import type { ConjointSettings } from "./conjoint_options.ts";

/** What is known of one estimate. */
export interface ConjointEstimate {
  /** The estimate. */
  readonly estimate: number;
  /** Its variance before the factor for the number of respondents. */
  readonly variance: number;
  /** The number of respondents (of rows, where these are independent). */
  readonly clusters: number;
  /** The largest absolute outcome, for what counts as 0. */
  readonly largest: number;
  /** The value that the test compares with. */
  readonly nullValue: number;
  /** What the reader must know. */
  readonly notes: readonly string[];
}

/** The columns that follow. */
export interface TidyConjoint {
  readonly estimate: number;
  readonly std_error: number;
  readonly statistic: number;
  readonly df: number;
  readonly p_value: number;
  readonly conf_low: number;
  readonly conf_high: number;
  readonly conf_level: number;
  readonly reason: string;
}

/** Fewer respondents than this make normal intervals noticeably too short. */
const fewClusters = 50;

/** Turns an estimate and its variance into standard error, test and interval. */
export function tidyConjoint(found: ConjointEstimate, settings: ConjointSettings): TidyConjoint {
  const { estimate, clusters: C, nullValue, notes } = found;
  const { alpha, distribution } = settings;
  const unknown = { statistic: NaN, df: NaN, p_value: NaN, conf_low: NaN, conf_high: NaN };
  const say = (...more: string[]): string => [...more, ...notes].filter((note) => note !== "").join("; ");
  const level = { conf_level: 1 - alpha };
  if (Number.isNaN(estimate)) return { estimate, std_error: NaN, ...unknown, ...level, reason: say() };
  if (C < 2) {
    const why = "one respondent shows no variance";
    return { estimate, std_error: NaN, ...unknown, ...level, reason: say(why) };
  }
  // Binder 1983: linearised variance, with C / (C - 1) as in the R package survey.
  const std_error = Math.sqrt(Math.max(0, found.variance) * (C / (C - 1)));
  if (std_error <= 1e-13 * found.largest) {
    const why = "the outcome does not vary, so there is no test and no interval";
    return { estimate, std_error: 0, ...unknown, ...level, reason: say(why) };
  }
  const df = distribution === "normal" ? Infinity : C - 1;
  const statistic = (estimate - nullValue) / std_error;
  const half = studentTQuantile(1 - alpha / 2, df) * std_error;
  const few = distribution === "normal" && C < fewClusters
    ? `${C} respondents are few for a normal interval: see distribution "t"`
    : "";
  return {
    estimate,
    std_error,
    statistic,
    df,
    p_value: studentTTwoSided(statistic, df),
    conf_low: estimate - half,
    conf_high: estimate + half,
    ...level,
    reason: say(few),
  };
}
