import { chiSquareUpper, incompleteBeta, normalCdf } from "./distributions.ts";
import { averageOverScaledChi } from "./scaled_chi.ts";
import { lgamma } from "lib-r-math";

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

/**
 * The probability that a noncentral F variable is above `f`: the power of an F test.
 *
 * @param f at least 0
 * @param dfNumerator degrees of freedom of the numerator, above 0
 * @param dfDenominator degrees of freedom of the denominator, above 0
 * @param noncentrality sum of squared effects in units of the error variance; 0 gives the F distribution itself
 * @returns a probability; `NaN` where an argument is out of range
 * @see Johnson and Kotz 1970, Continuous Univariate Distributions 2, 30.4: a Poisson mixture of beta variables
 * @example The p-value of F = 4.1 with 2 and 30 degrees of freedom
 * ```ts
 * import { assertAlmostEquals } from "@std/assert";
 * import { noncentralFUpper } from "@understudy/understudy/stats";
 *
 * // With two degrees of freedom in the numerator the tail is (1 + 2 f / df)^(-df / 2).
 * assertAlmostEquals(noncentralFUpper(4.1, 2, 30, 0), (1 + 8.2 / 30) ** -15, 1e-14);
 * ```
 */
export function noncentralFUpper(
  f: number,
  dfNumerator: number,
  dfDenominator: number,
  noncentrality: number,
): number {
  if (!(f >= 0 && dfNumerator > 0 && dfDenominator > 0 && noncentrality >= 0)) return NaN;
  if (f === Infinity) return 0;
  const scale = dfNumerator * f + dfDenominator;
  const [x, complement] = [(dfNumerator * f) / scale, dfDenominator / scale];
  return mixOverPoisson(
    noncentrality / 2,
    (count) => incompleteBeta(complement, x, dfDenominator / 2, dfNumerator / 2 + count),
  );
}

/**
 * The probability that a noncentral chi-square variable is above `statistic`: the power of a chi-square test.
 *
 * @param statistic at least 0
 * @param df degrees of freedom, above 0
 * @param noncentrality n times the squared effect; 0 gives the chi-square distribution itself
 * @returns a probability; `NaN` where an argument is out of range
 * @example
 * ```ts
 * import { assertAlmostEquals } from "@std/assert";
 * import { noncentralChiSquareUpper, normalCdf } from "@understudy/understudy/stats";
 *
 * // With one degree of freedom it is the square of a normal variable with mean 2.
 * assertAlmostEquals(noncentralChiSquareUpper(9, 1, 4), normalCdf(-1) + normalCdf(-5), 1e-12);
 * ```
 */
export function noncentralChiSquareUpper(statistic: number, df: number, noncentrality: number): number {
  if (!(statistic >= 0 && df > 0 && noncentrality >= 0)) return NaN;
  return mixOverPoisson(noncentrality / 2, (count) => chiSquareUpper(statistic, df + 2 * count));
}

/** Averages a bounded sequence over a Poisson variable, outwards from its mode until the weights vanish. */
function mixOverPoisson(mean: number, value: (count: number) => number): number {
  if (mean === 0) return value(0);
  const weight = (count: number): number => Math.exp(count * Math.log(mean) - mean - lgamma(count + 1));
  const mode = Math.floor(mean);
  let total = 0;
  for (let count = mode; count >= 0; count--) {
    const share = weight(count);
    if (share < 1e-18) break;
    total += share * value(count);
  }
  for (let count = mode + 1;; count++) {
    const share = weight(count);
    if (share < 1e-18) return total;
    total += share * value(count);
  }
}
