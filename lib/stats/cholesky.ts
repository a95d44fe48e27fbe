import { type Matrix, zeros } from "./matrix.ts";

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

/** The inverse of L L'. */
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
  const solved = solveCholesky(lower, b);
  let total = 0;
  for (let i = 0; i < solved.length; i++) total += solved[i]! * b[i]!;
  return total;
}
