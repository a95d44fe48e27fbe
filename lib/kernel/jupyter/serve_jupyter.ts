import { cannot } from "../../core/errors.ts";
import { toolkitVersion } from "../../core/version.ts";
import { type CellError, type CellPlace, CellSession, type SessionOutput } from "../session/cell_session.ts";
import { isComplete } from "../session/parse_cell.ts";
import type { Fields, JupyterMessage } from "../wire/messages.ts";
import { LanguageServer } from "./language_server.ts";
import { writeTypeNotes } from "./type_notes.ts";
import { FrontEnd, type FrontEndRequest, type JupyterConnection } from "./front_end.ts";

/**
 * Serves a kernel to Jupyter, until Jupyter shuts it down or ends: the command that stands in `kernel.json`.
 *
 * @param connectionFile where Jupyter says on which ports, and with which key
 * @throws {TypeError} if it asks for another transport than TCP
 */
export async function serveJupyter(connectionFile: string): Promise<void> {
  const connection = JSON.parse(await Deno.readTextFile(connectionFile)) as JupyterConnection;
  if (connection.transport !== "tcp") {
    throw new TypeError(cannot("serve Jupyter", "transport", 'be "tcp"', connection.transport));
  }
  const { promise, resolve } = Promise.withResolvers<void>();
  const kernel = new JupyterKernel(connection, resolve);
  // A terminal's Ctrl+C reaches the kernel too; Jupyter's stop button sends a message.
  Deno.addSignalListener("SIGINT", () => {});
  if (Deno.build.os !== "windows") Deno.addSignalListener("SIGTERM", resolve);
  // Jupyter was killed: its kernels end with it.
  const parent = Deno.ppid;
  const watch = () => Deno.ppid !== parent && resolve();
  const timer = Deno.env.has("JPY_PARENT_PID") ? setInterval(watch, 1000) : undefined;
  await promise;
  clearInterval(timer);
  await kernel.close();
}

/** A cell that was asked for: which request it is, and the count that it shows. */
interface AskedCell extends CellPlace {
  readonly request: FrontEndRequest;
  readonly count: number;
}

// A late print finds its cell among so many.
const rememberedCells = 5000;
// Cells that are not counted get numbers that no notebook reaches.
const firstUncounted = 1_000_000;

class JupyterKernel {
  readonly #front: FrontEnd;
  readonly #session: Promise<CellSession>;
  readonly #cells = new Map<number, AskedCell>();
  readonly #history: (readonly [session: number, line: number, source: string])[] = [];
  readonly #queue: FrontEndRequest[] = [];
  readonly #aborted = new WeakSet<FrontEndRequest>();
  #isAnswering = false;
  #running: AskedCell | undefined;
  #wasStopped = false;
  #count = 0;
  #uncounted = firstUncounted;
  readonly #help: Promise<LanguageServer>;
  readonly #unnoted: { code: string; cell: AskedCell }[] = [];

  constructor(connection: JupyterConnection, readonly end: () => void) {
    this.#front = new FrontEnd(connection, (request) => this.#take(request));
    this.#publish("status", { execution_state: "starting" });
    this.#session = CellSession.open({
      folder: Deno.cwd(),
      onOutput: (output) => this.#show(output),
      onInput: async (content) => {
        const { request } = this.#running ?? {};
        return request?.content.allow_stdin === true ? await this.#front.ask(request, content) : "";
      },
      onLost: (why) => this.#tellLoss(why),
    });
    this.#help = this.#session.then((session) => new LanguageServer(session));
    // Whoever runs a cell is told.
    this.#help.catch(() => {});
    // Somebody opened a notebook and will write; programs run a cell at once, and need no help.
    setTimeout(() => this.#count === 0 && void this.#help.then((help) => help.warm(), () => {}), 2000);
  }

  async close(): Promise<void> {
    await this.#help.then((help) => help.close(), () => {});
    await this.#session.then((session) => session.close(), () => {});
    await this.#front.close();
  }

  readonly #answers: {
    readonly [type: string]: (request: FrontEndRequest) => Promise<Fields> | Fields | void;
  } = {
    execute_request: (request) => this.#execute(request),
    interrupt_request: () => this.#interrupt(),
    shutdown_request: (request) => this.#shutdown(request),
    kernel_info_request: () => kernelInfo,
    history_request: ({ content }) => this.#tellHistory(content),
    is_complete_request: ({ content }) => {
      const status = isComplete(String(content.code ?? ""));
      return status === "incomplete" ? { status, indent: "  " } : { status };
    },
    complete_request: async ({ content: { code, cursor_pos } }) => {
      const found = await (await this.#help).complete(String(code), Number(cursor_pos));
      return { status: "ok", metadata: {}, ...found };
    },
    inspect_request: async ({ content: { code, cursor_pos } }) => {
      return { status: "ok", ...await (await this.#help).inspect(String(code), Number(cursor_pos)) };
    },
    comm_info_request: () => ({ status: "ok", comms: {} }),
    comm_open: (request) =>
      this.#publish("comm_close", { comm_id: request.content.comm_id, data: {} }, request),
  };

  #take(request: FrontEndRequest): void {
    if (request.channel === "control") void this.#answer(request);
    else {
      this.#queue.push(request);
      if (!this.#isAnswering) void this.#answerQueue();
    }
  }

  async #answerQueue(): Promise<void> {
    this.#isAnswering = true;
    for (let request; (request = this.#queue.shift()) !== undefined;) await this.#answer(request);
    this.#isAnswering = false;
    // Where there is no session, the cells have said so.
    await this.#noteTypes().catch(() => {});
  }

  // Every request, whether it has a reply or not, stands between "busy" and "idle".
  async #answer(request: FrontEndRequest): Promise<void> {
    this.#publish("status", { execution_state: "busy" }, request);
    try {
      const content = await this.#answers[request.header.msg_type]?.(request);
      if (content) this.#front.reply(request, content);
    } catch (error) {
      this.#front.reply(request, { status: "error", ...asCellError(error) });
    }
    this.#publish("status", { execution_state: "idle" }, request);
  }

  async #execute(request: FrontEndRequest): Promise<Fields> {
    if (this.#aborted.has(request)) return { status: "aborted" };
    const { silent, store_history, stop_on_error, user_expressions } = request.content;
    const code = String(request.content.code ?? "");
    const isCounted = silent !== true && store_history !== false;
    if (isCounted) this.#history.push([0, ++this.#count, code]);
    const number = isCounted ? this.#count : ++this.#uncounted;
    const cell = { request, number, count: this.#count, silent: silent === true };
    if (!cell.silent) this.#publish("execute_input", { code, execution_count: cell.count }, request);
    const error = await this.#run(code, cell);
    const values = error === null ? await this.#evaluateAll(user_expressions) : {};
    const reply = { execution_count: cell.count, payload: [], user_expressions: values };
    // After an error, cells do not run that had been asked for by then. Nor do they after the stop button, though the
    // cell that it stopped may have ended well, with what it had.
    if ((error !== null || this.#wasStopped) && !cell.silent && stop_on_error !== false) {
      for (const other of this.#queue) this.#aborted.add(other);
    }
    if (error === null) return { status: "ok", ...reply };
    if (!cell.silent) this.#publish("error", { ...error }, request);
    return { status: "error", ...error, ...reply };
  }

  async #run(code: string, cell: AskedCell): Promise<CellError | null> {
    this.#cells.set(cell.number, cell);
    if (this.#cells.size > rememberedCells) this.#cells.delete(this.#cells.keys().next().value!);
    this.#running = cell;
    this.#wasStopped = false;
    const error = await this.#session.then((session) => session.run(code, cell)).catch(asCellError);
    this.#running = undefined;
    const isWatched = cell.request.content.allow_stdin === true && !cell.silent;
    if (isWatched && error?.ename !== "SyntaxError") this.#unnoted.push({ code, cell });
    return error;
  }

  // Below a cell's outputs, once nothing else is asked for: a note keeps no cell from running.
  async #noteTypes(): Promise<void> {
    while (!this.#isAnswering && this.#unnoted.length > 0) {
      const { code, cell } = this.#unnoted.shift()!;
      const { sources } = await this.#session;
      const before = sources.slice(0, Math.max(0, sources.lastIndexOf(code)));
      const notes = await (await this.#help).diagnose(code, before);
      const note = writeTypeNotes(notes);
      if (note !== null) this.#publish("display_data", note, cell.request);
    }
  }

  async #evaluateAll(expressions: unknown): Promise<Fields> {
    const values: Record<string, Fields> = {};
    for (const [name, code] of Object.entries(expressions ?? {})) {
      const value = await (await this.#session).evaluate(String(code));
      const isError = "error" in value;
      values[name] = isError ? { status: "error", ...value.error } : { status: "ok", metadata: {}, ...value };
    }
    return values;
  }

  async #interrupt(): Promise<Fields> {
    if (this.#running !== undefined) {
      this.#wasStopped = true;
      this.#front.cancelQuestion();
      await (await this.#session).stop();
    }
    return { status: "ok" };
  }

  #shutdown(request: FrontEndRequest): Fields {
    const reply = { status: "ok", restart: request.content.restart === true };
    this.#publish("shutdown_reply", reply, request);
    // The reply comes first.
    setTimeout(this.end);
    return reply;
  }

  #show({ type, content, metadata, buffers, cell }: SessionOutput): void {
    const asked = this.#cells.get(cell) ?? this.#running;
    const shown = type === "execute_result" ? { ...content, execution_count: asked?.count ?? 0 } : content;
    this.#publish(type, shown, asked?.request, { metadata, buffers });
  }

  // Where a cell was running, its error says why.
  #tellLoss(why: string): void {
    const { request } = this.#running ?? this.#cells.get(this.#count) ?? {};
    this.#publish("status", { execution_state: "restarting" }, request);
    if (this.#running !== undefined) return;
    this.#publish("stream", { name: "stderr", text: `${why}\n` }, request);
    this.#publish("status", { execution_state: "idle" }, request);
  }

  #tellHistory({ hist_access_type: kind, output, n, start, stop, pattern, unique }: Fields): Fields {
    const [from, to] = kind === "range" ? [Number(start ?? 0), Number(stop ?? Infinity)] : [0, Infinity];
    const asked = kind === "search" ? globPattern(String(pattern ?? "*")) : /^/;
    const rows = this.#history.filter(([, line, source]) => line >= from && line < to && asked.test(source));
    const kept = unique === true ? [...new Map(rows.map((row) => [row[2], row])).values()] : rows;
    const last = kind === "range" ? kept : kept.slice(-Number(n ?? 1000));
    const shown = output === true
      ? last.map(([session, line, source]) => [session, line, [source, null]])
      : last;
    return { status: "ok", history: shown };
  }

  #publish(
    type: string,
    content: Fields,
    request?: FrontEndRequest,
    parts: Partial<JupyterMessage> = {},
  ): void {
    this.#front.publish(type, { ...parts, content, parent_header: request?.header ?? {} });
  }
}

// Stars stand for any text, question marks for any character.
function globPattern(glob: string): RegExp {
  const escaped = glob.replace(/[.+^${}()|[\]\\]/g, "\\$&").replace(/\*+/g, ".*").replace(/\?/g, ".");
  return new RegExp(`^${escaped}$`, "s");
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
    pygments_lexer: "typescript",
    codemirror_mode: "typescript",
    nbconvert_exporter: "script",
  },
  banner: `Understudy ${toolkitVersion} with Deno ${Deno.version.deno}`,
  help_links: [],
  debugger: false,
  supported_features: [],
};

function asCellError(error: unknown): CellError {
  const { name, message } = error instanceof Error ? error : new Error(String(error));
  return { ename: name, evalue: message, traceback: [`${name}: ${message}`] };
}
