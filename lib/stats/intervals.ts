import { checkLevel } from "../core/checks.ts";
import { cannot } from "../core/errors.ts";
import {
  normalCdf,
  normalQuantile,
  studentTCdf,
  studentTQuantile,
  studentTTwoSided,
} from "./distributions.ts";

/**
 * A proportion and its score interval, for successes and trials that need not be whole (an effective sample size).
 *
 * @see Wilson 1927, Journal of the American Statistical Association 22: 209-212
 */
export function wilson([successes, trials]: readonly [number, number], z: number): [number, number, number] {
  const p = successes / trials;
  const centre = (p + z * z / (2 * trials)) / (1 + z * z / trials);
  const half = z / (1 + z * z / trials) * Math.sqrt(p * (1 - p) / trials + z * z / (4 * trials * trials));
  return [p, Math.max(0, centre - half), Math.min(1, centre + half)];
}

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

/** Options of {@linkcode twoOneSidedTests}. */
export interface TwoOneSidedTestsOptions {
  /** The standard error of the estimate, above 0. */
  stdError: number;
  /**
   * Degrees of freedom of its t distribution.
   *
   * @default {Infinity} the normal distribution
   */
  df?: number;
  /** The lower and the upper bound, in units of the estimate; at least one is finite. */
  bounds: readonly [number, number];
  /**
   * The level of each one-sided test; the interval has level 1 - 2 alpha.
   *
   * @default {0.05}
   */
  alpha?: number;
}

/** One test against one bound. */
export interface OneSidedTest {
  /** (estimate - bound) / standard error. */
  readonly statistic: number;
  /** The p-value that the true value is inside the bound. */
  readonly pInside: number;
  /** The p-value that the true value is outside the bound. */
  readonly pOutside: number;
}

/** What {@linkcode twoOneSidedTests} returns. */
export interface TwoOneSidedTests {
  /** Against the lower bound. */
  readonly lower: OneSidedTest;
  /** Against the upper bound. */
  readonly upper: OneSidedTest;
  /** The p-value of equivalence: the larger of both sides' `pInside`. */
  readonly pEquivalence: number;
  /** The p-value of a minimal effect: the smaller of both sides' `pOutside`. */
  readonly pMinimalEffect: number;
  /** The two-sided p-value of no effect. */
  readonly pZero: number;
  /** Lower end of the interval of level 1 - 2 alpha. */
  readonly low: number;
  /** Upper end of the interval of level 1 - 2 alpha. */
  readonly high: number;
}

const action = "test equivalence";

/**
 * Tests an estimate against two bounds: equivalence (it lies between them) and minimal effect (it lies beyond one).
 *
 * Equivalence is shown at level `alpha` exactly where the interval of level 1 - 2 `alpha` lies between the bounds.
 *
 * @param estimate the estimate
 * @param options its standard error and degrees of freedom, and the bounds; see
 * {@linkcode TwoOneSidedTestsOptions}
 * @returns both one-sided tests, the two p-values and the interval; `NaN` where the standard error is not above 0
 * @throws {RangeError} if the lower bound is not below the upper, or `alpha` is not below 0.5
 * @see Schuirmann 1987, Journal of Pharmacokinetics and Biopharmaceutics 15: 657-680; Murphy and Myors 1999 for minimal
 * effects
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { twoOneSidedTests } from "@understudy/understudy/stats";
 *
 * const tests = twoOneSidedTests(0.1, { stdError: 0.1, df: 98, bounds: [-0.5, 0.5] });
 * assertEquals([tests.pEquivalence < 0.001, tests.pMinimalEffect > 0.999], [true, true]);
 * ```
 */
export function twoOneSidedTests(estimate: number, options: TwoOneSidedTestsOptions): TwoOneSidedTests {
  const { stdError, df = Infinity, bounds: [low, high], alpha = 0.05 } = options;
  checkLevel(action, "alpha", 2 * alpha);
  if (!(low < high)) {
    throw new RangeError(cannot(action, "bounds", "hold a lower and a higher number", [low, high]));
  }
  const known = stdError > 0 && df > 0 && Number.isFinite(estimate);
  const scale = known ? stdError : NaN;
  const lower = testSide(estimate, low, scale, df, 1);
  const upper = testSide(estimate, high, scale, df, -1);
  const half = studentTQuantile(1 - alpha, df) * scale;
  return {
    lower,
    upper,
    pEquivalence: Math.max(lower.pInside, upper.pInside),
    pMinimalEffect: Math.min(lower.pOutside, upper.pOutside),
    pZero: studentTTwoSided(estimate / scale, df),
    low: estimate - half,
    high: estimate + half,
  };
}

/** `inward` is 1 where inside is above the bound, -1 where it is below. */
function testSide(
  estimate: number,
  bound: number,
  stdError: number,
  df: number,
  inward: 1 | -1,
): OneSidedTest {
  const statistic = (estimate - bound) / stdError;
  // From the lower tail on either side, so that small p-values keep their digits.
  return {
    statistic,
    pInside: studentTCdf(-inward * statistic, df),
    pOutside: studentTCdf(inward * statistic, df),
  };
}
