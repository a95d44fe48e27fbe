// Arquero 8.0.3 asks for a range of flechette whose newest version needs a package that some registries lack;
// naming the pinned version first settles it for everyone who imports this file.
import "@uwdata/flechette";
import { type ColumnTable, table as arqueroTable } from "arquero";
import { cannot } from "./errors.ts";

/** An Arquero table: what every verb of Understudy takes and returns. */
export type Table = ColumnTable;

/** A table's columns before they are a table: name to values. */
export type Columns = { [name: string]: ArrayLike<unknown> };

/**
 * Makes a table from columns of equal length, or from rows.
 *
 * @param data columns by name, or a list of rows (objects); a row that lacks a column has `null` there
 * @returns the table; of rows, the columns in the order in which they are first met
 * @throws {RangeError} if the columns differ in length
 * @throws {TypeError} if it is neither
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { tableOf } from "@understudy/understudy/core";
 *
 * assertEquals(tableOf({ persona_id: ["p1", "p2"], age: [31, 64] }).numRows(), 2);
 * assertEquals(tableOf([{ party: "Left", age: 31 }, { party: "Right" }]).array("age"), [31, null]);
 * ```
 */
export function tableOf(data: Columns | readonly { readonly [column: string]: unknown }[]): Table {
  if (typeof data !== "object" || data === null) {
    throw new TypeError(cannot("make a table", "data", shape, data));
  }
  const columns = Array.isArray(data) ? columnsOfRows(data) : data as Columns;
  const lengths = Object.entries(columns).map(([name, values]) => `${name} (${values?.length})`);
  if (new Set(Object.values(columns).map((values) => values?.length)).size > 1) {
    throw new RangeError(
      `Cannot make a table as its columns must have equal length: they are ${lengths.join(", ")}`,
    );
  }
  return arqueroTable(columns as Record<string, unknown[]>) as Table;
}

const shape = "be columns by name or a list of rows";

function columnsOfRows(rows: readonly unknown[]): Columns {
  const names = new Set<string>();
  for (const row of rows) {
    if (typeof row !== "object" || row === null || Array.isArray(row)) {
      throw new TypeError(cannot("make a table", "data", shape, row));
    }
    for (const name of Object.keys(row)) names.add(name);
  }
  const column = (name: string) =>
    rows.map((row) =>
      Object.hasOwn(row as object, name) ? (row as { [name: string]: unknown })[name] ?? null : null
    );
  return Object.fromEntries([...names].map((name) => [name, column(name)]));
}

/** Makes a table from row objects; `names` gives the columns and their order. */
export function tableOfRows(rows: readonly object[], names: readonly string[]): Table {
  const columns: Columns = {};
  for (const name of names) columns[name] = rows.map((row) => (row as { [name: string]: unknown })[name]);
  return tableOf(columns);
}

/** Whether a value is an Arquero table. */
export function isTable(value: unknown): value is Table {
  return typeof value === "object" && value !== null &&
    typeof (value as Table).columnNames === "function" && typeof (value as Table).numRows === "function";
}

/** One column as a plain array, in the table's row order (filters and sorting respected). */
export function columnOf<T = unknown>(table: Table, name: string): T[] {
  return table.array(name) as T[];
}

/** One column to read and not to change: as the table holds it where its rows are all there in their order. */
export function valuesOf(table: Table, name: string): ArrayLike<unknown> {
  const held: unknown = table.isFiltered() || table.isOrdered() ? undefined : table.column(name);
  return Array.isArray(held) || ArrayBuffer.isView(held)
    ? held as unknown as unknown[]
    : columnOf(table, name);
}

/** Some rows of a table, in the order in which they are named. */
export function takeRows(table: Table, rows: readonly number[]): Table {
  const columns: Columns = {};
  for (const name of table.columnNames()) {
    const values = valuesOf(table, name);
    columns[name] = rows.map((row) => values[row]);
  }
  return tableOf(columns);
}

/** All columns by their names, to read and not to change. */
export function heldColumns(table: Table): { [column: string]: readonly unknown[] } {
  return Object.fromEntries(
    table.columnNames().map((name) => {
      const values = valuesOf(table, name);
      return [name, Array.isArray(values) ? values : Array.from(values)];
    }),
  );
}

/** The distinct values of a list, in the order in which they first occur. */
export function distinct<T>(values: Iterable<T>): T[] {
  return [...new Set(values)];
}

/** The row numbers of each distinct value, in the order in which values first occur. */
export function groupRows<T>(values: ArrayLike<T>): Map<T, number[]> {
  const groups = new Map<T, number[]>();
  for (let row = 0; row < values.length; row++) {
    const group = groups.get(values[row]!);
    if (group) group.push(row);
    else groups.set(values[row]!, [row]);
  }
  return groups;
}

/** A column of names as numbers: `codes[row]` is a place in `labels`, or -1 where the row has none. */
export interface Labelled {
  /** Each row's place in the labels. */
  readonly codes: Int32Array;
  /** The names. */
  readonly labels: readonly string[];
}

/** Turns a column of names (texts, numbers, true or false) into codes; names are the same where they read the same. */
export function encodeLabels(action: string, column: string, values: ArrayLike<unknown>): Labelled {
  const codes = new Int32Array(values.length);
  const byValue = new Map<unknown, number>();
  const byLabel = new Map<string, number>();
  for (let row = 0; row < values.length; row++) {
    const value = values[row];
    const known = typeof value === "string" ? byLabel.get(value) : byValue.get(value);
    const code = known ?? codeOf(action, column, value, byLabel);
    if (known === undefined && typeof value !== "string") byValue.set(value, code);
    codes[row] = code;
  }
  return { codes, labels: [...byLabel.keys()] };
}

/** Whether a cell holds nothing. */
export function isMissing(value: unknown): boolean {
  return value === null || value === undefined || value === "" || Number.isNaN(value);
}

function codeOf(action: string, column: string, value: unknown, byLabel: Map<string, number>): number {
  if (isMissing(value)) return -1;
  if (typeof value === "object" || typeof value === "function" || typeof value === "symbol") {
    throw new TypeError(cannot(action, column, "hold texts, numbers, true or false", value));
  }
  const label = String(value);
  const code = byLabel.get(label) ?? byLabel.size;
  byLabel.set(label, code);
  return code;
}

/** Joins columns of names to the column of their combinations. */
export function combineLabels(columns: readonly Labelled[]): Labelled {
  return columns.reduce((left, right) => {
    const codes = new Int32Array(left.codes.length);
    const seen = new Map<number, number>();
    const labels: string[] = [];
    for (let row = 0; row < codes.length; row++) {
      const [first, second] = [left.codes[row]!, right.codes[row]!];
      const pair = first * right.labels.length + second;
      if (first < 0 || second < 0) codes[row] = -1;
      else {
        if (!seen.has(pair)) {
          seen.set(pair, labels.length);
          labels.push(`${left.labels[first]}, ${right.labels[second]}`);
        }
        codes[row] = seen.get(pair)!;
      }
    }
    return { codes, labels };
  });
}

/** Orders names: numbers by size where all are numbers, texts by their characters otherwise. */
export function sortLabels({ codes, labels }: Labelled): Labelled {
  const numeric = labels.every((label) => Number.isFinite(Number(label)));
  const order = [...labels.keys()].sort((a, b) => {
    if (numeric && Number(labels[a]) !== Number(labels[b])) return Number(labels[a]) - Number(labels[b]);
    return labels[a]! < labels[b]! ? -1 : 1;
  });
  const place = new Int32Array(labels.length);
  order.forEach((code, rank) => place[code] = rank);
  return {
    codes: codes.map((code) => code < 0 ? -1 : place[code]!),
    labels: order.map((code) => labels[code]!),
  };
}
