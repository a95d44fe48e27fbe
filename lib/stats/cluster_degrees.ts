import { dot, type Matrix, multiply, symmetricEigen, transpose, zeros } from "./matrix.ts";
import { type ClusterAdjustment, multiplyFlat } from "./cluster_adjustment.ts";

/**
 * The moments of a cluster covariance under equal variances (Pustejovsky and Tipton 2018, with I as working model)
 * without the G × G matrices Ω: with v_g = A_g W_g Z_g t, ā_g = C_g'v_g and d_g = v_g'v_g it is
 * Ω_gh = δ_gh d_g - ā_g'K ā_h, K = [[-U, I], [I, 0]] on C = [Z, WZ] (without weights I on Z), so that sums of ā ā' over
 * clusters suffice.
 */
interface Stacked {
  /** ā_g of each contrast, contrasts × width. */
  lifted: Float64Array;
  /** v_g'v_g between contrasts, contrasts × contrasts. */
  inner: Float64Array;
  /** -ā_g'K ā_g between contrasts. */
  bent: Float64Array;
}

/** Satterthwaite degrees of freedom of each contrast alone, tr(Ω)² / tr(Ω²); contrasts in coordinates of Z. */
export function satterthwaiteDegrees(
  contrasts: Matrix,
  rank: number,
  { each, width, kernel }: ClusterAdjustment,
): number[] {
  const count = contrasts.length;
  const t = Float64Array.from(contrasts.flat());
  const trace = new Float64Array(count);
  const squares = new Float64Array(count);
  const sums = contrasts.map(() => new Float64Array(width * width));
  let y = new Float64Array(0);
  const lifted = new Float64Array(count * width);
  const bent = new Float64Array(width);
  each(({ map, gram, lift, size }) => {
    if (y.length !== count * size) y = new Float64Array(count * size);
    multiplyFlat(y, t, map, count, rank, size);
    multiplyFlat(lifted, y, lift, count, size, width);
    for (let c = 0; c < count; c++) {
      const own = lifted.subarray(c * width, (c + 1) * width);
      const d = gram === lift
        ? dot(y.subarray(c * size, (c + 1) * size), own)
        : sumSquares(y, c * size, size);
      if (kernel === null) bent.set(own);
      else multiplyFlat(bent, own, kernel, 1, width, width);
      const L = -dot(own, bent);
      trace[c] = trace[c]! + d + L;
      squares[c] = squares[c]! + d * d + 2 * d * L;
      addLower(sums[c]!, own);
    }
  });
  return Array.from(trace, (total, c) => {
    const sum = symmetric(sums[c]!, width);
    const product = kernel === null ? sum : multiply(sum, rowsOf(kernel, width));
    return total * total / (squares[c]! + traceOfSquare(product));
  });
}

/**
 * The degrees of freedom of Hotelling's T² that has the same total variance: Pustejovsky and Tipton 2018, section
 * 3.2 (HTZ); contrasts in coordinates of Z.
 */
export function hotellingDegrees(
  contrasts: Matrix,
  rank: number,
  adjustment: ClusterAdjustment,
): number {
  const q = contrasts.length;
  const expected = zeros(q, q);
  visitStacked(contrasts, rank, adjustment, ({ inner, bent }) => {
    for (let i = 0; i < q * q; i++) expected[Math.floor(i / q)]![i % q]! += inner[i]! + bent[i]!;
  });
  const standard = multiply(inverseRootOf(expected), contrasts);
  const { width, kernel } = adjustment;
  const sums = Array.from({ length: q * q }, () => new Float64Array(width * width));
  let total = 0;
  visitStacked(standard, rank, adjustment, ({ lifted, inner, bent }) => {
    let [traceD, traceL] = [0, 0];
    for (let s = 0; s < q; s++) {
      traceD += inner[s * q + s]!;
      traceL += bent[s * q + s]!;
      for (let u = 0; u < q; u++) {
        const at = s * q + u;
        total += inner[at]! * inner[at]! + 2 * inner[at]! * bent[at]!;
        addOuterFlat(sums[at]!, lifted, s * width, u * width, width);
      }
    }
    total += traceD * traceD + 2 * traceD * traceL;
  });
  const K = kernel === null ? null : rowsOf(kernel, width);
  const bent = sums.map((flat) => K === null ? rowsOf(flat, width) : multiply(rowsOf(flat, width), K));
  for (let s = 0; s < q; s++) {
    for (let u = 0; u < q; u++) {
      // Σ_gh tr(L_gh)² and Σ_gh tr(L_gh L_gh), from Σ_g ā_g^s ā_g^u' K
      total += traceOfProducts(bent[u * q + s]!, bent[s * q + u]!) + traceOfSquare(bent[u * q + s]!);
    }
  }
  return q * (q + 1) / total;
}

function visitStacked(
  contrasts: Matrix,
  rank: number,
  { each, width, kernel }: ClusterAdjustment,
  visit: (stacked: Stacked) => void,
): void {
  const q = contrasts.length;
  const t = Float64Array.from(contrasts.flat());
  const lifted = new Float64Array(q * width);
  const turned = new Float64Array(q * width);
  const [inner, bent] = [new Float64Array(q * q), new Float64Array(q * q)];
  each(({ map, gram, lift, size }) => {
    const y = new Float64Array(q * size);
    multiplyFlat(y, t, map, q, rank, size);
    multiplyFlat(lifted, y, lift, q, size, width);
    const straight = gram === lift ? lifted : y;
    if (kernel !== null) multiplyFlat(turned, lifted, kernel, q, width, width);
    for (let s = 0; s < q; s++) {
      for (let u = 0; u < q; u++) {
        inner[s * q + u] = dot(
          y.subarray(s * size, (s + 1) * size),
          straight.subarray(u * size, (u + 1) * size),
        );
        const right = lifted.subarray(u * width, (u + 1) * width);
        bent[s * q + u] = kernel === null
          ? -dot(lifted.subarray(s * width, (s + 1) * width), right)
          : -dot(turned.subarray(s * width, (s + 1) * width), right);
      }
    }
    visit({ lifted, inner, bent });
  });
}

function addLower(sum: Float64Array, v: Float64Array): void {
  for (let i = 0; i < v.length; i++) {
    const own = v[i]!;
    const at = i * v.length;
    for (let j = 0; j <= i; j++) sum[at + j] = sum[at + j]! + own * v[j]!;
  }
}

function addOuterFlat(sum: Float64Array, v: Float64Array, left: number, right: number, width: number): void {
  for (let i = 0; i < width; i++) {
    for (let j = 0; j < width; j++) sum[i * width + j] = sum[i * width + j]! + v[left + i]! * v[right + j]!;
  }
}

function sumSquares(values: Float64Array, from: number, count: number): number {
  let total = 0;
  for (let i = from; i < from + count; i++) total += values[i]! * values[i]!;
  return total;
}

function symmetric(lower: Float64Array, width: number): Matrix {
  return Array.from(
    { length: width },
    (_, i) => Array.from({ length: width }, (_, j) => lower[Math.max(i, j) * width + Math.min(i, j)]!),
  );
}

function rowsOf(flat: Float64Array, width: number): Matrix {
  return Array.from({ length: width }, (_, i) => Array.from(flat.subarray(i * width, (i + 1) * width)));
}

function traceOfSquare(matrix: Matrix): number {
  return traceOfProducts(matrix, matrix);
}

function traceOfProducts(a: Matrix, b: Matrix): number {
  return a.reduce((total, row, i) => total + row.reduce((part, value, j) => part + value * b[j]![i]!, 0), 0);
}

function inverseRootOf(matrix: Matrix): Matrix {
  const { values, vectors } = symmetricEigen(matrix);
  const most = Math.max(...values);
  const scaled = vectors.map((vector, i) =>
    vector.map((value) => values[i]! > 1e-12 * most ? value / Math.sqrt(values[i]!) : NaN)
  );
  return multiply(transpose(scaled), vectors);
}
