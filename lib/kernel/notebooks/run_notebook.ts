import { checkOptions, checkWhole } from "../../core/mod.ts";
import { type CellError, CellSession, type SessionOutput } from "../session/cell_session.ts";
import type { DisplayOutput, Notebook, NotebookCell, NotebookOutput } from "./ipynb.ts";
import { loadNotebook, writeNotebook } from "./ipynb.ts";
import { dirname, resolve } from "node:path";

/** A code cell that is run. */
export interface CellEvent {
  /** Place of the cell among all cells, from 1. */
  readonly number: number;
  /** How many cells the notebook has. */
  readonly total: number;
  /** The cell, with the outputs that it has so far. */
  readonly cell: NotebookCell;
}

/** Options of {@linkcode runNotebook}. */
export interface RunNotebookOptions {
  /**
   * The file to which the executed notebook is written; may be the notebook itself. `null` writes nothing.
   * @default {null}
   */
  output?: string | null;
  /**
   * How long a cell may take, in milliseconds; then it is stopped as by the stop button, which counts as an error.
   * @default {600000}
   */
  timeoutMs?: number;
  /**
   * Whether the cells after one that throws are run too.
   * @default {false}
   */
  allowErrors?: boolean;
  /** Called before each code cell. */
  onBegin?: (event: CellEvent) => void;
  /** Called after each code cell. */
  onCell?: (event: CellEvent) => void;
  /** Stops the running cell and ends the run. */
  signal?: AbortSignal;
}

const action = "run the notebook";

/**
 * Runs all code cells of a notebook, in order, in a fresh session with Deno, without Jupyter.
 *
 * The cells run in the notebook's folder, so the nearest `deno.json` above it gives the imports; the toolkit is found
 * from any folder. Where the run is stopped or a cell fails, what there is by then is written too. Needs all
 * permissions: it starts `deno` and talks to it over loopback.
 *
 * @param path the `.ipynb` file
 * @param options see {@linkcode RunNotebookOptions} (defaults and units there)
 * @returns the notebook with its outputs and execution counts; ids of displays and times are not kept
 * @throws {TypeError} if the file holds no notebook
 * @throws {Error} if a cell throws or takes longer than `timeoutMs` (unless `allowErrors`), ends the session, or if the
 * run is stopped; the message names the cell
 * @see Jupyter messaging 5.3, https://jupyter-client.readthedocs.io/en/stable/messaging.html
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { runNotebook, writeNotebook } from "@understudy/understudy/kernel";
 *
 * const path = await Deno.makeTempFile({ suffix: ".ipynb" });
 * const cell = { id: "a", cell_type: "code" as const, source: "console.log(6 * 7)", metadata: {} };
 * await writeNotebook({ cells: [cell], metadata: {}, nbformat: 4, nbformat_minor: 5 }, path);
 * const notebook = await runNotebook(path);
 * assertEquals(notebook.cells[0]?.outputs, [{ output_type: "stream", name: "stdout", text: "42\n" }]);
 * await Deno.remove(path);
 * ```
 */
export async function runNotebook(path: string, options: RunNotebookOptions = {}): Promise<Notebook> {
  checkOptions(action, options, ["output", "timeoutMs", "allowErrors", "onBegin", "onCell", "signal"]);
  checkWhole(action, "timeoutMs", options.timeoutMs ?? 1, 1);
  options.signal?.throwIfAborted();
  const notebook = await loadNotebook(path);
  try {
    await runCells(notebook, path, options);
  } finally {
    notebook.metadata = { ...kernelMetadata, ...notebook.metadata };
    if (typeof options.output === "string") await writeNotebook(notebook, options.output);
  }
  return notebook;
}

// What Jupyter needs to know to open the notebook with Deno's kernel; versions are left out, as they change.
const kernelMetadata = {
  kernelspec: { display_name: "Deno", language: "typescript", name: "deno" },
  language_info: { file_extension: ".ts", mimetype: "text/x.typescript", name: "typescript" },
};

/** Runs the code cells of a notebook in a fresh session, which `prepare` gets first, and puts their outputs into it. */
export async function runCells(
  notebook: Notebook,
  path: string,
  options: RunNotebookOptions & { prepare?: (session: CellSession) => Promise<void> },
): Promise<void> {
  const { timeoutMs = 600_000, signal } = options;
  const outputs = new CellOutputs();
  let lost: string | undefined;
  const session = await CellSession.open({
    folder: dirname(resolve(path)),
    onOutput: (output) => outputs.take(output),
    onLost: (why) => lost = why,
  });
  try {
    signal?.throwIfAborted();
    await options.prepare?.(session);
    for (const cell of notebook.cells) {
      if (cell.cell_type === "code") Object.assign(cell, { outputs: [], execution_count: null });
    }
    let count = 0;
    for (const [place, cell] of notebook.cells.entries()) {
      if (cell.cell_type !== "code" || cell.source.trim() === "") continue;
      const event = { number: place + 1, total: notebook.cells.length, cell };
      options.onBegin?.(event);
      cell.execution_count = ++count;
      cell.outputs = outputs.begin(count);
      const run = runCell(session, { source: cell.source, count, timeoutMs, signal });
      const { error, stopped } = await run.catch((cause: Error) => {
        lost ??= cause.message;
        return { error: null, stopped: undefined };
      });
      if (error !== null) outputs.fail(count, error);
      options.onCell?.(event);
      const which = describe(path, cell, place);
      if (lost !== undefined) throw new Error(`Cannot run ${which}: ${lost}`);
      if (signal?.aborted) throw new Error(`The run was stopped at ${which}`, { cause: signal.reason });
      if (options.allowErrors === true) continue;
      if (stopped !== undefined) throw new Error(`Cannot run ${which}: ${stopped}`);
      if (error !== null) throw new Error(`Cannot run the notebook as ${which} threw ${textOf(error)}`);
    }
  } finally {
    await session.close();
  }
}

async function runCell(
  session: CellSession,
  cell: { source: string; count: number; timeoutMs: number; signal: AbortSignal | undefined },
) {
  const { source, count, timeoutMs, signal } = cell;
  let stopped: string | undefined;
  const stop = () => session.stop().catch(() => {});
  const timer = setTimeout(() => {
    stopped = `it takes longer than ${timeoutMs} ms`;
    return stop();
  }, timeoutMs);
  signal?.addEventListener("abort", stop, { once: true });
  try {
    const error = await session.run(source, { number: count });
    return { error, stopped };
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", stop);
  }
}

function textOf({ ename, evalue, traceback }: CellError): string {
  return [`${ename}: ${evalue}`, ...traceback.slice(1)].join("\n");
}

function describe(path: string, cell: NotebookCell, place: number): string {
  const line = cell.source.trim().split("\n")[0]!;
  const start = line.length > 60 ? `${line.slice(0, 57)}...` : line;
  return `cell ${place + 1} of ${path} (${JSON.stringify(start)})`;
}

type Fields = { readonly [name: string]: unknown };

/** Collects the outputs of a notebook's cells from what their session shows; each goes below its own cell. */
class CellOutputs {
  // A display may be updated by a later cell; the ids hold for the run alone and are not written.
  readonly #displays = new Map<string, DisplayOutput[]>();
  readonly #cells = new Map<number, NotebookOutput[]>();

  /** Starts the outputs of a cell and returns the list that will hold them. */
  begin(number: number): NotebookOutput[] {
    const outputs: NotebookOutput[] = [];
    this.#cells.set(number, outputs);
    return outputs;
  }

  take({ type, content, cell }: SessionOutput): void {
    if (type === "stream") this.#print(cell, String(content.name), String(content.text));
    if (type === "display_data" || type === "execute_result") this.#display(cell, type, content);
    if (type === "update_display_data") {
      for (const output of this.#displays.get(displayId(content) ?? "") ?? []) {
        Object.assign(output, partsOf(content));
      }
    }
  }

  fail(cell: number, { ename, evalue, traceback }: CellError): void {
    this.#add(cell, { output_type: "error", ename, evalue, traceback: [...traceback] });
  }

  #print(cell: number, name: string, text: string): void {
    const last = this.#cells.get(cell)?.at(-1);
    if (last?.output_type === "stream" && last.name === name) last.text += text;
    else this.#add(cell, { output_type: "stream", name, text });
  }

  #display(cell: number, kind: "display_data" | "execute_result", content: Fields): void {
    const output: DisplayOutput = { output_type: kind, ...partsOf(content) };
    if (kind === "execute_result") output.execution_count = cell;
    this.#add(cell, output);
    const id = displayId(content);
    if (id !== undefined) this.#displays.set(id, [...(this.#displays.get(id) ?? []), output]);
  }

  // What belongs to no cell of the notebook is shown nowhere.
  #add(cell: number, output: NotebookOutput): void {
    this.#cells.get(cell)?.push(output);
  }
}

function partsOf({ data, metadata }: Fields): Pick<DisplayOutput, "data" | "metadata"> {
  return { data: { ...(data as object) }, metadata: { ...(metadata as object) } };
}

function displayId(content: Fields): string | undefined {
  return (content.transient as { display_id?: string } | undefined)?.display_id;
}
