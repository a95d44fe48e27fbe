import { checkOptions, checkWhole } from "../../core/mod.ts";
import { KernelClient } from "../session/jupyter_client.ts";
import type { JupyterMessage } from "../wire/messages.ts";
import type { DisplayOutput, Notebook, NotebookCell, NotebookOutput } from "./ipynb.ts";
import { loadNotebook, writeNotebook } from "./ipynb.ts";
import { dirname } from "node:path";

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
   * @default {null}
   */
  output?: string | null;
  /**
   * How long a cell may take, in milliseconds; then the kernel is ended and the run fails.
   * @default {600000}
   */
  timeoutMs?: number;
  /**
   * Whether the cells after one that throws are run too.
   * @default {false}
   */
  allowErrors?: boolean;
  /** Called after each code cell. */
  onCell?: (event: CellEvent) => void;
  /** Ends the run, and its kernel, early. */
  signal?: AbortSignal;
}

const action = "run the notebook";

/**
 * Runs all code cells of a notebook, in order, in a fresh Deno kernel, without Jupyter.
 *
 * The cells run in the notebook's folder, so the nearest `deno.json` above it gives the imports. The kernel is ended in
 * every case. Needs all permissions: it starts `deno` and talks to it over loopback.
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
  checkOptions(action, options, ["output", "timeoutMs", "allowErrors", "onCell", "signal"]);
  const { output = null, timeoutMs = 600_000, signal } = options;
  checkWhole(action, "timeoutMs", timeoutMs, 1);
  signal?.throwIfAborted();
  const notebook = await loadNotebook(path);
  const kernel = await KernelClient.start(dirname(path));
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

async function runCell(cell: NotebookCell, kernel: KernelClient, outputs: CellOutputs, timeoutMs: number) {
  const late = new Error(`it takes longer than ${timeoutMs} ms`);
  const timer = setTimeout(() => kernel.abandon(late), timeoutMs);
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

type Fields = { [name: string]: unknown };

/** Collects the outputs of a notebook's cells from the messages of its kernel. */
class CellOutputs {
  // A display may be updated by a later cell; the ids hold for the run alone and are not written.
  readonly #displays = new Map<string, DisplayOutput[]>();
  #outputs: NotebookOutput[] = [];
  #clearBeforeNext = false;

  /** Starts the outputs of the next cell and returns the list that will hold them. */
  begin(): NotebookOutput[] {
    this.#outputs = [];
    this.#clearBeforeNext = false;
    return this.#outputs;
  }

  take(message: JupyterMessage): void {
    const { content } = message;
    switch (message.header.msg_type) {
      case "stream":
        return this.#print(String(content.name), String(content.text));
      case "display_data":
      case "execute_result":
        return this.#display(message.header.msg_type, content);
      case "update_display_data":
        return this.#update(content);
      case "error": {
        const stack = ((content.traceback ?? []) as unknown[]).map(String);
        return this.fail(String(content.ename), String(content.evalue), stack);
      }
      case "clear_output":
        if (content.wait === true) this.#clearBeforeNext = true;
        else this.#outputs.length = 0;
    }
  }

  fail(name: string, message: string, stack: readonly string[]): void {
    this.#add({ output_type: "error", ename: name, evalue: message, traceback: [...stack] });
  }

  #print(name: string, text: string): void {
    const last = this.#clearBeforeNext ? undefined : this.#outputs.at(-1);
    if (last?.output_type === "stream" && last.name === name) last.text += text;
    else this.#add({ output_type: "stream", name, text });
  }

  #display(kind: "display_data" | "execute_result", content: JupyterMessage["content"]): void {
    const output: DisplayOutput = { output_type: kind, ...partsOf(content) };
    if (kind === "execute_result") output.execution_count = Number(content.execution_count);
    this.#add(output);
    const id = displayId(content);
    if (id !== undefined) this.#displays.set(id, [...(this.#displays.get(id) ?? []), output]);
  }

  #update(content: JupyterMessage["content"]): void {
    for (const output of this.#displays.get(displayId(content) ?? "") ?? []) {
      Object.assign(output, partsOf(content));
    }
  }

  #add(output: NotebookOutput): void {
    if (this.#clearBeforeNext) this.#outputs.length = 0;
    this.#clearBeforeNext = false;
    this.#outputs.push(output);
  }
}

function partsOf({ data, metadata }: JupyterMessage["content"]): Pick<DisplayOutput, "data" | "metadata"> {
  return { data: { ...(data as Fields) }, metadata: { ...(metadata as Fields) } };
}

function displayId(content: JupyterMessage["content"]): string | undefined {
  return (content.transient as { display_id?: string } | undefined)?.display_id;
}
