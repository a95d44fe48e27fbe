import { checkOptions } from "../core/checks.ts";
import { cannot } from "../core/errors.ts";

/** A sample: numbers, or points, each a list of as many coordinates as the others. */
export type Sample = ArrayLike<number> | readonly ArrayLike<number>[];

/** Points one after the other in one list. */
export interface Points {
  /** The coordinates, point by point. */
  readonly values: Float64Array;
  /** How many points there are. */
  readonly count: number;
  /** How many coordinates a point has. */
  readonly dimensions: number;
}

/**
 * Reads a sample of numbers or points.
 *
 * @param measure the distance that is asked for, named in errors
 * @param argument the sample's name, named in errors
 * @param sample numbers or points
 * @returns the points; numbers are points with one coordinate
 * @throws {RangeError} if the sample is empty, points differ in length, or a coordinate is not a finite number
 */
function readPoints(measure: string, argument: string, sample: Sample): Points {
  const action = `compute ${measure}`;
  if (sample.length === 0) {
    throw new RangeError(cannot(action, argument, "hold at least one point", sample.length));
  }
  const rows = Array.from(sample as ArrayLike<number | ArrayLike<number>>);
  const dimensions = typeof rows[0] === "number" ? 1 : rows[0]!.length;
  const values = new Float64Array(rows.length * dimensions);
  rows.forEach((row, point) => {
    const coordinates = typeof row === "number" ? [row] : row;
    if (coordinates.length !== dimensions || dimensions === 0) {
      const rule = `hold points of ${Math.max(1, dimensions)} coordinates each`;
      throw new RangeError(cannot(action, argument, rule, coordinates.length));
    }
    for (let k = 0; k < dimensions; k++) {
      const value = coordinates[k]!;
      if (!Number.isFinite(value)) {
        throw new RangeError(cannot(action, argument, "hold finite numbers", value));
      }
      values[point * dimensions + k] = value;
    }
  });
  return { values, count: rows.length, dimensions };
}

/**
 * Reads two samples of points with as many coordinates.
 *
 * @throws {RangeError} as `readPoints`, or if the two samples have points of other lengths
 */
export function readTwoSamples(measure: string, x: Sample, y: Sample): [Points, Points] {
  const first = readPoints(measure, "x", x);
  const second = readPoints(measure, "y", y);
  if (first.dimensions !== second.dimensions) {
    const rule = `hold points of as many coordinates as 'x', ${first.dimensions}`;
    throw new RangeError(cannot(`compute ${measure}`, "y", rule, second.dimensions));
  }
  return [first, second];
}

/** Sums a function of the squared Euclidean distance over all pairs of a point of one sample and one of the other. */
export function sumOverPairs(first: Points, second: Points, of: (squared: number) => number): number {
  const { dimensions } = first;
  let sum = 0;
  for (let i = 0; i < first.values.length; i += dimensions) {
    for (let j = 0; j < second.values.length; j += dimensions) {
      let squared = 0;
      for (let k = 0; k < dimensions; k++) squared += (first.values[i + k]! - second.values[j + k]!) ** 2;
      sum += of(squared);
    }
  }
  return sum;
}

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
  let largest = 0;
  overSampleGaps("the Kolmogorov-Smirnov distance", [x, y], (difference) => {
    largest = Math.max(largest, Math.abs(difference));
  });
  return largest;
}

/**
 * Computes the Wasserstein-1 (earth mover's) distance of two samples of numbers: ∫ |F − G|.
 *
 * The least average distance by which values must be moved to turn one sample into the other. For counts over
 * categories see `wasserstein`.
 *
 * @param x the first sample
 * @param y the second sample
 * @returns the distance, in the unit of the numbers
 * @throws {RangeError} if a sample is empty or holds a value that is not a finite number
 * @see Vallender 1974, Theory of Probability and Its Applications 18(4):784-786
 * @example
 * ```ts
 * import { assertAlmostEquals } from "@std/assert";
 * import { sampleWasserstein } from "@understudy/understudy/stats";
 *
 * assertAlmostEquals(sampleWasserstein([0, 1, 3], [5, 6, 8]), 5);
 * ```
 */
export function sampleWasserstein(x: ArrayLike<number>, y: ArrayLike<number>): number {
  let sum = 0;
  overSampleGaps("the Wasserstein distance", [x, y], (difference, width) => {
    sum += Math.abs(difference) * width;
  });
  return sum;
}

/** Options of {@linkcode maximumMeanDiscrepancy}. */
export interface MaximumMeanDiscrepancyOptions {
  /** The kernel is exp(−sigma |x − y|²): above 0, the larger, the finer the differences that are seen. */
  sigma: number;
  /**
   * Leaves the pairs of a point with itself out, so that the mean over samples is the square of the distance of the
   * populations, and returns that square, which may be below 0.
   *
   * @default false
   */
  unbiased?: boolean;
}

/**
 * Computes the maximum mean discrepancy of two samples with a Gaussian kernel: √(E k(X, X′) + E k(Y, Y′) − 2 E k(X, Y)).
 *
 * 0 only where the two distributions are the same. The plain version averages over all pairs and is biased upward, so
 * compare it with a permutation null; `unbiased` drops the pairs of a point with itself and returns the square. R's
 * `kernlab::kmmd` has the first as its first-order statistic; its third-order statistic is the second over the first
 * points only, as many of each sample.
 *
 * @param x numbers, or points with the same coordinates
 * @param y numbers or points of the same kind
 * @param options see {@linkcode MaximumMeanDiscrepancyOptions}
 * @returns the discrepancy, or its unbiased square
 * @throws {RangeError} if `sigma` is not above 0, a sample has too few points, points differ in length, or a coordinate
 * is not a finite number
 * @see Gretton et al. 2012, Journal of Machine Learning Research 13:723-773, eq. 3 and 5
 * @example
 * ```ts
 * import { assertAlmostEquals } from "@std/assert";
 * import { maximumMeanDiscrepancy } from "@understudy/understudy/stats";
 *
 * assertAlmostEquals(maximumMeanDiscrepancy([0], [1], { sigma: 1 }), Math.sqrt(2 - 2 * Math.exp(-1)));
 * ```
 */
export function maximumMeanDiscrepancy(
  x: Sample,
  y: Sample,
  options: MaximumMeanDiscrepancyOptions,
): number {
  const measure = "the maximum mean discrepancy";
  checkOptions(`compute ${measure}`, options, ["sigma", "unbiased"]);
  const { sigma, unbiased = false } = options;
  if (!(sigma > 0 && sigma < Infinity)) {
    throw new RangeError(cannot(`compute ${measure}`, "sigma", "be a finite number above 0", sigma));
  }
  const [first, second] = readTwoSamples(measure, x, y);
  // n, m: points of each sample
  const [n, m] = [first.count, second.count];
  if (unbiased && Math.min(n, m) < 2) {
    const rule = "be false where a sample has fewer than two points";
    throw new RangeError(cannot(`compute ${measure}`, "unbiased", rule, unbiased));
  }
  const kernel = (squared: number) => Math.exp(-sigma * squared);
  const between = sumOverPairs(first, second, kernel) / (n * m);
  const own = (points: typeof first) => sumOverPairs(points, points, kernel);
  if (unbiased) {
    // k(x, x) = 1: n pairs of a point with itself are left out.
    return (own(first) - n) / (n * (n - 1)) + (own(second) - m) / (m * (m - 1)) - 2 * between;
  }
  return Math.sqrt(Math.max(0, own(first) / (n * n) + own(second) / (m * m) - 2 * between));
}

/** Options of {@linkcode kolmogorovSmirnovTest}. */
export interface KolmogorovSmirnovTestOptions {
  /**
   * The largest product of the two sample sizes for which the p-value is exact.
   *
   * @default 25000000
   */
  exactLimit?: number;
}

/** What {@linkcode kolmogorovSmirnovTest} found. */
export interface KolmogorovSmirnovResult {
  /** max |F − G|, from 0 to 1. */
  readonly statistic: number;
  /** The two-sided p-value. */
  readonly pValue: number;
  /** Whether the p-value is exact given the ties, or the limit for large samples. */
  readonly exact: boolean;
}

/**
 * Tests whether two samples of numbers come from one distribution, by the largest difference of their distribution
 * functions.
 *
 * The p-value is exact given the pooled values, ties included: the share of all assignments of these values to samples
 * of these sizes that are as far apart. This is R's (from 4.2 on); SciPy's "exact" p-value takes all values to be
 * distinct, which is wrong for answers on a scale. Where the samples are very large it is the Kolmogorov limit, which is
 * too large where ties are many.
 *
 * @param x the first sample
 * @param y the second sample
 * @param options see {@linkcode KolmogorovSmirnovTestOptions}
 * @returns the distance, its two-sided p-value, and whether that is exact
 * @throws {RangeError} if a sample is empty or holds a value that is not a finite number
 * @see Schröer and Trenkler 1995, Computational Statistics and Data Analysis 20(2):185-202 (with ties)
 * @example Two of 70 assignments are as far apart
 * ```ts
 * import { assertAlmostEquals } from "@std/assert";
 * import { kolmogorovSmirnovTest } from "@understudy/understudy/stats";
 *
 * const { statistic, pValue } = kolmogorovSmirnovTest([1, 2, 3, 4], [5, 6, 7, 8]);
 * assertAlmostEquals(statistic, 1);
 * assertAlmostEquals(pValue, 2 / 70);
 * ```
 */
export function kolmogorovSmirnovTest(
  x: ArrayLike<number>,
  y: ArrayLike<number>,
  options: KolmogorovSmirnovTestOptions = {},
): KolmogorovSmirnovResult {
  checkOptions("run the Kolmogorov-Smirnov test", options, ["exactLimit"]);
  const statistic = sampleKolmogorovSmirnov(x, y);
  // n, m: sample sizes
  const [n, m] = [x.length, y.length];
  const exact = n * m <= (options.exactLimit ?? 25_000_000);
  const pValue = exact
    ? exactPValue(statistic, n, m, tieEnds(x, y))
    : limitPValue(statistic * Math.sqrt(n * m / (n + m)));
  return { statistic, pValue, exact };
}

/** For each number of smallest values, whether the next value is larger: only there the functions can be compared. */
function tieEnds(x: ArrayLike<number>, y: ArrayLike<number>): Uint8Array {
  const pooled = new Float64Array(x.length + y.length);
  pooled.set(x);
  pooled.set(y, x.length);
  const sorted = sortedSample("the Kolmogorov-Smirnov distance", "x", pooled);
  return Uint8Array.from(
    { length: sorted.length + 1 },
    (_, count) => count > 0 && sorted[count - 1] !== sorted[count] ? 1 : 0,
  );
}

/**
 * P(D ≥ d): i values of the first sample and j of the second are among the i + j smallest. `reached[j]` is the
 * probability that a random order of the samples has been as far apart as d by then.
 */
function exactPValue(statistic: number, n: number, m: number, ends: Uint8Array): number {
  // Distances are multiples of 1/(nm): half a step below d, so that rounding decides nothing.
  const d = (Math.round(statistic * n * m) - 0.5) / (n * m);
  const reached = new Float64Array(m + 1);
  for (let i = 0; i <= n; i++) {
    const share = i / n;
    for (let j = 0; j <= m; j++) {
      if (ends[i + j] === 1 && Math.abs(share - j / m) >= d) reached[j] = 1;
      else if (j === 0) reached[j] = i === 0 ? 0 : reached[j]!;
      // The last of the i + j values is of the first sample with probability i/(i + j).
      else if (i === 0) reached[j] = reached[j - 1]!;
      else reached[j] = (i * reached[j]! + j * reached[j - 1]!) / (i + j);
    }
  }
  return Math.min(1, reached[m]!);
}

/** 2 Σ (−1)^(k−1) e^(−2 k² z²), and for small z the other form of the same function (Kolmogorov 1933). */
function limitPValue(z: number): number {
  if (z <= 0) return 1;
  let sum = 0;
  if (z < 1) {
    for (let k = 1; k < 40; k += 2) sum += Math.exp(-((k * Math.PI / z) ** 2) / 8);
    return 1 - Math.sqrt(2 * Math.PI) / z * sum;
  }
  for (let k = 1; k < 40; k++) sum += (k % 2 === 1 ? 2 : -2) * Math.exp(-2 * (k * z) ** 2);
  return sum;
}
