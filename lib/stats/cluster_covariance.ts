import { cholesky, solveCholesky } from "./cholesky.ts";
import { type ClusterAdjustment, clusterAdjustment } from "./cluster_adjustment.ts";
import { satterthwaiteDegrees } from "./cluster_degrees.ts";
import type { CovarianceType, LeastSquaresParts } from "./least_squares_parts.ts";
import { addOuter, type Matrix, multiply, scaleMatrix, transpose, zeros } from "./matrix.ts";

/** What tests of several coefficients need again: the clusters with their adjustment. */
export interface ClusterCovariance {
  /** The coefficients' covariance. */
  readonly covariance: Matrix;
  /** Degrees of freedom of each reported coefficient. */
  readonly df: number[];
  /** The clusters, adjusted. */
  readonly adjustment: ClusterAdjustment;
}

/**
 * The covariance of coefficients whose rows depend on each other within clusters, with degrees of freedom of those
 * coefficients that are reported.
 */
export function clusterCovariance(
  parts: LeastSquaresParts,
  groups: readonly (readonly number[])[],
  type: CovarianceType,
  reported: readonly number[],
): ClusterCovariance {
  const rank = parts.basis.length;
  const adjusted = type === "CR2";
  const adjustment = clusterAdjustment(parts, groups, adjusted);
  const scores = adjusted ? adjustedScores(adjustment, rank) : plainScores(parts, groups, type === "CR3");
  const meat = zeros(rank, rank);
  for (const score of scores) addOuter(meat, score, score);
  const sandwich = multiply(multiply(parts.inverseUpper, meat), transpose(parts.inverseUpper));
  const df = adjusted
    ? satterthwaiteDegrees(reported.map((i) => parts.inverseUpper[i]!), rank, adjustment)
    : reported.map(() => groups.length - 1);
  return {
    covariance: scaleMatrix(sandwich, factorOf(type, groups.length, parts)),
    df,
    adjustment,
  };
}

function factorOf(
  type: CovarianceType,
  G: number,
  { residuals, basis, absorbedRank }: LeastSquaresParts,
): number {
  const n = residuals.length;
  if (type === "CR1") return G / (G - 1);
  if (type === "CR1S" || type === "stata") {
    return (G * (n - 1)) / ((G - 1) * (n - basis.length - absorbedRank));
  }
  return 1;
}

/** Z_g'W_g A_g e_g of each cluster. */
function adjustedScores({ each }: ClusterAdjustment, rank: number): Float64Array[] {
  const scores: Float64Array[] = [];
  each(({ map, along, size }) => {
    const score = new Float64Array(rank);
    for (let j = 0; j < rank; j++) {
      let total = 0;
      for (let i = 0; i < size; i++) total += map[j * size + i]! * along[i]!;
      score[j] = total;
    }
    scores.push(score);
  });
  return scores;
}

/** Q_g'e_g of each cluster; with `leaveOut` (I - Q_g'Q_g)⁻¹Q_g'e_g, as if the fit had left the cluster out. */
function plainScores(
  { basis, residuals }: LeastSquaresParts,
  groups: readonly (readonly number[])[],
  leaveOut: boolean,
): Float64Array[] {
  return groups.map((rows) => {
    const score = Float64Array.from(basis, (column) => {
      let total = 0;
      for (let i = 0; i < rows.length; i++) total += column[rows[i]!]! * residuals[rows[i]!]!;
      return total;
    });
    if (!leaveOut) return score;
    const rest = basis.map((left, j) =>
      basis.map((right, l) => rows.reduce((total, at) => total - left[at]! * right[at]!, j === l ? 1 : 0))
    );
    const lower = cholesky(rest, 1e-12);
    return lower === null ? score.fill(NaN) : solveCholesky(lower, score);
  });
}
