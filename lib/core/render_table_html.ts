import { escapeHtml } from "./escape_html.ts";
import type { TableGrid } from "./table_grid.ts";

const longestCell = 160;
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
const headRule = "border:0;border-bottom:1.5px solid currentColor";
const bodyRule = "border:0;border-bottom:1px solid rgba(128,128,128,.3)";
const noteStyle = "margin:.4em 0 0;font-size:.875em;opacity:.75";

/** Lays a table out as one HTML element that needs nothing around it and scrolls inside itself. */
export function htmlOf(grid: TableGrid): string {
  const label = escapeHtml(grid.caption || `Table of ${grid.note}`);
  const caption = grid.caption
    ? `<caption style="${captionStyle}">${escapeHtml(grid.caption)}</caption>`
    : "";
  const wide = grid.names.map((_, column) => grid.rows.some((row) => row[column]!.length > longestLine));
  const head = grid.names.map((name, column) =>
    `<th scope="col" style="${cellStyle};${align(grid, column)};${headRule}">${escapeHtml(name)}</th>`
  ).join("");
  const body = grid.rows.map((row) =>
    `<tr style="background:transparent">${
      row.map((cell, column) =>
        dataCell(
          cell,
          `${cellStyle};${align(grid, column)};${bodyRule}${wide[column] ? `;${wideStyle}` : ""}`,
        )
      ).join("")
    }</tr>`
  ).join("\n");
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

function dataCell(cell: string, style: string): string {
  const characters = [...cell];
  if (characters.length <= longestCell) return `<td style="${style}">${escapeHtml(cell)}</td>`;
  const cut = `${characters.slice(0, longestCell - 1).join("")}…`;
  return `<td style="${style}" title="${escapeHtml(cell)}">${escapeHtml(cut)}</td>`;
}
