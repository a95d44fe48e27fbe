import type { Respondent, RespondentError, RespondentRequest } from "../core/mod.ts";
import { ask, type AskSettings, type Outcome } from "./ask.ts";
import type { CallPoolOptions } from "./call_options.ts";

/** Makes one call of a job; once the run is stopped nothing is asked any more, and nothing comes back. */
export type Call = (request: RespondentRequest) => Promise<Outcome | undefined>;

/** A sequence of calls; `stop` tells one that composes its calls as it goes that there is no need to. */
export type Job<T> = (call: Call, stop: AbortSignal) => Promise<T>;

/**
 * Runs jobs, several at once, until all are through or going on is senseless. Every job runs to its end: after a stop
 * its calls come back without an outcome, so that what was not asked has rows too.
 *
 * @returns what each job returned, and the error that ended the run
 */
export async function runJobs<T>(
  jobs: readonly Job<T>[],
  respondent: Respondent,
  options: CallPoolOptions,
): Promise<{ results: (T | undefined)[]; failure: unknown }> {
  const { concurrency = 8 } = options;
  const identity = await respondent.identity();
  const ending = endings(options);
  const call = caller({ respondent, identity, ...ending }, options, ending.end);
  const results = new Array<T | undefined>(jobs.length).fill(undefined);
  let next = 0;
  const work = async (): Promise<void> => {
    while (next < jobs.length) {
      const job = next++;
      // The first job to fail stops the others; all are awaited, so that nothing floats.
      await jobs[job]!(call, ending.stop).then((result) => results[job] = result, ending.end);
    }
  };
  await Promise.all(Array.from({ length: Math.min(concurrency, jobs.length) }, work));
  ending.release();
  return { results, failure: ending.failure() };
}

/** Makes calls that share an endpoint's wishes to wait, and ends the run where going on is senseless. */
function caller(
  run: Pick<AskSettings, "respondent" | "identity" | "stop" | "cut">,
  { concurrency = 8, retries = 5, delay = wait, now = Date.now, store }: CallPoolOptions,
  end: (reason: unknown) => void,
): Call {
  const settings: AskSettings = { ...run, store, retries, delay, now, gate: { until: 0 } };
  const senseless = tellsSenseless(concurrency);
  return async (request) => {
    if (run.stop.aborted) return undefined;
    const outcome = await ask(request, settings);
    if (senseless(outcome, request)) end((outcome as { error: RespondentError }).error);
    return outcome;
  };
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

/**
 * Tells when going on is senseless: the key is refused, the quota is spent, the endpoint cannot be used before any
 * call has succeeded, or it has failed too many calls in a row since. A call that is itself at fault ends the run before
 * any call of its form has succeeded: where probes, which have a schema, are answered, lines of a dialogue may still all
 * fail for one reason.
 */
function tellsSenseless(concurrency: number): (outcome: Outcome, request: RespondentRequest) => boolean {
  const forms = new Set<boolean>();
  let answered = false;
  let failures = 0;
  return (outcome, { schema }) => {
    const form = schema !== undefined;
    if (outcome.kind === "reply" && !outcome.cached) {
      [answered, failures] = [true, 0];
      forms.add(form);
    }
    if (outcome.kind !== "failed") return false;
    failures++;
    const { kind } = outcome.error;
    if (kind === "unauthorized" || kind === "quota") return true;
    const many = failures >= Math.max(10, 2 * concurrency);
    if (kind === "unreachable") return !answered || many;
    return kind === "bad_request" ? !forms.has(form) : kind !== "malformed" && many;
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
