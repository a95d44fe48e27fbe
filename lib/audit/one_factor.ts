import { dot, type Matrix } from "../stats/matrix.ts";

/** Sums of squares and products over n − 1 of complete rows. */
export function covarianceOf(rows: readonly (readonly number[])[]): Matrix {
  const size = rows[0]!.length;
  const n = rows.length;
  const means = new Float64Array(size);
  for (const row of rows) for (let i = 0; i < size; i++) means[i]! += row[i]! / n;
  const covariance = Array.from({ length: size }, () => new Array<number>(size).fill(0));
  for (const row of rows) {
    for (let i = 0; i < size; i++) {
      const deviation = (row[i]! - means[i]!) / (n - 1);
      for (let j = 0; j <= i; j++) covariance[i]![j]! += deviation * (row[j]! - means[j]!);
    }
  }
  for (let i = 0; i < size; i++) for (let j = 0; j < i; j++) covariance[j]![i] = covariance[i]![j]!;
  return covariance;
}

/** Cronbach's alpha: k / (k − 1) · (1 − trace / sum); Cronbach 1951, eq. 2. */
export function cronbachAlpha(covariance: Matrix): number {
  const size = covariance.length;
  const trace = covariance.reduce((sum, row, i) => sum + row[i]!, 0);
  const total = covariance.reduce((sum, row) => sum + row.reduce((part, value) => part + value, 0), 0);
  return size / (size - 1) * (1 - trace / total);
}

/**
 * Loadings of one factor on the correlations, by minimum residuals (principal axes, iterated until they rest), the
 * sign such that they sum to a positive number; `NaN` where an item does not vary.
 *
 * @see Harman and Jones 1966, Psychometrika 31: 351-368
 */
export function oneFactorLoadings(covariance: Matrix): number[] {
  const size = covariance.length;
  const deviations = covariance.map((row, i) => Math.sqrt(row[i]!));
  if (deviations.some((deviation) => !(deviation > 0))) return deviations.map(() => NaN);
  const reduced = covariance.map((row, i) =>
    row.map((value, j) => value / (deviations[i]! * deviations[j]!))
  );
  let vector = reduced.map(() => 1 / Math.sqrt(size));
  let loadings = vector.map(() => 0.7);
  for (let step = 0; step < 1000; step++) {
    loadings.forEach((loading, i) => reduced[i]![i] = Math.min(1, loading * loading));
    const { value, vector: next } = leadingVector(reduced, vector);
    vector = next;
    const found = vector.map((part) => part * Math.sqrt(Math.max(0, value)));
    const change = Math.max(...found.map((loading, i) => Math.abs(loading - loadings[i]!)));
    loadings = found;
    if (change < 1e-8) break;
  }
  const sign = loadings.reduce((sum, loading) => sum + loading, 0) < 0 ? -1 : 1;
  return loadings.map((loading) => loading * sign);
}

/** The largest eigenvalue and its vector, by the power method from a vector near it. */
function leadingVector(matrix: Matrix, start: readonly number[]): { value: number; vector: number[] } {
  let vector = [...start];
  let value = 0;
  // A few steps suffice: the loadings that the matrix is made of are improved in turn.
  for (let step = 0; step < 8; step++) {
    // The matrix plus the identity has the same vectors, and no negative value of larger size.
    const next = matrix.map((row, i) => dot(row, vector) + vector[i]!);
    const length = Math.sqrt(dot(next, next));
    const moved = next.map((part) => part / length);
    const change = Math.max(...moved.map((part, i) => Math.abs(part - vector[i]!)));
    vector = moved;
    value = length - 1;
    if (change < 1e-10) break;
  }
  return { value, vector };
}

/** McDonald's omega of one factor: (Σλ)² / ((Σλ)² + Σ(1 − λ²)); McDonald 1999, eq. 6.20b. */
export function omegaOf(loadings: readonly number[]): number {
  const common = loadings.reduce((sum, loading) => sum + loading, 0) ** 2;
  return common / (common + loadings.reduce((sum, loading) => sum + 1 - loading * loading, 0));
}

/** Tucker's congruence of two lists of loadings: Σxy / √(Σx² Σy²). */
export function congruence(one: readonly number[], other: readonly number[]): number {
  return dot(one, other) / Math.sqrt(dot(one, one) * dot(other, other));
}
