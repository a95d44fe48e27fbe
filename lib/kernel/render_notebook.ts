import { cannot, checkOneOf, checkOptions, checkText, escapeHtml } from "../core/mod.ts";
import type { Notebook, NotebookCell } from "./notebook.ts";
import { loadPageMarkdown, type PageMarkdown } from "./page_markdown.ts";
import { outputHtml } from "./page_outputs.ts";
import { pageStyle } from "./page_style.ts";

/** Options of {@linkcode renderNotebook}. */
export interface RenderNotebookOptions {
  /**
   * The title of the page. By default the first heading of the notebook.
   *
   * @default {undefined}
   */
  title?: string;
  /**
   * Whether code is shown, folded to a line that opens, or left out.
   *
   * @default {"shown"}
   */
  code?: "shown" | "folded" | "hidden";
  /**
   * The language of the text, as HTML names it.
   *
   * @default {"en"}
   */
  language?: string;
}

const action = "render the notebook";

/**
 * Renders an executed notebook as one HTML page that needs nothing else.
 *
 * The page reads on a phone and on paper, light or dark as the reader's system is. It loads nothing and runs no
 * script: a policy in the page forbids both, so a picture in the prose must be an attachment or a data URI. What a
 * cell printed is escaped; what it displayed as HTML stands as it is; HTML in the prose is the author's and is kept,
 * HTML in Markdown that code displayed appears as text. Formulas are not typeset.
 *
 * @param notebook from `loadNotebook` or `runNotebook`
 * @param options see {@linkcode RenderNotebookOptions} (defaults there)
 * @returns the text of the page
 * @throws {TypeError} if `notebook` is no notebook
 * @throws {RangeError} if an option is not one of its values
 * @example
 * ```ts
 * import { assertStringIncludes } from "@std/assert";
 * import { renderNotebook } from "@understudy/understudy/kernel";
 *
 * const cells = [{ id: "a", cell_type: "markdown" as const, source: "# A first *experiment*", metadata: {} }];
 * const page = await renderNotebook({ cells, metadata: {}, nbformat: 4, nbformat_minor: 5 });
 * assertStringIncludes(page, "<title>A first experiment</title>");
 * ```
 */
export async function renderNotebook(
  notebook: Notebook,
  options: RenderNotebookOptions = {},
): Promise<string> {
  checkOptions(action, options, ["title", "code", "language"]);
  if (!Array.isArray(notebook?.cells)) {
    throw new TypeError(cannot(action, "notebook", "be a notebook", notebook));
  }
  const { code = "shown", language = "en" } = options;
  checkOneOf(action, "code", code, ["shown", "folded", "hidden"]);
  checkText(action, "language", language);
  if (options.title !== undefined) checkText(action, "title", options.title);
  const markdown = await loadPageMarkdown();
  const body = notebook.cells.map((cell) => cellHtml(cell, code, markdown)).filter((html) => html !== "");
  const heading = headingOf(body);
  const title = options.title === undefined ? heading ?? "Notebook" : escapeHtml(options.title);
  // A page without a first heading gives a reader who cannot see it nothing to start from.
  if (!body.some((html) => /<h1[\s>]/.test(html))) body.unshift(`<h1>${title}</h1>`);
  return page(title, escapeHtml(language), body);
}

function page(title: string, language: string, body: readonly string[]): string {
  return `<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style>
${pageStyle}
</style>
</head>
<body>
<main>
${body.join("\n")}
</main>
</body>
</html>
`;
}

// Nothing from elsewhere and no script, whatever an output holds.
const policy =
  "default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:; media-src data:";

function cellHtml(
  cell: NotebookCell,
  code: NonNullable<RenderNotebookOptions["code"]>,
  markdown: PageMarkdown,
): string {
  if (cell.source.trim() === "" && (cell.outputs ?? []).length === 0) return "";
  switch (cell.cell_type) {
    case "markdown":
      return `<section class="prose">\n${markdown.prose(cell.source, cell.attachments)}</section>`;
    case "raw":
      return `<section class="prose"><pre tabindex="0">${escapeHtml(cell.source)}</pre></section>`;
    case "code": {
      const outputs = (cell.outputs ?? []).map((output) => outputHtml(output, markdown));
      const shown = outputs.filter((html) => html !== "")
        .map((html) => `<div class="output">${html}</div>`);
      return [sourceHtml(cell.source, code, markdown), ...shown].filter((html) => html !== "").join("\n");
    }
  }
}

function sourceHtml(source: string, code: string, markdown: PageMarkdown): string {
  if (code === "hidden" || source.trim() === "") return "";
  const text = `<pre tabindex="0"><code>${markdown.code(source, "typescript")}</code></pre>`;
  if (code === "shown") return `<div class="source">${text}</div>`;
  return `<details class="source"><summary>Code</summary>${text}</details>`;
}

// The text of the first heading, its tags removed; entities stay, as a title may hold them.
function headingOf(body: readonly string[]): string | undefined {
  for (const html of body) {
    const heading = /<h1[^>]*>([\s\S]*?)<\/h1>/.exec(html)?.[1]?.replace(/<[^>]*>/g, "").trim();
    if (heading !== undefined && heading !== "") return heading;
  }
  return undefined;
}
