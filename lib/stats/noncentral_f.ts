import { chiSquareUpper } from "./chi_square.ts";
import { incompleteBeta } from "./incomplete_beta.ts";
import { lgamma } from "lib-r-math";

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
