// Runs inside Deno's kernel, with inside.ts.

import { Buffer } from "node:buffer";

type Fields = { [name: string]: unknown };

/** The types of messages by which the inside of a session answers, and sends what is too long to go at once. */
export const [answerType, partType] = ["understudy_answer", "understudy_part"];

/** The field of an output's metadata that says whose it is: the number of its cell. */
export const cellField = "understudy_cell";

type Extras = NonNullable<Parameters<typeof Deno.jupyter.broadcast>[2]>;

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

  post(type: string, content: Fields, extras: Extras = {}): void {
    this.flush();
    this.#send(type, content, {
      ...extras,
      metadata: { ...extras.metadata, [cellField]: this.cellNumber() },
    });
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
    this.#send("stream", { name, text }, { metadata: { [cellField]: cell } });
  }

  // Sending is typed as a promise; it queues at once.
  #send(type: string, content: Fields, extras: Extras): void {
    const { buffers = [] } = extras;
    const length = buffers.reduce((sum, { length }) => sum + length, JSON.stringify(content).length);
    if (length <= mostPartLength) return void this.#broadcast(type, content, extras);
    const encoded = buffers.map((buffer) => Buffer.from(buffer).toString("base64"));
    const whole = JSON.stringify({ type, content, ...extras, buffers: encoded });
    for (let [at, end] = [0, 0]; at < whole.length; at = end) {
      // The two halves of a character stay together.
      const isHalved = /[\ud800-\udbff]/.test(whole[at + mostPartLength - 1] ?? "");
      end = at + mostPartLength - (isHalved ? 1 : 0);
      void this.#broadcast(partType, { text: whole.slice(at, end), isLast: end >= whole.length });
    }
  }
}
