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
import { composePage, contentsHtml, pictureOfSvg } from "./compose_page.ts";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";

/** A drawing with its description; any figure of `plots` is one. */
export interface ReportFigure {
  /** One `<svg>` element, well-formed XML; as a picture it runs and loads nothing. */
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
}

const action = "compose a report";
/** A longer table says how many rows follow. */
const mostRows = 500;
const known = ["title", "summary", "sections"];
const knownOfSection = ["heading", "text", "figure", "figureCaption", "table", "tableCaption", "view"];

/**
 * Composes one self-contained HTML page from texts, tables and figures.
 *
 * For the supplement of a paper, or to look at after a run: it reads on light and dark screens, narrow and wide, and
 * on paper; it loads nothing and runs nothing. Texts and tables are escaped. Figures and tables are numbered.
 *
 * @param report title, sections and their parts; see {@linkcode Report}
 * @returns the page
 * @throws {TypeError} if a title or heading is empty, a table is no table, a figure no `<svg>`, or a view none of ours
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
  const { title, summary, sections } = report;
  const numbers = { figure: 0, table: 0 };
  const parts = sections.map((section, index) => composeSection(section, { index, numbers }));
  const entries = sections.map((section, index) => ({
    id: `section-${index + 1}`,
    title: escapeHtml(section.heading),
  }));
  const heading = escapeHtml(title);
  const body = `<header>
<h1>${heading}</h1>
${summary === undefined ? "" : paragraphs(summary, "lead")}
</header>
${contentsHtml(entries)}
${parts.join("\n")}
<footer><p>Composed with Understudy ${toolkitVersion}. The page is complete in itself: it loads nothing.</p></footer>`;
  return composePage({ title: heading, style: reportStyle, body });
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
    if (section.figure !== undefined && !/^\s*<svg[\s>]/.test(section.figure.svg)) {
      throw new TypeError(cannot(action, `${name}.figure.svg`, "be an <svg> element", section.figure.svg));
    }
  });
}

function composeSection(
  section: ReportSection,
  place: { index: number; numbers: Record<"figure" | "table", number> },
): string {
  const id = `section-${place.index + 1}`;
  const parts = [`<h2 id="${id}">${escapeHtml(section.heading)}</h2>`];
  if (section.text !== undefined) parts.push(paragraphs(section.text));
  if (section.figure !== undefined) {
    const caption = escapeHtml(section.figureCaption ?? section.figure.summary);
    const picture = pictureOfSvg(section.figure.svg.trim(), section.figure.summary);
    const label = `<b>Figure ${++place.numbers.figure}.</b>`;
    parts.push(`<figure>${picture}<figcaption>${label} ${caption}</figcaption></figure>`);
  }
  if (section.table !== undefined) {
    const label = `Table ${++place.numbers.table}.`;
    const caption = section.tableCaption === undefined ? label : `${label} ${section.tableCaption}`;
    const table = renderTable(section.table, { format: "html", caption, maximumRows: mostRows });
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

const reportStyle = `
.table, .view { font: .875rem/1.6 Helvetica, Arial, "Liberation Sans", sans-serif; }
.table { margin: 1.75rem 0; }
.lead { font-size: 1.15rem; line-height: 1.55; color: var(--quiet); }
figure { margin: 1.75rem 0; }
figure img { width: 100%; display: block; }
figcaption { font-size: .875rem; line-height: 1.5; color: var(--quiet); margin-top: .6rem; }
figcaption b { color: var(--ink); }
.table > div > div { max-height: 34rem; overflow-y: auto; }
.table thead th { position: sticky; top: 0; background: var(--page); box-shadow: inset 0 -1.5px 0 currentColor; }
@media (min-width: 52rem) {
  .table { --wide: min(68rem, 100vw - 5rem); width: max-content; max-width: var(--wide); min-width: 100%; }
  .table { position: relative; left: 50%; transform: translateX(-50%); }
}
@media print {
  .table { position: static; transform: none; width: auto; max-width: none; }
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
