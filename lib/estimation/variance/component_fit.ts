import { stream } from "../../core/stream.ts";
import type { Labelled } from "../../core/table.ts";
import { orthonormalBasis } from "../../stats/basis.ts";
import { dot, invertUpper, largestSize, type Matrix, multiply, multiplyVector } from "../../stats/matrix.ts";
import { symmetricEigen, traceOfProduct, transpose, zeros } from "../../stats/matrix.ts";
import { moments } from "../../stats/moments.ts";

/** A source of variance: which group of it each row belongs to. */
export type RandomFactor = { readonly component: string; readonly groups: Labelled };

/** The sources of variance that can be told apart (without the draw), those that cannot, and estimates. */
export interface VarianceFit {
  readonly factors: readonly RandomFactor[];
  readonly dropped: readonly Dropped[];
  /** The variances of `factors` and, last, of the draw; unbiased, so that one may come out below 0. */
  readonly variances: readonly number[];
  /** Estimates of the same from draws of a normal model with given variances (none below 0), one list per draw. */
  readonly simulate: (variances: readonly number[]) => number[][];
  /** Degrees of freedom of a source's estimate where it is the only one there is: 1 / tr(B²), of the estimate u'Bu. */
  readonly freedom: (place: number) => number;
}

type Dropped = RandomFactor & { readonly reason: string };

/** Fits by the method of moments: each source's quadratic form equals its expectation (Henderson 1953, method 3). */
export function fitVariances(
  values: Float64Array,
  arm: Labelled,
  sources: readonly RandomFactor[],
  { seed, draws }: { seed: number; draws: number },
): VarianceFit {
  const { factors, dropped } = tellApart(sources, arm, values.length);
  const { kept, unsolved, forms, inverse } = solvable(factors, arm, values.length);
  const solve = (of: Float64Array) => multiplyVector(inverse, forms.map((form) => form.sumOfSquares(of)));
  const { mean } = moments(values);
  return {
    factors: kept,
    dropped: [...dropped, ...unsolved],
    variances: solve(values.map((value) => value - mean)),
    simulate: (assumed) =>
      assumed.some(Number.isNaN)
        ? []
        : Array.from({ length: draws }, (_, draw) =>
          solve(drawValues(kept, assumed, values.length, seed, draw))),
    freedom: (place) => {
      const { groups } = kept[place]!;
      const size = groups.labels.length;
      const total = zeros(size, size);
      // The estimate is the sum of the forms with these weights.
      forms.forEach((form, j) =>
        form.within(groups).forEach((row, i) =>
          row.forEach((entry, k) => total[i]![k]! += inverse[place]![j]! * entry)
        )
      );
      return 1 / traceOfProduct(total, total);
    },
  };
}

/** Leaves out sources whose groups are single rows, do not vary within arms, or are those of another source. */
function tellApart(sources: readonly RandomFactor[], arm: Labelled, rows: number) {
  const factors: RandomFactor[] = [];
  const dropped: Dropped[] = [];
  for (const source of sources) {
    const levels = source.groups.labels.length;
    const same = factors.find((other) => samePartition(other.groups, source.groups));
    const reason = levels < 2
      ? "only one"
      : levels === rows
      ? "one answer of each, so that it is part of the draw"
      : samePartition(source.groups, arm)
      ? "one in each arm, so that it cannot be told from the effect of the arm"
      : same !== undefined
      ? `the same groups as '${same.component}', of which it is part`
      : undefined;
    if (reason === undefined) factors.push(source);
    else dropped.push({ ...source, reason });
  }
  return { factors, dropped };
}

function samePartition(a: Labelled, b: Labelled): boolean {
  if (a.labels.length !== b.labels.length) return false;
  const match = new Int32Array(a.labels.length).fill(-1);
  return a.codes.every((code, row) => {
    if (match[code] === -1) match[code] = b.codes[row]!;
    return match[code] === b.codes[row];
  });
}

/** The equations of the largest number of sources that have a unique solution, inverted. */
function solvable(factors: readonly RandomFactor[], arm: Labelled, rows: number) {
  const kept = [...factors];
  const unsolved: Dropped[] = [];
  const all: Labelled = { codes: new Int32Array(rows), labels: ["all"] };
  const own = factors.map(({ groups }) => quadraticForm(groups, arm));
  const around = quadraticForm(all, arm);
  for (;;) {
    const forms = [...own.slice(0, kept.length), around];
    // Row: a form; columns: what a unit of each source's variance, and of the draw's, adds to its expectation.
    const rowOf = (form: typeof around) => [...kept.map(({ groups }) => form.trace(groups)), form.freedom];
    const inverse = invert(forms.map(rowOf));
    if (inverse !== null) return { kept, unsolved, forms, inverse };
    if (kept.length === 0) return { kept, unsolved, forms, inverse: [[NaN]] };
    const reason = "cannot be told apart from the other sources with these data";
    unsolved.unshift({ ...kept.pop()!, reason });
  }
}

/** The inverse, of rows scaled to a largest entry of 1; `null` where columns are combinations of others to 10 digits. */
function invert(matrix: Matrix): Matrix | null {
  const scales = matrix.map((row) => largestSize(row) || 1);
  const columns = transpose(matrix).map((column) =>
    Float64Array.from(column, (entry, i) => entry / scales[i]!)
  );
  const { basis, coordinates, kept } = orthonormalBasis(columns);
  if (kept.length < columns.length) return null;
  const turned = basis.map((direction) => Array.from(direction, (entry, i) => entry / scales[i]!));
  return multiply(invertUpper(transpose(coordinates)), turned);
}

/** A draw of a normal model with these variances. The fixed effects take no part in any form. */
function drawValues(
  factors: readonly RandomFactor[],
  variances: readonly number[],
  rows: number,
  seed: number,
  draw: number,
): Float64Array {
  const random = stream(seed, "variance components", draw);
  const deviations = variances.map((variance) => Math.sqrt(Math.max(0, variance)));
  const values = new Float64Array(rows);
  for (let row = 0; row < rows; row++) values[row] = deviations[factors.length]! * random.normal();
  factors.forEach(({ groups: { codes, labels } }, i) => {
    const effects = labels.map(() => deviations[i]! * random.normal());
    for (let row = 0; row < rows; row++) values[row]! += effects[codes[row]!]!;
  });
  return values;
}

/**
 * The quadratic form of a source's groups: the sum of squares that is left when group means and arm means are taken out; one
 * group of all rows gives that around the arms' means. M = I - P[Z, X] with the groups Z and the arms X; x̃ are the arms'
 * indicators less their group means.
 */
function quadraticForm(groups: Labelled, arm: Labelled) {
  const parts = partsOf(groups, arm);
  return {
    /** The number of rows less the rank of [Z, X]: what one unit of the draws' variance adds to its expectation. */
    freedom: groups.codes.length - groups.labels.length - parts.directions.length,
    /** y' M y, for values around 0. */
    sumOfSquares: (values: Float64Array) => leftOver(values, parts),
    /** tr(Z' M Z) of other groups Z: what one unit of their variance adds. */
    trace: (other: Labelled) => traceOf(other, parts),
    /** Z' M Z itself, for groups that are few. */
    within: (other: Labelled) => withinOf(other, parts),
  };
}

type FormParts = ReturnType<typeof partsOf>;

function partsOf(groups: Labelled, arm: Labelled) {
  const [size, arms] = [groups.labels.length, arm.labels.length];
  // Rows of each group, and of each group in each arm.
  const [counts, armCounts] = [new Float64Array(size), new Float64Array(size * arms)];
  groups.codes.forEach((group, row) => {
    counts[group]!++;
    armCounts[group * arms + arm.codes[row]!]!++;
  });
  // Vectors v with (x̃'x̃)⁻ = Σ v v'.
  return { groups, arm, counts, armCounts, directions: armDirections(counts, armCounts, arms) };
}

/** The generalised inverse of x̃'x̃, as directions. */
function armDirections(counts: Float64Array, armCounts: Float64Array, arms: number): number[][] {
  const gram = zeros(arms, arms);
  let largest = 0;
  for (let group = 0; group < counts.length; group++) {
    for (let a = 0; a < arms; a++) {
      const count = armCounts[group * arms + a]!;
      gram[a]![a]! += count;
      largest = Math.max(largest, gram[a]![a]!);
      for (let b = 0; b < arms; b++) {
        gram[a]![b]! -= (count * armCounts[group * arms + b]!) / counts[group]!;
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
  const [sums, products] = [new Float64Array(counts.length), new Float64Array(arms)];
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
function meet(other: Labelled, { groups, arm, counts, armCounts }: FormParts) {
  const [arms, levels] = [arm.labels.length, other.labels.length];
  const products = new Float64Array(levels * arms);
  const pairs = new Map<number, number>();
  other.codes.forEach((level, row) => {
    products[level * arms + arm.codes[row]!]!++;
    const pair = groups.codes[row]! * levels + level;
    pairs.set(pair, (pairs.get(pair) ?? 0) + 1);
  });
  for (const [pair, count] of pairs) {
    const [group, level] = [Math.floor(pair / levels), pair % levels];
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
    matrix[level]![level]! += count;
    if (!byGroup.has(group)) byGroup.set(group, []);
    byGroup.get(group)!.push([level, count]);
  }
  for (const [group, met] of byGroup) {
    for (const [level, count] of met) {
      for (const [second, times] of met) matrix[level]![second]! -= (count * times) / parts.counts[group]!;
    }
  }
  for (const direction of parts.directions) {
    const along = matrix.map((_, level) =>
      dot(direction, products.subarray(level * arms, (level + 1) * arms))
    );
    matrix.forEach((row, level) => along.forEach((other, second) => row[second]! -= along[level]! * other));
  }
  return matrix;
}

function squaredLength(products: Float64Array, directions: FormParts["directions"]): number {
  return directions.reduce((length, direction) => length + dot(direction, products) ** 2, 0);
}
