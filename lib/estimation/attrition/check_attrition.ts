import { diagnosisNumbers } from "../../core/columns.ts";
import { mean, quantile } from "simple-statistics";
import {
  checkColumns,
  checkLevel,
  checkOptions,
  checkSeed,
  checkText,
  checkWhole,
} from "../../core/checks.ts";
import { findReference, pickOutcome, readStudy, recordedReference, type Study } from "../../core/study.ts";
import { stream } from "../../core/stream.ts";
import { columnOf, type Columns, type Table, tableOf, tableOfRows } from "../../core/table.ts";
import { newcombeInterval } from "../../stats/intervals.ts";
import { permuteRates, type RatePermutation } from "./attrition_permutations.ts";
import { differenceInMeans } from "../difference_in_means.ts";
import { compareArms, gatherUnits, type Units } from "../../core/units.ts";
import type { EstimateEffectsOptions } from "../estimate_effects.ts";
import { inferEstimate } from "../../stats/inference.ts";

/** Options of {@linkcode checkAttrition}: the outcome and the assignment as in `estimateEffects`, and these. */
export interface CheckAttritionOptions
  extends Pick<EstimateEffectsOptions, "outcome" | "arm" | "reference" | "blocks" | "clusters" | "persona"> {
  /**
   * The number of random assignments where there are too many to go through all.
   *
   * @default {2000}
   */
  permutations?: number;
  /**
   * The seed of the random assignments.
   *
   * @default {1}
   */
  seed?: number;
  /**
   * The adjusted p-value below which attrition is called differential; intervals have level 1 - alpha.
   *
   * @default {0.05}
   */
  alpha?: number;
}

const action = "check attrition";
const known = [
  "outcome",
  "arm",
  "reference",
  "blocks",
  "clusters",
  "persona",
  "permutations",
  "seed",
  "alpha",
];
const columnNames = [
  "outcome",
  "arm",
  "reference",
  "n_arm",
  "n_reference",
  "missing_arm",
  "missing_reference",
  "rate_arm",
  "rate_reference",
  ...diagnosisNumbers,
  "conf_level",
  "verdict",
  "reason",
];

/**
 * Checks whether outcomes are missing more often in one arm than in another.
 *
 * Where they are, the arms that remain are not alike, and a difference between them is no effect: see `estimateBounds`.
 * A unit (a persona in an arm) is missing where none of its answers has a value; units that have no row at all are not
 * seen. The p-values come from assigning arms anew, within blocks, by whole clusters, or within personas: exact
 * whatever the rates. No difference shown is no proof: equal rates can hide different people.
 *
 * @param table one row per answer (with `item` and `value`) or per unit, missing outcomes included
 * @param options the outcome and the assignment; see {@linkcode CheckAttritionOptions}
 * @returns one row per arm other than the reference: units `n_arm` and `n_reference`, of which `missing_arm` and
 * `missing_reference`, rates, `statistic` (difference of rates), `null_mean` and `null_high` (mean and 95% point of its
 * absolute value under random assignment), `p_value`, `p_adjusted` (largest difference of all arms), `conf_low`,
 * `conf_high` (Newcombe; Student's t for other designs), `verdict` (`differential`, `no difference shown`, or
 * `no attrition`) and `reason`
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
 * assertEquals([check.get("rate_arm", 0), check.get("verdict", 0)], [0.5, "differential"]);
 * ```
 */
export function checkAttrition(table: Table, options: CheckAttritionOptions): Table {
  checkOptions(action, options, known);
  const { permutations = 2000, seed = 1, alpha = 0.05 } = options;
  checkText(action, "outcome", options.outcome);
  checkWhole(action, "permutations", permutations, 20, 1e7);
  checkSeed(action, seed);
  checkLevel(action, "alpha", alpha);
  const units = gatherUnits(action, readAnyAnswer(table, options));
  const { reference, notes } = findReference(
    action,
    units.arms,
    options.reference ?? recordedReference(table),
  );
  const missing = Uint8Array.from(units.replies, (replies) => replies === 0 ? 1 : 0);
  const random = stream(seed, "attrition");
  const found = permuteRates(action, units, missing, { reference, random, permutations });
  const rows = [...found].map(([term, permutation]) => ({
    outcome: options.outcome,
    ...tidy(units, missing, { term, reference, permutation, alpha, notes }),
  }));
  return tableOfRows(rows, columnNames);
}

/** Reads whether there is an answer, of whatever type. */
function readAnyAnswer(table: Table, options: CheckAttritionOptions): Study {
  const { outcome, arm, blocks, clusters, persona } = options;
  checkColumns(action, table, []);
  const picked = pickOutcome(action, table, outcome);
  const names = picked.columnNames();
  const columns: Columns = Object.fromEntries(names.map((name) => [name, columnOf(picked, name)]));
  const given = columnOf(picked, outcome).map((value) =>
    value === null || value === undefined || value === "" || Number.isNaN(value) ? null : 1
  );
  columns[outcome] = given;
  if (names.includes("item") && names.includes("value")) columns.value = given;
  return readStudy(action, tableOf(columns), {
    outcome,
    ...(arm === undefined ? {} : { arm }),
    ...(blocks === undefined ? {} : { blocks }),
    ...(clusters === undefined ? {} : { clusters }),
    ...(persona === undefined ? {} : { persona }),
  });
}

interface Compared {
  readonly term: number;
  readonly reference: number;
  readonly permutation: RatePermutation;
  readonly alpha: number;
  readonly notes: readonly string[];
}

function tidy(
  units: Units,
  missing: Uint8Array,
  { term, reference, permutation, alpha, notes }: Compared,
): { [name: string]: unknown } {
  const [one, other] = [countMissing(units, missing, term), countMissing(units, missing, reference)];
  const none = one.missing + other.missing === 0;
  const [low, high] = interval(units, missing, { term, reference, alpha }, one, other);
  const { difference, permuted, pValue, adjusted } = permutation;
  return {
    arm: units.arms[term]!,
    reference: units.arms[reference]!,
    n_arm: one.n,
    n_reference: other.n,
    missing_arm: one.missing,
    missing_reference: other.missing,
    rate_arm: one.missing / one.n,
    rate_reference: other.missing / other.n,
    statistic: difference,
    null_mean: permuted.length > 0 ? mean([...permuted]) : NaN,
    null_high: permuted.length > 0 ? quantile([...permuted], 0.95) : NaN,
    p_value: none ? NaN : pValue,
    p_adjusted: none ? NaN : adjusted,
    conf_low: low,
    conf_high: high,
    conf_level: 1 - alpha,
    verdict: none ? "no attrition" : adjusted < alpha ? "differential" : "no difference shown",
    reason: [...notes, ...whyMissing(units, [reference, term])].join("; "),
  };
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

function interval(
  units: Units,
  missing: Uint8Array,
  { term, reference, alpha }: Pick<Compared, "term" | "reference" | "alpha">,
  one: { n: number; missing: number },
  other: { n: number; missing: number },
): [number, number] {
  const within = units.persona !== null && units.personas < units.arm.length;
  if (units.block === null && units.cluster === null && !within) {
    return newcombeInterval([one.missing, one.n], [other.missing, other.n], { alpha });
  }
  // Being missing as the outcome, which every unit has: the variance of the design.
  const everyone = {
    ...units,
    value: Float64Array.from(missing),
    replies: new Int32Array(missing.length).fill(1),
    leftOut: units.arms.map(() => new Map<string, number>()),
    weight: null,
  };
  const comparison = compareArms(action, everyone, reference, term);
  const found = differenceInMeans(comparison, { mixedBlocks: "hybrid", smallBlocks: "pool" });
  const { conf_low, conf_high } = inferEstimate(found, alpha, 1);
  return [conf_low, conf_high];
}

function whyMissing(units: Units, arms: readonly number[]): string[] {
  const parts = arms.flatMap((arm) => {
    const counts = [...units.leftOut[arm]!].sort(([a], [b]) => a < b ? -1 : 1);
    return counts.length === 0
      ? []
      : [`${units.arms[arm]} ${counts.map(([why, count]) => `${count} ${why}`).join(", ")}`];
  });
  return [
    ...(parts.length === 0 ? [] : [`rows: ${parts.join("; ")}`]),
    ...(units.withoutArm === 0 ? [] : [`rows without an arm: ${units.withoutArm}`]),
  ];
}
