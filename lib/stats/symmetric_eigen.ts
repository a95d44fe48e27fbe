import { type Matrix, zeros } from "./matrix.ts";

/** Eigenvalues and eigenvectors of a symmetric matrix: `vectors[i]` belongs to `values[i]`. */
export interface SymmetricEigen {
  /** The eigenvalues, in no particular order. */
  readonly values: readonly number[];
  /** The orthonormal eigenvectors. */
  readonly vectors: Matrix;
}

/** Finds the eigenvalues and eigenvectors of a small symmetric matrix by cyclic Jacobi rotations. */
export function symmetricEigen(matrix: Matrix): SymmetricEigen {
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
