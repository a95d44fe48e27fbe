import { combineColumns } from "./combine_columns.ts";
import { dot, type Matrix } from "./matrix.ts";

/** Whether moving along a direction worsens no row of 0s and 1s and betters some: then there is no maximum. */
export function separates(
  columns: readonly Float64Array[],
  outcome: Float64Array,
  direction: Float64Array,
): boolean {
  const change = combineColumns(columns, direction);
  let [worst, best] = [0, 0];
  for (let row = 0; row < change.length; row++) {
    const gain = outcome[row] === 1 ? change[row]! : -change[row]!;
    worst = Math.min(worst, gain);
    best = Math.max(best, gain);
  }
  return best > 1e-3 && -worst <= 1e-6 * best;
}

/** The columns other than the constant that a separating direction moves. */
export function movedColumns(
  back: Matrix,
  direction: Float64Array,
  columns: readonly Float64Array[],
  kept: readonly number[],
): number[] {
  const move = kept.map((column, j) => Math.abs(dot(back[j]!, direction)) * spreadOf(columns[column]!));
  const most = Math.max(...move);
  const moved = kept.filter((column, j) => column > 0 && move[j]! > 1e-4 * most);
  return moved.length === 0 ? [0] : moved;
}

function spreadOf(column: Float64Array): number {
  let [low, high] = [Infinity, -Infinity];
  for (let row = 0; row < column.length; row++) {
    low = Math.min(low, column[row]!);
    high = Math.max(high, column[row]!);
  }
  return high - low;
}
