import { cannot } from "../core/errors.ts";

/**
 * Turns two count (or weight) vectors over the same categories into shares that sum to 1.
 *
 * @param measure the distance that is asked for, named in errors
 * @param p counts of the first sample, one per category
 * @param q counts of the second sample, one per category
 * @returns the two vectors of shares
 * @throws {RangeError} if the lengths differ, a count is negative or not finite, or a vector is all 0
 */
export function distanceShares(
  measure: string,
  p: ArrayLike<number>,
  q: ArrayLike<number>,
): [Float64Array, Float64Array] {
  if (p.length !== q.length) {
    const rule = `have as many categories as 'p', ${p.length}`;
    throw new RangeError(cannot(`compute ${measure}`, "q", rule, q.length));
  }
  return [sharesOf(measure, "p", p), sharesOf(measure, "q", q)];
}

function sharesOf(measure: string, argument: string, counts: ArrayLike<number>): Float64Array {
  let total = 0;
  for (let k = 0; k < counts.length; k++) {
    const count = counts[k]!;
    if (!(count >= 0 && count < Infinity)) {
      throw new RangeError(cannot(`compute ${measure}`, argument, "hold finite counts of at least 0", count));
    }
    total += count;
  }
  if (!(total > 0)) {
    throw new RangeError(cannot(`compute ${measure}`, argument, "have a positive sum", total));
  }
  return Float64Array.from(counts, (count) => count / total);
}
