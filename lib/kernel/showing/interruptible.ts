import { cannot } from "../../core/mod.ts";
import { untilStopped } from "../../core/stop_button.ts";

// Who hears the signal now.
const hearing = new Set<() => void>();

/** Hears the first press of a notebook's stop button, or Ctrl+C in a terminal, both of which send SIGINT. */
export function stopSignal(stop: (reason: DOMException) => void): () => void {
  const heard = () => {
    forget();
    stop(new DOMException("The run was stopped", "AbortError"));
  };
  const forget = () => {
    if (hearing.delete(heard)) Deno.removeSignalListener("SIGINT", heard);
  };
  hearing.add(heard);
  Deno.addSignalListener("SIGINT", heard);
  return forget;
}

/** Whether anything ends at the stop button. */
export function isStopHeard(): boolean {
  return hearing.size > 0;
}

/**
 * Makes a long run stop cleanly at the stop button of a notebook, or at Ctrl+C in a terminal.
 *
 * Both send SIGINT, which would end the kernel and all it holds. While the run lasts, the first SIGINT aborts its signal
 * instead, and the run ends as it chooses; from then on SIGINT does again what it does by default.
 *
 * @param run what to run; gets the signal to pass on, for example to `runExperiment`
 * @returns what `run` returns
 * @throws whatever `run` throws; passed on unchanged
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { interruptible } from "@understudy/understudy/kernel";
 *
 * assertEquals(await interruptible((signal) => Promise.resolve(signal.aborted)), false);
 * ```
 */
export async function interruptible<T>(run: (signal: AbortSignal) => Promise<T>): Promise<T> {
  if (typeof run !== "function") {
    throw new TypeError(cannot("run interruptibly", "run", "be a function of an AbortSignal", run));
  }
  return await untilStopped(run, { listen: stopSignal });
}
