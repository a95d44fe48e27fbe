import { overSampleGaps } from "./sample_gaps.ts";
import { readTwoSamples, type Sample, sumOverPairs } from "./sample_points.ts";

export type { Sample } from "./sample_points.ts";

/**
 * Computes the energy distance of two samples of numbers or points: 2 E|X − Y| − E|X − X′| − E|Y − Y′|.
 *
 * It is 0 only where the two distributions are the same, in any number of dimensions: it sees differences of joint
 * distributions whose marginals agree. Means are over all pairs, a point with itself among them, as in R's `energy`,
 * which multiplies the distance by nm/(n + m); SciPy's `energy_distance` is its square root. Numbers are sorted
 * (n log n); points take time in proportion to the pairs. For counts over categories see `energyDistance`.
 *
 * @param x numbers, or points with the same coordinates
 * @param y numbers or points of the same kind
 * @returns the distance, in the unit of the numbers
 * @throws {RangeError} if a sample is empty, points differ in length, or a coordinate is not a finite number
 * @see Székely and Rizzo 2013, Journal of Statistical Planning and Inference 143(8):1249-1272, eq. 5
 * @example Points whose coordinates are distributed alike, and whose pairs are not
 * ```ts
 * import { assert } from "@std/assert";
 * import { sampleEnergyDistance } from "@understudy/understudy/stats";
 *
 * assert(sampleEnergyDistance([[0, 0], [1, 1]], [[0, 1], [1, 0]]) > 0.5);
 * ```
 */
export function sampleEnergyDistance(x: Sample, y: Sample): number {
  const measure = "the energy distance";
  if (typeof x[0] === "number" && typeof y[0] === "number") {
    let sum = 0;
    // In one dimension 2 ∫ (F − G)²: Székely and Rizzo 2013, section 2.
    overSampleGaps(measure, [x as ArrayLike<number>, y as ArrayLike<number>], (difference, width) => {
      sum += 2 * difference * difference * width;
    });
    return sum;
  }
  const [first, second] = readTwoSamples(measure, x, y);
  const mean = (one: typeof first, other: typeof first) =>
    sumOverPairs(one, other, Math.sqrt) / (one.count * other.count);
  return Math.max(0, 2 * mean(first, second) - mean(first, first) - mean(second, second));
}
