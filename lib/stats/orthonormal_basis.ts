/** What {@linkcode orthonormalBasis} returns: `column j = Σ_i basis[i] · coordinates[j][i]`. */
export interface OrthonormalBasis {
  /** Orthonormal vectors, as many as the rank. */
  readonly basis: readonly Float64Array[];
  /** Each column's coordinates in the basis; upper triangular over the kept columns. */
  readonly coordinates: number[][];
  /** The columns that added a direction; the others are combinations of earlier columns. */
  readonly kept: readonly number[];
}

/**
 * Builds an orthonormal basis of the columns' span, in their order: a later column that adds nothing is left out.
 *
 * Modified Gram-Schmidt, each column orthogonalised twice, which keeps the basis orthogonal to machine precision
 * (Giraud, Langou and Rozloznik 2005).
 *
 * @param tolerance a column adds nothing where what is left of it is shorter than this share of it
 * @param floors lengths below which what is left of a column is rounding
 */
export function orthonormalBasis(
  columns: readonly Float64Array[],
  tolerance: number,
  floors?: ArrayLike<number>,
): OrthonormalBasis {
  const basis: Float64Array[] = [];
  const kept: number[] = [];
  const coordinates = columns.map((column, j) => {
    const rest = new Float64Array(column);
    const position: number[] = [];
    for (let pass = 0; pass < 2; pass++) {
      for (let i = 0; i < basis.length; i++) position[i] = (position[i] ?? 0) + project(rest, basis[i]!);
    }
    const length = norm(rest);
    if (length > Math.max(tolerance * norm(column), floors?.[j] ?? 0)) {
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
  let along = 0;
  for (let row = 0; row < vector.length; row++) along += vector[row]! * direction[row]!;
  for (let row = 0; row < vector.length; row++) vector[row] = vector[row]! - along * direction[row]!;
  return along;
}

function norm(vector: Float64Array): number {
  let squares = 0;
  for (let row = 0; row < vector.length; row++) squares += vector[row]! * vector[row]!;
  return Math.sqrt(squares);
}
