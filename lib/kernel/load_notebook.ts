import { showValue } from "../core/mod.ts";
import { isTextType, type Notebook, type NotebookCell, type NotebookOutput } from "./notebook.ts";

type Fields = { [name: string]: unknown };

/**
 * Loads a notebook from its file.
 *
 * Reads format 4 (Jupyter since 2015). Lists of lines become whole texts, and cells without an id get one by their
 * place, so that a notebook of an older minor version is written as 4.5.
 *
 * @param path the `.ipynb` file
 * @returns the notebook
 * @throws {TypeError} if the file holds no notebook of format 4
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { loadNotebook, writeNotebook } from "@understudy/understudy/kernel";
 *
 * const path = await Deno.makeTempFile({ suffix: ".ipynb" });
 * const cell = { id: "a", cell_type: "markdown" as const, source: "# Title", metadata: {} };
 * await writeNotebook({ cells: [cell], metadata: {}, nbformat: 4, nbformat_minor: 5 }, path);
 * assertEquals((await loadNotebook(path)).cells[0]?.source, "# Title");
 * await Deno.remove(path);
 * ```
 */
export async function loadNotebook(path: string): Promise<Notebook> {
  const text = await Deno.readTextFile(path);
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch (cause) {
    throw new TypeError(`Cannot load the notebook ${path}: it is not JSON`, { cause });
  }
  return parseNotebook(content, path);
}

/** Makes a notebook of what its file's JSON says. */
export function parseNotebook(content: unknown, path: string): Notebook {
  const fields = (content ?? {}) as Fields;
  if (fields.nbformat !== 4 || !Array.isArray(fields.cells)) {
    throw new TypeError(
      `Cannot load the notebook ${path}: it must have 'nbformat' 4 and a list 'cells': ` +
        `'nbformat' is ${showValue(fields.nbformat)}`,
    );
  }
  return {
    cells: fields.cells.map((cell, place) => parseCell(cell, place + 1, path)),
    metadata: (fields.metadata ?? {}) as Fields,
    nbformat: 4,
    nbformat_minor: Math.max(5, Number(fields.nbformat_minor ?? 5)),
  };
}

function parseCell(cell: Fields, number: number, path: string): NotebookCell {
  const kind = cell.cell_type;
  if (kind !== "markdown" && kind !== "code" && kind !== "raw") {
    throw new TypeError(
      `Cannot load the notebook ${path}: cell ${number} must be markdown, code or raw: ` +
        `'cell_type' is ${showValue(kind)}`,
    );
  }
  const parsed: NotebookCell = {
    id: typeof cell.id === "string" ? cell.id : `cell-${number}`,
    cell_type: kind,
    source: join(cell.source),
    metadata: (cell.metadata ?? {}) as Fields,
  };
  if (cell.attachments !== undefined) parsed.attachments = cell.attachments as { [name: string]: Fields };
  if (kind === "code") {
    parsed.execution_count = typeof cell.execution_count === "number" ? cell.execution_count : null;
    parsed.outputs = (Array.isArray(cell.outputs) ? cell.outputs : []).map(parseOutput);
  }
  return parsed;
}

function parseOutput(output: Fields): NotebookOutput {
  if (output.output_type === "stream") {
    return { output_type: "stream", name: String(output.name), text: join(output.text) };
  }
  if (output.data === undefined) return output as unknown as NotebookOutput;
  const data: Fields = {};
  for (const [type, value] of Object.entries(output.data as Fields)) {
    data[type] = isTextType(type) ? join(value) : value;
  }
  return { ...output, data } as unknown as NotebookOutput;
}

function join(lines: unknown): string {
  return Array.isArray(lines) ? lines.join("") : String(lines ?? "");
}
