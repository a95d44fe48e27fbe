import { type LeastSquaresParts, orthonormalBasis } from "./basis.ts";
import { columnProducts } from "./products.ts";
import { dot, type Matrix, multiply, symmetricEigen, traceOfProduct, transpose, zeros } from "./matrix.ts";

/**
 * One cluster, adjusted. With Z = X R⁻¹ (so that Z'WZ = I) and C = Z, or C = [Z, WZ] where there are weights, the
 * vectors A_g W_g Z_g t are C_g y with y = t · `map`: everything is of the size of the rank, not of the cluster.
 * The arrays are overwritten at the next cluster; matrices are row by row; `size` and `width` count columns of C_g and C.
 */
interface AdjustedCluster {
  map: Float64Array;
  /** Whether C_g was replaced by an orthonormal basis of its columns; else `lift` is C_g'C_g. */
  orthonormal: boolean;
  /** C_g'(A_g W_g Z_g t) = y · `lift`, size × width. */
  lift: Float64Array;
  /** C_g'e_g. */
  along: Float64Array;
  size: number;
}

export interface ClusterAdjustment {
  /** Adjusts every cluster and shows it: CR2's A_g, or A_g = I. */
  readonly each: (visit: (cluster: AdjustedCluster) => void) => void;
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
      // Where the series starts: the places of WZ in C.
      map.fill(0);
      for (let j = 0; j < rank; j++) map[j * width + width - rank + j] = 1;
      if (!adjust || addSeries(map, power, step, rank, width)) {
        visit({ map, orthonormal: false, lift: gram, along, size: width });
      } else visit(adjustByEigen(parts, rows, kernel));
    }
  };
  return { each, width, kernel };
}

/** K of C K C' = ZZ'W + WZZ' - ZUZ' = I - A_g^(-2): [[-U, I], [I, 0]] with U = Z'W²Z. */
function weightedKernel(basis: readonly Float64Array[], weights: Float64Array): Float64Array {
  const rank = basis.length;
  const kernel = new Float64Array(4 * rank * rank);
  // The basis holds Z times √W.
  const inner = columnProducts(basis, weights.map(Math.sqrt));
  for (let j = 0; j < rank; j++) {
    kernel[j * 2 * rank + rank + j] = kernel[(rank + j) * 2 * rank + j] = 1;
    for (let l = 0; l < rank; l++) kernel[j * 2 * rank + l] = -inner[j]![l]!;
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
  const size = Math.sqrt(dot(step, step));
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
function multiplyFlat(
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
  const bent = kernel === null
    ? within.coordinates
    : multiply(rowsOf(kernel, columns.length), within.coordinates);
  const taken = multiply(coordinates, bent);
  const inner = taken.map((row, i) => row.map((value, j) => (i === j ? 1 : 0) - (value + taken[j]![i]!) / 2));
  // A direction that the fit takes up wholly has nothing left to adjust: 0.
  const map = multiply(within.coordinates.slice(columns.length - rank), inverseRoot(inner, 1e-12, 0));
  const along = within.basis.map((direction) =>
    rows.reduce((total, at, i) => total + direction[i]! * residuals[at]! / root(at), 0)
  );
  return {
    map: Float64Array.from(map.flat()),
    orthonormal: true,
    lift: Float64Array.from(coordinates.flat()),
    along: Float64Array.from(along),
    size,
  };
}

/** The symmetric inverse square root, with `otherwise` for that of an eigenvalue that is not above the floor. */
function inverseRoot(matrix: Matrix, floor: number, otherwise: number): Matrix {
  const { values, vectors } = symmetricEigen(matrix);
  const scaled = vectors.map((vector, i) => {
    const factor = values[i]! > floor ? 1 / Math.sqrt(values[i]!) : otherwise;
    return vector.map((value) => value * factor);
  });
  return multiply(transpose(scaled), vectors);
}

function rowsOf(flat: Float64Array, width: number): Matrix {
  const row = (i: number) => Array.from(flat.subarray(i * width, (i + 1) * width));
  return Array.from({ length: flat.length / width }, (_, i) => row(i));
}

/** Z_g'W_g A_g e_g of each cluster, as columns. */
export function adjustedScores({ each }: ClusterAdjustment, rank: number, clusters: number): Float64Array[] {
  const scores = Array.from({ length: rank }, () => new Float64Array(clusters));
  let group = 0;
  each(({ map, along, size }) => {
    for (let j = 0; j < rank; j++) scores[j]![group] = dotAt(map, j * size, along, 0, size);
    group++;
  });
  return scores;
}

function dotAt(a: Float64Array, from: number, b: Float64Array, start: number, count: number): number {
  let total = 0;
  for (let i = 0; i < count; i++) total += a[from + i]! * b[start + i]!;
  return total;
}

/** Satterthwaite degrees of freedom of each contrast alone, tr(Ω)² / tr(Ω²); contrasts in coordinates of Z. */
export function satterthwaiteDegrees(
  contrasts: Matrix,
  rank: number,
  adjustment: ClusterAdjustment,
): number[] {
  const pairs = contrasts.map((_, c) => [c, c] as const);
  const [trace, squares] = [new Float64Array(pairs.length), new Float64Array(pairs.length)];
  const sums = sumOverClusters(contrasts, rank, adjustment, pairs, ({ inner, bent }) => {
    for (let c = 0; c < trace.length; c++) {
      const [d, L] = [inner[c]!, bent[c]!];
      trace[c] = trace[c]! + d + L;
      squares[c] = squares[c]! + d * d + 2 * d * L;
    }
  });
  return Array.from(trace, (total, c) => total * total / (squares[c]! + traceOfProduct(sums[c]!, sums[c]!)));
}

/**
 * The degrees of freedom of Hotelling's T² that has the same total variance: Pustejovsky and Tipton 2018, section
 * 3.2 (HTZ); contrasts in coordinates of Z.
 */
export function hotellingDegrees(contrasts: Matrix, rank: number, adjustment: ClusterAdjustment): number {
  const q = contrasts.length;
  const pairs = Array.from({ length: q * q }, (_, i) => [Math.floor(i / q), i % q] as const);
  const expected = zeros(q, q);
  sumOverClusters(contrasts, rank, adjustment, pairs, ({ inner, bent }) => {
    pairs.forEach(([s, u], at) => expected[s]![u]! += inner[at]! + bent[at]!);
  });
  const most = Math.max(...expected.map((row, s) => row[s]!));
  const standard = multiply(inverseRoot(expected, 1e-12 * most, NaN), contrasts);
  let total = 0;
  const sums = sumOverClusters(standard, rank, adjustment, pairs, ({ inner, bent }) => {
    let [traceD, traceL] = [0, 0];
    pairs.forEach(([s, u], at) => {
      total += inner[at]! * inner[at]! + 2 * inner[at]! * bent[at]!;
      if (s !== u) return;
      traceD += inner[at]!;
      traceL += bent[at]!;
    });
    total += traceD * traceD + 2 * traceD * traceL;
  });
  // Σ_gh tr(L_gh)² and Σ_gh tr(L_gh L_gh), from Σ_g ā_g^s ā_g^u' K
  for (const [s, u] of pairs) {
    const turned = sums[u * q + s]!;
    total += traceOfProduct(turned, sums[s * q + u]!) + traceOfProduct(turned, turned);
  }
  return q * (q + 1) / total;
}

/**
 * The moments of a cluster covariance under equal variances (Pustejovsky and Tipton 2018, with I as working model)
 * without the G × G matrices Ω: with v_g = A_g W_g Z_g t, ā_g = C_g'v_g and d_g = v_g'v_g it is
 * Ω_gh = δ_gh d_g - ā_g'K ā_h, K = [[-U, I], [I, 0]] on C = [Z, WZ] (without weights I on Z), so that sums of ā ā' over
 * clusters suffice. Shows each cluster's d_g and -ā_g'K ā_g for pairs of contrasts, and returns Σ_g ā_g ā_g' K.
 */
function sumOverClusters(
  contrasts: Matrix,
  rank: number,
  { each, width, kernel }: ClusterAdjustment,
  pairs: readonly (readonly [number, number])[],
  visit: (cluster: { inner: Float64Array; bent: Float64Array }) => void,
): Matrix[] {
  const q = contrasts.length;
  const t = Float64Array.from(contrasts.flat());
  const lifted = new Float64Array(q * width);
  const turned = kernel === null ? lifted : new Float64Array(q * width);
  const [inner, bent] = [new Float64Array(pairs.length), new Float64Array(pairs.length)];
  const sums = pairs.map(() => new Float64Array(width * width));
  let y = new Float64Array(0);
  each(({ map, orthonormal, lift, size }) => {
    if (y.length !== q * size) y = new Float64Array(q * size);
    multiplyFlat(y, t, map, q, rank, size);
    multiplyFlat(lifted, y, lift, q, size, width);
    const straight = orthonormal ? y : lifted;
    if (kernel !== null) multiplyFlat(turned, lifted, kernel, q, width, width);
    for (let at = 0; at < pairs.length; at++) {
      const [s, u] = pairs[at]!;
      inner[at] = dotAt(y, s * size, straight, u * size, size);
      bent[at] = -dotAt(turned, s * width, lifted, u * width, width);
      addOuterFlat(sums[at]!, lifted, s * width, u * width, width);
    }
    visit({ inner, bent });
  });
  const K = kernel === null ? null : rowsOf(kernel, width);
  return sums.map((sum, at) => {
    if (pairs[at]![0] === pairs[at]![1]) mirror(sum, width);
    return K === null ? rowsOf(sum, width) : multiply(rowsOf(sum, width), K);
  });
}

/** Adds ā_s ā_u'; of a contrast with itself the lower triangle. */
function addOuterFlat(sum: Float64Array, v: Float64Array, left: number, right: number, width: number): void {
  for (let i = 0; i < width; i++) {
    const own = v[left + i]!;
    const at = i * width;
    const end = left === right ? i + 1 : width;
    for (let j = 0; j < end; j++) sum[at + j] = sum[at + j]! + own * v[right + j]!;
  }
}
