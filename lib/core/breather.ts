import { setImmediate } from "node:timers";

/**
 * Keeps the event loop alive through long work: what it returns is called often, and every few milliseconds gives a
 * promise to be awaited, within which timers, sockets and stop signals are served; else nothing.
 */
export function breather(everyMs: number = 10): () => Promise<void> | undefined {
  let last = performance.now();
  // Whoever works at the same time waits too: the loop turns only when nobody goes on.
  let breath: Promise<void> | undefined;
  return () => {
    if (breath !== undefined || performance.now() - last < everyMs) return breath;
    return breath = new Promise((resolve) =>
      void setImmediate(() => {
        last = performance.now();
        breath = undefined;
        resolve();
      })
    );
  };
}
