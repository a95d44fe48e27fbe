/** Calls back at each press of a stop button, until what it returns is called. */
export type StopButton = (stop: (reason: DOMException) => void) => () => void;

// A process has one such button, or none; only who knows where it runs can say.
const known: { button?: StopButton } = {};

/** Says where the stop button of this process is, for {@linkcode onStop}. */
export function installStopButton(button: StopButton): void {
  known.button = button;
}

/** Listens to the stop button of this process; never calls back where there is none. */
export function onStop(stop: (reason: DOMException) => void): () => void {
  return known.button?.(stop) ?? (() => {});
}

/** Runs with a signal that the stop button aborts, or another signal that is given. */
export async function untilStopped<T>(
  run: (signal: AbortSignal) => Promise<T>,
  { signal, listen = onStop }: { signal?: AbortSignal | undefined; listen?: StopButton } = {},
): Promise<T> {
  const controller = new AbortController();
  const forget = listen((reason) => controller.abort(reason));
  try {
    return await run(AbortSignal.any([controller.signal, ...(signal === undefined ? [] : [signal])]));
  } finally {
    forget();
  }
}
