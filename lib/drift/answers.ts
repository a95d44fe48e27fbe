import { canonicalJson } from "../core/hash.ts";
import { checkColumns } from "../core/checks.ts";
import { cannot } from "../core/errors.ts";
import { isLong, pickOutcome, readStudy, type StudyRequest } from "../core/study.ts";
import type { Labelled, Table } from "../core/table.ts";
import { columnOf, distinct, encodeLabels, groupRows, isMissing, sortLabels } from "../core/table.ts";
import { valuesOf } from "../core/table.ts";
import type { CategoryCodes, CategoryOptions, MeasuredControl } from "./measures.ts";
import { measureControl, missingControl } from "./measures.ts";

interface DriftRows {
  /** In sorted order, as the units. */
  readonly arms: readonly string[];
  readonly units: readonly string[];
  /** Each row's arm; its unit, which moves as one (its cluster where it has one, else its persona); its block. */
  readonly arm: Int32Array;
  readonly unit: Int32Array;
  readonly block: Int32Array;
  readonly blocks: number;
  /** What a unit is called in sentences. */
  readonly unitName: "personas" | "clusters" | "rows";
  /** What the reader must know of prompts that several personas were sent. */
  readonly prompts: readonly string[];
}

type RowOptions = Pick<StudyRequest, "arm" | "blocks" | "clusters" | "persona" | "compared">;

/** Reads who answered in which arm. Names are sorted, so that the order of rows changes no draw. */
export function readRows(action: string, table: Table, options: RowOptions): DriftRows {
  const study = readStudy(action, table, options);
  const without = study.arm.codes.indexOf(-1);
  if (without >= 0) {
    const row = `row ${without + 1}`;
    throw new RangeError(cannot(action, options.arm ?? "arm", "name an arm in every row", row));
  }
  const { cluster, persona } = study;
  const personas = persona ?? encodeLabels(action, "row", [...study.leftOut.keys()]);
  const clustered = cluster !== null && cluster.codes.some((code) => code >= 0);
  const units = sortLabels(clustered ? clusterUnits(cluster, personas) : personas);
  const blocks = study.block === null ? null : sortLabels(study.block);
  const rows: DriftRows = {
    arms: study.arm.labels,
    arm: study.arm.codes,
    unit: units.codes,
    units: units.labels,
    // Rows without a block make a block of their own.
    block: blocks === null ? new Int32Array(units.codes.length) : blocks.codes.map((code) => code + 1),
    blocks: blocks === null ? 1 : blocks.labels.length + 1,
    unitName: clustered ? "clusters" : persona === null ? "rows" : "personas",
    prompts: study.prompts,
  };
  checkBlocks(action, rows);
  return rows;
}

function clusterUnits(cluster: Labelled, persona: Labelled): Labelled {
  return {
    codes: cluster.codes.map((code, row) => code < 0 ? cluster.labels.length + persona.codes[row]! : code),
    labels: [
      ...cluster.labels.map((name) => `cluster ${name}`),
      ...persona.labels.map((name) => `persona ${name}`),
    ],
  };
}

function checkBlocks(action: string, { unit, units, block, unitName }: DriftRows): void {
  const first = new Map<number, number>();
  unit.forEach((code, row) => {
    if (!first.has(code)) first.set(code, block[row]!);
    if (first.get(code) === block[row]) return;
    throw new RangeError(
      `Cannot ${action} as each of the ${unitName} must stand in one block: ${units[code]} stands in two; ` +
        `name the columns of the blocks with { blocks: … }, or none with { blocks: [] }`,
    );
  });
}

export interface ControlAnswers extends CategoryCodes {
  /** The table's row of each code; a row may stand here more than once. */
  readonly rows: readonly number[];
}

/**
 * Reads the category of each answer to each control, and a control of missing answers where some are: of all items of
 * a long table (items may have the names of columns), of the controls in `asked` of a wide one.
 */
export function readControls(
  action: string,
  table: Table,
  controls: readonly string[],
  asked: readonly string[],
): ControlAnswers[] {
  const rowsOf = isLong(table) ? groupRows<unknown>(columnOf(table, "item")) : null;
  if (rowsOf === null) checkColumns(action, table, distinct([...controls, ...asked]), "answers");
  const all = Array.from({ length: table.numRows() }, (_, row) => row);
  const given = rowsOf !== null && table.columnNames().includes("status") ? columnOf(table, "status") : [];
  const read = (control: unknown) => {
    const rows = rowsOf === null ? all : rowsOf.get(control);
    const values = valuesOf(table, rowsOf === null ? String(control) : "value");
    const categories = rows!.map((row) => categoryOf(values[row]));
    // Where the table does not say, an answer without a value is missing.
    const status = rows!.map((row, at) =>
      categoryOf(given[row]) ?? (categories[at] === null ? "missing" : "answered")
    );
    return { rows: rows!, categories, status };
  };
  const answers = controls.map((control): ControlAnswers => {
    // Says which items there are, and which steps.
    if (rowsOf !== null) pickOutcome(action, table, control, { argument: "answers" });
    const { rows, categories, status } = read(control);
    const answered = categories.map((category, at) => status[at] === "answered" ? category : null);
    return { control, rows, ...encodeLabels(action, control, answered) };
  });
  const parts = asked.length === 0 ? [] : (rowsOf === null ? asked : [...rowsOf.keys()]).map(read);
  const status = parts.flatMap((part) => part.status);
  if (status.every((one) => one === "answered")) return answers;
  const missing = encodeLabels(action, missingControl, status);
  return [...answers, { control: missingControl, rows: parts.flatMap(({ rows }) => rows), ...missing }];
}

/** The category that a value stands for; numbers are categories too. */
function categoryOf(value: unknown): string | null {
  if (isMissing(value)) return null;
  // Tables read from files hold dates, which JSON writes as nothing at all.
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
  return typeof value === "object" ? canonicalJson(value) : String(value);
}

/** Answers as codes: a cell is all that one unit answered in one arm, and moves as one. */
export interface DriftAnswers extends Pick<DriftRows, "arms" | "blocks" | "unitName"> {
  /** For each cell its arm (a place in `arms`), its unit (whose cells are neighbours) and its block. */
  readonly arm: Int32Array;
  readonly unit: Int32Array;
  readonly block: Int32Array;
  readonly controls: readonly ControlCodes[];
}

export type ControlCodes = { readonly control: string } & ReturnType<typeof fillCells>;

export function gatherAnswers(
  action: string,
  rows: DriftRows,
  controls: readonly ControlAnswers[],
  options: CategoryOptions = {},
): DriftAnswers {
  const { arms } = rows;
  const keys = rows.unit.map((unit, row) => unit * arms.length + rows.arm[row]!);
  const cells = Int32Array.from(new Set(keys)).sort();
  const cellOf = new Map(Array.from(cells, (key, cell) => [key, cell] as const));
  const rowCell = keys.map((key) => cellOf.get(key)!);
  const block = new Int32Array(cells.length);
  rowCell.forEach((cell, row) => block[cell] = rows.block[row]!);
  return {
    arms,
    arm: cells.map((key) => key % arms.length),
    unit: cells.map((key) => Math.floor(key / arms.length)),
    block,
    blocks: rows.blocks,
    unitName: rows.unitName,
    controls: controls.map((control) => ({
      control: control.control,
      ...fillCells(measureControl(action, control, options), control.rows, rowCell, cells.length),
    })),
  };
}

function fillCells(control: MeasuredControl, rows: readonly number[], rowCell: Int32Array, cells: number) {
  const given: number[][] = Array.from({ length: cells }, () => []);
  const asked = new Int32Array(cells);
  rows.forEach((row, answer) => {
    const [cell, code] = [rowCell[row]!, control.codes[answer]!];
    asked[cell]!++;
    if (code >= 0) given[cell]!.push(code);
  });
  // Where each cell's answers begin in `codes`; one more at the end.
  const from = new Int32Array(cells + 1);
  given.forEach((own, cell) => from[cell + 1] = from[cell]! + own.length);
  // The answers of a cell are sorted, so that the order of rows changes no sum.
  const codes = Int32Array.from(given.flatMap((own) => own.sort((a, b) => a - b)));
  return { ...control, from, codes, asked };
}
