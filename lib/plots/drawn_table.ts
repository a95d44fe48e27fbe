import { checkColumns, checkRows } from "../core/checks.ts";
import { cannot } from "../core/errors.ts";
import { columnOf, distinct, isTable, type Table } from "../core/table.ts";
import { writePercent } from "./numbers.ts";

interface DrawnTable {
  readonly columns: readonly string[];
  /** Where such a table comes from, and the call that draws it. */
  readonly from: string;
  /** The column that the caller named to tell rows apart. */
  readonly label?: string | undefined;
}

/** Checks that a table, by its argument's name, is one that a plot verb draws; an error says whose table that is. */
export function checkDrawn(
  action: string,
  drawn: { readonly [argument: string]: Table },
  { columns, from, label }: DrawnTable,
): void {
  const [[argument, table]] = Object.entries(drawn) as [[string, Table]];
  if (!isTable(table)) throw new TypeError(cannot(action, argument, `be a table: ${from}`, table));
  const missing = columns.filter((name) => !table.columnNames().includes(name));
  if (missing.length > 0) {
    const lacks = `has no column ${missing.map((name) => `'${name}'`).join(", ")}`;
    throw new RangeError(`Cannot ${action} as '${argument}' ${lacks}: ${from}; ${describeDrawn(table)}`);
  }
  if (label !== undefined) checkColumns(action, table, [label], argument);
  checkRows(action, table, argument);
}

/** What a table looks like: its first columns. */
export function describeDrawn(table: Table): string {
  const names = table.columnNames();
  const rest = names.length - 8;
  return `its columns are ${names.slice(0, 8).join(", ")}${rest > 0 ? ` and ${rest} more` : ""}`;
}

/** A column of numbers; `NaN` where there is no number, and throughout where there is no such column. */
export function numbersIn(table: Table, name: string): number[] {
  if (!table.columnNames().includes(name)) return Array<number>(table.numRows()).fill(NaN);
  return columnOf(table, name).map((value) => (typeof value === "number" ? value : NaN));
}

/** A column of texts; empty where there is none, and throughout where there is no such column. */
export function textsIn(table: Table, name: string): string[] {
  if (!table.columnNames().includes(name)) return Array<string>(table.numRows()).fill("");
  return columnOf(table, name).map((value) => (value === null || value === undefined ? "" : String(value)));
}

/** The rows of a table as objects: columns of texts and columns of numbers, whether they are there or not. */
export function drawnRows<Text extends string, Numeric extends string>(
  table: Table,
  texts: readonly Text[],
  numbers: readonly Numeric[],
): ({ readonly [name in Text]: string } & { readonly [name in Numeric]: number })[] {
  const columns = [
    ...texts.map((name) => [name, textsIn(table, name)] as const),
    ...numbers.map((name) => [name, numbersIn(table, name)] as const),
  ];
  const rowOf = (_: unknown, row: number) =>
    Object.fromEntries(columns.map(([name, values]) => [name, values[row]])) as
      & { [name in Text]: string }
      & { [name in Numeric]: number };
  return Array.from({ length: table.numRows() }, rowOf);
}

/** What tells stacked tables apart: the named column, else `label`, else `iteration`; empty texts where none is there. */
export function labelsOf(table: Table, label: string | undefined): string[] {
  const name = label ?? ["label", "iteration"].find((column) => table.columnNames().includes(column));
  const values = textsIn(table, name ?? "label");
  return name === "iteration" ? values.map((value) => (value === "" ? "" : `iteration ${value}`)) : values;
}

/** The different texts of a column, empty ones left out. */
export function namesIn(table: Table, name: string): string[] {
  return distinct(textsIn(table, name)).filter((value) => value !== "");
}

/** The one text that a column has throughout, else another. */
export function onlyOne(table: Table, name: string, otherwise: string): string {
  const names = namesIn(table, name);
  return names.length === 1 ? names[0]! : otherwise;
}

/** Texts joined, empty ones left out. */
export function joinTexts(parts: readonly (string | undefined)[], between = ", "): string {
  return parts.filter((part) => part !== undefined && part !== "").join(between);
}

/** Names that vary from row to row, joined: what tells rows apart. */
export function joinVarying(columns: readonly (readonly string[])[], row: number): string {
  return joinTexts(columns.filter((values) => new Set(values).size > 1).map((values) => values[row]));
}

/** What the intervals are, from their level where all rows share one: `95% interval`. */
export function intervalName(table: Table): string {
  const levels = distinct(numbersIn(table, "conf_level").filter((level) => !Number.isNaN(level)));
  return levels.length === 1 ? `${writePercent(levels[0]!, 4)} interval` : "interval";
}

/** The first few of a list, and how many follow. */
export function firstFew(parts: readonly string[], most: number): string {
  const rest = parts.length - most;
  return parts.slice(0, most).join("; ") + (rest > 0 ? `; and ${rest} more` : "");
}

export function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

export function sentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}
