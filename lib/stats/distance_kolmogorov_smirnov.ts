import { overGaps } from "./distance_scores.ts";

/**
 * Computes the Kolmogorov-Smirnov distance of two distributions over ordered categories: max |F − G|.
 *
 * Only the order of the categories counts, not their scores. Answers on a scale are full of ties: take its p-value
 * from permutations, not from the tables for continuous data.
 *
 * @param p counts (or shares) of the first sample, one per category in increasing order
 * @param q counts (or shares) of the second sample, over the same categories
 * @returns the distance, from 0 to 1
 * @throws {RangeError} if the lengths differ, a count is negative, or a vector is all 0
 * @see Smirnov 1948, Annals of Mathematical Statistics 19(2):279-281
 * @example
 * ```ts
 * import { assertAlmostEquals } from "@std/assert";
 * import { kolmogorovSmirnov } from "@understudy/understudy/stats";
 *
 * assertAlmostEquals(kolmogorovSmirnov([5, 3, 2], [2, 3, 5]), 0.3);
 * ```
 */
export function kolmogorovSmirnov(p: ArrayLike<number>, q: ArrayLike<number>): number {
  let largest = 0;
  overGaps("the Kolmogorov-Smirnov distance", [p, q], {}, (difference) => {
    largest = Math.max(largest, Math.abs(difference));
  });
  return largest;
}
