import type { Respondent, RespondentError, RespondentRequest, Store } from "../core/mod.ts";
import { ask, type AskSettings, type Outcome } from "./ask.ts";

/** How calls of several jobs are made; the same meaning as in `RunExperimentOptions`. */
export interface CallPoolOptions {
  /** Where replies are kept and looked up first; nothing is kept if not given. */
  store?: Store;
  /**
   * How many conversations are under way at once.
   * @default {8}
   */
  concurrency?: number;
  /**
   * How often a call that failed for a passing reason is tried again.
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
  /** Waits; replaced in tests. */
  delay?: (milliseconds: number, signal: AbortSignal) => Promise<void>;
  /** The time in milliseconds; replaced in tests. */
  now?: () => number;
}

/** Makes one call of a job; once the run is stopped nothing is asked any more. */
export type Call = (request: RespondentRequest) => Promise<Outcome>;

/**
 * Runs jobs, each a sequence of calls, several at once. Every job runs to its end: after a stop its calls come back
 * as `stopped`, so that what was not asked has rows too.
 *
 * @returns what each job returned, and the error that ended the run
 */
export async function runJobs<T>(
  jobs: readonly ((call: Call) => Promise<T>)[],
  respondent: Respondent,
  options: CallPoolOptions,
): Promise<{ results: (T | undefined)[]; failure: unknown }> {
  const { concurrency = 8, store } = options;
  const ending = endings(options);
  const settings: AskSettings = {
    respondent,
    identity: await respondent.identity(),
    store,
    retries: options.retries ?? 5,
    delay: options.delay ?? wait,
    now: options.now ?? Date.now,
    gate: { until: 0 },
    stop: ending.stop,
    cut: ending.cut,
  };
  const senseless = tellsSenseless(concurrency);
  const call: Call = async (request) => {
    if (ending.stop.aborted) return { kind: "stopped", key: "" };
    const outcome = await ask(request, settings);
    if (senseless(outcome)) ending.end((outcome as { error: RespondentError }).error);
    return outcome;
  };
  const results = new Array<T | undefined>(jobs.length).fill(undefined);
  let next = 0;
  const work = async (): Promise<void> => {
    while (next < jobs.length) {
      const job = next++;
      // The first job to fail stops the others; all are awaited, so that nothing floats.
      await jobs[job]!(call).then((result) => results[job] = result, ending.end);
    }
  };
  await Promise.all(Array.from({ length: Math.min(concurrency, jobs.length) }, work));
  ending.release();
  return { results, failure: ending.failure() };
}

/** The two signals of a run: `stop` ends asking, `cut` ends calls under way a little later. */
function endings({ signal, drainMs = 5000 }: CallPoolOptions) {
  const own = new AbortController();
  const cutter = new AbortController();
  const stop = signal ? AbortSignal.any([signal, own.signal]) : own.signal;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let failure: unknown;
  const drain = (): void => {
    timer = setTimeout(() => cutter.abort(stop.reason), drainMs);
  };
  if (stop.aborted) drain();
  else stop.addEventListener("abort", drain, { once: true });
  return {
    stop,
    cut: cutter.signal,
    end: (reason: unknown): void => {
      failure ??= reason;
      own.abort(reason);
    },
    failure: (): unknown => failure,
    release: (): void => {
      stop.removeEventListener("abort", drain);
      clearTimeout(timer);
    },
  };
}

/** Tells when going on is senseless: the same rules by which an experiment's run ends. */
function tellsSenseless(concurrency: number): (outcome: Outcome) => boolean {
  let answered = false;
  let failures = 0;
  return (outcome) => {
    if (outcome.kind === "reply" && !outcome.cached) [answered, failures] = [true, 0];
    if (outcome.kind !== "failed") return false;
    failures++;
    const { kind } = outcome.error;
    if (kind === "unauthorized" || kind === "quota") return true;
    const many = failures >= Math.max(10, 2 * concurrency);
    if (kind === "unreachable") return !answered || many;
    return kind === "bad_request" ? !answered : kind !== "malformed" && many;
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
