import { dot, type Matrix, zeros } from "./matrix.ts";

/** Sums of squares and products over n − 1 of complete rows. */
export function itemCovariance(rows: readonly (readonly number[])[]): Matrix {
  const size = rows[0]!.length;
  const n = rows.length;
  const means = Array.from({ length: size }, (_, i) => rows.reduce((sum, row) => sum + row[i]! / n, 0));
  const covariance = zeros(size, size);
  for (const row of rows) {
    for (let i = 0; i < size; i++) {
      const deviation = (row[i]! - means[i]!) / (n - 1);
      for (let j = 0; j < size; j++) covariance[i]![j]! += deviation * (row[j]! - means[j]!);
    }
  }
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
  for (let step = 0; step < 10_000; step++) {
    loadings.forEach((loading, i) => reduced[i]![i] = Math.min(1, loading * loading));
    // A step of the power method; with the identity added, no negative eigenvalue is of larger size.
    const moved = reduced.map((row, i) => dot(row, vector) + vector[i]!);
    const length = Math.sqrt(dot(moved, moved));
    vector = moved.map((part) => part / length);
    const found = vector.map((part) => part * Math.sqrt(Math.max(0, length - 1)));
    const change = Math.max(...found.map((loading, i) => Math.abs(loading - loadings[i]!)));
    loadings = found;
    if (change < 1e-9) break;
  }
  const sign = loadings.reduce((sum, loading) => sum + loading, 0) < 0 ? -1 : 1;
  return loadings.map((loading) => loading * sign);
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
