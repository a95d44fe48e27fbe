import { distanceShares } from "./distance_shares.ts";

/**
 * Computes the Jensen-Shannon divergence of two distributions over categories, in bits.
 *
 * H((p + q)/2) − (H(p) + H(q))/2, from 0 (equal) to 1 (no category in common); finite where a category is empty in one
 * of them. Its square root is a metric, and is what SciPy's function returns.
 *
 * @param p counts (or shares) of the first sample, one per category
 * @param q counts (or shares) of the second sample, over the same categories
 * @returns the divergence in bits, from 0 to 1
 * @throws {RangeError} if the lengths differ, a count is negative, or a vector is all 0
 * @see Lin 1991, IEEE Transactions on Information Theory 37(1), eq. 4.1 with equal weights
 * @example
 * ```ts
 * import { assertAlmostEquals } from "@std/assert";
 * import { jensenShannon } from "@understudy/understudy/stats";
 *
 * assertAlmostEquals(jensenShannon([1, 0], [0, 1]), 1);
 * ```
 */
export function jensenShannon(p: ArrayLike<number>, q: ArrayLike<number>): number {
  const [first, second] = distanceShares("the Jensen-Shannon divergence", p, q);
  let sum = 0;
  for (let k = 0; k < first.length; k++) {
    const middle = (first[k]! + second[k]!) / 2;
    sum += (relativeBits(first[k]!, middle) + relativeBits(second[k]!, middle)) / 2;
  }
  return Math.max(0, sum);
}

/** One category's term of the Kullback-Leibler divergence, with 0 log 0 = 0. */
function relativeBits(share: number, middle: number): number {
  return share > 0 ? share * Math.log2(share / middle) : 0;
}
