import { dot, type Matrix, symmetricEigen, zeros } from "../../stats/matrix.ts";
import type { Labelled } from "../../core/table.ts";

/**
 * One quadratic form: the sum of squares that is left when group means and arm means are taken out.
 *
 * M = I - P[Z, X] with the groups Z and the arms X; x̃ are the arms' indicators less their group means.
 */
export interface QuadraticForm {
  /** y' M y, for values around 0. */
  readonly sumOfSquares: (values: Float64Array) => number;
  /** The number of rows less the rank of [Z, X]: what one unit of the draws' variance adds to its expectation. */
  readonly freedom: number;
  /** tr(Z' M Z) of other groups Z: what one unit of their variance adds. */
  readonly trace: (groups: Labelled) => number;
  /** Z' M Z itself, for groups that are few. */
  readonly within: (groups: Labelled) => Matrix;
}

/** The form of a source's groups; one group of all rows gives the sum of squares around the arms' means. */
export function quadraticForm(groups: Labelled, arm: Labelled): QuadraticForm {
  const [size, arms] = [groups.labels.length, arm.labels.length];
  const counts = new Float64Array(size);
  const armCounts = new Float64Array(size * arms);
  groups.codes.forEach((group, row) => {
    counts[group]!++;
    armCounts[group * arms + arm.codes[row]!]!++;
  });
  const parts = { groups, arm, counts, armCounts, directions: armDirections(counts, armCounts, arms) };
  return {
    freedom: groups.codes.length - size - parts.directions.length,
    sumOfSquares: (values) => leftOver(values, parts),
    trace: (other) => traceOf(other, parts),
    within: (other) => withinOf(other, parts),
  };
}

interface FormParts {
  readonly groups: Labelled;
  readonly arm: Labelled;
  /** Rows of each group. */
  readonly counts: Float64Array;
  /** Rows of each group in each arm. */
  readonly armCounts: Float64Array;
  /** Vectors v with (x̃'x̃)⁻ = Σ v v'. */
  readonly directions: readonly (readonly number[])[];
}

/** The generalised inverse of x̃'x̃, as directions. */
function armDirections(counts: Float64Array, armCounts: Float64Array, arms: number): number[][] {
  const gram = Array.from({ length: arms }, () => new Array<number>(arms).fill(0));
  let largest = 0;
  for (let group = 0; group < counts.length; group++) {
    for (let a = 0; a < arms; a++) {
      const count = armCounts[group * arms + a]!;
      gram[a]![a] = gram[a]![a]! + count;
      largest = Math.max(largest, gram[a]![a]!);
      for (let b = 0; b < arms; b++) {
        gram[a]![b] = gram[a]![b]! - (count * armCounts[group * arms + b]!) / counts[group]!;
      }
    }
  }
  const { values, vectors } = symmetricEigen(gram);
  return vectors.flatMap((vector, i) =>
    values[i]! > 1e-10 * largest ? [vector.map((entry) => entry / Math.sqrt(values[i]!))] : []
  );
}

function leftOver(values: Float64Array, parts: FormParts): number {
  const { groups, arm, counts, armCounts, directions } = parts;
  const arms = arm.labels.length;
  const sums = new Float64Array(counts.length);
  const products = new Float64Array(arms);
  let total = 0;
  for (let row = 0; row < values.length; row++) {
    const value = values[row]!;
    total += value * value;
    sums[groups.codes[row]!]! += value;
    products[arm.codes[row]!]! += value;
  }
  for (let group = 0; group < counts.length; group++) {
    const mean = sums[group]! / counts[group]!;
    total -= mean * sums[group]!;
    for (let a = 0; a < arms; a++) products[a]! -= armCounts[group * arms + a]! * mean;
  }
  return total - squaredLength(products, directions);
}

/** How rows of other levels fall on the groups, and x̃'z of each level. */
function meet(
  other: Labelled,
  { groups, arm, counts, armCounts }: FormParts,
): { pairs: Map<number, number>; products: Float64Array } {
  const [arms, levels] = [arm.labels.length, other.labels.length];
  const products = new Float64Array(levels * arms);
  const pairs = new Map<number, number>();
  other.codes.forEach((level, row) => {
    products[level * arms + arm.codes[row]!]!++;
    const pair = groups.codes[row]! * levels + level;
    pairs.set(pair, (pairs.get(pair) ?? 0) + 1);
  });
  for (const [pair, count] of pairs) {
    const group = Math.floor(pair / levels);
    const level = pair % levels;
    for (let a = 0; a < arms; a++) {
      products[level * arms + a]! -= (count * armCounts[group * arms + a]!) / counts[group]!;
    }
  }
  return { pairs, products };
}

function traceOf(other: Labelled, parts: FormParts): number {
  const [arms, levels] = [parts.arm.labels.length, other.labels.length];
  const { pairs, products } = meet(other, parts);
  let trace = other.codes.length;
  for (const [pair, count] of pairs) trace -= (count * count) / parts.counts[Math.floor(pair / levels)]!;
  for (let level = 0; level < levels; level++) {
    trace -= squaredLength(products.subarray(level * arms, (level + 1) * arms), parts.directions);
  }
  return trace;
}

function withinOf(other: Labelled, parts: FormParts): Matrix {
  const [arms, levels] = [parts.arm.labels.length, other.labels.length];
  const { pairs, products } = meet(other, parts);
  const matrix = zeros(levels, levels);
  const byGroup = new Map<number, [level: number, count: number][]>();
  for (const [pair, count] of pairs) {
    const [group, level] = [Math.floor(pair / levels), pair % levels];
    matrix[level]![level] = matrix[level]![level]! + count;
    if (!byGroup.has(group)) byGroup.set(group, []);
    byGroup.get(group)!.push([level, count]);
  }
  for (const [group, met] of byGroup) {
    for (const [level, count] of met) {
      const row = matrix[level]!;
      for (const [second, times] of met) row[second] = row[second]! - (count * times) / parts.counts[group]!;
    }
  }
  for (const direction of parts.directions) {
    const along = matrix.map((_, level) =>
      dot(direction, products.subarray(level * arms, (level + 1) * arms))
    );
    matrix.forEach((row, level) => {
      for (let second = 0; second < levels; second++) {
        row[second] = row[second]! - along[level]! * along[second]!;
      }
    });
  }
  return matrix;
}

function squaredLength(products: Float64Array, directions: FormParts["directions"]): number {
  let length = 0;
  for (const direction of directions) {
    let along = 0;
    for (let a = 0; a < products.length; a++) along += direction[a]! * products[a]!;
    length += along * along;
  }
  return length;
}
