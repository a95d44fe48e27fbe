// @ts-types="@types/d3-dsv"
import { dsvFormat } from "d3-dsv";
import { cannot, showValue } from "./errors.ts";
import { columnOf, distinct, type Table, tableOf } from "./table.ts";

/** How the cells of a column are read. */
export type ColumnType = "number" | "text" | "boolean" | "json";

/** A number as programs write one: no leading zeros, no thousands separators, no blanks. */
const numberText = /^-?(0|[1-9]\d{0,21})(\.\d+)?([eE][+-]?\d{1,3})?$/;

/** A text that a spreadsheet would run, or one that was made safe before. */
const formulaText = /^'*[=+\-@\t\r]/;

const guess = "number, text, boolean or json";

/** Reads delimited text with a line of names on top; cells that are empty or `NA` are `null`. */
export function parseDelimited(
  action: string,
  text: string,
  asked: string,
  types: { readonly [column: string]: ColumnType },
): Table {
  const line = /^.*/.exec(text)![0].replace(/"[^"]*"/g, "");
  // Where commas are decimal, spreadsheets put semicolons between the cells of CSV.
  const other = asked === "," && !line.includes(",") && [";", "\t"].find((mark) => line.includes(mark));
  const delimiter = other || asked;
  checkQuotes(action, text, delimiter);
  const [head, ...rows] = dsvFormat(delimiter).parseRows(text.replace(/^\uFEFF/, "")).filter((row) =>
    row.some((cell) => cell !== "")
  );
  if (head === undefined) throw new RangeError(cannot(action, "the file", "hold a line of names", "nothing"));
  const names = columnNames(action, head);
  rows.forEach((row, at) => {
    if (row.length === names.length) return;
    const has = `row ${at + 1} has ${row.length}: ${showValue(row.join(delimiter))}`;
    throw new RangeError(`Cannot ${action} as every row must have ${names.length} cells: ${has}`);
  });
  const cells = names.map((_, column) => rows.map((row) => readCell(row[column]!)));
  return tableOf(Object.fromEntries(typeColumns(action, names, cells, types)));
}

/** The most characters of a cell: more than any reply has, and than a spreadsheet takes. */
const longestCell = 10_000_000;

/** Checks that quoted cells are closed, and of a length that somebody can have meant, before cells are taken apart. */
export function checkQuotes(action: string, text: string, delimiter: string): void {
  let [start, end, open] = [0, -2, false];
  const check = (at: number, rule: string, broken: boolean) => {
    if (!broken) return;
    const from = Math.max(0, text.lastIndexOf("\n", start) + 1, start - 100);
    throw new RangeError(cannot(action, "the file", rule, text.slice(from, Math.min(at, start + 100))));
  };
  for (let at = text.indexOf('"'); at >= 0; at = text.indexOf('"', at + 1)) {
    if (open) [end, open] = [at, false];
    // Right after one that closes, it stands for itself; within a cell that is not quoted too.
    else if (at === end + 1) open = true;
    else if (at === 0 || `\n\r${delimiter}`.includes(text[at - 1]!)) [start, open] = [at, true];
    check(
      at,
      `have at most ${longestCell} characters in a cell`,
      (open || at === end) && at - start > longestCell,
    );
  }
  check(text.length, "close every quoted cell", open);
}

function columnNames(action: string, head: readonly string[]): string[] {
  // Programs that write row numbers leave the name of their column empty.
  const names = head.map((name, at) => name.trim() === "" ? `column_${at + 1}` : safeText(name.trim()));
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  if (twice !== undefined) throw new RangeError(cannot(action, "the file", "name each column once", twice));
  return names;
}

/** Undoes what {@linkcode writeDelimited} does to texts that a spreadsheet would run. */
function safeText(text: string): string {
  return text.startsWith("'") && formulaText.test(text) ? text.slice(1) : text;
}

/** A cell as it stands: `null` where there is nothing. */
function readCell(cell: string): string | null {
  return cell === "" || cell === "NA" ? null : cell;
}

/** Gives columns their types: those told, else numbers where all cells are numbers, true and false, else texts. */
function typeColumns(
  action: string,
  names: readonly string[],
  cells: readonly (readonly (string | null)[])[],
  types: { readonly [column: string]: ColumnType },
): [string, unknown[]][] {
  const items = names.includes("item") && names.includes("value") ? cells[names.indexOf("item")]! : null;
  return names.map((name, at) => {
    const column = cells[at]!;
    const told = Object.hasOwn(types, name) ? types[name] : undefined;
    // The answers of a long table are as many columns as there are items.
    if (name === "value" && items !== null && told === undefined) return [name, typeAnswers(column, items)];
    const type = told ?? (isAmounts(column) ? "json" : typeOf(column));
    return [name, column.map((cell, row) => convert(action, name, cell, type, row))];
  });
}

function typeAnswers(column: readonly (string | null)[], items: readonly (string | null)[]): unknown[] {
  const types = new Map(
    distinct(items).map((item) => {
      const own = column.filter((_, row) => items[row] === item);
      const listed = own.some((cell) => cell?.startsWith("[") || cell?.startsWith("{"));
      return [
        item,
        listed && own.every((cell) => cell === null || parseJson(cell) !== undefined) ? "json" : typeOf(own),
      ];
    }),
  );
  return column.map((cell, row) => convert("", "value", cell, types.get(items[row]!)! as ColumnType, row));
}

/** Whether all cells are objects of numbers, as allocations are written. */
function isAmounts(column: readonly (string | null)[]): boolean {
  const present = column.filter((cell) => cell !== null);
  return present.length > 0 && present.every((cell) => {
    const value = cell.startsWith("{") ? parseJson(cell) : undefined;
    return typeof value === "object" && value !== null &&
      Object.values(value).every((amount) => typeof amount === "number");
  });
}

function typeOf(column: readonly (string | null)[]): ColumnType {
  const present = column.filter((cell) => cell !== null);
  if (present.length === 0) return "text";
  if (present.every((cell) => numberText.test(cell) || cell === "NaN")) return "number";
  return present.every((cell) => cell === "true" || cell === "false") ? "boolean" : "text";
}

function convert(action: string, name: string, cell: string | null, type: ColumnType, row: number): unknown {
  if (cell === null) return null;
  if (type === "text") return safeText(cell);
  const value = type === "number"
    ? cell === "NaN" ? NaN : cell.trim() === "" || Number.isNaN(Number(cell)) ? undefined : Number(cell)
    : type === "boolean"
    ? { true: true, false: false, TRUE: true, FALSE: false }[cell]
    : parseJson(cell);
  if (value !== undefined) return value;
  throw new RangeError(
    `Cannot ${action} as column '${name}' must hold values of type ${type} (the types are ${guess}): ` +
      `current value is ${showValue(cell)} (row ${row + 1})`,
  );
}

function parseJson(cell: string): unknown {
  try {
    return JSON.parse(cell);
  } catch {
    return undefined;
  }
}

/** Writes a table as delimited text; a text that a spreadsheet would run as a formula gets an apostrophe before it. */
export function formatDelimited(table: Table, delimiter: string): string {
  const names = table.columnNames();
  // A line without any text is no row: a column that stands alone says what is missing.
  const nothing = names.length === 1 ? "NA" : "";
  const columns = names.map((name) => columnOf(table, name).map((value) => writeCell(value) || nothing));
  const rows = Array.from({ length: table.numRows() }, (_, row) => columns.map((column) => column[row]!));
  return dsvFormat(delimiter).formatRows([names.map(writeText), ...rows]) + "\n";
}

function writeCell(value: unknown): string {
  if (value === null || value === undefined) return "";
  if (typeof value === "string") return writeText(value);
  if (value instanceof Date) return value.toISOString();
  if (typeof value === "object") return JSON.stringify(value);
  return Object.is(value, -0) ? "0" : String(value);
}

function writeText(text: string): string {
  return formulaText.test(text) ? `'${text}` : text;
}
