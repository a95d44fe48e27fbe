import { answerStatuses, statusDetails } from "../../core/columns.ts";
import type { ComparisonOptions, DrawOptions, RulesFor } from "../../core/options.ts";
import { comparisonRules, drawRules, readOptions, whole } from "../../core/options.ts";
import { diagnosisRow, diagnosisTableColumns } from "../../core/rows.ts";
import { isLong, readStudy, referenceOf, type Study } from "../../core/study.ts";
import { distinct, isMissing, type Table, tableOfRows, valuesOf } from "../../core/table.ts";
import { compareArms, gatherUnits, noteLeftOut, type Units } from "../../core/units.ts";
import { type Inference, inferEstimate } from "../../stats/inference.ts";
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
   * The number of random assignments where there are too many to go through all; more where the table has many rows.
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

const counted = ["n_arm", "n_reference", "missing_arm", "missing_reference", "rate_arm", "rate_reference"];
const compared = ["outcome", "arm", "reference", "status", "status_detail", ...counted];
const columnNames = diagnosisTableColumns(compared, ["conf_level"]);

/**
 * Checks whether outcomes are missing more often in one arm than in another, and in which way.
 *
 * Where they are, the arms that remain are not alike, and a difference between them is no effect: see `estimateBounds`.
 * A unit (a persona in an arm) is missing where none of its answers has a value; units that have no row at all are not
 * seen. Each way in which answers are missing (refused by the provider's filter or in words, cut in the thought, empty, …)
 * is checked by itself: does a unit have such an answer? So is whether it was asked a second time, which selects. The
 * p-values come from assigning arms anew, within blocks, by whole clusters, or within personas: exact
 * whatever the rates. No difference found is no proof: equal rates can hide different people.
 *
 * @param table one row per answer (with `item` and `value`) or per unit, missing outcomes included
 * @param options the outcome and the assignment; see {@linkcode CheckAttritionOptions}
 * @returns one row per arm other than the reference with `status` `missing`, then one for each status and `status_detail`
 * that occurs, and `second try`: units `n_arm` and `n_reference`, of which `missing_arm` and `missing_reference` are or
 * have so, rates, `statistic` (difference of rates), `null_mean` and `null_high` (mean and 95% point of its absolute value
 * under random assignment), `p_value`, `p_adjusted` (Holm over the arms; of statuses over arms and statuses), `conf_low`,
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
  const ways = [
    { status: "missing", status_detail: "", units: mark(units, (at) => units.replies[at] === 0) },
    ...waysOf(study, units, asked.outcome),
  ];
  const arms = [...units.arms.keys()].filter((arm) => arm !== reference);
  // A p-value can be no smaller than one over the draws: adjusted for all rows, it must be able to fall below alpha.
  const draws = Math.max(permutations, Math.ceil(2 * arms.length * ways.length / alpha));
  const differences = arms.flatMap((arm) => {
    const contrast = contrastArms(action, ways.map(({ units }) => units), reference, arm);
    const statistics = ways.map((_, way) =>
      prepareStatistic("difference_in_means", memberValues(contrast, way, 0))
    );
    const found = drawNull(contrast, statistics, { seed, permutations: draws, exactLimit: 25_000 });
    return ways.map((way, at) => {
      const [one, other] = [countMissing(way.units, arm), countMissing(way.units, reference)];
      const [difference, sizes] = [found.observed[at]!, found.values[at]!.map(Math.abs)];
      // Where nothing is missing there is nothing to test.
      const none = one.missing + other.missing === 0;
      const p = none ? NaN : permutationPValue(Math.abs(difference), sizes, found);
      return { ...way, arm, one, other, difference, sizes: sizes.sort(), p };
    });
  });
  // That answers are missing is one question, and how they are another.
  const families = [true, false].map((first) =>
    differences.filter(({ status }) => (status === "missing") === first)
  );
  const adjusted = families.flatMap((family) => adjustPValues(family.map(({ p }) => p)));
  const rows = families.flat().map((row, at) => {
    const { arm, one, other, difference, sizes, p, status, status_detail } = row;
    const { conf_low, conf_high, conf_level } = inferRates(row.units, [reference, arm], alpha);
    const p_adjusted = adjusted[at]!;
    return diagnosisRow({
      ...{ outcome: asked.outcome, arm: units.arms[arm]!, reference: units.arms[reference]! },
      status,
      status_detail,
      ...{ n_arm: one.n, missing_arm: one.missing, rate_arm: one.missing / one.n },
      ...{ n_reference: other.n, missing_reference: other.missing, rate_reference: other.missing / other.n },
      statistic: difference,
      null_mean: moments(sizes).mean,
      null_high: sampleQuantile(sizes, 0.95),
      p_value: p,
      p_adjusted,
      ...{ conf_low, conf_high, conf_level },
      verdict: Number.isNaN(difference) ? "cannot tell" : p_adjusted < alpha ? "found" : "not found",
      notes: [...notes, ...status === "missing" ? noteMissing(units, [reference, arm]) : []],
      reason: Number.isNaN(difference)
        ? ["no block holds both arms"]
        : Number.isNaN(p)
        ? [`no ${status === "missing" ? "outcome is missing" : "unit has it"}, so there is nothing to test`]
        : [],
    });
  });
  return tableOfRows(rows, columnNames);
}

/** Each status of answers without a value, its details where it has several, and second tries: who has such an answer. */
function waysOf(study: Study, units: Units, outcome: string) {
  const { table, leftOut } = study;
  const cells = (name: string): ArrayLike<unknown> =>
    table.columnNames().includes(name) ? valuesOf(table, name) : [];
  const status = cells(isLong(table) ? "status" : `${outcome}_status`);
  const [detail, attempt] = [cells("status_detail"), cells("attempt")] as const;
  // A table from elsewhere may have any texts there: these count with their status.
  const detailOf = (row: number) => statusDetails.find((one) => one === detail[row]) ?? "";
  const rows = [...leftOut.keys()];
  const way = (status: string, status_detail: string, has: (row: number) => boolean) => {
    const value = Float64Array.from(rows, (row) => has(row) ? 1 : 0);
    const own = gatherUnits(action, { ...study, value, leftOut: rows.map(() => undefined) });
    return { status, status_detail, units: mark(units, (at) => own.value[at]! > 0) };
  };
  const ways = answerStatuses.filter((name) => name !== "answered").flatMap((name) => {
    const own = rows.filter((row) => status[row] === name);
    const details = distinct(own.map(detailOf)).sort();
    const told = details.length > 1 ? distinct(["", ...details]) : details;
    return told.map((one) =>
      way(name, one, (row) => status[row] === name && (one === "" || detailOf(row) === one))
    );
  });
  const again = (row: number) => Number(attempt[row]) > 1;
  return rows.some(again) ? [...ways, way("second try", "", again)] : ways;
}

/** 1 where there is an answer, of whatever type. */
function markAnswers(values: ArrayLike<unknown>): Float64Array {
  return Float64Array.from(values, (value) => isMissing(value) ? NaN : 1);
}

/** Rows that others leave out are counted here. */
function noteMissing(units: Units, arms: readonly number[]): string[] {
  return noteLeftOut(units, arms).map((note) => note.replace(/^left out: /, "missing: "));
}

/** What is true of a unit as the outcome, which every unit has. */
function mark(units: Units, is: (unit: number) => boolean): Units {
  return {
    ...units,
    value: Float64Array.from(units.replies, (_, at) => is(at) ? 1 : 0),
    replies: new Int32Array(units.replies.length).fill(1),
    leftOut: units.arms.map(() => new Map()),
  };
}

function countMissing({ arm, value }: Units, wanted: number): { n: number; missing: number } {
  const own = value.filter((_, at) => arm[at] === wanted);
  return { n: own.length, missing: own.reduce((sum, missing) => sum + missing, 0) };
}

function inferRates(missing: Units, [reference, arm]: readonly [number, number], alpha: number): Inference {
  const comparison = compareArms(action, missing, reference, arm);
  const found = differenceInMeans(comparison, { mixedBlocks: "hybrid", smallBlocks: "pool", category: true });
  return inferEstimate(found, alpha, 1);
}
