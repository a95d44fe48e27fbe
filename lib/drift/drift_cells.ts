import { distinct } from "../core/table.ts";
import type { ControlAnswers, DriftRows } from "./drift_answers.ts";

/** Answers as counts: a cell is all that one unit answered in one arm, and moves as one. */
export interface DriftCells {
  /** The controls, in the order of the rows of the result. */
  readonly controls: readonly string[];
  /** For each control, the first of its columns; one more at the end. A column is a category of a control. */
  readonly offsets: readonly number[];
  /** The category of each column. */
  readonly categories: readonly string[];
  /** The arms, in the order in which they first stand in the table. */
  readonly arms: readonly string[];
  /** The arm of each cell, as its place in `arms`. */
  readonly arm: Int32Array;
  /** The unit of each cell; the cells of a unit are neighbours. */
  readonly unit: Int32Array;
  /** The block of each cell. */
  readonly block: Int32Array;
  /** For each cell, where its answers begin in `answers`; one more at the end. */
  readonly start: Int32Array;
  /** The column of each answer, cell by cell. */
  readonly answers: Int32Array;
  /** For each control, how many answers were asked for and how many of them are missing. */
  readonly asked: readonly { readonly total: number; readonly missing: number }[];
  /** What a unit is called in sentences. */
  readonly unitName: string;
}

/**
 * Counts answers by cell. Units and categories are sorted by name, so that the order of the table's rows changes
 * no draw and no sum.
 */
export function countCells(action: string, rows: DriftRows, controls: readonly ControlAnswers[]): DriftCells {
  const arms = distinct(rows.arm);
  const rowUnit = codesOf(rows.unit, distinct(rows.unit).sort());
  const rowArm = codesOf(rows.arm, arms);
  const rowBlock = codesOf(rows.block, distinct(rows.block).sort());
  checkBlocks(action, rows, rowUnit, rowBlock);
  const keys = rowUnit.map((unit, row) => unit * arms.length + rowArm[row]!);
  const cellKeys = Int32Array.from(new Set(keys)).sort();
  const cellOf = new Map(Array.from(cellKeys, (key, cell) => [key, cell] as const));
  const block = new Int32Array(cellKeys.length);
  keys.forEach((key, row) => block[cellOf.get(key)!] = rowBlock[row]!);
  const cells: number[][] = Array.from(cellKeys, () => []);
  const { offsets, categories } = fillCells(controls, cells, (row) => cellOf.get(keys[row]!)!);
  const start = new Int32Array(cells.length + 1);
  cells.forEach((answers, cell) => start[cell + 1] = start[cell]! + answers.length);
  return {
    controls: controls.map(({ control }) => control),
    offsets,
    categories,
    arms,
    arm: cellKeys.map((key) => key % arms.length),
    unit: cellKeys.map((key) => Math.floor(key / arms.length)),
    block,
    start,
    answers: Int32Array.from(cells.flat()),
    asked: controls.map(({ categories }) => ({
      total: categories.length,
      missing: categories.filter((category) => category === null).length,
    })),
    unitName: rows.unitName,
  };
}

/** Puts each answer's column into its cell; returns what the columns are. */
function fillCells(
  controls: readonly ControlAnswers[],
  cells: readonly number[][],
  cellOf: (row: number) => number,
): Pick<DriftCells, "offsets" | "categories"> {
  const offsets = [0];
  const categories: string[] = [];
  for (const control of controls) {
    const levels = distinct(control.categories).filter((category) => category !== null).sort();
    const columns = new Map(levels.map((level, index) => [level, categories.length + index] as const));
    control.rows.forEach((row, index) => {
      const category = control.categories[index];
      if (category !== null && category !== undefined) cells[cellOf(row)]!.push(columns.get(category)!);
    });
    categories.push(...levels);
    offsets.push(categories.length);
  }
  return { offsets, categories };
}

function checkBlocks(action: string, rows: DriftRows, unit: Int32Array, block: Int32Array): void {
  const first = new Map<number, number>();
  unit.forEach((code, row) => {
    const earlier = first.get(code);
    if (earlier === undefined) first.set(code, row);
    else if (block[earlier] !== block[row]) {
      throw new RangeError(
        `Cannot ${action} as each of the ${rows.unitName} must stand in one block: ${
          rows.unit[row]
        } stands in ` +
          `${rows.block[earlier]} and ${
            rows.block[row]
          }; name the columns of the blocks with { blocks: … }, ` +
          `or none with { blocks: [] }`,
      );
    }
  });
}

function codesOf(values: readonly string[], levels: readonly string[]): Int32Array {
  const codes = new Map(levels.map((level, code) => [level, code] as const));
  return Int32Array.from(values, (value) => codes.get(value)!);
}
