import { pchisq, qchisq } from "lib-r-math";

/**
 * The probability that a chi-square variable is at least as large as seen: the p-value of a chi-square test.
 *
 * @param statistic the statistic, at least 0
 * @param df degrees of freedom; with 0 the variable is 0 for certain
 * @returns a p-value; `NaN` of `NaN`
 * @example
 * ```ts
 * import { assertAlmostEquals } from "@std/assert";
 * import { chiSquareUpper } from "@understudy/understudy/stats";
 *
 * assertAlmostEquals(chiSquareUpper(2, 2), Math.exp(-1), 1e-14);
 * ```
 */
export function chiSquareUpper(statistic: number, df: number): number {
  if (Number.isNaN(statistic)) return NaN;
  if (statistic === Infinity) return 0;
  return df === 0 ? 1 : pchisq(statistic, df, undefined, false);
}

/**
 * The value below which a chi-square variable falls with a probability.
 *
 * @param probability from 0 to 1
 * @param df degrees of freedom; with 0 the variable is 0 for certain
 * @returns the quantile
 * @example
 * ```ts
 * import { assertAlmostEquals } from "@std/assert";
 * import { chiSquareQuantile } from "@understudy/understudy/stats";
 *
 * assertAlmostEquals(chiSquareQuantile(0.5, 2), 2 * Math.log(2), 1e-12);
 * ```
 */
export function chiSquareQuantile(probability: number, df: number): number {
  return df === 0 ? 0 : qchisq(probability, df);
}
