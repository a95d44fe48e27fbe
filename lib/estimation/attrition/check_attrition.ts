import { mean, quantile } from "simple-statistics";
import {
  type ComparisonOptions,
  comparisonRules,
  type DrawOptions,
  drawRules,
  readOptions,
  type RulesFor,
  whole,
} from "../../core/options.ts";
import { diagnosisRow, diagnosisTableColumns } from "../../core/rows.ts";
import { type RandomStream, stream } from "../../core/stream.ts";
import { readStudy, referenceOf } from "../../core/study.ts";
import { type Table, tableOfRows } from "../../core/table.ts";
import { compareArms, gatherUnits, noteLeftOut, type Units } from "../../core/units.ts";
import { inferEstimate } from "../../stats/inference.ts";
import { newcombeInterval } from "../../stats/intervals.ts";
import { permutationPValue, permuteLabels } from "../../stats/permutation.ts";
import { differenceInMeans } from "../difference_in_means.ts";

/** Options of {@linkcode checkAttrition}. */
export interface CheckAttritionOptions extends Omit<ComparisonOptions, "category" | "basis">, DrawOptions {
  /**
   * The number of random assignments where there are too many to go through all.
   *
   * @default {2000}
   */
  permutations?: number;
}

const action = "check attrition";

const { category: _category, basis: _basis, ...shared } = comparisonRules;

const rules = {
  ...shared,
  ...drawRules,
  permutations: whole(2000, 20, 1e7),
} as const satisfies RulesFor<CheckAttritionOptions>;

const columnNames = diagnosisTableColumns([
  "outcome",
  "arm",
  "reference",
  "n_arm",
  "n_reference",
  "missing_arm",
  "missing_reference",
  "rate_arm",
  "rate_reference",
], ["conf_level"]);

/**
 * Checks whether outcomes are missing more often in one arm than in another.
 *
 * Where they are, the arms that remain are not alike, and a difference between them is no effect: see `estimateBounds`.
 * A unit (a persona in an arm) is missing where none of its answers has a value; units that have no row at all are not
 * seen. The p-values come from assigning arms anew, within blocks, by whole clusters, or within personas: exact
 * whatever the rates. No difference found is no proof: equal rates can hide different people.
 *
 * @param table one row per answer (with `item` and `value`) or per unit, missing outcomes included
 * @param options the outcome and the assignment; see {@linkcode CheckAttritionOptions}
 * @returns one row per arm other than the reference: units `n_arm` and `n_reference`, of which `missing_arm` and
 * `missing_reference`, rates, `statistic` (difference of rates), `null_mean` and `null_high` (mean and 95% point of its
 * absolute value under random assignment), `p_value`, `p_adjusted` (largest difference of all arms), `conf_low`,
 * `conf_high` (Newcombe; Student's t for other designs), `conf_level`, `verdict` (`found` where `p_adjusted` is below
 * `alpha`), `notes` (why rows are missing), `reason`
 * @throws {RangeError} if a column, arm or item is missing
 * @see Gerber and Green 2012, Field Experiments, chapter 7; Newcombe 1998
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { tableOf } from "@understudy/understudy/core";
 * import { checkAttrition } from "@understudy/understudy/estimation";
 *
 * const answers = tableOf({
 *   arm: Array.from({ length: 80 }, (_, i) => i % 2 ? "threat" : "control"),
 *   support: Array.from({ length: 80 }, (_, i) => i % 4 === 1 ? null : i % 5),
 * });
 * const check = checkAttrition(answers, { outcome: "support" });
 * assertEquals([check.get("rate_arm", 0), check.get("verdict", 0)], [0.5, "found"]);
 * ```
 */
export function checkAttrition(table: Table, options: CheckAttritionOptions): Table {
  const { seed, permutations, alpha, ...asked } = readOptions(action, options, rules);
  const study = readStudy(action, table, { ...asked, readValues: markAnswers });
  const units = gatherUnits(action, study);
  const { reference, notes } = referenceOf(study, asked.reference);
  const missing = Uint8Array.from(units.replies, (replies) => replies === 0 ? 1 : 0);
  const random = stream(seed, "attrition");
  const rates = permuteRates(units, missing, { reference, random, permutations });
  const rows = rates.map((rate) => {
    const [one, other] = [countMissing(units, missing, rate.arm), countMissing(units, missing, reference)];
    const none = one.missing + other.missing === 0;
    const [conf_low, conf_high] = intervalOf(units, missing, [reference, rate.arm], alpha);
    return diagnosisRow({
      outcome: asked.outcome,
      arm: units.arms[rate.arm]!,
      reference: units.arms[reference]!,
      n_arm: one.n,
      n_reference: other.n,
      missing_arm: one.missing,
      missing_reference: other.missing,
      rate_arm: one.missing / one.n,
      rate_reference: other.missing / other.n,
      statistic: rate.difference,
      null_mean: mean(rate.permuted),
      null_high: quantile(rate.permuted, 0.95),
      p_value: none ? NaN : rate.pValue,
      p_adjusted: none ? NaN : rate.adjusted,
      conf_low,
      conf_high,
      conf_level: 1 - alpha,
      verdict: Number.isNaN(rate.adjusted)
        ? "cannot tell"
        : !none && rate.adjusted < alpha
        ? "found"
        : "not found",
      notes: [...notes, ...noteMissing(units, [reference, rate.arm])],
      reason: [
        ...(none ? ["no outcome is missing, so there is nothing to test"] : []),
        ...(Number.isNaN(rate.difference) ? ["no block holds both arms"] : []),
      ],
    });
  });
  return tableOfRows(rows, columnNames);
}

/** 1 where there is an answer, of whatever type. */
function markAnswers(values: ArrayLike<unknown>): Float64Array {
  return Float64Array.from(
    values,
    (value) => value === null || value === undefined || value === "" || Number.isNaN(value) ? NaN : 1,
  );
}

/** Rows that others leave out are counted here. */
function noteMissing(units: Units, arms: readonly number[]): string[] {
  return noteLeftOut(units, arms).map((note) => note.replace(/^left out: /, "missing: "));
}

function countMissing(units: Units, missing: Uint8Array, arm: number): { n: number; missing: number } {
  const counts = { n: 0, missing: 0 };
  units.arm.forEach((code, at) => {
    if (code !== arm) return;
    counts.n++;
    counts.missing += missing[at]!;
  });
  return counts;
}

function inSeveralArms(units: Units): boolean {
  return units.persona !== null && units.personas < units.arm.length;
}

function intervalOf(
  units: Units,
  missing: Uint8Array,
  [reference, arm]: readonly [number, number],
  alpha: number,
): readonly [number, number] {
  if (units.block === null && units.cluster === null && !inSeveralArms(units)) {
    const [one, other] = [arm, reference].map((side) => countMissing(units, missing, side));
    return newcombeInterval([one!.missing, one!.n], [other!.missing, other!.n], { alpha });
  }
  // Being missing as the outcome, which every unit has: the variance of the design.
  const everyone = {
    ...units,
    value: Float64Array.from(missing),
    replies: new Int32Array(missing.length).fill(1),
    leftOut: units.arms.map(() => new Map<string, number>()),
  };
  const comparison = compareArms(action, everyone, reference, arm);
  const found = differenceInMeans(comparison, { mixedBlocks: "hybrid", smallBlocks: "pool" });
  const { conf_low, conf_high } = inferEstimate(found, alpha, 1);
  return [conf_low, conf_high];
}

/** A difference of rates beside its permutation distribution. */
interface RatePermutation {
  readonly arm: number;
  /** The difference from the reference, averaged over blocks by their size. */
  readonly difference: number;
  /** Its absolute value under each assignment. */
  readonly permuted: number[];
  /** How often an assignment alone gives as large an absolute difference. */
  readonly pValue: number;
  /** The same for the largest difference of all arms. */
  readonly adjusted: number;
}

/** Compares the rate of `marked` units in each arm with the reference, against all other assignments of arms. */
function permuteRates(
  units: Units,
  marked: Uint8Array,
  { reference, random, permutations }: { reference: number; random: RandomStream; permutations: number },
): RatePermutation[] {
  const { unitOf, arms, groups } = assignedUnits(units);
  const compared = [...units.arms.keys()].filter((arm) => arm !== reference);
  const differences = (labels: ArrayLike<number>) => {
    const rates = blockRates(units, marked, (at) => labels[unitOf[at]!]!);
    return compared.map((arm) => averageDifference(rates, units.arms.length, arm, reference));
  };
  const permuted: number[][] = compared.map(() => []);
  const largest: number[] = [];
  const { exact } = permuteLabels(arms, (labels) => {
    const drawn = differences(labels).map(Math.abs);
    drawn.forEach((difference, index) => permuted[index]!.push(difference));
    largest.push(drawn.reduce((most, difference) => difference > most ? difference : most, 0));
  }, { random, groups, permutations });
  return differences(arms).map((difference, index) => ({
    arm: compared[index]!,
    difference,
    permuted: permuted[index]!,
    pValue: permutationPValue(Math.abs(difference), permuted[index]!, { exact }),
    adjusted: permutationPValue(Math.abs(difference), largest, { exact }),
  }));
}

/** What was assigned: whole clusters, or units, within blocks; or within personas where they saw several arms. */
function assignedUnits(units: Units): { unitOf: Int32Array; arms: Int32Array; groups: Int32Array } {
  const persona = inSeveralArms(units) ? units.persona : null;
  const cluster = persona === null ? units.cluster : null;
  const unitOf = cluster?.codes ?? units.arm.map((_, at) => at);
  const size = unitOf.reduce((most, unit) => Math.max(most, unit), -1) + 1;
  const [arms, groups] = [new Int32Array(size).fill(-1), new Int32Array(size)];
  unitOf.forEach((unit, at) => {
    if (arms[unit] !== -1 && arms[unit] !== units.arm[at]) {
      throw new RangeError(
        `Cannot ${action} as 'clusters' must lie in one arm each: cluster '${
          cluster!.labels[unit]
        }' has units in several`,
      );
    }
    arms[unit] = units.arm[at]!;
    groups[unit] = persona?.[at] ?? Math.max(0, units.block?.codes[at] ?? 0);
  });
  return { unitOf, arms, groups };
}

/** Units and marked units of each arm in each block. */
function blockRates(
  units: Units,
  marked: Uint8Array,
  armOf: (at: number) => number,
): { counts: Float64Array; sums: Float64Array } {
  const arms = units.arms.length;
  const cells = arms * Math.max(1, units.block?.labels.length ?? 1);
  const [counts, sums] = [new Float64Array(cells), new Float64Array(cells)];
  for (let at = 0; at < marked.length; at++) {
    const cell = Math.max(0, units.block?.codes[at] ?? 0) * arms + armOf(at);
    counts[cell]!++;
    sums[cell]! += marked[at]!;
  }
  return { counts, sums };
}

function averageDifference(
  { counts, sums }: { counts: Float64Array; sums: Float64Array },
  arms: number,
  arm: number,
  reference: number,
): number {
  let [total, weight] = [0, 0];
  for (let start = 0; start < counts.length; start += arms) {
    const [one, other] = [start + arm, start + reference];
    // A block without one of the arms says nothing about their difference.
    if (counts[one] === 0 || counts[other] === 0) continue;
    const size = counts[one]! + counts[other]!;
    total += size * (sums[one]! / counts[one]! - sums[other]! / counts[other]!);
    weight += size;
  }
  return total / weight;
}
