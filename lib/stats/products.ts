import { type Matrix, zeros } from "./matrix.ts";

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
  let j = 0;
  for (; j + 3 < columns.length; j += 4) {
    const a = columns[j]!, b = columns[j + 1]!, c = columns[j + 2]!, d = columns[j + 3]!;
    for (let row = from; row < to; row++) {
      target[row] = target[row]! + (a[row]! * a[row]! + b[row]! * b[row]!) +
        (c[row]! * c[row]! + d[row]! * d[row]!);
    }
  }
  for (; j < columns.length; j++) {
    const a = columns[j]!;
    for (let row = from; row < to; row++) target[row] = target[row]! + a[row]! * a[row]!;
  }
}

/** Rows that are taken together: a block of a dozen columns stays in the processor's cache. */
const block = 256;

/**
 * The sums of products X' diag(v) X. Rows are taken in blocks and columns three by three, so that each value read
 * serves three sums and the nine sums do not wait for each other.
 */
export function weightedProducts(columns: readonly Float64Array[], v: Float64Array): Matrix {
  const size = columns.length;
  // Columns of zeros fill the last group of three.
  const padded = Math.ceil(size / 3) * 3;
  const plain = new Float64Array(padded * block);
  const scaled = new Float64Array(padded * block);
  const sums = new Float64Array(padded * padded);
  for (let from = 0; from < v.length; from += block) {
    const rows = Math.min(block, v.length - from);
    for (let j = 0; j < size; j++) copyBlock(columns[j]!, v, from, rows, plain, scaled, j * block);
    for (let j = 0; j < padded; j += 3) {
      for (let l = 0; l <= j; l += 3) {
        addNine(sums, scaled, plain, j * block, l * block, rows, j * padded + l, padded);
      }
    }
  }
  const products = zeros(size, size);
  for (let j = 0; j < size; j++) {
    for (let l = 0; l <= j; l++) products[j]![l] = products[l]![j] = sums[j * padded + l]!;
  }
  return products;
}

function copyBlock(
  column: Float64Array,
  v: Float64Array,
  from: number,
  rows: number,
  plain: Float64Array,
  scaled: Float64Array,
  at: number,
): void {
  for (let i = 0; i < rows; i++) {
    const value = column[from + i]!;
    plain[at + i] = value;
    scaled[at + i] = value * v[from + i]!;
  }
}

/** Adds a block's part of three rows by three columns of the products, at `place` of `sums`. */
function addNine(
  sums: Float64Array,
  left: Float64Array,
  right: Float64Array,
  a: number,
  b: number,
  rows: number,
  place: number,
  stride: number,
): void {
  let [s00, s01, s02, s10, s11, s12, s20, s21, s22] = [0, 0, 0, 0, 0, 0, 0, 0, 0];
  for (let i = 0; i < rows; i++) {
    const p = left[a + i]!;
    const q = left[a + block + i]!;
    const r = left[a + 2 * block + i]!;
    const x = right[b + i]!;
    const y = right[b + block + i]!;
    const z = right[b + 2 * block + i]!;
    s00 += p * x;
    s01 += p * y;
    s02 += p * z;
    s10 += q * x;
    s11 += q * y;
    s12 += q * z;
    s20 += r * x;
    s21 += r * y;
    s22 += r * z;
  }
  [s00, s01, s02, s10, s11, s12, s20, s21, s22].forEach((sum, i) => {
    const at = place + Math.floor(i / 3) * stride + i % 3;
    sums[at] = sums[at]! + sum;
  });
}

/** The sums Σ_j column_j · factor_j. */
export function combineColumns(columns: readonly Float64Array[], factors: ArrayLike<number>): Float64Array {
  const total = new Float64Array(columns[0]!.length);
  for (let j = 0; j < columns.length; j++) {
    const [column, factor] = [columns[j]!, factors[j]!];
    if (factor === 0) continue;
    for (let row = 0; row < total.length; row++) total[row] = total[row]! + column[row]! * factor;
  }
  return total;
}
