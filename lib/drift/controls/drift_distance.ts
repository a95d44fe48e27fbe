import { sampleQuantile } from "../../stats/sample_quantile.ts";
import type { DriftCells } from "./drift_cells.ts";
import type { DriftLayout, PairLayouts } from "./drift_layout.ts";

/** Counts of one control's answers: arm by arm, in each block by block, in each category by category. */
export type ControlCounts = Int32Array;

/**
 * The differences Σ_b w_b (p_bk - q_bk) between two arms' shares of each category k, averaged over blocks b with the
 * weights w of a layout. A block without an answer in an arm is left out; `NaN` where none is left.
 */
export function shareDifferences(
  counts: ArrayLike<number>,
  weights: Float64Array,
  differences: Float64Array,
): void {
  const columns = differences.length;
  const second = weights.length * columns;
  differences.fill(0);
  let weight = 0;
  for (let block = 0; block < weights.length; block++) {
    if (weights[block] === 0) continue;
    const base = block * columns;
    // n, m: answers in each arm
    let n = 0;
    let m = 0;
    for (let k = base; k < base + columns; k++) {
      n += counts[k]!;
      m += counts[second + k]!;
    }
    if (n === 0 || m === 0) continue;
    const share = weights[block]!;
    weight += share;
    for (let k = 0; k < columns; k++) {
      differences[k]! += share * (counts[base + k]! / n - counts[second + base + k]! / m);
    }
  }
  // Weights add up to 1 but for rounding: only what was left out calls for a division.
  if (weight < 1 - 1e-9) { for (let k = 0; k < columns; k++) differences[k]! /= weight; }
}

/**
 * The total variation distance ½ Σ |d| of the differences d between two arms' shares. With one block the same number
 * as `totalVariation`, without its checks and copies: it runs millions of times.
 */
export function distanceOf(differences: Float64Array): number {
  let sum = 0;
  for (let k = 0; k < differences.length; k++) sum += Math.abs(differences[k]!);
  return sum / 2;
}

/** Counts one control's answers in two arms as they were observed. */
export function observedCounts(
  cells: DriftCells,
  { pairs, controls }: PairLayouts,
  control: number,
): ControlCounts {
  const { weights, skip } = controls[control]!;
  const columns = cells.offsets[control + 1]! - cells.offsets[control]!;
  const counts = new Int32Array(2 * weights.length * columns);
  [pairs.first, pairs.second].forEach((list, side) =>
    list.forEach((cell) => {
      if (cell < 0 || skip[cell] === 1) return;
      const base = (side * weights.length + placeOf(cells, controls[control]!, cell)) * columns -
        cells.offsets[control]!;
      const from = cells.from[control]![cell]!;
      for (let a = from; a < from + cells.answered[control]![cell]!; a++) counts[base + cells.answers[a]!]!++;
    })
  );
  return counts;
}

/** The place of a cell among the weights of a layout. */
export function placeOf(cells: DriftCells, layout: DriftLayout, cell: number): number {
  return layout.weights.length === 1 ? 0 : cells.block[cell]!;
}

/** The smallest value that a share `level` of the values does not exceed; values that are `NaN` do not count. */
export function quantileOf(values: Float64Array, level: number): number {
  return sampleQuantile(values.filter((value) => !Number.isNaN(value)).sort(), level, 1);
}
