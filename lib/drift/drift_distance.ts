import type { DriftCells } from "./drift_cells.ts";

/** Counts of answers by arm (one after the other) and column. */
export type ArmCounts = Int32Array;

/**
 * The total variation distance ½ Σ |p − q| between two arms in one control's columns; `NaN` where one of them has no
 * answer. The same number as `totalVariation`, without its checks and copies: it runs millions of times.
 */
export function countedDistance(
  counts: ArmCounts,
  columns: number,
  arms: readonly [number, number],
  from: number,
  to: number,
): number {
  const first = arms[0] * columns;
  const second = arms[1] * columns;
  // n, m: answers in each arm
  let n = 0;
  let m = 0;
  for (let k = from; k < to; k++) {
    n += counts[first + k]!;
    m += counts[second + k]!;
  }
  if (n === 0 || m === 0) return NaN;
  let sum = 0;
  for (let k = from; k < to; k++) sum += Math.abs(counts[first + k]! / n - counts[second + k]! / m);
  return sum / 2;
}

/** Counts the answers of the given arms as they were observed. */
export function observedCounts(cells: DriftCells, arms: readonly number[]): ArmCounts {
  const columns = cells.categories.length;
  const counts = new Int32Array(arms.length * columns);
  cells.arm.forEach((arm, cell) => {
    const base = arms.indexOf(arm) * columns;
    if (base < 0) return;
    for (let i = cells.start[cell]!; i < cells.start[cell + 1]!; i++) counts[base + cells.answers[i]!]!++;
  });
  return counts;
}
