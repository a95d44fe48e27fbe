import { cannot } from "./errors.ts";
import { checkOneOf, checkOptions, checkWhole } from "./checks.ts";
import { formatValue } from "./format_value.ts";
import { htmlOf } from "./render_table_html.ts";
import { markdownOf, textOf } from "./render_table_text.ts";
import { columnOf, isTable, type Table } from "./table.ts";
import type { TableGrid } from "./table_grid.ts";

/** How a table is rendered; see {@linkcode renderTable}. */
export interface RenderTableOptions {
  /**
   * `html` for notebooks and pages, `markdown` for documents, `text` for a terminal.
   *
   * @default "html"
   */
  format?: "html" | "markdown" | "text";
  /**
   * Rows shown; the rest is counted in the last line.
   *
   * @default 30
   */
  maximumRows?: number;
  /** A sentence above the table. */
  caption?: string;
  /**
   * Significant digits of numbers that are not whole, 1 to 15.
   *
   * @default 3
   */
  digits?: number;
  /**
   * Characters a line of `text` may take; columns that do not fit follow below, with the first one again.
   *
   * @default 120
   */
  width?: number;
}

const known = ["format", "maximumRows", "caption", "digits", "width"];

/**
 * Renders a table for a reader: rounded numbers, right-aligned, with a row count; everything escaped.
 *
 * For looking at a table, not for passing it on: numbers are rounded (three significant digits; p-values as
 * journals write them) and long texts cut. Column names and cells are treated as untrusted text.
 *
 * @param table any Arquero table; filters and sorting are respected
 * @param options see {@linkcode RenderTableOptions}
 * @returns one HTML `<div>`, a Markdown table, or aligned text
 * @throws {TypeError} if `table` is no Arquero table
 * @throws {RangeError} if an option is out of range
 * @example
 * ```ts
 * import { assertStringIncludes } from "@std/assert";
 * import { renderTable, tableOf } from "@understudy/understudy/core";
 *
 * const table = tableOf({ term: ["threat"], estimate: [0.42134], p_value: [0.0002] });
 * assertStringIncludes(renderTable(table, { format: "text" }), "threat     0.421    <.001");
 * ```
 */
export function renderTable(table: Table, options: RenderTableOptions = {}): string {
  const action = "render a table";
  checkOptions(action, options, known);
  if (!isTable(table)) throw new TypeError(cannot(action, "table", "be an Arquero table", table));
  const { format = "html", maximumRows = 30, caption = "", digits = 3, width = 120 } = options;
  checkOneOf(action, "format", format, ["html", "markdown", "text"]);
  checkWhole(action, "maximumRows", maximumRows, 1);
  checkWhole(action, "digits", digits, 1, 15);
  checkWhole(action, "width", width, 20);
  if (typeof caption !== "string") throw new TypeError(cannot(action, "caption", "be a text", caption));
  const grid = gridOf(table, maximumRows, digits, caption);
  if (format === "html") return htmlOf(grid);
  return format === "markdown" ? markdownOf(grid) : textOf(grid, width);
}

function gridOf(table: Table, maximumRows: number, digits: number, caption: string): TableGrid {
  const names = table.columnNames();
  const total = table.numRows();
  const columns = names.map((name) => columnOf(table, name).slice(0, maximumRows));
  const cells = columns.map((values, index) =>
    values.map((value) => formatValue(value, { column: names[index]!, digits }))
  );
  const rows = Array.from(
    { length: Math.min(total, maximumRows) },
    (_, row) => cells.map((column) => column[row]!),
  );
  return {
    caption,
    names,
    numeric: columns.map(isNumeric),
    rows,
    note: noteOf(total, rows.length, names.length),
  };
}

function isNumeric(values: readonly unknown[]): boolean {
  const present = values.filter((value) => value !== null && value !== undefined);
  return present.length > 0 &&
    present.every((value) => typeof value === "number" || typeof value === "bigint");
}

function noteOf(total: number, shown: number, columns: number): string {
  const size = `${count(total, "row")} × ${count(columns, "column")}`;
  return total > shown ? `… and ${count(total - shown, "more row")} (${size})` : size;
}

function count(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? "" : "s"}`;
}
