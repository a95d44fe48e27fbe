// Runs inside Deno's kernel, beside the cells: what is here may import nothing but Deno's own modules.

import { answerType, OrderedOutputs } from "./ordered_outputs.ts";
import { Interrupted, replaceGlobals } from "./replaced_globals.ts";
import { AsyncLocalStorage } from "node:async_hooks";
import { pathToFileURL } from "node:url";

type Bundle = { [type: string]: unknown };
type Importer = (specifier: string, options?: ImportCallOptions) => Promise<unknown>;

/** What was thrown; `stack` is what Deno prints of it. */
export interface Fault {
  readonly name: string;
  readonly message: string;
  readonly stack: string;
}

/** How a cell ended: what it threw, or its value as it is shown. */
export interface CellEnd {
  readonly fault: Fault | null;
  readonly data: Bundle | null;
}

/** What {@linkcode openInside} is told. */
export interface InsideOptions {
  /** Where cells run. */
  readonly folder: string;
  /** Imports as a cell does: where a module is found depends on where the importing code stands. */
  readonly importer: Importer;
  /** The process without which this one must not live. */
  readonly parent: number;
}

/** How long a cell that is stopped has to end by itself, and how long one has that listens for SIGINT. */
const [graceMs, listenerGraceMs] = [500, 2000];

// Kept before cells, and this module, replace them.
const { setImmediate, setTimeout } = globalThis;

/** Prepares Deno's kernel for cells: `globalThis.__understudy` is what they, and the session outside, call. */
export function openInside(options: InsideOptions): void {
  Deno.chdir(options.folder);
  Object.defineProperty(globalThis, "__understudy", { value: new Inside(options) });
}

class Inside {
  readonly #running = new AsyncLocalStorage<RunningCell>();
  readonly #cells = new Map<number, RunningCell>();
  readonly #outputs = new OrderedOutputs(() => this.#running.getStore()?.number ?? -1);
  readonly #format = Deno.jupyter.format;
  readonly #signalListeners: ReadonlySet<() => void>;
  readonly #base: string;

  constructor(readonly options: InsideOptions) {
    this.#base = pathToFileURL(`${options.folder}/`).href;
    const report = (thrown: unknown) => this.#outputs.write("stderr", `Uncaught ${describe(thrown).stack}\n`);
    this.#signalListeners = replaceGlobals(this.#outputs, report);
    const watchdog = new URL("./watchdog.ts", import.meta.url);
    new Worker(watchdog, { type: "module", name: `${options.parent} ${Deno.pid}` });
  }

  // What cells call.

  /** Waits for what a cell awaits, or for its stop. */
  wait(value: unknown, line: number): unknown {
    const cell = this.#running.getStore();
    const isThenable = typeof (value as PromiseLike<unknown> | null | undefined)?.then === "function";
    return cell === undefined || !isThenable ? value : cell.wait(value as PromiseLike<unknown>, line);
  }

  /** The steps of a `for await`: as it is, the loop ends what it leaves early, and not what failed. */
  iterate(iterable: AsyncIterable<unknown> & Iterable<unknown>, line: number): AsyncIterable<unknown> {
    const iterator = iterable[Symbol.asyncIterator]?.() ?? iterable[Symbol.iterator]();
    const close = async () => await iterator.return?.() ?? { done: true as const, value: undefined };
    const next = async () => {
      try {
        const { done, value } = await this.wait(Promise.resolve(iterator.next()), line) as IteratorResult<
          unknown
        >;
        return { done: done === true, value: await this.wait(value, line) };
      } catch (error) {
        if (error instanceof Interrupted) close().catch(() => {});
        throw error;
      }
    };
    const step = { next, return: async () => await this.wait(close(), line) as IteratorResult<unknown> };
    return { [Symbol.asyncIterator]: () => step };
  }

  importModule(specifier: unknown, options?: ImportCallOptions): Promise<unknown> {
    const written = String(specifier);
    return this.options.importer(
      /^\.{1,2}\//.test(written) ? new URL(written, this.#base).href : written,
      options,
    );
  }

  /** A misspelt name in an import would be `undefined` without a word. What begins with a capital may be a type. */
  checkExports(module: object, specifier: string, wanted: object): object {
    const missing = Object.keys(wanted).find((name) => !(name in module) && !/^[A-Z]/.test(name));
    if (missing === undefined) return module;
    const near = nearestName(Object.keys(module), missing);
    const advice = near === undefined ? "" : `: did you mean '${near}'?`;
    throw new SyntaxError(`'${specifier}' has no export '${missing}'${advice}`);
  }

  // What the session calls; each call has a number, under which it is answered.

  /** Begins a cell and returns at once; the answer is its end. */
  start(
    call: number,
    { number, functions, body }: { number: number; functions: string; body: string },
  ): void {
    const cell = new RunningCell(number);
    this.#cells.set(call, cell);
    const run = async () => this.#end(call, await this.#run(cell, functions, body));
    // Not now: where what blocks an evaluation of Deno's kernel is ended, the kernel waits half a minute for its value.
    setImmediate(() => this.#running.run(cell, () => void run()));
  }

  /**
   * Stops the cell that began with a call: one that goes on all the same is given up. The answer is whether something in
   * it listens and may return what it has.
   */
  stop(call: number, started: number, force: boolean): void {
    const cell = this.#cells.get(started);
    const listeners = force || cell === undefined || cell.presses++ > 0 ? [] : [...this.#signalListeners];
    for (const listener of listeners) this.#running.run(cell!, () => queueMicrotask(listener));
    this.#answer(call, listeners.length > 0);
    const giveUp = () => this.#end(started, { fault: new Interrupted(), data: null });
    // Not now, either: what the cell does next must not belong to this call.
    setTimeout(() => {
      cell?.stop();
      setTimeout(giveUp, force ? 0 : graceMs);
    }, listeners.length > 0 ? listenerGraceMs : 0);
  }

  revoke(call: number, names: readonly Deno.PermissionName[]): void {
    for (const name of names) Deno.permissions.revokeSync({ name });
    this.#answer(call, true);
  }

  async #run(cell: RunningCell, functions: string, body: string): Promise<CellEnd> {
    // Not a direct call: the scripts see what the session sees, and nothing of this module.
    const evaluate = globalThis.eval;
    try {
      if (functions !== "") evaluate(functions);
      const { value } = await evaluate(body);
      // With it a table is shown as `show` shows it.
      if (isTable(value)) await cell.wait(import("../showing/notebook_kernel.ts").catch(() => {}), 0);
      return { fault: null, data: value === undefined ? null : await cell.wait(this.#format(value), 0) };
    } catch (thrown) {
      return { fault: describe(thrown), data: null };
    }
  }

  // Whoever has been told the end does not hear another one.
  #end(call: number, end: CellEnd): void {
    this.#cells.delete(call);
    this.#answer(call, end);
  }

  #answer(call: number, value: unknown): void {
    this.#outputs.post(answerType, { call, value });
  }
}

class RunningCell {
  readonly #pending = new Set<(reason: unknown) => void>();
  #reason: Interrupted | undefined;
  presses = 0;

  constructor(readonly number: number) {}

  wait<T>(promise: PromiseLike<T>, line: number): Promise<T> {
    if (this.#reason !== undefined) return Promise.reject(this.#reason);
    return new Promise((resolve, reject) => {
      this.#pending.add(reject);
      const settled = <V>(settle: (value: V) => void) => (value: V) => {
        this.#pending.delete(reject);
        settle(value);
      };
      promise.then(settled(resolve), settled((error) => reject(this.#placed(error, line))));
    });
  }

  /** Ends whatever the cell awaits, from now on. */
  stop(): void {
    this.#reason ??= new Interrupted();
    for (const reject of this.#pending) reject(this.#reason);
    this.#pending.clear();
  }

  // A stack has lost the cell where the error came through a promise of somebody else.
  #placed(error: unknown, line: number): unknown {
    const place = `cell-${this.number}.ts, <anonymous>:${line}:`;
    if (!Error.isError(error) || error instanceof Interrupted || `${error.stack}`.includes(place)) {
      return error;
    }
    try {
      error.stack += `\n    at async eval (${place}1)`;
    } catch { /* it does not let itself be changed */ }
    return error;
  }
}

function describe(thrown: unknown): Fault {
  try {
    const stack = Deno.inspect(thrown, { colors: false });
    if (!Error.isError(thrown)) return { name: "Thrown", message: stack, stack: `Thrown: ${stack}` };
    return { name: String(thrown.name), message: String(thrown.message), stack };
  } catch {
    const message = "What was thrown cannot be shown";
    return { name: "Error", message, stack: `Error: ${message}` };
  }
}

/** What the table of the toolkit has, and little else. */
function isTable(value: unknown): boolean {
  const table = value as { columnNames?: unknown; objects?: unknown } | null | undefined;
  return typeof table?.columnNames === "function" && typeof table.objects === "function";
}

/** The name that shares the longest beginning, at least a half. */
function nearestName(names: readonly string[], misspelt: string): string | undefined {
  for (let length = misspelt.length; 2 * length >= misspelt.length; length--) {
    const near = names.find((name) => name.startsWith(misspelt.slice(0, length)));
    if (near !== undefined) return near;
  }
  return undefined;
}
