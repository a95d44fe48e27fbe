import { overGaps, type ScoreOptions } from "./distance_scores.ts";

/**
 * Computes the Wasserstein-1 (earth mover's) distance of two distributions over ordered categories: Σ |F − G| × step.
 *
 * The least average number of scale points by which answers must be moved to turn one distribution into the other.
 * Unlike total variation it knows that 6 is nearer to 7 than 1 is.
 *
 * @param p counts (or shares) of the first sample, one per category in increasing order
 * @param q counts (or shares) of the second sample, over the same categories
 * @param options see {@linkcode ScoreOptions}
 * @returns the distance, in units of the scores
 * @throws {RangeError} if the lengths differ, a count is negative, a vector is all 0, or scores do not increase
 * @see Vallender 1974, Theory of Probability and Its Applications 18(4):784-786
 * @example
 * ```ts
 * import { assertAlmostEquals } from "@std/assert";
 * import { wasserstein } from "@understudy/understudy/stats";
 *
 * assertAlmostEquals(wasserstein([1, 0, 0], [0, 0, 1]), 2);
 * ```
 */
export function wasserstein(p: ArrayLike<number>, q: ArrayLike<number>, options: ScoreOptions = {}): number {
  let sum = 0;
  overGaps("the Wasserstein distance", [p, q], options, (difference, width) => {
    sum += Math.abs(difference) * width;
  });
  return sum;
}
