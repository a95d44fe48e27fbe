import type { DriftCells } from "./drift_cells.ts";

/** The units that stand in one of two arms or both. */
export interface UnitPairs {
  /** The cell of each unit in the first arm; -1 where it is not there. */
  readonly first: Int32Array;
  /** The cell of each unit in the second arm; -1 where it is not there. */
  readonly second: Int32Array;
  /** The block of each unit. */
  readonly block: Int32Array;
}

/** Finds the cells of each unit in two arms. */
export function pairUnits(cells: DriftCells, arms: readonly [number, number]): UnitPairs {
  const first: number[] = [];
  const second: number[] = [];
  const block: number[] = [];
  let last = -1;
  for (let cell = 0; cell < cells.arm.length; cell++) {
    const side = arms.indexOf(cells.arm[cell]!);
    if (side < 0) continue;
    if (cells.unit[cell] !== last) {
      last = cells.unit[cell]!;
      first.push(-1);
      second.push(-1);
      block.push(cells.block[cell]!);
    }
    (side === 0 ? first : second)[first.length - 1] = cell;
  }
  return {
    first: Int32Array.from(first),
    second: Int32Array.from(second),
    block: Int32Array.from(block),
  };
}
