import { cannot, escapeHtml } from "../../core/mod.ts";
import { oneOf, readOptions } from "../../core/options.ts";
import type { DisplayOutput, Notebook, NotebookCell, NotebookOutput } from "./ipynb.ts";
import type { MarkedExtension } from "marked";

/** Options of {@linkcode renderNotebook}. */
export interface RenderNotebookOptions {
  /**
   * Whether code is shown, folded to a line that opens, or left out.
   * @default {"shown"}
   */
  code?: "shown" | "folded" | "hidden";
}

const action = "render the notebook";

/**
 * Renders an executed notebook as one HTML page that needs nothing else.
 *
 * The page reads on a phone and on paper, light or dark. It loads nothing and runs no script, which a policy forbids: a
 * picture in the prose must be an attachment or a data URI. What a cell printed is escaped; what it displayed as HTML
 * stands as it is, as does HTML in the prose, but not in Markdown that code displayed. Formulas are not typeset.
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
  const { code } = readOptions(action, options, { code: oneOf(["shown", "folded", "hidden"], "shown") });
  if (!Array.isArray(notebook?.cells)) {
    throw new TypeError(cannot(action, "notebook", "be a notebook", notebook));
  }
  const markdown = await loadPageMarkdown();
  const body = notebook.cells.map((cell) => cellHtml(cell, code, markdown)).filter((html) => html !== "");
  const title = headingOf(body) ?? "Notebook";
  // A page without a first heading gives a reader who cannot see it nothing to start from.
  if (!body.some((html) => /<h1[\s>]/.test(html))) body.unshift(`<h1>${title}</h1>`);
  return `<!doctype html>
<html lang="en">
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

function cellHtml(cell: NotebookCell, code: string, markdown: PageMarkdown): string {
  if (cell.source.trim() === "" && (cell.outputs ?? []).length === 0) return "";
  switch (cell.cell_type) {
    case "markdown":
      return `<section class="prose">\n${markdown.prose(cell.source, cell.attachments)}</section>`;
    case "raw":
      return `<section class="prose"><pre tabindex="0">${escapeHtml(cell.source)}</pre></section>`;
    case "code": {
      const outputs = (cell.outputs ?? []).map((output) => outputHtml(output, markdown)).filter(Boolean);
      const shown = outputs.map((html) => `<div class="output">${html}</div>`);
      return [sourceHtml(cell.source, code, markdown), ...shown].filter(Boolean).join("\n");
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

/** Renders the parts of a page that are Markdown or code. */
interface PageMarkdown {
  /** Renders prose that the author of the notebook wrote; HTML in it is kept. */
  prose(markdown: string, attachments?: Attachments): string;
  /** Renders Markdown that code displayed; HTML in it appears as text, links lead to the web or nowhere. */
  output(markdown: string): string;
  /** Colours code; unknown languages stay plain. */
  code(text: string, language: string): string;
}

type Attachments = NonNullable<NotebookCell["attachments"]>;

/** Loads the packages that render Markdown and colour code: only who publishes a notebook needs them. */
async function loadPageMarkdown(): Promise<PageMarkdown> {
  const [{ Marked }, { default: highlighter }, ...languages] = await Promise.all([
    import("marked"),
    import("highlight.js/lib/core"),
    import("highlight.js/lib/languages/typescript"),
    import("highlight.js/lib/languages/json"),
    import("highlight.js/lib/languages/bash"),
  ]);
  ["typescript", "json", "bash"].forEach((name, place) =>
    highlighter.registerLanguage(name, languages[place]!.default)
  );
  const code = (text: string, language: string) =>
    highlighter.getLanguage(language) ? highlighter.highlight(text, { language }).value : escapeHtml(text);
  const block = (text: string, lang = "") =>
    `<pre tabindex="0"><code>${code(text, lang.split(/\s/)[0]!)}</code></pre>\n`;
  const codeBlocks: MarkedExtension = { renderer: { code: ({ text, lang }) => block(text, lang) } };
  const parse = (markdown: string, more: MarkedExtension) =>
    new Marked(codeBlocks, more).parse(markdown) as string;
  return {
    code,
    prose: (markdown, attachments = {}) => parse(markdown, attached(attachments)),
    output: (markdown) => parse(markdown, untrusted),
  };
}

// A cell names its own pictures as attachment:name.
function attached(attachments: Attachments): MarkedExtension {
  return {
    walkTokens: (token) => {
      if (token.type !== "image" || !token.href.startsWith("attachment:")) return;
      const name = decodeURIComponent(token.href.slice("attachment:".length));
      const picture = Object.entries(attachments[name] ?? {})[0];
      if (picture !== undefined) token.href = `data:${picture[0]};base64,${String(picture[1]).trim()}`;
    },
  };
}

const untrusted: MarkedExtension = {
  renderer: {
    html: ({ text }) => escapeHtml(text),
    link({ href, tokens }) {
      const text = this.parser.parseInline(tokens);
      return /^(?:https?:|mailto:|#)/i.test(href) ? `<a href="${escapeHtml(href)}">${text}</a>` : text;
    },
    image: ({ href, text }) =>
      /^data:image\/(?:png|jpeg|gif|webp);/i.test(href)
        ? `<img src="${escapeHtml(href)}" alt="${escapeHtml(text)}">`
        : escapeHtml(text),
  },
};

function outputHtml(output: NotebookOutput, markdown: PageMarkdown): string {
  if (output.output_type === "stream") return plainText(output.text, output.name);
  if (output.output_type === "error") {
    const title = `<p><strong>${escapeHtml(output.ename)}</strong>: ${escapeHtml(output.evalue)}</p>`;
    return `<div class="error">${title}${plainText(output.traceback.join("\n"))}</div>`;
  }
  return displayHtml(output, markdown);
}

// The richest form that stands by itself on a page; the one a notebook would choose too.
function displayHtml({ data }: DisplayOutput, markdown: PageMarkdown): string {
  const text = (type: string) => typeof data[type] === "string" ? data[type] as string : undefined;
  const plain = text("text/plain") ?? "";
  const html = text("text/html") ?? text("image/svg+xml");
  if (html !== undefined) return html;
  for (const mimeType of ["image/png", "image/jpeg", "image/gif"]) {
    const picture = text(mimeType)?.replace(/\s/g, "");
    if (picture === undefined) continue;
    return `<img src="data:${mimeType};base64,${escapeHtml(picture)}" alt="${escapeHtml(plain)}">`;
  }
  const prose = text("text/markdown");
  if (prose !== undefined) return markdown.output(prose);
  if (plain !== "") return plainText(plain);
  const [other] = Object.values(data);
  return other === undefined ? "" : plainText(JSON.stringify(other, null, 2));
}

function plainText(text: string, stream = ""): string {
  const printed = overwritten(withoutColours(text)).trimEnd();
  if (printed === "") return "";
  return `<pre tabindex="0"${stream === "stderr" ? ' class="stderr"' : ""}>${escapeHtml(printed)}</pre>`;
}

// ECMA-48 control sequences, and operating system commands such as links.
function withoutColours(text: string): string {
  // deno-lint-ignore no-control-regex -- the escape character is what is looked for
  return text.replace(/\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)/g, "");
}

// A carriage return goes back to the start of the line, and what follows is written over it.
function overwritten(text: string): string {
  return text.split("\n").map((line) => line.replace(/\r$/, "").replace(/^[\s\S]*\r/, "")).join("\n");
}

const pageStyle: string = `
:root {
  color-scheme: light dark;
  --paper: #ffffff; --ink: #1c2024; --quiet: #5b636b; --rule: #d9dde1; --code: #f5f6f7; --link: #0b57a4;
  --bad: #a3140e; --bad-paper: #fdf1f0;
  --keyword: #8a1a6b; --string: #1d6333; --number: #8a4a00; --comment: #5f6871; --name: #0b4f94;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #16181b; --ink: #e4e7ea; --quiet: #a1a9b1; --rule: #363b41; --code: #1f2327; --link: #85bdf5;
    --bad: #ff9a92; --bad-paper: #2c1a19;
    --keyword: #e79ad0; --string: #93d5a4; --number: #e8b877; --comment: #98a1aa; --name: #8fc2f7;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body {
  margin: 0; background: var(--paper); color: var(--ink);
  font: 1.0625rem/1.6 "Charter", "Bitstream Charter", "Sitka Text", Cambria, Georgia, serif;
}
main { max-width: 46rem; margin: 0 auto; padding: 2.5rem 1.25rem 5rem; overflow-wrap: break-word; }
h1, h2, h3, h4 { line-height: 1.25; margin: 2em 0 .6em; text-wrap: balance; }
h1 { font-size: 1.9rem; margin-top: 0; }
h2 { font-size: 1.4rem; }
h3 { font-size: 1.15rem; }
p, ul, ol, blockquote { margin: 0 0 1em; }
blockquote { padding-left: 1em; border-left: 3px solid var(--rule); color: var(--quiet); margin-left: 0; }
a { color: var(--link); text-underline-offset: .15em; }
hr { border: 0; border-top: 1px solid var(--rule); margin: 2em 0; }
img, svg { max-width: 100%; height: auto; }
pre, code { font-family: ui-monospace, "SF Mono", "Cascadia Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace; }
code { font-size: .875em; background: var(--code); padding: .1em .3em; border-radius: 3px; }
pre { font-size: .8125rem; line-height: 1.5; overflow-x: auto; margin: 0 0 1em; tab-size: 2; }
pre code { font-size: inherit; background: none; padding: 0; }
.prose pre, .source pre { background: var(--code); border-radius: 6px; padding: .8rem 1rem; }
.prose table, .output > table { border-collapse: collapse; display: block; overflow-x: auto; margin: 0 0 1em; }
.prose th, .prose td, .output > table th, .output > table td {
  padding: .25em .9em .25em 0; border-bottom: 1px solid var(--rule); text-align: left;
}
/* Code and wide tables may reach into the right margin where there is one. */
.source, .output { margin-right: calc(-1 * clamp(0px, (100vw - 46rem) / 2 - 1.5rem, 14rem)); }
.source { margin-top: 1.5em; margin-bottom: .75em; }
.source pre { margin: 0; }
summary { cursor: pointer; color: var(--quiet); font: .8125rem/1.6 system-ui, sans-serif; }
details[open] > summary { margin-bottom: .4em; }
.output { font-family: system-ui, -apple-system, "Segoe UI", sans-serif; font-size: .9375rem; margin-bottom: 1.25em; overflow-x: auto; }
.output > p:last-child { margin-bottom: 0; }
.output pre { margin: 0; white-space: pre; }
.output pre.stderr { border-left: 3px solid var(--rule); padding-left: .8rem; color: var(--quiet); }
.error { background: var(--bad-paper); border-left: 3px solid var(--bad); padding: .7rem 1rem; }
.error p { margin: 0; color: var(--bad); }
.error pre { margin-top: .5em; color: var(--quiet); }
:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
.hljs-keyword, .hljs-literal, .hljs-built_in { color: var(--keyword); }
.hljs-string, .hljs-regexp, .hljs-addition { color: var(--string); }
.hljs-number, .hljs-symbol { color: var(--number); }
.hljs-comment, .hljs-meta { color: var(--comment); font-style: italic; }
.hljs-title, .hljs-attr, .hljs-property, .hljs-type { color: var(--name); }
.hljs-string .hljs-subst { color: var(--ink); }
@media print { pre { white-space: pre-wrap; } .output, .error, svg, img { break-inside: avoid; } }
`.trim();
