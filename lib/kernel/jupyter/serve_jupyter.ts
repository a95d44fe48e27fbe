import { toolkitVersion } from "../../core/version.ts";
import { type CellError, type CellPlace, CellSession, type SessionOutput } from "../session/cell_session.ts";
import { isComplete } from "../session/parse_cell.ts";
import type { Fields } from "../wire/messages.ts";
import { LanguageServer } from "./language_server.ts";
import { writeTypeNotes } from "./type_notes.ts";
import { FrontEnd, type FrontEndRequest, type JupyterConnection } from "./front_end.ts";

/**
 * Serves a kernel to Jupyter, until Jupyter shuts it down or ends: the command that stands in `kernel.json`.
 *
 * @param connectionFile where Jupyter says on which ports, and with which key
 */
export async function serveJupyter(connectionFile: string): Promise<void> {
  const connection = JSON.parse(await Deno.readTextFile(connectionFile)) as JupyterConnection;
  const { promise, resolve } = Promise.withResolvers<void>();
  const kernel = new JupyterKernel(connection, resolve);
  // A terminal's Ctrl+C reaches the kernel too; Jupyter's stop button sends a message.
  Deno.addSignalListener("SIGINT", () => {});
  if (Deno.build.os !== "windows") Deno.addSignalListener("SIGTERM", resolve);
  // Jupyter was killed: its kernels end with it.
  const parent = Deno.ppid;
  if (Deno.env.has("JPY_PARENT_PID")) setInterval(() => Deno.ppid !== parent && resolve(), 1000);
  await promise;
  await kernel.close();
}

class JupyterKernel {
  readonly #front: FrontEnd;
  readonly #session: Promise<CellSession>;
  readonly #help: Promise<LanguageServer>;
  /** Shell's requests, the one that is being answered first. */
  readonly #queue: FrontEndRequest[] = [];
  readonly #aborted = new WeakSet<FrontEndRequest>();
  readonly #abortQueue = () => this.#queue.forEach((request) => this.#aborted.add(request));
  readonly #cells = new Map<number, FrontEndRequest>();
  readonly #history: string[] = [];
  readonly #unnoted: FrontEndRequest[] = [];
  #running: FrontEndRequest | undefined;
  // Cells that do not count have numbers that no notebook reaches.
  #uncounted = 1_000_000;

  constructor(connection: JupyterConnection, readonly end: () => void) {
    this.#front = new FrontEnd(connection, (request) => this.#take(request));
    this.#session = CellSession.open({
      folder: Deno.cwd(),
      onOutput: (output) => this.#show(output),
      onInput: async (content) => this.#running ? await this.#front.ask(this.#running, content) : "",
      onLost: (why) => this.#tellLoss(why),
    });
    this.#help = this.#session.then((session) => new LanguageServer(session));
    // Whoever runs a cell is told.
    this.#help.catch(() => {});
    // Somebody opened a notebook and will write; programs run a cell at once, and need no help.
    const warm = () => this.#help.then((help) => help.warm(), () => {});
    setTimeout(() => this.#history.length === 0 && void warm(), 2000);
  }

  async close(): Promise<void> {
    await this.#help.then((help) => help.close(), () => {});
    await this.#session.then((session) => session.close(), () => {});
    await this.#front.close();
  }

  /** How each type of request is answered; what is given is the reply, where it has one. */
  readonly #answers: Record<string, (request: FrontEndRequest) => Promise<Fields> | Fields | void> = {
    execute_request: (request) => this.#execute(request),
    interrupt_request: async () => {
      // The cell that is stopped may end well, with what it has; those that wait for it do not run.
      if (this.#running !== undefined) this.#abortQueue();
      await (await this.#session).stop();
      return { status: "ok" };
    },
    shutdown_request: (request) => {
      const reply = { status: "ok", restart: request.content.restart === true };
      this.#front.publish("shutdown_reply", reply, { request });
      // The reply comes first.
      setTimeout(this.end);
      return reply;
    },
    kernel_info_request: () => kernelInfo,
    history_request: ({ content: { n, output } }) => {
      const rows = this.#history.map((code, at) => [0, at + 1, output === true ? [code, null] : code]);
      return { status: "ok", history: rows.slice(-Number(n ?? 1000)) };
    },
    is_complete_request: ({ content: { code } }) => ({ status: isComplete(String(code)), indent: "  " }),
    complete_request: async ({ content: { code, cursor_pos } }) => {
      const help = await this.#help;
      return { status: "ok", metadata: {}, ...await help.complete(String(code), Number(cursor_pos)) };
    },
    inspect_request: async ({ content: { code, cursor_pos } }) => {
      return { status: "ok", ...await (await this.#help).inspect(String(code), Number(cursor_pos)) };
    },
    comm_info_request: () => ({ status: "ok", comms: {} }),
    comm_open: (request) => {
      this.#front.publish("comm_close", { comm_id: request.content.comm_id, data: {} }, { request });
    },
  };

  #take(request: FrontEndRequest): void {
    if (request.channel === "control") return void this.#answer(request);
    if (this.#queue.push(request) === 1) void this.#answerQueue();
  }

  async #answerQueue(): Promise<void> {
    for (; this.#queue.length > 0; this.#queue.shift()) await this.#answer(this.#queue[0]!);
    // Where there is no session, the cells have said so.
    await this.#noteTypes().catch(() => {});
  }

  // Every request, whether it has a reply or not, stands between "busy" and "idle".
  async #answer(request: FrontEndRequest): Promise<void> {
    this.#front.publish("status", { execution_state: "busy" }, { request });
    try {
      const content = await this.#answers[request.header.msg_type]?.(request);
      if (content) this.#front.reply(request, content);
    } catch (error) {
      this.#front.reply(request, { status: "error", ...asCellError(error) });
    }
    this.#front.publish("status", { execution_state: "idle" }, { request });
  }

  async #execute(request: FrontEndRequest): Promise<Fields> {
    if (this.#aborted.has(request)) return { status: "aborted" };
    const { silent, store_history, stop_on_error, allow_stdin, user_expressions } = request.content;
    const isShown = silent !== true;
    const isCounted = isShown && store_history !== false;
    const code = String(request.content.code ?? "");
    if (isCounted) this.#history.push(code);
    const execution_count = this.#history.length;
    if (isShown) this.#front.publish("execute_input", { code, execution_count }, { request });
    const number = isCounted ? execution_count : ++this.#uncounted;
    const error = await this.#run(code, { number, silent: !isShown }, request);
    if (isShown && allow_stdin === true && error?.ename !== "SyntaxError") this.#unnoted.push(request);
    const values = error === null ? await this.#evaluateAll(user_expressions) : {};
    const reply = { execution_count, payload: [], user_expressions: values };
    if (error === null) return { status: "ok", ...reply };
    if (isShown) this.#front.publish("error", { ...error }, { request });
    // Cells that had been asked for by now do not run.
    if (isShown && stop_on_error !== false) this.#abortQueue();
    return { status: "error", ...error, ...reply };
  }

  async #run(code: string, place: CellPlace, request: FrontEndRequest): Promise<CellError | null> {
    // A late print finds its cell among the last.
    this.#cells.set(place.number, request);
    this.#cells.delete(place.number - 5000);
    this.#running = request;
    const ended = this.#session.then((session) => session.run(code, place)).catch(asCellError);
    return await ended.finally(() => this.#running = undefined);
  }

  // Below a cell's outputs, once nothing else is asked for: a note keeps no cell from running.
  async #noteTypes(): Promise<void> {
    while (this.#queue.length === 0 && this.#unnoted.length > 0) {
      const request = this.#unnoted.shift()!;
      const { sources } = await this.#session;
      const code = String(request.content.code);
      const before = sources.slice(0, Math.max(0, sources.lastIndexOf(code)));
      const note = writeTypeNotes(await (await this.#help).diagnose(code, before));
      if (note !== null) this.#front.publish("display_data", note, { request });
    }
  }

  async #evaluateAll(expressions: unknown): Promise<Fields> {
    const values: Record<string, Fields> = {};
    for (const [name, code] of Object.entries(expressions ?? {})) {
      const value = await (await this.#session).evaluate(String(code));
      const isValue = "data" in value;
      values[name] = isValue ? { status: "ok", metadata: {}, ...value } : { status: "error", ...value.error };
    }
    return values;
  }

  #show({ type, content, metadata, buffers, cell }: SessionOutput): void {
    const request = this.#cells.get(cell) ?? this.#running;
    const count = type === "execute_result" ? { execution_count: this.#history.length } : {};
    this.#front.publish(type, { ...content, ...count }, { request, metadata, buffers });
  }

  // Where a cell was running, its error says why.
  #tellLoss(why: string): void {
    const request = this.#running ?? this.#cells.get(this.#history.length);
    this.#front.publish("status", { execution_state: "restarting" }, { request });
    if (this.#running !== undefined) return;
    this.#front.publish("stream", { name: "stderr", text: `${why}\n` }, { request });
    this.#front.publish("status", { execution_state: "idle" }, { request });
  }
}

const kernelInfo = {
  status: "ok",
  protocol_version: "5.3",
  implementation: "understudy",
  implementation_version: toolkitVersion,
  language_info: {
    name: "typescript",
    version: Deno.version.typescript,
    mimetype: "text/x.typescript",
    file_extension: ".ts",
    codemirror_mode: "typescript",
  },
  banner: `Understudy ${toolkitVersion} with Deno ${Deno.version.deno}`,
};

function asCellError(error: unknown): CellError {
  const { name, message } = error instanceof Error ? error : new Error(String(error));
  return { ename: name, evalue: message, traceback: [`${name}: ${message}`] };
}
