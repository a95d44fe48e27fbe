import type { Matrix } from "./matrix.ts";

/**
 * How the covariance of least squares coefficients is estimated: `classical`, or robust to unequal variances
 * (`HC0` to `HC3`), or robust to dependence within clusters (`CR0`, `stata` = CR1S, `CR2`).
 */
export type CovarianceType = "classical" | "HC0" | "HC1" | "HC2" | "HC3" | "CR0" | "stata" | "CR2";

/** A fit on the scale of √weights, before its covariance: what every covariance estimator starts from. */
export interface LeastSquaresParts {
  /** Kept columns, unweighted. */
  readonly columns: readonly Float64Array[];
  /** Orthonormal basis of the weighted columns. */
  readonly basis: readonly Float64Array[];
  /** R⁻¹ of the QR decomposition, so that (X'WX)⁻¹ = R⁻¹R⁻ᵀ. */
  readonly inverseUpper: Matrix;
  /** Weights with mean 1; `null` where all are equal. */
  readonly weights: Float64Array | null;
  /** Outcome less fitted value, unweighted. */
  readonly residuals: Float64Array;
}
