import { normalQuantile, studentTCdf, studentTQuantile, studentTTwoSided } from "./distributions.ts";
import { type Share, shareDifference, wilson } from "./shares.ts";

/** One test against one bound. */
interface OneSidedTest {
  /** (estimate - bound) / standard error. */
  readonly statistic: number;
  /** The p-value that the true value is inside the bound. */
  readonly pInside: number;
  /** The p-value that the true value is outside the bound. */
  readonly pOutside: number;
}

export interface TwoOneSidedTests {
  readonly lower: OneSidedTest;
  readonly upper: OneSidedTest;
  /** The p-value of equivalence: the larger of both sides' `pInside`. */
  readonly pEquivalence: number;
  /** The p-value of a minimal effect: the smaller of both sides' `pOutside`. */
  readonly pMinimalEffect: number;
  /** The two-sided p-value of no effect. */
  readonly pZero: number;
  /** The interval of level 1 - 2 alpha. */
  readonly low: number;
  readonly high: number;
}

/**
 * Tests an estimate against two bounds: equivalence (it lies between them; Schuirmann 1987) and minimal effect (it lies
 * beyond one; Murphy and Myors 1999). Equivalence is shown at level `alpha` exactly where the interval of level
 * 1 - 2 `alpha` lies between the bounds. `NaN` where the standard error is not above 0.
 */
export function twoOneSidedTests(
  estimate: number,
  { stdError, df = Infinity, bounds: [low, high], alpha = 0.05 }: {
    stdError: number;
    df?: number;
    bounds: readonly [number, number];
    alpha?: number;
  },
): TwoOneSidedTests {
  const scale = stdError > 0 && df > 0 && Number.isFinite(estimate) ? stdError : NaN;
  const half = studentTQuantile(1 - alpha, df) * scale;
  const statistics = [low, high, 0].map((bound) => (estimate - bound) / scale);
  return { ...testsOf(statistics, df), low: estimate - half, high: estimate + half };
}

/** The tests from the statistics against the lower bound, the upper bound and 0. */
function testsOf(statistics: readonly number[], df: number): Omit<TwoOneSidedTests, "low" | "high"> {
  const [below, above, zero] = statistics as [number, number, number];
  // Inside is above the lower and below the upper bound; from the lower tail, so that small p-values keep their digits.
  const against = (statistic: number, inward: 1 | -1): OneSidedTest => ({
    statistic,
    pInside: studentTCdf(-inward * statistic, df),
    pOutside: studentTCdf(inward * statistic, df),
  });
  const [lower, upper] = [against(below, 1), against(above, -1)];
  return {
    lower,
    upper,
    pEquivalence: Math.max(lower.pInside, upper.pInside),
    pMinimalEffect: Math.min(lower.pOutside, upper.pOutside),
    pZero: studentTTwoSided(zero, df),
  };
}

/**
 * The two one-sided tests of shares, each with the variance that its bound has (Farrington and Manning 1990; of one share
 * Wilson 1927).
 */
export function shareEquivalence(
  [one, other]: readonly [Share] | readonly [Share, Share],
  { bounds: [low, high], alpha, against: value }: {
    readonly bounds: readonly [number, number];
    readonly alpha: number;
    /** What one share is compared with. */
    readonly against: number;
  },
): TwoOneSidedTests {
  const score = (bound: number): number =>
    other === undefined
      ? shareScore(one, value + bound)
      // Shares differ by 1 at most.
      : shareDifference(one, other, { null: Math.max(-1, Math.min(1, bound)) }).statistic;
  const between = (): { low: number; high: number } => {
    if (other !== undefined) return shareDifference(one, other, { alpha: 2 * alpha });
    const [, from, to] = wilson(one, normalQuantile(1 - alpha));
    return { low: from - value, high: to - value };
  };
  return { ...testsOf([low, high, 0].map(score), Infinity), ...between() };
}

/** (share - null) / √(variance under the null); no share lies below 0 or above 1. */
function shareScore([successes, n]: Share, tested: number): number {
  if (tested < 0 || tested > 1) return tested < 0 ? Infinity : -Infinity;
  const away = successes / n - tested;
  return Math.abs(away) < 1e-15 ? 0 : away / Math.sqrt(tested * (1 - tested) / n);
}
