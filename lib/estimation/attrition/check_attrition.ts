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
import { readStudy, referenceOf } from "../../core/study.ts";
import { type Table, tableOfRows } from "../../core/table.ts";
import { compareArms, gatherUnits, noteLeftOut, type Units } from "../../core/units.ts";
import { inferEstimate } from "../../stats/inference.ts";
import { moments } from "../../stats/moments.ts";
import { adjustPValues } from "../../stats/multiplicity.ts";
import { permutationPValue } from "../../stats/permutation.ts";
import { sampleQuantile } from "../../stats/quantiles.ts";
import { differenceInMeans } from "../difference_in_means.ts";
import { contrastArms } from "../randomization/contrasts.ts";
import { drawNull } from "../randomization/null_distribution.ts";
import { memberValues, prepareStatistic } from "../randomization/test_statistics.ts";

/** Options of {@linkcode checkAttrition}. */
export interface CheckAttritionOptions extends Omit<ComparisonOptions, "category" | "basis">, DrawOptions {
  /**
   * The number of random assignments where there are too many to go through all.
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
 * absolute value under random assignment), `p_value`, `p_adjusted` (Holm over the arms), `conf_low`,
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
  const missing = missingness(units);
  const compared = [...units.arms.keys()].filter((arm) => arm !== reference).map((arm) => {
    const contrast = contrastArms(action, [missing], reference, arm);
    const statistic = prepareStatistic("difference_in_means", memberValues(contrast, 0, 0));
    const found = drawNull(contrast, [statistic], { seed, permutations, exactLimit: 25_000 });
    const [one, other] = [countMissing(missing, arm), countMissing(missing, reference)];
    return {
      ...{ arm, one, other, difference: found.observed[0]! },
      sizes: found.values[0]!.map(Math.abs).sort(),
      // Where nothing is missing there is nothing to test.
      p: one.missing + other.missing === 0
        ? NaN
        : permutationPValue(Math.abs(found.observed[0]!), found.values[0]!.map(Math.abs), found),
    };
  });
  const adjusted = adjustPValues(compared.map(({ p }) => p));
  const rows = compared.map(({ arm, one, other, difference, sizes, p }, at) => {
    const [conf_low, conf_high] = intervalOf(missing, [reference, arm], alpha);
    return diagnosisRow({
      outcome: asked.outcome,
      arm: units.arms[arm]!,
      reference: units.arms[reference]!,
      n_arm: one.n,
      n_reference: other.n,
      missing_arm: one.missing,
      missing_reference: other.missing,
      rate_arm: one.missing / one.n,
      rate_reference: other.missing / other.n,
      statistic: difference,
      null_mean: moments(sizes).mean,
      null_high: sampleQuantile(sizes, 0.95),
      p_value: p,
      p_adjusted: adjusted[at]!,
      conf_low,
      conf_high,
      conf_level: 1 - alpha,
      verdict: Number.isNaN(difference) ? "cannot tell" : adjusted[at]! < alpha ? "found" : "not found",
      notes: [...notes, ...noteMissing(units, [reference, arm])],
      reason: Number.isNaN(difference)
        ? ["no block holds both arms"]
        : Number.isNaN(p)
        ? ["no outcome is missing, so there is nothing to test"]
        : [],
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

/** Being missing as the outcome, which every unit has. */
function missingness(units: Units): Units {
  return {
    ...units,
    value: Float64Array.from(units.replies, (replies) => replies === 0 ? 1 : 0),
    replies: new Int32Array(units.replies.length).fill(1),
    leftOut: units.arms.map(() => new Map()),
  };
}

function countMissing({ arm, value }: Units, wanted: number): { n: number; missing: number } {
  const own = value.filter((_, at) => arm[at] === wanted);
  return { n: own.length, missing: own.reduce((sum, missing) => sum + missing, 0) };
}

function intervalOf(
  missing: Units,
  [reference, arm]: readonly [number, number],
  alpha: number,
): readonly [number, number] {
  const comparison = compareArms(action, missing, reference, arm);
  const found = differenceInMeans(comparison, { mixedBlocks: "hybrid", smallBlocks: "pool", category: true });
  const { conf_low, conf_high } = inferEstimate(found, alpha, 1);
  return [conf_low, conf_high];
}
