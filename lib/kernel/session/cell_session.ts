import type { MimeBundle } from "../../core/mod.ts";
import type { Fields } from "../wire/messages.ts";
import { cellTrace } from "./cell_trace.ts";
import { InsideCalls, type SessionOutput } from "./inside_calls.ts";
import { within } from "./inner_kernel.ts";
import type { CellEnd, Fault } from "./inside.ts";
import { CellSyntaxError } from "./parse_cell.ts";
import { stoppedAnswer } from "./replaced_globals.ts";
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
  #inside!: Promise<InsideCalls>;
  /** The names that cells have declared. */
  readonly names = new Set<string>();
  /** The cells that have run, in order. */
  readonly sources: string[] = [];
  readonly #revoked = new Set<SessionPermission>();
  /** The cells that have begun and not ended, by the number of their call. */
  readonly #running = new Map<number, RunningCell>();
  #question: symbol | undefined;
  #last = { number: 0, lines: 0 };
  #isClosed = false;

  private constructor(readonly options: SessionOptions, readonly workspace: CellWorkspace) {}

  /** Starts Deno and resolves once cells can be run. */
  static async open(options: SessionOptions): Promise<CellSession> {
    const session = new CellSession(options, await openWorkspace(options.folder));
    session.#inside = session.#start();
    try {
      await session.#inside;
    } catch (error) {
      await session.close();
      throw error;
    }
    return session;
  }

  /** Runs a cell and resolves after all of its outputs were handed over: `null`, or what it threw. */
  async run(code: string, { number, silent = false }: CellPlace): Promise<CellError | null> {
    this.#last = { number, lines: code.split("\n").length };
    const end = await this.#run(code, number);
    if ("error" in end) return end.error;
    if (end.data !== null && !silent) {
      const content = { execution_count: number, data: end.data, metadata: {} };
      this.options.onOutput({ type: "execute_result", content, metadata: {}, buffers: [], cell: number });
    }
    return null;
  }

  /**
   * Stops what runs: it throws `Interrupted` where it awaits, or at once where it blocks. What listens for SIGINT is
   * called first and has two seconds to return what it has. Always returns; the session lives.
   */
  async stop(): Promise<void> {
    await Promise.all([...this.#running.values()].map((cell) => this.#stopCell(cell)));
  }

  /** The value of one expression, as it would be shown; nothing else is shown. */
  async evaluate(code: string): Promise<{ data: MimeBundle } | { error: CellError }> {
    const end = await this.#run(code, 0);
    return "error" in end ? end : { data: end.data ?? { "text/plain": "undefined" } };
  }

  /** Takes permissions away from all cells from now on, also after a restart. */
  async revoke(names: readonly SessionPermission[]): Promise<void> {
    for (const name of names) this.#revoked.add(name);
    await (await this.#inside).call("revoke", [names]).answer;
  }

  /** Ends Deno, whatever it is doing. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await (await this.#inside.catch(() => undefined))?.inner.close();
    await this.workspace.close();
  }

  async #start(): Promise<InsideCalls> {
    const folders = { start: this.workspace.folder, cells: this.options.folder };
    const inside = await InsideCalls.open(folders, {
      onOutput: (output) => this.#show(output),
      onLate: (fault, cell) => this.#showLate(fault, cell),
      onQuestion: (content) => void this.#ask(inside, content),
    });
    void inside.inner.ended.then((why) => this.#restart(why));
    if (this.#revoked.size > 0) await inside.call("revoke", [[...this.#revoked]]).answer;
    return inside;
  }

  #restart(why: string): void {
    if (this.#isClosed) return;
    this.names.clear();
    this.sources.length = 0;
    this.#inside = this.#start();
    // Whoever runs the next cell learns that it failed.
    this.#inside.catch(() => {});
    this.options.onLost?.(why);
  }

  async #run(code: string, number: number): Promise<{ error: CellError } | { data: CellEnd["data"] }> {
    const lines = code.split("\n");
    let cell;
    try {
      cell = transformCell(code, number);
    } catch (error) {
      return { error: syntaxError(error as Error, lines, number) };
    }
    const inside = await this.#inside;
    const fresh = cell.names.filter((name) => !this.names.has(name));
    const before = fresh.length > 0 ? `let ${fresh.join()};` : "";
    const { functions, body } = cell;
    const { call, answer } = inside.call("start", [{ number, functions, body }], before);
    const running = { inside, call, end: answer.catch(() => {}), wasBlocked: false };
    this.#running.set(call, running);
    if (number > 0) this.sources.push(code);
    for (const name of fresh) this.names.add(name);
    try {
      void this.#keepGoing(running);
      const { fault, data } = await answer as CellEnd;
      if (fault === null) return { data };
      // What is ended from outside throws nothing that can be shown.
      return { error: cellError(running.wasBlocked ? stoppedFault : fault, number, lines.length) };
    } catch (error) {
      const { message } = error as Error;
      return { error: { ename: "SessionLost", evalue: message, traceback: [`SessionLost: ${message}`] } };
    } finally {
      this.#running.delete(call);
    }
  }

  // Deno may cease to drive its event loop after an error, until the next request comes.
  async #keepGoing({ inside, call, end }: RunningCell): Promise<void> {
    for (let pause = 50; this.#running.has(call); pause = Math.min(1000, 2 * pause)) {
      await within(pause, end);
      if (this.#running.has(call)) await inside.nudge().catch(() => {});
    }
  }

  async #stopCell(cell: RunningCell): Promise<void> {
    const { inside, call, end } = cell;
    this.#answerStopped(inside);
    const isHeard = await within(silenceMs, inside.call("stop", [call, false]).answer);
    if (isHeard === true) await within(listenerEndMs, end);
    for (let waits = 0; isHeard === false && waits < 7 && this.#running.has(call); waits++) {
      await within(100, end);
      if (await within(silenceMs, inside.nudge()) === undefined) break;
    }
    if (!this.#running.has(call)) return;
    // What blocks the event loop is ended from outside; then the cell is, which may not have noticed.
    cell.wasBlocked = true;
    const { answer } = inside.call("stop", [call, true]);
    for (let patience = 2 * silenceMs; patience <= 8 * silenceMs; patience += 2 * silenceMs) {
      // It goes on all the same where it was in Deno's own code, and a question may have come meanwhile. Each try waits
      // longer: an interrupt that meets the call itself delays it.
      this.#answerStopped(inside);
      await within(silenceMs, inside.inner.interrupt());
      if (await within(patience, answer.then(() => true))) return void await within(patience, end);
    }
  }

  // A question blocks Deno until it is answered.
  #answerStopped(inside: InsideCalls): void {
    if (this.#question !== undefined) inside.inner.answer(stoppedAnswer);
    this.#question = undefined;
  }

  async #ask(inside: InsideCalls, content: Fields): Promise<void> {
    const question = this.#question = Symbol("question");
    const { prompt, password } = content;
    const asked = { prompt: String(prompt), password: password === true };
    const answer = await this.options.onInput?.(asked).catch(() => "") ?? "";
    // It may have been stopped meanwhile.
    if (this.#question !== question) return;
    this.#question = undefined;
    inside.inner.answer(answer);
  }

  #show({ cell, content, ...output }: SessionOutput): void {
    const number = cell < 0 ? this.#last.number : cell;
    if (number === 0) return;
    const text = output.type === "stream" ? this.#readable(String(content.text), number) : undefined;
    const shown = text === undefined ? content : { ...content, text };
    this.options.onOutput({ ...output, cell: number, content: shown });
  }

  #showLate(fault: Fault, cell: number): void {
    const text = `Uncaught ${fault.text}\n`;
    this.#show({ type: "stream", content: { name: "stderr", text }, metadata: {}, buffers: [], cell });
  }

  // An error that a cell prints has a trace, too.
  #readable(text: string, number: number): string {
    if (!/\bcell-\d+\.ts, <anonymous>:\d/.test(text)) return text;
    const lines = number === this.#last.number ? this.#last.lines : Infinity;
    return cellTrace(text, { number, lines }).join("\n");
  }
}

interface RunningCell {
  readonly inside: InsideCalls;
  readonly call: number;
  readonly end: Promise<unknown>;
  /** Whether it was ended from outside. */
  wasBlocked: boolean;
}

function cellError({ name, message, text }: Fault, number: number, lines: number): CellError {
  return { ename: name, evalue: message, traceback: cellTrace(text, { number, lines }) };
}

const message = "The cell was stopped";
const stoppedFault: Fault = { name: "Interrupted", message, text: `Interrupted: ${message}` };

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
