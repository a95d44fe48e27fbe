import { cannot } from "../../core/errors.ts";
import { toolkitVersion } from "../../core/version.ts";
import { type CellError, CellSession, type SessionOutput } from "../session/cell_session.ts";
import type { Fields } from "../wire/messages.ts";
import { FrontEnd, type FrontEndRequest, type JupyterConnection, type PublishedParts } from "./front_end.ts";

/**
 * Serves a kernel to Jupyter, until Jupyter shuts it down or ends: the command that stands in `kernel.json`.
 *
 * @param connectionFile where Jupyter says on which ports, and with which key
 * @throws {TypeError} if the file is no connection file, or asks for another transport than TCP
 */
export async function serveJupyter(connectionFile: string): Promise<void> {
  const connection = readConnection(await Deno.readTextFile(connectionFile));
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

function readConnection(text: string): JupyterConnection {
  const connection = JSON.parse(text) as JupyterConnection;
  if (connection.transport === "tcp") return connection;
  throw new TypeError(cannot("serve Jupyter", "transport", 'be "tcp"', connection.transport));
}

/** Which request a cell is, and the number that it shows. */
interface RunCell {
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
  readonly #cells = new Map<number, RunCell>();
  readonly #history: (readonly [session: number, line: number, source: string])[] = [];
  #queue: FrontEndRequest[] = [];
  #isAnswering = false;
  #running: FrontEndRequest | undefined;
  #wasStopped = false;
  #count = 0;
  #uncounted = firstUncounted;

  constructor(connection: JupyterConnection, readonly end: () => void) {
    this.#front = new FrontEnd(connection, (request) => this.#take(request));
    this.#front.publish("status", { execution_state: "starting" });
    this.#session = CellSession.open({
      folder: Deno.cwd(),
      onOutput: (output) => this.#show(output),
      onInput: (content) => this.#ask(content),
      onLost: (why) => this.#tellLoss(why),
    });
    // Whoever runs a cell is told.
    this.#session.catch(() => {});
  }

  async close(): Promise<void> {
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
  }

  // Every request, whether it has a reply or not, stands between "busy" and "idle".
  async #answer(request: FrontEndRequest): Promise<void> {
    this.#publish("status", { execution_state: "busy" }, request);
    let content: Fields | void;
    try {
      content = await this.#answers[request.header.msg_type]?.(request);
    } catch (error) {
      content = { status: "error", ...asCellError(error) };
    }
    const aborted = this.#takeAborted(request, content);
    if (content) this.#front.reply(request, content);
    this.#publish("status", { execution_state: "idle" }, request);
    for (const other of aborted) this.#abort(other);
  }

  // After an error, cells do not run that had been asked for by then. Nor do they after the stop button, though the
  // cell that it stopped may have ended well, with what it had.
  #takeAborted({ header, content }: FrontEndRequest, reply: Fields | void): readonly FrontEndRequest[] {
    if (header.msg_type !== "execute_request" || content.silent === true || content.stop_on_error === false) {
      return [];
    }
    if (reply?.status !== "error" && !this.#wasStopped) return [];
    const isCell = (request: FrontEndRequest) => request.header.msg_type === "execute_request";
    const aborted = this.#queue.filter(isCell);
    this.#queue = this.#queue.filter((request) => !isCell(request));
    return aborted;
  }

  #abort(request: FrontEndRequest): void {
    this.#publish("status", { execution_state: "busy" }, request);
    this.#front.reply(request, { status: "aborted", execution_count: this.#count });
    this.#publish("status", { execution_state: "idle" }, request);
  }

  async #execute(request: FrontEndRequest): Promise<Fields> {
    const code = String(request.content.code ?? "");
    const silent = request.content.silent === true;
    const isCounted = !silent && request.content.store_history !== false;
    if (isCounted) this.#history.push([0, ++this.#count, code]);
    const execution_count = this.#count;
    if (!silent) this.#publish("execute_input", { code, execution_count }, request);
    const number = isCounted ? this.#count : ++this.#uncounted;
    this.#remember(number, { request, count: execution_count });
    const error = code.trim() === "" ? null : await this.#run(request, { code, number, silent });
    if (error !== null) {
      if (!silent) this.#publish("error", { ...error }, request);
      return { status: "error", ...error, execution_count, user_expressions: {}, payload: [] };
    }
    const user_expressions = await this.#evaluateAll(request.content.user_expressions);
    return { status: "ok", execution_count, user_expressions, payload: [] };
  }

  async #run(
    request: FrontEndRequest,
    { code, ...cell }: { code: string; number: number; silent: boolean },
  ): Promise<CellError | null> {
    this.#running = request;
    this.#wasStopped = false;
    try {
      return await (await this.#session).run(code, cell);
    } catch (error) {
      return asCellError(error);
    } finally {
      this.#running = undefined;
    }
  }

  #remember(number: number, cell: RunCell): void {
    this.#cells.set(number, cell);
    if (this.#cells.size > rememberedCells) this.#cells.delete(this.#cells.keys().next().value!);
  }

  async #evaluateAll(expressions: unknown): Promise<Fields> {
    const values: Record<string, Fields> = {};
    for (const [name, code] of Object.entries(expressions ?? {})) {
      const value = await (await this.#session).evaluate(String(code));
      values[name] = "error" in value
        ? { status: "error", ...value.error }
        : { status: "ok", ...value, metadata: {} };
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
    const of = this.#cells.get(cell);
    const shown = type === "execute_result"
      ? { ...content, execution_count: of?.count ?? this.#count }
      : content;
    this.#publish(type, shown, of?.request ?? this.#running, { metadata, buffers });
  }

  async #ask(content: Fields): Promise<string> {
    const asked = this.#running;
    return asked?.content.allow_stdin === true ? await this.#front.ask(asked, content) : "";
  }

  #tellLoss(why: string): void {
    const request = this.#running ?? this.#cells.get(this.#count)?.request;
    this.#publish("status", { execution_state: "restarting" }, request);
    if (this.#running !== undefined) return;
    this.#publish("stream", { name: "stderr", text: `${why}\n` }, request);
    this.#publish("status", { execution_state: "idle" }, request);
  }

  #tellHistory({ hist_access_type, output, n, start, stop, pattern }: Fields): Fields {
    const chosen = hist_access_type === "range"
      ? this.#history.filter(([, line]) => line >= Number(start ?? 0) && line < Number(stop ?? Infinity))
      : hist_access_type === "search"
      ? this.#history.filter(([, , source]) => matchesGlob(source, String(pattern ?? "*")))
      : this.#history;
    const last = hist_access_type === "range" ? chosen : chosen.slice(-Number(n ?? 1000));
    const history = last.map((
      [session, line, source],
    ) => [session, line, output === true ? [source, null] : source]);
    return { status: "ok", history };
  }

  #publish(
    type: string,
    content: Fields,
    request: FrontEndRequest | undefined,
    parts: PublishedParts = {},
  ): void {
    this.#front.publish(type, content, request === undefined ? parts : { ...parts, parent: request.header });
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

// The parts between the stars stand in the text one after another.
function matchesGlob(text: string, pattern: string): boolean {
  let at = 0;
  const parts = pattern.split("*");
  return parts.every((part, place) => {
    const found = place === parts.length - 1 && part !== "" ? text.lastIndexOf(part) : text.indexOf(part, at);
    if (found < at || (place === 0 && found !== 0)) return false;
    at = found + part.length;
    return place < parts.length - 1 || part === "" || at === text.length;
  });
}
