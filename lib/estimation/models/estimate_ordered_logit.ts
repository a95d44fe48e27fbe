import { showValue } from "../../core/errors.ts";
import type { Level } from "../../core/experiment.ts";
import { readOptions, type RulesFor } from "../../core/options.ts";
import { coefficientTableColumns, estimateRow } from "../../core/rows.ts";
import { distinct, encodeLabels, sortLabels, type Table, tableOfRows } from "../../core/table.ts";
import { orthogonalColumns } from "../../stats/basis.ts";
import { chiSquareUpper } from "../../stats/distributions.ts";
import { type FoundEstimate, inferEstimate } from "../../stats/inference.ts";
import type { OrderedFit, OrderedModel } from "../../stats/ordered_logistic_regression.ts";
import { orderedLogisticRegression } from "../../stats/ordered_logistic_regression.ts";
import { chooseCovarianceType, type EstimateLogitOptions, logitRules } from "./estimate_logit.ts";
import { orderLabels } from "./name_order.ts";
import { type ModelColumn, type ModelRows, readModel, whyNoFit } from "./read_model.ts";

/** Options of {@linkcode estimateOrderedLogit}; `levels` gives the order of the outcome's answers where they are names. */
export type EstimateOrderedLogitOptions = Omit<EstimateLogitOptions, "category">;

const { category: _category, ...rules } = logitRules;
rules satisfies RulesFor<EstimateOrderedLogitOptions>;

const action = "estimate an ordered logit";

/**
 * Estimates a proportional-odds logit: how each variable moves answers on an ordered scale, such as a Likert item.
 *
 * logit P(Y <= k) = threshold_k - x'b, so a positive coefficient means higher answers, by the same odds ratio at every
 * point of the scale. That sameness is an assumption; a likelihood ratio test of it comes with each variable, from the
 * model in which the variable has a coefficient of its own at every threshold. Categories that nobody chose play no
 * part. Where a variable separates the categories perfectly there is no maximum, and the rows are `NaN` and say so.
 *
 * @param table one row per answer (with `item` and `value`) or per unit; needs the outcome and the predictors
 * @param options outcome and predictors, for names `levels: { outcome: [lowest, …, highest] }`; see
 * {@linkcode EstimateOrderedLogitOptions}
 * @returns one row per term, threshold and test: `outcome`, `term`, `quantity` (`log_odds_ratio`, `threshold` or
 * `proportional_odds_test`), `estimator`, `estimate` (log odds), `std_error`, `statistic` (z; of tests chi-square), `df`
 * (infinite: normal; of tests those of chi-square), `p_value`, `conf_low`, `conf_high`, `conf_level`, `n` (rows),
 * `basis`, `notes`, `reason` (why a value is `NaN`)
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
  const { alpha, basis, ...asked } = readOptions(action, options, rules, table);
  const { outcome, levels = {} } = asked;
  let labels: readonly string[] = [];
  const rows = readModel(action, table, { ...asked, category: undefined, alpha, basis }, (values) => {
    const read = readOrdered(outcome, values, Object.hasOwn(levels, outcome) ? levels[outcome] : undefined);
    labels = read.labels;
    return read.places;
  });
  const { model, used, columns, dropped } = modelOf(rows, labels);
  const covarianceType = chooseCovarianceType(action, rows, asked.covarianceType);
  const refusal = whyNoFit(rows, model.categories + columns.length);
  const fit = refusal === null ? orderedLogisticRegression(model, rows.clusters, covarianceType) : null;
  const obstacle = refusal === null
    ? whyNoMaximum(fit!, model, columns)
    : `nothing can be estimated: ${refusal}`;
  const shared = { outcome, estimator: "ordered_logit", n: rows.outcome.length, basis };
  const notes = [...rows.notes, ...dropped, `standard errors: ${covarianceType}`];
  const thresholds = used.slice(1).map((level, k) => `${used[k]} | ${level}`);
  const estimates = [...thresholds, ...columns.map(({ term }) => term)].map((term, j) => {
    const inference = inferEstimate(parameterOf(fit, j), alpha);
    const quantity = j < thresholds.length ? "threshold" : "log_odds_ratio";
    const reason = obstacle === null ? inference.reason : [obstacle];
    return estimateRow({ ...shared, term, quantity, ...inference, notes, reason });
  });
  const tests = distinct(columns.map(({ predictor }) => predictor)).map((term) =>
    estimateRow({
      ...shared,
      term,
      quantity: "proportional_odds_test",
      conf_level: 1 - alpha,
      ...testProportionalOdds(model, columns, term, fit, rows.clusters !== null),
    })
  );
  const coefficients = estimates.splice(thresholds.length);
  return tableOfRows([...coefficients, ...estimates, ...tests], coefficientTableColumns(["quantity"]));
}

function parameterOf(fit: OrderedFit | null, j: number): FoundEstimate {
  if (fit === null || fit.covariance === null) return { estimate: NaN, stdError: NaN, df: Infinity };
  return { estimate: fit.parameters[j]!, stdError: Math.sqrt(fit.covariance[j]![j]!), df: Infinity };
}

/** Turns ordered answers to places from 0, `NaN` where there is none: numbers by size, names by the levels given. */
function readOrdered(outcome: string, values: ArrayLike<unknown>, levels: readonly Level[] | undefined) {
  const read = encodeLabels(action, outcome, values);
  const name = read.labels.find((label) => !Number.isFinite(Number(label)));
  if (levels === undefined && name !== undefined) {
    const wrong = `Cannot ${action} as outcome '${outcome}' must hold finite numbers: current value is ${
      showValue(name)
    }`;
    const order = `{ levels: { ${outcome}: ["never", "sometimes", "often"] } }`;
    throw new TypeError(`${wrong}; for names give their order, for example ${order}`);
  }
  const { codes, labels } = levels === undefined
    ? sortLabels(read)
    : orderLabels(action, outcome, read, levels);
  return { places: Float64Array.from(codes, (code) => code < 0 ? NaN : code), labels };
}

/** The categories that occur and the columns that are not combinations of others. */
function modelOf(rows: ModelRows, labels: readonly string[]) {
  const n = rows.outcome.length;
  const used = [...new Set(rows.outcome)].sort((a, b) => a - b);
  const constant = new Float64Array(n).fill(1);
  const { kept } = n === 0
    ? { kept: [] as readonly number[] }
    : orthogonalColumns([constant, ...rows.columns.map(({ values }) => values)]);
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
    used: used.map((place) => labels[place]!),
    columns,
    dropped: left.length === 0 ? [] : [`left out as combinations of other terms: ${left.join(", ")}`],
  };
}

function whyNoMaximum(
  { converged }: OrderedFit,
  model: OrderedModel,
  columns: readonly ModelColumn[],
): string | null {
  if (converged) return null;
  const separating = columns.filter(({ values }) => separates(model, values)).map(({ term }) => `'${term}'`);
  const names = separating.length === 0 ? "a combination of the variables" : separating.join(", ");
  return `perfect separation: ${names} orders the outcomes without error, so no finite estimate exists`;
}

/** Whether a column never falls, or never rises, from each category to the next. */
function separates({ category, categories }: OrderedModel, values: Float64Array): boolean {
  const low = new Float64Array(categories).fill(Infinity);
  const high = low.map((end) => -end);
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
): { statistic?: number; df?: number; p_value?: number; notes?: string[]; reason: string[] } {
  if (fit === null || !fit.converged) return { reason: ["the model has no estimate"] };
  if (model.categories < 3) return { reason: ["two categories have one threshold: nothing to test"] };
  if (model.weights !== null) return { reason: ["no likelihood ratio test with weights"] };
  const freed = columns.filter((column) => column.predictor === predictor).map(({ values }) => values);
  const held = model.columns.filter((column) => !freed.includes(column));
  const wider = { ...model, nominal: [...model.nominal, ...freed], columns: held };
  const nominal = orderedLogisticRegression(wider, null, "classical");
  if (!nominal.converged) {
    return { reason: ["the model with coefficients at each threshold has no maximum"] };
  }
  const statistic = Math.max(0, 2 * (nominal.logLikelihood - fit.logLikelihood));
  const df = freed.length * (model.categories - 2);
  return {
    statistic,
    df,
    p_value: chiSquareUpper(statistic, df),
    notes: [
      "small p: the variable does not move all thresholds alike",
      ...(clustered ? ["warning: the test takes rows as independent, not clusters"] : []),
    ],
    reason: ["a test has no estimate and no interval"],
  };
}
