import { type ClusterAdjustment, clusterAdjustment } from "./cluster_adjustment.ts";
import { satterthwaiteDegrees } from "./cluster_degrees.ts";
import {
  addOuter,
  cholesky,
  type Matrix,
  multiply,
  scaleMatrix,
  solveCholesky,
  transpose,
  zeros,
} from "./matrix.ts";
import { addProducts, addSquares, blockRows } from "./products.ts";
import type { CovarianceType, LeastSquaresParts } from "./fit_parts.ts";

/** B (Σ ω_i x_i x_i') B with B = (X'WX)⁻¹, in the basis: R⁻¹ (Σ ω_i q_i q_i') R⁻ᵀ. */
export function rowCovariance(
  parts: LeastSquaresParts,
  type: CovarianceType,
): { covariance: Matrix; exactRows: number } {
  const { inverseUpper, residuals, basis, absorbedRank } = parts;
  const freedom = residuals.length - basis.length - absorbedRank;
  if (type === "classical") {
    const outer = multiply(inverseUpper, transpose(inverseUpper));
    return { covariance: scaleMatrix(outer, sumOfSquares(residuals) / freedom), exactRows: 0 };
  }
  const { roots, exactRows } = rootOmega(parts, type);
  const sandwich = multiply(multiply(inverseUpper, meatOf(basis, roots)), transpose(inverseUpper));
  const factor = type === "HC1" || type === "stata" ? residuals.length / freedom : 1;
  return { covariance: scaleMatrix(sandwich, factor), exactRows };
}

/** The sum of squares, in blocks. */
export function sumOfSquares(values: Float64Array): number {
  const total = new Float64Array(1);
  for (let from = 0; from < values.length; from += blockRows) {
    addProducts(total, [values], from, Math.min(values.length, from + blockRows));
  }
  return total[0]!;
}

/** Each row's leverage: the squared length of its row of the basis, and what absorbed fixed effects add. */
function leveragesOf({ basis, residuals, absorbedLeverage }: LeastSquaresParts): Float64Array {
  const leverage = absorbedLeverage === null
    ? new Float64Array(residuals.length)
    : new Float64Array(absorbedLeverage);
  for (let from = 0; from < leverage.length; from += blockRows) {
    addSquares(leverage, basis, from, Math.min(leverage.length, from + blockRows));
  }
  return leverage;
}

/** Each row's √ω, ω = e² / (1 - h)^δ. Leverage 1 makes ω = 0/0: such a row is fitted exactly, its part is taken as 0. */
function rootOmega(
  parts: LeastSquaresParts,
  type: CovarianceType,
): { roots: Float64Array; exactRows: number } {
  const { residuals } = parts;
  if (type === "HC0" || type === "HC1" || type === "stata") return { roots: residuals, exactRows: 0 };
  const leverage = leveragesOf(parts);
  const power = halfPower(type, leverage, parts.basis.length + parts.absorbedRank);
  let exactRows = 0;
  for (let row = 0; row < leverage.length; row++) {
    const rest = 1 - leverage[row]!;
    if (rest < 1e-10) {
      exactRows++;
      leverage[row] = 0;
    } else leverage[row] = residuals[row]! * power(rest, leverage[row]!);
  }
  return { roots: leverage, exactRows };
}

/** (1 - h)^(-δ / 2) by type: MacKinnon and White 1985; Cribari-Neto 2004 (HC4); Cribari-Neto and others 2007 (HC5). */
function halfPower(
  type: CovarianceType,
  leverage: Float64Array,
  rank: number,
): (rest: number, leverage: number) => number {
  if (type === "HC2") return (rest) => 1 / Math.sqrt(rest);
  if (type === "HC3") return (rest) => 1 / rest;
  const average = rank / leverage.length;
  if (type === "HC4") return (rest, own) => rest ** (-Math.min(4, own / average) / 2);
  const most = Math.max(4, 0.7 * leverage.reduce((largest, own) => Math.max(largest, own), 0) / average);
  return (rest, own) => rest ** (-Math.min(own / average, most) / 4);
}

/** Σ ω_i q_i q_i'. */
function meatOf(basis: readonly Float64Array[], roots: Float64Array): Matrix {
  const size = basis.length;
  const totals = new Float64Array(size * size);
  const scaled = basis.map(() => new Float64Array(blockRows));
  for (let from = 0; from < roots.length; from += blockRows) {
    const rows = Math.min(blockRows, roots.length - from);
    for (let j = 0; j < size; j++) {
      const column = basis[j]!;
      const target = scaled[j]!;
      for (let i = 0; i < rows; i++) target[i] = column[from + i]! * roots[from + i]!;
    }
    addProducts(totals, scaled, 0, rows);
  }
  const meat = zeros(size, size);
  for (let j = 0; j < size; j++) {
    for (let l = 0; l <= j; l++) meat[j]![l] = meat[l]![j] = totals[j * size + l]!;
  }
  return meat;
}

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
