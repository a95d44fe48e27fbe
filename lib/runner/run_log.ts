import { checkText } from "../core/checks.ts";
import type { RespondentRequest } from "../core/respondent.ts";
import { type Table, tableOf } from "../core/table.ts";
import { toolkitVersion } from "../core/version.ts";
import { describeFolder } from "../store/describe_folder.ts";
import { LineFile, openFile, parseLine, streamLines } from "../store/line_files.ts";
import type { CallEvent, CallListener } from "./call_events.ts";

/** The columns of a run's log, in its lines and in the table; a line has those of its kind. */
const logColumns = [
  "kind at key attempt cached messages schema seed replicate model text thought refusal finish_reason",
  "prompt_tokens completion_tokens latency_ms endpoint parameters reason error_kind http_status wait_ms allowed",
  "understudy deno packages commit commit_is_changed",
].flatMap((names) => names.split(" "));

/** Writes what happens to a run's calls, given as `onEvent`, until it is closed. */
export interface RunLog extends CallListener, Disposable {
  /** Puts the log on the disk and closes it. */
  close(): void;
}

/**
 * Opens a log of a run: a file of JSON lines that any program reads (`pandas.read_json(path, lines=True)`), one line for
 * each request, reply, failure, retry, wait for a limit and change of how many calls are under way.
 *
 * Its first line says the versions of toolkit, Deno and the packages that `deno.json` names, and the commit of the folder
 * in git, where these may be read. A log that is there is continued. Each line is written before the run goes on, so that
 * the end of the process, however it comes, tears at most the last; `close` makes all survive a power failure too. Holds
 * no API key: it is in no request, and cut out of what endpoints say.
 *
 * @param path the file, ending in `.jsonl`
 * @returns what `onEvent` of `runExperiment`, `runBatch` and `caller` takes
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { caller, columnOf, scriptedRespondent } from "@understudy/understudy";
 * import { loadRunLog, runLog } from "@understudy/understudy/runner";
 *
 * const path = `${await Deno.makeTempDir()}/run.jsonl`;
 * using log = runLog(path);
 * const call = caller(scriptedRespondent("Yes."), { onEvent: log });
 * await call.ask({ messages: [{ role: "user", content: "Well?" }], replicate: 1 });
 * assertEquals(columnOf(await loadRunLog(path), "kind"), ["run", "asked", "reply"]);
 * ```
 */
export function runLog(path: string): RunLog {
  checkText("open a log", "path", path);
  const file = new LineFile(path, true);
  const write = (kind: string, at: number, line: object): void =>
    file.write(`${JSON.stringify({ kind, at: new Date(at).toISOString(), ...line })}\n`);
  write("run", Date.now(), { understudy: toolkitVersion, ...describeFolder() });
  const close = (): void => file.close();
  const listen = (event: CallEvent): void => write(event.kind, event.at, lineOf(event));
  return Object.assign(listen, { close, [Symbol.dispose]: close });
}

/**
 * Loads a run's log as a table: one row per event, in the order of time.
 *
 * @param path the file that {@linkcode runLog} wrote
 * @returns the columns of the lines, `null` where an event has no such thing; lists as JSON. A line that cannot be read,
 * such as a torn one, is a row of kind `unreadable`
 * @throws {Deno.errors.NotFound} if there is no such file
 * @example See {@linkcode runLog}
 */
export async function loadRunLog(path: string): Promise<Table> {
  checkText("load a log", "path", path);
  const columns: { [name: string]: unknown[] } = Object.fromEntries(logColumns.map((name) => [name, []]));
  for await (const text of streamLines(await openFile(path), mostCharacters)) {
    const unread = text?.slice(0, 200) ?? "a line that is longer than any";
    const line = parseLine(text) ?? { kind: "unreadable", reason: unread };
    for (const name of logColumns) {
      const value = Object.hasOwn(line, name) ? line[name] : null;
      columns[name]!.push(typeof value === "object" && value !== null ? JSON.stringify(value) : value);
    }
  }
  return tableOf(columns);
}

/** A prompt and a reply have at most 4 MiB each. */
const mostCharacters = 16 * 1024 * 1024;

/** An event as a line. A request stands in the line of its first attempt, or of its stored reply. */
function lineOf(event: CallEvent): object {
  switch (event.kind) {
    case "asked": {
      const { key, attempt, request } = event;
      return { key, attempt, ...(attempt === 1 ? requestOf(request) : {}) };
    }
    case "reply": {
      const { cached, stored: { key, reply, request, latencyMs, identity } } = event;
      const { text, thought, refusal, model, finishReason, promptTokens, completionTokens } = reply;
      return {
        ...{ key, cached, model, text, thought, refusal, finish_reason: finishReason },
        ...{ prompt_tokens: promptTokens, completion_tokens: completionTokens, latency_ms: latencyMs },
        ...{ endpoint: identity.endpoint, parameters: identity.parameters },
        ...(cached ? requestOf(request) : {}),
      };
    }
    case "failed":
      return { key: event.key, attempt: event.attempts, ...errorOf(event.error) };
    case "retry":
      return { key: event.key, attempt: event.attempt, wait_ms: event.waitMs, ...errorOf(event.error) };
    case "limited":
      return { key: event.key, wait_ms: event.waitMs, reason: event.cause };
    case "concurrency":
      return { allowed: event.allowed, reason: event.cause };
  }
}

function requestOf({ messages, schema, seed, replicate }: RespondentRequest): object {
  return { messages, schema, seed, replicate };
}

function errorOf(error: Error): object {
  const { kind, status } = error as { kind?: unknown; status?: unknown };
  return { reason: error.message, error_kind: kind, http_status: status };
}
