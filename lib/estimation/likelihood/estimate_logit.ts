import { checkBasis, checkLevel, checkOptions, checkText } from "../../core/checks.ts";
import type { Basis } from "../../core/columns.ts";
import { cannot } from "../../core/errors.ts";
import { type Table, tableOfRows } from "../../core/table.ts";
import { type LogisticFit, logisticRegression } from "../../stats/logistic_regression.ts";
import type { EstimateLogitOptions } from "./estimate_logit_options.ts";
import { likelihoodColumns } from "./likelihood_columns.ts";
import { chooseCovarianceType } from "./likelihood_covariance_type.ts";
import { marginalEffects } from "./logit_marginal_effects.ts";
import { checkNames, type ModelRows, readModelRows } from "../model_rows.ts";
import { readOutcome } from "../../core/study.ts";
import { noCoefficient, tidyCoefficient } from "../tidy_coefficient.ts";

const action = "estimate a logit";

const optionNames = [
  "outcome",
  "predictors",
  "category",
  "weights",
  "clusters",
  "covarianceType",
  "alpha",
  "basis",
] as const satisfies readonly (keyof EstimateLogitOptions)[];

/**
 * Estimates a logistic regression: how the odds of a yes, and its probability, change with each variable.
 *
 * For outcomes that are 0 or 1, or for the share of one answer. Each term has a row with its log odds ratio and a row
 * with its average marginal effect, in units of probability, which for an experiment is what readers want: with the
 * arm as only variable it is the difference in shares. The maximum of the likelihood is reached to 1e-12. Where a
 * variable separates yes from no perfectly there is no maximum, and the rows are `NaN` and say so. Where personas have
 * several rows, standard errors are clustered by persona.
 *
 * @param table one row per answer (with `item` and `value`) or per unit; needs the outcome and the predictors
 * @param options outcome and predictors; see {@linkcode EstimateLogitOptions}
 * @returns one row per term and quantity: `outcome`, `term`, `quantity` (`log_odds_ratio` or
 * `average_marginal_effect`), `estimator`, `estimate`, `std_error`, `statistic` (z), `df` (infinite: normal),
 * `p_value`, `conf_low`, `conf_high`, `conf_level`, `n` (rows), `basis`, `reason`
 * @throws {RangeError} if a column is missing or the outcome is not 0 or 1
 * @throws {TypeError} if an option is unknown or of the wrong type
 * @see Agresti 2013, Categorical Data Analysis, chapter 5; White 1982 for robust standard errors
 * @example A difference in shares
 * ```ts
 * import { assertAlmostEquals } from "@std/assert";
 * import { tableOf } from "@understudy/understudy/core";
 * import { estimateLogit } from "@understudy/understudy/estimation";
 *
 * const answers = tableOf({ threat: [0, 0, 0, 0, 1, 1, 1, 1], vote: [1, 0, 0, 0, 1, 1, 1, 0] });
 * const logit = estimateLogit(answers, { outcome: "vote", predictors: ["threat"] });
 * const effect = logit.objects().find((row) =>
 *   "quantity" in row && row.quantity === "average_marginal_effect"
 * ) as { estimate: number };
 * assertAlmostEquals(effect.estimate, 3 / 4 - 1 / 4, 1e-12);
 * ```
 */
export function estimateLogit(table: Table, options: EstimateLogitOptions): Table {
  const { alpha, basis } = checkSettings(options);
  const rows = readModelRows(action, table, {
    outcome: options.outcome,
    readValues: (values) => readBinary(options, values),
    predictors: options.predictors,
    weights: options.weights,
    clusters: options.clusters,
  });
  const covarianceType = chooseCovarianceType(action, rows, options.covarianceType);
  const design = [new Float64Array(rows.outcome.length).fill(1), ...rows.columns.map(({ values }) => values)];
  const found = {
    outcome: options.category === undefined ? options.outcome : `${options.outcome} = ${options.category}`,
    estimator: "logit",
    conf_level: 1 - alpha,
    n: rows.outcome.length,
    basis,
  };
  const terms = ["constant", ...rows.columns.map(({ term }) => term)];
  const refusal = whyNoFit(rows, terms.length);
  const fit = refusal === null
    ? logisticRegression(design, rows.outcome, {
      weights: rows.weights,
      clusters: rows.clusters,
      covarianceType,
    })
    : null;
  const notes = [
    ...rows.notes,
    `standard errors: ${covarianceType}`,
    ...describeFit(fit, refusal, terms),
  ];
  const reason = (column: number) =>
    [...notes, ...(isLeftOut(fit, column) ? ["left out: a combination of other terms"] : [])].join("; ");
  const odds = terms.map((term, j) => ({
    ...found,
    term,
    quantity: "log_odds_ratio",
    ...(fit === null ? noCoefficient : coefficientOf(fit, j, alpha)),
    reason: reason(j),
  }));
  const effects = fit === null
    ? rows.columns.map(() => ({ estimate: NaN, stdError: NaN }))
    : marginalEffects(design, rows.columns, fit.coefficients, fit.covariance, rows.weights);
  const marginal = effects.map(({ estimate, stdError }, at) => ({
    ...found,
    term: terms[at + 1],
    quantity: "average_marginal_effect",
    ...tidyCoefficient(estimate, stdError, Infinity, alpha),
    reason: reason(at + 1),
  }));
  return tableOfRows([...odds, ...marginal], likelihoodColumns);
}

function checkSettings(options: EstimateLogitOptions): { alpha: number; basis: Basis } {
  checkOptions(action, options, optionNames);
  const { alpha = 0.05, basis = "synthetic" } = options;
  checkText(action, "outcome", options.outcome);
  checkNames(action, "predictors", options.predictors);
  checkLevel(action, "alpha", alpha);
  checkBasis(action, basis);
  return { alpha, basis };
}

function readBinary({ outcome, category }: EstimateLogitOptions, values: readonly unknown[]): Float64Array {
  const numbers = readOutcome(action, outcome, values, category);
  const wrong = numbers.find((value) => value !== 0 && value !== 1 && !Number.isNaN(value));
  if (wrong !== undefined) {
    throw new RangeError(
      `${cannot(action, outcome, "hold only 0 and 1", wrong)}; for the share of one answer name it, ` +
        `for example { category: ${wrong} }`,
    );
  }
  return numbers;
}

function coefficientOf(fit: LogisticFit, column: number, alpha: number): ReturnType<typeof tidyCoefficient> {
  return tidyCoefficient(
    fit.coefficients[column]!,
    Math.sqrt(fit.covariance[column]![column]!),
    Infinity,
    alpha,
  );
}

function isLeftOut(fit: LogisticFit | null, column: number): boolean {
  return fit !== null && !fit.kept.includes(column);
}

/** Why rows cannot be fitted; `null` where they can. */
function whyNoFit({ outcome, clusters }: ModelRows, terms: number): string | null {
  if (outcome.length === 0) return "no row can be used";
  if (outcome.every((value) => value === outcome[0])) return "the outcome does not vary";
  if (clusters !== null && new Set(clusters).size < 2) return "there is only one cluster";
  return outcome.length <= terms ? "there are not more rows than terms" : null;
}

function describeFit(fit: LogisticFit | null, refusal: string | null, terms: readonly string[]): string[] {
  if (fit === null) return [`nothing can be estimated: ${refusal}`];
  if (fit.separating.length > 0) {
    const names = fit.separating.map((column) => `'${terms[column]}'`).join(", ");
    return [
      `perfect separation: ${names} predicts some outcomes without error, so no finite estimate exists`,
    ];
  }
  if (!fit.converged) return ["the likelihood has no maximum that could be reached"];
  return fit.dispersion === 1 ? [] : [`dispersion ${fit.dispersion.toPrecision(4)}`];
}
