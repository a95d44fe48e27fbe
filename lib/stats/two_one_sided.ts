import { normalQuantile, studentTCdf, studentTQuantile, studentTTwoSided } from "./distributions.ts";
import { type Share, shareDifference, wilson } from "./shares.ts";

/** The tests against both bounds and of no effect, and the interval of level 1 - 2 alpha. */
export type TwoOneSidedTests = ReturnType<typeof testsOf> & { readonly low: number; readonly high: number };

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

/** The tests from the statistics against the lower bound, the upper bound and 0: `pInside` is that of lying inside. */
function testsOf(statistics: readonly number[], df: number) {
  const [below, above, zero] = statistics as [number, number, number];
  // Inside is above the lower and below the upper bound; from the lower tail, so that small p-values keep their digits.
  const against = (statistic: number, inward: 1 | -1) => {
    const [pInside, pOutside] = [-inward, inward].map((side) => studentTCdf(side * statistic, df));
    return { statistic, pInside: pInside!, pOutside: pOutside! };
  };
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
