/** A small dense matrix as rows. For k × k work only, where plain arrays are fastest: data stay in typed columns. */
export type Matrix = number[][];

/** A matrix of zeros. */
export function zeros(rows: number, columns: number): Matrix {
  const matrix: Matrix = [];
  for (let i = 0; i < rows; i++) matrix.push(new Array<number>(columns).fill(0));
  return matrix;
}

/** The product `a · b`. */
export function multiply(a: Matrix, b: Matrix): Matrix {
  const product = zeros(a.length, b.length === 0 ? 0 : b[0]!.length);
  for (let i = 0; i < a.length; i++) {
    const row = product[i]!;
    for (let inner = 0; inner < b.length; inner++) {
      const factor = a[i]![inner]!;
      const other = b[inner]!;
      for (let j = 0; j < row.length; j++) row[j] = row[j]! + factor * other[j]!;
    }
  }
  return product;
}

/** The transpose. */
export function transpose(a: Matrix): Matrix {
  const result = zeros(a.length === 0 ? 0 : a[0]!.length, a.length);
  for (let i = 0; i < a.length; i++) {
    for (let j = 0; j < result.length; j++) result[j]![i] = a[i]![j]!;
  }
  return result;
}

/** The sum of products of two vectors. */
export function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let total = 0;
  for (let i = 0; i < a.length; i++) total += a[i]! * b[i]!;
  return total;
}

/** The products of every row with a vector. */
export function multiplyVector(rows: readonly ArrayLike<number>[], v: ArrayLike<number>): number[] {
  const products: number[] = [];
  for (let i = 0; i < rows.length; i++) products.push(dot(rows[i]!, v));
  return products;
}

/** The trace of `a · b`, without the product. */
export function traceOfProduct(a: Matrix, b: Matrix): number {
  let total = 0;
  for (let i = 0; i < a.length; i++) {
    for (let j = 0; j < b.length; j++) total += a[i]![j]! * b[j]![i]!;
  }
  return total;
}

/** Adds `factor · u v'` to a matrix. */
export function addOuter(target: Matrix, u: ArrayLike<number>, v: ArrayLike<number>, factor = 1): void {
  for (let i = 0; i < target.length; i++) {
    const row = target[i]!;
    const scaled = factor * u[i]!;
    for (let j = 0; j < row.length; j++) row[j] = row[j]! + scaled * v[j]!;
  }
}

/** A matrix times a number. */
export function scaleMatrix(matrix: Matrix, factor: number): Matrix {
  return matrix.map((row) => row.map((value) => value * factor));
}

/** The inverse of an upper triangular matrix with a non-zero diagonal. */
export function invertUpper(upper: Matrix): Matrix {
  const size = upper.length;
  const inverse = zeros(size, size);
  for (let column = 0; column < size; column++) {
    for (let row = column; row >= 0; row--) {
      let rest = row === column ? 1 : 0;
      for (let inner = row + 1; inner <= column; inner++) {
        rest -= upper[row]![inner]! * inverse[inner]![column]!;
      }
      inverse[row]![column] = rest / upper[row]![row]!;
    }
  }
  return inverse;
}
