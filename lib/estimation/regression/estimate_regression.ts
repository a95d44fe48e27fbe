import { checkLevel, checkOptions } from "../../core/checks.ts";
import { estimateNumbers } from "../../core/columns.ts";
import { cannot } from "../../core/errors.ts";
import { type Table, tableOfRows } from "../../core/table.ts";
import type { EstimateRegressionOptions, LinearHypothesis } from "./estimate_regression_options.ts";
import { readHypothesis } from "./regression_hypotheses.ts";
import { fitRegression, modelOptions, type RegressionModel } from "./regression_model.ts";
import { noCoefficient, tidyCoefficient } from "../tidy_coefficient.ts";

const action = "estimate a regression";

const columnNames = [
  "outcome",
  "term",
  "estimator",
  "covariance_type",
  ...estimateNumbers,
  "conf_level",
  "n",
  "basis",
  "reason",
];

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
 * (rows), `basis`, `reason`
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
  checkOptions(action, options, [...modelOptions, "hypotheses", "alpha"]);
  const { alpha = 0.05, hypotheses = [] } = options;
  checkLevel(action, "alpha", alpha);
  if (!Array.isArray(hypotheses)) {
    throw new TypeError(
      `${cannot(action, "hypotheses", "be a list", hypotheses)}; for example ["a - b = 0"]`,
    );
  }
  const model = fitRegression(action, table, options);
  const rows = [
    ...model.terms.map((_, at) => coefficientRow(model, at, alpha)),
    ...(hypotheses as readonly (string | LinearHypothesis | readonly (string | LinearHypothesis)[])[]).map(
      (hypothesis) =>
        Array.isArray(hypothesis)
          ? jointRow(model, hypothesis)
          : hypothesisRow(model, hypothesis as string | LinearHypothesis, alpha),
    ),
  ];
  const shared = {
    outcome: model.outcome,
    estimator: "ols",
    covariance_type: model.fit.covarianceType,
    conf_level: 1 - alpha,
    n: model.fit.n,
    basis: model.basis,
  };
  return tableOfRows(
    rows.map(({ notes, ...row }) => ({ ...shared, ...row, reason: [...model.notes, ...notes].join("; ") })),
    columnNames,
  );
}

interface Row {
  readonly term: string;
  readonly notes: readonly string[];
}

function coefficientRow({ fit, terms, obstacle }: RegressionModel, at: number, alpha: number): Row {
  const term = terms[at]!;
  if (fit.dropped.includes(at)) {
    return { term, ...noCoefficient, notes: ["this term is a combination of earlier ones"] };
  }
  return { term, ...tidyRow(fit.coefficients[at]!, fit.standardErrors[at]!, fit.df[at]!, alpha, obstacle) };
}

function hypothesisRow(
  { fit, terms, obstacle }: RegressionModel,
  hypothesis: string | LinearHypothesis,
  alpha: number,
): Row {
  const { name, weights, value } = readHypothesis(action, terms, hypothesis);
  const test = fit.test([weights], { values: [value] });
  const [estimate, stdError] = [test.estimates[0]!, test.standardErrors[0]!];
  if (Number.isNaN(estimate)) {
    return {
      term: name,
      ...noCoefficient,
      notes: ["it is about a term that is a combination of earlier ones"],
    };
  }
  return { term: name, ...tidyRow(estimate, stdError, test.denominatorDf, alpha, obstacle) };
}

function tidyRow(
  estimate: number,
  stdError: number,
  df: number,
  alpha: number,
  obstacle: string | null,
): Omit<Row, "term"> {
  const tidy = tidyCoefficient(estimate, obstacle === null ? stdError : NaN, df, alpha);
  const lacking = obstacle ?? "no variance is left to test this with";
  return { ...tidy, notes: Number.isNaN(tidy.p_value) ? [lacking] : [] };
}

function jointRow(
  { fit, terms, obstacle }: RegressionModel,
  hypotheses: readonly (string | LinearHypothesis)[],
): Row {
  const read = hypotheses.map((hypothesis) => readHypothesis(action, terms, hypothesis));
  if (read.length === 0) throw new RangeError(cannot(action, "hypotheses", "hold no empty list", "[]"));
  const test = fit.test(read.map(({ weights }) => weights), { values: read.map(({ value }) => value) });
  const usable = obstacle === null && !Number.isNaN(test.pValue);
  const degrees = `${test.numeratorDf} and ${Number(test.denominatorDf.toPrecision(4))}`;
  return {
    term: read.map(({ name }) => name).join(", "),
    ...noCoefficient,
    ...(usable ? { statistic: test.statistic, df: test.denominatorDf, p_value: test.pValue } : {}),
    notes: [
      usable
        ? `joint test: F with ${degrees} degrees of freedom${test.method === "HTZ" ? " (HTZ)" : ""}`
        : obstacle ?? "the hypotheses repeat each other, or no variance is left to test them with",
    ],
  };
}
