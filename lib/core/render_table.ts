import { basisNote } from "./basis_note.ts";
import { checkColumns } from "./checks.ts";
import { columnMeanings } from "./column_meanings.ts";
import { cannot } from "./errors.ts";
import { decimalsOf, escapeHtml, formatValue } from "./format.ts";
import { oneOf, readOptions, rule, type RulesFor, whole } from "./options.ts";
import type { Table } from "./table.ts";
import { visibleText } from "./visible_text.ts";

/** How a table is rendered; see {@linkcode renderTable}. */
export interface RenderTableOptions {
  /**
   * `html` for notebooks and pages, `markdown` for documents, `text` for a terminal.
   * @default "html"
   */
  format?: "html" | "markdown" | "text";
  /**
   * Rows shown; the rest is counted in the last line.
   * @default 30
   */
  maximumRows?: number;
  /** A sentence above the table. */
  caption?: string;
  /**
   * Significant digits of numbers that are not whole, 1 to 15.
   * @default 3
   */
  digits?: number;
  /**
   * Characters a line of `text` may take; columns that do not fit follow below, with the first one again.
   * @default 120
   */
  width?: number;
}

const usualDigits = 3;

const rules = {
  format: oneOf(["html", "markdown", "text"], "html"),
  maximumRows: whole(30),
  caption: rule<string, "">((action, name, value) => {
    if (typeof value !== "string") throw new TypeError(cannot(action, name, "be a text", value));
  }, ""),
  digits: whole(usualDigits, 1, 15),
  width: whole(120, 20),
} as const satisfies RulesFor<RenderTableOptions>;

/**
 * Renders a table for a reader: rounded numbers, right-aligned, with a row count; everything escaped.
 *
 * For looking at a table, not for passing it on: numbers are rounded (three significant digits; p-values as
 * journals write them) and long texts cut. As text and Markdown, what stands in no row is named below it, and so are
 * long `notes` and reasons, each once. Below a table of effects stands what they rest on: synthetic answers alone say
 * so. Column names and cells are treated as untrusted text.
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
  const { format, maximumRows, caption, digits, width } = readOptions(action, options, rules);
  checkColumns(action, table, []);
  const grid = gridOf(table, maximumRows, digits, caption);
  if (format === "html") return htmlOf(grid);
  return format === "markdown" ? markdownOf(grid) : textOf(grid, width);
}

function gridOf(table: Table, maximumRows: number, digits: number, caption: string): TableGrid {
  const names = table.columnNames();
  const total = table.numRows();
  const first = firstRows(table, maximumRows);
  const columns = names.map((name) => first.map((row): unknown => table.column(name)!.at(row)));
  const decimalsIn = axisDecimals(names, columns);
  const cells = columns.map((values, index) =>
    values.map((value, row) => {
      const places = decimalsIn(names[index]!, row) + digits - usualDigits;
      if (Number.isFinite(value) && places >= 0) return (value as number).toFixed(places);
      return shorten(formatValue(value, { column: names[index]!, digits }));
    })
  );
  const shown = Math.min(total, maximumRows);
  const rows = Array.from({ length: shown }, (_, row) => cells.map((column) => column[row]!));
  const size = `${count(total, "row")} × ${count(names.length, "column")}`;
  const rest = total > shown ? `… and ${count(total - shown, "more row")} (${size})` : size;
  // An effect says each time it is shown whether people had a part in it.
  const isEffects = ["estimate", "basis"].every((name) => names.includes(name));
  return {
    caption,
    names,
    numeric: columns.map(isNumeric),
    rows,
    size,
    note: [rest, ...(isEffects ? [basisNote(table)] : [])].filter(Boolean).join(". "),
  };
}

/** The first rows, in the order of the table: one of many rows and columns is not copied to show a few. */
function firstRows(table: Table, most: number): number[] {
  const rows: number[] = [];
  table.scan((row, _, stop) => {
    if (rows.length < most) rows.push(row!);
    else stop!();
  }, true);
  return rows;
}

/** What lies on the axis of a figure: an estimate or a distance, its interval, and what it is compared with. */
const estimateAxis = ["estimate", "truth", "conf_low", "conf_high", "widened_low", "widened_high"];
const driftAxis = ["statistic", "null_mean", "null_high", "excess", "conf_low", "conf_high", "margin"];

/** The decimals, by row, of numbers that a figure draws on one axis: as many as it writes, so that both read the same. */
function axisDecimals(names: readonly string[], columns: readonly (readonly unknown[])[]) {
  const axis = names.includes("estimate") ? estimateAxis : names.includes("null_high") ? driftAxis : [];
  const drawn = new Map(
    axis.filter((name) => names.includes(name)).map((name) => [name, columns[names.indexOf(name)]!]),
  );
  const ends = [0, ...[...drawn.values()].flat().map(Number)].filter(Number.isFinite);
  // A figure leaves some room at both ends.
  const [low, high] = [1.06 * Math.min(...ends), 1.06 * Math.max(...ends)];
  return (name: string, row: number): number => {
    if (drawn.size < 2 || !drawn.has(name) || low === high) return NaN;
    const width = Number(drawn.get("conf_high")?.[row]) - Number(drawn.get("conf_low")?.[row]);
    // A short interval beside long ones keeps digits that tell its ends apart.
    return Math.max(decimalsOf([low, high]), width > 0 ? decimalsOf([0, width * 10]) : 0);
  };
}

/** A cell may hold a whole book: more than a reader takes in at a glance is in the table, not in its rendering. */
function shorten(cell: string): string {
  return cell.length > longestCell ? `${cell.slice(0, longestCell)}…` : cell;
}

const longestCell = 2000;

function isNumeric(values: readonly unknown[]): boolean {
  const present = values.filter((value) => value !== null && value !== undefined);
  return present.length > 0 &&
    present.every((value) => typeof value === "number" || typeof value === "bigint");
}

function count(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? "" : "s"}`;
}

/** A table as text, not escaped, before it is laid out. */
interface TableGrid {
  readonly caption: string;
  readonly names: readonly string[];
  readonly numeric: readonly boolean[];
  readonly rows: readonly (readonly string[])[];
  /** How many rows and columns there are. */
  readonly size: string;
  /** The same, how many rows are not shown, and what effects rest on. */
  readonly note: string;
}

const longestCellOfRenderTableHtml = 160;
const longestLine = 32;

// Only inherited colours and translucent greys, so that the table reads on any page, light or dark. Styles stand in
// attributes because notebooks that are not trusted lose <style> elements.
const outer = "max-width:100%;margin:.5em 0";
const scroller = "overflow-x:auto;max-width:100%";
const tableStyle =
  "border-collapse:collapse;width:auto;margin:0;border:0;color:inherit;background:transparent;" +
  "font-variant-numeric:tabular-nums;line-height:1.35;white-space:nowrap";
const captionStyle =
  "caption-side:top;text-align:left;font-weight:600;padding:0 0 .4em;color:inherit;white-space:normal";
const cellStyle = "padding:.25em .9em .25em 0";
const wideStyle = "white-space:normal;overflow-wrap:anywhere;min-width:16em;max-width:32em";
const headRule = "border:0;border-bottom:1.5px solid rgba(128,128,128,.9)";
const bodyRule = "border:0;border-bottom:1px solid rgba(128,128,128,.3)";
const noteStyle = "margin:.4em 0 0;font-size:.875em;opacity:.75";

/** Lays a table out as one HTML element that needs nothing around it and scrolls inside itself. */
function htmlOf(grid: TableGrid): string {
  const title = escapeHtml(grid.caption);
  const label = title || escapeHtml(`Table of ${grid.size}`);
  const caption = title && `<caption style="${captionStyle}">${title}</caption>`;
  const meanings = columnMeanings(grid.names);
  const head = grid.names.map((name, column) => {
    const title = meanings.has(name) ? ` title="${escapeHtml(meanings.get(name))}"` : "";
    const style = `${cellStyle};${align(grid, column)};${headRule}`;
    return `<th scope="col" style="${style}"${title}>${escapeHtml(name)}</th>`;
  }).join("");
  const styles = grid.names.map((_, column) => {
    const isWide = grid.rows.some((row) => row[column]!.length > longestLine);
    return `${cellStyle};${align(grid, column)};${bodyRule}${isWide ? `;${wideStyle}` : ""}`;
  });
  const body = grid.rows.map((row) => {
    const cells = row.map((cell, column) => dataCell(cell, styles[column]!, column === 0 && !grid.numeric[0]))
      .join("");
    return `<tr style="background:transparent">${cells}</tr>`;
  }).join("\n");
  return `<div style="${outer}"><div style="${scroller}" tabindex="0" role="region" aria-label="${label}">
<table style="${tableStyle}">${caption}
<thead><tr style="background:transparent">${head}</tr></thead>
<tbody style="vertical-align:top">
${body}
</tbody></table></div>
<p style="${noteStyle}">${escapeHtml(grid.note)}</p></div>`;
}

function align(grid: TableGrid, column: number): string {
  return `text-align:${grid.numeric[column] ? "right" : "left"}`;
}

/** A cell; who hears the table cell by cell is told the name of the row with each. */
function dataCell(cell: string, style: string, isName: boolean): string {
  const shown = cut(cell, longestCellOfRenderTableHtml);
  const title = shown === cell ? "" : ` title="${escapeHtml(cell)}"`;
  const [start, end] = isName ? [`th scope="row" style="font-weight:normal;`, "th"] : [`td style="`, "td"];
  return `<${start}${style}"${title}>${escapeHtml(shown)}</${end}>`;
}

const longestCellOfRenderTableText = 40;
const longestMarkdownCell = 160;

/** Leaves out columns without a value in any row, and puts explanations that are too long for a cell below, each once. */
function withFootnotes(grid: TableGrid, longest: number): TableGrid & { readonly below: readonly string[] } {
  const isEmpty = (column: number) => grid.rows.every((row) => ["", "–"].includes(row[column]!));
  const kept = [...grid.names.keys()].filter((column) => !isEmpty(column));
  const empty = grid.names.filter((_, column) => isEmpty(column));
  if (kept.length === 0) return { ...grid, below: [] };
  const pick = <T>(values: readonly T[]) => kept.map((column) => values[column]!);
  const long = new Map<string, string>();
  const shown = (row: readonly string[]) =>
    row.map((cell, column) => {
      if (!["notes", "reason"].includes(grid.names[column]!) || cell.length <= longest) return cell;
      long.set(cell, long.get(cell) ?? `[${long.size + 1}]`);
      return long.get(cell)!;
    });
  const rows = grid.rows.map((row) => pick(shown(row)));
  const below = [...long].map(([cell, mark]) => oneLine(`${mark} ${cell}`));
  if (empty.length > 0) below.push(oneLine(`Empty: ${empty.join(", ")}`));
  return { ...grid, names: pick(grid.names), numeric: pick(grid.numeric), rows, below };
}

/** Lays a table out as Markdown in which no cell can be markup. */
function markdownOf(whole: TableGrid): string {
  const grid = withFootnotes(whole, longestMarkdownCell);
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  const cell = (text: string) => escapeMarkdown(cut(oneLine(text), longestMarkdownCell));
  const table = grid.names.length === 0 ? [] : [
    line(grid.names.map(cell)),
    line(grid.numeric.map((numeric) => numeric ? "---:" : ":---")),
    ...grid.rows.map((row) => line(row.map(cell))),
    "",
  ];
  const caption = grid.caption ? [`**${escapeMarkdown(oneLine(grid.caption))}**`, ""] : [];
  const below = grid.below.flatMap((line) => [escapeMarkdown(line), ""]);
  return [...caption, ...table, ...below, escapeMarkdown(oneLine(grid.note))].join("\n");
}

/** Lays a table out as aligned text for a terminal; columns beyond the width follow below, with the first one again. */
function textOf(whole: TableGrid, width: number): string {
  const grid = withFootnotes(whole, longestCellOfRenderTableText);
  const names = grid.names.map((name) => cut(oneLine(name), longestCellOfRenderTableText));
  const rows = grid.rows.map((row) => row.map((cell) => cut(oneLine(cell), longestCellOfRenderTableText)));
  const widths = names.map((name, column) =>
    Math.max(...[name, ...rows.map((row) => row[column]!)].map(widthOf))
  );
  const block = (columns: readonly number[]) => {
    const line = (cells: readonly string[]) =>
      columns.map((column) => pad(cells[column]!, widths[column]!, grid.numeric[column]!)).join("  ")
        .trimEnd();
    const rule = columns.map((column) => "─".repeat(widths[column]!)).join("  ");
    return [line(names), rule, ...rows.map(line)].join("\n");
  };
  return [
    ...(grid.caption ? [oneLine(grid.caption)] : []),
    ...(names.length === 0 ? [] : [splitColumns(widths, width).map(block).join("\n\n")]),
    ...[...grid.below, oneLine(grid.note)].map((line) => wrapped(line, width)),
  ].join("\n");
}

/** A sentence in lines of at most a width, further ones indented; only a longer word is longer. */
function wrapped(line: string, width: number): string {
  return line.replace(new RegExp(`(.{1,${width - 4}})(?: |$)`, "g"), "$1\n    ").trimEnd();
}

function splitColumns(widths: readonly number[], width: number): number[][] {
  const blocks: number[][] = [[0]];
  let used = widths[0]!;
  for (let column = 1; column < widths.length; column++) {
    const block = blocks.at(-1)!;
    // A column that is too wide even alone is shown all the same: something must be.
    if (used + 2 + widths[column]! > width && block.length > 1) {
      blocks.push([0, column]);
      used = widths[0]! + 2 + widths[column]!;
    } else {
      block.push(column);
      used += 2 + widths[column]!;
    }
  }
  return blocks;
}

function oneLine(text: string): string {
  // An answer must not be able to drive the reader's terminal.
  return visibleText(text).replace(/\s+/g, " ");
}

function cut(text: string, longest: number): string {
  const characters = [...text];
  return characters.length <= longest ? text : `${characters.slice(0, longest - 1).join("")}…`;
}

function pad(text: string, size: number, right: boolean): string {
  const space = " ".repeat(Math.max(0, size - widthOf(text)));
  return right ? space + text : text + space;
}

// Terminals give East Asian characters and pictographs two cells and combining marks none.
const twoCells =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}/u;
const noCells = /\p{Mark}|[\u200b-\u200d\ufe00-\ufe0f]/u;

function widthOf(text: string): number {
  let width = 0;
  for (const character of text) width += noCells.test(character) ? 0 : twoCells.test(character) ? 2 : 1;
  return width;
}

/** Escapes a text for a line of Markdown in which it cannot be markup. */
export function escapeMarkdown(text: string): string {
  return text
    .replace(/[\\`*[\]|~$]/g, "\\$&")
    // Underscores inside a word are no emphasis: column names stay as they are.
    .replace(/(?<![\p{Letter}\p{Number}])_|_(?![\p{Letter}\p{Number}])/gu, "\\_")
    .replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
}
