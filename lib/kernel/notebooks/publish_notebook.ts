import { checkText, renderTable } from "../../core/mod.ts";
import { readOptions, required, type RulesFor } from "../../core/options.ts";
import { describeOutputs } from "./describe_outputs.ts";
import { loadNotebook } from "./ipynb.ts";
import { codeRule, partList, renderNotebook, type RenderNotebookOptions } from "./render_notebook.ts";
import { basename, dirname } from "node:path";

/** Options of {@linkcode publishNotebook}. */
export interface PublishNotebookOptions extends Omit<RenderNotebookOptions, "files"> {
  /** The page to write; its folder is made where there is none. */
  output: string;
  /**
   * Paths of files to save from the page beside the notebook: the store of its answers, its tables. A Markdown file,
   * such as a checklist, is also a part of the page.
   * @default {[]}
   */
  files?: readonly string[];
}

const rules = {
  code: codeRule,
  output: required<string>(checkText),
  files: partList<string>("paths", (path) => typeof path === "string"),
} as const satisfies RulesFor<PublishNotebookOptions>;

/**
 * Publishes an executed notebook: one HTML page that carries all it needs, and the notebook itself, to save.
 *
 * For a supplement or a web server; `renderNotebook` says what the page is. It ends with a map of figures and tables to
 * cells. Nothing is executed.
 *
 * @param path the `.ipynb` file
 * @param options see {@linkcode PublishNotebookOptions} (defaults there)
 * @returns when the page is written
 * @throws {TypeError} if the file holds no notebook
 * @throws {Deno.errors.NotFound} if a file does not exist
 * @example
 * ```ts
 * import { assertStringIncludes } from "@std/assert";
 * import { publishNotebook, writeNotebook } from "@understudy/understudy/kernel";
 *
 * const folder = await Deno.makeTempDir();
 * await writeNotebook({ cells: [], metadata: {}, nbformat: 4, nbformat_minor: 5 }, `${folder}/study.ipynb`);
 * await publishNotebook(`${folder}/study.ipynb`, { output: `${folder}/page/study.html` });
 * assertStringIncludes(await Deno.readTextFile(`${folder}/page/study.html`), "study.ipynb");
 * ```
 */
export async function publishNotebook(path: string, options: PublishNotebookOptions): Promise<void> {
  const { output, files: paths, code } = readOptions("publish the notebook", options, rules);
  const notebook = await loadNotebook(path);
  const files = await Promise.all(
    [path, ...paths].map(async (file) => ({ name: basename(file), bytes: await Deno.readFile(file) })),
  );
  const map = describeOutputs(notebook);
  const table = renderTable(map, { format: "markdown", maximumRows: Math.max(1, map.numRows()) });
  const texts = [
    ...files.filter(({ name }) => name.endsWith(".md")).map(({ bytes }) => new TextDecoder().decode(bytes)),
    ...(map.numRows() === 0 ? [] : [`# Figures and tables\n\n${table}`]),
  ];
  for (const [place, text] of texts.entries()) {
    const source = text.replace(/^# /, "## ");
    notebook.cells.push({ id: `appendix-${place}`, cell_type: "markdown", source, metadata: {} });
  }
  const page = await renderNotebook(notebook, { code, files });
  await Deno.mkdir(dirname(output), { recursive: true });
  await Deno.writeTextFile(output, page);
}
