import { checkOptions } from "../core/checks.ts";
import { sortedSample } from "./sample_gaps.ts";
import { sampleKolmogorovSmirnov } from "./sample_kolmogorov_smirnov.ts";

/** Options of {@linkcode kolmogorovSmirnovTest}. */
export interface KolmogorovSmirnovTestOptions {
  /**
   * The largest product of the two sample sizes for which the p-value is exact.
   *
   * @default 25000000
   */
  exactLimit?: number;
}

/** What {@linkcode kolmogorovSmirnovTest} found. */
export interface KolmogorovSmirnovResult {
  /** max |F − G|, from 0 to 1. */
  readonly statistic: number;
  /** The two-sided p-value. */
  readonly pValue: number;
  /** Whether the p-value is exact given the ties, or the limit for large samples. */
  readonly exact: boolean;
}

/**
 * Tests whether two samples of numbers come from one distribution, by the largest difference of their distribution
 * functions.
 *
 * The p-value is exact given the pooled values, ties included: the share of all assignments of these values to samples
 * of these sizes that are as far apart. This is R's (from 4.2 on); SciPy's "exact" p-value takes all values to be
 * distinct, which is wrong for answers on a scale. Where the samples are very large it is the Kolmogorov limit, which is
 * too large where ties are many.
 *
 * @param x the first sample
 * @param y the second sample
 * @param options see {@linkcode KolmogorovSmirnovTestOptions}
 * @returns the distance, its two-sided p-value, and whether that is exact
 * @throws {RangeError} if a sample is empty or holds a value that is not a finite number
 * @see Schröer and Trenkler 1995, Computational Statistics and Data Analysis 20(2):185-202 (with ties)
 * @example Two of 70 assignments are as far apart
 * ```ts
 * import { assertAlmostEquals } from "@std/assert";
 * import { kolmogorovSmirnovTest } from "@understudy/understudy/stats";
 *
 * const { statistic, pValue } = kolmogorovSmirnovTest([1, 2, 3, 4], [5, 6, 7, 8]);
 * assertAlmostEquals(statistic, 1);
 * assertAlmostEquals(pValue, 2 / 70);
 * ```
 */
export function kolmogorovSmirnovTest(
  x: ArrayLike<number>,
  y: ArrayLike<number>,
  options: KolmogorovSmirnovTestOptions = {},
): KolmogorovSmirnovResult {
  checkOptions("run the Kolmogorov-Smirnov test", options, ["exactLimit"]);
  const statistic = sampleKolmogorovSmirnov(x, y);
  // n, m: sample sizes
  const [n, m] = [x.length, y.length];
  const exact = n * m <= (options.exactLimit ?? 25_000_000);
  const pValue = exact
    ? exactPValue(statistic, n, m, tieEnds(x, y))
    : limitPValue(statistic * Math.sqrt(n * m / (n + m)));
  return { statistic, pValue, exact };
}

/** For each number of smallest values, whether the next value is larger: only there the functions can be compared. */
function tieEnds(x: ArrayLike<number>, y: ArrayLike<number>): Uint8Array {
  const pooled = new Float64Array(x.length + y.length);
  pooled.set(x);
  pooled.set(y, x.length);
  const sorted = sortedSample("the Kolmogorov-Smirnov distance", "x", pooled);
  return Uint8Array.from(
    { length: sorted.length + 1 },
    (_, count) => count > 0 && sorted[count - 1] !== sorted[count] ? 1 : 0,
  );
}

/**
 * P(D ≥ d): i values of the first sample and j of the second are among the i + j smallest. `reached[j]` is the
 * probability that a random order of the samples has been as far apart as d by then.
 */
function exactPValue(statistic: number, n: number, m: number, ends: Uint8Array): number {
  // Distances are multiples of 1/(nm): half a step below d, so that rounding decides nothing.
  const d = (Math.round(statistic * n * m) - 0.5) / (n * m);
  const reached = new Float64Array(m + 1);
  for (let i = 0; i <= n; i++) {
    const share = i / n;
    for (let j = 0; j <= m; j++) {
      if (ends[i + j] === 1 && Math.abs(share - j / m) >= d) reached[j] = 1;
      else if (j === 0) reached[j] = i === 0 ? 0 : reached[j]!;
      // The last of the i + j values is of the first sample with probability i/(i + j).
      else if (i === 0) reached[j] = reached[j - 1]!;
      else reached[j] = (i * reached[j]! + j * reached[j - 1]!) / (i + j);
    }
  }
  return Math.min(1, reached[m]!);
}

/** 2 Σ (−1)^(k−1) e^(−2 k² z²), and for small z the other form of the same function (Kolmogorov 1933). */
function limitPValue(z: number): number {
  if (z <= 0) return 1;
  let sum = 0;
  if (z < 1) {
    for (let k = 1; k < 40; k += 2) sum += Math.exp(-((k * Math.PI / z) ** 2) / 8);
    return 1 - Math.sqrt(2 * Math.PI) / z * sum;
  }
  for (let k = 1; k < 40; k++) sum += (k % 2 === 1 ? 2 : -2) * Math.exp(-2 * (k * z) ** 2);
  return sum;
}
