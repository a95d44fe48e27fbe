import { breather } from "../core/breather.ts";
import { notAskedReason } from "../core/columns.ts";
import { cannot, StoreError, type StoreErrorKind } from "../core/errors.ts";
import { callback, type ReadOptions, readOptions, rule, type RulesFor, whole } from "../core/options.ts";
import type { Call, CallResult, Respondent, RespondentRequest, Store } from "../core/respondent.ts";
import { onStop } from "../core/stop_button.ts";
import type { Table } from "../core/table.ts";
import { type AskSettings, askStored, wait } from "./ask.ts";
import type { CallEvent, CallListener } from "./call_events.ts";
import { identify } from "./identify.ts";
import { Leases } from "./leases.ts";
import { Limits } from "./limits.ts";
import { watchFailures } from "./watch_failures.ts";

/** Where calls stand. */
export interface RunProgress {
  /** Calls that have ended, from the store or from the respondent. */
  readonly done: number;
  /** Calls in all, as far as they are known. */
  readonly total: number;
  /** Calls answered from the store. */
  readonly cached: number;
  /**
   * Calls by what became of them. Of an experiment: `answered`, where every question was, else the status of the first
   * that was not; of other calls `replied`, `refused` or `failed`.
   */
  readonly statuses: { readonly [status: string]: number };
  /** Of an experiment whose subjects meet in sessions: how many of these have ended, and how many there are. */
  readonly sessions?: { readonly done: number; readonly total: number };
  /** Calls that have ended, by the round of the protocol; `0` outside rounds. */
  readonly rounds?: { readonly [round: string]: number };
  /** How often the endpoint held a call back, for too many requests; left out where it never did. */
  readonly heldBack?: number;
  /** Time since the first call, in milliseconds. */
  readonly elapsedMs: number;
  /** Before the first call of an experiment: what will be asked of whom, and about what it costs. */
  readonly announcement?: string;
  /** After the last call of an experiment: how it went; see `describeRun`. */
  readonly summary?: string;
}

/** How calls are made: kept, tried again, several at once, watched, stopped. */
export interface CallerOptions {
  /** Where replies are kept and looked up first; nothing is kept if not given. */
  store?: Store;
  /**
   * How many calls are under way at once.
   * @default {8}
   */
  concurrency?: number;
  /**
   * How often a call that failed for a passing reason is tried again; waits double from 0.5 s to 30 s. A rate limit is
   * no such failure: see `patienceMs`.
   * @default {5}
   */
  retries?: number;
  /**
   * How long a call waits, all its waits together, for an endpoint that holds it back (a rate limit; overloaded, with a
   * `Retry-After`), in milliseconds. While it does, fewer calls are under way at once, and more again as it answers.
   * @default {600000}
   */
  patienceMs?: number;
  /** Most requests a minute, evenly spaced; left out, as many as the endpoint takes. */
  requestsPerMinute?: number;
  /** Most tokens a minute, of prompts and replies, going by those that the endpoint counted until then. */
  tokensPerMinute?: number;
  /** Stops the calls, as a notebook's stop button does: nothing more is asked, calls under way may still arrive. */
  signal?: AbortSignal;
  /**
   * How long calls under way may still arrive when they are stopped, in milliseconds: they are paid for. At a notebook's
   * stop button a second at most.
   * @default {5000}
   */
  drainMs?: number;
  /** Is told of every call that ended, and waited for. */
  onProgress?: (progress: RunProgress) => unknown;
  /** Hears all that happens to the calls, as a log needs it; see {@linkcode CallEvent}. */
  onEvent?: CallListener;
  /** Waits; replaced in tests. */
  delay?: (milliseconds: number, signal: AbortSignal) => Promise<void>;
  /** The time in milliseconds; replaced in tests. */
  now?: () => number;
}

/** Names, checks and defaults of {@linkcode CallerOptions}. */
export const callerRules = {
  store: rule<Store, undefined>((action, name, value) => {
    if (typeof (value as Store)?.get === "function") return;
    throw new TypeError(`${cannot(action, name, "be a store", value)}; for example sqliteStore("study.db")`);
  }, undefined),
  concurrency: whole(8, 1, 10_000),
  retries: whole(5, 0, 100),
  patienceMs: whole(600_000, 0, 604_800_000),
  requestsPerMinute: whole<number | undefined>(undefined, 1),
  tokensPerMinute: whole<number | undefined>(undefined, 1),
  signal: rule<AbortSignal, undefined>((action, name, value) => {
    if (value instanceof AbortSignal) return;
    throw new TypeError(`${cannot(action, name, "be an AbortSignal", value)}; see interruptible`);
  }, undefined),
  drainMs: whole(5000, 0, 86_400_000),
  onProgress: callback<(progress: RunProgress) => unknown>(),
  onEvent: callback<CallListener>(),
  delay: callback<NonNullable<CallerOptions["delay"]>, typeof wait>(wait),
  now: callback<() => number, () => number>(Date.now),
} satisfies RulesFor<CallerOptions>;

/**
 * Opens the way to call a respondent for verbs that need a model beside an experiment: `elicitConfounders`,
 * `suggestControls`, `drawAttributes`.
 *
 * A reply is kept in the store before it counts, and what the store holds is not asked again. Passing errors
 * (unreachable, server errors) are tried again; a call that the endpoint holds back waits. A call that fails leaves the
 * others as they are, but all end where going on is senseless: the key is refused, the quota is spent, the endpoint cannot
 * be reached before any call has succeeded, the first 20 calls (or all) are rejected in the same way and none was answered
 * before, many calls in a row have failed, or no reply has come for as long as `patienceMs`.
 *
 * @param respondent who is asked
 * @param options store, concurrency, retries, stop signal, progress (defaults there)
 * @returns the way to call it, to be handed on; one may be handed to several verbs, which then share its limits and end
 * @example Two personas are asked for their party
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { caller, drawAttributes, memoryStore, scriptedRespondent, tableOf } from "@understudy/understudy";
 *
 * const store = memoryStore();
 * const drawn = await drawAttributes(tableOf({ persona_id: ["p1", "p2"], age: [31, 64] }), {
 *   attributes: "party",
 *   levels: { party: ["left", "right"] },
 *   from: caller(scriptedRespondent('{"party": "left"}'), { store }),
 *   seed: 1,
 * });
 * assertEquals(drawn.array("party"), ["left", "left"]);
 * assertEquals(await store.count(), 2);
 * ```
 */
export function caller(respondent: Respondent, options: CallerOptions = {}): Call {
  const action = "call a respondent";
  requireRespondent(action, respondent);
  return new OpenCalls(respondent, readOptions(action, options, callerRules));
}

/** Checks who answers, before the first call is paid for. */
export function requireRespondent(action: string, respondent: Respondent): void {
  if (typeof respondent?.respond === "function" && typeof respondent.identity === "function") return;
  const wrong = cannot(action, "respondent", "be a respondent", respondent);
  throw new TypeError(`${wrong}; for example openAiRespondent({ model: "…" })`);
}

/** What is wrong with a store of which the other replies can still be read. */
const stillRead: ReadonlySet<StoreErrorKind> = new Set(["damaged", "full", "read_only", "removed"]);

/** Calls that share a store, a limit, an endpoint's wishes to wait, and one end. */
export class OpenCalls implements Call {
  readonly name: string;
  readonly signal: AbortSignal;
  readonly #options: ReadOptions<CallerOptions, typeof callerRules>;
  readonly #total: number | undefined;
  readonly #settings: AskSettings;
  readonly #others: Map<Respondent, AskSettings> = new Map();
  readonly #main: Respondent;
  readonly #guard: ((respondent: Respondent) => Respondent) | undefined;
  readonly #own: AbortController = new AbortController();
  readonly #cutter: AbortController = new AbortController();
  readonly #watch: ReturnType<typeof watchFailures>;
  readonly #progress = { done: 0, cached: 0, statuses: {} as { [status: string]: number } };
  readonly #queue: (() => void)[] = [];
  #left = 0;
  #underWay = 0;
  #asked = 0;
  heldBack = 0;
  // What the store answers takes no turn of the event loop.
  readonly #breathe: ReturnType<typeof breather> = breather();
  #started: number | undefined;
  #drain: ReturnType<typeof setTimeout> | undefined;
  #drainMs: number;
  #hearing = 0;
  #forgetStop: () => void = () => {};
  /** The error that ended the calls; `undefined` where the user stopped them, or nobody did. */
  failure: unknown;
  /** Why nothing more is asked; see {@linkcode close}. */
  closed: string | undefined;
  /** Where the sessions of an experiment stand, for whoever is told. */
  sessions: Pick<RunProgress, "sessions" | "rounds"> = {};

  /**
   * @param known how many calls there will be, whether the store answers any of them, where that can be told, and what
   * guards every respondent
   */
  constructor(
    respondent: Respondent,
    options: ReadOptions<CallerOptions, typeof callerRules>,
    { total, isAnyKept, guard }: {
      total?: number;
      isAnyKept?: () => Promise<boolean>;
      guard?: ((respondent: Respondent) => Respondent) | undefined;
    } = {},
  ) {
    const { signal, store } = options;
    this.name = respondent.name;
    this.#options = options;
    this.#total = total;
    this.#guard = guard;
    this.#main = respondent;
    this.#drainMs = options.drainMs;
    this.signal = signal === undefined ? this.#own.signal : AbortSignal.any([signal, this.#own.signal]);
    this.signal.addEventListener("abort", () => this.#startDrain(), { once: true });
    const tell = (event: CallEvent) => this.#tell(event);
    const limits = new Limits({ ...options, stop: this.signal, tell });
    this.#watch = watchFailures({ ...options, limits, isAnyKept });
    this.#settings = {
      ...options,
      ...identify(guard?.(respondent) ?? respondent),
      leases: store?.claim === undefined ? undefined : new Leases(store),
      limits,
      stop: this.signal,
      cut: this.#cutter.signal,
      tell,
      closed: () => this.closed,
      end: (error) => this.end(error),
    };
  }

  /** Returns the answers; where an error ended the calls throws it, with them. */
  settle(answers: Table): Table {
    if (this.failure === undefined) return answers;
    if (this.failure instanceof Error) Object.assign(this.failure, { answers });
    throw this.failure;
  }

  /** Asks nothing more, for a reason; what is kept is still read, and calls under way arrive. */
  close(reason: string): void {
    this.closed ??= `${notAskedReason} as ${reason}`;
  }

  /** Ends all calls; those under way may still arrive, and of a store that keeps nothing more the rest is read. */
  end(reason: unknown): void {
    this.failure ??= reason;
    if (reason instanceof StoreError && stillRead.has(reason.kind)) this.close("the store failed");
    else this.#own.abort(reason);
  }

  async ask(request: RespondentRequest): Promise<CallResult> {
    const [result] = await this.askMany([request]);
    return result!;
  }

  /**
   * Asks requests that differ in replicate and seed alone with one call.
   *
   * @param read reads what came, before it counts, and gives the status under which it does; `null` where it does not; is
   * told which of the requests it answers
   * @param another who is asked in the respondent's place
   */
  async askMany(
    requests: readonly RespondentRequest[],
    read: (result: CallResult, place: number) => string | null = kindOfResult,
    another: Respondent | null = null,
  ): Promise<CallResult[]> {
    this.#asked += requests.length;
    this.#started ??= this.#settings.now();
    return await this.#stoppable(async () => {
      await this.#takePlace();
      const results = await this.#answer(requests, this.#settingsOf(another));
      for (const [place, result] of results.entries()) await this.#report(result, read(result, place));
      this.#leavePlace();
      if (results.every((result) => result.kind === "reply" && result.cached)) await this.#breathe();
      return results;
    });
  }

  /**
   * Runs jobs, each of which makes its calls one after another, as many at once as calls may be under way. Every job
   * runs to its end: once the calls are stopped, what it asks comes back as stopped. A job that fails ends the others.
   */
  async runJobs<T>(count: number, job: (index: number) => Promise<T>): Promise<(T | undefined)[]> {
    const results = new Array<T | undefined>(count).fill(undefined);
    let next = 0;
    const work = async (): Promise<void> => {
      while (next < count) {
        const index = next++;
        await job(index).then((result) => results[index] = result, (error) => this.end(error));
      }
    };
    const workers = () =>
      Promise.all(Array.from({ length: Math.min(this.#options.concurrency, count) }, work));
    await this.#stoppable(workers);
    const rejected = this.#watch.allRejected();
    if (rejected !== undefined && !this.signal.aborted) this.end(rejected);
    return results;
  }

  /** Another respondent has limits of its own; places, store and end are shared. */
  #settingsOf(another: Respondent | null): AskSettings {
    if (another === null) return this.#settings;
    const known = this.#others.get(another);
    if (known !== undefined) return known;
    const { tell, stop } = this.#settings;
    const limits = new Limits({ ...this.#options, stop, tell });
    // A replay answers for everybody.
    const asked = this.#main.standIn?.(another) ?? this.#guard?.(another) ?? another;
    const settings = { ...this.#settings, ...identify(asked), limits };
    this.#others.set(another, settings);
    return settings;
  }

  async #answer(requests: readonly RespondentRequest[], settings: AskSettings): Promise<CallResult[]> {
    if (this.signal.aborted) return requests.map(() => ({ kind: "stopped", key: null }));
    try {
      const results = await askStored(requests, settings);
      // What fails in one call has failed once.
      const result = results.find(({ kind }) => kind === "failed") ?? results[0]!;
      if (await this.#watch.isSenseless(result, requests[0]!) && result.kind === "failed") {
        this.end(result.error);
      }
      return results;
    } catch (error) {
      // Not one call failed but the respondent, the store or the request: all others would meet it too.
      this.end(error);
      const failure = error instanceof Error ? error : new Error(String(error), { cause: error });
      return requests.map(() => ({ kind: "failed", key: null, error: failure, attempts: 1 }));
    }
  }

  #tell(event: CallEvent): void {
    if (event.kind === "limited" && event.key !== null) this.heldBack++;
    try {
      this.#options.onEvent?.(event);
    } catch (error) {
      this.end(error);
    }
  }

  /** Tells of a call that ended, and waits for whoever is told. */
  async #report(result: CallResult, status: string | null): Promise<void> {
    if (result.kind !== "stopped") {
      const at = this.#settings.now();
      this.#tell({ at, ...result });
    }
    if (status === null) return;
    const { done, cached, statuses } = this.#progress;
    this.#progress.done = done + 1;
    this.#progress.cached = cached + (result.kind === "reply" && result.cached ? 1 : 0);
    statuses[status] = (statuses[status] ?? 0) + 1;
    if (this.#options.onProgress !== undefined) await this.tell({});
  }

  /** Tells where the calls stand, with what is to be said beside it. */
  async tell(said: Pick<RunProgress, "announcement" | "summary">): Promise<void> {
    const now = this.#settings.now();
    try {
      await this.#options.onProgress?.({
        ...this.#progress,
        ...structuredClone(this.sessions),
        statuses: { ...this.#progress.statuses },
        ...(this.heldBack === 0 ? {} : { heldBack: this.heldBack }),
        total: Math.max(this.#total ?? this.#asked, this.#progress.done),
        elapsedMs: now - (this.#started ?? now),
        ...said,
      });
    } catch (error) {
      this.end(error);
    }
  }

  /** Hears the stop button while something is under way. */
  async #stoppable<T>(work: () => Promise<T>): Promise<T> {
    if (this.#hearing++ === 0) {
      this.#forgetStop = onStop((reason) => {
        // Whoever presses it waits before the screen.
        this.#drainMs = Math.min(this.#drainMs, 1000);
        this.#own.abort(reason);
      });
    }
    try {
      return await work();
    } finally {
      if (--this.#hearing === 0) this.#forgetStop();
    }
  }

  async #takePlace(): Promise<void> {
    if (this.#underWay < this.#options.concurrency) this.#underWay++;
    else await new Promise<void>((resolve) => this.#queue.push(resolve));
  }

  /** Hands the place on to the next in the queue. */
  #leavePlace(): void {
    const next = this.#queue[this.#left];
    if (next !== undefined) {
      this.#left++;
      next();
      return;
    }
    this.#queue.length = this.#left = 0;
    this.#underWay--;
    if (this.#underWay === 0) clearTimeout(this.#drain);
  }

  #startDrain(): void {
    if (this.#underWay === 0) return;
    this.#drain = setTimeout(() => this.#cutter.abort(this.signal.reason), this.#drainMs);
  }
}

function kindOfResult(result: CallResult): string | null {
  if (result.kind !== "reply") return result.kind === "failed" ? "failed" : null;
  return result.stored.reply.refusal === null ? "replied" : "refused";
}
