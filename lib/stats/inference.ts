import type { EstimateRow } from "../core/rows.ts";
import { normalCdf, normalQuantile, studentTQuantile, studentTTwoSided } from "./distributions.ts";
import { findRoot } from "./find_root.ts";
import { dot } from "./matrix.ts";
import { groupProducts } from "./products.ts";
import { positionsOf } from "./resampling.ts";
import { newcombeInterval, type Share } from "./shares.ts";

/** An estimate with what follows from it, as the columns of a table; `df` is `Infinity` for the normal distribution. */
export interface Inference extends
  Pick<
    EstimateRow,
    "estimate" | "std_error" | "statistic" | "df" | "p_value" | "conf_low" | "conf_high" | "conf_level"
  > {
  /** Why a value is `NaN`; empty where none is. */
  readonly reason: readonly string[];
}

/** An estimate before its test and interval; a standard error that cannot be computed is `NaN`. */
export type FoundEstimate = { readonly [value in "estimate" | "stdError" | "df"]: number };

/**
 * The one way from an estimate and its standard error to a test and an interval: Student's t, the normal distribution
 * where `df` is infinite. What cannot be computed is `NaN` and said.
 *
 * @param found the estimate, its standard error (`NaN` where there is none) and its degrees of freedom; of a difference
 * of two independent shares these, for a score interval and its test instead
 * @param alpha one less the level of the interval
 * @param largest the largest outcome in size, beside which a standard error may be nothing but rounding; left out, the
 * estimate itself
 */
export function inferEstimate(
  found: FoundEstimate & { readonly shares?: readonly [Share, Share] },
  alpha: number,
  largest?: number,
): Inference {
  const { estimate, stdError, df, shares } = found;
  if (shares !== undefined) {
    const { low, high, statistic, pValue } = newcombeInterval(...shares, { alpha });
    const ends = { conf_low: low, conf_high: high, conf_level: 1 - alpha };
    return { estimate, std_error: stdError, statistic, df: Infinity, p_value: pValue, ...ends, reason: [] };
  }
  const none = { statistic: NaN, df: NaN, p_value: NaN, conf_low: NaN, conf_high: NaN };
  const conf_level = 1 - alpha;
  const without = (std_error: number, reason: string): Inference => (
    { estimate, std_error, ...none, conf_level, reason: [reason] }
  );
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
    conf_level,
    reason: [],
  };
}

/** Satterthwaite's degrees of freedom of a sum of independent variances that have degrees of freedom each. */
export function summedDegrees(variances: ArrayLike<number>, degrees: ArrayLike<number>): number {
  let [total, uncertainty] = [0, 0];
  for (let at = 0; at < variances.length; at++) {
    total += variances[at]!;
    if (variances[at]! > 0) uncertainty += variances[at]! ** 2 / degrees[at]!;
  }
  return total ** 2 / uncertainty;
}

/**
 * The covariance of two estimates from the units' influences on them: Σ_g a_g b_g G / (G - 1) over the sums within
 * clusters; `NaN` of one cluster.
 */
export function influenceCovariance(a: Float64Array, b: Float64Array, clusters: ArrayLike<number>): number {
  const sums = groupProducts([a, b], new Float64Array(a.length).fill(1), positionsOf(a.length, clusters));
  const G = sums[0]!.length;
  return G < 2 ? NaN : dot(sums[0]!, sums[1]!) * G / (G - 1);
}

/** Values that (almost) agree: how many, how many differ from the most common one, their mean and Σ (value - mean)². */
export type Agreement = { readonly [value in "n" | "differing" | "mean" | "squares"]: number };

/** So many values must differ from the most common one for a variance to rest on them. */
export const enoughDiffering = 5;

/**
 * Finds out whether the values of a side (almost) agree: `null` where {@linkcode enoughDiffering} or more differ from
 * each value that stands twice. Else the most common one is among the first few, so that many values are soon done with.
 */
export function findAgreement(values: Float64Array, side: ArrayLike<number>, own: number): Agreement | null {
  const candidates = new Set<number>();
  for (let at = 0, met = 0; at < values.length && met < enoughDiffering; at++) {
    if (side[at] !== own) continue;
    met++;
    candidates.add(values[at]!);
  }
  let found: Agreement | null = null;
  for (const candidate of candidates) {
    let [n, differing, sum, squares] = [0, 0, 0, 0];
    for (let at = 0; at < values.length && differing < (found?.differing ?? enoughDiffering); at++) {
      if (side[at] !== own) continue;
      const away = values[at]! - candidate;
      n++;
      if (away !== 0) differing++;
      sum += away;
      squares += away * away;
    }
    if (differing >= (found?.differing ?? enoughDiffering) || n < differing + 2) continue;
    found = { n, differing, mean: candidate + sum / n, squares: Math.max(0, squares - sum * sum / n) };
  }
  return found;
}

type BoundEstimate = Pick<FoundEstimate, "estimate" | "stdError">;

/**
 * An interval that covers an effect of which only a lower and an upper bound are known, and the p-value of a zero
 * effect. With equal bounds it is the usual two-sided interval, with bounds far apart each end is one-sided. `NaN` where
 * a standard error is missing or 0. Imbens and Manski 2004, Econometrica 72: 1845-1857, eq. 6-7.
 */
export function boundsInterval(
  lower: BoundEstimate,
  upper: BoundEstimate,
  { alpha = 0.05 }: { alpha?: number } = {},
): { low: number; high: number; pValue: number } {
  const largest = Math.max(lower.stdError, upper.stdError);
  if (!(lower.stdError > 0 && upper.stdError > 0)) return { low: NaN, high: NaN, pValue: NaN };
  const width = Math.max(0, upper.estimate - lower.estimate) / largest;
  const level = (c: number) => normalCdf(c + width) - normalCdf(-c);
  // The level grows with c, whose largest value is the two-sided quantile.
  const most = normalQuantile(1 - alpha / 2) + 1;
  const c = findRoot((size) => level(size) - (1 - alpha), 0, most, [0, Infinity]);
  const outside = Math.max(lower.estimate / lower.stdError, -upper.estimate / upper.stdError);
  return {
    low: lower.estimate - c * lower.stdError,
    high: upper.estimate + c * upper.stdError,
    pValue: outside <= 0 ? 1 : 1 - level(outside),
  };
}
