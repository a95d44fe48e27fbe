/** A small dense matrix as rows. For k × k work only, where plain arrays are fastest: data stay in typed columns. */
export type Matrix = number[][];

export function zeros(rows: number, columns: number): Matrix {
  const matrix: Matrix = [];
  for (let i = 0; i < rows; i++) matrix.push(new Array<number>(columns).fill(0));
  return matrix;
}

export function multiply(a: Matrix, b: Matrix): Matrix {
  const product = zeros(a.length, b.length === 0 ? 0 : b[0]!.length);
  for (let i = 0; i < a.length; i++) {
    const row = product[i]!;
    for (let inner = 0; inner < b.length; inner++) {
      const factor = a[i]![inner]!;
      const other = b[inner]!;
      for (let j = 0; j < row.length; j++) row[j] = row[j]! + factor * other[j]!;
    }
  }
  return product;
}

export function transpose(a: Matrix): Matrix {
  const result = zeros(a.length === 0 ? 0 : a[0]!.length, a.length);
  for (let i = 0; i < a.length; i++) {
    for (let j = 0; j < result.length; j++) result[j]![i] = a[i]![j]!;
  }
  return result;
}

export function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let total = 0;
  for (let i = 0; i < a.length; i++) total += a[i]! * b[i]!;
  return total;
}

/** The largest size of a number; 0 of none. */
export function largestSize(values: ArrayLike<number>): number {
  let most = 0;
  for (let i = 0; i < values.length; i++) most = Math.max(most, Math.abs(values[i]!));
  return most;
}

/** The products of every row with a vector. */
export function multiplyVector(rows: readonly ArrayLike<number>[], v: ArrayLike<number>): number[] {
  const products: number[] = [];
  for (let i = 0; i < rows.length; i++) products.push(dot(rows[i]!, v));
  return products;
}

/** The trace of `a · b`, without the product. */
export function traceOfProduct(a: Matrix, b: Matrix): number {
  let total = 0;
  for (let i = 0; i < a.length; i++) {
    for (let j = 0; j < b.length; j++) total += a[i]![j]! * b[j]![i]!;
  }
  return total;
}

/** Adds `factor · u v'` to a matrix. */
export function addOuter(target: Matrix, u: ArrayLike<number>, v: ArrayLike<number>, factor = 1): void {
  for (let i = 0; i < target.length; i++) {
    const row = target[i]!;
    const scaled = factor * u[i]!;
    for (let j = 0; j < row.length; j++) row[j] = row[j]! + scaled * v[j]!;
  }
}

export function scaleMatrix(matrix: Matrix, factor: number): Matrix {
  return matrix.map((row) => row.map((value) => value * factor));
}

/** The inverse of an upper triangular matrix with a non-zero diagonal. */
export function invertUpper(upper: Matrix): Matrix {
  const size = upper.length;
  const inverse = zeros(size, size);
  for (let column = 0; column < size; column++) {
    for (let row = column; row >= 0; row--) {
      let rest = row === column ? 1 : 0;
      for (let inner = row + 1; inner <= column; inner++) {
        rest -= upper[row]![inner]! * inverse[inner]![column]!;
      }
      inverse[row]![column] = rest / upper[row]![row]!;
    }
  }
  return inverse;
}

/** Solves U x = b, U upper triangular, for the places from `start` on. */
export function solveUpper(upper: Matrix, b: ArrayLike<number>, start = 0): Float64Array {
  const x = new Float64Array(b);
  for (let i = x.length - 1; i >= start; i--) {
    for (let j = i + 1; j < x.length; j++) x[i] = x[i]! - upper[i]![j]! * x[j]!;
    x[i] = x[i]! / upper[i]![i]!;
  }
  return x.subarray(start);
}

/**
 * Factors a symmetric positive definite matrix as L L', L lower triangular; `null` where a pivot is not above
 * `tolerance` times its diagonal entry, so that a column is a combination of earlier ones.
 */
export function cholesky(matrix: Matrix, tolerance = 0): Matrix | null {
  const size = matrix.length;
  const lower = zeros(size, size);
  for (let j = 0; j < size; j++) {
    for (let i = j; i < size; i++) {
      let rest = matrix[i]![j]!;
      for (let inner = 0; inner < j; inner++) rest -= lower[i]![inner]! * lower[j]![inner]!;
      if (i > j) lower[i]![j] = rest / lower[j]![j]!;
      else if (rest > tolerance * matrix[j]![j]!) lower[j]![j] = Math.sqrt(rest);
      else return null;
    }
  }
  return lower;
}

/** Solves L L' x = b. */
export function solveCholesky(lower: Matrix, b: ArrayLike<number>): Float64Array {
  const x = new Float64Array(b);
  for (let i = 0; i < x.length; i++) {
    for (let j = 0; j < i; j++) x[i] = x[i]! - lower[i]![j]! * x[j]!;
    x[i] = x[i]! / lower[i]![i]!;
  }
  for (let i = x.length - 1; i >= 0; i--) {
    for (let j = i + 1; j < x.length; j++) x[i] = x[i]! - lower[j]![i]! * x[j]!;
    x[i] = x[i]! / lower[i]![i]!;
  }
  return x;
}

export function invertCholesky(lower: Matrix): Matrix {
  const inverse = lower.map((_, j) =>
    Array.from(solveCholesky(lower, lower.map((_row, i) => i === j ? 1 : 0)))
  );
  return inverse.map((row, i) => row.map((value, j) => (value + inverse[j]![i]!) / 2));
}

/** The quadratic form b' M⁻¹ b; `NaN` where M is not positive definite. */
export function quadraticInverse(matrix: Matrix, b: ArrayLike<number>): number {
  const lower = cholesky(matrix, 1e-14);
  if (lower === null) return NaN;
  return dot(solveCholesky(lower, b), b);
}

/**
 * The eigenvalues and orthonormal eigenvectors of a small symmetric matrix, by cyclic Jacobi rotations; `vectors[i]`
 * belongs to `values[i]`.
 */
export function symmetricEigen(matrix: Matrix): { values: readonly number[]; vectors: Matrix } {
  const size = matrix.length;
  const work = matrix.map((row) => row.slice());
  const vectors = zeros(size, size);
  for (let i = 0; i < size; i++) vectors[i]![i] = 1;
  // Convergence is quadratic; 60 sweeps are never reached.
  for (let sweep = 0; sweep < 60 && offDiagonal(work) > 0; sweep++) {
    for (let p = 0; p < size; p++) {
      for (let q = p + 1; q < size; q++) rotate(work, vectors, p, q);
    }
  }
  return { values: work.map((row, i) => row[i]!), vectors };
}

function offDiagonal(work: Matrix): number {
  let total = 0;
  for (let i = 0; i < work.length; i++) {
    for (let j = i + 1; j < work.length; j++) total += Math.abs(work[i]![j]!);
  }
  return total;
}

/** One rotation that makes element (p, q) zero; Golub and Van Loan 2013, Matrix Computations, 8.5.2. */
function rotate(work: Matrix, vectors: Matrix, p: number, q: number): void {
  const element = work[p]![q]!;
  const [low, high] = [work[p]![p]!, work[q]![q]!];
  if (Math.abs(element) <= 1e-17 * (Math.abs(low) + Math.abs(high))) {
    work[p]![q] = work[q]![p] = 0;
    return;
  }
  const theta = (high - low) / (2 * element);
  const tangent = (theta < 0 ? -1 : 1) / (Math.abs(theta) + Math.hypot(theta, 1));
  const cosine = 1 / Math.hypot(tangent, 1);
  const sine = tangent * cosine;
  for (let k = 0; k < work.length; k++) {
    const [a, b] = [work[k]![p]!, work[k]![q]!];
    work[k]![p] = cosine * a - sine * b;
    work[k]![q] = sine * a + cosine * b;
  }
  turnRows(work, p, q, cosine, sine);
  turnRows(vectors, p, q, cosine, sine);
  work[p]![q] = work[q]![p] = 0;
}

function turnRows(rows: Matrix, p: number, q: number, cosine: number, sine: number): void {
  for (let k = 0; k < rows.length; k++) {
    const [a, b] = [rows[p]![k]!, rows[q]![k]!];
    rows[p]![k] = cosine * a - sine * b;
    rows[q]![k] = sine * a + cosine * b;
  }
}
