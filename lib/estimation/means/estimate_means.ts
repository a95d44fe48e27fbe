import { checkBasis, checkLevel, checkOneOf, checkOptions, checkText } from "../../core/checks.ts";
import { type Basis, estimateNumbers } from "../../core/columns.ts";
import { cannot } from "../../core/errors.ts";
import { type Table, tableOfRows } from "../../core/table.ts";
import type { EstimateMeansOptions, LonelyCluster } from "./estimate_means_options.ts";
import { type MeanRows, readMeanRows } from "./mean_rows.ts";
import { stratify, type WeightedMean, weightedMean } from "./mean_variance.ts";
import { checkNames } from "../model_rows.ts";
import { tidyCoefficient } from "../tidy_coefficient.ts";

const action = "estimate means";

/**
 * Estimates means, or shares of an answer, with standard errors that follow from how the sample was drawn.
 *
 * Use it to describe a population from a weighted, clustered, stratified or raked sample. The weighted mean is a ratio;
 * its variance is linearised, from the sums of clusters within strata, as if clusters were drawn with replacement.
 * Weights that were raked to known margins (`calibratedTo`) leave only the part of the outcome that the margins do not
 * explain. Intervals use t with as many degrees of freedom as there are clusters less strata. Groups (`by`) are parts of
 * the sample, whose sizes are random; so are the rows that hold a value. Rows without one are counted in `reason`.
 * Answers by several calls to one persona are a cluster.
 *
 * @param table one row per answer (with `item` and `value`) or per unit
 * @param options the outcome and how the sample was drawn; see {@linkcode EstimateMeansOptions} (defaults there)
 * @returns one row, or one per group: `outcome`, (`by`, `group`), `term` (the group, or `mean`), `estimator`,
 * `estimate` (units of the outcome), `std_error`, `statistic`, `df`, `p_value` (of a mean of 0), `conf_low`,
 * `conf_high`, `conf_level`, `n` (rows with a value), `design_effect` (variance over that of a simple random sample of
 * `n` rows), `basis`, `reason`
 * @throws {RangeError} if a column is missing, a cluster lies in two strata, or a stratum has a single cluster
 * @throws {TypeError} if an option is unknown or the outcome is not numeric
 * @see Särndal, Swensson and Wretman 1992, Model Assisted Survey Sampling, ch. 5; Deville and Särndal 1992, Journal of
 * the American Statistical Association 87, 376-382; Lumley 2004, Journal of Statistical Software 9(8)
 * @example A weighted mean
 * ```ts
 * import { assertAlmostEquals } from "@std/assert";
 * import { tableOf } from "@understudy/understudy/core";
 * import { estimateMeans } from "@understudy/understudy/estimation";
 *
 * const sample = tableOf({ support: [1, 2, 4, 5], weight: [2, 1, 1, 1] });
 * const means = estimateMeans(sample, { outcome: "support", weights: "weight" });
 * assertAlmostEquals(means.get("estimate", 0), 2.6);
 * ```
 */
export function estimateMeans(table: Table, options: EstimateMeansOptions): Table {
  const settings = checkMeans(options);
  const rows = readMeanRows(action, table, options);
  const { strata, notes } = stratify(action, rows, settings.lonely);
  const groups = rows.groups ?? ["mean"];
  return tableOfRows(
    groups.map((term, group) => ({
      outcome: options.outcome,
      ...(options.by === undefined ? {} : { by: options.by, group: term }),
      term,
      estimator: options.calibratedTo?.length ? "calibrated_mean" : "weighted_mean",
      ...tidyMean(weightedMean(rows, strata, group, settings.lonely), rows, settings, notes),
    })),
    [
      "outcome",
      ...(options.by === undefined ? [] : ["by", "group"]),
      ...[
        "term",
        "estimator",
        ...estimateNumbers,
      ],
      ...["conf_level", "n", "design_effect", "basis", "reason"],
    ],
  );
}

interface MeanSettings {
  readonly alpha: number;
  readonly basis: Basis;
  readonly lonely: LonelyCluster;
}

const known = [
  "outcome",
  "by",
  "weights",
  "clusters",
  "strata",
  "calibratedTo",
  "baseWeights",
  "lonelyCluster",
];

function checkMeans(options: EstimateMeansOptions): MeanSettings {
  checkOptions(action, options, [...known, "category", "alpha", "basis"]);
  const { alpha = 0.05, basis = "synthetic", lonelyCluster = "error", calibratedTo = [] } = options;
  checkText(action, "outcome", options.outcome);
  checkLevel(action, "alpha", alpha);
  checkBasis(action, basis);
  checkOneOf<LonelyCluster>(action, "lonelyCluster", lonelyCluster, ["error", "adjust", "remove"]);
  checkNames(action, "calibratedTo", calibratedTo);
  for (const name of ["by", "weights", "strata", "baseWeights"] as const) {
    if (options[name] !== undefined) checkText(action, name, options[name]);
  }
  if (options.clusters !== undefined && options.clusters !== null) {
    checkText(action, "clusters", options.clusters);
  }
  if (calibratedTo.length > 0 && options.weights === undefined) {
    throw new TypeError(
      cannot(action, "calibratedTo", "come with 'weights', the calibrated weights", calibratedTo),
    );
  }
  if (calibratedTo.length === 0 && options.baseWeights !== undefined) {
    const rule = "come with 'calibratedTo', the margins of the calibration";
    throw new TypeError(cannot(action, "baseWeights", rule, options.baseWeights));
  }
  return { alpha, basis, lonely: lonelyCluster };
}

function tidyMean(
  mean: WeightedMean,
  rows: MeanRows,
  { alpha, basis }: MeanSettings,
  notes: readonly string[],
): { [column: string]: unknown } {
  const tidy = tidyCoefficient(mean.estimate, mean.stdError, mean.df, alpha);
  return {
    ...tidy,
    conf_level: 1 - alpha,
    n: mean.n,
    design_effect: mean.designEffect,
    basis,
    reason: [...rows.notes, ...notes, ...(Number.isNaN(tidy.p_value) ? [explainMean(mean, rows)] : [])]
      .join("; "),
  };
}

function explainMean({ n, stdError, df }: WeightedMean, { clusters }: MeanRows): string {
  if (n === 0) return "no row with a value, so there is no mean";
  if (Number.isNaN(stdError)) {
    const units = clusters === null ? "rows" : "clusters";
    return `fewer than two ${units} with a value enter the variance, so there is no standard error`;
  }
  return df > 0
    ? "no variance is left, so there is no test and no interval"
    : "no degrees of freedom are left, so there is no test and no interval";
}
