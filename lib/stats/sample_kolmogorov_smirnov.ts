import { overSampleGaps } from "./sample_gaps.ts";

/**
 * Computes the Kolmogorov-Smirnov distance of two samples of numbers: max |F − G|.
 *
 * For counts over categories see `kolmogorovSmirnov`.
 *
 * @param x the first sample
 * @param y the second sample
 * @returns the distance, from 0 to 1
 * @throws {RangeError} if a sample is empty or holds a value that is not a finite number
 * @see Smirnov 1948, Annals of Mathematical Statistics 19(2):279-281
 * @example
 * ```ts
 * import { assertAlmostEquals } from "@std/assert";
 * import { sampleKolmogorovSmirnov } from "@understudy/understudy/stats";
 *
 * assertAlmostEquals(sampleKolmogorovSmirnov([1, 2, 3, 4], [3, 4, 5, 6]), 0.5);
 * ```
 */
export function sampleKolmogorovSmirnov(x: ArrayLike<number>, y: ArrayLike<number>): number {
  let largest = 0;
  overSampleGaps("the Kolmogorov-Smirnov distance", [x, y], (difference) => {
    largest = Math.max(largest, Math.abs(difference));
  });
  return largest;
}
