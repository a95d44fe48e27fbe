import type { Matrix } from "./matrix.ts";

/** Rows taken at a time: so few that a block of every column stays in the processor's cache. */
export const blockRows = 512;

/**
 * Adds x_j'x_l over rows `from` to `to` to `totals[j · count + l]` for l ≤ j; what it leaves above the diagonal means
 * nothing. Two columns by four at a time, whose eight sums stay in registers. Called block by block, rounding grows
 * with the number of blocks and not of rows.
 */
export function addProducts(
  totals: Float64Array,
  columns: readonly Float64Array[],
  from: number,
  to: number,
): void {
  const count = columns.length;
  for (let j = 0; j + 1 < count; j += 2) {
    for (let l = 0; l + 3 <= j + 1; l += 4) addTile(totals, columns, j, l, from, to);
    if (j % 4 === 0) addCorner(totals, columns, j, from, to);
  }
  if (count % 2 === 1) addLastRow(totals, columns, from, to);
}

/** Rows j and j + 1 by columns l to l + 3. */
function addTile(
  totals: Float64Array,
  columns: readonly Float64Array[],
  j: number,
  l: number,
  from: number,
  to: number,
): void {
  const a = columns[j]!, b = columns[j + 1]!;
  const c = columns[l]!, d = columns[l + 1]!, e = columns[l + 2]!, f = columns[l + 3]!;
  let ac = 0, ad = 0, ae = 0, af = 0, bc = 0, bd = 0, be = 0, bf = 0;
  for (let row = from; row < to; row++) {
    const p = a[row]!, q = b[row]!, r = c[row]!, s = d[row]!, t = e[row]!, u = f[row]!;
    ac += p * r;
    ad += p * s;
    ae += p * t;
    af += p * u;
    bc += q * r;
    bd += q * s;
    be += q * t;
    bf += q * u;
  }
  const top = j * columns.length + l;
  const bottom = top + columns.length;
  totals[top] = totals[top]! + ac;
  totals[top + 1] = totals[top + 1]! + ad;
  totals[top + 2] = totals[top + 2]! + ae;
  totals[top + 3] = totals[top + 3]! + af;
  totals[bottom] = totals[bottom]! + bc;
  totals[bottom + 1] = totals[bottom + 1]! + bd;
  totals[bottom + 2] = totals[bottom + 2]! + be;
  totals[bottom + 3] = totals[bottom + 3]! + bf;
}

/** Rows j and j + 1 by the same two columns. */
function addCorner(
  totals: Float64Array,
  columns: readonly Float64Array[],
  j: number,
  from: number,
  to: number,
): void {
  const a = columns[j]!, b = columns[j + 1]!;
  let aa = 0, ab = 0, bb = 0;
  for (let row = from; row < to; row++) {
    const p = a[row]!, q = b[row]!;
    aa += p * p;
    ab += p * q;
    bb += q * q;
  }
  const top = j * columns.length + j;
  const bottom = top + columns.length;
  totals[top] = totals[top]! + aa;
  totals[bottom] = totals[bottom]! + ab;
  totals[bottom + 1] = totals[bottom + 1]! + bb;
}

function addLastRow(
  totals: Float64Array,
  columns: readonly Float64Array[],
  from: number,
  to: number,
): void {
  const at = (columns.length - 1) * columns.length;
  const own = columns[columns.length - 1]!;
  let l = 0;
  for (; l + 3 < columns.length; l += 4) {
    const a = columns[l]!, b = columns[l + 1]!, c = columns[l + 2]!, d = columns[l + 3]!;
    let oa = 0, ob = 0, oc = 0, od = 0;
    for (let row = from; row < to; row++) {
      const o = own[row]!;
      oa += o * a[row]!;
      ob += o * b[row]!;
      oc += o * c[row]!;
      od += o * d[row]!;
    }
    totals[at + l] = totals[at + l]! + oa;
    totals[at + l + 1] = totals[at + l + 1]! + ob;
    totals[at + l + 2] = totals[at + l + 2]! + oc;
    totals[at + l + 3] = totals[at + l + 3]! + od;
  }
  for (; l < columns.length; l++) {
    const other = columns[l]!;
    let total = 0;
    for (let row = from; row < to; row++) total += own[row]! * other[row]!;
    totals[at + l] = totals[at + l]! + total;
  }
}

/** Adds Σ_j factors[j] · columns[j] of the first `count` columns to `target` over rows `from` to `to`. */
export function addCombination(
  target: Float64Array,
  columns: readonly Float64Array[],
  factors: ArrayLike<number>,
  count: number,
  from: number,
  to: number,
): void {
  let j = 0;
  for (; j + 3 < count; j += 4) {
    const a = columns[j]!, b = columns[j + 1]!, c = columns[j + 2]!, d = columns[j + 3]!;
    const p = factors[j]!, q = factors[j + 1]!, r = factors[j + 2]!, s = factors[j + 3]!;
    for (let row = from; row < to; row++) {
      target[row] = target[row]! + (p * a[row]! + q * b[row]!) + (r * c[row]! + s * d[row]!);
    }
  }
  for (; j < count; j++) {
    const a = columns[j]!, p = factors[j]!;
    for (let row = from; row < to; row++) target[row] = target[row]! + p * a[row]!;
  }
}

/**
 * Replaces the columns by their products with an upper triangular matrix, in place; `upperColumns[j]` is the matrix's
 * column j.
 */
export function timesUpper(
  columns: readonly Float64Array[],
  upperColumns: readonly ArrayLike<number>[],
  from: number,
  to: number,
): void {
  // From the last column, so that each is made of columns not yet replaced.
  for (let j = columns.length - 1; j >= 0; j--) {
    const target = columns[j]!;
    const own = upperColumns[j]![j]!;
    for (let row = from; row < to; row++) target[row] = target[row]! * own;
    addCombination(target, columns, upperColumns[j]!, j, from, to);
  }
}

/** Adds the squares of the columns to `target`: with an orthonormal basis, the leverages. */
export function addSquares(
  target: Float64Array,
  columns: readonly Float64Array[],
  from: number,
  to: number,
): void {
  for (const column of columns) {
    for (let row = from; row < to; row++) target[row] = target[row]! + column[row]! * column[row]!;
  }
}

/** The sums of products X'X, or X' diag(scale²) X. */
export function columnProducts(columns: readonly Float64Array[], scale?: Float64Array): Matrix {
  const rows = columns[0]?.length ?? 0;
  const totals = new Float64Array(columns.length ** 2);
  const scaled = scale === undefined ? [] : columns.map(() => new Float64Array(blockRows));
  for (let from = 0; from < rows; from += blockRows) {
    const to = Math.min(rows, from + blockRows);
    if (scale === undefined) addProducts(totals, columns, from, to);
    else {
      columns.forEach((column, j) => {
        const own = scaled[j]!;
        for (let row = from; row < to; row++) own[row - from] = column[row]! * scale[row]!;
      });
      addProducts(totals, scaled, 0, to - from);
    }
  }
  return symmetricMatrix(totals, columns.length);
}

/** The matrix whose lower triangle {@linkcode addProducts} has summed. */
export function symmetricMatrix(totals: Float64Array, size: number): Matrix {
  return Array.from(
    { length: size },
    (_, j) => Array.from({ length: size }, (_, l) => totals[Math.max(j, l) * size + Math.min(j, l)]!),
  );
}

/** The sums Σ_j column_j · factor_j. */
export function combineColumns(columns: readonly Float64Array[], factors: ArrayLike<number>): Float64Array {
  const total = new Float64Array(columns[0]?.length ?? 0);
  for (let from = 0; from < total.length; from += blockRows) {
    addCombination(total, columns, factors, columns.length, from, Math.min(total.length, from + blockRows));
  }
  return total;
}
