import { didYouMean, showValue } from "../../core/errors.ts";
import { type Table, tableOfRows } from "../../core/table.ts";

/** What a cell holds; `null` where there is nothing. */
export type SheetCell = string | number | boolean | null;

/** A sheet of a workbook. */
export interface Sheet {
  /** Its name; that of its file in a folder of CSV. */
  readonly name: string;
  /** The cells of each row from row 1 and column A on, without empty ones at a row's end and empty rows at the end. */
  readonly rows: readonly (readonly SheetCell[])[];
}

/** A row below a sheet's line of names. */
export interface SheetRow {
  /** The sheet. */
  readonly sheet: string;
  /** The number of the row, as spreadsheets count: from 1. */
  readonly row: number;
  /** The cells by column. */
  readonly cells: { readonly [column: string]: SheetCell };
}

/** The error about a cell, or about a whole row or sheet: it says where, what must be, and what there is. */
export function sheetFault(
  action: string,
  { sheet, row, column }: { readonly sheet: string; readonly row?: number; readonly column?: string },
  rule: string,
  value: unknown,
): RangeError {
  const place = `sheet ${showValue(sheet)}${row === undefined ? "" : `, row ${row}`}` +
    (column === undefined ? "" : `, column ${showValue(column)}`);
  return new RangeError(`Cannot ${action} as ${place} must ${rule}: current value is ${showValue(value)}`);
}

/** The name of a place as spreadsheets have it: `B3` of row 3 and column 2. */
export function cellAddress(row: number, column: number): string {
  const letters = (n: number): string =>
    n < 1 ? "" : letters(Math.floor((n - 1) / 26)) + String.fromCharCode(65 + (n - 1) % 26);
  return `${letters(column)}${row}`;
}

/** The sheet of a name. */
export function sheetNamed(action: string, sheets: readonly Sheet[], name: string): Sheet {
  const sheet = sheets.find((sheet) => sheet.name === name);
  if (sheet !== undefined) return sheet;
  const names = sheets.map(({ name }) => name);
  throw sheetFault(action, { sheet: name }, `be there${didYouMean(name, names)}`, names);
}

/**
 * The rows of a sheet whose first row names its columns: each of `columns` must be there (one that ends in `?` may be
 * left out, and is `null` then), once, and no other. Empty rows are passed over.
 */
export function sheetRows(
  action: string,
  { name: sheet, rows }: Sheet,
  columns: readonly string[],
): SheetRow[] {
  const known = new Set(columns.map((name) => name.replace(/\?$/, "")));
  const places = new Map<string, number>();
  const head = (rows[0] ?? []).map((cell) => String(cell ?? "").trim());
  if (head.length > 2000) {
    throw sheetFault(action, { sheet, row: 1 }, "name at most 2000 columns", head.length);
  }
  head.forEach((name, at) => {
    const place = { sheet, row: 1, column: cellAddress(1, at + 1) };
    if (places.has(name)) throw sheetFault(action, place, "name a column that no other names", name);
    if (!known.has(name)) {
      const names = [...known];
      throw sheetFault(action, place, `name one of ${names.join(", ")}${didYouMean(name, names)}`, name);
    }
    places.set(name, at);
  });
  const missing = columns.find((name) => !name.endsWith("?") && !places.has(name));
  if (missing !== undefined) throw sheetFault(action, { sheet, row: 1 }, `have a column '${missing}'`, head);
  return rows.slice(1).flatMap((cells, at): SheetRow[] => {
    const place = { sheet, row: at + 2 };
    if (cells.length > head.length) throw sheetFault(action, place, "end where the names end", cells.at(-1));
    const byColumn = [...known].map((name) => [name, cells[places.get(name) ?? -1] ?? null]);
    return cells.length === 0 ? [] : [{ ...place, cells: Object.fromEntries(byColumn) }];
  });
}

/** A cell of a row, read as what it must be; an empty one is an empty text, and false. */
export class PlacedCell {
  /** What it holds. */
  readonly value: SheetCell;
  constructor(readonly action: string, readonly row: SheetRow, readonly column: string) {
    this.value = row.cells[column] ?? null;
  }
  /** The error about it. */
  fault(rule: string, value: unknown = this.value): RangeError {
    return sheetFault(this.action, { ...this.row, column: this.column }, rule, value);
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
  oneOf<Name extends string>(names: readonly Name[]): Name {
    const found = names.find((name) => name === this.text()) ??
      names.find((name) => name === this.text().toLowerCase());
    if (found === undefined) {
      throw this.fault(`be one of ${names.join(", ")}${didYouMean(this.text(), names)}`);
    }
    return found;
  }
  flag(): boolean {
    const value = ({ "": false, 0: false, false: false, 1: true, true: true })[this.text().toLowerCase()];
    if (value === undefined) throw this.fault("be TRUE or FALSE");
    return value;
  }
}

/** The log of adaptations, a row for each text that people and models get; a change may be marked or not. */
export function adaptationTable(
  texts: readonly {
    readonly sheet: string;
    readonly row: number;
    readonly human_text: string;
    readonly llm_text: string;
    readonly is_adapted: boolean;
  }[],
): Table {
  const plain = (text: string) => text.replace(/\s+/g, " ").trim();
  const rows = texts.map((text) => ({
    ...text,
    unmarked: !text.is_adapted && text.human_text !== "" && plain(text.human_text) !== plain(text.llm_text),
  }));
  return tableOfRows(rows, ["sheet", "row", "human_text", "llm_text", "is_adapted", "unmarked"]);
}
