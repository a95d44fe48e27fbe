import { cannot } from "../../core/errors.ts";
import { readOptions, rule, type RulesFor } from "../../core/options.ts";
import { coefficientTableColumns, estimateRow } from "../../core/rows.ts";
import { type Table, tableOf, tableOfRows } from "../../core/table.ts";
import { type Inference, inferEstimate } from "../../stats/inference.ts";
import { type LinearHypothesis, readHypothesis } from "./hypotheses.ts";
import { interceptTerm, type ModelOptions, modelRules } from "./read_model.ts";
import {
  fitRegression,
  type RegressionModel,
  type RegressionModelOptions,
  regressionRules,
} from "./regression_model.ts";

/** Options of {@linkcode estimateRegression}. */
export interface EstimateRegressionOptions extends RegressionModelOptions, Pick<ModelOptions, "alpha"> {
  /**
   * Linear hypotheses, each a row of its own: `"threat - promise = 0"`, or weights by term. A list within the list is
   * tested jointly. Terms may go by their values where those are unique.
   *
   * @default {[]}
   */
  hypotheses?: readonly Hypothesis[];
}

type Hypothesis = string | LinearHypothesis | readonly (string | LinearHypothesis)[];

const rules = {
  ...regressionRules,
  alpha: modelRules.alpha,
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
 * (rows), `basis`, `notes`, `reason` (why a value is `NaN`)
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
  const { alpha, hypotheses, ...asked } = readOptions(action, options, rules);
  const model = fitRegression(action, table, asked);
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
    basis,
  };
  return tableOfRows(
    found.map((row) => estimateRow({ ...shared, ...row, notes: [...model.notes, ...row.notes ?? []] })),
    coefficientTableColumns(["covariance_type"]),
  );
}

/**
 * Estimates how well a linear regression fits, as one row; the coefficients come from `estimateRegression`.
 *
 * The F statistic tests that all coefficients but the constant are 0, with the covariance of the coefficients: robust
 * where that is robust; with CR2 Hotelling's T² with estimated degrees of freedom (HTZ).
 *
 * @param table one row per answer (with `item` and `value`) or per unit
 * @param options the outcome, the terms, and how the variance is estimated; see {@linkcode RegressionModelOptions}
 * @returns one row: `outcome`, `estimator`, `covariance_type`, `n` (rows), `clusters` (`NaN` without), `rank`
 * (coefficients estimated, fixed effects not counted), `residual_df`, `residual_sd` (units of the outcome),
 * `r_squared`, `adjusted_r_squared`, `within_r_squared` (what the terms take up beside fixed effects), `f_statistic`,
 * `f_df`, `f_residual_df`, `f_p_value`, `basis`, `notes`, `reason`
 * @throws {RangeError} if a column is missing or the covariance type does not fit clusters
 * @throws {TypeError} if an option is unknown or a column is neither numbers nor names
 * @see Pustejovsky and Tipton 2018, Journal of Business and Economic Statistics 36, 672-683, section 3.2
 * @example
 * ```ts
 * import { assertAlmostEquals } from "@std/assert";
 * import { tableOf } from "@understudy/understudy/core";
 * import { estimateRegressionFit } from "@understudy/understudy/estimation";
 *
 * const units = tableOf({ age: [20, 30, 40, 50], support: [1, 2, 2, 3] });
 * const fit = estimateRegressionFit(units, { outcome: "support", terms: ["age"] });
 * assertAlmostEquals(fit.get("r_squared", 0), 0.9);
 * ```
 */
export function estimateRegressionFit(table: Table, options: RegressionModelOptions): Table {
  const verb = "estimate a regression's fit";
  const model = fitRegression(verb, table, readOptions(verb, options, regressionRules));
  const { fit, notes } = model;
  const usable = fit.residualDf > 0;
  const { columns, note, reason } = overallTest(model);
  return tableOf({
    outcome: [model.outcome],
    estimator: ["ols"],
    covariance_type: [fit.covarianceType],
    n: [fit.n],
    clusters: [fit.clusters ?? NaN],
    rank: [fit.rank],
    residual_df: [fit.residualDf],
    residual_sd: [usable ? Math.sqrt(fit.residualVariance) : NaN],
    r_squared: [fit.rSquared],
    adjusted_r_squared: [usable ? fit.adjustedRSquared : NaN],
    within_r_squared: [fit.withinRSquared],
    ...Object.fromEntries(Object.entries(columns).map(([name, value]) => [name, [value]])),
    basis: [model.basis],
    notes: [[...notes, ...note].join("; ")],
    reason: [reason],
  });
}

/** A row of the table, without what all rows share. */
interface Row extends Partial<Omit<Inference, "reason">> {
  readonly term: string;
  readonly notes?: readonly string[];
  readonly reason: readonly string[];
}

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
function infer(
  found: { readonly estimate: number; readonly stdError: number; readonly df: number },
  obstacle: string | null,
  alpha: number,
): Omit<Row, "term"> {
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
  const joint = "a joint test has no estimate and no interval";
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
    reason: [joint],
  };
}

/** The F test of all terms at once. */
function overallTest(
  { fit, terms, obstacle }: RegressionModel,
): { columns: { [name: string]: number }; note: string[]; reason: string } {
  const tested = terms.flatMap((term, at) => term === interceptTerm || fit.dropped.includes(at) ? [] : [at]);
  const nothing = { f_statistic: NaN, f_df: tested.length, f_residual_df: NaN, f_p_value: NaN };
  const without = (reason: string) => ({ columns: nothing, note: [], reason });
  if (obstacle !== null) return without(obstacle);
  if (tested.length === 0) return without("there is no term to test");
  const test = fit.test(tested.map((at) => terms.map((_, other) => other === at ? 1 : 0)));
  if (Number.isNaN(test.pValue)) {
    return without("too little variance, or too few clusters, to test all terms at once");
  }
  const columns = {
    f_statistic: test.statistic,
    f_df: test.numeratorDf,
    f_residual_df: test.denominatorDf,
    f_p_value: test.pValue,
  };
  return { columns, note: test.method === "HTZ" ? ["F by Hotelling's T² (HTZ)"] : [], reason: "" };
}
