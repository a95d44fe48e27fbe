import { canonicalJson } from "../core/hash.ts";
import { checkColumns, checkNoTranscripts } from "../core/checks.ts";
import { cannot } from "../core/errors.ts";
import { isLong, pickOutcome, readStudy, type StudyRequest } from "../core/study.ts";
import {
  columnOf,
  distinct,
  encodeLabels,
  groupRows,
  type Labelled,
  sortLabels,
  type Table,
  valuesOf,
} from "../core/table.ts";
import {
  type CategoryCodes,
  type CategoryOptions,
  measureControl,
  type MeasuredControl,
  missingControl,
} from "./measures.ts";

/** Who gave the answers of each row of a table, in which arm. */
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

/** Which columns say who answered in which arm. */
type RowOptions = Pick<StudyRequest, "arm" | "blocks" | "clusters" | "persona" | "compared">;

/** Reads who answered in which arm. Names are sorted, so that the order of rows changes no draw. */
export function readRows(action: string, table: Table, options: RowOptions): DriftRows {
  const study = readStudy(action, table, options);
  const without = study.arm.codes.indexOf(-1);
  if (without >= 0) {
    throw new RangeError(
      cannot(action, options.arm ?? "arm", "name an arm in every row", `row ${without + 1}`),
    );
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

/** The cluster of each row, or its persona where it has none. */
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

/** What a table holds of one control. */
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
  checkNoTranscripts(action, table, "answers");
  const rowsOf = isLong(table) ? groupRows<unknown>(columnOf(table, "item")) : null;
  if (rowsOf === null) checkColumns(action, table, distinct([...controls, ...asked]), "answers");
  const all = Array.from({ length: table.numRows() }, (_, row) => row);
  const given = rowsOf !== null && table.columnNames().includes("status") ? columnOf(table, "status") : [];
  const read = (control: unknown) => {
    const rows = rowsOf === null ? all : rowsOf.get(control);
    // Says which items there are.
    if (rows === undefined) pickOutcome(action, table, String(control));
    const values = valuesOf(table, rowsOf === null ? String(control) : "value");
    const categories = rows!.map((row) => categoryOf(values[row]));
    // Where the table does not say, an answer without a value is missing.
    const status = rows!.map((row, at) =>
      categoryOf(given[row]) ?? (categories[at] === null ? "missing" : "answered")
    );
    return { rows: rows!, categories, status };
  };
  const answers = controls.map((control): ControlAnswers => {
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

/** Whether a table holds something there. */
export function isValue(value: unknown): boolean {
  return value !== null && value !== undefined && value !== "" && !Number.isNaN(value);
}

/** The category that a value stands for; numbers are categories too. */
function categoryOf(value: unknown): string | null {
  if (!isValue(value)) return null;
  // Tables read from files hold dates, which JSON writes as nothing at all.
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
  return typeof value === "object" ? canonicalJson(value) : String(value);
}

/** Answers as codes: a cell is all that one unit answered in one arm, and moves as one. */
export interface DriftAnswers extends Pick<DriftRows, "arms" | "blocks" | "unitName"> {
  /** The arm of each cell, as its place in `arms`. */
  readonly arm: Int32Array;
  /** The unit of each cell; the cells of a unit are neighbours. */
  readonly unit: Int32Array;
  /** The block of each cell. */
  readonly block: Int32Array;
  /** The controls, in the order of the rows of the result. */
  readonly controls: readonly ControlCodes[];
}

/** The answers to one control, cell by cell. */
export interface ControlCodes extends Omit<MeasuredControl, "codes"> {
  /** The control's name. */
  readonly control: string;
  /** Where each cell's answers begin in `codes`; one more at the end. */
  readonly from: Int32Array;
  /** The category of each answer; those of a cell are sorted, so that the order of rows changes no sum. */
  readonly codes: Int32Array;
  /** How often each cell was asked. */
  readonly asked: Int32Array;
}

/** Gathers the answers of each unit in each arm. */
export function gatherAnswers(
  action: string,
  rows: DriftRows,
  controls: readonly ControlAnswers[],
  options: CategoryOptions = {},
): DriftAnswers {
  const { arms, units } = rows;
  const cellOf = new Int32Array(units.length * arms.length).fill(-1);
  rows.unit.forEach((unit, row) => cellOf[unit * arms.length + rows.arm[row]!] = 0);
  let cells = 0;
  for (let key = 0; key < cellOf.length; key++) if (cellOf[key] === 0) cellOf[key] = cells++;
  const rowCell = rows.unit.map((unit, row) => cellOf[unit * arms.length + rows.arm[row]!]!);
  const [arm, unit, block] = [rows.arm, rows.unit, rows.block].map((column) => {
    const gathered = new Int32Array(cells);
    rowCell.forEach((cell, row) => gathered[cell] = column[row]!);
    return gathered;
  }) as [Int32Array, Int32Array, Int32Array];
  return {
    arms,
    arm,
    unit,
    block,
    blocks: rows.blocks,
    unitName: rows.unitName,
    controls: controls.map((control) => ({
      control: control.control,
      ...fillCells(measureControl(action, control, options), control.rows.map((row) => rowCell[row]!), cells),
    })),
  };
}

function fillCells(
  control: MeasuredControl,
  cell: readonly number[],
  cells: number,
): Omit<ControlCodes, "control"> {
  const asked = new Int32Array(cells);
  const from = new Int32Array(cells + 1);
  cell.forEach((of, answer) => {
    asked[of]!++;
    if (control.codes[answer]! >= 0) from[of + 1]!++;
  });
  for (let of = 0; of < cells; of++) from[of + 1]! += from[of]!;
  const next = from.slice();
  const codes = new Int32Array(from[cells]!);
  cell.forEach((of, answer) => {
    if (control.codes[answer]! >= 0) codes[next[of]!++] = control.codes[answer]!;
  });
  for (let of = 0; of < cells; of++) {
    if (from[of + 1]! - from[of]! > 1) codes.subarray(from[of]!, from[of + 1]!).sort();
  }
  return { ...control, from, codes, asked };
}
