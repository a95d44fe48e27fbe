import { MessageSocket } from "../../lib/kernel/wire/message_socket.ts";
import {
  type Fields,
  type JupyterMessage,
  makeMessage,
  packMessage,
  unpackMessage,
} from "../../lib/kernel/wire/messages.ts";
import { randomUUID } from "node:crypto";

/** How long a kernel may take to start, in milliseconds. */
const startTimeoutMs = 60_000;

/** How a cell ended. */
export interface CellReply {
  readonly executionCount: number;
  /** What was thrown; `null` where the cell ran to its end. */
  readonly error: Readonly<{ name: string; message: string; stack: readonly string[] }> | null;
}

interface Waiting {
  resolve(message: JupyterMessage): void;
  reject(error: Error): void;
}

/** Deno's own kernel, as a front end of Jupyter meets it, with a fence after each cell. */
export class DenoKernel {
  readonly #session = randomUUID();
  readonly #sockets: MessageSocket[] = [];
  readonly #replies = new Map<string, Waiting>();
  readonly #fences = new Map<string, Waiting>();
  readonly #pumps: Promise<void>[];
  #receive: (message: JupyterMessage) => void = () => {};
  #failure: Error | undefined;

  private constructor(readonly process: KernelProcess) {
    this.#pumps = [process.ended.then((how) => this.abandon(new Error(how)))];
  }

  /** Starts a kernel that runs cells in a folder and resolves once it answers. Close it in a `finally`. */
  static async start(folder: string): Promise<DenoKernel> {
    const client = new DenoKernel(await startKernelProcess(folder));
    const late = new Error(`the kernel does not answer after ${startTimeoutMs} ms`);
    const timer = setTimeout(() => client.abandon(late), startTimeoutMs);
    try {
      await client.#connect();
    } catch (error) {
      await client.close();
      throw new Error(`Cannot start a kernel: ${(error as Error).message}`, { cause: error });
    } finally {
      clearTimeout(timer);
    }
    return client;
  }

  /** Runs code and hands over every output message that belongs to it, in order. */
  async execute(code: string, receive: (message: JupyterMessage) => void): Promise<CellReply> {
    this.#receive = receive;
    try {
      const { content } = await this.#request("execute_request", executeContent(code, false));
      await this.#fence();
      return cellReply(content);
    } finally {
      this.#receive = () => {};
    }
  }

  /** Runs code as front ends do, until the reply and `idle`: gives the messages that had come for it by then. */
  async executeUnfenced(code: string): Promise<JupyterMessage[]> {
    const request = makeMessage("execute_request", {
      session: this.#session,
      content: executeContent(code, false),
    });
    const { msg_id } = request.header;
    const messages: JupyterMessage[] = [];
    const idle = Promise.withResolvers<void>();
    this.#receive = (message) => {
      if (message.parent_header.msg_id !== msg_id) return;
      messages.push(message);
      if (message.content.execution_state === "idle") idle.resolve();
    };
    const reply = this.#wait(this.#replies, msg_id);
    this.#sockets[1]!.send(packMessage(request, this.process.connection.key));
    await Promise.race([Promise.all([reply, idle.promise]), this.process.ended]);
    return messages;
  }

  /** Presses the stop button: sends SIGINT. Ends the kernel where the running cell has no listener for it. */
  interrupt(): void {
    this.process.interrupt();
  }

  /** Ends the kernel, whatever it is doing, and closes the connections. */
  async close(): Promise<void> {
    this.abandon(new Error("the kernel is closed"));
    for (const socket of this.#sockets) socket.close();
    await this.process.close();
    await Promise.all(this.#pumps);
  }

  async #connect(): Promise<void> {
    const { shell_port, iopub_port } = this.process.connection;
    const outputs = await this.#open(iopub_port, "SUB");
    const replies = await this.#open(shell_port, "DEALER");
    this.#pumps.push(
      this.#pump(outputs, (message) => this.#take(message)),
      this.#pump(replies, (message) => void settle(this.#replies, message.parent_header.msg_id, message)),
    );
    await this.#request("kernel_info_request", {});
    await this.#subscribed();
  }

  async #open(port: number, kind: "SUB" | "DEALER"): Promise<MessageSocket> {
    while (true) {
      if (this.#failure !== undefined) throw this.#failure;
      try {
        const socket = await MessageSocket.connect({ hostname: this.process.connection.ip, port }, { kind });
        this.#sockets.push(socket);
        return socket;
      } catch (error) {
        if (!(error instanceof Deno.errors.ConnectionRefused)) throw error;
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    }
  }

  // A subscription takes effect some time after it is made: fences are sent until one comes back.
  async #subscribed(): Promise<void> {
    let heard = false;
    while (!heard) {
      const fence = this.#fence().then(() => true);
      fence.catch(() => {});
      heard = await orAfter(50, fence, false);
    }
  }

  // The kernel may say that it is idle before its last output is out, and outputs leave in order: a silent
  // output with a token of our own is the last of the cell.
  async #fence(): Promise<void> {
    const token = randomUUID();
    const content = `{ data: {}, metadata: {}, transient: { display_id: "${token}" } }`;
    const code = `await globalThis.Deno.jupyter.broadcast("display_data", ${content})`;
    const arrived = this.#wait(this.#fences, token);
    await this.#request("execute_request", executeContent(code, true));
    await arrived;
  }

  async #request(kind: string, content: Fields): Promise<JupyterMessage> {
    const request = makeMessage(kind, { session: this.#session, content });
    const reply = this.#wait(this.#replies, request.header.msg_id);
    const replies = this.#sockets[1];
    if (replies === undefined) throw new Error("the kernel is not connected");
    replies.send(packMessage(request, this.process.connection.key));
    return await reply;
  }

  #wait(waiting: Map<string, Waiting>, id: string): Promise<JupyterMessage> {
    const { promise, resolve, reject } = Promise.withResolvers<JupyterMessage>();
    if (this.#failure === undefined) waiting.set(id, { resolve, reject });
    else reject(this.#failure);
    // It may fail before anybody awaits it; whoever does still sees the failure.
    promise.catch(() => {});
    return promise;
  }

  #take(message: JupyterMessage): void {
    const transient = message.content.transient as { display_id?: string } | undefined;
    if (!settle(this.#fences, transient?.display_id, message)) this.#receive(message);
  }

  /** Gives up what is running: whoever waits for it gets the error. The kernel still has to be closed. */
  abandon(error: Error): void {
    this.#failure ??= error;
    for (const waiting of [this.#replies, this.#fences]) {
      for (const { reject } of waiting.values()) reject(this.#failure);
      waiting.clear();
    }
  }

  async #pump(socket: MessageSocket, take: (message: JupyterMessage) => void): Promise<void> {
    try {
      while (this.#failure === undefined) {
        take(unpackMessage(await socket.receive(), this.process.connection.key));
      }
    } catch (error) {
      // A kernel that ends closes its connections first; how it ended says more.
      if (this.#failure === undefined) await orAfter(1000, this.process.ended, "");
      this.abandon(error as Error);
    }
  }
}

async function orAfter<T>(milliseconds: number, result: Promise<T>, otherwise: T): Promise<T> {
  const { promise, resolve } = Promise.withResolvers<T>();
  const timer = setTimeout(() => resolve(otherwise), milliseconds);
  return await Promise.race([result, promise]).finally(() => clearTimeout(timer));
}

function settle(waiting: Map<string, Waiting>, id = "", message: JupyterMessage): boolean {
  waiting.get(id)?.resolve(message);
  return waiting.delete(id);
}

function executeContent(code: string, silent: boolean): Fields {
  const usual = { user_expressions: {}, allow_stdin: false, stop_on_error: false };
  return { code, silent, store_history: !silent, ...usual };
}

function cellReply(content: Fields): CellReply {
  const executionCount = Number(content.execution_count ?? 0);
  if (content.status === "ok") return { executionCount, error: null };
  const [name, message] = [String(content.ename ?? "Error"), String(content.evalue ?? "")];
  const stack = Array.isArray(content.traceback) ? content.traceback.map(String) : [];
  if (stack.length > 0) return { executionCount, error: { name, message, stack } };
  // Where a cell cannot be compiled or an import cannot be resolved, the kernel says only that it failed.
  const why = `${message}: the cell has a syntax error or an import that cannot be resolved`;
  return { executionCount, error: { name, message: why, stack: [`${name}: ${why}`] } };
}

/** How a client reaches a kernel: the connection file's fields. */
type KernelConnection = ReturnType<typeof reserveConnection>;

/** A kernel as a process of the system. */
interface KernelProcess {
  readonly connection: KernelConnection;
  /** Resolves when the process has ended, with a sentence on how. */
  readonly ended: Promise<string>;
  /** Sends the signal of the stop button. */
  interrupt(): void;
  /** Ends the process, waits for its end, and removes the connection file. */
  close(): Promise<void>;
}

/** Starts `deno jupyter --kernel` in a folder; whoever connects must wait until it listens. */
async function startKernelProcess(folder: string): Promise<KernelProcess> {
  const connection = reserveConnection();
  // A file of the temporary folder that only its owner may read: it holds the key.
  const file = await Deno.makeTempFile({ prefix: "understudy-kernel-", suffix: ".json" });
  try {
    await Deno.writeTextFile(file, JSON.stringify(connection));
    const pipes = { stdin: "null", stdout: "null", stderr: "piped" } as const;
    const args = ["jupyter", "--kernel", "--conn", file];
    const settings = { args, cwd: folder, env: { NO_COLOR: "1" }, ...pipes };
    return kernelProcess(new Deno.Command(Deno.execPath(), settings).spawn(), connection, file);
  } catch (error) {
    await Deno.remove(file).catch(() => {});
    throw error;
  }
}

function kernelProcess(child: Deno.ChildProcess, connection: KernelConnection, file: string): KernelProcess {
  const complaint = tailOf(child.stderr, 2000);
  const ended = child.status.then(async (status) => {
    const how = status.signal === null ? `code ${status.code}` : `signal ${status.signal}`;
    const said = (await complaint).trim();
    return `the kernel ended with ${how}${said === "" ? "" : `: ${said}`}`;
  });
  const kill = (signal: Deno.Signal) => {
    try {
      child.kill(signal);
    } catch (error) {
      // A process that has ended already takes no signal.
      if (!(error instanceof TypeError || error instanceof Deno.errors.NotFound)) throw error;
    }
  };
  return {
    connection,
    ended,
    interrupt: () => kill("SIGINT"),
    close: async () => {
      kill("SIGKILL");
      await ended;
      await Deno.remove(file).catch(() => {});
    },
  };
}

/** Loopback, free ports (requests, outputs, questions, interrupts, heartbeat), and the key that signs messages. */
function reserveConnection() {
  const listeners = Array.from({ length: 5 }, () => Deno.listen({ hostname: "127.0.0.1", port: 0 }));
  const [shell_port, iopub_port, stdin_port, control_port, hb_port] = listeners.map(({ addr }) => addr.port);
  listeners.forEach((listener) => listener.close());
  const address = { ip: "127.0.0.1", transport: "tcp", key: randomUUID(), signature_scheme: "hmac-sha256" };
  return { ...address, shell_port: shell_port!, iopub_port: iopub_port!, stdin_port, control_port, hb_port };
}

async function tailOf(stream: ReadableStream<Uint8Array>, length: number): Promise<string> {
  let tail = "";
  const decoder = new TextDecoder();
  for await (const chunk of stream) tail = (tail + decoder.decode(chunk, { stream: true })).slice(-length);
  return tail;
}
