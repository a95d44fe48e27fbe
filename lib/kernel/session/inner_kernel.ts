import { MessageSocket } from "../wire/message_socket.ts";
import { type Fields, makeMessage, packMessage, unpackMessage } from "../wire/messages.ts";
import { answerType, cellField, partType } from "./ordered_outputs.ts";
import { Buffer } from "node:buffer";
import { randomUUID } from "node:crypto";
import { stripVTControlCharacters } from "node:util";

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

/** Options of {@linkcode InnerKernel.start}. */
export interface InnerKernelOptions {
  /** Where Deno starts, and looks for its configuration. */
  readonly folder: string;
  /** Where cells run. */
  readonly cellFolder: string;
  /** The permissions that cells do not have. */
  readonly revoked: readonly string[];
  /** Called with each output; a cell's number is negative where nobody knows whose it is. */
  readonly onOutput: (output: SessionOutput) => void;
  /** Called where a `prompt` waits for an answer. */
  readonly onQuestion: (content: Fields) => void;
}

/** Deno's own kernel as a process. Its silent cells are calls of inside.ts, which answers after all that it has shown. */
export class InnerKernel {
  readonly #session = randomUUID();
  readonly #sockets: { [channel in Channel]?: MessageSocket } = {};
  /** What waits for the reply to a request, by its name, or for the answer to a call, by its number. */
  readonly #waiting = new Map<unknown, PromiseWithResolvers<unknown>>();
  #calls = 0;
  #parts: string[] = [];
  #end: Error | undefined;
  /** Resolves when the process has ended, with a sentence on how. */
  readonly ended: Promise<string>;

  private constructor(
    readonly process: Deno.ChildProcess,
    readonly connection: Connection,
    readonly options: InnerKernelOptions,
  ) {
    const complaint = tailOf(process.stderr, 2000);
    this.ended = process.status.then(async ({ code, signal }) => {
      // A child of it may hold the other end of the pipe open.
      const said = stripVTControlCharacters(await within(500, complaint) ?? "").split("\n")
        .filter((line) => /\b(error|fatal|panic)/i.test(line)).join("\n");
      this.#end = new Error(`Deno ended with ${signal ?? `code ${code}`}${said === "" ? "" : `: ${said}`}`);
      for (const socket of Object.values(this.#sockets)) socket.close();
      for (const { reject } of this.#waiting.values()) reject(this.#end);
      return this.#end.message;
    });
  }

  /** Starts `deno jupyter --kernel`; resolves once it can be called. */
  static async start(options: InnerKernelOptions): Promise<InnerKernel> {
    const connection = reserveConnection();
    // A file that only its owner may read: it holds the key.
    const file = await Deno.makeTempFile({ prefix: "understudy-kernel-", suffix: ".json" });
    await Deno.writeTextFile(file, JSON.stringify(connection));
    const args = ["jupyter", "--kernel", "--conn", file];
    const pipes = { stdin: "null", stdout: "null", stderr: "piped" } as const;
    const settings = { args, cwd: options.folder, env: { NO_COLOR: "1" }, ...pipes };
    const inner = new InnerKernel(new Deno.Command(Deno.execPath(), settings).spawn(), connection, options);
    try {
      const failed = inner.ended.then((how) => Promise.reject(new Error(how)));
      await Promise.race([inner.#begin(), failed]);
      return inner;
    } catch (error) {
      await inner.close();
      throw new Error(`Cannot start a session with Deno: ${(error as Error).message}`, { cause: error });
    } finally {
      await Deno.remove(file);
    }
  }

  /** Calls a method of inside.ts; `before` is code that is evaluated first. */
  call(method: CalledMethod, values: readonly unknown[], before = ""): Call {
    const call = ++this.#calls;
    const answer = this.#wait(call);
    const code = `${before}__understudy.${method}(${JSON.stringify([call, ...values]).slice(1, -1)})`;
    void this.#run(code).then((failure) => {
      if (method !== "start" || failure === undefined) return;
      const message = `Deno could not begin the cell: ${failure}`;
      this.#settle(call, { fault: { name: "Error", message, stack: `Error: ${message}` }, data: null });
    }, () => {});
    return { call, answer };
  }

  /** Ends the evaluation that blocks the event loop; what awaits is left alone. */
  async interrupt(): Promise<void> {
    await this.#request("control", "interrupt_request", {});
  }

  /** Answers the question that waits. */
  answer(value: string): void {
    this.#send("stdin", "input_reply", { value, status: "ok" });
  }

  /** Ends the process, whatever it is doing. */
  async close(): Promise<void> {
    try {
      this.process.kill("SIGKILL");
    } catch { /* it has ended already */ }
    await this.ended;
  }

  async #begin(): Promise<void> {
    for (const channel of ["iopub", "shell", "control", "stdin"] as const) await this.#connect(channel);
    const url = new URL("./inside.ts", import.meta.url).href;
    // The function stands here and not in inside.ts: where a module is found depends on where the importing code stands.
    const importer = "(specifier, options) => import(specifier, options)";
    const { cellFolder, revoked } = this.options;
    const options = `{ folder: ${JSON.stringify(cellFolder)}, parent: ${Deno.pid}, importer: ${importer} }`;
    const failure = await this.#run(`(await import(${JSON.stringify(url)})).openInside(${options})`);
    if (failure !== undefined) throw new Error(failure);
    // A subscription takes effect some time after it is made: it is called until an answer comes.
    for (let tries = 0; tries < 200; tries++) {
      if (await within(50, this.call("revoke", [revoked]).answer) === true) return;
    }
    throw new Error("it does not answer");
  }

  async #connect(channel: Channel): Promise<void> {
    const address = { hostname: this.connection.ip, port: this.connection[`${channel}_port`] };
    const kind = channel === "iopub" ? "SUB" : "DEALER";
    let socket: MessageSocket | undefined;
    while (socket === undefined) {
      try {
        socket = await MessageSocket.connect(address, { kind, identity: Buffer.from(this.#session) });
      } catch (error) {
        if (this.#end !== undefined || !(error instanceof Deno.errors.ConnectionRefused)) throw error;
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    }
    this.#sockets[channel] = socket;
    void this.#pump(channel, socket);
  }

  async #pump(channel: Channel, socket: MessageSocket): Promise<void> {
    for (let frames; (frames = await socket.receive().catch(() => null)) !== null;) {
      const message = unpackMessage(frames, this.connection.key);
      const { header, parent_header, content } = message;
      if (channel === "iopub") this.#hear({ ...message, type: header.msg_type });
      else if (channel !== "stdin") this.#settle(parent_header.msg_id, content);
      else if (header.msg_type === "input_request") this.options.onQuestion(content);
    }
    // It cannot be spoken with any more: its end is what the session learns.
    await this.close();
  }

  #hear({ type, content, metadata, buffers }: Omit<SessionOutput, "cell">): void {
    if (type === answerType) this.#settle(content.call, content.value);
    else if (type === partType) this.#join(String(content.text), content.isLast === true);
    else if (!["status", "execute_input", "error"].includes(type)) {
      const { [cellField]: cell = -1, ...rest } = metadata;
      this.options.onOutput({ type, content, metadata: rest, buffers, cell: Number(cell) });
    }
  }

  #join(part: string, isLast: boolean): void {
    this.#parts.push(part);
    if (!isLast) return;
    const whole = JSON.parse(this.#parts.join(""));
    this.#parts = [];
    this.#hear({ ...whole, buffers: whole.buffers.map((text: string) => Buffer.from(text, "base64")) });
  }

  /** Runs a silent cell; resolves once it has run, not when its outputs are out, with the reason why it has failed. */
  async #run(code: string): Promise<string | undefined> {
    const usual = { store_history: false, user_expressions: {}, allow_stdin: true, stop_on_error: false };
    const request = { code, silent: true, ...usual };
    const { status, evalue } = await this.#request("shell", "execute_request", request);
    // What the garbage collector took away is the value, and not what was done.
    return status === "ok" || /collected/.test(String(evalue)) ? undefined : String(evalue);
  }

  async #request(channel: Channel, type: string, content: Fields): Promise<Fields> {
    return await this.#wait(this.#send(channel, type, content)) as Fields;
  }

  #send(channel: Channel, type: string, content: Fields): string {
    const message = makeMessage(type, { session: this.#session, content });
    this.#sockets[channel]?.send(packMessage(message, this.connection.key));
    return message.header.msg_id;
  }

  #wait(key: unknown): Promise<unknown> {
    const waiting = Promise.withResolvers<unknown>();
    // It may fail before anybody awaits it; whoever does still sees the failure.
    waiting.promise.catch(() => {});
    if (this.#end === undefined) this.#waiting.set(key, waiting);
    else waiting.reject(this.#end);
    return waiting.promise;
  }

  #settle(key: unknown, value: unknown): void {
    this.#waiting.get(key)?.resolve(value);
    this.#waiting.delete(key);
  }
}

/** What a promise gives within a time, and `undefined` where it takes longer or fails. */
export async function within<T>(milliseconds: number, promise: Promise<T>): Promise<T | undefined> {
  const { promise: late, resolve } = Promise.withResolvers<undefined>();
  const timer = setTimeout(() => resolve(undefined), milliseconds);
  return await Promise.race([promise.catch(() => undefined), late]).finally(() => clearTimeout(timer));
}

type Call = { readonly call: number; readonly answer: Promise<unknown> };
type CalledMethod = "start" | "stop" | "revoke";
type Channel = "iopub" | "shell" | "control" | "stdin";
type Connection = ReturnType<typeof reserveConnection>;

/** Loopback, free ports, and the key that signs messages. */
function reserveConnection() {
  const listeners = Array.from({ length: 5 }, () => Deno.listen({ hostname: "127.0.0.1", port: 0 }));
  const ports = listeners.map(({ addr }) => addr.port) as [number, number, number, number, number];
  const [shell_port, iopub_port, stdin_port, control_port, hb_port] = ports;
  listeners.forEach((listener) => listener.close());
  const address = { ip: "127.0.0.1", transport: "tcp", key: randomUUID(), signature_scheme: "hmac-sha256" };
  return { ...address, shell_port, iopub_port, stdin_port, control_port, hb_port };
}

async function tailOf(stream: ReadableStream<Uint8Array>, length: number): Promise<string> {
  let tail = "";
  const decoder = new TextDecoder();
  for await (const chunk of stream) tail = (tail + decoder.decode(chunk, { stream: true })).slice(-length);
  return tail;
}
