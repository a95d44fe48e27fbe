/**
 * Sums numbers with compensation, so that the error does not grow with their count.
 *
 * @param values finite numbers; an empty list sums to 0
 * @returns the sum, to about one unit in the last place
 * @see Neumaier 1974, Zeitschrift für Angewandte Mathematik und Mechanik 54, 39-51
 * @example A sum that plain addition gets wrong
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { sum } from "@understudy/understudy/stats";
 *
 * assertEquals(sum([1, 1e100, 1, -1e100]), 2);
 * ```
 */
export function sum(values: ArrayLike<number>): number {
  let total = 0;
  let lost = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    const next = total + value;
    lost += Math.abs(total) >= Math.abs(value) ? (total - next) + value : (value - next) + total;
    total = next;
  }
  // An infinite total makes the compensation NaN; the total itself is then the answer.
  return Number.isFinite(lost) ? total + lost : total;
}
