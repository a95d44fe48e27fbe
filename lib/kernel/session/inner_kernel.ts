import { MessageSocket } from "../wire/message_socket.ts";
import {
  type Fields,
  type JupyterMessage,
  makeMessage,
  packMessage,
  unpackMessage,
} from "../wire/messages.ts";
import { Buffer } from "node:buffer";
import { randomUUID } from "node:crypto";
import { stripVTControlCharacters } from "node:util";

/** What {@linkcode InnerKernel} hears: what is published, and a `prompt` that waits for an answer. */
export interface InnerListener {
  readonly onPublished: (message: JupyterMessage) => void;
  readonly onQuestion: (content: Fields) => void;
}

/** Deno's own kernel as a process, and the connections to it. It is sent silent cells only. */
export class InnerKernel {
  readonly #session = randomUUID();
  readonly #sockets: { [channel in Channel]?: MessageSocket } = {};
  readonly #replies = new Map<string, PromiseWithResolvers<Fields>>();
  #end: Error | undefined;
  /** Resolves when the process has ended, with a sentence on how. */
  readonly ended: Promise<string>;

  private constructor(
    readonly process: Deno.ChildProcess,
    readonly connection: Connection,
    readonly listener: InnerListener,
  ) {
    const complaint = tailOf(process.stderr, 2000);
    this.ended = process.status.then(async ({ code, signal }) => {
      // A child of it may hold the other end of the pipe open.
      const said = stripVTControlCharacters(await within(500, complaint) ?? "").split("\n")
        .filter((line) => /\b(error|fatal|panic)/i.test(line)).join("\n");
      this.#end = new Error(`Deno ended with ${signal ?? `code ${code}`}${said === "" ? "" : `: ${said}`}`);
      for (const socket of Object.values(this.#sockets)) socket.close();
      for (const { reject } of this.#replies.values()) reject(this.#end);
      return this.#end.message;
    });
  }

  /** Starts `deno jupyter --kernel` in a folder and connects. */
  static async start(folder: string, listener: InnerListener): Promise<InnerKernel> {
    const connection = reserveConnection();
    // A file that only its owner may read: it holds the key.
    const file = await Deno.makeTempFile({ prefix: "understudy-kernel-", suffix: ".json" });
    try {
      await Deno.writeTextFile(file, JSON.stringify(connection));
      const pipes = { stdin: "null", stdout: "null", stderr: "piped" } as const;
      const args = ["jupyter", "--kernel", "--conn", file];
      const settings = { args, cwd: folder, env: { NO_COLOR: "1" }, ...pipes };
      const process = new Deno.Command(Deno.execPath(), settings).spawn();
      const inner = new InnerKernel(process, connection, listener);
      await Promise.race([inner.#connect(), inner.ended.then((how) => Promise.reject(new Error(how)))]);
      return inner;
    } finally {
      await Deno.remove(file);
    }
  }

  /** Runs a silent cell; the reply says whether it ran to its end, not when its outputs are out. */
  async run(code: string): Promise<Fields> {
    const usual = { store_history: false, user_expressions: {}, allow_stdin: true, stop_on_error: false };
    return await this.#request("shell", "execute_request", { code, silent: true, ...usual });
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

  async #connect(): Promise<void> {
    const identity = Buffer.from(this.#session);
    const { onPublished, onQuestion } = this.listener;
    const settle = ({ parent_header, content }: JupyterMessage) => {
      this.#replies.get(parent_header.msg_id ?? "")?.resolve(content);
      this.#replies.delete(parent_header.msg_id ?? "");
    };
    const ask = ({ header, content }: JupyterMessage) =>
      void (header.msg_type === "input_request" && onQuestion(content));
    const take = { iopub: onPublished, shell: settle, control: settle, stdin: ask };
    for (const channel of ["iopub", "shell", "control", "stdin"] as const) {
      const socket = await this.#open(channel, identity);
      this.#sockets[channel] = socket;
      void this.#pump(socket, take[channel]);
    }
  }

  async #open(channel: Channel, identity: Uint8Array): Promise<MessageSocket> {
    const address = { hostname: this.connection.ip, port: this.connection[`${channel}_port`] };
    const kind = channel === "iopub" ? "SUB" : "DEALER";
    while (true) {
      try {
        return await MessageSocket.connect(address, { kind, identity });
      } catch (error) {
        if (this.#end !== undefined || !(error instanceof Deno.errors.ConnectionRefused)) throw error;
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    }
  }

  async #pump(socket: MessageSocket, take: (message: JupyterMessage) => void): Promise<void> {
    while (true) {
      const frames = await socket.receive().catch(() => null);
      if (frames === null) break;
      take(unpackMessage(frames, this.connection.key));
    }
    // It cannot be spoken with any more: its end is what the session learns.
    await this.close();
  }

  async #request(channel: Channel, type: string, content: Fields): Promise<Fields> {
    if (this.#end !== undefined) throw this.#end;
    const reply = Promise.withResolvers<Fields>();
    this.#replies.set(this.#send(channel, type, content), reply);
    return await reply.promise;
  }

  #send(channel: Channel, type: string, content: Fields): string {
    const message = makeMessage(type, { session: this.#session, content });
    this.#sockets[channel]?.send(packMessage(message, this.connection.key));
    return message.header.msg_id;
  }
}

/** What a promise gives within a time, and `undefined` where it takes longer or fails. */
export async function within<T>(milliseconds: number, promise: Promise<T>): Promise<T | undefined> {
  const { promise: late, resolve } = Promise.withResolvers<undefined>();
  const timer = setTimeout(() => resolve(undefined), milliseconds);
  return await Promise.race([promise.catch(() => undefined), late]).finally(() => clearTimeout(timer));
}

type Channel = "iopub" | "shell" | "control" | "stdin";
type Connection = ReturnType<typeof reserveConnection>;

/** Loopback, free ports, and the key that signs messages. */
function reserveConnection() {
  const listeners = Array.from({ length: 5 }, () => Deno.listen({ hostname: "127.0.0.1", port: 0 }));
  const [shell_port, iopub_port, stdin_port, control_port, hb_port] = listeners.map(({ addr }) =>
    addr.port
  ) as [number, number, number, number, number];
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
