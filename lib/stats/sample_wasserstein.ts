import { overSampleGaps } from "./sample_gaps.ts";

/**
 * Computes the Wasserstein-1 (earth mover's) distance of two samples of numbers: ∫ |F − G|.
 *
 * The least average distance by which values must be moved to turn one sample into the other. For counts over
 * categories see `wasserstein`.
 *
 * @param x the first sample
 * @param y the second sample
 * @returns the distance, in the unit of the numbers
 * @throws {RangeError} if a sample is empty or holds a value that is not a finite number
 * @see Vallender 1974, Theory of Probability and Its Applications 18(4):784-786
 * @example
 * ```ts
 * import { assertAlmostEquals } from "@std/assert";
 * import { sampleWasserstein } from "@understudy/understudy/stats";
 *
 * assertAlmostEquals(sampleWasserstein([0, 1, 3], [5, 6, 8]), 5);
 * ```
 */
export function sampleWasserstein(x: ArrayLike<number>, y: ArrayLike<number>): number {
  let sum = 0;
  overSampleGaps("the Wasserstein distance", [x, y], (difference, width) => {
    sum += Math.abs(difference) * width;
  });
  return sum;
}
