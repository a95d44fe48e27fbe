import { cannot, checkText, renderTable } from "../../core/mod.ts";
import { oneOf, readOptions, required, type Rule, rule, type RulesFor } from "../../core/options.ts";
import { describeOutputs } from "./describe_outputs.ts";
import { loadNotebook } from "./ipynb.ts";
import { renderNotebook } from "./render_notebook.ts";
import { basename, dirname } from "node:path";

/** Options of {@linkcode publishNotebook}. */
export interface PublishNotebookOptions {
  /** The page to write; its folder is made where there is none. */
  output: string;
  /**
   * Whether code is shown, folded to a line that opens, or left out.
   * @default {"shown"}
   */
  code?: "shown" | "folded" | "hidden";
  /**
   * Paths of files to save from the page beside the notebook: the store of its answers, its tables. A Markdown file,
   * such as a checklist, is also a part of the page.
   * @default {[]}
   */
  files?: readonly string[];
}

/** The rule of an option that lists files. */
export const pathsRule: Rule<readonly string[], readonly []> = rule((action, name, value) => {
  if (Array.isArray(value) && value.every((path) => typeof path === "string")) return;
  throw new TypeError(cannot(action, name, "be a list of paths", value));
}, []);

const rules = {
  code: oneOf(["shown", "folded", "hidden"], "shown"),
  output: required<string>(checkText),
  files: pathsRule,
} as const satisfies RulesFor<PublishNotebookOptions>;

/**
 * Publishes an executed notebook: one HTML page that carries all it needs, and the notebook itself, to save.
 *
 * The page reads on a phone and on paper, light or dark. Code folds, tables sort by their headings, formulas between dollars
 * are typeset, and the notebook can be saved from it. It loads nothing and runs no script but its own. HTML in outputs and
 * prose keeps what is harmless; a picture of the prose must be an attachment or a data URI. A map of figures and tables to
 * cells follows, and what a page cannot carry, 20 MB of files, is named with its hash. Nothing is executed.
 *
 * @param path the `.ipynb` file
 * @param options see {@linkcode PublishNotebookOptions} (defaults there)
 * @returns when the page is written
 * @throws {TypeError} if the file holds no notebook
 * @throws {RangeError} if an option is not one of its values
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
