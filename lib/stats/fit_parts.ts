import { cannot } from "../core/errors.ts";
import type { Matrix } from "./matrix.ts";

/**
 * How the covariance of least squares coefficients is estimated. Independent rows: `classical` (equal variances), or
 * robust to unequal variances, `HC0` to `HC5`. Dependence within clusters: `CR0`, `CR1` (times G / (G - 1)), `CR1S`
 * (Stata's), `CR2`, `CR3`. `stata` is `HC1`, or `CR1S` with clusters.
 */
export type CovarianceType = typeof covarianceTypes[number];

/** The kinds of covariance by name. */
export const covarianceTypes = [
  "classical",
  "HC0",
  "HC1",
  "HC2",
  "HC3",
  "HC4",
  "HC5",
  "CR0",
  "CR1",
  "CR1S",
  "CR2",
  "CR3",
  "stata",
] as const;

/** The kinds of covariance for independent rows. */
export const rowTypes = ["classical", "HC0", "HC1", "HC2", "HC3", "HC4", "HC5", "stata"] as const;

/** The kinds of covariance for clusters. */
export const clusterTypes = ["CR0", "CR1", "CR1S", "CR2", "CR3", "stata"] as const;

/** A fit on the scale of √weights, before its covariance: what every covariance estimator starts from. */
export interface LeastSquaresParts {
  /** Orthonormal basis Q of the √weighted columns. */
  readonly basis: readonly Float64Array[];
  /** R⁻¹ of the QR decomposition, so that (X'WX)⁻¹ = R⁻¹R⁻ᵀ. */
  readonly inverseUpper: Matrix;
  /** Weights with mean 1; `null` where all are equal. */
  readonly weights: Float64Array | null;
  /** Outcome less fitted value, times √weight. */
  readonly residuals: Float64Array;
  /** The rank that absorbed fixed effects take up; 0 without. */
  readonly absorbedRank: number;
  /** Each row's leverage through absorbed fixed effects; `null` without. */
  readonly absorbedLeverage: Float64Array | null;
}

/** Checks that there is one finite number per row. */
export function checkNumbers(
  argumentOf: string,
  argument: string,
  values: ArrayLike<number>,
  rows: number,
): void {
  if (values.length !== rows) {
    throw new RangeError(cannot(argumentOf, argument, `have ${rows} rows`, values.length));
  }
  // A sum of finite numbers is finite unless it overflows: then each is looked at.
  let total = 0;
  if (ArrayBuffer.isView(values)) {
    for (let row = 0; row < rows; row++) total += values[row]!;
    if (Number.isFinite(total)) return;
  }
  for (let row = 0; row < rows; row++) {
    if (!Number.isFinite(values[row])) {
      throw new RangeError(cannot(argumentOf, argument, "hold finite numbers", values[row]));
    }
  }
}
