// Runs inside Deno's kernel, with inside.ts.

import { Buffer } from "node:buffer";

type Fields = { readonly [name: string]: unknown };

/** The type of content by which the inside of a session speaks with the outside. */
export const privateType = "application/x-understudy+json";

/** The field of an output's metadata that says whose it is: the number of its cell. */
export const cellField = "understudy_cell";

/** What an output carries beside its content. */
export interface OutputExtras {
  readonly metadata?: Fields;
  readonly buffers?: readonly Uint8Array[];
}

/** A piece of an output that is too long to go at once. */
export interface OutputPart {
  readonly place: number;
  readonly text: string;
  readonly isLast: boolean;
}

// Deno's publisher tears messages of many MB apart when another one is on its way.
const mostPartLength = 2 ** 18;
const mostBuffered = 2 ** 16;
const flushAfterMs = 50;

/** Passes on the outputs of cells in order: all go through the one queue of Deno that keeps it. */
export class OrderedOutputs {
  readonly #broadcast = Deno.jupyter.broadcast;
  readonly #setTimeout = globalThis.setTimeout;
  #stream = { name: "", cell: -1, text: "" };
  #flushed = -Infinity;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(readonly cellNumber: () => number) {}

  /** Says something to the outside of the session. */
  say(content: Fields): void {
    this.post("display_data", { data: { [privateType]: content }, metadata: {}, transient: {} });
  }

  post(type: string, content: Fields, { metadata = {}, buffers = [] }: OutputExtras = {}): void {
    this.flush();
    this.#send(type, content, { metadata: { ...metadata, [cellField]: this.cellNumber() }, buffers });
  }

  /** Prints: at first and after a pause at once, since a cell may block what flushes; else what comes is gathered. */
  write(name: string, text: string): void {
    const cell = this.cellNumber();
    const isOther = name !== this.#stream.name || cell !== this.#stream.cell;
    if (isOther) this.flush();
    this.#stream = { name, cell, text: this.#stream.text + text };
    const isDue = isOther || performance.now() - this.#flushed > flushAfterMs;
    if (isDue || this.#stream.text.length > mostBuffered) return this.flush();
    this.#timer ??= this.#setTimeout(() => this.flush(), flushAfterMs);
    Deno.unrefTimer(Number(this.#timer));
  }

  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const { name, cell, text } = this.#stream;
    if (text === "") return;
    this.#stream.text = "";
    this.#flushed = performance.now();
    this.#send("stream", { name, text }, { metadata: { [cellField]: cell }, buffers: [] });
  }

  #send(type: string, content: Fields, { metadata, buffers }: Required<OutputExtras>): void {
    const text = JSON.stringify(content);
    const length = buffers.reduce((total, buffer) => total + buffer.byteLength, text.length);
    if (length <= mostPartLength) return this.#queue(type, content, { metadata, buffers });
    const encoded = buffers.map((buffer) => Buffer.from(buffer).toString("base64"));
    const whole = JSON.stringify({ type, content, metadata, buffers: encoded });
    for (let [place, at] = [0, 0]; at < whole.length; place++) {
      // The two halves of a character stay together.
      const isHalved = /[\ud800-\udbff]/.test(whole[at + mostPartLength - 1] ?? "");
      const end = at + mostPartLength - (isHalved ? 1 : 0);
      const part: OutputPart = { place, text: whole.slice(at, end), isLast: end >= whole.length };
      this.#queue("display_data", { data: { [privateType]: { part } }, metadata: {}, transient: {} });
      at = end;
    }
  }

  #queue(type: string, content: Fields, extras: OutputExtras = {}): void {
    // Typed as a promise; it queues at once.
    void this.#broadcast(type, content, extras as Parameters<typeof Deno.jupyter.broadcast>[2]);
  }
}
