import { checkWeights } from "../core/checks.ts";

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
