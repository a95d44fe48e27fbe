import type { MimeBundle } from "../../core/mod.ts";
import type { Fields, JupyterMessage } from "../wire/messages.ts";
import { type CellReply, KernelClient } from "./jupyter_client.ts";

/** What a session shows while it lives, as Jupyter's iopub carries it: whole and in order. */
export interface SessionOutput {
  /** `stream`, `display_data`, `update_display_data`, `execute_result`, `clear_output` or what code broadcast. */
  readonly type: string;
  readonly content: Fields;
  readonly metadata: Fields;
  readonly buffers: readonly Uint8Array[];
  /** The number of the cell that made it: a late print is its own cell's. */
  readonly cell: number;
}

/** Options of {@linkcode CellSession.open}. */
export interface SessionOptions {
  /** Where cells run: relative paths and imports start here. */
  folder: string;
  /**
   * Whether the toolkit and its packages can be imported from any folder.
   * @default {true}
   */
  toolkit?: boolean;
  /** Called with each output, in order. */
  onOutput: (output: SessionOutput) => void;
  /** Answers a `prompt` of a cell; without it the answer is empty. */
  onInput?: (content: { prompt: string; password: boolean }) => Promise<string>;
  /** Called when Deno's process has ended by itself and another one has been started: why. */
  onLost?: (why: string) => void;
}

/** What a cell threw, as Jupyter's `error` carries it. */
export interface CellError {
  readonly ename: string;
  readonly evalue: string;
  readonly traceback: readonly string[];
}

/** Which cell is run. */
export interface CellPlace {
  /** Shown in traces as `Cell 7:3:7`, and given back with each output. */
  number: number;
  /**
   * Whether its value is not shown.
   * @default {false}
   */
  silent?: boolean;
}

/** A permission that {@linkcode CellSession.revoke} takes away. */
export type SessionPermission = "net" | "run" | "ffi" | "write" | "sys" | "env";

/** A session with Deno: cells run in it one after another and share what they declare. Close it in a `finally`. */
export class CellSession {
  readonly #names = new Set<string>();
  readonly #sources: string[] = [];

  private constructor(readonly options: SessionOptions, readonly client: KernelClient) {}

  /** Starts Deno and resolves once cells can be run. */
  static async open(options: SessionOptions): Promise<CellSession> {
    return new CellSession(options, await KernelClient.start(options.folder));
  }

  /** Runs a cell and resolves after all of its outputs were handed over: `null`, or what it threw. */
  async run(code: string, cell: CellPlace): Promise<CellError | null> {
    const reply = await this.client.execute(code, (message) => this.#take(message, cell));
    this.#sources.push(code);
    return cellError(reply);
  }

  /** Stops the running cell and always returns; the session lives. */
  stop(): Promise<void> {
    this.client.interrupt();
    return Promise.resolve();
  }

  /** The value of one expression, as it would be shown; nothing else is shown. */
  async evaluate(code: string): Promise<{ data: MimeBundle } | { error: CellError }> {
    let data: MimeBundle = {};
    const reply = await this.client.execute(code, (message) => {
      if (message.header.msg_type === "execute_result") data = message.content.data as MimeBundle;
    });
    const error = cellError(reply);
    return error === null ? { data } : { error };
  }

  /** Takes permissions away from all cells from now on. */
  async revoke(names: readonly SessionPermission[]): Promise<void> {
    for (const name of names) {
      await this.client.execute(`Deno.permissions.revokeSync({ name: "${name}" })`, () => {});
    }
  }

  /** The names that cells have declared. */
  get names(): ReadonlySet<string> {
    return this.#names;
  }

  /** The cells that have run, in order. */
  get sources(): readonly string[] {
    return this.#sources;
  }

  /** Ends Deno, whatever it is doing. */
  async close(): Promise<void> {
    await this.client.close();
  }

  #take(message: JupyterMessage, { number, silent = false }: CellPlace): void {
    const { header, content, metadata } = message;
    if (["status", "execute_input", "error"].includes(header.msg_type)) return;
    if (silent && header.msg_type === "execute_result") return;
    this.options.onOutput({ type: header.msg_type, content, metadata, buffers: [], cell: number });
  }
}

function cellError({ error }: CellReply): CellError | null {
  return error && { ename: error.name, evalue: error.message, traceback: [...error.stack] };
}
