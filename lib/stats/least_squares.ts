import { checkOneOf, checkOptions, checkWeights } from "../core/checks.ts";
import { cannot } from "../core/errors.ts";
import { groupRows } from "../core/table.ts";
import { clusterCovariance } from "./cluster_covariance.ts";
import type { CovarianceType, LeastSquaresParts } from "./least_squares_parts.ts";
import { invertUpper, type Matrix, multiplyVector, transpose } from "./matrix.ts";
import { orthonormalBasis } from "./orthonormal_basis.ts";
import { rowCovariance } from "./row_covariance.ts";
import { sum } from "./sum.ts";

export type { CovarianceType } from "./least_squares_parts.ts";

/** Options of {@linkcode leastSquares}. */
export interface LeastSquaresOptions {
  /**
   * Weights above 0, one per row.
   *
   * @default {undefined} all rows count the same
   */
  weights?: ArrayLike<number>;
  /**
   * Each row's cluster.
   *
   * @default {undefined} rows are independent
   */
  clusters?: ArrayLike<unknown>;
  /**
   * How the covariance is estimated.
   *
   * @default {"HC2"} or `"CR2"` with clusters
   */
  covarianceType?: CovarianceType;
}

/** A fitted linear model. Coefficients stand in the order of the columns; those left out are `NaN`. */
export interface LeastSquaresFit {
  /** The coefficients. */
  readonly coefficients: Float64Array;
  /** The coefficients' covariance, as rows. */
  readonly covariance: readonly (readonly number[])[];
  /** The coefficients' standard errors. */
  readonly standardErrors: Float64Array;
  /** Degrees of freedom of each coefficient's t distribution. */
  readonly df: Float64Array;
  /** Outcome less fitted value, unweighted. */
  readonly residuals: Float64Array;
  /** The number of columns that are not combinations of earlier ones. */
  readonly rank: number;
  /** Columns left out because they are combinations of earlier ones. */
  readonly dropped: readonly number[];
  /** Rows that a coefficient fits exactly, whose part of the covariance is taken as 0. */
  readonly exactRows: number;
  /** How the covariance was estimated. */
  readonly covarianceType: CovarianceType;
}

/**
 * Fits a linear model by least squares, with standard errors that are robust to unequal variances or to clusters.
 *
 * Uses QR on √weight-scaled columns. A column that is a combination of earlier ones is left out and named. With CR2
 * each coefficient has its own Satterthwaite degrees of freedom (Bell and McCaffrey 2002); otherwise rows less rank,
 * or clusters less one.
 *
 * @param columns the design matrix by columns, each with one number per row; the constant is a column of ones
 * @param outcome one number per row
 * @param options weights, clusters and the kind of covariance
 * @returns coefficients, covariance, standard errors, degrees of freedom, residuals
 * @throws {RangeError} if lengths differ, weights are not above 0, or the covariance type does not fit clusters
 * @see MacKinnon and White 1985 (HC); Pustejovsky and Tipton 2018 (CR2)
 * @example A slope
 * ```ts
 * import { assertAlmostEquals } from "@std/assert";
 * import { leastSquares } from "@understudy/understudy/stats";
 *
 * const fit = leastSquares([[1, 1, 1, 1], [0, 0, 1, 1]], [1, 3, 4, 8]);
 * assertAlmostEquals(fit.coefficients[1]!, 4);
 * assertAlmostEquals(fit.standardErrors[1]!, Math.sqrt(2 / 2 + 8 / 2));
 * ```
 */
export function leastSquares(
  columns: readonly ArrayLike<number>[],
  outcome: ArrayLike<number>,
  options: LeastSquaresOptions = {},
): LeastSquaresFit {
  const covarianceType = checkLeastSquares(columns, outcome, options);
  const weights = options.weights === undefined ? null : meanOne(options.weights);
  const scaled = columns.map((column) => scaleByRoot(column, weights));
  // R's lm takes columns for collinear at the same 1e-7.
  const { basis, coordinates, kept } = orthonormalBasis(scaled, 1e-7);
  const inverseUpper = invertUpper(transpose(kept.map((j) => coordinates[j]!)));
  const target = scaleByRoot(outcome, weights);
  const estimates = multiplyVector(inverseUpper, multiplyVector(basis, target));
  const keptColumns = kept.map((j) => new Float64Array(columns[j]!));
  const residuals = residualsOf(keptColumns, estimates, outcome);
  const parts: LeastSquaresParts = { columns: keptColumns, basis, inverseUpper, weights, residuals };
  const { covariance, df, exactRows } = options.clusters === undefined
    ? { ...rowCovariance(parts, covarianceType), df: kept.map(() => outcome.length - kept.length) }
    : {
      ...clusterCovariance(parts, [...groupRows(options.clusters).values()], covarianceType),
      exactRows: 0,
    };
  return spread({ estimates, covariance, df, kept, residuals, exactRows, covarianceType }, columns.length);
}

function checkLeastSquares(
  columns: readonly ArrayLike<number>[],
  outcome: ArrayLike<number>,
  options: LeastSquaresOptions,
): CovarianceType {
  const action = "fit least squares";
  checkOptions(action, options, ["weights", "clusters", "covarianceType"]);
  const rows = outcome.length;
  for (const column of columns) checkNumbers(action, "columns", column, rows);
  checkNumbers(action, "outcome", outcome, rows);
  if (options.clusters !== undefined && options.clusters.length !== rows) {
    throw new RangeError(cannot(action, "clusters", `have ${rows} rows`, options.clusters.length));
  }
  if (options.weights !== undefined) {
    checkWeights(action, "weights", options.weights);
    if (options.weights.length !== rows) {
      throw new RangeError(cannot(action, "weights", `have ${rows} rows`, options.weights.length));
    }
    if (Array.prototype.includes.call(options.weights, 0)) {
      throw new RangeError(cannot(action, "weights", "be above 0 (leave out rows that do not count)", 0));
    }
  }
  const clustered = options.clusters !== undefined;
  const type = options.covarianceType ?? (clustered ? "CR2" : "HC2");
  checkOneOf<CovarianceType>(
    action,
    clustered ? "covarianceType' with 'clusters" : "covarianceType",
    type,
    clustered ? ["CR0", "stata", "CR2"] : ["classical", "HC0", "HC1", "HC2", "HC3"],
  );
  return type;
}

function checkNumbers(action: string, argument: string, values: ArrayLike<number>, rows: number): void {
  if (values.length !== rows) {
    throw new RangeError(cannot(action, argument, `have ${rows} rows`, values.length));
  }
  for (let row = 0; row < rows; row++) {
    if (!Number.isFinite(values[row])) {
      throw new RangeError(cannot(action, argument, "hold finite numbers", values[row]));
    }
  }
}

function meanOne(weights: ArrayLike<number>): Float64Array {
  const scaled = new Float64Array(weights);
  const mean = sum(scaled) / scaled.length;
  for (let row = 0; row < scaled.length; row++) scaled[row] = scaled[row]! / mean;
  return scaled;
}

function scaleByRoot(values: ArrayLike<number>, weights: Float64Array | null): Float64Array {
  const scaled = new Float64Array(values);
  if (weights !== null) {
    for (let row = 0; row < scaled.length; row++) scaled[row] = scaled[row]! * Math.sqrt(weights[row]!);
  }
  return scaled;
}

function residualsOf(
  columns: readonly Float64Array[],
  estimates: readonly number[],
  outcome: ArrayLike<number>,
): Float64Array {
  const residuals = new Float64Array(outcome);
  columns.forEach((column, j) => {
    const slope = estimates[j]!;
    for (let row = 0; row < residuals.length; row++) residuals[row] = residuals[row]! - column[row]! * slope;
  });
  return residuals;
}

interface KeptFit {
  estimates: readonly number[];
  covariance: Matrix;
  df: ArrayLike<number>;
  kept: readonly number[];
  residuals: Float64Array;
  exactRows: number;
  covarianceType: CovarianceType;
}

/** Puts the kept columns' results in the places of all columns. */
function spread(fit: KeptFit, count: number): LeastSquaresFit {
  const coefficients = new Float64Array(count).fill(NaN);
  const standardErrors = new Float64Array(count).fill(NaN);
  const df = new Float64Array(count).fill(NaN);
  const covariance = Array.from({ length: count }, () => new Array<number>(count).fill(NaN));
  fit.kept.forEach((column, j) => {
    coefficients[column] = fit.estimates[j]!;
    standardErrors[column] = Math.sqrt(fit.covariance[j]![j]!);
    df[column] = fit.df[j]!;
    fit.kept.forEach((other, i) => covariance[column]![other] = fit.covariance[j]![i]!);
  });
  const dropped = [...coefficients.keys()].filter((column) => !fit.kept.includes(column));
  const { residuals, exactRows, covarianceType, kept } = fit;
  return {
    coefficients,
    covariance,
    standardErrors,
    df,
    residuals,
    rank: kept.length,
    dropped,
    exactRows,
    covarianceType,
  };
}
