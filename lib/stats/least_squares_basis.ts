import { cholesky, solveCholesky } from "./cholesky.ts";
import { addCombination, addProducts, blockRows, timesUpper } from "./column_products.ts";
import { invertUpper, type Matrix, multiply, multiplyVector, transpose } from "./matrix.ts";
import { orthonormalBasis } from "./orthonormal_basis.ts";

/** A least squares fit before its covariance; `estimates` and `inverseUpper` belong to the kept columns. */
export interface BasisFit {
  /** Orthonormal basis Q of the kept columns. */
  readonly basis: readonly Float64Array[];
  /** R⁻¹ with columns = Q R. */
  readonly inverseUpper: Matrix;
  /** The columns that are not combinations of earlier ones. */
  readonly kept: readonly number[];
  /** The kept columns' coefficients. */
  readonly estimates: Float64Array;
  /** Target less fitted value. */
  readonly residuals: Float64Array;
}

/** A column whose part that earlier columns do not give is shorter than this share of it is left out. */
const collinear = 1e-10;

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
  const size = columns.length;
  const { matrix, along } = productsOf(columns, target);
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
  const again = residualsAndBasis(columns, target, start, first);
  const second = cholesky(again.matrix, 1e-8)!;
  const step = solveCholesky(second, again.along);
  const back = invertUpper(transpose(second));
  correct(columns, target, step, back, again.matrix);
  return {
    basis: columns,
    inverseUpper: multiply(first, back),
    kept: [...columns.keys()],
    estimates: Float64Array.from(multiplyVector(first, step), (value, j) => value + start[j]!),
    residuals: target,
  };

  /** One refinement: residuals of the first estimates, and the columns times R⁻¹ with their products. */
  function residualsAndBasis(
    own: readonly Float64Array[],
    residuals: Float64Array,
    estimates: readonly number[],
    inverse: Matrix,
  ): { matrix: Matrix; along: Float64Array } {
    const negative = estimates.map((value) => -value);
    const inverseColumns = transpose(inverse);
    const totals = new Float64Array((size + 1) ** 2);
    const all = [...own, residuals];
    for (let from = 0; from < residuals.length; from += blockRows) {
      const to = Math.min(residuals.length, from + blockRows);
      addCombination(residuals, own, negative, size, from, to);
      timesUpper(own, inverseColumns, from, to);
      addProducts(totals, all, from, to);
    }
    return unpack(totals, size);
  }
}

function productsOf(columns: readonly Float64Array[], target: Float64Array): {
  matrix: Matrix;
  along: Float64Array;
} {
  const totals = new Float64Array((columns.length + 1) ** 2);
  const all = [...columns, target];
  for (let from = 0; from < target.length; from += blockRows) {
    addProducts(totals, all, from, Math.min(target.length, from + blockRows));
  }
  return unpack(totals, columns.length);
}

/** The columns' products as a symmetric matrix, and their products with the target. */
function unpack(totals: Float64Array, size: number): { matrix: Matrix; along: Float64Array } {
  const matrix: Matrix = [];
  for (let j = 0; j < size; j++) {
    matrix.push(
      Array.from({ length: size }, (_, l) => totals[Math.max(j, l) * (size + 1) + Math.min(j, l)]!),
    );
  }
  return { matrix, along: totals.slice(size * (size + 1), size * (size + 1) + size) };
}

/** Takes the last step out of the residuals, and makes the basis orthonormal to the last digit. */
function correct(
  basis: readonly Float64Array[],
  residuals: Float64Array,
  step: Float64Array,
  back: Matrix,
  products: Matrix,
): void {
  const exact = products.every((row, j) =>
    row.every((value, l) => Math.abs(value - (j === l ? 1 : 0)) < 1e-14)
  );
  const negative = step.map((value) => -value);
  const backColumns = transpose(back);
  for (let from = 0; from < residuals.length; from += blockRows) {
    const to = Math.min(residuals.length, from + blockRows);
    addCombination(residuals, basis, negative, basis.length, from, to);
    if (!exact) timesUpper(basis, backColumns, from, to);
  }
}

function fitByProjection(
  columns: readonly Float64Array[],
  target: Float64Array,
  floors: ArrayLike<number>,
): BasisFit {
  const units = columns.map(largest);
  columns.forEach((column, j) => divide(column, units[j]!));
  const { basis, coordinates, kept } = orthonormalBasis(
    columns,
    collinear,
    units.map((unit, j) => floors[j]! / unit),
  );
  const upper = transpose(kept.map((j) => coordinates[j]!));
  const inverse = invertUpper(upper);
  const residuals = new Float64Array(target);
  const coordinatesOf = new Float64Array(basis.length);
  for (let pass = 0; pass < 2; pass++) {
    basis.forEach((direction, i) => coordinatesOf[i] = coordinatesOf[i]! + project(residuals, direction));
  }
  return {
    basis,
    inverseUpper: inverse.map((row, i) => row.map((value) => value / units[kept[i]!]!)),
    kept,
    estimates: Float64Array.from(
      solveUpper(upper, coordinatesOf),
      (value, i) => value / units[kept[i]!]!,
    ),
    residuals,
  };
}

function largest(column: Float64Array): number {
  let most = 0;
  for (let row = 0; row < column.length; row++) most = Math.max(most, Math.abs(column[row]!));
  return most > 0 ? most : 1;
}

function divide(column: Float64Array, unit: number): void {
  for (let row = 0; row < column.length; row++) column[row] = column[row]! / unit;
}

function project(vector: Float64Array, direction: Float64Array): number {
  let along = 0;
  for (let row = 0; row < vector.length; row++) along += vector[row]! * direction[row]!;
  for (let row = 0; row < vector.length; row++) vector[row] = vector[row]! - along * direction[row]!;
  return along;
}

function solveUpper(upper: Matrix, values: Float64Array): Float64Array {
  const solved = new Float64Array(values);
  for (let i = solved.length - 1; i >= 0; i--) {
    for (let j = i + 1; j < solved.length; j++) solved[i] = solved[i]! - upper[i]![j]! * solved[j]!;
    solved[i] = solved[i]! / upper[i]![i]!;
  }
  return solved;
}
