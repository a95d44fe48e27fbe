import { checkBasis, checkLevel, checkOptions, checkText } from "../../core/checks.ts";
import type { Basis } from "../../core/columns.ts";
import { cannot } from "../../core/errors.ts";
import { distinct, type Table, tableOfRows } from "../../core/table.ts";
import { chiSquareUpper } from "../../stats/distributions.ts";
import { conditionColumns } from "../../stats/basis.ts";
import {
  type OrderedFit,
  orderedLogisticRegression,
  type OrderedModel,
} from "../../stats/ordered_logistic_regression.ts";
import type { EstimateOrderedLogitOptions } from "./estimate_ordered_logit_options.ts";
import { likelihoodColumns } from "./likelihood_columns.ts";
import { chooseCovarianceType } from "./likelihood_covariance_type.ts";
import { checkNames, type ModelColumn, type ModelRows, readModelRows } from "../model_rows.ts";
import { readLevels } from "../read_levels.ts";
import { noCoefficient, tidyCoefficient } from "../tidy_coefficient.ts";

const action = "estimate an ordered logit";

const optionNames = [
  "outcome",
  "predictors",
  "levels",
  "weights",
  "clusters",
  "covarianceType",
  "alpha",
  "basis",
] as const satisfies readonly (keyof EstimateOrderedLogitOptions)[];

/**
 * Estimates a proportional-odds logit: how each variable moves answers on an ordered scale, such as a Likert item.
 *
 * logit P(Y <= k) = threshold_k - x'b, so a positive coefficient means higher answers, by the same odds ratio at every
 * point of the scale. That sameness is an assumption; a likelihood ratio test of it comes with each variable, from the
 * model in which the variable has a coefficient of its own at every threshold. Categories that nobody chose play no
 * part. Where a variable separates the categories perfectly there is no maximum, and the rows are `NaN` and say so.
 *
 * @param table one row per answer (with `item` and `value`) or per unit; needs the outcome and the predictors
 * @param options outcome and predictors; see {@linkcode EstimateOrderedLogitOptions}
 * @returns one row per term, threshold and test: `outcome`, `term`, `quantity` (`log_odds_ratio`, `threshold` or
 * `proportional_odds_test`), `estimator`, `estimate` (log odds), `std_error`, `statistic` (z; of tests chi-square), `df`
 * (infinite: normal; of tests those of chi-square), `p_value`, `conf_low`, `conf_high`, `conf_level`, `n` (rows),
 * `basis`, `reason`
 * @throws {RangeError} if a column is missing or an answer is not one of the levels
 * @throws {TypeError} if an option is unknown or of the wrong type
 * @see McCullagh 1980, Journal of the Royal Statistical Society B 42, 109-142; Agresti 2010, chapter 3
 * @example A shift on a scale of three
 * ```ts
 * import { assert } from "@std/assert";
 * import { tableOf } from "@understudy/understudy/core";
 * import { estimateOrderedLogit } from "@understudy/understudy/estimation";
 *
 * const answers = tableOf({
 *   threat: [0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1],
 *   support: [1, 1, 1, 2, 2, 3, 1, 2, 2, 3, 3, 3],
 * });
 * const logit = estimateOrderedLogit(answers, { outcome: "support", predictors: ["threat"] });
 * assert(logit.get("term", 0) === "threat" && logit.get("estimate", 0) > 0);
 * ```
 */
export function estimateOrderedLogit(table: Table, options: EstimateOrderedLogitOptions): Table {
  const { alpha, basis } = checkSettings(options);
  let labels: string[] = [];
  const rows = readModelRows(action, table, {
    outcome: options.outcome,
    readValues: (values) => {
      const read = readLevels(action, options.outcome, values, options.levels);
      labels = read.labels;
      return read.places;
    },
    predictors: options.predictors,
    weights: options.weights,
    clusters: options.clusters,
  });
  const { model, levels, columns, dropped } = modelOf(rows, labels);
  const covarianceType = chooseCovarianceType(action, rows, options.covarianceType);
  const refusal = whyNoFit(model, rows);
  const fit = refusal === null ? orderedLogisticRegression(model, rows.clusters, covarianceType) : null;
  const reason = [
    ...rows.notes,
    ...dropped,
    `standard errors: ${covarianceType}`,
    ...describeFit(fit, refusal, model, columns),
  ].join("; ");
  const found = {
    outcome: options.outcome,
    estimator: "ordered_logit",
    conf_level: 1 - alpha,
    n: rows.outcome.length,
    basis,
  };
  const thresholds = levels.slice(1).map((level, k) => `${levels[k]} | ${level}`);
  const names = [...thresholds, ...columns.map(({ term }) => term)];
  const estimates = names.map((term, j) => ({
    ...found,
    term,
    quantity: j < thresholds.length ? "threshold" : "log_odds_ratio",
    ...(fit === null || fit.covariance === null ? noCoefficient : tidyCoefficient(
      fit.parameters[j]!,
      Math.sqrt(fit.covariance[j]![j]!),
      Infinity,
      alpha,
    )),
    reason,
  }));
  const tests = distinct(columns.map(({ predictor }) => predictor)).map((predictor) => ({
    ...found,
    term: predictor,
    quantity: "proportional_odds_test",
    ...noCoefficient,
    ...testProportionalOdds(model, columns, predictor, fit, rows.clusters !== null),
  }));
  const coefficients = estimates.splice(thresholds.length);
  return tableOfRows([...coefficients, ...estimates, ...tests], likelihoodColumns);
}

function checkSettings(options: EstimateOrderedLogitOptions): { alpha: number; basis: Basis } {
  checkOptions(action, options, optionNames);
  const { alpha = 0.05, basis = "synthetic", levels } = options;
  checkText(action, "outcome", options.outcome);
  checkNames(action, "predictors", options.predictors);
  if (
    levels !== undefined && (!Array.isArray(levels) || new Set(levels.map(String)).size !== levels.length)
  ) {
    throw new TypeError(cannot(action, "levels", "be a list of distinct answers", levels));
  }
  checkLevel(action, "alpha", alpha);
  checkBasis(action, basis);
  return { alpha, basis };
}

/** The categories that occur and the columns that are not combinations of others. */
function modelOf(
  rows: ModelRows,
  labels: readonly string[],
): { model: OrderedModel; levels: string[]; columns: ModelColumn[]; dropped: string[] } {
  const n = rows.outcome.length;
  const used = [...new Set(rows.outcome)].sort((a, b) => a - b);
  const constant = new Float64Array(n).fill(1);
  const { kept } = n === 0
    ? { kept: [] as readonly number[] }
    : conditionColumns([constant, ...rows.columns.map(({ values }) => values)]);
  const columns = n === 0 ? [...rows.columns] : rows.columns.filter((_, j) => kept.includes(j + 1));
  const left = rows.columns.filter((column) => !columns.includes(column)).map(({ term }) => term);
  return {
    model: {
      category: Int32Array.from(rows.outcome, (place) => used.indexOf(place)),
      categories: used.length,
      nominal: [constant],
      columns: columns.map(({ values }) => values),
      weights: rows.weights,
    },
    levels: used.map((place) => labels[place]!),
    columns,
    dropped: left.length === 0 ? [] : [`left out as combinations of other terms: ${left.join(", ")}`],
  };
}

function whyNoFit({ category, categories, columns }: OrderedModel, { clusters }: ModelRows): string | null {
  if (category.length === 0) return "no row can be used";
  if (categories < 2) return "the outcome does not vary";
  if (clusters !== null && new Set(clusters).size < 2) return "there is only one cluster";
  return category.length <= categories + columns.length ? "there are not more rows than parameters" : null;
}

function describeFit(
  fit: OrderedFit | null,
  refusal: string | null,
  model: OrderedModel,
  columns: readonly ModelColumn[],
): string[] {
  if (fit === null) return [`nothing can be estimated: ${refusal}`];
  if (fit.converged) return [];
  const separating = columns.filter(({ values }) => separates(model, values)).map(({ term }) => `'${term}'`);
  const names = separating.length === 0 ? "a combination of the variables" : separating.join(", ");
  return [`perfect separation: ${names} orders the outcomes without error, so no finite estimate exists`];
}

/** Whether a column never falls, or never rises, from each category to the next. */
function separates({ category, categories }: OrderedModel, values: Float64Array): boolean {
  const [low, high] = [
    new Float64Array(categories).fill(Infinity),
    new Float64Array(categories).fill(-Infinity),
  ];
  values.forEach((value, row) => {
    low[category[row]!] = Math.min(low[category[row]!]!, value);
    high[category[row]!] = Math.max(high[category[row]!]!, value);
  });
  const steps = [...low.keys()].slice(1);
  return steps.every((k) => low[k]! >= high[k - 1]!) || steps.every((k) => high[k]! <= low[k - 1]!);
}

/** Twice the log likelihood that a coefficient at each threshold adds, against chi-square (Agresti 2010, 3.5.5). */
function testProportionalOdds(
  model: OrderedModel,
  columns: readonly ModelColumn[],
  predictor: string,
  fit: OrderedFit | null,
  clustered: boolean,
): { statistic: number; df: number; p_value: number; reason: string } {
  const none = { statistic: NaN, df: NaN, p_value: NaN };
  if (fit === null || !fit.converged) return { ...none, reason: "the model has no estimate" };
  if (model.categories < 3) return { ...none, reason: "two categories have one threshold: nothing to test" };
  if (model.weights !== null) return { ...none, reason: "no likelihood ratio test with weights" };
  const freed = columns.filter((column) => column.predictor === predictor).map(({ values }) => values);
  const nominal = orderedLogisticRegression(
    {
      ...model,
      nominal: [...model.nominal, ...freed],
      columns: model.columns.filter((column) => !freed.includes(column)),
    },
    null,
    "classical",
  );
  if (!nominal.converged) {
    return { ...none, reason: "the model with coefficients at each threshold has no maximum" };
  }
  const statistic = Math.max(0, 2 * (nominal.logLikelihood - fit.logLikelihood));
  const df = freed.length * (model.categories - 2);
  return {
    statistic,
    df,
    p_value: chiSquareUpper(statistic, df),
    reason: "small p: the variable does not move all thresholds alike" +
      (clustered ? "; warning: the test takes rows as independent, not clusters" : ""),
  };
}
