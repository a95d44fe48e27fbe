import {
  checkNumbers,
  clusterTypes,
  type CovarianceType,
  type LeastSquaresParts,
  rowTypes,
} from "./fit_parts.ts";
import { checkOneOf, checkOptions, checkWeights } from "../core/checks.ts";
import { cannot } from "../core/errors.ts";
import { groupRows } from "../core/table.ts";
import { type BasisFit, fitOnBasis } from "./basis.ts";
import { type ClusterCovariance, clusterCovariance, rowCovariance, sumOfSquares } from "./covariance.ts";
import {
  type LeastSquaresFit,
  type LeastSquaresOptions,
  type PreparedDesign,
  prepareDesign,
} from "./least_squares_fit.ts";
import type { Matrix } from "./matrix.ts";
import { sum } from "./moments.ts";
import { testFit } from "./wald.ts";

export type { LeastSquaresFit, LeastSquaresOptions } from "./least_squares_fit.ts";
export type { WaldTest, WaldTestOptions } from "./wald.ts";

/**
 * Fits a linear model by least squares, with standard errors that are robust to unequal variances or to clusters.
 *
 * Uses a QR decomposition of the √weight-scaled columns; where the first column is constant the others are centred
 * first, so that a large offset costs no digits. A column that is a combination of earlier ones is left out and named.
 * With CR2 each coefficient has its own Satterthwaite degrees of freedom (Bell and McCaffrey 2002); otherwise rows less
 * rank, or clusters less one. Fixed effects are absorbed; where leverages are needed (HC2 to HC5, CR2, CR3), all but
 * one factor, or those not within clusters, become dummies, which with thousands of levels takes long. Memory: one copy
 * of the columns.
 *
 * @param columns the design matrix by columns, each with one number per row; the constant is a column of ones
 * @param outcome one number per row
 * @param options weights, clusters, fixed effects and the kind of covariance; see {@linkcode LeastSquaresOptions}
 * @returns coefficients, covariance, standard errors, degrees of freedom, residuals, fit, and a test of combinations
 * @throws {RangeError} if lengths differ, weights are not above 0, or the covariance type does not fit clusters
 * @see MacKinnon and White 1985 (HC); Pustejovsky and Tipton 2018 (CR2, HTZ)
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
  const type = checkLeastSquares(columns, outcome, options);
  const weights = options.weights === undefined ? null : meanOne(options.weights);
  const groups = options.clusters === undefined ? null : [...groupRows(options.clusters).values()];
  const { fixedEffects = [] } = options;
  const design = prepareDesign({ columns, outcome, weights, fixedEffects, groups, type });
  const fit = fitOnBasis(design.columns, design.target, design.floors);
  const parts: LeastSquaresParts = {
    basis: fit.basis,
    inverseUpper: shiftBack(design, fit),
    weights,
    residuals: fit.residuals,
    absorbedRank: design.absorbedRank,
    absorbedLeverage: design.absorbedLeverage,
  };
  const reported = [...fit.kept.keys()].filter((i) => fit.kept[i]! >= design.extra);
  const found = groups === null
    ? { ...rowCovariance(parts, type), cluster: null }
    : withCluster(clusterCovariance(parts, groups, type, reported));
  const rows = { columns: columns.length, clusters: groups?.length ?? null };
  return tidyFit({ design, fit, parts, type, reported, ...found }, rows);
}

function withCluster(cluster: ClusterCovariance): Pick<Found, "covariance" | "cluster" | "exactRows"> {
  return { covariance: cluster.covariance, cluster, exactRows: 0 };
}

interface Found {
  design: PreparedDesign;
  fit: BasisFit;
  parts: LeastSquaresParts;
  type: CovarianceType;
  /** Places, among the kept columns, of those that are not dummies of fixed effects. */
  reported: readonly number[];
  covariance: Matrix;
  cluster: ClusterCovariance | null;
  exactRows: number;
}

/** R⁻¹ for the columns as they were given: b_0 = b_0' - Σ shift_j b_j, over the constant's value. */
function shiftBack({ shifts, unit }: PreparedDesign, { inverseUpper, kept }: BasisFit): Matrix {
  if (unit === 0) return inverseUpper;
  const inverse = inverseUpper.map((row) => row.slice());
  const constant = inverse[0]!;
  for (let i = 1; i < inverse.length; i++) {
    const shift = shifts[kept[i]!]! / unit;
    for (let j = 0; j < constant.length; j++) constant[j] = constant[j]! - shift * inverse[i]![j]!;
  }
  return inverse;
}

/** The kept columns' coefficients for the columns as they were given. */
function shiftedEstimates(
  { shifts, unit, outcomeShift }: PreparedDesign,
  { estimates, kept }: BasisFit,
): Float64Array {
  if (unit === 0) return estimates;
  const moved = new Float64Array(estimates);
  let offset = outcomeShift;
  for (let i = 1; i < moved.length; i++) offset -= shifts[kept[i]!]! * moved[i]!;
  moved[0] = moved[0]! + offset / unit;
  return moved;
}

/** Puts the kept columns' results in the places of all columns, and says how well the model fits. */
function tidyFit(found: Found, counts: { columns: number; clusters: number | null }): LeastSquaresFit {
  const { design, fit, parts, type, cluster, exactRows, reported, covariance } = found;
  const n = parts.residuals.length;
  const residualDf = n - parts.basis.length - parts.absorbedRank;
  const estimates = shiftedEstimates(design, fit);
  const place = (i: number): number => fit.kept[i]! - design.extra;
  const coefficients = new Float64Array(counts.columns).fill(NaN);
  const [standardErrors, df] = [coefficients.slice(), coefficients.slice()];
  const spread = Array.from(coefficients, () => new Array<number>(counts.columns).fill(NaN));
  reported.forEach((i, order) => {
    coefficients[place(i)] = estimates[i]!;
    standardErrors[place(i)] = Math.sqrt(covariance[i]![i]!);
    df[place(i)] = cluster === null ? residualDf : cluster.df[order]!;
    for (const l of reported) spread[place(i)]![place(l)] = covariance[i]![l]!;
  });
  return {
    coefficients,
    covariance: spread,
    standardErrors,
    df,
    residuals: unweighted(parts),
    rank: reported.length,
    dropped: [...coefficients.keys()].filter((column) => Number.isNaN(coefficients[column])),
    exactRows,
    covarianceType: type,
    n,
    clusters: counts.clusters,
    fixedEffectsRank: parts.absorbedRank + parts.basis.length - reported.length,
    residualDf,
    ...goodnessOfFit(found, residualDf),
    constant: design.constant,
    test: (combinations, options = {}) => {
      const columns = reported.map(place);
      const freedom = counts.clusters === null ? residualDf : counts.clusters - 1;
      const tested = { parts, cluster, type, reported, columns, coefficients, spread, df: freedom };
      return testFit(tested, combinations, options);
    },
  };
}

function unweighted({ residuals, weights }: LeastSquaresParts): Float64Array {
  return weights === null ? residuals : residuals.map((value, row) => value / Math.sqrt(weights[row]!));
}

type GoodnessOfFit = Pick<
  LeastSquaresFit,
  "residualVariance" | "rSquared" | "adjustedRSquared" | "withinRSquared"
>;

function goodnessOfFit({ design, fit, parts, reported }: Found, residualDf: number): GoodnessOfFit {
  const left = sumOfSquares(parts.residuals);
  const rSquared = 1 - left / design.totalSquares;
  const n = parts.residuals.length;
  // What the columns take up beside fixed effects is the length of R_xx b_x.
  const start = parts.basis.length - reported.length;
  const taken = solveUpperInverse(fit.inverseUpper, fit.estimates, start);
  const within = taken.reduce((total, value) => total + value * value, 0);
  return {
    residualVariance: left / residualDf,
    rSquared,
    adjustedRSquared: 1 - (1 - rSquared) * (n - (design.constant ? 1 : 0)) / residualDf,
    withinRSquared: fit.kept.length === reported.length && parts.absorbedRank === 0
      ? rSquared
      : within / (within + left),
  };
}

/** Solves U x = b for the last rows of an upper triangular U, from `start` on. */
function solveUpperInverse(upper: Matrix, b: Float64Array, start: number): number[] {
  const solved = Array.from(b);
  for (let i = solved.length - 1; i >= start; i--) {
    for (let j = i + 1; j < solved.length; j++) solved[i] = solved[i]! - upper[i]![j]! * solved[j]!;
    solved[i] = solved[i]! / upper[i]![i]!;
  }
  return solved.slice(start);
}

function meanOne(weights: ArrayLike<number>): Float64Array {
  const scaled = new Float64Array(weights);
  const mean = sum(scaled) / scaled.length;
  for (let row = 0; row < scaled.length; row++) scaled[row] = scaled[row]! / mean;
  return scaled;
}

const action = "fit least squares";

/** Checks what is to be fitted, and says which covariance is meant. */
function checkLeastSquares(
  columns: readonly ArrayLike<number>[],
  outcome: ArrayLike<number>,
  options: LeastSquaresOptions,
): CovarianceType {
  checkOptions(action, options, ["weights", "clusters", "fixedEffects", "covarianceType"]);
  const rows = outcome.length;
  for (const column of columns) checkNumbers(action, "columns", column, rows);
  checkNumbers(action, "outcome", outcome, rows);
  if (options.clusters !== undefined) checkRowCount("clusters", options.clusters, rows);
  for (const names of options.fixedEffects ?? []) checkRowCount("fixedEffects", names, rows);
  if (options.weights !== undefined) {
    checkWeights(action, "weights", options.weights);
    checkRowCount("weights", options.weights, rows);
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
    clustered ? clusterTypes : rowTypes,
  );
  return type;
}

function checkRowCount(argument: string, values: ArrayLike<unknown>, rows: number): void {
  if (values.length !== rows) {
    throw new RangeError(cannot(action, argument, `have ${rows} rows`, values.length));
  }
}
