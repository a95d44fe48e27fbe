/** Means of the cells of a table (an arm, or an arm within a block), and the variances of those means. */
export interface CellMoments {
  /** Units of each cell. */
  readonly n: Int32Array;
  /** Sum of the weights of each cell; `n` without weights. */
  readonly weight: Float64Array;
  /** Mean of each cell. */
  readonly mean: Float64Array;
  /** Variance of each mean; `NaN` where a cell has fewer than two units. */
  readonly variance: Float64Array;
}

/**
 * Computes each cell's mean m = Σwy/Σw and its HC2 variance Σ w²(y - m)² / (1 - w/Σw) / (Σw)², which without weights
 * is s²/n. Two passes around the cell's first value, so that equal values have a variance of exactly 0.
 */
export function cellMoments(
  outcome: Float64Array,
  cell: ArrayLike<number>,
  cells: number,
  weights: Float64Array | null,
): CellMoments {
  const n = new Int32Array(cells);
  const weight = new Float64Array(cells);
  const first = new Float64Array(cells);
  const shift = new Float64Array(cells);
  for (let i = 0; i < outcome.length; i++) {
    const at = cell[i]!;
    if (n[at] === 0) first[at] = outcome[i]!;
    n[at] = n[at]! + 1;
    const w = weights === null ? 1 : weights[i]!;
    weight[at] = weight[at]! + w;
    shift[at] = shift[at]! + w * (outcome[i]! - first[at]!);
  }
  for (let at = 0; at < cells; at++) shift[at] = shift[at]! / weight[at]!;
  const variance = weights === null
    ? equalVariances(outcome, cell, n, first, shift)
    : weightedVariances(outcome, cell, n, first, shift, weights, weight);
  return { n, weight, mean: first.map((value, at) => value + shift[at]!), variance };
}

function equalVariances(
  outcome: Float64Array,
  cell: ArrayLike<number>,
  n: Int32Array,
  first: Float64Array,
  shift: Float64Array,
): Float64Array {
  const deviations = new Float64Array(n.length);
  const squares = new Float64Array(n.length);
  for (let i = 0; i < outcome.length; i++) {
    const at = cell[i]!;
    const deviation = outcome[i]! - first[at]! - shift[at]!;
    deviations[at] = deviations[at]! + deviation;
    squares[at] = squares[at]! + deviation * deviation;
  }
  for (let at = 0; at < n.length; at++) {
    // The second pass's own mean takes back the rounding of the first (Chan, Golub and LeVeque 1983).
    const correction = deviations[at]! / n[at]!;
    shift[at] = shift[at]! + correction;
    const spread = Math.max(0, squares[at]! - deviations[at]! * correction);
    squares[at] = n[at]! < 2 ? NaN : spread / (n[at]! - 1) / n[at]!;
  }
  return squares;
}

function weightedVariances(
  outcome: Float64Array,
  cell: ArrayLike<number>,
  n: Int32Array,
  first: Float64Array,
  shift: Float64Array,
  weights: Float64Array,
  total: Float64Array,
): Float64Array {
  const variance = new Float64Array(n.length);
  for (let i = 0; i < outcome.length; i++) {
    const at = cell[i]!;
    const share = weights[i]! / total[at]!;
    const deviation = outcome[i]! - first[at]! - shift[at]!;
    // A unit whose weight is all there is has leverage 1 and is fitted exactly.
    if (1 - share > 1e-10) variance[at] = variance[at]! + (share * deviation) ** 2 / (1 - share);
  }
  return variance.map((value, at) => n[at]! < 2 ? NaN : value);
}
