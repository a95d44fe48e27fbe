import { type Matrix, zeros } from "./matrix.ts";

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
