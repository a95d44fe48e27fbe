import { distanceShares } from "./distance_shares.ts";

/**
 * Computes the total variation distance of two distributions over categories: ½ Σ |p − q|.
 *
 * The largest difference in probability that any set of categories can show; from 0 (equal) to 1 (no category in
 * common). Between two samples it is biased upward: it is above 0 even where nothing differs, so compare it with its
 * permutation null, never with 0.
 *
 * @param p counts (or shares) of the first sample, one per category
 * @param q counts (or shares) of the second sample, over the same categories
 * @returns the distance, from 0 to 1
 * @throws {RangeError} if the lengths differ, a count is negative, or a vector is all 0
 * @see Levin and Peres 2017, Markov Chains and Mixing Times, proposition 4.2
 * @example
 * ```ts
 * import { assertAlmostEquals } from "@std/assert";
 * import { totalVariation } from "@understudy/understudy/stats";
 *
 * assertAlmostEquals(totalVariation([50, 50], [70, 30]), 0.2);
 * ```
 */
export function totalVariation(p: ArrayLike<number>, q: ArrayLike<number>): number {
  const [first, second] = distanceShares("the total variation distance", p, q);
  let sum = 0;
  for (let k = 0; k < first.length; k++) sum += Math.abs(first[k]! - second[k]!);
  return sum / 2;
}
