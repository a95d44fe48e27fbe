import { checkColumns } from "../core/checks.ts";
import { cannot } from "../core/errors.ts";
import type { DegreesOptions, EffectOptions, RulesFor } from "../core/options.ts";
import { degreesRules, effectRules, oneOf, readOptions, requiredColumns } from "../core/options.ts";
import { type EstimateRow, estimateRow, estimateTableColumns } from "../core/rows.ts";
import { isLong, outcomeName, readStudy, referenceOf, type Study } from "../core/study.ts";
import { columnOf, type Table, tableOf, tableOfRows } from "../core/table.ts";
import { compareArms, type Comparison, gatherColumn, gatherUnits } from "../core/units.ts";
import { enoughDiffering, findAgreement, type Inference, inferEstimate } from "../stats/inference.ts";
import { leastSquares } from "../stats/least_squares.ts";
import { largestSize } from "../stats/matrix.ts";
import { type AdjustmentMethod, adjustmentMethods, adjustPValues } from "../stats/multiplicity.ts";
import { loneClusters } from "./clustered_effects.ts";
import { estimateEffects, type EstimateEffectsOptions } from "./estimate_effects.ts";
import { type Predictor, readPredictor } from "./models/read_model.ts";
import { centre } from "./regression_adjustment.ts";
import { leaveOutLacking } from "../core/covariates.ts";

/** Options of {@linkcode estimateHeterogeneity}; blocks count within subgroups. */
export interface EstimateHeterogeneityOptions extends EffectOptions, DegreesOptions {
  /** The column (or columns) by which effects may differ: names make subgroups, numbers a slope. */
  by: string | readonly string[];
  /**
   * How p-values are adjusted for their number, among subgroups and among differences.
   * @default {"holm"}
   */
  adjustment?: AdjustmentMethod;
}

const rules = {
  ...effectRules,
  ...degreesRules,
  by: requiredColumns,
  adjustment: oneOf(adjustmentMethods, "holm"),
} as const satisfies RulesFor<EstimateHeterogeneityOptions>;

const action = "estimate heterogeneity";

/**
 * Estimates for whom a treatment works: the effect in each subgroup, and whether and how effects differ.
 *
 * Of a column of names: the effect within each subgroup (as `estimateEffects` would), the difference of each from the
 * first, and a joint test that all are the same. Of numbers: how the effect changes with each unit. Differences come from
 * one regression with all moderators, centred, so that its `average_effect` is the adjusted effect over everybody. Read
 * the differences and the joint test: an effect that is significant in one subgroup and not in another need not differ.
 * P-values are adjusted (Holm) among the effects of subgroups and among the differences; differences have Satterthwaite's
 * degrees of freedom and the joint test is Hotelling's T², so that small subgroups do not count for large ones. Assumes that moderators are not
 * affected by the arms.
 *
 * @param table one row per answer (with `item` and `value`) or per unit; needs arm, outcome and moderators
 * @param options see {@linkcode EstimateHeterogeneityOptions}
 * @returns for each arm other than the reference: rows with `quantity` `subgroup_effect`, `effect_difference` (with
 * `subgroup`; per unit where that is empty), `average_effect` and `equal_effects` (joint test); columns `outcome`, `arm`,
 * `reference`, `estimator`, `by`, `subgroup`, `quantity`, `estimate` (units of the outcome), `std_error`, `statistic`
 * (t or F), `df`, `p_value`, `p_adjusted`, `conf_low`, `conf_high`, `conf_level`, `n` (units), `basis`, `notes`,
 * `reason` (why a value is `NaN`)
 * @throws {RangeError} if a column, arm or item is missing
 * @throws {TypeError} if an option is unknown or of the wrong type
 * @see Lin 2013, Annals of Applied Statistics 7, 295-318; Pustejovsky and Tipton 2018; Gerber and Green 2012, Field Experiments, chapter 9
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
  const { by, adjustment, ...asked } = readOptions(action, options, rules, table);
  const names = [by].flat();
  checkColumns(action, table, names);
  const study = readStudy(action, table, asked);
  const moderators = names.map((name) => readModerator(study, name));
  const { reference, notes } = referenceOf(study, asked.reference);
  // Subgroups are given the numbers that were read: nobody in one may have given the category.
  const { by: _by, adjustment: _adjustment, category: _category, ...shared } = options;
  const subgroups = { ...shared, reference: study.arm.labels[reference]! };
  const rows = [
    ...moderators.flatMap((moderator) => subgroupRows(study, moderator, subgroups)),
    ...differenceRows(leaveOutLacking(study, moderators), moderators, reference, { ...asked, notes }),
  ];
  const adjusted = adjustWithin(rows, ["subgroup_effect", "effect_difference"], adjustment);
  const found = { outcome: outcomeName(asked), conf_level: 1 - asked.alpha, basis: asked.basis };
  return tableOfRows(
    rows.map((row, at) => ({ ...row, ...found, p_adjusted: adjusted[at]! })),
    estimateTableColumns(["by", "subgroup", "quantity"])
      .flatMap((name) => name === "p_value" ? [name, "p_adjusted"] : [name]),
  );
}

type Row = EstimateRow & { readonly by: string; readonly subgroup: string; readonly quantity: string };

/** A column of texts, or of true and false, makes subgroups; one of numbers is a number. */
function readModerator({ table }: Study, name: string): Predictor {
  const missing = (value: unknown) => value === null || value === undefined || value === "";
  const names = columnOf(table, name).some((value) => typeof value !== "number" && !missing(value));
  return readPredictor(action, table, name, { names });
}

/** The effects within each subgroup of a moderator, from its rows alone. */
function subgroupRows(
  { table, arm, value }: Study,
  { name, labels, values }: Predictor,
  options: EstimateEffectsOptions & { readonly reference: string },
): Row[] {
  if (labels === null) return [];
  const outcome = isLong(table) ? "value" : options.outcome;
  const read = table.reify().assign(tableOf({ [outcome]: Array.from(value) })) as Table;
  return labels.flatMap((subgroup, code): Row[] => {
    const rows = [...values.keys()].filter((row) => values[row] === code);
    const arms = new Set(rows.map((row) => arm.labels[arm.codes[row]!]));
    arms.delete(undefined);
    const shared = { by: name, subgroup, quantity: "subgroup_effect" };
    const { reference } = options;
    if (arms.size < 2 || !arms.has(reference)) {
      const reason = [`the subgroup lacks '${reference}', or any other arm`];
      return [estimateRow({ ...shared, reference, n: rows.length, reason })];
    }
    return (estimateEffects(read.reify(rows), options).objects() as EstimateRow[])
      .map((row) => ({ ...row, ...shared }));
  });
}

/** The rows of the regression with all moderators: differences, average effect and joint test. */
function differenceRows(
  study: Study,
  moderators: readonly Predictor[],
  reference: number,
  settings: FitSettings & { readonly notes: readonly string[] },
): Row[] {
  const units = gatherUnits(action, study);
  const { arms } = units;
  const by = moderators.map(({ name }) => name).join(", ");
  return [...arms.keys()].filter((code) => code !== reference).flatMap((term) => {
    const comparison = compareArms(action, units, reference, term);
    const gathered = moderators.map(({ values }) => gatherColumn(action, study, values, reference, term));
    const columns = moderators.flatMap((moderator, at) => moderatorColumns(moderator, gathered[at]!));
    const agreeing = moderators.flatMap((own, at) => noteAgreeing(own, gathered[at]!, comparison));
    const fit = fitModerators(comparison, columns, settings);
    const quantities = [
      ...columns.map(({ name, subgroup }) => ({ by: name, subgroup, quantity: "effect_difference" })),
      { by, subgroup: "", quantity: "average_effect" },
      { by, subgroup: "", quantity: "equal_effects" },
    ];
    return quantities.map((what, j) =>
      estimateRow({
        arm: arms[term]!,
        reference: arms[reference]!,
        estimator: "lin_interaction",
        ...what,
        ...fit.found[j],
        n: comparison.outcome.length,
        notes: [...settings.notes, ...comparison.notes, ...agreeing, ...fit.notes],
        reason: fit.found[j]?.reason ?? fit.obstacle,
      })
    );
  });
}

/** The subgroups that (almost) agree in an arm: their part of a difference's variance is taken as it is seen. */
function noteAgreeing(
  { name, labels }: Predictor,
  codes: Float64Array,
  { outcome, treated, arms }: Comparison,
): string[] {
  const cell = codes.map((code, row) => 2 * code + treated[row]!);
  const found = (labels ?? []).flatMap((label, code) =>
    arms.flatMap((arm, side) =>
      findAgreement(outcome, cell, 2 * code + side) === null ? [] : [`${label} in '${arm}'`]
    )
  );
  const few = `fewer than ${enoughDiffering} answers differ from the most common one, by ${name}`;
  const told = `${few}: ${found.join(", ")}; differences and their joint test may claim too much`;
  return found.length === 0 ? [] : [told];
}

type FitSettings = Required<DegreesOptions> & { readonly alpha: number };

type ModeratorColumn = ReturnType<typeof moderatorColumns>[number];

/** The columns of a moderator whose values were gathered to units: the number, or an indicator of each later subgroup. */
function moderatorColumns({ name, labels }: Predictor, values: Float64Array) {
  if (labels === null) return [{ name, subgroup: "", values }];
  if (values.some((value) => !Number.isInteger(value))) {
    throw new RangeError(cannot(action, "by", "be the same in all rows of a persona in an arm", name));
  }
  const present = [...labels.keys()].filter((code) => values.includes(code));
  return present.slice(1).map((code) => ({
    name,
    subgroup: labels[code]!,
    values: values.map((value) => value === code ? 1 : 0),
  }));
}

/**
 * Regresses the outcome on the arm, the centred moderators and their products (Lin 2013, Annals of Applied Statistics 7,
 * 295-318): with moderators centred the arm's coefficient is the average effect, the products' the differences. HC2, or
 * CR2 with clusters or where personas are in both arms; Satterthwaite degrees of freedom, and Hotelling's T² for the joint
 * test (Pustejovsky and Tipton 2018), as a small subgroup has few degrees of freedom whatever the others have.
 *
 * @returns for each column how much more the effect is per unit of it, the average effect and the F test that all
 * differences are 0; an obstacle where nothing can be estimated
 */
function fitModerators(
  { outcome, treated, arms, cluster, persona, weight }: Comparison,
  columns: readonly ModeratorColumn[],
  { alpha, df: degrees }: FitSettings,
): { found: readonly Partial<Inference>[]; obstacle: readonly string[]; notes: readonly string[] } {
  const clusters = cluster?.codes ?? persona;
  const obstacle = outcome.length <= 2 + 2 * columns.length
    ? "there are not more units than coefficients"
    : !treated.includes(1) || !treated.includes(0)
    ? "an arm has no unit with values"
    : clusters !== null && new Set(clusters).size < 2
    ? "there is only one cluster"
    : loneClusters({ arms, treated }, clusters)[0] ?? null;
  if (obstacle !== null) return { found: [], obstacle: [obstacle], notes: [] };
  const arm = Float64Array.from(treated);
  const centred = columns.map(({ values }) => centre(values, weight));
  const products = centred.map((column) => column.map((value, row) => value * arm[row]!));
  const places = columns.map((_, j) => 2 + columns.length + j);
  const design = [new Float64Array(outcome.length).fill(1), arm, ...centred, ...products];
  const satterthwaite = degrees === "residual" ? [] : [1, ...places];
  const fit = leastSquares(design, outcome, { weights: weight, clusters, satterthwaite });
  const infer = (j: number, per: Float64Array = arm) => {
    const own = { estimate: fit.coefficients[j]!, stdError: fit.standardErrors[j]!, df: fit.df[j]! };
    return inferEstimate(own, alpha, largestSize(outcome) / largestSize(per));
  };
  const differences = places.map((j, own) => infer(j, centred[own]));
  const used = places.filter((j) => !fit.dropped.includes(j));
  // Without degrees of freedom a difference leans on a unit that is alone in an arm of its subgroup; without a variance,
  // on subgroups in which arms agree.
  const lacking = used.length === 0 ||
    used.some((j) => Number.isNaN(differences[places.indexOf(j)]!.statistic));
  const each = used.map((j) => Array.from(fit.coefficients, (_, l) => l === j ? 1 : 0));
  const test = lacking ? null : fit.test(each, { method: degrees === "residual" ? "F" : "HTZ" });
  const { statistic = NaN, denominatorDf: df = NaN, pValue: p_value = NaN } = test ?? {};
  const reason = [Number.isNaN(p_value) ? "no joint test can be computed" : "a joint test has no estimate"];
  return {
    found: [...differences, infer(1), { statistic, df, p_value, reason }],
    obstacle: [],
    notes: [
      used.length === places.length ? "" : "some differences cannot be told from others",
      fit.exactRows > 0
        ? `units alone in an arm of their subgroup, without a variance: ${fit.exactRows}`
        : "",
    ],
  };
}

/** Adjusts p-values within each of some quantities; others stand for themselves. */
function adjustWithin(
  rows: readonly Row[],
  quantities: readonly string[],
  method: AdjustmentMethod,
): number[] {
  const families = quantities.map((own) =>
    adjustPValues(rows.map(({ quantity, p_value }) => quantity === own ? p_value : NaN), method)
  );
  return rows.map(({ quantity, p_value }, at) => families[quantities.indexOf(quantity)]?.[at] ?? p_value);
}
