import { RespondentError } from "../core/errors.ts";
import {
  type CallResult,
  type EndpointLimits,
  requestKey,
  type Respondent,
  type RespondentIdentity,
  type RespondentRequest,
  type Store,
  type StoredReply,
} from "../core/respondent.ts";
import { stream } from "../core/stream.ts";
import type { CallEvent } from "./call_events.ts";
import type { Leases } from "./leases.ts";
import type { Limits } from "./limits.ts";

/** How one call is made, tried again and kept. */
export interface AskSettings {
  readonly respondent: Respondent;
  readonly identity: () => Promise<RespondentIdentity>;
  readonly store: Store | undefined;
  /** The keys that are taken in a store which others use too. */
  readonly leases: Leases | undefined;
  /** When requests may go out. */
  readonly limits: Limits;
  /** How often a call that failed for a passing reason is tried again. */
  readonly retries: number;
  /** How long a call that the endpoint holds back waits for it, in milliseconds. */
  readonly patienceMs: number;
  readonly delay: (milliseconds: number, signal: AbortSignal) => Promise<void>;
  readonly now: () => number;
  /** Ends waiting and asking. */
  readonly stop: AbortSignal;
  /** Ends calls under way; later than `stop`, so that what is paid for can still arrive. */
  readonly cut: AbortSignal;
  /** Tells what happens; see `CallEvent`. */
  readonly tell: (event: CallEvent) => void;
  /** Ends all calls with an error. */
  readonly end: (error: unknown) => void;
}

// Where an attempt failed, the wait doubles from half a second to half a minute; where another process asks, its reply
// is looked for after 5 ms, and then less and less often, down to once a second.
const firstWaitMs = 500;
const longestWaitMs = 30_000;
const firstLookMs = 5;
const longestLookMs = 1000;

/** What a respondent's guard throws in place of asking: the call counts as not asked, for this reason. */
export class NotAsked extends Error {}

/**
 * Answers one request: from the store, else from the respondent, kept before it counts. Where another process on the same
 * store is asking, its reply is waited for.
 */
export async function ask(request: RespondentRequest, settings: AskSettings): Promise<CallResult> {
  const { respondent, store, leases, stop } = settings;
  const identity = await settings.identity();
  const key = requestKey(identity, request);
  for (let look = 0;; look++) {
    const kept = await store?.get(key);
    if (kept) return { kind: "reply", stored: kept, cached: true };
    if (store?.readOnly) {
      throw new Error(
        `Cannot ask ${respondent.name} as store '${store.name}' is read-only and holds no reply to a call: open it for ` +
          "writing, or replay it with replayRespondent(store)",
      );
    }
    if (stop.aborted) return { kind: "stopped", key };
    if (leases === undefined || await leases.take(key)) break;
    await pause(jittered(Math.min(longestLookMs, firstLookMs * 2 ** look), "look", key, look), settings);
  }
  let kept = false;
  try {
    const result = await attempt(request, { ...settings, key, known: identity });
    kept = result.kind === "reply";
    return result;
  } finally {
    await leases?.end(key, kept);
  }
}

/** Asks until there is a reply, or no more is to be hoped for; always with the same request. */
async function attempt(
  request: RespondentRequest,
  settings: AskSettings & { readonly key: string; readonly known: RespondentIdentity },
): Promise<CallResult> {
  const { respondent, limits, stop, cut, now, tell, key, patienceMs } = settings;
  // A rate limit is no failed attempt: it is waited for, within limits of its own.
  let failures = 0;
  let heldBackMs = 0;
  for (let asked = 1;; asked++) {
    await limits.enter(key, asked > 1);
    let error: unknown;
    const sentAt = limits.now();
    try {
      if (stop.aborted) return { kind: "stopped", key };
      const started = now();
      tell({ kind: "asked", at: started, key, request, attempt: asked });
      const options = { signal: cut, onLimits: (told: EndpointLimits) => limits.told(told) };
      const reply = await beforeAbort(respondent.respond(request, options), cut);
      limits.answered(reply);
      return await keep({ key, identity: settings.known, request, reply }, started, settings);
    } catch (thrown) {
      error = thrown;
    } finally {
      limits.leave();
    }
    if (error instanceof NotAsked) return { kind: "stopped", key, reason: error.message };
    if (cut.aborted) return { kind: "stopped", key, cut: true };
    if (!(error instanceof RespondentError)) throw error;
    if (isLimit(error)) {
      const waitMs = limits.waitFor(key, error.retryAfterMs);
      heldBackMs += waitMs;
      if (heldBackMs > patienceMs) return { kind: "failed", key, error, attempts: asked };
      limits.limited(key, { sentAt, waitMs, cause: error.message });
    } else {
      if (!error.transient || failures >= settings.retries) {
        return { kind: "failed", key, error, attempts: asked };
      }
      const backOffMs = Math.min(longestWaitMs, firstWaitMs * 2 ** failures);
      const waitMs = jittered(backOffMs, "retry", key, failures);
      failures++;
      tell({ kind: "retry", at: now(), key, error, attempt: asked, waitMs });
      await pause(waitMs, settings);
    }
  }
}

/** Keeps a reply before it counts. */
async function keep(
  answered: Omit<StoredReply, "latencyMs" | "answeredAt">,
  started: number,
  { store, now, end }: AskSettings,
): Promise<CallResult> {
  const ended = now();
  const stored = { ...answered, latencyMs: ended - started, answeredAt: new Date(ended).toISOString() };
  try {
    await store?.put(stored);
    // Another run on the same store may have been first: what is kept is what counts.
    const kept = store?.claim === undefined ? await store?.get(stored.key) : undefined;
    return { kind: "reply", stored: kept ?? stored, cached: false };
  } catch (error) {
    // Nothing more is paid for that cannot be kept; what was paid for is given back.
    end(error);
    return { kind: "reply", stored, cached: false };
  }
}

/** Whether an endpoint asks for fewer calls: in so many words, or as it is overloaded and says for how long. */
export function isLimit({ kind, status, transient, retryAfterMs }: RespondentError): boolean {
  return transient && (kind === "rate_limited" || status === 503 && retryAfterMs !== undefined);
}

async function pause(milliseconds: number, { delay, stop }: AskSettings): Promise<void> {
  if (!(milliseconds > 0) || stop.aborted) return;
  try {
    await delay(milliseconds, stop);
  } catch (interrupted) {
    if (!stop.aborted) throw interrupted;
  }
}

/** A wait that is shortened at random, by half at most, so that calls do not come back together. */
function jittered(milliseconds: number, purpose: string, key: string, turn: number): number {
  return milliseconds * (0.5 + 0.5 * stream(0, purpose, key, turn).uniform());
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
