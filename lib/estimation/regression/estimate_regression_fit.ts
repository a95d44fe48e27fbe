import { checkOptions } from "../../core/checks.ts";
import { type Table, tableOfRows } from "../../core/table.ts";
import type { RegressionModelOptions } from "./estimate_regression_options.ts";
import { fitRegression, modelOptions, type RegressionModel } from "./regression_model.ts";
import { interceptTerm } from "./regression_terms.ts";

const action = "estimate a regression's fit";

const columnNames = [
  "outcome",
  "estimator",
  "covariance_type",
  "n",
  "clusters",
  "rank",
  "residual_df",
  "residual_sd",
  "r_squared",
  "adjusted_r_squared",
  "within_r_squared",
  "f_statistic",
  "f_df",
  "f_residual_df",
  "f_p_value",
  "basis",
  "reason",
];

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
 * `f_df`, `f_residual_df`, `f_p_value`, `basis`, `reason`
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
  checkOptions(action, options, modelOptions);
  const model = fitRegression(action, table, options);
  const { fit } = model;
  const usable = fit.residualDf > 0;
  const test = overallTest(model);
  const row = {
    outcome: model.outcome,
    estimator: "ols",
    covariance_type: fit.covarianceType,
    n: fit.n,
    clusters: fit.clusters ?? NaN,
    rank: fit.rank,
    residual_df: fit.residualDf,
    residual_sd: usable ? Math.sqrt(fit.residualVariance) : NaN,
    r_squared: fit.rSquared,
    adjusted_r_squared: usable ? fit.adjustedRSquared : NaN,
    within_r_squared: fit.withinRSquared,
    ...test.columns,
    basis: model.basis,
    reason: [...model.notes, ...test.notes].join("; "),
  };
  return tableOfRows([row], columnNames);
}

function overallTest(
  { fit, terms, obstacle }: RegressionModel,
): { columns: { [name: string]: number }; notes: string[] } {
  const tested = terms.flatMap((term, at) => term === interceptTerm || fit.dropped.includes(at) ? [] : [at]);
  const nothing = { f_statistic: NaN, f_df: tested.length, f_residual_df: NaN, f_p_value: NaN };
  if (obstacle !== null) return { columns: nothing, notes: [obstacle] };
  if (tested.length === 0) return { columns: nothing, notes: ["there is no term to test"] };
  const test = fit.test(tested.map((at) => terms.map((_, other) => other === at ? 1 : 0)));
  if (Number.isNaN(test.pValue)) {
    return {
      columns: nothing,
      notes: ["too little variance, or too few clusters, to test all terms at once"],
    };
  }
  const columns = {
    f_statistic: test.statistic,
    f_df: test.numeratorDf,
    f_residual_df: test.denominatorDf,
    f_p_value: test.pValue,
  };
  return { columns, notes: test.method === "HTZ" ? ["F by Hotelling's T² (HTZ)"] : [] };
}
