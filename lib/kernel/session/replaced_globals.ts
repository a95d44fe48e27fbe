// Runs inside Deno's kernel, with inside.ts: what Deno gives to cells, made to keep the order of outputs and to hear of a stop.

import type { OrderedOutputs } from "./ordered_outputs.ts";
import process from "node:process";

/** The answer to a `prompt` whose cell is stopped. */
export const stoppedAnswer = "\u0000stopped";

/** What a cell throws that was stopped. */
export class Interrupted extends Error {
  override readonly name = "Interrupted";
  override readonly message = "The cell was stopped";
  override readonly stack = "Interrupted: The cell was stopped";
}

/** Replaces what Deno gives to cells, and gives those who listen for SIGINT. */
export function replaceGlobals(
  outputs: OrderedOutputs,
  report: (thrown: unknown) => void,
): ReadonlySet<() => void> {
  try {
    replacePrinting(outputs);
    replaceDisplays(outputs);
    catchLateErrors(report);
    return collectSignalListeners();
  } catch (error) {
    // Its internals may be others in a later version.
    throw new Error(`Deno ${Deno.version.deno} lacks what a session needs: ${(error as Error).message}`);
  }
}

function replace<T extends object, K extends keyof T>(
  owner: T,
  name: K,
  make: (original: T[K]) => T[K],
): void {
  const value = make(owner[name]);
  Object.defineProperty(owner, name, { value, configurable: true, enumerable: true, writable: true });
}

/** Of Deno's internals: what `console` is made of. */
interface Internals {
  readonly Console: new (print: (text: string, level: number) => void) => { [method: string]: unknown };
}

function replacePrinting(outputs: OrderedOutputs): void {
  const { internal } = Deno as unknown as { readonly internal: symbol };
  const { Console } = (Deno as unknown as { readonly [internal: symbol]: Internals })[internal]!;
  const print = (text: string, level: number) => outputs.write(level > 1 ? "stderr" : "stdout", text);
  for (const [name, method] of Object.entries(new Console(print))) {
    if (typeof method === "function") Object.assign(console, { [name]: method });
  }
  for (const name of ["stdout", "stderr"] as const) {
    const decoder = new TextDecoder();
    const print = (bytes: Uint8Array) => {
      outputs.write(name, decoder.decode(bytes, { stream: true }));
      return bytes.length;
    };
    replace(Deno[name], "writeSync", () => print);
    replace(Deno[name], "write", () => (bytes) => Promise.resolve(print(bytes)));
    const writable = new WritableStream<Uint8Array<ArrayBuffer>>({ write: (bytes) => void print(bytes) });
    replace(Deno[name], "writable", () => writable);
  }
}

function replaceDisplays(outputs: OrderedOutputs): void {
  const { format } = Deno.jupyter;
  replace(Deno.jupyter, "broadcast", () => (type, content, extras) => {
    outputs.post(type, content, extras);
    return Promise.resolve();
  });
  replace(Deno.jupyter, "display", () => async (value, options = {}) => {
    const { raw, update, display_id } = options as { raw?: boolean; update?: boolean; display_id?: string };
    const data = raw && typeof value === "object" && value !== null ? value : await format(value);
    const transient = display_id === undefined ? {} : { display_id };
    outputs.post(update ? "update_display_data" : "display_data", { data, metadata: {}, transient });
  });
  replace(globalThis, "prompt", (original) => (...question) => {
    outputs.flush();
    const answer = original(...question);
    if (answer === stoppedAnswer) throw new Interrupted();
    return answer;
  });
  replace(globalThis, "confirm", () => (question) => /^y$/i.test(prompt(`${question} [y/N] `) ?? ""));
}

function catchLateErrors(report: (thrown: unknown) => void): void {
  globalThis.addEventListener("unhandledrejection", (event) => {
    event.preventDefault();
    if (!(event.reason instanceof Interrupted)) report(event.reason);
  });
  globalThis.addEventListener("error", (event) => {
    event.preventDefault();
    report(event.error ?? event.message);
  });
}

/** A stop calls these: no signal is sent to the process, which one of the terminal must not end either. */
function collectSignalListeners(): ReadonlySet<() => void> {
  const listeners = new Set<() => void>();
  Deno.addSignalListener("SIGINT", () => {});
  // What listens by `process.on` is a program that means to end, which a session does not.
  replace(process as { on: (...given: unknown[]) => unknown }, "on", (original) => (...given) => {
    return given[0] === "SIGINT" ? process : original.apply(process, given);
  });
  replace(Deno, "addSignalListener", (original) => (signal, listener) => {
    if (signal === "SIGINT") listeners.add(listener);
    else original(signal, listener);
  });
  replace(Deno, "removeSignalListener", (original) => (signal, listener) => {
    if (!listeners.delete(listener)) original(signal, listener);
  });
  return listeners;
}
