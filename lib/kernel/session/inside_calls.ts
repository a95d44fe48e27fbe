import type { Fields } from "../wire/messages.ts";
import { InnerKernel, within } from "./inner_kernel.ts";
import type { Fault } from "./inside.ts";
import { cellField, type OutputPart, privateType } from "./ordered_outputs.ts";
import { Buffer } from "node:buffer";

/** How long Deno may take to start. */
const startTimeoutMs = 60_000;

/** What a session shows while it lives, as Jupyter's iopub carries it: whole and in order. */
export interface SessionOutput {
  /** `stream`, `display_data`, `update_display_data`, `execute_result`, `clear_output` or what code broadcast. */
  readonly type: string;
  readonly content: Fields;
  readonly metadata: Fields;
  readonly buffers: readonly Uint8Array[];
  /** The number of the cell that made it: a late print is its own cell's. */
  readonly cell: number;
}

/** What {@linkcode InsideCalls} hears; a cell's number is negative where nobody knows whose it is. */
export interface InsideListener {
  readonly onOutput: (output: SessionOutput) => void;
  /** Something was thrown where nobody waits for it. */
  readonly onLate: (fault: Fault, cell: number) => void;
  /** A `prompt` waits for an answer. */
  readonly onQuestion: (content: Fields) => void;
}

/** Calls of inside.ts in Deno's kernel, which answers as it shows outputs: after all that was shown before. */
export class InsideCalls {
  /** Deno's kernel. */
  inner!: InnerKernel;
  readonly #answers = new Map<number, Pick<PromiseWithResolvers<unknown>, "resolve" | "reject">>();
  #calls = 0;
  #parts: string[] = [];

  private constructor(readonly listener: InsideListener) {}

  /** Starts Deno's kernel in one folder, for cells that run in another, and resolves once it can be called. */
  static async open(folders: CellFolders, listener: InsideListener): Promise<InsideCalls> {
    const calls = new InsideCalls(listener);
    calls.inner = await InnerKernel.start(folders.start, {
      onPublished: ({ header, ...message }) => calls.#hear({ ...message, type: header.msg_type }),
      onQuestion: listener.onQuestion,
    });
    void calls.inner.ended.then((how) => {
      const lost = new Error(`${how}; everything the session held is lost`);
      for (const { reject } of calls.#answers.values()) reject(lost);
    });
    const late = setTimeout(() => void calls.inner.close(), startTimeoutMs);
    try {
      await calls.#begin(folders.cells);
    } catch (error) {
      await calls.inner.close();
      throw new Error(`Cannot start a session with Deno: ${(error as Error).message}`, { cause: error });
    } finally {
      clearTimeout(late);
    }
    return calls;
  }

  /** Calls a method of inside.ts; `before` is code that is evaluated first. */
  call(method: CalledMethod, values: readonly unknown[], before = ""): Call {
    const call = ++this.#calls;
    const { promise: answer, resolve, reject } = Promise.withResolvers<unknown>();
    // It may fail before anybody awaits it; whoever does still sees the failure.
    answer.catch(() => {});
    this.#answers.set(call, { resolve, reject });
    const code = `${before}__understudy.${method}(${JSON.stringify([call, ...values]).slice(1, -1)})`;
    const checked = this.inner.run(code).then((reply) => this.#check(call, method, reply));
    checked.catch(reject);
    return { call, answer };
  }

  /** Makes Deno drive its event loop; resolves when that is free. */
  async nudge(): Promise<true> {
    await this.inner.run("0");
    return true;
  }

  async #begin(folder: string): Promise<void> {
    const url = new URL("./inside.ts", import.meta.url).href;
    // The function stands here and not in inside.ts: where a module is found depends on where the importing code stands.
    const importer = "(specifier, options) => import(specifier, options)";
    const options = `{ folder: ${JSON.stringify(folder)}, parent: ${Deno.pid}, importer: ${importer} }`;
    const begun = await this.inner.run(`(await import(${JSON.stringify(url)})).openInside(${options})`);
    // A subscription takes effect some time after it is made: hellos are sent until one comes back.
    for (let tries = 0; tries < 100; tries++) {
      const hello = await within(50, this.call("hello", []).answer) as Hello | undefined;
      if (hello === undefined) await this.nudge();
      else if (hello.missing.length === 0) return;
      else throw new Error(`Deno ${Deno.version.deno} lacks what it needs: ${hello.missing.join("; ")}`);
    }
    throw new Error(String(begun.evalue ?? "it does not answer"));
  }

  // The reply of Deno's kernel may be an error where the cell has begun all the same: its value was collected as garbage.
  async #check(call: number, method: CalledMethod, { status, evalue }: Fields): Promise<void> {
    if (status === "ok" || method !== "start") return;
    const { heard } = await this.call("hello", [call]).answer as Hello;
    if (!heard) this.#answers.get(call)?.reject(new Error(`Deno could not begin the cell: ${evalue}`));
  }

  #hear({ type, content, metadata, buffers }: Published): void {
    if (["status", "execute_input", "error"].includes(type)) return;
    const said = (content.data as Fields | undefined)?.[privateType] as Said | undefined;
    const { [cellField]: mark, ...rest } = metadata;
    const cell = Number(mark ?? -1);
    if (said === undefined) this.listener.onOutput({ type, content, metadata: rest, buffers, cell });
    else if (said.part !== undefined) this.#join(said.part);
    else if (said.late !== undefined) this.listener.onLate(said.late, cell);
    else {
      this.#answers.get(said.answer)?.resolve(said.value);
      this.#answers.delete(said.answer);
    }
  }

  #join({ place, text, isLast }: OutputPart): void {
    if (place === 0) this.#parts = [];
    this.#parts.push(text);
    if (!isLast) return;
    const whole = JSON.parse(this.#parts.join("")) as Omit<Published, "buffers"> & { buffers: string[] };
    this.#parts = [];
    this.#hear({
      ...whole,
      buffers: whole.buffers.map((text) => new Uint8Array(Buffer.from(text, "base64"))),
    });
  }
}

type CellFolders = { readonly start: string; readonly cells: string };
type Published = Omit<SessionOutput, "cell">;
type Call = { readonly call: number; readonly answer: Promise<unknown> };
type CalledMethod = "hello" | "start" | "stop" | "revoke";
type Hello = { missing: readonly string[]; heard: boolean };
type Said = { answer: number; value: unknown; late?: Fault; part?: OutputPart };
