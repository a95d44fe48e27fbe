import { sampleQuantile } from "../../stats/quantiles.ts";
import type { DriftCells } from "./drift_cells.ts";
import type { DriftLayout, PairLayouts } from "./drift_layout.ts";
import { valueOf } from "./drift_measures.ts";

/** Counts of one control's answers: arm by arm, in each block by block, in each category by category. */
export type ControlCounts = Int32Array;

/**
 * Puts the shares Σ_b w_b p_bk of each category k in two arms, averaged over blocks b with the weights w of a layout,
 * into `p` and `q`. A block without an answer in an arm is left out; `NaN` where none is left.
 */
function averageShares(
  counts: ArrayLike<number>,
  weights: Float64Array,
  p: Float64Array,
  q: Float64Array,
): void {
  const columns = p.length;
  const second = weights.length * columns;
  p.fill(0);
  q.fill(0);
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
      p[k]! += share * (counts[base + k]! / n);
      q[k]! += share * (counts[second + base + k]! / m);
    }
  }
  // Weights add up to 1 but for rounding: only what was left out calls for a division.
  if (weight > 1 - 1e-9) return;
  for (let k = 0; k < columns; k++) {
    p[k]! /= weight;
    q[k]! /= weight;
  }
}

/** For each measure of a control, the contrasts of two arms' counts (arrays that are used again). */
export type DriftContrasts = (counts: ArrayLike<number>) => readonly Float64Array[];

/** Makes what turns a control's counts into contrasts. */
export function makeContrasts(cells: DriftCells, control: number, weights: Float64Array): DriftContrasts {
  const [from, to] = [cells.offsets[control]!, cells.offsets[control + 1]!];
  const scores = cells.scores.subarray(from, to);
  const [p, q] = [new Float64Array(to - from), new Float64Array(to - from)];
  const measures = cells.measures[control]!;
  const contrasts = measures.map((measure) => new Float64Array(measure.size(to - from)));
  return (counts) => {
    averageShares(counts, weights, p, q);
    for (let m = 0; m < measures.length; m++) measures[m]!.contrast(p, q, scores, contrasts[m]!);
    return contrasts;
  };
}

/** The value of each measure of a control (an array that is used again). */
export type DriftMeter = (counts: ArrayLike<number>) => Float64Array;

/** Makes what turns a control's counts into distances. */
export function makeMeter(cells: DriftCells, control: number, weights: Float64Array): DriftMeter {
  const contrastsOf = makeContrasts(cells, control, weights);
  const measures = cells.measures[control]!;
  const values = new Float64Array(measures.length);
  return (counts) => {
    const contrasts = contrastsOf(counts);
    for (let m = 0; m < measures.length; m++) values[m] = valueOf(measures[m]!, contrasts[m]!);
    return values;
  };
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
