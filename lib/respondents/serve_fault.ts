import type { Json } from "../core/mod.ts";
import type { Answer } from "./served_reply.ts";

/** What goes wrong with one answer of a served respondent. What is left out stays as it would be. */
export interface ServeFault {
  /** The HTTP status. */
  readonly status?: number;
  /** Headers, instead of or beside the usual ones. */
  readonly headers?: { readonly [name: string]: string };
  /** The body: a text as it is, anything else as JSON. */
  readonly body?: Json;
  /** Cuts the body after this many characters. */
  readonly truncate?: number;
  /** Never ends the answer: `before` sends nothing, `body` sends the headers and half of the body. */
  readonly hang?: "before" | "body";
}

/** Changes an answer as a fault says. */
export function faultyAnswer(answer: Answer, fault: ServeFault): Answer {
  const text = fault.body === undefined
    ? answer.text
    : typeof fault.body === "string"
    ? fault.body
    : JSON.stringify(fault.body);
  return {
    status: fault.status ?? answer.status,
    headers: { ...answer.headers, ...fault.headers },
    text: fault.truncate === undefined ? text : text.slice(0, fault.truncate),
  };
}

/** A body that stops half-way and stays open until the client leaves or the signal ends it. */
export function stalledBody(text: string, signal: AbortSignal): ReadableStream<Uint8Array<ArrayBuffer>> {
  let end = () => {};
  return new ReadableStream({
    start(controller) {
      controller.enqueue(new TextEncoder().encode(text.slice(0, Math.ceil(text.length / 2))));
      end = () => controller.close();
      signal.addEventListener("abort", end, { once: true });
    },
    cancel() {
      signal.removeEventListener("abort", end);
    },
  });
}

/** Waits for a time, or for the signal, whichever comes first. */
export function pauseUnlessAborted(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = milliseconds === Infinity ? undefined : setTimeout(end, milliseconds);
    function end(): void {
      clearTimeout(timer);
      signal.removeEventListener("abort", end);
      resolve();
    }
    signal.addEventListener("abort", end, { once: true });
    if (signal.aborted) end();
  });
}
