import { checkOptions } from "../core/checks.ts";
import { cannot } from "../core/errors.ts";
import { readTwoSamples, type Sample, sumOverPairs } from "./sample_points.ts";

/** Options of {@linkcode maximumMeanDiscrepancy}. */
export interface MaximumMeanDiscrepancyOptions {
  /** The kernel is exp(−sigma |x − y|²): above 0, the larger, the finer the differences that are seen. */
  sigma: number;
  /**
   * Leaves the pairs of a point with itself out, so that the mean over samples is the square of the distance of the
   * populations, and returns that square, which may be below 0.
   *
   * @default false
   */
  unbiased?: boolean;
}

/**
 * Computes the maximum mean discrepancy of two samples with a Gaussian kernel: √(E k(X, X′) + E k(Y, Y′) − 2 E k(X, Y)).
 *
 * 0 only where the two distributions are the same. The plain version averages over all pairs and is biased upward, so
 * compare it with a permutation null; `unbiased` drops the pairs of a point with itself and returns the square. R's
 * `kernlab::kmmd` has the first as its first-order statistic; its third-order statistic is the second over the first
 * points only, as many of each sample.
 *
 * @param x numbers, or points with the same coordinates
 * @param y numbers or points of the same kind
 * @param options see {@linkcode MaximumMeanDiscrepancyOptions}
 * @returns the discrepancy, or its unbiased square
 * @throws {RangeError} if `sigma` is not above 0, a sample has too few points, points differ in length, or a coordinate
 * is not a finite number
 * @see Gretton et al. 2012, Journal of Machine Learning Research 13:723-773, eq. 3 and 5
 * @example
 * ```ts
 * import { assertAlmostEquals } from "@std/assert";
 * import { maximumMeanDiscrepancy } from "@understudy/understudy/stats";
 *
 * assertAlmostEquals(maximumMeanDiscrepancy([0], [1], { sigma: 1 }), Math.sqrt(2 - 2 * Math.exp(-1)));
 * ```
 */
export function maximumMeanDiscrepancy(
  x: Sample,
  y: Sample,
  options: MaximumMeanDiscrepancyOptions,
): number {
  const measure = "the maximum mean discrepancy";
  checkOptions(`compute ${measure}`, options, ["sigma", "unbiased"]);
  const { sigma, unbiased = false } = options;
  if (!(sigma > 0 && sigma < Infinity)) {
    throw new RangeError(cannot(`compute ${measure}`, "sigma", "be a finite number above 0", sigma));
  }
  const [first, second] = readTwoSamples(measure, x, y);
  // n, m: points of each sample
  const [n, m] = [first.count, second.count];
  if (unbiased && Math.min(n, m) < 2) {
    const rule = "be false where a sample has fewer than two points";
    throw new RangeError(cannot(`compute ${measure}`, "unbiased", rule, unbiased));
  }
  const kernel = (squared: number) => Math.exp(-sigma * squared);
  const between = sumOverPairs(first, second, kernel) / (n * m);
  const own = (points: typeof first) => sumOverPairs(points, points, kernel);
  if (unbiased) {
    // k(x, x) = 1: n pairs of a point with itself are left out.
    return (own(first) - n) / (n * (n - 1)) + (own(second) - m) / (m * (m - 1)) - 2 * between;
  }
  return Math.sqrt(Math.max(0, own(first) / (n * n) + own(second) / (m * m) - 2 * between));
}
