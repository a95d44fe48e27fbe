import { cannot, RespondentError } from "../core/errors.ts";
import type { Plan } from "../core/experiment.ts";
import { type RulesFor, whole } from "../core/options.ts";
import { type BatchEndpoint, requestKey, type Respondent } from "../core/respondent.ts";
import type { RespondentIdentity, RespondentReply, RespondentRequest } from "../core/respondent.ts";
import type { Store } from "../core/respondent.ts";
import type { Table } from "../core/table.ts";
import { checkPlan, trialCalls, waitsForReplies } from "../prompts/compose_prompt.ts";
import { parseLine, streamLines } from "../store/line_files.ts";
import { memoryStore } from "../store/memory_store.ts";
import type { CallListener } from "./call_events.ts";
import { callerRules, requireRespondent } from "./caller.ts";
import { lookUpCalls } from "./look_up_calls.ts";
import { collectResults } from "./run_experiment.ts";

/** Which calls go into files, and how many into one. */
export interface BatchFileOptions {
  /** Where replies are kept and looked up first: what it holds is not asked again. */
  store?: Store;
  /**
   * Most requests in one file (of at most 200 MB, as providers take them); more make several files.
   * @default {50000}
   */
  mostRequests?: number;
}

/** Names, checks and defaults of {@linkcode BatchFileOptions}. */
export const batchFileRules = { store: callerRules.store, mostRequests: whole(50_000) } satisfies RulesFor<
  BatchFileOptions
>;

const mostBytes = 2e8;

/** Lines of output files: far more than any reply to a survey. */
const mostCharacters = 4 * 1024 * 1024;

/** So many lines beside those that were asked for are read; a file may be endless. */
const mostOthers = 100_000;

/** A call that the store lacks: where it stands in the plan, and why no reply came as far as that is known. */
interface MissingCall {
  readonly trial: number;
  readonly place: number;
  failure: Error | undefined;
}

/** The calls of a plan that are made in files: which are missing, their lines, and what came of them. */
export class BatchCalls {
  /** All request keys, in the plan's order. */
  readonly keys: Set<string> = new Set();
  /** What the store lacks, by request key. */
  readonly missing: Map<string, MissingCall> = new Map();
  /** Lines of output that are none of this study's, or cannot be read. */
  ignored = 0;
  /** Whether a batch is worked on that may answer what is missing. */
  underWay = false;
  readonly #fresh = new Set<string>();

  private constructor(
    readonly plan: Plan,
    readonly endpoint: BatchEndpoint,
    readonly identity: RespondentIdentity,
    readonly store: Store,
    readonly tell: CallListener,
  ) {}

  static async open(
    action: string,
    plan: Plan,
    respondent: Respondent,
    { store = memoryStore(), onEvent = () => {} }: {
      store?: Store | undefined;
      onEvent?: CallListener | undefined;
    },
  ): Promise<BatchCalls> {
    checkPlan(action, plan);
    requireRespondent(action, respondent);
    const { batch } = respondent;
    if (batch === undefined) {
      const need = 'be one whose requests can be sent in files: openAiRespondent({ model: "…" })';
      throw new TypeError(cannot(action, "respondent", need, respondent.name));
    }
    if (waitsForReplies(plan.design)) {
      const rule =
        'be "together" or "apart", without a protocol: else a question waits for the reply before it';
      throw new RangeError(cannot(action, "plan.design.ask", rule, plan.design.ask));
    }
    const calls = new BatchCalls(plan, batch, await respondent.identity(), store, onEvent);
    for await (const { key, trial, place, isKept } of lookUpCalls(plan, calls.identity, store)) {
      calls.keys.add(key);
      if (!isKept) calls.missing.set(key, { trial, place, failure: undefined });
    }
    return calls;
  }

  /** How many calls the store held from the beginning. */
  get cached(): number {
    return this.keys.size - this.missing.size - this.#fresh.size;
  }

  #request({ trial, place }: MissingCall): RespondentRequest {
    return trialCalls(this.plan, trial)[place]!.request([]);
  }

  /** The files of what is missing, none larger than it may be; each is made when it is its turn. */
  *parts(mostRequests: number): Generator<{ readonly keys: readonly string[]; readonly lines: Blob }> {
    let [keys, lines, size]: [string[], Uint8Array<ArrayBuffer>[], number] = [[], [], 0];
    for (const [key, call] of this.missing) {
      const request = this.#request(call);
      call.failure = undefined;
      this.tell({ kind: "asked", at: Date.now(), key, request, attempt: 1 });
      const body = this.endpoint.body(request);
      const entry = { custom_id: key, method: "POST", url: "/v1/chat/completions", body };
      const line = new TextEncoder().encode(`${JSON.stringify(entry)}\n`);
      if (keys.length > 0 && (keys.length === mostRequests || size + line.length > mostBytes)) {
        yield { keys, lines: new Blob(lines) };
        [keys, lines, size] = [[], [], 0];
      }
      keys.push(key);
      lines.push(line);
      size += line.length;
    }
    if (keys.length > 0) yield { keys, lines: new Blob(lines) };
  }

  /** Reads a file of answers, in any order; some replies are stored together. */
  async read(output: ReadableStream<Uint8Array>, latencyMs: number): Promise<void> {
    const before = this.ignored;
    const group: Promise<boolean>[] = [];
    const settle = async (): Promise<void> => {
      for (const isOurs of await Promise.all(group.splice(0))) if (!isOurs) this.ignored++;
    };
    for await (const line of streamLines(output, mostCharacters)) {
      if (line?.trim() !== "") group.push(this.#readLine(line, latencyMs));
      if (group.length === 50) await settle();
      if (this.ignored - before >= mostOthers) return;
    }
    await settle();
  }

  /** Whether the line belongs to a call of the plan; keeps what came of one that is missing. */
  async #readLine(line: string | undefined, latencyMs: number): Promise<boolean> {
    const entry: OutputLine | undefined = parseLine(line);
    const key = entry?.custom_id as string;
    const call = this.missing.get(key);
    if (entry === undefined || call === undefined) return this.keys.has(key);
    const request = this.#request(call);
    let reply: RespondentReply;
    try {
      reply = this.endpoint.read(request, answerOf(entry));
    } catch (error) {
      // What is nested too deep is an error of its line alone.
      const message = `its line cannot be read: ${error}`;
      const own = new RespondentError(message, { kind: "malformed", transient: false });
      this.fail([key], error instanceof RespondentError ? error : own);
      return true;
    }
    const at = Date.now();
    const answeredAt = new Date(at).toISOString();
    const stored = { key, identity: this.identity, request, reply, latencyMs, answeredAt };
    this.missing.delete(key);
    this.#fresh.add(key);
    await this.store.put(stored);
    this.tell({ kind: "reply", at, stored, cached: false });
    return true;
  }

  /** Notes why calls that got no reply have none, where no line said so. */
  fail(keys: Iterable<string>, error: Error): void {
    for (const key of keys) {
      const call = this.missing.get(key);
      if (call === undefined || call.failure !== undefined) continue;
      call.failure = error;
      this.tell({ kind: "failed", at: Date.now(), key, error, attempts: 1 });
    }
  }

  /** The answers table, with a row for each call that got no reply. */
  answers(): Promise<Table> {
    return collectResults(this.plan, async (request) => {
      const key = requestKey(this.identity, request);
      const stored = await this.store.get(key);
      if (stored !== undefined) return { kind: "reply", stored, cached: !this.#fresh.has(key) };
      const error = this.missing.get(key)?.failure;
      return error === undefined
        ? { kind: "stopped", key, cut: this.underWay }
        : { kind: "failed", key, error, attempts: 1 };
    });
  }
}

interface OutputLine {
  readonly custom_id?: unknown;
  readonly response?: { readonly status_code?: unknown; readonly body?: unknown } | null;
  readonly error?: { readonly code?: unknown; readonly message?: unknown } | null;
}

/** The answer that a line holds as it would have come by itself; a request that never ran has none. */
function answerOf({ response, error }: OutputLine): { status: number; text: string } {
  const code = Number(response?.status_code);
  const text = (body: unknown) => typeof body === "string" ? body : JSON.stringify(body ?? {});
  if (code === 200 && response?.body) return { status: 200, text: text(response.body) };
  // batch_expired, batch_cancelled: the next run may ask again, as after a server's failure.
  const status = code >= 400 && code < 600 ? code : 500;
  return { status, text: text(response?.body ?? { error: error ?? "no reply" }) };
}
