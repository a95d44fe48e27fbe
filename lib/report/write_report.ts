import {
  cannot,
  checkOptions,
  checkText,
  escapeHtml,
  isTable,
  renderTable,
  type Table,
  toolkitVersion,
  View,
} from "../core/mod.ts";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";

/** A drawing with its description; any figure of `plots` is one. */
export interface ReportFigure {
  /** One `<svg>` element, well-formed XML, without scripts. */
  readonly svg: string;
  /** What it shows, in words. */
  readonly summary: string;
}

/** A part of a report; text comes first, then the figure, then the table, then the view. */
export interface ReportSection {
  /** The heading. */
  readonly heading: string;
  /** Plain text; a blank line starts a new paragraph. */
  readonly text?: string;
  /** A figure. */
  readonly figure?: ReportFigure;
  /**
   * The sentence below the figure.
   * @default the figure's summary
   */
  readonly figureCaption?: string;
  /** A table. */
  readonly table?: Table;
  /** The sentence above the table. */
  readonly tableCaption?: string;
  /** Answers or prompts to look through, from `describeAnswers` or `comparePrompts`; comes last. */
  readonly view?: View;
}

/** A report: what {@linkcode composeReport} turns into a page. */
export interface Report {
  /** The page's title. */
  readonly title: string;
  /** A paragraph below the title. */
  readonly summary?: string;
  /** The sections, in order. */
  readonly sections: readonly ReportSection[];
  /**
   * Rows of a table that are printed; a longer table says how many follow.
   * @default 500
   */
  readonly maximumRows?: number;
  /**
   * The language of the texts, as HTML names it.
   * @default "en"
   */
  readonly language?: string;
}

const action = "compose a report";
const known = ["title", "summary", "sections", "maximumRows", "language"];
const knownOfSection = ["heading", "text", "figure", "figureCaption", "table", "tableCaption", "view"];

/**
 * Composes one self-contained HTML page from texts, tables and figures.
 *
 * For the supplement of a paper, or to look at after a run: it reads on light and dark screens, narrow and wide, and
 * on paper; it loads nothing and runs nothing. Texts and tables are escaped. Figures and tables are numbered.
 *
 * @param report title, sections and their parts; see {@linkcode Report}
 * @returns the page
 * @throws {TypeError} if a title or heading is empty, a table is no table, or a figure is not one plain `<svg>`, a view none of ours
 * @example
 * ```ts
 * import { assertStringIncludes } from "@std/assert";
 * import { composeReport } from "@understudy/understudy/report";
 * import { tableOf } from "@understudy/understudy/core";
 *
 * const page = composeReport({
 *   title: "A first experiment",
 *   sections: [{ heading: "Effect", table: tableOf({ term: ["threat"], estimate: [0.42] }) }],
 * });
 * assertStringIncludes(page, "<h1>A first experiment</h1>");
 * ```
 */
export function composeReport(report: Report): string {
  checkReport(report);
  const { title, summary, sections, maximumRows = 500, language = "en" } = report;
  const version = escapeHtml(toolkitVersion);
  const numbers = { figure: 0, table: 0 };
  const body = sections.map((section, index) => composeSection(section, { index, numbers, maximumRows }));
  return `<!doctype html>
<html lang="${escapeHtml(language)}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<meta name="generator" content="Understudy ${version}">
<title>${escapeHtml(title)}</title>
<style>${reportStyle}</style>
</head>
<body>
<main>
<header>
<h1>${escapeHtml(title)}</h1>
${summary === undefined ? "" : paragraphs(summary, "lead")}
</header>
${contents(sections)}
${body.join("\n")}
<footer><p>Composed with Understudy ${version}. The page is complete in itself: it loads nothing.</p></footer>
</main>
</body>
</html>
`;
}

function checkReport(report: Report): void {
  checkOptions(action, report, known);
  checkText(action, "title", report.title);
  if (!Array.isArray(report.sections)) {
    throw new TypeError(cannot(action, "sections", "be a list of sections", report.sections));
  }
  report.sections.forEach((section: ReportSection, index) => {
    const name = `sections[${index}]`;
    checkOptions(action, section, knownOfSection);
    checkText(action, `${name}.heading`, section.heading);
    if (section.table !== undefined && !isTable(section.table)) {
      throw new TypeError(cannot(action, `${name}.table`, "be an Arquero table", section.table));
    }
    if (section.view !== undefined && !(section.view instanceof View)) {
      const rule = "come from describeAnswers or comparePrompts";
      throw new TypeError(cannot(action, `${name}.view`, rule, section.view));
    }
    if (section.figure !== undefined && !isPlainSvg(section.figure.svg)) {
      const rule = "be one <svg> element without scripts";
      throw new TypeError(cannot(action, `${name}.figure.svg`, rule, section.figure.svg));
    }
  });
}

// The page's policy forbids scripts; a drawing that holds one was not made for it and is refused all the same.
function isPlainSvg(svg: unknown): boolean {
  if (typeof svg !== "string" || !/^\s*<svg[\s>][^]*<\/svg>\s*$/.test(svg)) return false;
  const tags = svg.match(/<[^>]*>/g) ?? [];
  return tags.filter((tag) => /^<svg[\s>]/i.test(tag)).length === 1 && tags.every(isPlainTag);
}

function isPlainTag(tag: string): boolean {
  if (/^<\/?(script|foreignObject|iframe|object|embed)[\s/>]/i.test(tag)) return false;
  if (/href\s*=\s*["']?\s*(javascript|data|https?):/i.test(tag)) return false;
  return !/\son[a-z]+\s*=/i.test(tag.replace(/"[^"]*"|'[^']*'/g, '""'));
}

function contents(sections: readonly ReportSection[]): string {
  if (sections.length < 3) return "";
  const entries = sections.map(({ heading }, index) =>
    `<li><a href="#section-${index + 1}">${escapeHtml(heading)}</a></li>`
  );
  return `<nav aria-label="Contents"><ol>${entries.join("")}</ol></nav>`;
}

function composeSection(
  section: ReportSection,
  place: { index: number; numbers: Record<"figure" | "table", number>; maximumRows: number },
): string {
  const id = `section-${place.index + 1}`;
  const parts = [`<h2 id="${id}">${escapeHtml(section.heading)}</h2>`];
  if (section.text !== undefined) parts.push(paragraphs(section.text));
  if (section.figure !== undefined) {
    const caption = escapeHtml(section.figureCaption ?? section.figure.summary);
    const label = `<b>Figure ${++place.numbers.figure}.</b>`;
    parts.push(`<figure>${section.figure.svg}<figcaption>${label} ${caption}</figcaption></figure>`);
  }
  if (section.table !== undefined) {
    const label = `Table ${++place.numbers.table}.`;
    const caption = section.tableCaption === undefined ? label : `${label} ${section.tableCaption}`;
    const table = renderTable(section.table, { format: "html", caption, maximumRows: place.maximumRows });
    parts.push(`<div class="table">${table}</div>`);
  }
  if (section.view !== undefined) parts.push(`<div class="view">${section.view.html}</div>`);
  return `<section aria-labelledby="${id}">\n${parts.join("\n")}\n</section>`;
}

function paragraphs(text: string, name?: string): string {
  const open = name === undefined ? "<p>" : `<p class="${name}">`;
  return text.split(/\n\s*\n/).map((part) => part.trim()).filter((part) => part !== "")
    .map((part) => `${open}${escapeHtml(part)}</p>`).join("\n");
}

/** The style of a report's page: a journal supplement, on light and dark screens, narrow, wide and on paper. */
const reportStyle = `
:root { color-scheme: light dark; --page: #ffffff; --ink: #1b1d20; --quiet: #595f67; --rule: #d9dce0; --link: #005a8c; }
@media (prefers-color-scheme: dark) {
  :root { --page: #16181b; --ink: #e4e6e9; --quiet: #a3a9b1; --rule: #373b41; --link: #7cc0ee; }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
body {
  margin: 0; background: var(--page); color: var(--ink);
  font: 1.0625rem/1.6 Charter, "Bitstream Charter", "Sitka Text", Cambria, Georgia, "Liberation Serif", serif;
}
main { max-width: 47rem; margin: 0 auto; padding: 3rem 1.25rem 4rem; }
h1, h2, nav, figcaption, .table, .view, footer { font-family: Helvetica, Arial, "Liberation Sans", sans-serif; }
h1 { font-size: clamp(1.5rem, 1.1rem + 2vw, 2.1rem); line-height: 1.2; margin: 0 0 1rem; text-wrap: balance; }
h2 { font-size: 1.2rem; line-height: 1.3; margin: 3rem 0 .75rem; padding-top: 1rem; border-top: 1px solid var(--rule); }
p { margin: 0 0 1rem; overflow-wrap: break-word; }
.lead { font-size: 1.15rem; line-height: 1.55; color: var(--quiet); }
a { color: var(--link); text-underline-offset: .15em; }
a:focus-visible, [tabindex]:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
nav { font-size: .9375rem; margin: 2rem 0 0; }
nav ol { margin: 0; padding-left: 1.5em; columns: 2 15rem; column-gap: 2rem; }
nav li { break-inside: avoid; padding: .1em 0; }
figure { margin: 1.75rem 0; }
figure svg { width: 100%; max-width: 100%; height: auto; display: block; }
figcaption { font-size: .875rem; line-height: 1.5; color: var(--quiet); margin-top: .6rem; overflow-wrap: break-word; }
figcaption b { color: var(--ink); }
.table { font-size: .875rem; margin: 1.75rem 0; }
.view { font-size: .875rem; }
.table > div > div { max-height: 34rem; overflow-y: auto; }
.table thead th { position: sticky; top: 0; background: var(--page); box-shadow: inset 0 -1.5px 0 currentColor; }
footer { margin-top: 3.5rem; padding-top: 1rem; border-top: 1px solid var(--rule); font-size: .8125rem; color: var(--quiet); }
@media (min-width: 52rem) {
  .table { --wide: min(68rem, 100vw - 5rem); width: max-content; max-width: var(--wide); min-width: 100%; }
  .table { position: relative; left: 50%; transform: translateX(-50%); }
}
@media screen and (prefers-color-scheme: dark) { figure svg { filter: brightness(.93); } }
@media print {
  :root { color-scheme: light; --page: #fff; --ink: #000; --quiet: #444; --rule: #bbb; --link: #000; }
  body { font-size: 10.5pt; }
  main { max-width: none; padding: 0; }
  nav { display: none; }
  figure, tr { break-inside: avoid; }
  h2 { break-after: avoid; }
  .table { position: static; transform: none; width: auto; max-width: none; }
  .table > div > div { max-height: none; overflow: visible !important; }
  .table table { font-size: 7.5pt; white-space: normal !important; }
  .table thead th { position: static; }
}
`;

/**
 * Writes a report as one self-contained HTML file, making its folder where there is none.
 *
 * @param path where the page goes: a path or a `file:` URL; a file that is there is replaced
 * @param report title, sections and their parts; see {@linkcode Report}
 * @returns when the file is written
 * @throws {TypeError} if `path` is empty, or the report is not one; nothing is written then
 * @example
 * ```ts
 * import { assertStringIncludes } from "@std/assert";
 * import { writeReport } from "@understudy/understudy/report";
 *
 * const folder = await Deno.makeTempDir();
 * await writeReport(`${folder}/out/report.html`, {
 *   title: "A first experiment",
 *   sections: [{ heading: "Question", text: "Does a threat change support?" }],
 * });
 * assertStringIncludes(await Deno.readTextFile(`${folder}/out/report.html`), "Does a threat change support?");
 * ```
 */
export async function writeReport(path: string | URL, report: Report): Promise<void> {
  const file = path instanceof URL ? fileURLToPath(path) : path;
  if (typeof file !== "string" || file === "") {
    throw new TypeError(cannot("write a report", "path", "be a path or a file: URL", path));
  }
  const page = composeReport(report);
  await Deno.mkdir(dirname(file), { recursive: true });
  await Deno.writeTextFile(file, page);
}
