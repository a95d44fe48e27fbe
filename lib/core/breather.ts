/**
 * Keeps the event loop alive through long work: what it returns is called often, and every few milliseconds gives a
 * promise to be awaited, within which timers, sockets and stop signals are served; else nothing.
 */
export function breather(everyMs: number = 10): () => Promise<void> | undefined {
  let last = performance.now();
  return () => {
    if (performance.now() - last < everyMs) return undefined;
    return new Promise((resolve) =>
      setTimeout(() => {
        last = performance.now();
        resolve();
      }, 0)
    );
  };
}
