import { checkLevel } from "../core/checks.ts";
import { cannot } from "../core/errors.ts";
import { studentTCdf, studentTQuantile, studentTTwoSided } from "./distributions.ts";

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
