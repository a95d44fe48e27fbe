import type { DriftCells } from "./drift_cells.ts";
import { pairUnits, type UnitPairs } from "./drift_pairs.ts";

/**
 * What of one control is compared between two arms, and with what weight: the same for the distance, its null and its
 * interval, so that the three are about one quantity.
 */
export interface DriftLayout {
  /** 1 for cells whose answers are left out: of units without a counterpart and of blocks without one. */
  readonly skip: Uint8Array;
  /** For each block its weight, 0 where it is left out; one weight of 1 where blocks make no difference. */
  readonly weights: Float64Array;
  /** How many units are compared: in the first arm, in the second, and in one of them or both. */
  readonly units: { readonly first: number; readonly second: number; readonly either: number };
  /** How many units are left out as they were in both arms and answered in one. */
  readonly incomplete: number;
  /** How many blocks are left out as an arm has no answer there, and how many units that answered are in them. */
  readonly emptyBlocks: { readonly blocks: number; readonly units: number };
}

/** The layouts of two arms: all controls in turn. */
export interface PairLayouts {
  /** The first and the second arm. */
  readonly arms: readonly [number, number];
  /** The units of the two arms. */
  readonly pairs: UnitPairs;
  /** The layout of each control. */
  readonly controls: readonly DriftLayout[];
}

/** Lays out the comparison of two arms on every control. */
export function layOut(cells: DriftCells, arms: readonly [number, number]): PairLayouts {
  const pairs = pairUnits(cells, arms);
  return { arms, pairs, controls: cells.controls.map((_, c) => layOutControl(cells, pairs, c)) };
}

function layOutControl(cells: DriftCells, pairs: UnitPairs, control: number): DriftLayout {
  const skip = new Uint8Array(cells.arm.length);
  const incomplete = skipIncomplete(skip, cells, pairs, control);
  const emptyBlocks = skipEmptyBlocks(skip, cells, pairs, control);
  const units = { first: 0, second: 0, either: 0 };
  visitUsed(cells, pairs, control, skip, (first, second) => {
    if (first >= 0) units.first++;
    if (second >= 0) units.second++;
    units.either++;
  });
  const weights = blockWeights(cells, pairs, control, skip);
  const alike = blocksMakeNoDifference(cells, pairs, control, skip, weights);
  return { skip, weights: alike ? Float64Array.of(1) : weights, units, incomplete, emptyBlocks };
}

/** Visits units whose answers count, with their cells of each arm; -1 where a cell does not count. */
export function visitUsed(
  cells: DriftCells,
  pairs: UnitPairs,
  control: number,
  skip: Uint8Array,
  visit: (first: number, second: number, unit: number) => void,
): void {
  const answered = cells.answered[control]!;
  const counted = (cell: number) => cell >= 0 && answered[cell]! > 0 && skip[cell] === 0 ? cell : -1;
  for (let unit = 0; unit < pairs.block.length; unit++) {
    const first = counted(pairs.first[unit]!);
    const second = counted(pairs.second[unit]!);
    if (first >= 0 || second >= 0) visit(first, second, unit);
  }
}

/**
 * Leaves out units that were in both arms and answered in one: compared with itself, such a unit has nothing to be
 * compared with, and who refuses under a treatment need not be like those who do not.
 */
function skipIncomplete(skip: Uint8Array, cells: DriftCells, pairs: UnitPairs, control: number): number {
  const answered = cells.answered[control]!;
  let incomplete = 0;
  for (let unit = 0; unit < pairs.block.length; unit++) {
    const [first, second] = [pairs.first[unit]!, pairs.second[unit]!];
    if (first < 0 || second < 0 || (answered[first]! > 0) === (answered[second]! > 0)) continue;
    incomplete++;
    // Its cells in other arms too: under a permutation they may carry the label of one of these two.
    let cell = Math.min(first, second);
    while (cells.unit[cell - 1] === cells.unit[first]) cell--;
    for (; cells.unit[cell] === cells.unit[first]; cell++) skip[cell] = 1;
  }
  return incomplete;
}

/** Leaves out blocks in which one of the arms has no answer, where there are blocks. */
function skipEmptyBlocks(
  skip: Uint8Array,
  cells: DriftCells,
  pairs: UnitPairs,
  control: number,
): DriftLayout["emptyBlocks"] {
  if (cells.blocks === 1) return { blocks: 0, units: 0 };
  const first = new Int32Array(cells.blocks);
  const second = new Int32Array(cells.blocks);
  const units = new Int32Array(cells.blocks);
  visitUsed(cells, pairs, control, skip, (inFirst, inSecond, unit) => {
    const block = pairs.block[unit]!;
    if (inFirst >= 0) first[block]!++;
    if (inSecond >= 0) second[block]!++;
    units[block]!++;
  });
  const empty = units.map((count, block) => count > 0 && (first[block] === 0 || second[block] === 0) ? 1 : 0);
  cells.block.forEach((block, cell) => {
    if (empty[block] === 1) skip[cell] = 1;
  });
  return {
    blocks: empty.reduce((sum, one) => sum + one, 0),
    units: units.reduce((sum, count, block) => sum + count * empty[block]!, 0),
  };
}

/** The share of each block in all that the two arms were asked, in the blocks that are compared. */
function blockWeights(
  cells: DriftCells,
  pairs: UnitPairs,
  control: number,
  skip: Uint8Array,
): Float64Array {
  const compared = new Uint8Array(cells.blocks);
  visitUsed(cells, pairs, control, skip, (_first, _second, unit) => {
    compared[pairs.block[unit]!] = 1;
  });
  const questions = cells.questions[control]!;
  const asked = new Float64Array(cells.blocks);
  for (const list of [pairs.first, pairs.second]) {
    list.forEach((cell, unit) => {
      const block = pairs.block[unit]!;
      if (cell >= 0 && compared[block] === 1) asked[block]! += questions[cell]!;
    });
  }
  const total = asked.reduce((sum, count) => sum + count, 0);
  return asked.map((count) => count / total);
}

/**
 * Whether averaging over blocks gives what pooling them gives, under every permutation: every cell that counts answered
 * as often as the others, and arms have the same shares in every block. Pooling is then faster.
 */
function blocksMakeNoDifference(
  cells: DriftCells,
  pairs: UnitPairs,
  control: number,
  skip: Uint8Array,
  weights: Float64Array,
): boolean {
  if (cells.blocks === 1) return true;
  const answered = cells.answered[control]!;
  const first = new Int32Array(cells.blocks);
  const second = new Int32Array(cells.blocks);
  const often = new Set<number>();
  visitUsed(cells, pairs, control, skip, (inFirst, inSecond, unit) => {
    const block = pairs.block[unit]!;
    for (const cell of [inFirst, inSecond]) if (cell >= 0) often.add(answered[cell]!);
    if (inFirst >= 0) first[block]!++;
    if (inSecond >= 0) second[block]!++;
  });
  if (often.size !== 1) return false;
  const n = first.reduce((sum, count) => sum + count, 0);
  const m = second.reduce((sum, count) => sum + count, 0);
  return weights.every((weight, block) =>
    first[block]! * m === second[block]! * n && Math.abs(first[block]! / n - weight) < 1e-12
  );
}
