import { groupRows } from "../core/table.ts";
import { type LeastSquaresParts, orthonormalBasis } from "./basis.ts";
import { adjustedScores, clusterAdjustment } from "./cluster_robust.ts";
import { hotellingDegrees, satterthwaiteDegrees } from "./cluster_robust.ts";
import { cholesky, dot, type Matrix, multiply, scaleMatrix, solveCholesky, transpose } from "./matrix.ts";
import { addSquares, blockRows, columnProducts, combineColumns, groupProducts } from "./products.ts";

/**
 * How the covariance of least squares coefficients is estimated. Independent rows: `classical` (equal variances), or
 * robust to unequal variances, `HC0` to `HC5`. Dependence within clusters: `CR0`, `CR1` (times G / (G - 1)), `CR1S`
 * (Stata's), `CR2`, `CR3`. `stata` is `HC1`, or `CR1S` with clusters.
 */
export type CovarianceType =
  | "classical"
  | `HC${0 | 1 | 2 | 3 | 4 | 5}`
  | `CR${0 | 1 | 2 | 3}`
  | "CR1S"
  | "stata";

/** The kinds of covariance for independent rows. */
export const rowTypes = ["classical", "HC0", "HC1", "HC2", "HC3", "HC4", "HC5", "stata"] as const;

/** The kinds of covariance for clusters. */
export const clusterTypes = ["CR0", "CR1", "CR1S", "CR2", "CR3", "stata"] as const;

export const covarianceTypes: readonly CovarianceType[] = [...new Set([...rowTypes, ...clusterTypes])];

/** The coefficients' covariance, and what their tests need again. */
export interface FitCovariance {
  readonly covariance: Matrix;
  /** Degrees of freedom of each reported coefficient; `null` for those of the residuals. */
  readonly df: readonly number[] | null;
  /** Hotelling's degrees of freedom of several contrasts, in coordinates of the basis; `null` where not defined. */
  readonly hotelling: ((contrasts: Matrix) => number) | null;
  /** Rows that a coefficient fits exactly. */
  readonly exactRows: number;
}

/** B (Σ ω_i x_i x_i') B with B = (X'WX)⁻¹, in the basis: R⁻¹ (Σ ω_i q_i q_i') R⁻ᵀ. */
export function rowCovariance(
  parts: LeastSquaresParts,
  type: CovarianceType,
  reported: readonly number[],
  ownDegrees: (place: number) => boolean,
): FitCovariance {
  const { inverseUpper, residuals, basis, absorbedRank } = parts;
  const freedom = residuals.length - basis.length - absorbedRank;
  const hotelling = type === "HC2" ? rowDegrees(parts) : null;
  const independent = {
    hotelling,
    df: hotelling === null || !reported.some(ownDegrees)
      ? null
      : reported.map((i) => ownDegrees(i) ? hotelling([inverseUpper[i]!]) : freedom),
  };
  if (type === "classical") {
    const outer = multiply(inverseUpper, transpose(inverseUpper));
    const covariance = scaleMatrix(outer, sumOfSquares(residuals) / freedom);
    return { ...independent, covariance, exactRows: 0 };
  }
  const { roots, exactRows } = rootOmega(parts, type);
  const sandwich = sandwichOf(inverseUpper, columnProducts(basis, roots));
  const factor = type === "HC1" || type === "stata" ? residuals.length / freedom : 1;
  return { ...independent, covariance: scaleMatrix(sandwich, factor), exactRows };
}

/** B M B'. A variance that is nothing beside the terms of its sum is 0: what is left of it is their rounding. */
function sandwichOf(bread: Matrix, middle: Matrix): Matrix {
  const covariance = multiply(multiply(bread, middle), transpose(bread));
  bread.forEach((row, i) => {
    let size = 0;
    row.forEach((left, j) => row.forEach((right, l) => size += Math.abs(left * middle[j]![l]! * right)));
    if (covariance[i]![i]! <= 1e-14 * size) covariance[i]![i] = 0;
  });
  return covariance;
}

export function sumOfSquares(values: Float64Array): number {
  return columnProducts([values])[0]![0]!;
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
function rootOmega(parts: LeastSquaresParts, type: CovarianceType) {
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

/**
 * Degrees of freedom of contrasts with HC2 where rows vary alike, q (q + 1) over the total variance of their covariance
 * (HTZ; Pustejovsky and Tipton 2018, section 3.2); of one contrast Satterthwaite's tr(Ω)² / tr(Ω²) (Bell and McCaffrey
 * 2002, Survey Methodology 28: 169-181). With orthonormal contrasts t_s, a_s = Qt_s / √(1 - h) and H = QQ' it is
 * Ω_ij = a_i a_j (δ_ij - H_ij), and with c = Σ_s a_s² half the total is Σ_i c_i² (1 - 2 h_i) + Σ_ij (Σ_s a_si a_sj)² H_ij²:
 * the last sum is that of the squares of all Q'diag(a_s a_u)Q, so that nothing is as large as rows by rows. Absorbed
 * levels add s_i s_j to H_ij.
 */
function rowDegrees(parts: LeastSquaresParts): (contrasts: Matrix) => number {
  const { basis, absorbedLeverage, absorbedCodes } = parts;
  let leverage: Float64Array | null = null;
  return (contrasts) => {
    leverage ??= leveragesOf(parts);
    const directions = orthonormalBasis(contrasts.map((row) => Float64Array.from(row))).basis;
    if (directions.length < contrasts.length) return NaN;
    const scaled = directions.map((direction) => combineColumns(basis, direction));
    let [least, most] = [0, 0];
    for (let row = 0; row < leverage.length; row++) {
      const rest = 1 - leverage[row]!;
      let squares = 0;
      for (const scale of scaled) {
        // A contrast that leans on a row that is fitted exactly has no variance to fit a distribution to.
        if (rest < 1e-10 && Math.abs(scale[row]!) > 1e-7) return NaN;
        scale[row] = rest < 1e-10 ? 0 : scale[row]! / Math.sqrt(rest);
        squares += scale[row]! ** 2;
      }
      most += squares * squares * rest;
      least += squares * squares * (2 * rest - 1);
    }
    const degrees = (half: number) => scaled.length * (scaled.length + 1) / (2 * half);
    // The last sum is at most Σ c_i² h_i: where that moves no quantile in its eighth digit it need not be known.
    if (most - least < 1e-8 * degrees(most) * most) return degrees(most);
    const [first] = scaled;
    const products = scaled.length === 1 ? columnProducts(basis, first) : columnProducts(
      scaled.flatMap((scale) => basis.map((q) => q.map((value, row) => value * scale[row]!))),
    );
    let half = products.reduce((total, row) => total + dot(row, row), least);
    if (absorbedLeverage !== null) {
      const levels = [...groupRows(absorbedCodes!).values()];
      const roots = absorbedLeverage.map(Math.sqrt);
      // 2 Σ |Σ a_s a_u s q|² + Σ (Σ a_s a_u s²)² over pairs of contrasts, the inner sums within levels.
      const pairs = scaled.flatMap((left) => scaled.map((right) => left.map((a, row) => a * right[row]!)));
      for (const pair of pairs) {
        const part = pair.map((product, row) => product * roots[row]!);
        for (const sums of groupProducts(basis, part, levels)) half += 2 * dot(sums, sums);
        for (const sums of groupProducts([roots], part, levels)) half += dot(sums, sums);
      }
    }
    return degrees(half);
  };
}

/** The covariance where rows depend on each other within clusters, with degrees of freedom of reported coefficients. */
export function clusterCovariance(
  parts: LeastSquaresParts,
  groups: readonly (readonly number[])[],
  type: CovarianceType,
  reported: readonly number[],
): FitCovariance {
  const rank = parts.basis.length;
  const adjusted = type === "CR2";
  const adjustment = clusterAdjustment(parts, groups, adjusted);
  const scores = adjusted
    ? adjustedScores(adjustment, rank, groups.length)
    : plainScores(parts, groups, type === "CR3");
  const { inverseUpper } = parts;
  const sandwich = sandwichOf(inverseUpper, columnProducts(scores));
  const df = adjusted
    ? satterthwaiteDegrees(reported.map((i) => inverseUpper[i]!), rank, adjustment)
    : reported.map(() => groups.length - 1);
  const [G, n] = [groups.length, parts.residuals.length];
  const stata = type === "CR1S" || type === "stata" ? (n - 1) / (n - rank - parts.absorbedRank) : 1;
  return {
    covariance: scaleMatrix(sandwich, stata !== 1 || type === "CR1" ? stata * G / (G - 1) : 1),
    df,
    hotelling: (contrasts) => hotellingDegrees(contrasts, rank, adjustment),
    exactRows: 0,
  };
}

/** Q_g'e_g of each cluster, as columns; with `leaveOut` (I - Q_g'Q_g)⁻¹Q_g'e_g, as if it had been left out. */
function plainScores(
  { basis, residuals }: LeastSquaresParts,
  groups: readonly (readonly number[])[],
  leaveOut: boolean,
): Float64Array[] {
  const scores = groupProducts(basis, residuals, groups);
  if (!leaveOut) return scores;
  groups.forEach((rows, group) => {
    const own = basis.map((column) => Float64Array.from(rows, (at) => column[at]!));
    const rest = own.map((left, j) => own.map((right, l) => (j === l ? 1 : 0) - dot(left, right)));
    const lower = cholesky(rest, 1e-12);
    const solved = lower === null ? null : solveCholesky(lower, scores.map((column) => column[group]!));
    scores.forEach((column, j) => column[group] = solved?.[j] ?? NaN);
  });
  return scores;
}
