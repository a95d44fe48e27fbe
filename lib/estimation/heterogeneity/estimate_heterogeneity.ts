import { checkOptions } from "../../core/checks.ts";
import { cannot } from "../../core/errors.ts";
import {
  findReference,
  leaveOutLacking,
  pickOutcome,
  readStudy,
  recordedReference,
  type Study,
} from "../../core/study.ts";
import { columnOf, type Columns, type Labelled, type Table, tableOf, tableOfRows } from "../../core/table.ts";
import { type AdjustmentMethod, adjustPValues } from "../../stats/multiplicity.ts";
import { compareArms, gatherColumn, gatherUnits, type Units } from "../../core/units.ts";
import { estimateEffects } from "../estimate_effects.ts";
import type { EstimateEffectsOptions } from "../estimate_effects.ts";
import type { EstimateHeterogeneityOptions } from "./estimate_heterogeneity_options.ts";
import { checkNames } from "../model_rows.ts";
import { type Moderator, moderatorColumns, readModerator } from "./moderator_columns.ts";
import { fitModerators } from "./moderator_regression.ts";
import { explainCoefficient, noCoefficient } from "../tidy_coefficient.ts";
const action = "estimate heterogeneity";

const optionNames = [
  "outcome",
  "by",
  "adjustment",
  "arm",
  "reference",
  "blocks",
  "clusters",
  "weights",
  "persona",
  "category",
  "alpha",
  "basis",
] as const satisfies readonly (keyof EstimateHeterogeneityOptions)[];

const columnNames = [
  "outcome",
  "term",
  "reference",
  "by",
  "subgroup",
  "quantity",
  "estimator",
  "estimate",
  "std_error",
  "statistic",
  "df",
  "p_value",
  "p_adjusted",
  "conf_low",
  "conf_high",
  "conf_level",
  "n",
  "basis",
  "reason",
];

type Row = { [column: string]: unknown; quantity: string; p_value: number; reason: string };

/**
 * Estimates for whom a treatment works: the effect in each subgroup, and whether and how effects differ.
 *
 * Of a column of names: the effect within each subgroup (as `estimateEffects` would), the difference of each from the
 * first, and a joint test that all are the same. Of numbers: how the effect changes with each unit. Differences come from
 * one regression with all moderators, centred, so that its `average_effect` is the adjusted effect over everybody. Read
 * the differences and the joint test: an effect that is significant in one subgroup and not in another need not differ.
 * P-values are adjusted (Holm) among the effects of subgroups and among the differences. Assumes that moderators are not
 * affected by the arms.
 *
 * @param table one row per answer (with `item` and `value`) or per unit; needs arm, outcome and moderators
 * @param options see {@linkcode EstimateHeterogeneityOptions}
 * @returns for each arm other than the reference: rows with `quantity` `subgroup_effect`, `effect_difference` (with
 * `subgroup`; per unit where that is empty), `average_effect` and `equal_effects` (F test); columns `outcome`, `term`,
 * `reference`, `by`, `subgroup`, `estimator`, `estimate` (units of the outcome), `std_error`, `statistic` (t or F), `df`,
 * `p_value`, `p_adjusted`, `conf_low`, `conf_high`, `conf_level`, `n` (units), `basis`, `reason`
 * @throws {RangeError} if a column, arm or item is missing
 * @throws {TypeError} if an option is unknown or of the wrong type
 * @see Lin 2013, Annals of Applied Statistics 7, 295-318; Gerber and Green 2012, Field Experiments, chapter 9
 * @example The effect is larger in the city
 * ```ts
 * import { assertAlmostEquals } from "@std/assert";
 * import { tableOf } from "@understudy/understudy/core";
 * import { estimateHeterogeneity } from "@understudy/understudy/estimation";
 *
 * const answers = tableOf({
 *   place: [..."ccccccvvvvvv"].map((place) => place === "c" ? "city" : "village"),
 *   arm: [0, 0, 0, 1, 1, 1, 0, 0, 0, 1, 1, 1].map((arm) => arm === 1 ? "threat" : "control"),
 *   support: [1, 2, 3, 4, 5, 6, 1, 2, 3, 1, 3, 5],
 * });
 * const effects = estimateHeterogeneity(answers, { outcome: "support", by: "place" });
 * assertAlmostEquals(effects.get("estimate", 0), 5 - 2, 1e-12);
 * assertAlmostEquals(effects.get("estimate", 2), (3 - 2) - (5 - 2), 1e-12);
 * ```
 */
export function estimateHeterogeneity(table: Table, options: EstimateHeterogeneityOptions): Table {
  checkOptions(action, options, optionNames);
  const { alpha = 0.05, basis = "synthetic", adjustment = "holm" } = options;
  const by = [options.by].flat();
  checkNames(action, "by", by);
  if (by.length === 0) throw new RangeError(cannot(action, "by", "name at least one column", by));
  adjustPValues([], adjustment);
  const effectOptions = effectOptionsOf(options);
  // An empty run checks the options that estimateEffects knows, with its own words for them.
  estimateEffects(table, effectOptions);
  const picked = pickOutcome(action, table, options.outcome);
  const moderators = by.map((name) => readModerator(action, picked, name));
  const read = leaveOutLacking(
    readStudy(action, table, effectOptions),
    moderators.map(({ name, values }) => ({ name, column: name, values })),
  );
  const units = gatherUnits(action, read);
  const { reference, notes } = findReference(
    action,
    units.arms,
    options.reference ?? recordedReference(table),
  );
  const subgroups = { ...effectOptions, reference: units.arms[reference]! };
  const rows = [
    ...moderators.flatMap((moderator) => subgroupRows(picked, read.arm, moderator, subgroups)),
    ...differenceRows(read, units, moderators, reference, alpha)
      .map((row) => ({ ...row, reason: [...notes, row.reason].filter((note) => note !== "").join("; ") })),
  ];
  const outcome = options.category === undefined
    ? options.outcome
    : `${options.outcome} = ${options.category}`;
  const adjusted = adjustWithin(rows, ["subgroup_effect", "effect_difference"], adjustment);
  const found = { outcome, conf_level: 1 - alpha, basis };
  return tableOfRows(rows.map((row, at) => ({ ...row, ...found, p_adjusted: adjusted[at]! })), columnNames);
}

function effectOptionsOf(options: EstimateHeterogeneityOptions): EstimateEffectsOptions {
  const { by: _by, adjustment: _adjustment, blocks = [], ...shared } = options;
  return { ...shared, blocks };
}

/** The effects within each subgroup of a moderator, from its rows alone. */
function subgroupRows(
  table: Table,
  arm: Labelled,
  { name, labels, values }: Moderator,
  options: EstimateEffectsOptions,
): Row[] {
  if (labels === null) return [];
  const columns = table.columnNames().map((column) => [column, columnOf(table, column)] as const);
  return [...labels.keys()].flatMap((code) => {
    const rows = [...values.keys()].filter((row) => values[row] === code);
    const own: Columns = {};
    for (const [column, all] of columns) own[column] = rows.map((row) => all[row]);
    const arms = new Set(rows.map((row) => arm.labels[arm.codes[row]!]));
    arms.delete(undefined);
    const shared = { by: name, subgroup: labels[code]!, quantity: "subgroup_effect" };
    const reference = String(options.reference);
    if (arms.size < 2 || !arms.has(reference)) {
      const reason = `the subgroup lacks '${reference}', or any other arm`;
      return [{ ...noCoefficient, ...shared, term: "", reference, estimator: "", n: rows.length, reason }];
    }
    return (estimateEffects(tableOf(own), options).objects() as Row[]).map((row) => ({ ...row, ...shared }));
  });
}

function differenceRows(
  read: Study,
  units: Units,
  moderators: readonly Moderator[],
  reference: number,
  alpha: number,
): Row[] {
  return [...units.arms.keys()].filter((code) => code !== reference).flatMap((term) => {
    const comparison = compareArms(action, units, reference, term);
    const columns = moderators.flatMap((moderator) =>
      moderatorColumns(action, moderator, gatherColumn(action, read, moderator.values, reference, term))
    );
    const fit = fitModerators(comparison, columns, alpha);
    const shared = {
      term: units.arms[term]!,
      reference: units.arms[reference]!,
      estimator: "lin_interaction",
      n: comparison.outcome.length,
    };
    const reasonOf = (notes: readonly string[]) => [...comparison.notes, ...fit.notes, ...notes].join("; ");
    const all = { ...shared, by: moderators.map(({ name }) => name).join(", "), subgroup: "" };
    return [
      ...columns.map(({ name, subgroup }, j) => ({
        ...shared,
        by: name,
        subgroup,
        quantity: "effect_difference",
        ...fit.differences[j]!,
        reason: reasonOf(explainCoefficient(fit.differences[j]!)),
      })),
      {
        ...all,
        quantity: "average_effect",
        ...fit.average,
        reason: reasonOf(explainCoefficient(fit.average)),
      },
      {
        ...all,
        quantity: "equal_effects",
        ...noCoefficient,
        ...fit.joint,
        reason: reasonOf(Number.isNaN(fit.joint.p_value) ? ["no joint test can be computed"] : []),
      },
    ];
  });
}

/** Adjusts p-values within each of some quantities; others stand for themselves. */
function adjustWithin(
  rows: readonly Row[],
  quantities: readonly string[],
  method: AdjustmentMethod,
): number[] {
  const adjusted = rows.map(({ p_value }) => p_value);
  for (const quantity of quantities) {
    const places = [...rows.keys()].filter((at) => rows[at]!.quantity === quantity);
    const values = adjustPValues(places.map((at) => rows[at]!.p_value), method);
    places.forEach((at, i) => adjusted[at] = values[i]!);
  }
  return adjusted;
}
