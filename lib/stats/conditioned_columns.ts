import { cholesky } from "./cholesky.ts";
import { invertUpper, type Matrix, transpose, zeros } from "./matrix.ts";
import { orthonormalBasis } from "./orthonormal_basis.ts";
import { weightedProducts } from "./weighted_products.ts";

/** Columns that span what the given ones span, but of one scale and far from collinear. */
export interface ConditionedColumns {
  /** The columns to compute with. */
  readonly basis: readonly Float64Array[];
  /** Coefficients of the kept columns = `back` · coefficients of the basis. */
  readonly back: Matrix;
  /** The given columns that are not combinations of earlier ones. */
  readonly kept: readonly number[];
}

/**
 * Conditions a design matrix whose first column is the constant. Centred and scaled columns do where they are far from
 * collinear, which their correlations tell cheaply; otherwise an orthonormal basis is computed.
 */
export function conditionColumns(columns: readonly Float64Array[]): ConditionedColumns {
  const centred = centreColumns(columns);
  if (centred !== null) {
    const share = new Float64Array(columns[0]!.length).fill(1 / columns[0]!.length);
    if (isWellConditioned(weightedProducts(centred.basis, share))) return centred;
  }
  return orthogonalColumns(columns);
}

/** Whether centred and scaled columns with these products are far from collinear. */
export function isWellConditioned(products: Matrix): boolean {
  return cholesky(products, 1e-4) !== null;
}

/** An orthonormal basis of the columns, times √rows; combinations of earlier columns are left out. */
export function orthogonalColumns(columns: readonly Float64Array[]): ConditionedColumns {
  const rows = columns[0]!.length;
  // Columns are taken for collinear at the same 1e-7 as in least squares.
  const { basis, coordinates, kept } = orthonormalBasis(columns, 1e-7);
  const root = Math.sqrt(rows);
  const back = invertUpper(transpose(kept.map((j) => coordinates[j]!))).map((row) =>
    row.map((value) => value * root)
  );
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
