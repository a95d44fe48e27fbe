import { distanceShares } from "./distance_shares.ts";

/**
 * Computes the Hellinger distance of two distributions over categories: √(½ Σ (√p − √q)²).
 *
 * A metric from 0 (equal) to 1 (no category in common) that gives rare categories more weight than total variation.
 *
 * @param p counts (or shares) of the first sample, one per category
 * @param q counts (or shares) of the second sample, over the same categories
 * @returns the distance, from 0 to 1
 * @throws {RangeError} if the lengths differ, a count is negative, or a vector is all 0
 * @see Tsybakov 2009, Introduction to Nonparametric Estimation, section 2.4 (there without the ½)
 * @example
 * ```ts
 * import { assertAlmostEquals } from "@std/assert";
 * import { hellinger } from "@understudy/understudy/stats";
 *
 * assertAlmostEquals(hellinger([1, 0], [1, 1]), Math.sqrt(1 - Math.SQRT1_2));
 * ```
 */
export function hellinger(p: ArrayLike<number>, q: ArrayLike<number>): number {
  const [first, second] = distanceShares("the Hellinger distance", p, q);
  let sum = 0;
  for (let k = 0; k < first.length; k++) sum += (Math.sqrt(first[k]!) - Math.sqrt(second[k]!)) ** 2;
  return Math.sqrt(sum / 2);
}
