import type { TableGrid } from "./table_grid.ts";

const longestCell = 40;
const longestMarkdownCell = 160;

/** Lays a table out as Markdown in which no cell can be markup. */
export function markdownOf(grid: TableGrid): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  const cell = (text: string) => escapeMarkdown(cut(oneLine(text), longestMarkdownCell));
  const table = grid.names.length === 0 ? [] : [
    line(grid.names.map(cell)),
    line(grid.numeric.map((numeric) => numeric ? "---:" : ":---")),
    ...grid.rows.map((row) => line(row.map(cell))),
    "",
  ];
  const caption = grid.caption ? [`**${escapeMarkdown(oneLine(grid.caption))}**`, ""] : [];
  return [...caption, ...table, grid.note].join("\n");
}

/** Lays a table out as aligned text for a terminal; columns beyond the width follow below, with the first one again. */
export function textOf(grid: TableGrid, width: number): string {
  const names = grid.names.map((name) => cut(oneLine(name), longestCell));
  const rows = grid.rows.map((row) => row.map((cell) => cut(oneLine(cell), longestCell)));
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
    grid.note,
  ].join("\n");
}

/** The columns of each block: as many as fit beside the first. */
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
  return text.replace(/\s+/g, " ").replace(
    /[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu,
    "\ufffd",
  );
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

function escapeMarkdown(text: string): string {
  return text
    .replace(/[\\`*[\]|~$]/g, "\\$&")
    // Underscores inside a word are no emphasis: column names stay as they are.
    .replace(/(?<![\p{Letter}\p{Number}])_|_(?![\p{Letter}\p{Number}])/gu, "\\_")
    .replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
}
