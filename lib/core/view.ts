import { type Displayable, formatValue, jupyterDisplay, type MimeBundle } from "./format.ts";
import type { Table } from "./table.ts";
import { visibleText } from "./visible_text.ts";

/**
 * Something to look at that is neither a table nor a figure: static HTML, in which whatever came from outside is escaped,
 * and the same for a terminal. Reports take the views that the toolkit makes.
 */
export class View implements Displayable {
  /** One `<div>` that needs nothing around it, loads nothing and runs nothing. */
  readonly html: string;
  /** The same as text. */
  readonly text: string;
  /** What is compared or counted. */
  readonly table: Table;

  /** Makes a view from its parts. */
  constructor({ html, text, table }: Pick<View, "html" | "text" | "table">) {
    this.html = html;
    this.text = text;
    this.table = table;
  }

  /** The view for a notebook, and its text where only that can be shown. */
  [jupyterDisplay](): MimeBundle {
    return { "text/html": this.html, "text/plain": this.text };
  }
}

/** A part of a view that opens and closes without a script, from HTML. */
export function foldHtml(heading: string, body: string, open = false): string {
  const summary = `<summary style="cursor:pointer">${heading}</summary>`;
  return `<details style="margin:.4em 0"${open ? " open" : ""}>${summary}${body}</details>`;
}

/** A text as it came, on lines of its own, from HTML. */
export function boxHtml(text: string): string {
  return `<div dir="auto" style="white-space:pre-wrap;word-wrap:break-word;border:1px solid rgba(128,128,128,.35);` +
    `border-radius:4px;padding:.5em .7em;margin:.35em 0;max-height:24em;overflow:auto">${text}</div>`;
}

/** Small print, from HTML. */
export function quietHtml(text: string): string {
  return `<div style="font-size:.875em;opacity:.75">${text}</div>`;
}

/** A text from outside, cut and without what cannot be seen. */
export function shortText(value: unknown, longest = 200): string {
  const text = formatValue(value);
  const cut = visibleText(text.slice(0, longest)).toWellFormed();
  return text.length > longest ? `${cut}… (${text.length - longest} more characters)` : cut;
}
