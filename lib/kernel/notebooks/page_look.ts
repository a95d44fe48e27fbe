/** What the page of a notebook adds to the look of every page. */
export const notebookStyle: string = `
:root {
  --bad: light-dark(#a3140e, #ff9a92); --bad-page: light-dark(#fdf1f0, #2c1a19); --comment: light-dark(#5f6871, #98a1aa);
  --keyword: light-dark(#8a1a6b, #e79ad0); --string: light-dark(#1d6333, #93d5a4);
  --number: light-dark(#8a4a00, #e8b877); --name: light-dark(#0b4f94, #8fc2f7);
}
.tools, summary, footer { font: .8125rem/1.6 Helvetica, Arial, "Liberation Sans", sans-serif; }
.tools { text-align: right; }
th button { font: inherit; color: inherit; background: none; border: 0; padding: 0; cursor: pointer; }
th button:hover { text-decoration: underline; }
th[aria-sort=ascending] button::after { content: " ▲" / ""; }
th[aria-sort=descending] button::after { content: " ▼" / ""; }
blockquote { margin: 0 0 1em; padding-left: 1em; border-left: 3px solid var(--rule); color: var(--quiet); }
pre, code { font-family: ui-monospace, "SF Mono", "Cascadia Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace; }
code { font-size: .875em; background: var(--code); padding: .1em .3em; border-radius: 3px; overflow-wrap: anywhere; }
pre { font-size: .8125rem; line-height: 1.5; overflow-x: auto; margin: 0 0 1em; tab-size: 2; }
pre code { font-size: inherit; background: none; padding: 0; overflow-wrap: normal; }
math[display="block"] { overflow: auto hidden; margin: 1em 0; }
/* Browsers leave out how the columns of a formula stand. */
mtable[columnalign^="right left"] mtd { padding-inline: 0; text-align: left; }
mtable[columnalign^="right left"] mtd:nth-child(odd) { text-align: right; }
.prose pre, .source pre { background: var(--code); border-radius: 6px; padding: .8rem 1rem; }
.prose table { border-collapse: collapse; display: block; overflow-x: auto; margin: 0 0 1em; }
.prose th, .prose td { padding: .25em .9em .25em 0; border-bottom: 1px solid var(--rule); }
.prose th { text-align: left; }
summary { cursor: pointer; color: var(--quiet); }
/* Code and wide tables may reach into the right margin where there is one. */
.source, .output { margin: 1.5em calc(-1 * clamp(0px, (100vw - 47rem) / 2 - 1.5rem, 14rem)) .75em 0; }
.output { font: .9375rem/1.6 Helvetica, Arial, "Liberation Sans", sans-serif; margin-block: 0 1.25em; overflow: auto hidden; }
.source pre, .output pre { margin: 0; }
pre.stderr { border-left: 3px solid var(--rule); padding-left: .8rem; color: var(--quiet); }
.error { background: var(--bad-page); border-left: 3px solid var(--bad); padding: .7rem 1rem; }
.error p { margin: 0; color: var(--bad); }
footer dl { display: grid; grid-template-columns: max-content 1fr; gap: .2em 1em; }
footer dd, footer h2 { margin: 0; border: 0; padding: 0; }
.hljs-keyword, .hljs-literal, .hljs-built_in { color: var(--keyword); }
.hljs-string, .hljs-regexp { color: var(--string); }
.hljs-number, .hljs-symbol { color: var(--number); }
.hljs-comment, .hljs-meta { color: var(--comment); font-style: italic; }
.hljs-title, .hljs-attr, .hljs-property, .hljs-type { color: var(--name); }
.hljs-string .hljs-subst { color: var(--ink); }
@media print {
  pre { white-space: pre-wrap; }
  .tools, th button::after { display: none; }
  .output { break-inside: avoid; }
}
`;

/**
 * The page's one script: tables sort by the heading that is pressed. Without it everything can still be read.
 */
export const notebookScript: string = `
"use strict";
// Numbers by size, "<.001" as .001; texts by the alphabet; cells without a value last, whichever way.
const numberOf = (text) => Number(text.replace("\\u2212", "-").replace(/^[<>]|[\\s,%]/g, ""));
const isEmpty = (text) => ["", "–", "NaN"].includes(text);
function sort(body, column, sign) {
  const rows = [...body.rows].map((row) => ({ row, text: row.cells[column]?.textContent.trim() ?? "" }));
  const isNumeric = rows.every(({ text }) => isEmpty(text) || !Number.isNaN(numberOf(text)));
  const compare = (a, b) => isNumeric ? numberOf(a) - numberOf(b) : a.localeCompare(b, "en", { numeric: true });
  rows.sort((a, b) => isEmpty(a.text) - isEmpty(b.text) || (isEmpty(a.text) ? 0 : sign * compare(a.text, b.text)));
  body.append(...rows.map(({ row }) => row));
}
for (const table of document.querySelectorAll("main table")) {
  const [body, heads] = [table.tBodies[0], [...table.tHead?.rows[0]?.cells ?? []]];
  if (!(body?.rows.length > 1) || table.querySelector("[colspan], [rowspan]")) continue;
  for (const head of heads.filter((head) => head.textContent.trim() !== "")) {
    const button = document.createElement("button");
    button.type = "button";
    button.onclick = () => {
      const order = head.getAttribute("aria-sort") === "ascending" ? "descending" : "ascending";
      for (const other of heads) other.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", order);
      sort(body, head.cellIndex, order === "ascending" ? 1 : -1);
    };
    button.title = [head.title, "Sort by this column"].filter(Boolean).join("; ");
    button.append(...head.childNodes);
    head.append(button);
  }
}
`;
