import { checkLevel } from "../core/checks.ts";
import { normalQuantile } from "./distributions.ts";
import { wilson } from "./wilson_interval.ts";

/**
 * Computes an interval of the difference of two independent proportions, from the Wilson interval of each.
 *
 * Covers well for small samples and for proportions of 0 and 1, where the usual interval is a point.
 *
 * @param first successes and trials of the first group
 * @param second successes and trials of the second group
 * @param options `alpha`: one less the confidence level, 0.05 by default
 * @returns lower and upper end of first less second; `NaN` without trials
 * @throws {RangeError} if `alpha` is not between 0 and 1
 * @see Newcombe 1998, Statistics in Medicine 17: 873-890, method 10
 * @example
 * ```ts
 * import { assertAlmostEquals } from "@std/assert";
 * import { newcombeInterval } from "@understudy/understudy/stats";
 *
 * // Newcombe 1998, Table II: 56/70 against 48/80
 * const [low, high] = newcombeInterval([56, 70], [48, 80]);
 * assertAlmostEquals(low, 0.0524, 1e-4);
 * assertAlmostEquals(high, 0.3339, 1e-4);
 * ```
 */
export function newcombeInterval(
  first: readonly [number, number],
  second: readonly [number, number],
  options: { alpha?: number } = {},
): [number, number] {
  const { alpha = 0.05 } = options;
  checkLevel("compute a Newcombe interval", "alpha", alpha);
  const z = normalQuantile(1 - alpha / 2);
  const [p, low, high] = wilson(first, z);
  const [q, otherLow, otherHigh] = wilson(second, z);
  return [p - q - Math.hypot(p - low, otherHigh - q), p - q + Math.hypot(high - p, q - otherLow)];
}
