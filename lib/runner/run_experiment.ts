import {
  cannot,
  checkOptions,
  checkWhole,
  columnOf,
  isTable,
  type Plan,
  type Respondent,
  RespondentError,
  type Store,
  type Table,
} from "../core/mod.ts";
import { composePrompt } from "../prompts/mod.ts";
import { ask, type AskSettings, type Outcome } from "./ask.ts";
import { collectAnswers } from "./collect_answers.ts";

/** Where a run stands. */
export interface RunProgress {
  /** Calls that have ended, from the store or from the respondent. */
  readonly done: number;
  /** Calls in all. */
  readonly total: number;
  /** Calls answered from the store. */
  readonly cached: number;
  /** Calls by what became of them: `replied`, `refused`, `failed`. */
  readonly statuses: { readonly [status: string]: number };
  /** Time since the run began, in milliseconds. */
  readonly elapsedMs: number;
}

/** Options of {@linkcode runExperiment}. */
export interface RunExperimentOptions {
  /** Where replies are kept and looked up first; nothing is kept if not given. */
  store?: Store;
  /**
   * How many calls are under way at once.
   * @default {8}
   */
  concurrency?: number;
  /**
   * How often a call that failed for a passing reason is tried again; waits double from 0.5 s to 30 s, and an
   * endpoint's `Retry-After` is respected.
   * @default {5}
   */
  retries?: number;
  /** Stops the run: nothing more is asked, calls under way may still arrive, the answers so far are returned. */
  signal?: AbortSignal;
  /**
   * How long calls under way may still arrive when a run is stopped, in milliseconds: they are paid for.
   * @default {5000}
   */
  drainMs?: number;
  /** Is told of every call that ended, and waited for. */
  onProgress?: (progress: RunProgress) => unknown;
  /** Waits; replaced in tests. */
  delay?: (milliseconds: number, signal: AbortSignal) => Promise<void>;
  /** The time in milliseconds; replaced in tests. */
  now?: () => number;
}

const action = "run an experiment";

/**
 * Asks a respondent every call of a plan and returns all answers.
 *
 * A reply is kept in the store before it counts: a run that is stopped, or killed, loses nothing that was paid for,
 * and the next run asks only for what is missing. No answer is dropped: a call that failed is rows with status
 * `failed` and the reason. Passing errors (unreachable, busy, server errors) are tried again with the same request
 * and the same sampling parameters. The run ends with the error where going on is senseless: the key is refused, the
 * quota is spent, the endpoint cannot be used before any call has succeeded, or many calls in a row have failed; the
 * error's `answers` hold the table as far as it had come. A stopped run returns all rows; those that were not asked
 * have status `failed` and say so.
 *
 * @param plan from `planExperiment`
 * @param respondent who answers
 * @param options store, concurrency, retries, abort signal, progress
 * @returns one row per call and item: the columns of `assigned`, then `trial_id`, `replicate`, `wording`, `turn`,
 * `item`, `value`, `status`, `reason`, `raw`, `item_position`, `option_order`, `model`, `prompt_tokens`,
 * `completion_tokens`, `latency_ms`, `cached`, `request_key`
 * @throws {RespondentError} if the respondent cannot answer at all
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { tableOf } from "@understudy/understudy/core";
 * import { assignTreatments, declareDesign } from "@understudy/understudy/designs";
 * import { yesNo } from "@understudy/understudy/items";
 * import { scriptedRespondent } from "@understudy/understudy/respondents";
 * import { planExperiment, runExperiment } from "@understudy/understudy/runner";
 * import { declareTreatments } from "@understudy/understudy/treatments";
 *
 * const design = declareDesign({
 *   treatments: declareTreatments({ control: "It is quiet.", threat: "Troops cross the border." }),
 *   items: [yesNo("fear", "Are you afraid?")],
 * });
 * const personas = tableOf({ persona_id: ["p1", "p2"], weight: [1, 1], age: [31, 64] });
 * const plan = planExperiment(assignTreatments(personas, design, { seed: 1 }), design, { seed: 1 });
 * const answers = await runExperiment(plan, scriptedRespondent(() => '{"fear": "yes"}'));
 * assertEquals(Array.from(answers.array("value") as number[]), [1, 1]);
 * ```
 */
export async function runExperiment(
  plan: Plan,
  respondent: Respondent,
  options: RunExperimentOptions = {},
): Promise<Table> {
  checkRun(plan, respondent, options);
  const { concurrency = 8, retries = 5, delay = wait, now = Date.now, store } = options;
  const identity = await respondent.identity();
  const ids = columnOf<string>(plan.trials, "trial_id");
  const outcomes = new Array<Outcome | undefined>(ids.length).fill(undefined);
  const progress = trackProgress(ids.length, now, options.onProgress);
  const ending = stopping(options);
  const settings: AskSettings = {
    respondent,
    identity,
    store,
    retries,
    delay,
    now,
    gate: { until: 0 },
    ...ending,
  };
  const despair = hopelessness(concurrency);
  let next = 0;
  const work = async (): Promise<void> => {
    while (next < ids.length && !ending.stop.aborted) {
      const trial = next++;
      const outcome = await ask(composePrompt(plan, ids[trial]!), settings);
      outcomes[trial] = outcome;
      if (outcome.kind !== "stopped") await progress(outcome);
      if (despair(outcome)) throw (outcome as { error: RespondentError }).error;
    }
  };
  // The first worker to meet a senseless error stops the others; all are awaited, so that nothing floats.
  const workers = Array.from({ length: Math.min(concurrency, ids.length) }, () =>
    work().catch((error) => {
      ending.end(error);
      throw error;
    }));
  const ended = await Promise.allSettled(workers);
  ending.release();
  const failure = ended.find((worker) => worker.status === "rejected");
  const answers = collectAnswers(plan, outcomes);
  if (failure === undefined) return answers;
  if (failure.reason instanceof RespondentError) failure.reason.answers = answers;
  throw failure.reason;
}

/** The two signals of a run: `stop` ends asking, `cut` ends calls under way a little later. */
function stopping({ signal, drainMs = 5000 }: RunExperimentOptions): {
  stop: AbortSignal;
  cut: AbortSignal;
  end: (reason: unknown) => void;
  release: () => void;
} {
  const own = new AbortController();
  const cutter = new AbortController();
  const stop = signal ? AbortSignal.any([signal, own.signal]) : own.signal;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const drain = (): void => {
    timer = setTimeout(() => cutter.abort(stop.reason), drainMs);
  };
  if (stop.aborted) drain();
  else stop.addEventListener("abort", drain, { once: true });
  const release = (): void => {
    stop.removeEventListener("abort", drain);
    clearTimeout(timer);
  };
  return { stop, cut: cutter.signal, end: (reason) => own.abort(reason), release };
}

/**
 * Tells when going on is senseless: the key is refused, the quota is spent, the endpoint cannot be used before any
 * call has succeeded, or it has failed too many calls in a row since.
 */
function hopelessness(concurrency: number): (outcome: Outcome) => boolean {
  const most = Math.max(10, 2 * concurrency);
  let answered = false;
  let failures = 0;
  return (outcome) => {
    if (outcome.kind === "reply" && !outcome.cached) {
      answered = true;
      failures = 0;
    }
    if (outcome.kind !== "failed") return false;
    failures++;
    const { kind } = outcome.error;
    if (kind === "unauthorized" || kind === "quota") return true;
    if (kind === "unreachable") return !answered || failures >= most;
    return kind === "bad_request" ? !answered : kind !== "malformed" && failures >= most;
  };
}

function trackProgress(total: number, now: () => number, report: RunExperimentOptions["onProgress"]) {
  const started = now();
  const statuses: { [status: string]: number } = {};
  let done = 0;
  let cached = 0;
  return async (outcome: Outcome): Promise<void> => {
    done++;
    if (outcome.kind === "reply" && outcome.cached) cached++;
    const status = outcome.kind !== "reply"
      ? "failed"
      : outcome.stored.reply.refusal === null
      ? "replied"
      : "refused";
    statuses[status] = (statuses[status] ?? 0) + 1;
    await report?.({ done, total, cached, statuses: { ...statuses }, elapsedMs: now() - started });
  };
}

/** Waits for a time, or rejects at once when the signal aborts. */
function wait(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener("abort", stop);
      resolve();
    }, milliseconds);
    if (signal.aborted) stop();
    else signal.addEventListener("abort", stop, { once: true });
  });
}

function checkRun(plan: Plan, respondent: Respondent, options: RunExperimentOptions): void {
  if (!isTable(plan?.trials) || !isTable(plan?.assigned)) {
    throw new TypeError(
      `${cannot(action, "plan", "be a plan", plan)}; it comes from planExperiment(assigned, design)`,
    );
  }
  if (options?.store !== undefined && typeof options.store?.get !== "function") {
    throw new TypeError(
      `${cannot(action, "store", "be a store", options.store)}; for example sqliteStore("study.db")`,
    );
  }
  checkOptions(action, options, [
    "store",
    "concurrency",
    "retries",
    "signal",
    "onProgress",
    "delay",
    "now",
    "drainMs",
  ]);
  if (typeof respondent?.respond !== "function" || typeof respondent?.identity !== "function") {
    throw new TypeError(
      `${
        cannot(action, "respondent", "be a respondent", respondent)
      }; for example openAiRespondent({ model: "…" })`,
    );
  }
  checkWhole(action, "concurrency", options.concurrency ?? 8, 1, 10_000);
  checkWhole(action, "retries", options.retries ?? 5, 0, 100);
}
