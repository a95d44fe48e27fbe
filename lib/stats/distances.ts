import { cannot } from "../core/errors.ts";

/** Two count (or weight) vectors over the same categories as shares that sum to 1. */
function distanceShares(
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
  const shares = new Float64Array(counts.length);
  for (let k = 0; k < shares.length; k++) shares[k] = counts[k]! / total;
  return shares;
}

/** Options of distances between distributions over ordered categories. */
export interface ScoreOptions {
  /**
   * The number that each category stands for, in increasing order.
   * @default 1, 2, 3, …
   */
  scores?: ArrayLike<number>;
}

/** Visits each gap between neighbouring scores with the difference of the two distribution functions in it. */
function overGaps(
  measure: string,
  samples: readonly [ArrayLike<number>, ArrayLike<number>],
  options: ScoreOptions,
  visit: (difference: number, width: number) => void,
): void {
  const [first, second] = distanceShares(measure, ...samples);
  const scores = options.scores ?? Float64Array.from(first, (_, k) => k + 1);
  if (scores.length !== first.length) {
    const rule = `have one number for each of the ${first.length} categories`;
    throw new RangeError(cannot(`compute ${measure}`, "scores", rule, Array.from(scores)));
  }
  let difference = 0;
  for (let k = 0; k + 1 < first.length; k++) {
    difference += first[k]! - second[k]!;
    const width = scores[k + 1]! - scores[k]!;
    if (!(width > 0 && width < Infinity)) {
      throw new RangeError(
        cannot(`compute ${measure}`, "scores", "be finite and increase", Array.from(scores)),
      );
    }
    visit(difference, width);
  }
}

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

/**
 * Computes the Kolmogorov-Smirnov distance of two distributions over ordered categories: max |F − G|.
 *
 * Only the order of the categories counts, not their scores. Answers on a scale are full of ties: take its p-value
 * from permutations, not from the tables for continuous data.
 *
 * @param p counts (or shares) of the first sample, one per category in increasing order
 * @param q counts (or shares) of the second sample, over the same categories
 * @returns the distance, from 0 to 1
 * @throws {RangeError} if the lengths differ, a count is negative, or a vector is all 0
 * @see Smirnov 1948, Annals of Mathematical Statistics 19(2):279-281
 * @example
 * ```ts
 * import { assertAlmostEquals } from "@std/assert";
 * import { kolmogorovSmirnov } from "@understudy/understudy/stats";
 *
 * assertAlmostEquals(kolmogorovSmirnov([5, 3, 2], [2, 3, 5]), 0.3);
 * ```
 */
export function kolmogorovSmirnov(p: ArrayLike<number>, q: ArrayLike<number>): number {
  let largest = 0;
  overGaps("the Kolmogorov-Smirnov distance", [p, q], {}, (difference) => {
    largest = Math.max(largest, Math.abs(difference));
  });
  return largest;
}

/**
 * Computes the Wasserstein-1 (earth mover's) distance of two distributions over ordered categories: Σ |F − G| × step.
 *
 * The least average number of scale points by which answers must be moved to turn one distribution into the other.
 * Unlike total variation it knows that 6 is nearer to 7 than 1 is.
 *
 * @param p counts (or shares) of the first sample, one per category in increasing order
 * @param q counts (or shares) of the second sample, over the same categories
 * @param options see {@linkcode ScoreOptions}
 * @returns the distance, in units of the scores
 * @throws {RangeError} if the lengths differ, a count is negative, a vector is all 0, or scores do not increase
 * @see Vallender 1974, Theory of Probability and Its Applications 18(4):784-786
 * @example
 * ```ts
 * import { assertAlmostEquals } from "@std/assert";
 * import { wasserstein } from "@understudy/understudy/stats";
 *
 * assertAlmostEquals(wasserstein([1, 0, 0], [0, 0, 1]), 2);
 * ```
 */
export function wasserstein(p: ArrayLike<number>, q: ArrayLike<number>, options: ScoreOptions = {}): number {
  let sum = 0;
  overGaps("the Wasserstein distance", [p, q], options, (difference, width) => {
    sum += Math.abs(difference) * width;
  });
  return sum;
}

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
