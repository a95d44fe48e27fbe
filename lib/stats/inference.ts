import type { EstimateRow } from "../core/rows.ts";
import {
  normalCdf,
  normalQuantile,
  studentTCdf,
  studentTQuantile,
  studentTTwoSided,
} from "./distributions.ts";
import { findRoot } from "./find_root.ts";

/** An estimate with what follows from it, as the columns of a table; `df` is `Infinity` for the normal distribution. */
export interface Inference extends
  Pick<
    EstimateRow,
    "estimate" | "std_error" | "statistic" | "df" | "p_value" | "conf_low" | "conf_high" | "conf_level"
  > {
  /** Why a value is `NaN`; empty where none is. */
  readonly reason: readonly string[];
}

/**
 * The one way from an estimate and its standard error to a test and an interval: Student's t, the normal distribution
 * where `df` is infinite. What cannot be computed is `NaN` and said.
 *
 * @param found the estimate, its standard error (`NaN` where there is none) and its degrees of freedom; of a difference
 * of two independent shares these, for a score interval and its test instead
 * @param alpha one less the level of the interval
 * @param largest the largest outcome in size, beside which a standard error may be nothing but rounding; left out, the
 * estimate itself
 */
export function inferEstimate(
  found: {
    readonly estimate: number;
    readonly stdError: number;
    readonly df: number;
    readonly shares?: readonly [Share, Share];
  },
  alpha: number,
  largest?: number,
): Inference {
  const { estimate, stdError, df, shares } = found;
  if (shares !== undefined) {
    const { low, high, statistic, pValue } = newcombeInterval(...shares, { alpha });
    const ends = { conf_low: low, conf_high: high, conf_level: 1 - alpha };
    return { estimate, std_error: stdError, statistic, df: Infinity, p_value: pValue, ...ends, reason: [] };
  }
  const none = {
    statistic: NaN,
    df: NaN,
    p_value: NaN,
    conf_low: NaN,
    conf_high: NaN,
    conf_level: 1 - alpha,
  };
  const without = (std_error: number, ...reason: string[]) => ({ estimate, std_error, ...none, reason });
  if (Number.isNaN(estimate)) return without(NaN, "cannot be estimated");
  if (!(stdError >= 0)) {
    return without(NaN, df <= 0 ? "no degrees of freedom are left" : "no standard error can be computed");
  }
  if (stdError <= 1e-14 * (largest ?? Math.abs(estimate))) {
    const why = largest === undefined ? "is fitted exactly" : "does not vary";
    return without(0, `the outcome ${why}, so there is no test and no interval`);
  }
  if (!(df > 0)) return without(stdError, "no degrees of freedom are left");
  const statistic = estimate / stdError;
  const half = studentTQuantile(1 - alpha / 2, df) * stdError;
  return {
    estimate,
    std_error: stdError,
    statistic,
    df,
    p_value: studentTTwoSided(statistic, df),
    conf_low: estimate - half,
    conf_high: estimate + half,
    conf_level: 1 - alpha,
    reason: [],
  };
}

/** Satterthwaite's degrees of freedom of a sum of independent variances that have degrees of freedom each. */
export function summedDegrees(variances: ArrayLike<number>, degrees: ArrayLike<number>): number {
  let [total, uncertainty] = [0, 0];
  for (let at = 0; at < variances.length; at++) {
    total += variances[at]!;
    if (variances[at]! > 0) uncertainty += variances[at]! ** 2 / degrees[at]!;
  }
  return total ** 2 / uncertainty;
}

/** Values that (almost) agree: how many there are, and how many of them differ from the most common one. */
export interface Agreement {
  readonly n: number;
  readonly differing: number;
  readonly mean: number;
  /** Σ (value - mean)². */
  readonly squares: number;
}

/** So many values must differ from the most common one for a variance to rest on them. */
export const enoughDiffering = 5;

/**
 * Finds out whether the values of a side (almost) agree: `null` where {@linkcode enoughDiffering} or more differ from
 * each value that stands twice. Else the most common one is among the first few, so that many values are soon done with.
 */
export function findAgreement(values: Float64Array, side: ArrayLike<number>, own: number): Agreement | null {
  const candidates = new Set<number>();
  for (let at = 0, met = 0; at < values.length && met < enoughDiffering; at++) {
    if (side[at] !== own) continue;
    met++;
    candidates.add(values[at]!);
  }
  let found: Agreement | null = null;
  for (const candidate of candidates) {
    let [n, differing, sum, squares] = [0, 0, 0, 0];
    for (let at = 0; at < values.length && differing < (found?.differing ?? enoughDiffering); at++) {
      if (side[at] !== own) continue;
      const away = values[at]! - candidate;
      n++;
      if (away !== 0) differing++;
      sum += away;
      squares += away * away;
    }
    if (differing >= (found?.differing ?? enoughDiffering) || n < differing + 2) continue;
    found = { n, differing, mean: candidate + sum / n, squares: Math.max(0, squares - sum * sum / n) };
  }
  return found;
}

/** A share: successes and trials, which need not be whole. */
export type Share = readonly [successes: number, trials: number];

/**
 * A proportion and its score interval, for successes and trials that need not be whole (an effective sample size).
 *
 * @see Wilson 1927, Journal of the American Statistical Association 22: 209-212
 */
export function wilson([successes, trials]: Share, z: number): [number, number, number] {
  const p = successes / trials;
  const centre = (p + z * z / (2 * trials)) / (1 + z * z / trials);
  const half = z / (1 + z * z / trials) * Math.sqrt(p * (1 - p) / trials + z * z / (4 * trials * trials));
  return [p, Math.max(0, centre - half), Math.min(1, centre + half)];
}

/**
 * Covers the difference of two independent shares from the Wilson score interval of each, and tests that it is 0: the
 * p-value is the level at which the interval reaches 0. Where few of a small arm and of a large one give an answer it
 * covers more surely than {@linkcode shareDifference}, which also tests other differences. Newcombe 1998, Statistics in
 * Medicine 17: 873-890, method 10.
 */
export function newcombeInterval(
  first: Share,
  second: Share,
  { alpha = 0.05 }: { alpha?: number } = {},
): Omit<ShareDifference, "estimate"> {
  const estimate = first[0] / first[1] - second[0] / second[1];
  const reach = (z: number, below: boolean): number => {
    const [[p, low, high], [q, otherLow, otherHigh]] = [wilson(first, z), wilson(second, z)];
    return below ? Math.hypot(p - low, otherHigh - q) : Math.hypot(high - p, q - otherLow);
  };
  const z = normalQuantile(1 - alpha / 2);
  const size = Math.abs(estimate);
  const away = size === 0 ? 0 : findRoot((at) => reach(at, estimate > 0) - size, 0, 3, [0, 1e4]);
  return {
    low: estimate - reach(z, true),
    high: estimate + reach(z, false),
    statistic: Math.sign(estimate) * away,
    pValue: Math.min(1, 2 * normalCdf(-away)),
  };
}

/** What {@linkcode shareDifference} finds; the difference is the first share less the second. */
export interface ShareDifference {
  readonly estimate: number;
  readonly low: number;
  readonly high: number;
  /** The score statistic of the difference that was asked for: normal tails are its one-sided tests. */
  readonly statistic: number;
  /** Two-sided; below `alpha` exactly where the interval leaves that difference out. */
  readonly pValue: number;
}

/**
 * Tests and covers the difference of two independent shares, [successes, trials] each, by the score statistic
 * (difference - δ) / √(variance under δ): the shares that the variance is of are the most likely ones whose difference
 * is δ, so that an arm in which nobody, or everybody, gave an answer is not taken for known. Trials need not be whole.
 *
 * @param options `null`: the difference to test (a margin, for equivalence); `alpha`: one less the interval's level
 * @see Miettinen and Nurminen 1985, Statistics in Medicine 4: 213-226, eq. 8 and appendix I
 */
export function shareDifference(
  first: Share,
  second: Share,
  { null: tested = 0, alpha = 0.05 }: { null?: number; alpha?: number } = {},
): ShareDifference {
  const estimate = first[0] / first[1] - second[0] / second[1];
  const score = (difference: number): number => {
    const away = estimate - difference;
    if (Math.abs(away) < 1e-15) return 0;
    return away / Math.sqrt(restrictedVariance(first, second, difference));
  };
  const z = normalQuantile(1 - alpha / 2);
  // The statistic falls as the difference grows, from +∞ at -1 to -∞ at 1.
  const end = (side: 1 | -1) => findRoot((difference) => side * z - score(difference), -1, 1, [-1, 1]);
  const statistic = score(tested);
  const pValue = Math.min(1, 2 * normalCdf(-Math.abs(statistic)));
  return {
    estimate,
    low: estimate <= -1 ? -1 : end(1),
    high: estimate >= 1 ? 1 : end(-1),
    statistic,
    pValue,
  };
}

/** The variance of a difference of shares, at the most likely shares whose difference is δ, with N / (N - 1). */
export function restrictedVariance(
  [x1, n1]: Share,
  [x0, n0]: Share,
  difference: number,
): number {
  const N = n1 + n0;
  // The second share solves N s³ + b s² + c s + d = 0; its middle root is the one from 0 to 1.
  const b = (n1 + 2 * n0) * difference - N - x1 - x0;
  const c = (n0 * difference - N - 2 * x0) * difference + x1 + x0;
  const d = x0 * difference * (1 - difference);
  const shift = b / (3 * N);
  const q = shift ** 3 - b * c / (6 * N * N) + d / (2 * N);
  const p = (q < 0 ? -1 : 1) * Math.sqrt(Math.max(0, shift ** 2 - c / (3 * N)));
  const angle = (Math.PI + Math.acos(Math.max(-1, Math.min(1, p === 0 ? 0 : q / p ** 3)))) / 3;
  const within = (share: number) => Math.max(0, Math.min(1, share));
  const second = within(2 * p * Math.cos(angle) - shift);
  const first = within(second + difference);
  return (first * (1 - first) / n1 + second * (1 - second) / n0) * N / (N - 1);
}

/** An estimated bound with its standard error. */
export interface BoundEstimate {
  /** The estimate. */
  readonly estimate: number;
  /** Its standard error. */
  readonly stdError: number;
}

/**
 * An interval that covers an effect of which only a lower and an upper bound are known, and the p-value of a zero
 * effect. With equal bounds it is the usual two-sided interval, with bounds far apart each end is one-sided. `NaN` where
 * a standard error is missing or 0. Imbens and Manski 2004, Econometrica 72: 1845-1857, eq. 6-7.
 */
export function boundsInterval(
  lower: BoundEstimate,
  upper: BoundEstimate,
  { alpha = 0.05 }: { alpha?: number } = {},
): { low: number; high: number; pValue: number } {
  const largest = Math.max(lower.stdError, upper.stdError);
  if (!(lower.stdError > 0 && upper.stdError > 0)) return { low: NaN, high: NaN, pValue: NaN };
  const width = Math.max(0, upper.estimate - lower.estimate) / largest;
  const level = (c: number) => normalCdf(c + width) - normalCdf(-c);
  // The level grows with c, whose largest value is the two-sided quantile.
  const c = findRoot((size) => level(size) - (1 - alpha), 0, normalQuantile(1 - alpha / 2) + 1, [
    0,
    Infinity,
  ]);
  const outside = Math.max(lower.estimate / lower.stdError, -upper.estimate / upper.stdError);
  return {
    low: lower.estimate - c * lower.stdError,
    high: upper.estimate + c * upper.stdError,
    pValue: outside <= 0 ? 1 : 1 - level(outside),
  };
}

/** One test against one bound. */
interface OneSidedTest {
  /** (estimate - bound) / standard error. */
  readonly statistic: number;
  /** The p-value that the true value is inside the bound. */
  readonly pInside: number;
  /** The p-value that the true value is outside the bound. */
  readonly pOutside: number;
}

/** What {@linkcode twoOneSidedTests} returns. */
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
  // Inside is above the lower and below the upper bound; from the lower tail, so that small p-values keep their digits.
  const against = (bound: number, inward: 1 | -1): OneSidedTest => {
    const statistic = (estimate - bound) / scale;
    return {
      statistic,
      pInside: studentTCdf(-inward * statistic, df),
      pOutside: studentTCdf(inward * statistic, df),
    };
  };
  const [lower, upper] = [against(low, 1), against(high, -1)];
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
