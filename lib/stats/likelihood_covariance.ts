import { cholesky, invertCholesky } from "./cholesky.ts";
import { type Matrix, multiply, scaleMatrix } from "./matrix.ts";
import { weightedProducts } from "./weighted_products.ts";

/** How the covariance of maximum likelihood coefficients is estimated. */
export type LikelihoodCovarianceType = "classical" | "HC0" | "HC1" | "cluster";

/**
 * The covariance of maximum likelihood coefficients from the information matrix and the rows' scores, each a column
 * times the row's residual: I⁻¹ (classical), I⁻¹ (Σ s_i s_i') I⁻¹ (HC0; HC1 times n / (n - k)), or with scores summed
 * within clusters, times G / (G - 1). `null` where the information matrix cannot be inverted.
 */
export function likelihoodCovariance(
  information: Matrix,
  columns: readonly Float64Array[],
  residuals: Float64Array,
  clusters: Int32Array | null,
  type: LikelihoodCovarianceType,
): Matrix | null {
  const lower = cholesky(information, 1e-13);
  if (lower === null) return null;
  const bread = invertCholesky(lower);
  if (type === "classical") return bread;
  const meat = type === "cluster"
    ? clusterMeat(columns, residuals, clusters!)
    : weightedProducts(columns, residuals.map((value) => value * value));
  const rows = residuals.length;
  const factor = type === "HC1" ? rows / (rows - columns.length) : 1;
  return scaleMatrix(multiply(multiply(bread, meat), bread), factor);
}

/** Σ_g s_g s_g' of the clusters' sums of scores, times G / (G - 1). */
function clusterMeat(
  columns: readonly Float64Array[],
  residuals: Float64Array,
  clusters: Int32Array,
): Matrix {
  const places = new Map<number, number>();
  const place = clusters.map((code) => {
    if (!places.has(code)) places.set(code, places.size);
    return places.get(code)!;
  });
  const scores = columns.map((column) => {
    const sums = new Float64Array(places.size);
    for (let row = 0; row < place.length; row++) {
      sums[place[row]!] = sums[place[row]!]! + column[row]! * residuals[row]!;
    }
    return sums;
  });
  return weightedProducts(scores, new Float64Array(places.size).fill(places.size / (places.size - 1)));
}
