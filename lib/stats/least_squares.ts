import { checkOneOf, checkOptions, checkWeights } from "../core/checks.ts";
import { cannot } from "../core/errors.ts";
import { groupRows } from "../core/table.ts";
import { type BasisFit, fitOnBasis, type LeastSquaresParts } from "./basis.ts";
import type { CovarianceType, FitCovariance } from "./covariance.ts";
import { clusterCovariance, clusterTypes, rowCovariance, rowTypes, sumOfSquares } from "./covariance.ts";
import { checkNumbers, meanOne, type PreparedDesign, prepareDesign } from "./least_squares_design.ts";
import { dot, type Matrix, solveUpper } from "./matrix.ts";
import { testFit, type WaldTest, type WaldTestOptions } from "./wald.ts";

export type { WaldTest, WaldTestOptions } from "./wald.ts";

/** Options of `leastSquares`. */
export interface LeastSquaresOptions {
  /**
   * Weights above 0, one per row.
   * @default {null} all rows count the same
   */
  weights?: ArrayLike<number> | null;
  /**
   * Each row's cluster.
   * @default {null} rows are independent
   */
  clusters?: ArrayLike<unknown> | null;
  /**
   * Columns of names, one name per row: each name has an intercept of its own, which is not reported.
   * @default {[]}
   */
  fixedEffects?: readonly ArrayLike<unknown>[];
  /**
   * How the covariance is estimated.
   * @default {"HC2"} or `"CR2"` with clusters
   */
  covarianceType?: CovarianceType | undefined;
  /**
   * Columns that have, with HC2, degrees of freedom of their own (Satterthwaite's; Bell and McCaffrey 2002).
   * @default {[]} those of the residuals
   */
  satterthwaite?: readonly number[];
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
  /** The number of columns that are not combinations of earlier ones (or of fixed effects). */
  readonly rank: number;
  /** Columns left out because they are combinations of earlier ones (or of fixed effects). */
  readonly dropped: readonly number[];
  /** Rows that a coefficient fits exactly, whose part of the covariance is taken as 0. */
  readonly exactRows: number;
  /** How the covariance was estimated. */
  readonly covarianceType: CovarianceType;
  /** The number of rows. */
  readonly n: number;
  /** The number of clusters; `null` without. */
  readonly clusters: number | null;
  /** The number of intercepts that fixed effects take up; 0 without. */
  readonly fixedEffectsRank: number;
  /** Rows less `rank` and `fixedEffectsRank`. */
  readonly residualDf: number;
  /** Σwe² over the residual degrees of freedom, weights with mean 1. */
  readonly residualVariance: number;
  /** The share of the outcome's variance that the model takes up; without a constant, of its sum of squares. */
  readonly rSquared: number;
  /** The same, corrected for the number of coefficients. */
  readonly adjustedRSquared: number;
  /** The share of the variance within fixed effects that the columns take up; `rSquared` without fixed effects. */
  readonly withinRSquared: number;
  /** Whether the columns or the fixed effects hold a constant. */
  readonly constant: boolean;
  /**
   * Tests combinations of coefficients: each row holds one number per column, so that `[[0, 1, -1]]` tests that the
   * second and the third coefficient are the same. `NaN` where a coefficient that was left out takes part.
   */
  readonly test: (combinations: readonly (readonly number[])[], options?: WaldTestOptions) => WaldTest;
}

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
  const { clusters = null, fixedEffects = [], satterthwaite = [] } = options;
  const weights = options.weights ? meanOne(options.weights) : null;
  const groups = clusters === null ? null : [...groupRows(clusters).values()];
  const design = prepareDesign({ columns, outcome, weights, fixedEffects, groups, type });
  const fit = fitOnBasis(design.columns, design.target, design.floors);
  const parts: LeastSquaresParts = {
    basis: fit.basis,
    inverseUpper: shiftBack(design, fit),
    weights,
    residuals: fit.residuals,
    absorbedRank: design.absorbedRank,
    absorbedLeverage: design.absorbedLeverage,
    absorbedCodes: design.absorbedCodes,
  };
  // Places, among the kept columns, of those that are not dummies of fixed effects.
  const reported = [...fit.kept.keys()].filter((i) => fit.kept[i]! >= design.extra);
  const found = groups === null
    ? rowCovariance(parts, type, reported, (i) => satterthwaite.includes(fit.kept[i]! - design.extra))
    : clusterCovariance(parts, groups, type, reported);
  const pieces = { type, design, fit, parts, reported, found, clusters: groups?.length ?? null };
  return tidyFit(pieces, columns.length);
}

interface FitPieces {
  type: CovarianceType;
  design: PreparedDesign;
  fit: BasisFit;
  parts: LeastSquaresParts;
  reported: readonly number[];
  found: FitCovariance;
  clusters: number | null;
}

/** R⁻¹ for the columns as they were given: b_0 = b_0' - Σ shift_j b_j, over the constant's value. */
function shiftBack({ shifts, unit }: PreparedDesign, { inverseUpper, kept }: BasisFit): Matrix {
  if (unit === 0) return inverseUpper;
  const [constant, ...others] = inverseUpper;
  const moved = constant!.map((value, j) =>
    others.reduce((left, row, i) => left - shifts[kept[i + 1]!]! / unit * row[j]!, value)
  );
  return [moved, ...others];
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
function tidyFit(pieces: FitPieces, width: number): LeastSquaresFit {
  const { type, design, fit, parts, reported, found, clusters } = pieces;
  const { residuals, weights } = parts;
  const n = residuals.length;
  const residualDf = n - parts.basis.length - parts.absorbedRank;
  const estimates = shiftedEstimates(design, fit);
  const columns = reported.map((i) => fit.kept[i]! - design.extra);
  const coefficients = new Float64Array(width).fill(NaN);
  const [standardErrors, df] = [coefficients.slice(), coefficients.slice()];
  const spread = Array.from(coefficients, () => new Array<number>(width).fill(NaN));
  reported.forEach((i, order) => {
    const column = columns[order]!;
    coefficients[column] = estimates[i]!;
    standardErrors[column] = Math.sqrt(found.covariance[i]![i]!);
    df[column] = found.df === null ? residualDf : found.df[order]!;
    reported.forEach((l, other) => spread[column]![columns[other]!] = found.covariance[i]![l]!);
  });
  return {
    coefficients,
    covariance: spread,
    standardErrors,
    df,
    residuals: weights === null ? residuals : residuals.map((e, row) => e / Math.sqrt(weights[row]!)),
    rank: reported.length,
    dropped: [...coefficients.keys()].filter((column) => Number.isNaN(coefficients[column])),
    exactRows: found.exactRows,
    covarianceType: type,
    n,
    clusters,
    fixedEffectsRank: parts.absorbedRank + parts.basis.length - reported.length,
    residualDf,
    ...goodnessOfFit(pieces, residualDf),
    constant: design.constant,
    test: (combinations, options = {}) => {
      const rows = reported.map((i) => parts.inverseUpper[i]!);
      const freedom = clusters === null ? residualDf : clusters - 1;
      const { hotelling } = found;
      const tested = { type, hotelling, rows, columns, coefficients, spread, df: freedom };
      return testFit(tested, combinations, options);
    },
  };
}

function goodnessOfFit({ design, fit, parts, reported }: FitPieces, residualDf: number) {
  const left = sumOfSquares(parts.residuals);
  const rSquared = 1 - left / design.totalSquares;
  const n = parts.residuals.length;
  // What the columns take up beside fixed effects is the length of R_xx b_x.
  const taken = solveUpper(fit.inverseUpper, fit.estimates, parts.basis.length - reported.length);
  const within = dot(taken, taken);
  return {
    residualVariance: left / residualDf,
    rSquared,
    adjustedRSquared: 1 - (1 - rSquared) * (n - (design.constant ? 1 : 0)) / residualDf,
    withinRSquared: parts.basis.length === reported.length && parts.absorbedRank === 0
      ? rSquared
      : within / (within + left),
  };
}

const action = "fit least squares";

/** Checks what is to be fitted, and says which covariance is meant. */
function checkLeastSquares(
  columns: readonly ArrayLike<number>[],
  outcome: ArrayLike<number>,
  options: LeastSquaresOptions,
): CovarianceType {
  checkOptions(action, options, ["weights", "clusters", "fixedEffects", "covarianceType", "satterthwaite"]);
  const rows = outcome.length;
  for (const column of columns) checkNumbers(action, "columns", column, rows);
  checkNumbers(action, "outcome", outcome, rows);
  const { weights = null, clusters = null, fixedEffects = [] } = options;
  if (clusters !== null) checkRowCount("clusters", clusters, rows);
  for (const names of fixedEffects) checkRowCount("fixedEffects", names, rows);
  if (weights !== null) {
    checkWeights(action, "weights", weights);
    checkRowCount("weights", weights, rows);
    if (Array.prototype.includes.call(weights, 0)) {
      throw new RangeError(cannot(action, "weights", "be above 0 (leave out rows that do not count)", 0));
    }
  }
  const type = options.covarianceType ?? (clusters === null ? "HC2" : "CR2");
  if (clusters === null) checkOneOf<CovarianceType>(action, "covarianceType", type, rowTypes);
  else checkOneOf<CovarianceType>(action, "covarianceType' with 'clusters", type, clusterTypes);
  return type;
}

function checkRowCount(argument: string, { length }: ArrayLike<unknown>, rows: number): void {
  if (length !== rows) throw new RangeError(cannot(action, argument, `have ${rows} rows`, length));
}
