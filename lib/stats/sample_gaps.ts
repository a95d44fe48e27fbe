import { cannot } from "../core/errors.ts";

/**
 * Visits each gap between neighbouring values of two samples with the difference of the two distribution functions in
 * it: one sort of each sample and one pass over both.
 *
 * @param measure the distance that is asked for, named in errors
 * @param samples the two samples
 * @param visit gets F − G and the width of the gap
 * @throws {RangeError} if a sample is empty or holds a value that is not a finite number
 */
export function overSampleGaps(
  measure: string,
  samples: readonly [ArrayLike<number>, ArrayLike<number>],
  visit: (difference: number, width: number) => void,
): void {
  const first = sortedSample(measure, "x", samples[0]);
  const second = sortedSample(measure, "y", samples[1]);
  let i = 0;
  let j = 0;
  while (i < first.length && j < second.length) {
    const value = Math.min(first[i]!, second[j]!);
    while (i < first.length && first[i] === value) i++;
    while (j < second.length && second[j] === value) j++;
    const next = Math.min(first[i] ?? Infinity, second[j] ?? Infinity);
    if (next < Infinity) visit(i / first.length - j / second.length, next - value);
  }
  // One sample is used up: what is left of the other lies above it.
  for (; i + 1 < first.length; i++) visit((i + 1) / first.length - 1, first[i + 1]! - first[i]!);
  for (; j + 1 < second.length; j++) visit(1 - (j + 1) / second.length, second[j + 1]! - second[j]!);
}

/** A checked sample in increasing order. */
export function sortedSample(measure: string, argument: string, sample: ArrayLike<number>): Float64Array {
  if (sample.length === 0) {
    throw new RangeError(cannot(`compute ${measure}`, argument, "hold at least one value", sample.length));
  }
  const sorted = Float64Array.from(sample).sort();
  // -Infinity is sorted to the front, Infinity and NaN to the end.
  for (const value of [sorted[0]!, sorted.at(-1)!]) {
    if (!Number.isFinite(value)) {
      throw new RangeError(cannot(`compute ${measure}`, argument, "hold finite numbers", value));
    }
  }
  return sorted;
}
