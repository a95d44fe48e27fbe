import {
  cholesky,
  dot,
  invertCholesky,
  invertUpper,
  largestSize,
  type Matrix,
  multiply,
  multiplyVector,
} from "./matrix.ts";
import { scaleMatrix, solveCholesky, solveUpper, transpose, zeros } from "./matrix.ts";
import { addCombination, addProducts, blockRows, columnProducts } from "./products.ts";
import { symmetricMatrix, timesUpper } from "./products.ts";

/** The one rule of rank: a column is a combination of earlier ones where a smaller share of its length is left. */
const collinear = 1e-10;

/**
 * Builds an orthonormal basis of the columns' span, in their order: a later column that adds nothing is left out.
 *
 * Modified Gram-Schmidt, each column orthogonalised twice, which keeps the basis orthogonal to machine precision
 * (Giraud, Langou and Rozloznik 2005).
 *
 * @param tolerance the share of a column's length that must be left
 * @param floors lengths below which what is left of a column is rounding
 * @returns the basis; each column's coordinates, `column j = Σ_i basis[i] · coordinates[j][i]`; and the columns that added one
 */
export function orthonormalBasis(
  columns: readonly Float64Array[],
  tolerance = collinear,
  floors?: ArrayLike<number>,
): { basis: readonly Float64Array[]; coordinates: number[][]; kept: readonly number[] } {
  const basis: Float64Array[] = [];
  const kept: number[] = [];
  const coordinates = columns.map((column, j) => {
    const rest = new Float64Array(column);
    const position: number[] = [];
    for (let pass = 0; pass < 2; pass++) {
      for (let i = 0; i < basis.length; i++) {
        position[i] = (position[i] ?? 0) + project(rest, basis[i]!);
      }
    }
    const length = Math.sqrt(dot(rest, rest));
    if (length > Math.max(tolerance * Math.sqrt(dot(column, column)), floors?.[j] ?? 0)) {
      position.push(length);
      for (let row = 0; row < rest.length; row++) rest[row] = rest[row]! / length;
      basis.push(rest);
      kept.push(j);
    }
    return position;
  });
  for (const position of coordinates) while (position.length < basis.length) position.push(0);
  return { basis, coordinates, kept };
}

/** Takes the part along `direction` out of `vector`, and returns its length. */
function project(vector: Float64Array, direction: Float64Array): number {
  const along = dot(vector, direction);
  for (let row = 0; row < vector.length; row++) vector[row] = vector[row]! - along * direction[row]!;
  return along;
}

/** Columns that span what the given ones span (combinations left out), but of one scale and far from collinear. */
interface ConditionedColumns {
  readonly basis: readonly Float64Array[];
  /** Coefficients of the kept columns = `back` · coefficients of the basis. */
  readonly back: Matrix;
  readonly kept: readonly number[];
}

/** Whether centred and scaled columns with these products are far from collinear. */
export function isWellConditioned(products: Matrix): boolean {
  return cholesky(products, 1e-4) !== null;
}

/**
 * An orthonormal basis of the columns, of which the first is ones, times √rows; combinations of earlier columns are left
 * out. Columns are taken less their means, so that one that varies little about a large mean is not taken for constant.
 */
export function orthogonalColumns(columns: readonly Float64Array[]): ConditionedColumns {
  const rows = columns[0]!.length;
  const means = columns.map((column, j) =>
    j === 0 ? 0 : column.reduce((sum, value) => sum + value, 0) / rows
  );
  const centred = columns.map((column, j) => column.map((value) => value - means[j]!));
  const floors = means.map((mean) => 1e-14 * Math.abs(mean) * Math.sqrt(rows));
  const { basis, coordinates, kept } = orthonormalBasis(centred, collinear, floors);
  const root = Math.sqrt(rows);
  const back = scaleMatrix(invertUpper(transpose(kept.map((j) => coordinates[j]!))), root);
  for (let i = 1; i < kept.length; i++) {
    back[0] = back[0]!.map((value, j) => value - means[kept[i]!]! * back[i]![j]!);
  }
  for (const column of basis) for (let row = 0; row < rows; row++) column[row] = column[row]! * root;
  return { basis, back, kept };
}

/** Columns less their means, over their standard deviations; `null` where a column hardly varies about its mean. */
export function centreColumns(columns: readonly Float64Array[]): ConditionedColumns | null {
  const rows = columns[0]!.length;
  const size = columns.length;
  const basis: Float64Array[] = [columns[0]!];
  const back = zeros(size, size);
  back[0]![0] = 1;
  for (let j = 1; j < size; j++) {
    const column = columns[j]!;
    let [sum, squares] = [0, 0];
    for (let row = 0; row < rows; row++) sum += column[row]!;
    const mean = sum / rows;
    for (let row = 0; row < rows; row++) squares += (column[row]! - mean) ** 2;
    const scale = Math.sqrt(squares / rows);
    if (!(scale > 1e-4 * Math.abs(mean))) return null;
    const centred = new Float64Array(rows);
    for (let row = 0; row < rows; row++) centred[row] = (column[row]! - mean) / scale;
    basis.push(centred);
    back[j]![j] = 1 / scale;
    back[0]![j] = -mean / scale;
  }
  return { basis, back, kept: [...columns.keys()] };
}

/** Which columns of a matrix of products stand for themselves, and how the others follow from them. */
export interface IndependentColumns {
  readonly kept: readonly number[];
  /** For each other column, its place and the combination of kept columns (in the order of `kept`) that it is. */
  readonly dependent: ReadonlyMap<number, readonly number[]>;
  /** The inverse of the kept columns' products. */
  readonly inverse: Matrix;
}

/**
 * Factors a matrix of products X'X column by column, leaving out columns that are combinations of earlier ones: the
 * order in which R's lm leaves them out.
 *
 * For columns of zeros and ones, whose products are counts and therefore exact; `tolerance` is the share of a column's
 * own square that must remain.
 */
export function independentColumns(products: Matrix, tolerance = 1e-10): IndependentColumns {
  const kept: number[] = [];
  // The Cholesky factor of the kept columns' products, whose rows end at the diagonal.
  const lower: Matrix = [];
  const combinations = new Map<number, Float64Array>();
  products.forEach((column, j) => {
    const own: number[] = [];
    let rest = column[j]!;
    kept.forEach((earlier, place) => {
      own.push((column[earlier]! - dot(own, lower[place]!)) / lower[place]![place]!);
      rest -= own[place]! * own[place]!;
    });
    if (rest > tolerance * column[j]!) {
      lower.push([...own, Math.sqrt(rest)]);
      kept.push(j);
    } else combinations.set(j, solveCholesky(lower, kept.map((earlier) => column[earlier]!)));
  });
  const dependent = new Map<number, readonly number[]>();
  // Columns kept later take no part.
  for (const [j, known] of combinations) dependent.set(j, kept.map((_, place) => known[place] ?? 0));
  return { kept, dependent, inverse: invertCholesky(lower) };
}

/** A least squares fit before its covariance; `estimates` and the orthonormal `basis` Q are of the kept columns. */
export interface BasisFit {
  readonly basis: readonly Float64Array[];
  /** R⁻¹ with columns = Q R. */
  readonly inverseUpper: Matrix;
  readonly kept: readonly number[];
  readonly estimates: Float64Array;
  readonly residuals: Float64Array;
}

/** A fit on the scale of √weights, before its covariance: what every covariance estimator starts from. */
export interface LeastSquaresParts {
  /** Orthonormal basis Q of the √weighted columns. */
  readonly basis: readonly Float64Array[];
  /** R⁻¹ of the QR decomposition, so that (X'WX)⁻¹ = R⁻¹R⁻ᵀ. */
  readonly inverseUpper: Matrix;
  /** Weights with mean 1; `null` where all are equal. */
  readonly weights: Float64Array | null;
  /** Outcome less fitted value, times √weight. */
  readonly residuals: Float64Array;
  /** The rank that absorbed fixed effects take up; 0 without. */
  readonly absorbedRank: number;
  /** Each row's leverage through absorbed fixed effects; `null` without. */
  readonly absorbedLeverage: Float64Array | null;
  /** Each row's level of the factor whose leverage that is. */
  readonly absorbedCodes: Int32Array | null;
}

/**
 * Fits a target on columns; overwrites both. Where columns are far from collinear, by the Cholesky factor of their
 * products, twice over (Cholesky QR 2, Yamamoto, Nakatsukasa, Yanagisawa and Fukaya 2015), which is as accurate as
 * Householder's QR there and reads each column in the cache; otherwise by Gram-Schmidt, twice over.
 *
 * @param floors lengths below which what is left of a column is rounding
 */
export function fitOnBasis(
  columns: readonly Float64Array[],
  target: Float64Array,
  floors: ArrayLike<number>,
): BasisFit {
  return fitByProducts(columns, target, floors) ?? fitByProjection(columns, target, floors);
}

function fitByProducts(
  columns: readonly Float64Array[],
  target: Float64Array,
  floors: ArrayLike<number>,
): BasisFit | null {
  const { matrix, along } = partProducts(columnProducts([...columns, target]));
  const lengths = matrix.map((row, j) => Math.sqrt(row[j]!));
  if (lengths.some((length, j) => !(length > 1e3 * floors[j]!) || !(length > 1e-140) || length > 1e140)) {
    return null;
  }
  const equal = matrix.map((row, j) => row.map((value, l) => value / lengths[j]! / lengths[l]!));
  // Pivots are squared shares not given by earlier columns; above 1e-8 a second pass gives back what squaring lost.
  const lower = cholesky(equal, 1e-8);
  if (lower === null) return null;
  const first = invertUpper(transpose(lower)).map((row, l) => row.map((value) => value / lengths[l]!));
  const start = multiplyVector(first, multiplyVector(transpose(first), along));
  const totals = new Float64Array((columns.length + 1) ** 2);
  refine(columns, target, start, first, totals);
  const again = partProducts(symmetricMatrix(totals, columns.length + 1));
  const second = cholesky(again.matrix, 1e-8)!;
  const step = solveCholesky(second, again.along);
  const back = invertUpper(transpose(second));
  const isOne = (value: number, j: number, l: number) => Math.abs(value - (j === l ? 1 : 0)) < 1e-14;
  const exact = again.matrix.every((row, j) => row.every((value, l) => isOne(value, j, l)));
  refine(columns, target, step, exact ? null : back);
  return {
    basis: columns,
    inverseUpper: multiply(first, back),
    kept: [...columns.keys()],
    estimates: Float64Array.from(multiplyVector(first, step), (value, j) => value + start[j]!),
    residuals: target,
  };
}

/**
 * Takes a combination of the columns out of the residuals, then multiplies the columns by an upper triangular matrix;
 * adds the products of all to `totals`.
 */
function refine(
  columns: readonly Float64Array[],
  residuals: Float64Array,
  combination: ArrayLike<number>,
  upper: Matrix | null,
  totals?: Float64Array,
): void {
  const all = [...columns, residuals];
  const negative = Float64Array.from(combination, (value) => -value);
  const upperColumns = upper === null ? null : transpose(upper);
  for (let from = 0; from < residuals.length; from += blockRows) {
    const to = Math.min(residuals.length, from + blockRows);
    addCombination(residuals, columns, negative, columns.length, from, to);
    if (upperColumns !== null) timesUpper(columns, upperColumns, from, to);
    if (totals !== undefined) addProducts(totals, all, from, to);
  }
}

/** Of the products of columns and target: the columns' own, and those with the target. */
function partProducts(products: Matrix): { matrix: Matrix; along: readonly number[] } {
  const rows = products.map((row) => row.slice(0, -1));
  return { matrix: rows.slice(0, -1), along: rows.at(-1)! };
}

function fitByProjection(
  columns: readonly Float64Array[],
  target: Float64Array,
  floors: ArrayLike<number>,
): BasisFit {
  const units = columns.map((column) => largestSize(column) || 1);
  const scaled = columns.map((column, j) => column.map((value) => value / units[j]!));
  const own = units.map((unit, j) => floors[j]! / unit);
  const { basis, coordinates, kept } = orthonormalBasis(scaled, collinear, own);
  const upper = transpose(kept.map((j) => coordinates[j]!));
  const along = new Float64Array(basis.length);
  for (let pass = 0; pass < 2; pass++) {
    basis.forEach((direction, i) => along[i] = along[i]! + project(target, direction));
  }
  return {
    basis,
    inverseUpper: invertUpper(upper).map((row, i) => row.map((value) => value / units[kept[i]!]!)),
    kept,
    estimates: solveUpper(upper, along).map((value, i) => value / units[kept[i]!]!),
    residuals: target,
  };
}
