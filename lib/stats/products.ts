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
    if (j % 4 === 0) {
      addPair(totals, columns, j, j, from, to);
      addPair(totals, columns, j + 1, j, from, to);
      addPair(totals, columns, j + 1, j + 1, from, to);
    }
  }
  if (count % 2 === 1) { for (let l = 0; l < count; l++) addPair(totals, columns, count - 1, l, from, to); }
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

/** Row j by column l; four sums at once, so that an addition need not wait for the one before. */
function addPair(
  totals: Float64Array,
  columns: readonly Float64Array[],
  j: number,
  l: number,
  from: number,
  to: number,
): void {
  const a = columns[j]!, b = columns[l]!;
  let first = 0, second = 0, third = 0, fourth = 0;
  let row = from;
  for (; row + 3 < to; row += 4) {
    first += a[row]! * b[row]!;
    second += a[row + 1]! * b[row + 1]!;
    third += a[row + 2]! * b[row + 2]!;
    fourth += a[row + 3]! * b[row + 3]!;
  }
  for (; row < to; row++) first += a[row]! * b[row]!;
  const at = j * columns.length + l;
  totals[at] = totals[at]! + (first + second) + (third + fourth);
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

/** The sums Σ column_j · factor within groups of rows: for each column, one sum a group. */
export function groupProducts(
  columns: readonly Float64Array[],
  factor: Float64Array,
  groups: readonly ArrayLike<number>[],
): Float64Array[] {
  return columns.map((column) => {
    const sums = new Float64Array(groups.length);
    for (let group = 0; group < sums.length; group++) {
      const rows = groups[group]!;
      let total = 0;
      for (let i = 0; i < rows.length; i++) total += column[rows[i]!]! * factor[rows[i]!]!;
      sums[group] = total;
    }
    return sums;
  });
}

/** The matrix whose lower triangle {@linkcode addProducts} has summed. */
export function symmetricMatrix(totals: Float64Array, size: number): Matrix {
  const places = Array.from({ length: size }, (_, j) => j);
  return places.map((j) => places.map((l) => totals[Math.max(j, l) * size + Math.min(j, l)]!));
}

/** The sums Σ_j column_j · factor_j. */
export function combineColumns(columns: readonly Float64Array[], factors: ArrayLike<number>): Float64Array {
  const total = new Float64Array(columns[0]?.length ?? 0);
  for (let from = 0; from < total.length; from += blockRows) {
    addCombination(total, columns, factors, columns.length, from, Math.min(total.length, from + blockRows));
  }
  return total;
}
