const waiting = new WeakMap<AbortSignal, Set<() => void>>();

/**
 * Calls back when a signal aborts (at once where it has), until what it returns is called. Who waits for the same signal
 * shares one listener, which goes with the last: to add and remove one for each call of a run takes longer than much else
 * of the call.
 */
export function onAbort(signal: AbortSignal, act: () => void): () => void {
  if (signal.aborted) {
    act();
    return () => {};
  }
  const acts = waiting.get(signal) ?? listen(signal);
  // The same function may wait twice.
  const own = () => act();
  acts.add(own);
  return () => {
    acts.delete(own);
    if (acts.size === 0) forget.get(acts)?.();
  };
}

const forget = new WeakMap<Set<() => void>, () => void>();

function listen(signal: AbortSignal): Set<() => void> {
  const acts = new Set<() => void>();
  const abort = (): void => {
    waiting.delete(signal);
    for (const act of acts) act();
  };
  signal.addEventListener("abort", abort, { once: true });
  waiting.set(signal, acts);
  forget.set(acts, () => {
    signal.removeEventListener("abort", abort);
    waiting.delete(signal);
  });
  return acts;
}
