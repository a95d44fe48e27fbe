import { isTextType, type Notebook, type NotebookCell, type NotebookOutput } from "./notebook.ts";

/**
 * Writes a notebook to a file, byte for byte as Jupyter does.
 *
 * Names in alphabetical order, one space of indentation, texts as lists of lines: a notebook that is run again with
 * the same outputs gives the same file.
 *
 * @param notebook the notebook
 * @param path the `.ipynb` file; replaced where it exists
 * @example
 * ```ts
 * import { assertStringIncludes } from "@std/assert";
 * import { writeNotebook } from "@understudy/understudy/kernel";
 *
 * const path = await Deno.makeTempFile({ suffix: ".ipynb" });
 * await writeNotebook({ cells: [], metadata: {}, nbformat: 4, nbformat_minor: 5 }, path);
 * assertStringIncludes(await Deno.readTextFile(path), '"nbformat": 4');
 * await Deno.remove(path);
 * ```
 */
export async function writeNotebook(notebook: Notebook, path: string): Promise<void> {
  await Deno.writeTextFile(path, formatNotebook(notebook));
}

/** The text of a notebook's file: nbformat 4.5 as Jupyter writes it. */
export function formatNotebook(notebook: Notebook): string {
  const content = { ...notebook, cells: notebook.cells.map(cellOfFile) };
  return `${JSON.stringify(sortNames(content), null, 1)}\n`;
}

function cellOfFile(cell: NotebookCell): unknown {
  const source = linesOf(cell.source);
  return cell.outputs === undefined
    ? { ...cell, source }
    : { ...cell, source, outputs: cell.outputs.map(outputOfFile) };
}

function outputOfFile(output: NotebookOutput): unknown {
  if (output.output_type === "stream") return { ...output, text: linesOf(output.text) };
  if (output.output_type === "error") return output;
  const data: { [mimeType: string]: unknown } = {};
  for (const [type, value] of Object.entries(output.data)) {
    data[type] = isTextType(type) && typeof value === "string" ? linesOf(value) : value;
  }
  return { ...output, data };
}

// Lines keep their ends, so that joining them gives the text.
function linesOf(text: string): string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
}

function sortNames(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortNames);
  if (typeof value !== "object" || value === null) return value;
  const fields = value as { [name: string]: unknown };
  return Object.fromEntries(Object.keys(fields).sort().map((name) => [name, sortNames(fields[name])]));
}
