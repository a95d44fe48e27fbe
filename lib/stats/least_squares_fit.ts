import type { CovarianceType } from "./least_squares_parts.ts";
import type { WaldTest, WaldTestOptions } from "./wald_test.ts";

/** Options of `leastSquares`. */
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
   * Columns of names, one name per row: each name has an intercept of its own, which is not reported.
   *
   * @default {[]}
   */
  fixedEffects?: readonly ArrayLike<unknown>[];
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
