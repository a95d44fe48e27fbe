import { normalCdf, normalQuantile } from "./distributions.ts";
import { findRoot } from "./find_root.ts";

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
): { [value in "low" | "high" | "statistic" | "pValue"]: number } {
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

/**
 * Tests and covers the difference of two independent shares, [successes, trials] each, by the score statistic
 * (difference - δ) / √(variance under δ): the shares that the variance is of are the most likely ones whose difference
 * is δ, so that an arm in which nobody, or everybody, gave an answer is not taken for known. Trials need not be whole. Normal
 * tails of `statistic` are one-sided tests; `pValue` is below `alpha` exactly where the interval leaves the difference out.
 *
 * @param options `null`: the difference to test (a margin, for equivalence); `alpha`: one less the interval's level
 * @see Miettinen and Nurminen 1985, Statistics in Medicine 4: 213-226, eq. 8 and appendix I
 */
export function shareDifference(
  first: Share,
  second: Share,
  { null: tested = 0, alpha = 0.05 }: { null?: number; alpha?: number } = {},
): { [value in "estimate" | "low" | "high" | "statistic" | "pValue"]: number } {
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
  const [low, high] = [estimate <= -1 ? -1 : end(1), estimate >= 1 ? 1 : end(-1)];
  return { estimate, low, high, statistic, pValue };
}

/** The variance of a difference of shares, at the most likely shares whose difference is δ, with N / (N - 1). */
export function restrictedVariance([x1, n1]: Share, [x0, n0]: Share, difference: number): number {
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
