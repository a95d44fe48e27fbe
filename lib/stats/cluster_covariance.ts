import type { CovarianceType, LeastSquaresParts } from "./least_squares_parts.ts";
import {
  addOuter,
  combineRows,
  dot,
  type Matrix,
  multiply,
  multiplyVector,
  scaleMatrix,
  traceOfProduct,
  transpose,
  zeros,
} from "./matrix.ts";
import { orthonormalBasis } from "./orthonormal_basis.ts";
import { symmetricEigen } from "./symmetric_eigen.ts";

/**
 * One cluster seen through an orthonormal basis Q of its columns: X_g = Q·x', W_g X_g = Q·wx', and the adjustment
 * A_g = I + Q (root - I) Q'. Everything that CR2 needs is then of the size of the rank, not of the cluster.
 */
interface ClusterView {
  /** Coordinates of each column. */
  x: Matrix;
  /** Coordinates of each weighted column. */
  wx: Matrix;
  /** The adjustment within the basis. */
  root: Matrix;
  /** X_g' W_g A_g e_g. */
  score: number[];
}

/** The covariance of coefficients whose rows depend on each other within clusters, with degrees of freedom. */
export function clusterCovariance(
  parts: LeastSquaresParts,
  groups: readonly (readonly number[])[],
  type: CovarianceType,
): { covariance: Matrix; df: number[] } {
  // Symbols as in Pustejovsky and Tipton 2018: M = (X'WX)⁻¹, U = M X'W²X M.
  const rank = parts.columns.length;
  const M = multiply(parts.inverseUpper, transpose(parts.inverseUpper));
  const U = multiply(multiply(M, squaredWeightProducts(parts)), M);
  const adjusted = type === "CR2";
  const views = groups.map((rows) => viewCluster(parts, rows, M, adjusted ? U : null));
  const meat = zeros(rank, rank);
  for (const view of views) addOuter(meat, view.score, view.score);
  const G = groups.length;
  const n = parts.residuals.length;
  const factor = type === "stata" ? (G * (n - 1)) / ((G - 1) * (n - rank)) : 1;
  return {
    covariance: scaleMatrix(multiply(multiply(M, meat), M), factor),
    df: M.map((_, coefficient) => adjusted ? satterthwaite(views, M, U, coefficient) : G - 1),
  };
}

function squaredWeightProducts({ columns, weights }: LeastSquaresParts): Matrix {
  return columns.map((left) =>
    columns.map((right) => {
      let total = 0;
      for (let row = 0; row < left.length; row++) {
        const weight = weights === null ? 1 : weights[row]!;
        total += weight * weight * left[row]! * right[row]!;
      }
      return total;
    })
  );
}

function viewCluster(
  { columns, weights, residuals }: LeastSquaresParts,
  rows: readonly number[],
  M: Matrix,
  U: Matrix | null,
): ClusterView {
  const own = columns.map((column) => takeRows(column, rows, null));
  const weighted = weights === null ? own : columns.map((column) => takeRows(column, rows, weights));
  const residual = takeRows(residuals, rows, null);
  const { basis, coordinates } = orthonormalBasis(weights === null ? own : [...own, ...weighted], 1e-12);
  const x = coordinates.slice(0, columns.length);
  const wx = weights === null ? x : coordinates.slice(columns.length);
  const root = inverseRoot(x, wx, M, U);
  // X'W A e = X'W e + wx (root - I) Q'e
  const inBasis = multiplyVector(basis, residual);
  const moved = multiplyVector(root, inBasis);
  for (let i = 0; i < moved.length; i++) moved[i] = moved[i]! - inBasis[i]!;
  const score = weighted.map((column, j) => dot(column, residual) + dot(wx[j]!, moved));
  return { x, wx, root, score };
}

function takeRows(values: Float64Array, rows: readonly number[], weights: Float64Array | null): Float64Array {
  const taken = new Float64Array(rows.length);
  for (let i = 0; i < rows.length; i++) {
    taken[i] = values[rows[i]!]! * (weights === null ? 1 : weights[rows[i]!]!);
  }
  return taken;
}

/** (I - H_g - H_g' + X_g U X_g')^(-1/2) within the basis, H_g = X_g M X_g'W_g; the identity without `U`. */
function inverseRoot(x: Matrix, wx: Matrix, M: Matrix, U: Matrix | null): Matrix {
  const size = x[0]!.length;
  const inner = zeros(size, size);
  for (let i = 0; i < size; i++) inner[i]![i] = 1;
  if (U === null) return inner;
  const [byWeighted, byColumn] = [multiply(M, wx), multiply(U, x)];
  for (let j = 0; j < x.length; j++) {
    addOuter(inner, x[j]!, byWeighted[j]!, -1);
    addOuter(inner, byWeighted[j]!, x[j]!, -1);
    addOuter(inner, x[j]!, byColumn[j]!);
  }
  const { values, vectors } = symmetricEigen(inner);
  const root = zeros(size, size);
  vectors.forEach((vector, i) => {
    // A direction that the fit takes up wholly has nothing left to adjust: its inverse root is 0.
    if (values[i]! > 1e-12) addOuter(root, vector, vector, 1 / Math.sqrt(values[i]!));
  });
  return root;
}

/**
 * Satterthwaite degrees of freedom of one coefficient, tr(Ω)² / tr(Ω²), without the G × G matrix Ω: with
 * v_g = A_g'W_gX_gM_c, a_g = X_g'v_g, b_g = X_g'W_gv_g, d_g = v_g'v_g it is Ω_gh = δ_gh d_g + L_gh,
 * L = -a M b' - b M a' + a U a', so that sums of k × k products suffice.
 */
function satterthwaite(views: readonly ClusterView[], M: Matrix, U: Matrix, coefficient: number): number {
  const rank = M.length;
  const [AA, AB, BB] = [zeros(rank, rank), zeros(rank, rank), zeros(rank, rank)];
  let trace = 0;
  let traceSquared = 0;
  for (const { x, wx, root } of views) {
    const v = multiplyVector(root, combineRows(M[coefficient]!, wx, root.length));
    const a = multiplyVector(x, v);
    const b = multiplyVector(wx, v);
    const d = dot(v, v);
    const L = -2 * dot(a, multiplyVector(M, b)) + dot(a, multiplyVector(U, a));
    trace += d + L;
    traceSquared += d * d + 2 * d * L;
    addOuter(AA, a, a);
    addOuter(AB, a, b);
    addOuter(BB, b, b);
  }
  const [AAM, ABM, AAU] = [multiply(AA, M), multiply(AB, M), multiply(AA, U)];
  traceSquared += 2 * traceOfProduct(AAM, multiply(BB, M)) + 2 * traceOfProduct(ABM, ABM) +
    traceOfProduct(AAU, AAU) - 4 * traceOfProduct(AAM, multiply(transpose(AB), U));
  return (trace * trace) / traceSquared;
}
