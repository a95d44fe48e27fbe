import { cannot } from "../core/errors.ts";

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
  const [first, second] = [sortedSample("x", x), sortedSample("y", y)];
  // n, m: sample sizes
  const [n, m] = [first.length, second.length];
  let [i, j, largest] = [0, 0, 0];
  while (i < n && j < m) {
    const value = Math.min(first[i]!, second[j]!);
    while (i < n && first[i] === value) i++;
    while (j < m && second[j] === value) j++;
    const difference = Math.abs(i / n - j / m);
    if (difference > largest) largest = difference;
  }
  return largest;
}

/** A checked sample in increasing order. */
function sortedSample(argument: string, sample: ArrayLike<number>): Float64Array {
  const action = "compute the Kolmogorov-Smirnov distance";
  if (sample.length === 0) {
    throw new RangeError(cannot(action, argument, "hold at least one value", sample.length));
  }
  const sorted = Float64Array.from(sample).sort();
  // -Infinity is sorted to the front, Infinity and NaN to the end.
  for (const value of [sorted[0]!, sorted.at(-1)!]) {
    if (!Number.isFinite(value)) throw new RangeError(cannot(action, argument, "hold finite numbers", value));
  }
  return sorted;
}
