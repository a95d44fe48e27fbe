import { orthonormalBasis } from "./basis.ts";
import { satterthwaiteDegrees } from "./cluster_degrees.ts";
import type { CovarianceType, LeastSquaresParts } from "./least_squares.ts";
import {
  addOuter,
  cholesky,
  type Matrix,
  multiply,
  scaleMatrix,
  solveCholesky,
  symmetricEigen,
  transpose,
  zeros,
} from "./matrix.ts";
import { addProducts, addSquares, blockRows } from "./products.ts";

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
export function leveragesOf({ basis, residuals, absorbedLeverage }: LeastSquaresParts): Float64Array {
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

/**
 * One cluster, adjusted. With Z = X R⁻¹ (so that Z'WZ = I) and C = Z, or C = [Z, WZ] where there are weights, the
 * vectors A_g W_g Z_g t are C_g y with y = t · `map`: everything is of the size of the rank, not of the cluster.
 * The arrays are overwritten at the next cluster; matrices are row by row.
 */
export interface AdjustedCluster {
  /** rank × size. */
  map: Float64Array;
  /** C_g'C_g, size × size; `null` where C_g was replaced by an orthonormal basis. */
  gram: Float64Array;
  /** C_g'(A_g W_g Z_g t) = y · `lift`, size × width. */
  lift: Float64Array;
  /** C_g'e_g. */
  along: Float64Array;
  /** The number of columns of C_g. */
  size: number;
}

/** All clusters, adjusted. */
export interface ClusterAdjustment {
  /** Adjusts every cluster and shows it: CR2's A_g, or A_g = I. */
  readonly each: (visit: (cluster: AdjustedCluster) => void) => void;
  /** The number of columns of C. */
  readonly width: number;
  /** K of H_g + H_g' - X_g U X_g' = C K C', row by row; `null` for I. */
  readonly kernel: Float64Array | null;
}

/** Prepares the adjustment of clusters: A_g = [I - H_g - H_g' + X_g U X_g']^(-1/2) where `adjust`, else I. */
export function clusterAdjustment(
  parts: LeastSquaresParts,
  groups: readonly (readonly number[])[],
  adjust: boolean,
): ClusterAdjustment {
  const { basis, weights, residuals } = parts;
  const rank = basis.length;
  const width = weights === null ? rank : 2 * rank;
  const kernel = weights === null ? null : weightedKernel(basis, weights);
  const gram = new Float64Array(width * width);
  const along = new Float64Array(width);
  const row = new Float64Array(width);
  const map = new Float64Array(rank * width);
  const power = [new Float64Array(rank * width), new Float64Array(rank * width)];
  const step = new Float64Array(width * width);
  const each: ClusterAdjustment["each"] = (visit) => {
    for (const rows of groups) {
      gram.fill(0);
      along.fill(0);
      for (const at of rows) {
        const root = weights === null ? 1 : Math.sqrt(weights[at]!);
        for (let j = 0; j < rank; j++) row[j] = basis[j]![at]! / root;
        for (let j = rank; j < width; j++) row[j] = basis[j - rank]![at]! * root;
        addRow(gram, along, row, residuals[at]! / root);
      }
      mirror(gram, width);
      if (kernel === null) step.set(gram);
      else multiplyFlat(step, gram, kernel, width, width, width);
      startMap(map, rank, width);
      if (!adjust || addSeries(map, power, step, rank, width)) {
        visit({ map, gram, lift: gram, along, size: width });
      } else visit(adjustByEigen(parts, rows, kernel));
    }
  };
  return { each, width, kernel };
}

/** K of C K C' = ZZ'W + WZZ' - ZUZ' = I - A_g^(-2): [[-U, I], [I, 0]] with U = Z'W²Z. */
function weightedKernel(basis: readonly Float64Array[], weights: Float64Array): Float64Array {
  const rank = basis.length;
  const kernel = new Float64Array(4 * rank * rank);
  for (let j = 0; j < rank; j++) {
    kernel[j * 2 * rank + rank + j] = kernel[(rank + j) * 2 * rank + j] = 1;
    for (let l = 0; l <= j; l++) {
      let total = 0;
      for (let at = 0; at < weights.length; at++) total += weights[at]! * basis[j]![at]! * basis[l]![at]!;
      kernel[j * 2 * rank + l] = kernel[l * 2 * rank + j] = -total;
    }
  }
  return kernel;
}

/** Lower triangle of C'C, and C'e. */
function addRow(gram: Float64Array, along: Float64Array, row: Float64Array, residual: number): void {
  const width = row.length;
  for (let j = 0; j < width; j++) {
    const own = row[j]!;
    along[j] = along[j]! + own * residual;
    const at = j * width;
    for (let l = 0; l <= j; l++) gram[at + l] = gram[at + l]! + own * row[l]!;
  }
}

function mirror(matrix: Float64Array, width: number): void {
  for (let j = 0; j < width; j++) {
    for (let l = 0; l < j; l++) matrix[l * width + j] = matrix[j * width + l]!;
  }
}

/** The places of WZ in C. */
function startMap(map: Float64Array, rank: number, width: number): void {
  map.fill(0);
  for (let j = 0; j < rank; j++) map[j * width + width - rank + j] = 1;
}

/**
 * The map as a series, (1 - x)^(-1/2) = Σ c_j x^j at x = D K, D = C'C; `false` where a cluster has so much leverage
 * that the series is long.
 */
function addSeries(
  map: Float64Array,
  power: readonly Float64Array[],
  step: Float64Array,
  rank: number,
  width: number,
): boolean {
  let squares = 0;
  for (let i = 0; i < step.length; i++) squares += step[i]! * step[i]!;
  const size = Math.sqrt(squares);
  if (!(size < 0.2)) return false;
  let [now, next] = [power[0]!, power[1]!];
  now.set(map);
  let coefficient = 1;
  for (let j = 1, bound = size; coefficient * bound > 1e-17; j++, bound *= size) {
    coefficient *= (2 * j - 1) / (2 * j);
    multiplyFlat(next, now, step, rank, width, width);
    for (let i = 0; i < map.length; i++) map[i] = map[i]! + coefficient * next[i]!;
    [now, next] = [next, now];
  }
  return true;
}

/** The product of `rows` × `inner` and `inner` × `columns`. */
export function multiplyFlat(
  product: Float64Array,
  a: Float64Array,
  b: Float64Array,
  rows: number,
  inner: number,
  columns: number,
): void {
  product.fill(0);
  for (let i = 0; i < rows; i++) {
    const top = i * columns;
    for (let k = 0; k < inner; k++) {
      const factor = a[i * inner + k]!;
      if (factor === 0) continue;
      const at = k * columns;
      for (let j = 0; j < columns; j++) product[top + j] = product[top + j]! + factor * b[at + j]!;
    }
  }
}

/** The same from the eigenvalues of I - N within an orthonormal basis of C_g. */
function adjustByEigen(
  { basis, weights, residuals }: LeastSquaresParts,
  rows: readonly number[],
  kernel: Float64Array | null,
): AdjustedCluster {
  const rank = basis.length;
  const root = (at: number) => weights === null ? 1 : Math.sqrt(weights[at]!);
  const z = basis.map((column) => Float64Array.from(rows, (at) => column[at]! / root(at)));
  const wz = weights === null
    ? []
    : basis.map((column) => Float64Array.from(rows, (at) => column[at]! * root(at)));
  const columns = [...z, ...wz];
  const within = orthonormalBasis(columns, 1e-12);
  const size = within.basis.length;
  const coordinates = transpose(within.coordinates);
  const inner = zeros(size, size);
  const bent = kernel === null
    ? within.coordinates
    : multiply(unflatten(kernel, columns.length), within.coordinates);
  const taken = multiply(coordinates, bent);
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < size; j++) inner[i]![j] = (i === j ? 1 : 0) - (taken[i]![j]! + taken[j]![i]!) / 2;
  }
  const map = multiply(within.coordinates.slice(columns.length - rank), inverseRoot(inner));
  const along = within.basis.map((direction) =>
    rows.reduce((total, at, i) => total + direction[i]! * residuals[at]! / root(at), 0)
  );
  return {
    map: Float64Array.from(map.flat()),
    gram: Float64Array.from({ length: size * size }, (_, i) => i % (size + 1) === 0 ? 1 : 0),
    lift: Float64Array.from(coordinates.flat()),
    along: Float64Array.from(along),
    size,
  };
}

function unflatten(flat: Float64Array, width: number): Matrix {
  return Array.from({ length: width }, (_, i) => Array.from(flat.subarray(i * width, (i + 1) * width)));
}

/** The symmetric inverse square root; a direction that the fit takes up wholly has nothing left to adjust: 0. */
function inverseRoot(matrix: Matrix): Matrix {
  const { values, vectors } = symmetricEigen(matrix);
  const scaled = vectors.map((vector, i) => {
    const factor = values[i]! > 1e-12 ? 1 / Math.sqrt(values[i]!) : 0;
    return vector.map((value) => value * factor);
  });
  return multiply(transpose(scaled), vectors);
}
