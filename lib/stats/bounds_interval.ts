import { checkLevel } from "../core/checks.ts";
import { normalCdf, normalQuantile } from "./distributions.ts";

/** An estimated bound with its standard error. */
export interface BoundEstimate {
  /** The estimate. */
  readonly estimate: number;
  /** Its standard error. */
  readonly stdError: number;
}

/** What {@linkcode boundsInterval} returns. */
export interface BoundsInterval {
  /** Lower end. */
  readonly low: number;
  /** Upper end. */
  readonly high: number;
  /** The p-value of a zero effect: the smallest `alpha` whose interval leaves out 0. */
  readonly pValue: number;
}

/**
 * Computes an interval that covers an effect of which only a lower and an upper bound are known.
 *
 * Shorter than the interval that covers both bounds: the effect is in one place. With equal bounds it is the usual
 * two-sided interval, with bounds far apart each end is one-sided.
 *
 * @param lower the lower bound and its standard error
 * @param upper the upper bound, not below the lower, and its standard error
 * @param options `alpha`: one less the confidence level, 0.05 by default
 * @returns the interval and the p-value of a zero effect; `NaN` where a standard error is missing or 0
 * @throws {RangeError} if `alpha` is not between 0 and 1
 * @see Imbens and Manski 2004, Econometrica 72: 1845-1857, eq. 6-7
 * @example
 * ```ts
 * import { assertAlmostEquals } from "@std/assert";
 * import { boundsInterval } from "@understudy/understudy/stats";
 *
 * const point = boundsInterval({ estimate: 1, stdError: 0.5 }, { estimate: 1, stdError: 0.5 });
 * assertAlmostEquals(point.high, 1 + 1.959963984540054 * 0.5, 1e-9);
 * const wide = boundsInterval({ estimate: 0, stdError: 0.1 }, { estimate: 9, stdError: 0.1 });
 * assertAlmostEquals(wide.high, 9 + 1.6448536269514722 * 0.1, 1e-9);
 * ```
 */
export function boundsInterval(
  lower: BoundEstimate,
  upper: BoundEstimate,
  options: { alpha?: number } = {},
): BoundsInterval {
  const { alpha = 0.05 } = options;
  checkLevel("compute an interval from bounds", "alpha", alpha);
  const largest = Math.max(lower.stdError, upper.stdError);
  if (!(lower.stdError > 0 && upper.stdError > 0)) return { low: NaN, high: NaN, pValue: NaN };
  const width = Math.max(0, upper.estimate - lower.estimate) / largest;
  const level = (c: number) => normalCdf(c + width) - normalCdf(-c);
  // The level grows with c from the one-sided to the two-sided quantile.
  let [below, above] = [0, normalQuantile(1 - alpha / 2)];
  for (let step = 0; step < 80 && above - below > 1e-14; step++) {
    const middle = (below + above) / 2;
    if (level(middle) < 1 - alpha) below = middle;
    else above = middle;
  }
  const c = (below + above) / 2;
  const outside = Math.max(lower.estimate / lower.stdError, -upper.estimate / upper.stdError);
  return {
    low: lower.estimate - c * lower.stdError,
    high: upper.estimate + c * upper.stdError,
    pValue: outside <= 0 ? 1 : 1 - level(outside),
  };
}
