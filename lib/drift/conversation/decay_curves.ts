import type { RandomStream } from "../../core/stream.ts";
import type { CellColumn } from "./cell_scores.ts";
import type { DecayPoints } from "./fit_decay.ts";
import type { Cells } from "./read_transcripts.ts";

/** The level that answers decay to: a number, fitted, or measured as each cell's agreement with each default reply. */
export type Floor =
  | { readonly kind: "number"; readonly level: number }
  | { readonly kind: "fitted" }
  | { readonly kind: "measured"; readonly byReply: readonly Float64Array[] };

/** Scores of cells over turns, ready to be averaged again and again. */
export interface DecayCurves {
  readonly cells: Cells;
  readonly turns: readonly number[];
  /** Cell by cell, one score per turn. */
  readonly scores: Float64Array;
  readonly floor: Floor;
}

/** Lays scores out cell by cell. */
export function layOutCurves(
  cells: Cells,
  turns: readonly number[],
  columns: readonly CellColumn[],
  floor: Floor,
): DecayCurves {
  const scores = new Float64Array(cells.unit.length * turns.length);
  columns.forEach(({ values }, t) =>
    values.forEach((value, cell) => scores[cell * turns.length + t] = value)
  );
  return { cells, turns, scores, floor };
}

/** The cells of an arm. */
export function cellsOfArm(cells: Cells, arm: number): number[] {
  return cells.arm.flatMap((of, cell) => of === arm ? [cell] : []);
}

/** Averages the curves of some cells (one may be named more than once); `replies` weighs the default replies. */
export function averageCurve(
  { turns, scores, floor }: DecayCurves,
  members: ArrayLike<number>,
  replies?: ArrayLike<number>,
): DecayPoints {
  const size = turns.length;
  const means = new Float64Array(size);
  const weights = new Float64Array(size);
  for (let i = 0; i < members.length; i++) {
    const from = members[i]! * size;
    for (let t = 0; t < size; t++) {
      const score = scores[from + t]!;
      // NaN is not equal to itself: the quickest test in the innermost loop of the bootstrap.
      if (score !== score) continue;
      means[t]! += score;
      weights[t]!++;
    }
  }
  for (let t = 0; t < size; t++) if (weights[t]! > 0) means[t]! /= weights[t]!;
  return { means, weights, floor: floor.kind === "fitted" ? null : averageFloor(floor, members, replies) };
}

/** The level that some cells decay to, where it is not fitted. */
export function averageFloor(
  floor: Exclude<Floor, { kind: "fitted" }>,
  members: ArrayLike<number>,
  replies?: ArrayLike<number>,
): number {
  if (floor.kind === "number") return floor.level;
  let [total, count] = [0, 0];
  floor.byReply.forEach((values, reply) => {
    const times = replies === undefined ? 1 : replies[reply]!;
    if (times === 0) return;
    for (let i = 0; i < members.length; i++) {
      const value = values[members[i]!]!;
      if (value !== value) continue;
      total += times * value;
      count += times;
    }
  });
  return total / count;
}

/** How often each of the default replies is drawn in one bootstrap sample of them. */
export function drawReplies(count: number, random: RandomStream): Int32Array {
  const times = new Int32Array(count);
  for (let draw = 0; draw < count; draw++) times[random.integer(count)]!++;
  return times;
}
