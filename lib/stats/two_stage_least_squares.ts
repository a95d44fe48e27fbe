import { leastSquares, type LeastSquaresFit, type LeastSquaresOptions } from "./least_squares.ts";
import { combineColumns } from "./products.ts";

/** A two-stage fit and its first stage. */
export interface TwoStageFit {
  /** Coefficients of the regressors, with the sandwich covariance. */
  readonly fit: LeastSquaresFit;
  /** Each regressor less its projection on the instruments. */
  readonly firstStageResiduals: readonly Float64Array[];
  readonly residuals: Float64Array;
}

/**
 * Fits two-stage least squares: b = (X̂'X̂)⁻¹X̂'y with X̂ the projection of the regressors on the instruments, residuals
 * e = y - Xb, and the sandwich of X̂, its leverages and e.
 *
 * As X̂'e = 0, the regression of X̂b + e on X̂ has coefficients b and residuals e exactly: every covariance of least
 * squares, CR2 included, then is that of two-stage least squares.
 */
export function twoStageLeastSquares(
  regressors: readonly Float64Array[],
  instruments: readonly Float64Array[],
  outcome: Float64Array,
  settings: Pick<LeastSquaresOptions, "weights" | "clusters" | "covarianceType">,
): TwoStageFit {
  const plain = { weights: settings.weights ?? null, covarianceType: "classical" as const };
  const firstStageResiduals = regressors.map((column) =>
    instruments.includes(column)
      ? new Float64Array(column.length)
      : leastSquares(instruments, column, plain).residuals
  );
  const projected = regressors.map((column, j) =>
    column.map((value, row) => value - firstStageResiduals[j]![row]!)
  );
  const first = leastSquares(projected, outcome, plain);
  const slopes = first.coefficients.map((slope) => Number.isNaN(slope) ? 0 : slope);
  const fitted = combineColumns(regressors, slopes);
  const residuals = outcome.map((value, row) => value - fitted[row]!);
  const target = combineColumns(projected, slopes).map((value, row) => value + residuals[row]!);
  return { fit: leastSquares(projected, target, settings), firstStageResiduals, residuals };
}
