import { type KernelProcess, startKernelProcess } from "./jupyter_process.ts";
import { MessageSocket } from "../wire/message_socket.ts";
import {
  type Fields,
  type JupyterMessage,
  makeMessage,
  packMessage,
  unpackMessage,
} from "../wire/messages.ts";
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

/** A client of one Deno Jupyter kernel: starts it, runs code in it, ends it. */
export class KernelClient {
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
  static async start(folder: string): Promise<KernelClient> {
    const client = new KernelClient(await startKernelProcess(folder));
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
