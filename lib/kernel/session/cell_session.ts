import type { MimeBundle } from "../../core/mod.ts";
import type { Fields } from "../wire/messages.ts";
import { cellTrace } from "./cell_trace.ts";
import { InnerKernel, type SessionOutput, within } from "./inner_kernel.ts";
import type { CellEnd } from "./inside.ts";
import { CellSyntaxError } from "./parse_cell.ts";
import { Interrupted, stoppedAnswer } from "./replaced_globals.ts";
import { transformCell } from "./transform_cell.ts";
import { type CellWorkspace, openWorkspace } from "./workspace.ts";

export type { SessionOutput };

/** Options of {@linkcode CellSession.open}. */
export interface SessionOptions {
  /** Where cells run: relative paths and imports start here. */
  folder: string;
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

/** How long Deno may be silent before it counts as blocked, and how long a cell that listens for its stop may take to end. */
const [silenceMs, listenerEndMs] = [200, 2700];

/** A session with Deno: cells run in it one after another and share what they declare. Close it in a `finally`. */
export class CellSession {
  #inner!: Promise<InnerKernel>;
  /** The names that cells have declared. */
  readonly names = new Set<string>();
  /** The cells that have run, in order. */
  readonly sources: string[] = [];
  readonly #revoked = new Set<SessionPermission>();
  /** The cells that have begun and not ended. */
  readonly #running = new Set<RunningCell>();
  /** Answers the question of a cell that is stopped: it blocks Deno until it is answered. */
  #answerStopped: () => void = () => {};
  #last = { number: 0, lines: 0 };
  #isClosed = false;

  private constructor(readonly options: SessionOptions, readonly workspace: CellWorkspace) {}

  /** Starts Deno and resolves once cells can be run. */
  static async open(options: SessionOptions): Promise<CellSession> {
    const session = new CellSession(options, await openWorkspace(options.folder));
    session.#inner = session.#start();
    await session.#inner.catch(() => session.close());
    await session.#inner;
    return session;
  }

  /** Runs a cell and resolves after all of its outputs were handed over: `null`, or what it threw. */
  async run(code: string, { number, silent = false }: CellPlace): Promise<CellError | null> {
    this.#last = { number, lines: code.split("\n").length };
    const { error, data } = await this.#run(code, number);
    if (data !== null && !silent) {
      const content = { execution_count: number, data, metadata: {} };
      this.options.onOutput({ type: "execute_result", content, metadata: {}, buffers: [], cell: number });
    }
    return error;
  }

  /**
   * Stops what runs: it throws `Interrupted` where it awaits, or at once where it blocks. What listens for SIGINT is
   * called first and has two seconds to return what it has. Always returns; the session lives.
   */
  async stop(): Promise<void> {
    await Promise.all([...this.#running].map((cell) => this.#stopCell(cell)));
  }

  /** The value of one expression, as it would be shown; nothing else is shown. */
  async evaluate(code: string): Promise<{ data: MimeBundle } | { error: CellError }> {
    const { error, data } = await this.#run(code, 0);
    return error === null ? { data: data ?? { "text/plain": "undefined" } } : { error };
  }

  /** Takes permissions away from all cells from now on, also after a restart. */
  async revoke(names: readonly SessionPermission[]): Promise<void> {
    for (const name of names) this.#revoked.add(name);
    await (await this.#inner).call("revoke", [names]).answer;
  }

  /** Ends Deno, whatever it is doing. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await (await this.#inner.catch(() => undefined))?.close();
    await this.workspace.close();
  }

  async #start(): Promise<InnerKernel> {
    const inner = await InnerKernel.start({
      folder: this.workspace.folder,
      cellFolder: this.options.folder,
      revoked: [...this.#revoked],
      onOutput: (output) => this.#show(output),
      onQuestion: (content) => void this.#ask(inner, content),
    });
    void inner.ended.then((why) => this.#restart(why));
    return inner;
  }

  #restart(why: string): void {
    if (this.#isClosed) return;
    this.names.clear();
    this.sources.length = 0;
    this.#inner = this.#start();
    // Whoever runs the next cell learns that it failed.
    this.#inner.catch(() => {});
    this.options.onLost?.(why);
  }

  async #run(code: string, number: number): Promise<CellResult> {
    const lines = code.split("\n");
    let cell;
    try {
      cell = transformCell(code, number);
    } catch (error) {
      return { error: syntaxError(error as Error, lines, number), data: null };
    }
    const inner = await this.#inner;
    const fresh = cell.names.filter((name) => !this.names.has(name));
    const before = fresh.length > 0 ? `let ${fresh.join()};` : "";
    const { functions, body } = cell;
    const { call, answer } = inner.call("start", [{ number, functions, body }], before);
    const running = { inner, call, end: answer, wasBlocked: false };
    this.#running.add(running);
    if (number > 0) this.sources.push(code);
    for (const name of fresh) this.names.add(name);
    try {
      const { fault, data } = await answer as CellEnd;
      if (fault === null) return { error: null, data };
      // What is ended from outside throws nothing that can be shown.
      const { name, message, stack } = running.wasBlocked ? new Interrupted() : fault;
      const traceback = cellTrace(stack, { number, lines: lines.length });
      return { error: { ename: name, evalue: message, traceback }, data: null };
    } catch (error) {
      const evalue = `${(error as Error).message}; everything the session held is lost`;
      return { error: { ename: "SessionLost", evalue, traceback: [`SessionLost: ${evalue}`] }, data: null };
    } finally {
      this.#running.delete(running);
    }
  }

  async #stopCell(cell: RunningCell): Promise<void> {
    const { inner, call, end } = cell;
    this.#answerStopped();
    const isHeard = await within(silenceMs, inner.call("stop", [call, false]).answer);
    if (isHeard === true) await within(listenerEndMs, end);
    // One that catches its stop, and goes on, blocks Deno from then on.
    for (let waits = 0; isHeard === false && waits < 7 && this.#running.has(cell); waits++) {
      await within(100, end);
      if (await within(silenceMs, inner.call("revoke", [[]]).answer) === undefined) break;
    }
    if (!this.#running.has(cell)) return;
    // What blocks the event loop is ended from outside; then the cell is, which may not have noticed.
    cell.wasBlocked = true;
    const { answer } = inner.call("stop", [call, true]);
    for (let patience = 2 * silenceMs; patience <= 8 * silenceMs; patience += 2 * silenceMs) {
      // It goes on all the same where it was in Deno's own code, and a question may have come meanwhile. Each try waits
      // longer: an interrupt that meets the call itself delays it.
      this.#answerStopped();
      await within(silenceMs, inner.interrupt());
      if (await within(patience, answer.then(() => true))) return void await within(patience, end);
    }
  }

  async #ask(inner: InnerKernel, { prompt, password }: Fields): Promise<void> {
    const { promise: stopped, resolve } = Promise.withResolvers<string>();
    this.#answerStopped = () => resolve(stoppedAnswer);
    const question = { prompt: String(prompt), password: password === true };
    const answer = this.options.onInput?.(question).catch(() => "") ?? "";
    inner.answer(await Promise.race([answer, stopped]));
  }

  #show({ cell, content, ...output }: SessionOutput): void {
    // An error that a cell prints, or throws where nobody waits for it, has a trace, too.
    const traced = output.type === "stream"
      ? /\bcell-(\d+)\.ts, <anonymous>:\d/.exec(`${content.text}`)
      : null;
    const number = cell >= 0 ? cell : Number(traced?.[1] ?? this.#last.number);
    if (number === 0) return;
    const lines = number === this.#last.number ? this.#last.lines : Infinity;
    const text = traced && cellTrace(traced.input, { number, lines }).join("\n");
    this.options.onOutput({ ...output, cell: number, content: traced ? { ...content, text } : content });
  }
}

type CellResult = { readonly error: CellError | null; readonly data: CellEnd["data"] };

interface RunningCell {
  readonly inner: InnerKernel;
  readonly call: number;
  readonly end: Promise<unknown>;
  /** Whether it was ended from outside. */
  wasBlocked: boolean;
}

function syntaxError(error: Error, lines: readonly string[], number: number): CellError {
  const { message } = error;
  if (!(error instanceof CellSyntaxError)) throw error;
  const { line, column } = error;
  const traceback = [
    `SyntaxError: ${message}`,
    `    ${lines[line - 1] ?? ""}`,
    `    ${" ".repeat(column - 1)}^`,
    `    at Cell ${number}:${line}:${column}`,
  ];
  return { ename: "SyntaxError", evalue: `${message} (${line}:${column})`, traceback };
}
