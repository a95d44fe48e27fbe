import { showValue } from "../../core/mod.ts";
import { isTypeNote } from "../jupyter/type_notes.ts";

/** Printed text of a cell. */
export interface StreamOutput {
  /** The kind of output. */
  output_type: "stream";
  /** `stdout` or `stderr`. */
  name: string;
  /** The text. */
  text: string;
}

/** Something that a cell displays. */
export interface DisplayOutput {
  /** `execute_result` is the value of the cell's last expression. */
  output_type: "display_data" | "execute_result";
  /** MIME type to content: a text, or an object for JSON. */
  data: { [mimeType: string]: unknown };
  /** MIME type to details of the rendering. */
  metadata: { [name: string]: unknown };
  /** The count of the cell, for an `execute_result`. */
  execution_count?: number;
}

/** What a cell threw. */
export interface ErrorOutput {
  /** The kind of output. */
  output_type: "error";
  /** The name of the error. */
  ename: string;
  /** Its message. */
  evalue: string;
  /** The lines of its stack. */
  traceback: string[];
}

/** One output of a code cell. */
export type NotebookOutput = StreamOutput | DisplayOutput | ErrorOutput;

/** One cell. Texts are whole here; in the file they are lists of lines. */
export interface NotebookCell {
  /** The cell's id, unique in the notebook. */
  id: string;
  /** Prose, code, or text that is passed on as it is. */
  cell_type: "markdown" | "code" | "raw";
  /** The cell's text. */
  source: string;
  /** The cell's settings. */
  metadata: { [name: string]: unknown };
  /** How many cells had been run with this one; `null` before it is run. Code cells only. */
  execution_count?: number | null;
  /** What it printed and displayed. Code cells only. */
  outputs?: NotebookOutput[];
  /** Pictures of the prose: name to MIME type to base64. Markdown cells only. */
  attachments?: { [name: string]: { [mimeType: string]: unknown } };
}

/** A Jupyter notebook. */
export interface Notebook {
  /** The cells, in order. */
  cells: NotebookCell[];
  /** The notebook's settings: its kernel and language. */
  metadata: { [name: string]: unknown };
  /** Version of the format; always 4. */
  nbformat: number;
  /** Minor version of the format; 5 or later, for cell ids. */
  nbformat_minor: number;
}

/** What a cell's code gave: its outputs without notes on types, which only who writes the cell is shown. */
export function outputsOf(cell: NotebookCell | undefined): NotebookOutput[] {
  return (cell?.outputs ?? []).filter((output) => !isTypeNote(output));
}

/** The content of a MIME type that nbformat keeps as lines. */
function isTextType(mimeType: string): boolean {
  return mimeType.startsWith("text/") || ["image/svg+xml", "application/javascript"].includes(mimeType);
}

type Fields = { [name: string]: unknown };

/**
 * Loads a notebook from its file.
 *
 * Reads format 4 (Jupyter since 2015). Lists of lines become whole texts; cells without an id get one by their place.
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
  const fields = (content ?? {}) as Fields;
  if (fields.nbformat !== 4 || !Array.isArray(fields.cells)) {
    const rule = `it must have 'nbformat' 4 and a list 'cells': 'nbformat' is ${showValue(fields.nbformat)}`;
    throw new TypeError(`Cannot load the notebook ${path}: ${rule}`);
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
    const rule = `cell ${number} must be markdown, code or raw: 'cell_type' is ${showValue(kind)}`;
    throw new TypeError(`Cannot load the notebook ${path}: ${rule}`);
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
  const read = ([type, value]: [string, unknown]) => [type, isTextType(type) ? join(value) : value];
  const data = Object.fromEntries(Object.entries(output.data as Fields).map(read));
  return { ...output, data } as unknown as NotebookOutput;
}

function join(lines: unknown): string {
  return Array.isArray(lines) ? lines.join("") : String(lines ?? "");
}

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
  const read = { ...cell, source: linesOf(cell.source) };
  return cell.outputs === undefined ? read : { ...read, outputs: cell.outputs.map(outputOfFile) };
}

function outputOfFile(output: NotebookOutput): unknown {
  if (output.output_type === "stream") return { ...output, text: linesOf(output.text) };
  if (output.output_type === "error") return output;
  const write = ([type, value]: [string, unknown]) => {
    return [type, isTextType(type) && typeof value === "string" ? linesOf(value) : value];
  };
  return { ...output, data: Object.fromEntries(Object.entries(output.data).map(write)) };
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
