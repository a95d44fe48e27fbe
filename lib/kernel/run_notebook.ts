import { dirname } from "node:path";
import { checkOptions, checkWhole } from "../core/mod.ts";
import { CellOutputs } from "./cell_outputs.ts";
import { type CellReply, KernelClient } from "./kernel_client.ts";
import { loadNotebook } from "./load_notebook.ts";
import type { Notebook, NotebookCell } from "./notebook.ts";
import { writeNotebook } from "./write_notebook.ts";

/** A code cell that has been run. */
export interface CellEvent {
  /** Place of the cell among all cells, from 1. */
  readonly number: number;
  /** How many cells the notebook has. */
  readonly total: number;
  /** The cell, with its outputs. */
  readonly cell: NotebookCell;
}

/** Options of {@linkcode runNotebook}. */
export interface RunNotebookOptions {
  /**
   * The file to which the executed notebook is written; may be the notebook itself. `null` writes nothing.
   *
   * @default {null}
   */
  output?: string | null;
  /**
   * How long a cell may take, in milliseconds; then the kernel is ended and the run fails.
   *
   * @default {600000}
   */
  timeoutMs?: number;
  /**
   * Variables added to the kernel's environment.
   *
   * @default {{}}
   */
  environment?: { readonly [name: string]: string };
  /**
   * Whether the cells after one that throws are run too.
   *
   * @default {false}
   */
  allowErrors?: boolean;
  /**
   * Called after each code cell.
   *
   * @default {() => {}}
   */
  onCell?: (event: CellEvent) => void;
  /**
   * Ends the run, and its kernel, early.
   *
   * @default {undefined}
   */
  signal?: AbortSignal;
}

const action = "run the notebook";

/**
 * Runs all code cells of a notebook, in order, in a fresh Deno kernel, without Jupyter.
 *
 * The cells run in the notebook's folder, so the nearest `deno.json` above it gives the imports. Every output is
 * kept and belongs to the cell that made it. The kernel is ended in every case. Needs all permissions: it starts
 * `deno` and talks to it over loopback.
 *
 * @param path the `.ipynb` file
 * @param options see {@linkcode RunNotebookOptions} (defaults and units there)
 * @returns the notebook with its outputs and execution counts; ids of displays and times are not kept
 * @throws {TypeError} if the file holds no notebook
 * @throws {Error} if a cell throws (unless `allowErrors`), takes longer than `timeoutMs`, or ends the kernel, or if the run is stopped; the
 * message names the cell, and nothing is written
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
  checkOptions(action, options, ["output", "timeoutMs", "environment", "allowErrors", "onCell", "signal"]);
  const { output = null, timeoutMs = 600_000, environment = {}, signal } = options;
  checkWhole(action, "timeoutMs", timeoutMs, 1);
  signal?.throwIfAborted();
  const notebook = await loadNotebook(path);
  const kernel = await KernelClient.start({ folder: dirname(path), environment });
  const stop = () => kernel.abandon(new Error("the run was stopped"));
  signal?.addEventListener("abort", stop, { once: true });
  try {
    if (signal?.aborted) stop();
    await runCells(notebook, kernel, { ...options, path, timeoutMs });
  } finally {
    signal?.removeEventListener("abort", stop);
    await kernel.close();
  }
  notebook.metadata = { ...kernelMetadata, ...notebook.metadata };
  if (output !== null) await writeNotebook(notebook, output);
  return notebook;
}

// What Jupyter needs to know to open the notebook with Deno's kernel; versions are left out, as they change.
const kernelMetadata = {
  kernelspec: { display_name: "Deno", language: "typescript", name: "deno" },
  language_info: { file_extension: ".ts", mimetype: "text/x.typescript", name: "typescript" },
};

async function runCells(
  notebook: Notebook,
  kernel: KernelClient,
  options: RunNotebookOptions & { path: string; timeoutMs: number },
): Promise<void> {
  const outputs = new CellOutputs();
  const total = notebook.cells.length;
  for (const [place, cell] of notebook.cells.entries()) {
    if (cell.cell_type !== "code") continue;
    cell.outputs = outputs.begin();
    cell.execution_count = null;
    if (cell.source.trim() === "") continue;
    const reply = await runCell(cell, kernel, outputs, options.timeoutMs).catch((cause: Error) => {
      throw new Error(`Cannot run ${describe(options.path, cell, place)}: ${cause.message}`, { cause });
    });
    cell.execution_count = reply.executionCount;
    options.onCell?.({ number: place + 1, total, cell });
    if (reply.error !== null && options.allowErrors !== true) {
      const stack = reply.error.stack.slice(1).join("\n");
      const text = `${describe(options.path, cell, place)} threw ${reply.error.name}: ${reply.error.message}`;
      throw new Error(`Cannot run the notebook as ${text}${stack === "" ? "" : `\n${stack}`}`);
    }
  }
}

async function runCell(
  cell: NotebookCell,
  kernel: KernelClient,
  outputs: CellOutputs,
  timeoutMs: number,
): Promise<CellReply> {
  const timer = setTimeout(
    () => kernel.abandon(new Error(`it takes longer than ${timeoutMs} ms`)),
    timeoutMs,
  );
  try {
    const reply = await kernel.execute(cell.source, (message) => outputs.take(message));
    if (reply.error !== null && !cell.outputs?.some(({ output_type }) => output_type === "error")) {
      outputs.fail(reply.error.name, reply.error.message, reply.error.stack);
    }
    return reply;
  } finally {
    clearTimeout(timer);
  }
}

function describe(path: string, cell: NotebookCell, place: number): string {
  const line = cell.source.trim().split("\n")[0]!;
  const start = line.length > 60 ? `${line.slice(0, 57)}...` : line;
  return `cell ${place + 1} of ${path} (${JSON.stringify(start)})`;
}
