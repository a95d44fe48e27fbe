import { overGaps, type ScoreOptions } from "./distance_scores.ts";

/**
 * Computes the energy distance of two distributions over ordered categories: 2 E|X − Y| − E|X − X′| − E|Y − Y′|.
 *
 * In one dimension this is 2 Σ (F − G)² × step. SciPy's `energy_distance` returns its square root, R's `energy`
 * multiplies it by nm/(n + m).
 *
 * @param p counts (or shares) of the first sample, one per category in increasing order
 * @param q counts (or shares) of the second sample, over the same categories
 * @param options see {@linkcode ScoreOptions}
 * @returns the distance, in units of the scores
 * @throws {RangeError} if the lengths differ, a count is negative, a vector is all 0, or scores do not increase
 * @see Székely and Rizzo 2013, Journal of Statistical Planning and Inference 143(8):1249-1272
 * @example
 * ```ts
 * import { assertAlmostEquals } from "@std/assert";
 * import { energyDistance } from "@understudy/understudy/stats";
 *
 * assertAlmostEquals(energyDistance([1, 0, 0], [0, 0, 1]), 4);
 * ```
 */
export function energyDistance(
  p: ArrayLike<number>,
  q: ArrayLike<number>,
  options: ScoreOptions = {},
): number {
  let sum = 0;
  overGaps("the energy distance", [p, q], options, (difference, width) => {
    sum += 2 * difference ** 2 * width;
  });
  return sum;
}
