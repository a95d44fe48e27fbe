import { escapeHtml, visibleText } from "../../core/mod.ts";
import { composePage, contentsHtml } from "../../report/compose_page.ts";
import { type HtmlCleaner, loadHtmlCleaner } from "./clean_html.ts";
import {
  type DisplayOutput,
  type Notebook,
  type NotebookCell,
  type NotebookOutput,
  outputsOf,
} from "./ipynb.ts";
import { notebookScript, notebookStyle } from "./page_look.ts";
import { loadPageMarkdown, type PageMarkdown } from "./page_markdown.ts";
import { type PageFile, recordHtml } from "./page_record.ts";

/**
 * Renders an executed notebook as one HTML page that needs nothing else. It loads nothing, and runs no script but its own,
 * which its policy knows by its hash. HTML in outputs and prose keeps what is harmless; drawings become pictures.
 */
export async function renderNotebook(
  notebook: Notebook,
  { code = "shown", files = [] }: { code?: string; files?: readonly PageFile[] } = {},
): Promise<string> {
  const clean = await loadHtmlCleaner();
  const headings = new Headings();
  const tools = { clean, markdown: await loadPageMarkdown(clean), code, headings };
  const body = notebook.cells.map((cell) => cellHtml(cell, tools)).filter((html) => html !== "");
  const { title = "Notebook" } = headings;
  // A page without a first heading gives a reader who cannot see it nothing to start from.
  if (headings.title === undefined) body.unshift(`<h1>${title}</h1>`);
  body.splice(1, 0, contentsHtml(headings.entries));
  const saved = '<p class="tools"><a href="#about-this-page">Save the notebook and its files</a></p>';
  return composePage({
    title,
    style: notebookStyle,
    script: notebookScript,
    body: [saved, ...body, recordHtml(notebook, files)].join("\n"),
  });
}

interface PageTools {
  readonly clean: HtmlCleaner;
  readonly markdown: PageMarkdown;
  readonly code: string;
  readonly headings: Headings;
}

/** The headings of a page: each can be linked to by its text, as in Jupyter. */
class Headings {
  /** The first heading of the first level, without tags; entities stay, as a title may hold them. */
  title: string | undefined;
  readonly entries: { id: string; title: string }[] = [];
  readonly #used = new Set(["about-this-page"]);

  /** Gives each heading of a part its id. */
  mark(html: string): string {
    return html.replace(/<h([1-6])([^>]*)>([^]*?)<\/h\1>/g, (_, level, attributes, title: string) => {
      const text = title.replace(/<annotation[^]*?<\/annotation>|<[^>]*>/g, "").trim();
      let id = text.replace(/\s+/g, "-").replace(/["'<>]/g, "") || "part";
      while (this.#used.has(id)) id += `-${this.#used.size}`;
      this.#used.add(id);
      if (level === "1" && text !== "") this.title ??= text;
      if (level === "2") this.entries.push({ id, title: text });
      return `<h${level} id="${id}"${attributes}>${title}</h${level}>`;
    });
  }
}

function cellHtml(cell: NotebookCell, tools: PageTools): string {
  if (cell.cell_type === "code") {
    const outputs = outputsOf(cell).map((output) => outputHtml(output, tools)).filter(Boolean);
    const shown = outputs.map((html) => `<div class="output">${html}</div>`);
    return [sourceHtml(cell, tools), ...shown].filter(Boolean).join("\n");
  }
  if (cell.source.trim() === "") return "";
  const prose = cell.cell_type === "raw"
    ? `<pre tabindex="0">${escapeHtml(cell.source)}</pre>`
    : tools.headings.mark(tools.markdown.prose(cell.source, cell.attachments));
  return `<section class="prose">\n${prose}</section>`;
}

function sourceHtml({ source, execution_count }: NotebookCell, { code, markdown }: PageTools): string {
  if (code === "hidden" || source.trim() === "") return "";
  const summary = `<summary>Code${execution_count ? ` [${Number(execution_count)}]` : ""}</summary>`;
  const text = `<pre tabindex="0"><code>${markdown.code(source, "typescript")}</code></pre>`;
  return `<details class="source"${code === "shown" ? " open" : ""}>${summary}${text}</details>`;
}

function outputHtml(output: NotebookOutput, tools: PageTools): string {
  if (output.output_type === "stream") return plainText(output.text, output.name);
  if (output.output_type === "error") {
    const title = `<p><strong>${escapeHtml(output.ename)}</strong>: ${escapeHtml(output.evalue)}</p>`;
    return `<div class="error">${title}${plainText([output.traceback].flat().join("\n"))}</div>`;
  }
  return displayHtml(output, tools);
}

// The richest form that stands by itself on a page; the one a notebook would choose too.
function displayHtml({ data = {} }: DisplayOutput, { clean, markdown }: PageTools): string {
  const text = (type: string) => typeof data[type] === "string" ? data[type] as string : "";
  const plain = text("text/plain");
  for (const html of [text("text/html"), text("image/svg+xml")]) {
    const harmless = isReadable(html) ? clean(html, plain) : "";
    if (harmless.trim() !== "") return harmless;
  }
  for (const mimeType of ["image/png", "image/jpeg", "image/gif"]) {
    const picture = text(mimeType).replace(/\s/g, "");
    if (picture === "") continue;
    return `<img src="data:${mimeType};base64,${escapeHtml(picture)}" alt="${escapeHtml(plain)}">`;
  }
  const prose = text("text/markdown") || text("text/latex");
  if (prose !== "") return markdown.prose(prose);
  if (plain !== "") return plainText(plain);
  const [other] = Object.values(data);
  return other === undefined ? "" : plainText(JSON.stringify(other, null, 2));
}

// A longer table nobody reads in a page, and a parser takes its time over elements in elements without end.
const isReadable = (html: string) =>
  html.length < 5_000_000 && (html.match(/<[a-z]/gi)?.length ?? 0) < 50_000;

/** Characters of a text that a page takes; the notebook that it carries has the rest. */
const longestText = 200_000;

function plainText(text: string, stream = ""): string {
  const rest = text.length > longestText ? `\n… (${text.length} characters in all)` : "";
  const printed = visibleText(overwritten(text.slice(0, longestText))).trimEnd() + rest;
  if (printed === "") return "";
  return `<pre tabindex="0"${stream === "stderr" ? ' class="stderr"' : ""}>${escapeHtml(printed)}</pre>`;
}

// A carriage return goes back to the start of the line, and what follows is written over it.
function overwritten(text: string): string {
  return text.split("\n").map((line) => line.replace(/\r$/, "").replace(/^[\s\S]*\r/, "")).join("\n");
}
