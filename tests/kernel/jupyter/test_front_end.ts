import type { JupyterConnection } from "../../../lib/kernel/jupyter/front_end.ts";
import { MessageSocket } from "../../../lib/kernel/wire/message_socket.ts";
import { type Fields, type JupyterMessage, makeMessage } from "../../../lib/kernel/wire/messages.ts";
import { packMessage, unpackMessage } from "../../../lib/kernel/wire/messages.ts";
import { randomUUID } from "node:crypto";
import { fileURLToPath } from "node:url";

const cli = fileURLToPath(new URL("../../../cli.ts", import.meta.url));

/** What a front end saw of one request: the messages that belong to it, and the reply. */
export interface Seen {
  readonly reply: Fields;
  /** Types of the messages, a status with its state: `status busy`. */
  readonly types: readonly string[];
  readonly messages: readonly JupyterMessage[];
  /** The texts of a stream, joined. */
  text(name: "stdout" | "stderr"): string;
}

/** A connection file's fields, with free ports of this machine. */
function freeConnection(): JupyterConnection & { transport: string } {
  const listeners = Array.from({ length: 5 }, () => Deno.listen({ hostname: "127.0.0.1", port: 0 }));
  const [shell_port, control_port, stdin_port, iopub_port, hb_port] = listeners.map(({ addr }) =>
    addr.port
  ) as [
    number,
    number,
    number,
    number,
    number,
  ];
  listeners.forEach((listener) => listener.close());
  const ports = { shell_port, control_port, stdin_port, iopub_port, hb_port };
  return { transport: "tcp", ip: "127.0.0.1", key: randomUUID(), ...ports };
}

/** A front end of our kernel, started as Jupyter starts it. Close it in a `finally`. */
export class TestFrontEnd {
  readonly session = randomUUID();
  readonly published: JupyterMessage[] = [];
  /** Answers the kernel's questions. */
  onQuestion: (question: JupyterMessage) => void = () => {};
  readonly #replies = new Map<string, (message: JupyterMessage) => void>();
  readonly #heard = new Set<() => void>();
  readonly #sockets = new Map<string, MessageSocket>();

  private constructor(
    readonly process: Deno.ChildProcess,
    readonly connection: JupyterConnection,
    readonly file: string,
  ) {}

  /** Starts a kernel in a folder; with `parent`, below a process of its own that stands for Jupyter. */
  static async start(folder: string, { parent = false } = {}): Promise<TestFrontEnd> {
    const connection = freeConnection();
    const file = await Deno.makeTempFile({ prefix: "understudy-test-", suffix: ".json" });
    await Deno.writeTextFile(file, JSON.stringify(connection));
    const kernel = ["run", "-A", "--no-check", cli, "kernel", "run", file];
    const script = "await new Deno.Command(Deno.execPath(), { args: Deno.args }).spawn().status";
    const process = new Deno.Command(Deno.execPath(), {
      args: parent ? ["eval", "--ext=ts", script, ...kernel] : kernel,
      cwd: folder,
      env: { JPY_PARENT_PID: "1" },
      stdin: "null",
      stdout: "null",
    }).spawn();
    const front = new TestFrontEnd(process, connection, file);
    for (const channel of ["iopub", "shell", "control", "stdin"] as const) await front.#connect(channel);
    return front;
  }

  /** Sends a request; what it gives is that request's `msg_id`. */
  send(
    channel: "shell" | "control" | "stdin",
    type: string,
    content: Fields = {},
    parent: Fields = {},
  ): string {
    const message = makeMessage(type, { session: this.session, content, parent_header: parent });
    this.#sockets.get(channel)!.send(packMessage(message, this.connection.key));
    return message.header.msg_id;
  }

  /** Sends frames as they are. */
  sendFrames(channel: "shell" | "control", frames: readonly Uint8Array[]): void {
    this.#sockets.get(channel)!.send(frames);
  }

  /** Sends a request and gives its reply, once the kernel is idle again. */
  async request(channel: "shell" | "control", type: string, content: Fields = {}): Promise<Seen> {
    return await this.seen(this.send(channel, type, content));
  }

  /** Runs a cell. */
  async run(code: string, options: Fields = {}): Promise<Seen> {
    return await this.seen(this.execute(code, options));
  }

  /** Asks to run a cell; what it gives is that request's `msg_id`. */
  execute(code: string, options: Fields = {}): string {
    return this.send("shell", "execute_request", { code, ...executeDefaults, ...options });
  }

  /** What came of a request. */
  async seen(id: string): Promise<Seen> {
    const reply = await new Promise<JupyterMessage>((resolve) => this.#replies.set(id, resolve));
    await this.until(() => this.typesOf(id).at(-1) === "status idle");
    const messages = this.messagesOf(id);
    const text = (name: string) =>
      messages.filter(({ header, content }) => header.msg_type === "stream" && content.name === name)
        .map(({ content }) => content.text).join("");
    return { reply: reply.content, types: this.typesOf(id), messages, text };
  }

  /** The messages published so far that belong to a request. */
  messagesOf(id: string): JupyterMessage[] {
    return this.published.filter(({ parent_header }) => parent_header.msg_id === id);
  }

  /** Their types, a status with its state. */
  typesOf(id: string): string[] {
    return this.messagesOf(id).map(({ header, content }) =>
      header.msg_type === "status" ? `status ${content.execution_state}` : header.msg_type
    );
  }

  /** Resolves when something holds of what was published. */
  async until(holds: () => boolean): Promise<void> {
    while (!holds()) {
      await new Promise<void>((resolve) => {
        const go = () => {
          this.#heard.delete(go);
          resolve();
        };
        this.#heard.add(go);
      });
    }
  }

  /** Ends the kernel, and Deno's below it. */
  async close(): Promise<void> {
    try {
      this.process.kill("SIGTERM");
    } catch {
      // It has ended already.
    }
    await this.process.status;
    for (const socket of this.#sockets.values()) socket.close();
    await Deno.remove(this.file);
  }

  async #connect(channel: "shell" | "control" | "stdin" | "iopub"): Promise<void> {
    const address = { hostname: "127.0.0.1", port: this.connection[`${channel}_port`] };
    const identity = new TextEncoder().encode(this.session);
    const end = channel === "iopub" ? { kind: "SUB" as const } : { kind: "DEALER" as const, identity };
    while (!this.#sockets.has(channel)) {
      try {
        this.#sockets.set(channel, await MessageSocket.connect(address, end));
      } catch (error) {
        if (!(error instanceof Deno.errors.ConnectionRefused)) throw error;
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    }
    void this.#listen(channel, this.#sockets.get(channel)!);
  }

  async #listen(channel: string, socket: MessageSocket): Promise<void> {
    for (let frames; (frames = await socket.receive().catch(() => null)) !== null;) {
      const message = unpackMessage(frames, this.connection.key);
      if (channel === "iopub") this.published.push(message);
      else if (channel === "stdin") this.onQuestion(message);
      else this.#replies.get(message.parent_header.msg_id!)?.(message);
      for (const go of [...this.#heard]) go();
    }
  }
}

const executeDefaults = {
  silent: false,
  store_history: true,
  user_expressions: {},
  allow_stdin: false,
  stop_on_error: true,
};
