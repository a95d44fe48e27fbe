import { addOuter, cholesky, dot, invertCholesky, multiplyVector, zeros } from "../../stats/matrix.ts";
import type { BalancingColumn } from "./balancing_columns.ts";

/** The mean outcome of an arm at the target's attributes. */
export interface ArmMean {
  /** The mean. */
  readonly mean: number;
  /** How the mean moves with each column's target. */
  readonly slopes: readonly number[];
  /** What each unit counts for in the mean; sums to 1. */
  readonly weights: Float64Array;
  /** Each unit's part of the mean's error, the target taken as known. */
  readonly influence: Float64Array;
}

/**
 * The intercept of a weighted regression on columns that are 0 at the target. With no columns the mean; with equal
 * weights the regression's prediction at the target; with balancing weights, which make the columns 0 on average, the
 * weighted mean. Each residual is divided by √(1 − leverage) (HC2). For balancing weights the error is that of a
 * calibration estimator: residuals of the weighted regression, times the weights (Deville and Särndal 1992, Journal of
 * the American Statistical Association 87: 376-382).
 *
 * @returns `null` where the columns cannot be told apart among these units
 */
export function armMean(
  outcome: Float64Array,
  columns: readonly BalancingColumn[],
  rows: readonly number[],
  weights: Float64Array,
): ArmMean | null {
  const size = columns.length + 1;
  const products = zeros(size, size);
  const target = new Float64Array(size);
  const designs = rows.map((row) => [1, ...columns.map(({ values }) => values[row]!)]);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  designs.forEach((design, i) => {
    addOuter(products, design, design, weights[i]! / total);
    for (let j = 0; j < size; j++) target[j]! += weights[i]! / total * outcome[rows[i]!]! * design[j]!;
  });
  const lower = cholesky(products, 1e-10);
  if (lower === null) return null;
  const inverse = invertCholesky(lower);
  const coefficients = multiplyVector(inverse, target);
  const implied = Float64Array.from(designs, (design, i) => weights[i]! / total * dot(design, inverse[0]!));
  const influence = Float64Array.from(designs, (design, i) => {
    const leverage = weights[i]! / total * dot(design, multiplyVector(inverse, design));
    const residual = outcome[rows[i]!]! - dot(design, coefficients);
    // Leverage 1: the unit is fitted exactly, and its part is taken as 0.
    return 1 - leverage < 1e-10 ? 0 : implied[i]! * residual / Math.sqrt(1 - leverage);
  });
  return { mean: coefficients[0]!, slopes: coefficients.slice(1), weights: implied, influence };
}
