// Runs inside Deno's kernel, with inside.ts: what Deno gives to cells, made to keep the order of outputs and to hear of a stop.

import type { OrderedOutputs, OutputExtras } from "./ordered_outputs.ts";
import process from "node:process";

/** The answer to a `prompt` whose cell is stopped. */
export const stoppedAnswer = "\u0000stopped";

/** What a cell throws that was stopped. */
export class Interrupted extends Error {
  override readonly name = "Interrupted";
  override readonly stack = "Interrupted: The cell was stopped";
}

/** Replaces what Deno gives to cells; tells what could not be replaced, and who listens for SIGINT. */
export function replaceGlobals(
  outputs: OrderedOutputs,
  report: (thrown: unknown) => void,
): { missing: readonly string[]; signalListeners: ReadonlySet<() => void> } {
  const patches = new Patches();
  replacePrinting(patches, outputs);
  replaceDisplays(patches, outputs);
  catchLateErrors(patches, report);
  return { missing: patches.missing, signalListeners: collectSignalListeners(patches) };
}

class Patches {
  readonly missing: string[] = [];

  replace<T extends object, K extends keyof T & string>(
    owner: T,
    name: K,
    make: (original: T[K]) => T[K],
  ): void {
    try {
      const value = make(owner[name]);
      Object.defineProperty(owner, name, { value, configurable: true, enumerable: true, writable: true });
    } catch {
      this.missing.push(name);
    }
  }
}

interface Internals {
  readonly Console: new (print: (text: string, level: number) => void) => { [method: string]: unknown };
  readonly jupyter: { formatInner(value: unknown, raw?: boolean): Promise<{ [type: string]: unknown }> };
}

function internals(): Internals {
  const { internal } = Deno as unknown as { internal: symbol };
  return (Deno as unknown as { [name: symbol]: Internals })[internal]!;
}

function replacePrinting(patches: Patches, outputs: OrderedOutputs): void {
  const ours = new (internals().Console)((text, level) =>
    outputs.write(level > 1 ? "stderr" : "stdout", text)
  );
  for (const [name, method] of Object.entries(ours)) {
    if (typeof method === "function") {
      patches.replace(console as unknown as { [method: string]: unknown }, name, () => method);
    }
  }
  for (const name of ["stdout", "stderr"] as const) {
    const decoder = new TextDecoder();
    const print = (bytes: Uint8Array) => {
      outputs.write(name, decoder.decode(bytes, { stream: true }));
      return bytes.length;
    };
    patches.replace(Deno[name], "writeSync", () => print);
    patches.replace(Deno[name], "write", () => (bytes) => Promise.resolve(print(bytes)));
    patches.replace(
      Deno[name],
      "writable",
      () => new WritableStream({ write: (bytes) => void print(bytes) }),
    );
    patches.replace(process[name], "write", () => (chunk: string | Uint8Array, ...rest: unknown[]) => {
      if (typeof chunk === "string") outputs.write(name, chunk);
      else print(chunk);
      const callback = rest.find((value) => typeof value === "function");
      if (callback !== undefined) queueMicrotask(() => callback());
      return true;
    });
  }
}

function replaceDisplays(patches: Patches, outputs: OrderedOutputs): void {
  const { formatInner } = internals().jupyter;
  patches.replace(Deno.jupyter, "broadcast", () => (type, content, extras) => {
    outputs.post(type, content, extras as OutputExtras);
    return Promise.resolve();
  });
  patches.replace(Deno.jupyter, "display", () => async (value, options = {}) => {
    const { raw, update, display_id } = options as { raw?: boolean; update?: boolean; display_id?: string };
    const data = await formatInner(value, raw);
    const transient = display_id === undefined ? {} : { display_id };
    outputs.post(update ? "update_display_data" : "display_data", { data, metadata: {}, transient });
  });
  patches.replace(globalThis, "prompt", (original) => (...question) => {
    outputs.flush();
    const answer = original(...question);
    if (answer === stoppedAnswer) throw new Interrupted("The cell was stopped");
    return answer;
  });
  patches.replace(globalThis, "confirm", () => (question) => /^y$/i.test(prompt(`${question} [y/N] `) ?? ""));
}

function catchLateErrors(patches: Patches, report: (thrown: unknown) => void): void {
  for (const name of ["setTimeout", "setInterval", "setImmediate"] as const) {
    patches.replace(globalThis as unknown as { [timer: string]: Timer }, name, (original) => {
      const guard = (callback: unknown) => (...values: unknown[]) => {
        try {
          (callback as (...values: unknown[]) => void)(...values);
        } catch (thrown) {
          // Deno tells nobody.
          report(thrown);
        }
      };
      const timer: Timer = (callback, ...rest) =>
        original(typeof callback === "function" ? guard(callback) : callback, ...rest);
      return Object.defineProperties(timer, Object.getOwnPropertyDescriptors(original));
    });
  }
  globalThis.addEventListener("unhandledrejection", (event) => {
    event.preventDefault();
    if (!(event.reason instanceof Interrupted)) report(event.reason);
  });
  globalThis.addEventListener("error", (event) => {
    event.preventDefault();
    report(event.error);
  });
}

type Timer = (callback: unknown, ...rest: unknown[]) => unknown;

/** A stop calls these: no signal is sent to the process, which one of the terminal must not end either. */
function collectSignalListeners(patches: Patches): ReadonlySet<() => void> {
  const listeners = new Set<() => void>();
  Deno.addSignalListener("SIGINT", () => {});
  // What listens by `process.on` is a program that means to end, which a session does not.
  let isProgram = false;
  patches.replace(
    process as { on(name: string, listener: () => void): unknown },
    "on",
    (original) => (...given) => {
      isProgram = true;
      try {
        return original.apply(process, given);
      } finally {
        isProgram = false;
      }
    },
  );
  patches.replace(Deno, "addSignalListener", (original) => (signal, listener) => {
    if (signal !== "SIGINT") original(signal, listener);
    else if (!isProgram) listeners.add(listener);
  });
  patches.replace(Deno, "removeSignalListener", (original) => (signal, listener) => {
    if (signal !== "SIGINT") original(signal, listener);
    listeners.delete(listener);
  });
  return listeners;
}
