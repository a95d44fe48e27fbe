import { checkWeights } from "../core/checks.ts";
import { cannot } from "../core/errors.ts";

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
  let [total, lost] = [0, 0];
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    const next = total + value;
    lost += Math.abs(total) >= Math.abs(value) ? (total - next) + value : (value - next) + total;
    total = next;
  }
  // An infinite total makes the compensation NaN; the total itself is then the answer.
  return Number.isFinite(lost) ? total + lost : total;
}

/** What {@linkcode moments} returns. */
export interface Moments {
  /** The number of values. */
  readonly n: number;
  /** The sum of the weights; `n` without weights. */
  readonly weight: number;
  /** The mean; `NaN` of nothing. */
  readonly mean: number;
  /** The variance, with n - 1; `NaN` where there are fewer than two values. */
  readonly variance: number;
}

/**
 * Computes the mean and the variance of numbers, weighted where weights are given.
 *
 * Two passes around the first value, so that a large mean costs no digits and equal values have a variance of
 * exactly 0. The weighted variance is the unbiased one for weights that state reliability or sampling; with equal
 * weights it is the usual variance with n - 1.
 *
 * @param values finite numbers
 * @param weights weights of at least 0, one per value
 * @returns count, sum of weights, mean and variance
 * @throws {RangeError} if there are not as many weights as values
 * @see Cochran 1977, Sampling Techniques, for the weighted form Σw(x-m)² Σw / ((Σw)² - Σw²)
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { moments } from "@understudy/understudy/stats";
 *
 * assertEquals(moments([1, 2, 3, 4, 5]), { n: 5, weight: 5, mean: 3, variance: 2.5 });
 * ```
 */
export function moments(values: ArrayLike<number>, weights?: ArrayLike<number>): Moments {
  const n = values.length;
  if (weights !== undefined && weights.length !== n) {
    throw new RangeError(cannot("compute moments", "weights", `hold ${n} numbers`, weights.length));
  }
  if (n === 0) return { n, weight: 0, mean: NaN, variance: NaN };
  const first = values[0]!;
  let [weight, squaredWeight, shift] = [0, 0, 0];
  for (let i = 0; i < n; i++) {
    const w = weights === undefined ? 1 : weights[i]!;
    weight += w;
    squaredWeight += w * w;
    shift += w * (values[i]! - first);
  }
  shift /= weight;
  let [deviations, squares] = [0, 0];
  for (let i = 0; i < n; i++) {
    const w = weights === undefined ? 1 : weights[i]!;
    const deviation = values[i]! - first - shift;
    deviations += w * deviation;
    squares += w * deviation * deviation;
  }
  // The second pass's own mean deviation takes back the rounding of the first (Chan, Golub and LeVeque 1983).
  const correction = deviations / weight;
  const spread = squares - deviations * correction;
  const freedom = weight - squaredWeight / weight;
  const variance = n > 1 && freedom > 0 ? Math.max(0, spread) / freedom : NaN;
  return { n, weight, mean: first + (shift + correction), variance };
}

/** What {@linkcode kishDesignEffect} returns. */
export interface KishDesignEffect {
  /** How many times the variance of a mean grows by weighting: n Σw² / (Σw)². */
  readonly designEffect: number;
  /** The number of equally weighted units that would be as precise: n / design effect. */
  readonly effectiveSize: number;
}

/**
 * Computes Kish's design effect of weights and the effective sample size.
 *
 * What weighting costs where the weights have nothing to do with the outcome.
 *
 * @param weights finite numbers of at least 0, not all 0
 * @returns the design effect, 1 for equal weights, and the effective number of units
 * @throws {RangeError} if a weight is negative or not finite, or all are 0
 * @see Kish 1965, Survey Sampling, section 11.7
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { kishDesignEffect } from "@understudy/understudy/stats";
 *
 * assertEquals(kishDesignEffect([1, 1, 1, 3]), { designEffect: 4 / 3, effectiveSize: 3 });
 * ```
 */
export function kishDesignEffect(weights: ArrayLike<number>): KishDesignEffect {
  checkWeights("compute a design effect", "weights", weights);
  let [sum, squares] = [0, 0];
  for (let i = 0; i < weights.length; i++) {
    sum += weights[i]!;
    squares += weights[i]! * weights[i]!;
  }
  return { designEffect: weights.length * squares / (sum * sum), effectiveSize: sum * sum / squares };
}
