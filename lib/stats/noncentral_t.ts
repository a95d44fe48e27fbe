import { normalCdf } from "./distributions.ts";
import { averageOverScaledChi } from "./scaled_chi.ts";

/**
 * The probability that a noncentral t variable is at most `t`: the distribution of a t statistic where there is an
 * effect.
 *
 * @param t any number
 * @param df degrees of freedom, at least 1; fractions are fine
 * @param noncentrality the true effect divided by its true standard error
 * @returns a probability, to about 1e-13; `NaN` where an argument is `NaN` or `df` is below 1
 * @see Johnson and Kotz 1970, Continuous Univariate Distributions 2, chapter 31
 * @example Without an effect it is Student's t
 * ```ts
 * import { assertAlmostEquals } from "@std/assert";
 * import { noncentralTCdf, studentTCdf } from "@understudy/understudy/stats";
 *
 * assertAlmostEquals(noncentralTCdf(1.7, 9, 0), studentTCdf(1.7, 9), 1e-12);
 * ```
 */
export function noncentralTCdf(t: number, df: number, noncentrality: number): number {
  if (Number.isNaN(t) || Number.isNaN(noncentrality) || !(df >= 1)) return NaN;
  if (!Number.isFinite(t)) return t > 0 ? 1 : 0;
  // T ≤ t exactly where the normal numerator is at most t times the estimated standard error.
  return averageOverScaledChi(df, (s) => normalCdf(t * s - noncentrality), {
    breaks: bends(t, noncentrality),
  });
}

/**
 * The probability that a noncentral t variable is above `t`, with its digits where it is small.
 *
 * @param t any number
 * @param df degrees of freedom, at least 1; fractions are fine
 * @param noncentrality the true effect divided by its true standard error
 * @returns a probability; `NaN` where an argument is `NaN` or `df` is below 1
 * @example
 * ```ts
 * import { assertAlmostEquals } from "@std/assert";
 * import { noncentralTCdf, noncentralTUpper } from "@understudy/understudy/stats";
 *
 * assertAlmostEquals(noncentralTUpper(2, 30, 2.5) + noncentralTCdf(2, 30, 2.5), 1, 1e-13);
 * ```
 */
export function noncentralTUpper(t: number, df: number, noncentrality: number): number {
  return noncentralTCdf(-t, df, -noncentrality);
}

/** Around the standard error at which the normal argument is 0, in steps of its standard deviation. */
function bends(t: number, noncentrality: number): number[] {
  if (t === 0) return [];
  return [-8, -5, -3, -1, 0, 1, 3, 5, 8].map((z) => (noncentrality + z) / t);
}
