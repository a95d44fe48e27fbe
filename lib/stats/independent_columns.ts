import { invertUpper, type Matrix, multiply, transpose, zeros } from "./matrix.ts";

/** Which columns of a matrix of products stand for themselves, and how the others follow from them. */
export interface IndependentColumns {
  /** Columns that are no combination of earlier ones. */
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
  // One row per column: its coordinates in the orthonormal basis of the kept columns before it.
  const coordinates: number[][] = [];
  const left = new Map<number, number[]>();
  products.forEach((column, j) => {
    const own: number[] = [];
    let rest = column[j]!;
    kept.forEach((earlier, place) => {
      let value = column[earlier]!;
      for (let inner = 0; inner < place; inner++) value -= own[inner]! * coordinates[place]![inner]!;
      own.push(value / coordinates[place]![place]!);
      rest -= own[place]! * own[place]!;
    });
    if (rest > tolerance * column[j]!) {
      own.push(Math.sqrt(rest));
      coordinates.push(own);
      kept.push(j);
    } else left.set(j, own);
  });
  const upper = zeros(kept.length, kept.length);
  coordinates.forEach((own, column) => own.forEach((value, row) => upper[row]![column] = value));
  const inverseUpper = invertUpper(upper);
  const dependent = new Map<number, readonly number[]>();
  for (const [column, own] of left) {
    dependent.set(
      column,
      kept.map((_, row) => own.reduce((sum, value, inner) => sum + inverseUpper[row]![inner]! * value, 0)),
    );
  }
  return { kept, dependent, inverse: multiply(inverseUpper, transpose(inverseUpper)) };
}
