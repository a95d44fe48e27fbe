import { checkLevel, checkOneOf, checkOptions } from "../core/checks.ts";
import { cannot } from "../core/errors.ts";
import { permutationPValue } from "./permutation.ts";

/** The methods of {@linkcode adjustPValues}. */
export const adjustmentMethods = [
  "holm",
  "holm-sidak",
  "hochberg",
  "hommel",
  "bonferroni",
  "sidak",
  "BH",
  "BY",
  "TSBH",
  "TSBKY",
] as const;

/** How p-values are adjusted for their number. */
export type AdjustmentMethod = typeof adjustmentMethods[number];

/** Options of {@linkcode adjustPValues}. */
export interface AdjustPValuesOptions {
  /**
   * The level at which the first stage of `TSBH` and `TSBKY` counts rejections; other methods do not need it.
   * @default {0.05}
   */
  alpha?: number;
}

/**
 * Adjusts p-values for the number of tests.
 *
 * `holm`, `hochberg`, `hommel`, `bonferroni`, `sidak` and `holm-sidak` hold the chance of any false rejection; `BH`,
 * `BY`, `TSBH` and `TSBKY` hold the expected share of false rejections. `holm` needs no assumption and beats
 * `bonferroni`; `BY` needs none either; `hommel` beats `hochberg`, and both need tests that are not negatively
 * dependent. The two-stage methods estimate how many hypotheses are true and hold at the `alpha` of the first stage
 * only. A p-value of `NaN` stays `NaN` and does not count as a test.
 *
 * @param pValues from 0 to 1, or `NaN`
 * @param method the adjustment; `holm` by default
 * @param options the level of the first stage; see {@linkcode AdjustPValuesOptions}
 * @returns adjusted p-values in the order of `pValues`
 * @throws {RangeError} if a p-value is out of range or the method is unknown
 * @see Holm 1979; Hochberg 1988; Hommel 1988; Benjamini and Hochberg 1995; Benjamini and Yekutieli 2001; Benjamini,
 * Krieger and Yekutieli 2006
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { adjustPValues } from "@understudy/understudy/stats";
 *
 * assertEquals(adjustPValues([0.0625, 0.015625, NaN], "holm"), [0.0625, 0.03125, NaN]);
 * ```
 */
export function adjustPValues(
  pValues: ArrayLike<number>,
  method: AdjustmentMethod = "holm",
  options: AdjustPValuesOptions = {},
): number[] {
  const action = "adjust p-values";
  checkOneOf(action, "method", method, adjustmentMethods);
  checkOptions(action, options, ["alpha"]);
  const { alpha = 0.05 } = options;
  checkLevel(action, "alpha", alpha);
  const adjusted: number[] = [];
  const order: number[] = [];
  for (let i = 0; i < pValues.length; i++) {
    const p = pValues[i]!;
    if (typeof p !== "number" || p < 0 || p > 1) {
      throw new RangeError(cannot(action, "pValues", "hold numbers from 0 to 1, or NaN", p));
    }
    adjusted.push(p);
    if (!Number.isNaN(p)) order.push(i);
  }
  order.sort((a, b) => pValues[a]! - pValues[b]!);
  const sorted = order.map((index) => pValues[index]!);
  const values = adjusters[method](sorted, alpha);
  order.forEach((index, rank) => adjusted[index] = Math.min(1, values[rank]!));
  return adjusted;
}

/** 1 - (1 - p)^power without loss of digits for small p. */
const sidak = (p: number, power: number) => -Math.expm1(power * Math.log1p(-p));

/** Adjusted p-values of sorted ones, by method. */
const adjusters: {
  readonly [Method in AdjustmentMethod]: (sorted: readonly number[], alpha: number) => number[];
} = {
  holm: (sorted) => carryUp(sorted.map((p, rank) => p * (sorted.length - rank))),
  "holm-sidak": (sorted) => carryUp(sorted.map((p, rank) => sidak(p, sorted.length - rank))),
  hochberg: (sorted) => carryDown(sorted.map((p, rank) => p * (sorted.length - rank))),
  hommel,
  bonferroni: (sorted) => sorted.map((p) => p * sorted.length),
  sidak: (sorted) => sorted.map((p) => sidak(p, sorted.length)),
  BH: benjaminiHochberg,
  BY: (sorted) => {
    const harmonic = sorted.reduce((total, _, rank) => total + 1 / (rank + 1), 0);
    return carryDown(sorted.map((p, rank) => (p * sorted.length * harmonic) / (rank + 1)));
  },
  TSBH: (sorted, alpha) => twoStage(sorted, alpha, 1),
  TSBKY: (sorted, alpha) => twoStage(sorted, alpha, 1 + alpha),
};

function benjaminiHochberg(sorted: readonly number[]): number[] {
  return carryDown(sorted.map((p, rank) => (p * sorted.length) / (rank + 1)));
}

/** The largest p-value at which a set of tests that holds the hypothesis is rejected by Simes' test: Hommel 1988. */
function hommel(sorted: readonly number[]): number[] {
  const tests = sorted.length;
  const simes = sorted.map((p, rank) => (tests * p) / (rank + 1));
  const adjusted = new Array<number>(tests).fill(Math.min(...simes));
  let bound = adjusted.slice();
  for (let size = tests - 1; size >= 2; size--) {
    // Sets of `size` hypotheses: the one in question and the largest others. Wright 1992, Appendix.
    const first = tests - size + 1;
    let least = Infinity;
    for (let j = 2; j <= size; j++) least = Math.min(least, (size * sorted[first + j - 2]!) / j);
    bound = bound.map((_, i) =>
      i < first ? Math.min(size * sorted[i]!, least) : Math.min(size * sorted[first - 1]!, least)
    );
    for (let i = 0; i < tests; i++) adjusted[i] = Math.max(adjusted[i]!, bound[i]!);
  }
  return adjusted.map((p, i) => Math.max(p, sorted[i]!));
}

/** Benjamini, Krieger and Yekutieli 2006, Definitions 6 (`factor` 1 + alpha) and 7 (`factor` 1). */
function twoStage(sorted: readonly number[], alpha: number, factor: number): number[] {
  const first = benjaminiHochberg(sorted);
  const tests = sorted.length;
  const rejected = first.filter((p) => p <= alpha / factor).length;
  // The share of true hypotheses as the first stage sees it; with none or all rejected there is no second stage.
  const share = rejected === 0 || rejected === tests ? 1 : (tests - rejected) / tests;
  return first.map((p) => p * share * factor);
}

/** Step-down methods carry the largest value upward. */
function carryUp(values: number[]): number[] {
  for (let i = 1; i < values.length; i++) values[i] = Math.max(values[i]!, values[i - 1]!);
  return values;
}

/** Step-up methods carry the smallest value downward. */
function carryDown(values: number[]): number[] {
  for (let i = values.length - 2; i >= 0; i--) values[i] = Math.min(values[i]!, values[i + 1]!);
  return values;
}

/**
 * Adjusts p-values for many two-sided tests by how large the largest statistic is in resamples, step-down; (1 + count) /
 * (resamples + 1), in the order of `statistics`, of which those that are `NaN` do not count.
 *
 * Holds the chance of any false rejection, and gains power over Holm where tests are alike, as the outcomes of the
 * same people are. Resampled statistics must be centred: (estimate in the resample − estimate) / its standard error.
 * Romano and Wolf 2016, Statistics and Probability Letters 113: 38-40.
 */
export function romanoWolf(
  statistics: ArrayLike<number>,
  resampled: readonly ArrayLike<number>[],
): number[] {
  const draws = Array.from(statistics, (_, test) => Array.from(resampled, (draw) => Math.abs(draw[test]!)));
  return stepDownPValues(Array.from(statistics, Math.abs), draws);
}

/**
 * For each test how often it, or one of smaller size, is at least as large in the draws as observed, never below that of
 * a larger one (Romano and Wolf 2016, algorithm 4.2); with permutations Westfall and Young's (1993, algorithm 4.1).
 *
 * @param draws of each test its size in every draw; what cannot be computed counts as large: never in favour of a finding
 */
export function stepDownPValues(
  sizes: readonly number[],
  draws: readonly ArrayLike<number>[],
  exact = false,
): number[] {
  const order = [...sizes.keys()].filter((test) => !Number.isNaN(sizes[test]))
    .sort((a, b) => sizes[b]! - sizes[a]!);
  const adjusted = new Array<number>(sizes.length).fill(NaN);
  const most = new Float64Array(draws[0]?.length ?? 0).fill(-Infinity);
  for (const test of order.toReversed()) {
    for (let draw = 0; draw < most.length; draw++) {
      const size = draws[test]![draw]!;
      most[draw] = Number.isNaN(size) ? Infinity : Math.max(most[draw]!, size);
    }
    adjusted[test] = permutationPValue(sizes[test]!, most, { exact });
  }
  let largest = 0;
  for (const test of order) adjusted[test] = largest = Math.max(largest, adjusted[test]!);
  return adjusted;
}
