import { didYouMean, showValue } from "../../core/errors.ts";
import { type Table, tableOfRows } from "../../core/table.ts";
import { readLiteral, Tuple } from "../literals.ts";

/** What a cell holds; `null` where there is nothing. */
export type SheetCell = string | number | boolean | null;

/** A sheet of a workbook. */
export interface Sheet {
  /** Its name; that of its file in a folder of CSV. */
  readonly name: string;
  /** The cells of each row from row 1 and column A on, without empty ones at a row's end and empty rows at the end. */
  readonly rows: readonly (readonly SheetCell[])[];
}

/** Where something stands; the row is counted from 1, as spreadsheets do. */
export interface SheetPlace {
  readonly sheet: string;
  readonly row?: number;
  readonly column?: string;
}

/** What workbooks are read for, as errors have it. */
export const loading = "load a workbook";

/** The error about a cell, or about a whole row or sheet: it says where, what must be, and what there is. */
export function sheetFault(
  action: string,
  { sheet, row, column }: SheetPlace,
  rule: string,
  value: unknown,
): RangeError {
  const place = `sheet ${showValue(sheet)}${row === undefined ? "" : `, row ${row}`}` +
    (column === undefined ? "" : `, column ${showValue(column)}`);
  return new RangeError(`Cannot ${action} as ${place} must ${rule}: current value is ${showValue(value)}`);
}

/** The place of a cell, by numbers from 0, as spreadsheets have it: column `B3` of row 3. */
export function cellPlace(sheet: string, row: number, column: number): SheetPlace {
  const letters = (n: number): string =>
    n < 0 ? "" : letters(Math.floor(n / 26) - 1) + String.fromCharCode(65 + n % 26);
  return { sheet, row: row + 1, column: `${letters(column)}${row + 1}` };
}

/** The sheet of a name. */
export function sheetNamed(sheets: readonly Sheet[], name: string): Sheet {
  const sheet = sheets.find((sheet) => sheet.name === name);
  if (sheet !== undefined) return sheet;
  const names = sheets.map(({ name }) => name);
  throw sheetFault(loading, { sheet: name }, `be there${didYouMean(name, names)}`, names);
}

/** A cell, read as what it must be; an empty one is an empty text, and false. */
export class PlacedCell {
  constructor(readonly place: SheetPlace, readonly value: SheetCell) {}
  /** The error about it. */
  fault(rule: string, value: unknown = this.value): RangeError {
    return sheetFault(loading, this.place, rule, value);
  }
  /** What a function makes of it; its error says where the cell is. */
  make<Made>(build: () => Made): Made {
    try {
      return build();
    } catch (error) {
      throw this.fault((error as Error).message.replace(/^Cannot .{0,80}? as /, "be such that "));
    }
  }
  text(): string {
    return String(this.value ?? "").trim();
  }
  /** A text that must be there. */
  name(): string {
    if (this.text() === "") throw this.fault("not be empty");
    return this.text();
  }
  /** A name that slots can have. */
  identifier(name = this.name()): string {
    if (/^[A-Za-z]\w{0,49}$/.test(name)) return name;
    throw this.fault("be a name of letters, digits and underscores", name);
  }
  oneOf<Name extends string>(names: readonly Name[]): Name {
    const [own, lower] = [this.text(), this.text().toLowerCase()];
    const found = names.find((name) => name === own) ?? names.find((name) => name === lower);
    if (found === undefined) throw this.fault(`be one of ${names.join(", ")}${didYouMean(own, names)}`);
    return found;
  }
  flag(): boolean {
    if (/^(true|1)$/i.test(this.text())) return true;
    if (/^(false|0|)$/i.test(this.text())) return false;
    throw this.fault("be TRUE or FALSE");
  }
  number(from: number, to: number, whole = true): number {
    const value = this.text() === "" || typeof this.value === "boolean" ? NaN : Number(this.value);
    if (value >= from && value <= to && (!whole || Number.isInteger(value))) return value;
    throw this.fault(`be a ${whole ? "whole " : ""}number from ${from} to ${to}`);
  }
  /** What Python reads as a value, or the text. */
  literal(): unknown {
    return typeof this.value === "string" ? readLiteral(this.value) ?? this.text() : this.value;
  }
  /** A list, as Python has it or with commas between. */
  list(): readonly unknown[] {
    const value = this.literal();
    const values = value instanceof Tuple
      ? value.values
      : typeof value === "string"
      ? value.split(",")
      : value;
    const all = [values ?? []].flat(2).map((one) => typeof one === "string" ? one.trim() : one);
    return all.filter((one) => one !== "");
  }
}

/** Columns, or settings, and how the cells of each are read. */
export type CellColumns = { readonly [column: string]: (cell: PlacedCell) => unknown };

/** What was read of a row, and its cells. */
export type ReadRow<Known extends CellColumns = CellColumns> =
  & { readonly [Name in keyof Known]: ReturnType<Known[Name]> }
  & { readonly at: (column: string) => PlacedCell };

/** How cells are read; `or` has what an empty one is. */
export const read = {
  any: (cell: PlacedCell) => cell.value,
  text: (cell: PlacedCell) => cell.text(),
  name: (cell: PlacedCell) => cell.name(),
  identifier: (cell: PlacedCell) => cell.identifier(),
  flag: (cell: PlacedCell) => cell.flag(),
  oneOf: <Name extends string>(...names: Name[]) => (cell: PlacedCell) => cell.oneOf(names),
  whole: (from: number, to: number) => (cell: PlacedCell) => cell.number(from, to),
  number: (from: number, to: number) => (cell: PlacedCell) => cell.number(from, to, false),
  or: <Value, Empty>(read: (cell: PlacedCell) => Value, empty: Empty) => (cell: PlacedCell) =>
    cell.text() === "" ? empty : read(cell),
};

function readCells<Known extends CellColumns>(columns: Known, at: ReadRow["at"]): ReadRow<Known> {
  const values = Object.entries(columns).map(([name, read]) => [name, read(at(name))]);
  return { ...Object.fromEntries(values), at };
}

/** The settings of a sheet, of which each is a row with a `value`. */
export function readSettingRows<Known extends CellColumns>(
  sheet: string,
  { columns, rows }: { readonly columns: Known; readonly rows: ReadonlyMap<string, ReadRow> },
): ReadRow<Known> {
  return readCells(
    columns,
    (column) => rows.get(column)?.at("value") ?? new PlacedCell({ sheet, column }, null),
  );
}

/**
 * The rows of a sheet whose first row names its columns, each at most once, and no other than `columns`; one that is left
 * out is empty. Empty rows are passed over. `older` has other names of columns.
 */
export function readSheet<Known extends CellColumns>(
  { name: sheet, rows }: Sheet,
  columns: Known,
  older: ReadonlyMap<string, string> = new Map(),
): ReadRow<Known>[] {
  const known = Object.keys(columns);
  const head = (rows[0] ?? []).map((cell) => String(cell ?? "").trim());
  const names = head.map((name) => older.get(name) ?? name);
  if (head.length > 2000) {
    throw sheetFault(loading, { sheet, row: 1 }, "name at most 2000 columns", head.length);
  }
  const places = new Map<string, number>();
  names.forEach((name, at) => {
    const cell = new PlacedCell(cellPlace(sheet, 0, at), head[at]!);
    if (places.has(name)) throw cell.fault("name a column that no other names");
    if (!known.includes(name)) throw cell.fault(`name one of ${known.join(", ")}${didYouMean(name, known)}`);
    places.set(name, at);
  });
  return rows.slice(1).flatMap((cells, index) => {
    const place = { sheet, row: index + 2 };
    if (cells.length > head.length) throw sheetFault(loading, place, "end where the names end", cells.at(-1));
    const at = (column: string) =>
      new PlacedCell({ ...place, column }, cells[places.get(column) ?? -1] ?? null);
    return cells.length === 0 ? [] : [readCells(columns, at)];
  });
}

/** Rows by what stands in a column, which is read by `key`: each once. */
export function rowsBy<Row extends ReadRow>(
  rows: readonly Row[],
  column: string,
  key: (row: Row) => string = (row) => row.at(column).name(),
): Map<string, Row> {
  const map = new Map<string, Row>();
  for (const row of rows) {
    const name = key(row);
    if (map.has(name)) throw row.at(column).fault("not stand twice");
    map.set(name, row);
  }
  return map;
}

/** The log of adaptations, a row for each text that people and models get; a change may be marked or not. */
export function adaptationTable(
  texts: readonly (ReadRow & { human_text: string; llm_text: string; is_adapted: boolean })[],
): Table {
  const plain = (text: string) => text.replace(/\s+/g, " ");
  const rows = texts.map(({ at, human_text, llm_text, is_adapted }) => ({
    ...{ ...at("llm_text").place, human_text, llm_text, is_adapted },
    unmarked: !is_adapted && human_text !== "" && plain(human_text) !== plain(llm_text),
  }));
  return tableOfRows(rows, ["sheet", "row", "human_text", "llm_text", "is_adapted", "unmarked"]);
}
