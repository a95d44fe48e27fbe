/** Calls back at each press of a stop button, until what it returns is called. */
export type StopButton = (stop: () => void) => () => void;

// A process has one such button, or none; only who knows where it runs can say.
const known: { button?: StopButton } = {};

/** Says where the stop button of this process is, for {@linkcode onStop}. */
export function installStopButton(button: StopButton): void {
  known.button = button;
}

/** Calls back when the stop button is pressed, until what it returns is called; never, where there is no such button. */
export function onStop(stop: (reason: DOMException) => void): () => void {
  return known.button?.(() => stop(new DOMException("The run was stopped", "AbortError"))) ?? (() => {});
}

/** Runs with a signal that the stop button aborts, or another one that is given. */
export async function untilStopped<T>(
  signal: AbortSignal | undefined,
  run: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  const forget = onStop((reason) => controller.abort(reason));
  try {
    return await run(AbortSignal.any([controller.signal, ...(signal === undefined ? [] : [signal])]));
  } finally {
    forget();
  }
}
