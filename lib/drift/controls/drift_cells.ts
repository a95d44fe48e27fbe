import { distinct } from "../../core/table.ts";
import type { ControlAnswers, DriftRows } from "./drift_answers.ts";
import { categorise, type CategoryOptions } from "./drift_categories.ts";
import type { DriftMeasure } from "./drift_measures.ts";

/** Answers as counts: a cell is all that one unit answered in one arm, and moves as one. */
export interface DriftCells {
  /** The controls, in the order of the rows of the result. */
  readonly controls: readonly string[];
  /** For each control, the first of its columns; one more at the end. A column is a category of a control. */
  readonly offsets: readonly number[];
  /** The category of each column. */
  readonly categories: readonly string[];
  /** What the category of each column stands for; `NaN` where categories have no order. */
  readonly scores: Float64Array;
  /** What is measured of each control. */
  readonly measures: readonly (readonly DriftMeasure[])[];
  /** What was done to each control's answers; empty where nothing was. */
  readonly notes: readonly string[];
  /** The arms, sorted. */
  readonly arms: readonly string[];
  /** The arm of each cell, as its place in `arms`. */
  readonly arm: Int32Array;
  /** The unit of each cell; the cells of a unit are neighbours. */
  readonly unit: Int32Array;
  /** The block of each cell. */
  readonly block: Int32Array;
  /** How many blocks there are. */
  readonly blocks: number;
  /** For each cell, where its answers begin in `answers`; one more at the end. */
  readonly start: Int32Array;
  /** The column of each answer, cell by cell, and within a cell control by control. */
  readonly answers: Int32Array;
  /** For each control, where each cell's answers to it begin in `answers`. */
  readonly from: readonly Int32Array[];
  /** For each control, how often each cell answered it. */
  readonly answered: readonly Int32Array[];
  /** For each control, how often each cell was asked it. */
  readonly questions: readonly Int32Array[];
  /** For each control, how many answers were asked for and how many of them are missing. */
  readonly asked: readonly { readonly total: number; readonly missing: number }[];
  /** What a unit is called in sentences. */
  readonly unitName: DriftRows["unitName"];
}

/** A control with more categories than this has no interval: its shares are hardly measured. */
export const mostCategories = 512;

/** One test: a control and what is measured of it. */
export interface DriftTest {
  /** The control. */
  readonly control: number;
  /** The measure. */
  readonly measure: DriftMeasure;
  /** The place of the measure among those of the control. */
  readonly place: number;
}

/** Every control with every measure of it, control by control: the order of all results. */
export function testsOf({ measures }: DriftCells): DriftTest[] {
  return measures.flatMap((list, control) => list.map((measure, place) => ({ control, measure, place })));
}

/**
 * Counts answers by cell. Arms, units, categories and the answers of a cell are sorted, so that the order of the table's rows changes no draw and
 * no sum.
 */
export function countCells(
  action: string,
  rows: DriftRows,
  controls: readonly ControlAnswers[],
  options: CategoryOptions = {},
): DriftCells {
  const arms = distinct(rows.arm).sort();
  const rowUnit = codesOf(rows.unit, distinct(rows.unit).sort());
  const rowArm = codesOf(rows.arm, arms);
  const blocks = distinct(rows.block).sort();
  const rowBlock = codesOf(rows.block, blocks);
  checkBlocks(action, rows, rowUnit, rowBlock);
  const keys = rowUnit.map((unit, row) => unit * arms.length + rowArm[row]!);
  const cellKeys = Int32Array.from(new Set(keys)).sort();
  const cellOf = new Map(Array.from(cellKeys, (key, cell) => [key, cell] as const));
  const block = new Int32Array(cellKeys.length);
  keys.forEach((key, row) => block[cellOf.get(key)!] = rowBlock[row]!);
  const cellOfRow = keys.map((key) => cellOf.get(key)!);
  const filled = fillCells(action, controls, cellOfRow, { ...options, count: cellKeys.length });
  return {
    controls: controls.map(({ control }) => control),
    arms,
    arm: cellKeys.map((key) => key % arms.length),
    unit: cellKeys.map((key) => Math.floor(key / arms.length)),
    block,
    blocks: blocks.length,
    ...filled,
    asked: controls.map(({ categories }) => ({
      total: categories.length,
      missing: categories.filter((category) => category === null).length,
    })),
    unitName: rows.unitName,
  };
}

type FilledCells = Omit<
  DriftCells,
  "controls" | "arms" | "arm" | "unit" | "block" | "blocks" | "asked" | "unitName"
>;

/** Puts each answer's column into its cell, and says what the columns are. */
function fillCells(
  action: string,
  controls: readonly ControlAnswers[],
  cellOfRow: Int32Array,
  { count, ...options }: CategoryOptions & { count: number },
): FilledCells {
  const found = controls.map((control) => categorise(action, control, options));
  const offsets = [0];
  for (const { labels } of found) offsets.push(offsets.at(-1)! + labels.length);
  const codes = found.map((control, c) => control.codes.map((code) => code < 0 ? code : code + offsets[c]!));
  const questions = controls.map(() => new Int32Array(count));
  const answered = controls.map(() => new Int32Array(count));
  controls.forEach(({ rows }, c) =>
    rows.forEach((row, index) => {
      const cell = cellOfRow[row]!;
      questions[c]![cell]!++;
      if (codes[c]![index]! >= 0) answered[c]![cell]!++;
    })
  );
  const { start, from } = placeAnswers(answered, count);
  const answers = new Int32Array(start[count]!);
  controls.forEach(({ rows }, c) => {
    const next = from[c]!.slice();
    rows.forEach((row, index) => {
      const column = codes[c]![index]!;
      if (column >= 0) answers[next[cellOfRow[row]!]!++] = column;
    });
    from[c]!.forEach((begin, cell) => {
      if (answered[c]![cell]! > 1) answers.subarray(begin, begin + answered[c]![cell]!).sort();
    });
  });
  return {
    offsets,
    categories: found.flatMap(({ labels }) => labels),
    scores: Float64Array.from(found.flatMap(({ scores }) => scores)),
    measures: found.map(({ measures }) => measures),
    notes: found.map(({ note }) => note),
    start,
    answers,
    from,
    answered,
    questions,
  };
}

/** Where the answers of each cell begin, and within it those to each control. */
function placeAnswers(
  answered: readonly Int32Array[],
  count: number,
): { start: Int32Array; from: Int32Array[] } {
  const start = new Int32Array(count + 1);
  const from = answered.map(() => new Int32Array(count));
  let next = 0;
  for (let cell = 0; cell < count; cell++) {
    start[cell] = next;
    answered.forEach((counts, c) => {
      from[c]![cell] = next;
      next += counts[cell]!;
    });
  }
  start[count] = next;
  return { start, from };
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
