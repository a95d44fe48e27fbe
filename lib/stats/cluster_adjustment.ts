import type { LeastSquaresParts } from "./fit_parts.ts";
import { type Matrix, multiply, symmetricEigen, transpose, zeros } from "./matrix.ts";
import { orthonormalBasis } from "./basis.ts";

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
