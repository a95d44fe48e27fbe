import { cannot } from "../../core/errors.ts";
import type { ReadOptions, RulesFor } from "../../core/options.ts";
import { columns as columnRule, flag, oneOf, readOptions, rule } from "../../core/options.ts";
import { coefficientTableColumns, estimateRow, type RowSentences } from "../../core/rows.ts";
import { outcomeName } from "../../core/study.ts";
import { type Table, tableOfRows } from "../../core/table.ts";
import { type CovarianceType, covarianceTypes } from "../../stats/covariance.ts";
import { type FoundEstimate, type Inference, inferEstimate } from "../../stats/inference.ts";
import { leastSquares, type LeastSquaresFit } from "../../stats/least_squares.ts";
import { largestSize } from "../../stats/matrix.ts";
import { type LinearHypothesis, readHypothesis } from "./hypotheses.ts";
import { interceptTerm, type ModelOptions, type ModelRows, modelRules, readModel } from "./read_model.ts";
import { expandTerms, noteDropped, termColumns, type TermOptions, termRules } from "./terms.ts";

/** Options of {@linkcode estimateRegression}. */
export interface EstimateRegressionOptions extends ModelOptions, TermOptions {
  /**
   * Whether the model has a constant, called `(intercept)`; fixed effects take its place.
   * @default {true}
   */
  intercept?: boolean;
  /**
   * How the covariance is estimated.
   * @default {"HC2"} or `"CR2"` with clusters
   */
  covarianceType?: CovarianceType;
  /**
   * Columns whose values have an intercept each, which is not reported.
   * @default {[]}
   */
  fixedEffects?: string | readonly string[];
  /**
   * Linear hypotheses, each a row of its own: `"threat - promise = 0"`, or weights by term. A list within the list is
   * tested jointly. Terms may go by their values where those are unique.
   * @default {[]}
   */
  hypotheses?: readonly (string | LinearHypothesis | readonly (string | LinearHypothesis)[])[];
}

type Hypothesis = NonNullable<EstimateRegressionOptions["hypotheses"]>[number];

const rules = {
  ...modelRules,
  ...termRules,
  intercept: flag(true),
  covarianceType: oneOf(covarianceTypes, undefined),
  fixedEffects: columnRule,
  hypotheses: rule<readonly Hypothesis[], readonly Hypothesis[]>(checkHypotheses, []),
} as const satisfies RulesFor<EstimateRegressionOptions>;

function checkHypotheses(action: string, name: string, value: unknown): void {
  if (Array.isArray(value)) return;
  throw new TypeError(`${cannot(action, name, "be a list", value)}; for example ["a - b = 0"]`);
}

const action = "estimate a regression";

/**
 * Estimates a linear regression by least squares, with standard errors that are robust to unequal variances or to
 * clusters, and tests linear hypotheses about its coefficients.
 *
 * Takes the answers of `runExperiment` or any table with one row per unit. Rows that lack a value are left out and
 * counted. With clusters the covariance is CR2 and every coefficient and hypothesis has its own Satterthwaite degrees
 * of freedom; a joint hypothesis is tested by Hotelling's T² with estimated degrees of freedom (HTZ), which holds with
 * few clusters. A term that is a combination of earlier ones is left out and named. Coefficients are effects only where
 * what they belong to was assigned at random.
 *
 * @param table one row per answer (with `item` and `value`) or per unit
 * @param options the outcome, the terms, and how the variance is estimated; see {@linkcode EstimateRegressionOptions}
 * @returns one row per coefficient, then one per hypothesis: `outcome`, `term` (a hypothesis as it was written),
 * `estimator`, `covariance_type`, `estimate` (of a hypothesis left side less right side; `NaN` of a joint one),
 * `std_error`, `statistic` (t; F of a joint hypothesis), `df`, `p_value`, `conf_low`, `conf_high`, `conf_level`, `n`
 * (rows), `r_squared`, `basis`, `notes`, `reason` (why a value is `NaN`)
 * @throws {RangeError} if a column or a hypothesis' term is missing, or the covariance type does not fit clusters
 * @throws {TypeError} if an option is unknown or a column is neither numbers nor names
 * @see MacKinnon and White 1985; Pustejovsky and Tipton 2018, Journal of Business and Economic Statistics 36, 672-683
 * @example A contrast of two arms
 * ```ts
 * import { assertAlmostEquals, assertEquals } from "@std/assert";
 * import { columnOf, tableOf } from "@understudy/understudy/core";
 * import { estimateRegression } from "@understudy/understudy/estimation";
 *
 * const answers = tableOf({
 *   arm: ["control", "control", "promise", "promise", "threat", "threat"],
 *   support: [2, 3, 3, 5, 6, 7],
 * });
 * const rows = estimateRegression(answers, {
 *   outcome: "support",
 *   terms: ["arm"],
 *   hypotheses: ["threat - promise = 0"],
 * });
 * assertEquals(columnOf(rows, "term").at(-1), "threat - promise = 0");
 * assertAlmostEquals(rows.get("estimate", 3), 2.5);
 * ```
 */
export function estimateRegression(table: Table, options: EstimateRegressionOptions): Table {
  const asked = readOptions(action, options, rules, table);
  const { alpha, hypotheses } = asked;
  const model = fitRegression(table, asked);
  const { fit, terms, basis } = model;
  const found = [
    ...terms.map((_, at) => coefficientOf(model, at, alpha)),
    ...hypotheses.map((hypothesis) =>
      Array.isArray(hypothesis)
        ? jointTest(model, hypothesis, alpha)
        : testOf(model, hypothesis as string | LinearHypothesis, alpha)
    ),
  ];
  const shared = {
    outcome: model.outcome,
    estimator: "ols",
    covariance_type: fit.covarianceType,
    n: fit.n,
    r_squared: fit.rSquared,
    basis,
  };
  return tableOfRows(
    found.map((row) => estimateRow({ ...shared, ...row, notes: [...model.notes, ...row.notes ?? []] })),
    coefficientTableColumns(["covariance_type"], ["r_squared"]),
  );
}

type RegressionModel = ReturnType<typeof fitRegression>;

/** Reads the columns that the options name and fits the model. */
function fitRegression(table: Table, options: ReadOptions<EstimateRegressionOptions, typeof rules>) {
  const fixedEffects = [options.fixedEffects ?? []].flat();
  const predictors = termColumns(action, options, fixedEffects);
  const rows = readModel(action, table, { ...options, predictors, fixedEffects });
  if (rows.outcome.length === 0) {
    throw new RangeError(
      cannot(action, "table", "have a row with all that the model needs", rows.notes.join("; ")),
    );
  }
  const columns = expandTerms(options.terms, rows.columns);
  if (fixedEffects.length === 0 && options.intercept) {
    columns.unshift({ term: interceptTerm, values: new Float64Array(rows.outcome.length).fill(1) });
  }
  if (columns.length === 0) throw new RangeError(cannot(action, "terms", "name a column", options.terms));
  const fit = leastSquares(columns.map(({ values }) => values), rows.outcome, {
    weights: rows.weights,
    clusters: rows.clusters,
    covarianceType: options.covarianceType,
    fixedEffects: rows.fixedEffects,
  });
  const terms = columns.map(({ term }) => term);
  const notes = [...rows.notes, ...noteFit(fit, terms)];
  return {
    outcome: outcomeName(options),
    terms,
    fit,
    basis: options.basis,
    obstacle: obstacleOf(fit, rows),
    notes,
  };
}

/** Why nothing can be tested; `null` where something can. */
function obstacleOf(fit: LeastSquaresFit, { outcome }: ModelRows): string | null {
  if (fit.clusters === 1) return "one cluster shows no variance";
  if (fit.residualDf <= 0) return "no degrees of freedom are left";
  return largestSize(fit.residuals) <= 1e-14 * largestSize(outcome)
    ? "the terms fit the outcome exactly, so there is no test and no interval"
    : null;
}

function noteFit(fit: LeastSquaresFit, terms: readonly string[]): string[] {
  return [
    ...noteDropped(fit.dropped.map((column) => terms[column]!)),
    fit.exactRows > 0
      ? `rows fitted exactly, whose part of the variance is taken as 0: ${fit.exactRows}`
      : "",
  ];
}

/** A row of the table, without what all rows share. */
type Row = Partial<Inference> & RowSentences & { readonly term: string };

function coefficientOf({ fit, terms, obstacle }: RegressionModel, at: number, alpha: number): Row {
  const found = { estimate: fit.coefficients[at]!, stdError: fit.standardErrors[at]!, df: fit.df[at]! };
  const absent = fit.dropped.includes(at) ? "this term is a combination of earlier ones" : obstacle;
  return { term: terms[at]!, ...infer(found, absent, alpha) };
}

function testOf(
  { fit, terms, obstacle }: RegressionModel,
  hypothesis: string | LinearHypothesis,
  alpha: number,
): Row {
  const { name, weights, value } = readHypothesis(action, terms, hypothesis);
  const test = fit.test([weights], { values: [value] });
  const [estimate, stdError] = [test.estimates[0]!, test.standardErrors[0]!];
  const absent = Number.isNaN(estimate)
    ? "it is about a term that is a combination of earlier ones"
    : obstacle;
  return { term: name, ...infer({ estimate, stdError, df: test.denominatorDf }, absent, alpha) };
}

/** A test and an interval; with an obstacle neither, and the obstacle is the reason. */
function infer(found: FoundEstimate, obstacle: string | null, alpha: number): Inference {
  if (obstacle === null) return inferEstimate(found, alpha);
  return { ...inferEstimate({ ...found, stdError: NaN }, alpha), reason: [obstacle] };
}

function jointTest(
  { fit, terms, obstacle }: RegressionModel,
  hypotheses: readonly (string | LinearHypothesis)[],
  alpha: number,
): Row {
  const read = hypotheses.map((hypothesis) => readHypothesis(action, terms, hypothesis));
  if (read.length === 0) throw new RangeError(cannot(action, "hypotheses", "hold no empty list", "[]"));
  const test = fit.test(read.map(({ weights }) => weights), { values: read.map(({ value }) => value) });
  const term = read.map(({ name }) => name).join(", ");
  const shared = { term, conf_level: 1 - alpha };
  if (obstacle !== null || Number.isNaN(test.pValue)) {
    const why = obstacle ?? "the hypotheses repeat each other, or no variance is left to test them with";
    return { ...shared, reason: [why] };
  }
  const degrees = `${test.numeratorDf} and ${Number(test.denominatorDf.toPrecision(4))}`;
  return {
    ...shared,
    statistic: test.statistic,
    df: test.denominatorDf,
    p_value: test.pValue,
    notes: [`joint test: F with ${degrees} degrees of freedom${test.method === "HTZ" ? " (HTZ)" : ""}`],
    reason: ["a joint test has no estimate and no interval"],
  };
}
