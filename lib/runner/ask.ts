import { RespondentError } from "../core/errors.ts";
import {
  type CallResult,
  requestKey,
  type Respondent,
  type RespondentIdentity,
  type RespondentRequest,
  type Store,
} from "../core/respondent.ts";
import { stream } from "../core/stream.ts";
import type { CallEvent } from "./call_events.ts";

/** How one call is made, tried again and kept. */
export interface AskSettings {
  readonly respondent: Respondent;
  readonly identity: () => Promise<RespondentIdentity>;
  readonly store: Store | undefined;
  /** How often a call that failed for a passing reason is tried again. */
  readonly retries: number;
  readonly delay: (milliseconds: number, signal: AbortSignal) => Promise<void>;
  readonly now: () => number;
  /** Ends waiting and asking. */
  readonly stop: AbortSignal;
  /** Ends calls under way; later than `stop`, so that what is paid for can still arrive. */
  readonly cut: AbortSignal;
  /** Tells what happens; see `CallEvent`. */
  readonly tell: (event: CallEvent) => void;
  /** Until when the endpoint asked everybody to wait. */
  readonly gate: { until: number };
  /** Ends all calls with an error. */
  readonly end: (error: unknown) => void;
}

// The wait doubles from half a second to half a minute; an endpoint that asks for more than five minutes is not
// waited for: the call fails with that reason, and the next run asks again.
const firstWaitMs = 500;
const longestWaitMs = 30_000;
const longestRetryAfterMs = 300_000;

/** What a respondent's guard throws in place of asking: the call counts as not asked, for this reason. */
export class NotAsked extends Error {}

/** Answers one request: from the store, else from the respondent, kept before it counts. */
export async function ask(request: RespondentRequest, settings: AskSettings): Promise<CallResult> {
  const { respondent, store, stop, cut, gate, now } = settings;
  const identity = await settings.identity();
  const key = requestKey(identity, request);
  const kept = await store?.get(key);
  if (kept) return { kind: "reply", stored: kept, cached: true };
  if (store?.readOnly) {
    throw new Error(
      `Cannot ask ${respondent.name} as store '${store.name}' is read-only and holds no reply to a call: open it for ` +
        "writing, or replay it with replayRespondent(store)",
    );
  }
  for (let attempt = 0;; attempt++) {
    await pause(gate.until - now(), settings);
    if (stop.aborted) return { kind: "stopped", key };
    try {
      const started = now();
      settings.tell({ kind: "asked", at: started, key, request, attempt: attempt + 1 });
      const reply = await beforeAbort(respondent.respond(request, { signal: cut }), cut);
      const ended = now();
      const answeredAt = new Date(ended).toISOString();
      const stored = { key, identity, request, reply, latencyMs: ended - started, answeredAt };
      try {
        await store?.put(stored);
        // Another run on the same store may have been first: what is kept is what counts.
        return { kind: "reply", stored: await store?.get(key) ?? stored, cached: false };
      } catch (error) {
        // Nothing more is paid for that cannot be kept; what was paid for is given back.
        settings.end(error);
        return { kind: "reply", stored, cached: false };
      }
    } catch (error) {
      if (error instanceof NotAsked) return { kind: "stopped", key, reason: error.message };
      if (cut.aborted) return { kind: "stopped", key, cut: true };
      if (!(error instanceof RespondentError)) throw error;
      const tooLong = (error.retryAfterMs ?? 0) > longestRetryAfterMs;
      if (!error.transient || tooLong || attempt >= settings.retries) {
        return { kind: "failed", key, error, attempts: attempt + 1 };
      }
      const waitMs = error.retryAfterMs || backOff(key, attempt);
      const at = now();
      if (error.kind === "rate_limited") {
        settings.tell({ kind: "limited", at, key, cause: error.message, waitMs });
      } else settings.tell({ kind: "retry", at, key, error, attempt: attempt + 1, waitMs });
      // What one call is told holds for all that go to the same endpoint.
      if (error.retryAfterMs !== undefined) gate.until = Math.max(gate.until, at + error.retryAfterMs);
      if (!(error.retryAfterMs! > 0)) await pause(waitMs, settings);
    }
  }
}

async function pause(milliseconds: number, { delay, stop }: AskSettings): Promise<void> {
  if (!(milliseconds > 0) || stop.aborted) return;
  try {
    await delay(milliseconds, stop);
  } catch (interrupted) {
    if (!stop.aborted) throw interrupted;
  }
}

/** A doubling wait, shortened at random so that calls do not come back together. */
function backOff(key: string, attempt: number): number {
  const wait = Math.min(longestWaitMs, firstWaitMs * 2 ** attempt);
  return wait * (0.5 + 0.5 * stream(0, "retry", key, attempt).uniform());
}

/** A promise, or a rejection as soon as the signal aborts: a respondent may not listen to it. */
function beforeAbort<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason);
    const settle = <V>(how: (value: V) => void) => (value: V): void => {
      signal.removeEventListener("abort", abort);
      how(value);
    };
    signal.addEventListener("abort", abort, { once: true });
    if (signal.aborted) abort();
    promise.then(settle(resolve), settle(reject));
  });
}

/** Waits for a time, or rejects at once when the signal aborts. */
export async function wait(milliseconds: number, signal: AbortSignal): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  try {
    await beforeAbort(new Promise<void>((resolve) => timer = setTimeout(resolve, milliseconds)), signal);
  } finally {
    clearTimeout(timer);
  }
}
