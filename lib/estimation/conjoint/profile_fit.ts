import { type IndependentColumns, independentColumns } from "../../stats/basis.ts";
import { largestSize, type Matrix, zeros } from "../../stats/matrix.ts";
import { type ConjointModel, termColumn } from "./profile_model.ts";
import type { ConjointRows } from "./shown_profiles.ts";

/** The model fitted to each subgroup by itself, with the covariance of all coefficients through their respondents. */
export interface ConjointFit {
  readonly size: number;
  /** For each subgroup its coefficients, stacked; 0 where a column was left out. */
  readonly coefficients: Float64Array;
  readonly columns: readonly IndependentColumns[];
  /** Σ_c s_c s_c' over respondents c, s_c = Σ w e x in all subgroups, stacked; in parts that sum to the whole. */
  readonly meats: readonly ClusterMeat[];
  /** The number of respondents: all, and those with rows in each subgroup. */
  readonly clusters: number;
  readonly clustersOf: readonly number[];
  readonly rowsOf: readonly number[];
  readonly squares: number;
  readonly largest: number;
}

/** What respondents who have rows in the same subgroups add to the covariance, and their number. */
type ClusterMeat = { readonly meat: Matrix; clusters: number };

/**
 * Fits the model by weighted least squares, in each subgroup by itself.
 *
 * @param parts into how many parts respondents are sorted, by the subgroups in which they have rows
 */
export function fitConjoint(rows: ConjointRows, model: ConjointModel, parts = 1): ConjointFit {
  const active = activeMatrix(rows, model);
  const products = productsOf(rows, model, active);
  const columns = products.map((matrix) => independentColumns(matrix));
  const coefficients = new Float64Array(rows.groups.length * model.size);
  const residual = rows.value.slice();
  // The second pass takes the first one's rounding back out.
  for (let pass = 0; pass < 2; pass++) {
    const change = solve(columns, model.size, weightedTotals(rows, model.size, active, residual));
    for (let j = 0; j < change.length; j++) coefficients[j] = coefficients[j]! + change[j]!;
    subtractFitted(rows, active, change, residual);
  }
  const respondents = meatOf(rows, { size: model.size, parts }, active, residual);
  const rowsOf = new Array<number>(rows.groups.length).fill(0);
  for (const group of rows.group) rowsOf[group]!++;
  const squares = residual.reduce((sum, e, row) => sum + e * e * (rows.weight?.[row] ?? 1), 0);
  const largest = largestSize(rows.value);
  return { size: model.size, coefficients, columns, ...respondents, rowsOf, squares, largest };
}

type ActiveMatrix = ReturnType<typeof activeMatrix>;

/** For each row the stacked columns that are 1: the constant's, then one per term, -1 where there is none. */
function activeMatrix({ features, group }: ConjointRows, model: ConjointModel) {
  const width = model.terms.length + 1;
  const columns = new Int32Array(group.length * width);
  let row = 0;
  const level = (feature: number): number => features[feature]!.codes[row]!;
  for (; row < group.length; row++) {
    const start = group[row]! * model.size;
    columns[row * width] = start;
    for (let term = 1; term < width; term++) {
      const column = termColumn(model, model.terms[term - 1]!, level);
      columns[row * width + term] = column < 0 ? -1 : start + column;
    }
  }
  return { width, columns };
}

function productsOf(
  { group, groups, weight }: ConjointRows,
  { size }: ConjointModel,
  { width, columns }: ActiveMatrix,
): Matrix[] {
  const products = groups.map(() => zeros(size, size));
  for (let row = 0; row < group.length; row++) {
    const start = group[row]! * size;
    const matrix = products[group[row]!]!;
    const w = weight === null ? 1 : weight[row]!;
    for (let i = row * width; i < (row + 1) * width; i++) {
      if (columns[i]! < 0) continue;
      const line = matrix[columns[i]! - start]!;
      for (let j = row * width; j <= i; j++) {
        if (columns[j]! >= 0) line[columns[j]! - start] = line[columns[j]! - start]! + w;
      }
    }
  }
  products.forEach(mirror);
  return products;
}

function weightedTotals(
  { group, groups, weight }: ConjointRows,
  size: number,
  { width, columns }: ActiveMatrix,
  values: Float64Array,
): Float64Array {
  const totals = new Float64Array(groups.length * size);
  for (let row = 0; row < group.length; row++) {
    const value = values[row]! * (weight === null ? 1 : weight[row]!);
    for (let i = row * width; i < (row + 1) * width; i++) {
      if (columns[i]! >= 0) totals[columns[i]!] = totals[columns[i]!]! + value;
    }
  }
  return totals;
}

/** M t for each subgroup's M, on the kept columns. */
export function solve(
  columns: readonly IndependentColumns[],
  size: number,
  totals: ArrayLike<number>,
): Float64Array {
  const solved = new Float64Array(totals.length);
  columns.forEach(({ kept, inverse }, group) => {
    kept.forEach((column, i) => {
      let value = 0;
      kept.forEach((other, j) => value += inverse[i]![j]! * totals[group * size + other]!);
      solved[group * size + column] = value;
    });
  });
  return solved;
}

function subtractFitted(
  { group }: ConjointRows,
  { width, columns }: ActiveMatrix,
  change: Float64Array,
  residual: Float64Array,
): void {
  for (let row = 0; row < group.length; row++) {
    let fitted = 0;
    for (let i = row * width; i < (row + 1) * width; i++) {
      if (columns[i]! >= 0) fitted += change[columns[i]!]!;
    }
    residual[row] = residual[row]! - fitted;
  }
}

function meatOf(
  { groups, weight, respondents }: ConjointRows,
  { size, parts }: { size: number; parts: number },
  { width, columns }: ActiveMatrix,
  residual: Float64Array,
): Pick<ConjointFit, "meats" | "clusters" | "clustersOf"> {
  const total = groups.length * size;
  const meats = new Map<string, ClusterMeat>();
  const clustersOf = new Array<number>(groups.length).fill(0);
  const score = new Float64Array(total);
  // Only columns that a respondent's rows reach are touched, so that sparse scores cost little.
  const touched = new Int32Array(total);
  const isTouched = new Uint8Array(total);
  for (const members of respondents) {
    let count = 0;
    for (const row of members) {
      const value = residual[row]! * (weight === null ? 1 : weight[row]!);
      for (let i = row * width; i < (row + 1) * width; i++) {
        const column = columns[i]!;
        if (column < 0) continue;
        if (isTouched[column] === 0) {
          isTouched[column] = 1;
          touched[count++] = column;
        }
        score[column] = score[column]! + value;
      }
    }
    const own = touched.subarray(0, count);
    const part = partOf(meats, own, { size, parts, total });
    part.clusters++;
    addScore(part.meat, score, own);
    for (const column of own) {
      // The constant's column tells in which subgroups the respondent has rows.
      if (column % size === 0) clustersOf[column / size]!++;
      score[column] = isTouched[column] = 0;
    }
  }
  for (const { meat } of meats.values()) mirror(meat);
  return { meats: [...meats.values()], clusters: respondents.length, clustersOf };
}

/** Adds s s' below the diagonal. */
function addScore(meat: Matrix, score: Float64Array, columns: Int32Array): void {
  for (let i = 0; i < columns.length; i++) {
    const left = columns[i]!;
    for (let j = 0; j <= i; j++) {
      const right = columns[j]!;
      const line = meat[left > right ? left : right]!;
      const at = left > right ? right : left;
      line[at] = line[at]! + score[left]! * score[right]!;
    }
  }
}

function mirror(matrix: Matrix): void {
  for (let i = 0; i < matrix.length; i++) for (let j = 0; j < i; j++) matrix[j]![i] = matrix[i]![j]!;
}

function partOf(
  meats: Map<string, ClusterMeat>,
  columns: Int32Array,
  { size, parts, total }: { size: number; parts: number; total: number },
): ClusterMeat {
  let key = parts === 1 ? "" : columns.filter((column) => column % size === 0).sort().join();
  // What exceeds the number of parts shares the last one.
  if (!meats.has(key) && meats.size >= parts - 1) key = "";
  let part = meats.get(key);
  if (part === undefined) meats.set(key, part = { meat: zeros(total, total), clusters: 0 });
  return part;
}
