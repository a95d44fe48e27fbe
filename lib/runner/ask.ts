import { RespondentError, StoreError } from "../core/errors.ts";
import { type CallResult, type EndpointLimits, requestKey } from "../core/respondent.ts";
import type { Respondent, RespondentIdentity, RespondentReply } from "../core/respondent.ts";
import type { RespondentRequest, Store, StoredReply } from "../core/respondent.ts";
import { onAbort } from "../core/on_abort.ts";
import { stream } from "../core/stream.ts";
import type { CallEvent } from "./call_events.ts";
import type { Leases } from "./leases.ts";
import type { Limits } from "./limits.ts";

/** How one call is made, tried again and kept. */
export interface AskSettings {
  readonly respondent: Respondent;
  readonly identity: () => Promise<RespondentIdentity>;
  /** Rejects where the respondent is no longer who its keys say before it is asked for the first time. */
  readonly isSame: () => Promise<void>;
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
  /** Why nothing more is asked, though the store is still read; `undefined` while there is no reason. */
  readonly closed: () => string | undefined;
  /** Ends all calls with an error. */
  readonly end: (error: unknown) => void;
}

// Where an attempt failed, the wait doubles from half a second to half a minute; where another process asks, its reply
// is looked for after 5 ms, and then less and less often, down to once a second.
const firstWaitMs = 500;
const longestWaitMs = 30_000;
const firstLookMs = 5;
const longestLookMs = 1000;

/** What a respondent's guard throws in place of asking, once it has closed the calls. */
export class NotAsked extends Error {}

/** A request that the store does not answer. */
interface Open {
  readonly key: string;
  readonly request: RespondentRequest;
}

/**
 * Answers requests that differ in replicate and seed alone, or one: from the store, else from the respondent by as few calls
 * as it can, each reply kept before it counts. Where another process on the same store is asking, its reply is waited for.
 */
export async function askStored(
  requests: readonly RespondentRequest[],
  settings: AskSettings,
): Promise<CallResult[]> {
  const identity = await settings.identity();
  const results = new Map<string, CallResult>();
  const keys = requests.map((request) => requestKey(identity, request));
  const open: Open[] = [];
  try {
    for (const [place, request] of requests.entries()) {
      const key = keys[place]!;
      const found = await lookUp(key, { identity, request }, settings);
      if (found === undefined) open.push({ key, request });
      else if (keys.length === 1) return [found];
      else results.set(key, found);
    }
    const asked = open.length === 0 ? [] : await attempt(open, { ...settings, known: identity });
    open.forEach(({ key }, place) => results.set(key, asked[place]!));
    return keys.map((key) => results.get(key)!);
  } finally {
    for (const { key } of open) await settings.leases?.end(key, results.get(key)?.kind === "reply");
  }
}

/** What the store, or another process that is asking, gives; nothing where the request is ours to ask. */
async function lookUp(
  key: string,
  known: Pick<StoredReply, "identity" | "request">,
  settings: AskSettings,
): Promise<CallResult | undefined> {
  const { respondent, store, leases, stop } = settings;
  for (let look = 0;; look++) {
    const kept = await store?.get(key, known);
    if (kept) return { kind: "reply", stored: kept, cached: true };
    if (store?.readOnly) {
      throw new StoreError(
        `Cannot ask ${respondent.name} as store '${store.name}' is read-only and holds no reply to a call: open it for ` +
          "writing, or replay it with replayRespondent(store)",
        { kind: "read_only", file: store.name, key },
      );
    }
    const reason = settings.closed();
    if (reason !== undefined) return { kind: "stopped", key, reason };
    if (stop.aborted) return { kind: "stopped", key };
    if (leases === undefined || await leases.take(key)) return undefined;
    await pause(jittered(Math.min(longestLookMs, firstLookMs * 2 ** look), "look", key, look), settings);
  }
}

/** Asks until there are replies, or no more is to be hoped for; always with the same requests. */
async function attempt(
  open: readonly Open[],
  settings: AskSettings & { readonly known: RespondentIdentity },
): Promise<CallResult[]> {
  const { limits, stop, cut, closed, now, tell, known: identity, patienceMs } = settings;
  const { key } = open[0]!;
  const done: CallResult[] = [];
  let rest = open;
  const all = (become: (key: string) => CallResult) => [...done, ...rest.map(({ key }) => become(key))];
  const keepAll = async (replies: readonly RespondentReply[], started: number): Promise<void> => {
    const kept = replies.map((reply, place) => keep({ ...rest[place]!, identity, reply }, started, settings));
    done.push(...await Promise.all(kept));
    rest = rest.slice(replies.length);
  };
  // A rate limit is no failed attempt: it is waited for, within limits of its own.
  let failures = 0;
  let heldBackMs = 0;
  for (let asked = 1;; asked++) {
    await limits.enter(key, asked > 1);
    let error: unknown;
    const sentAt = limits.now();
    const started = now();
    try {
      const reason = closed();
      if (reason !== undefined) return all((key) => ({ kind: "stopped", key, reason }));
      if (stop.aborted) return all((key) => ({ kind: "stopped", key }));
      for (const one of rest) tell({ kind: "asked", at: started, ...one, attempt: asked });
      await settings.isSame();
      const replies = await beforeAbort(respond(rest.map(({ request }) => request), settings), cut);
      limits.answered(replies);
      await keepAll(replies, started);
      if (rest.length === 0) return done;
      // What one call gave no reply to, another one asks for.
      [failures, heldBackMs] = [0, 0];
      continue;
    } catch (thrown) {
      error = thrown;
    } finally {
      limits.leave();
    }
    if (error instanceof NotAsked) {
      const reason = closed() ?? error.message;
      return all((key) => ({ kind: "stopped", key, reason }));
    }
    if (cut.aborted) return all((key) => ({ kind: "stopped", key, cut: true }));
    if (!(error instanceof RespondentError)) throw error;
    const failed = error;
    const giveUp = () => all((key) => ({ kind: "failed", key, error: failed, attempts: asked }));
    if (isLimit(error)) {
      const waitMs = limits.waitFor(key, error.retryAfterMs);
      heldBackMs += waitMs;
      if (heldBackMs > patienceMs) return giveUp();
      limits.limited(key, { sentAt, waitMs, cause: error.message });
    } else {
      if (!error.transient || failures >= settings.retries) return giveUp();
      const backOffMs = Math.min(longestWaitMs, firstWaitMs * 2 ** failures);
      const waitMs = jittered(backOffMs, "retry", key, failures);
      failures++;
      tell({ kind: "retry", at: now(), key, error, attempt: asked, waitMs });
      await pause(waitMs, settings);
    }
  }
}

async function respond(
  requests: readonly RespondentRequest[],
  { respondent, limits, cut: signal }: AskSettings,
): Promise<readonly RespondentReply[]> {
  const options = { signal, onLimits: (told: EndpointLimits) => limits.told(told) };
  if (requests.length === 1) return [await respondent.respond(requests[0]!, options)];
  const replies = await respondent.respondMany!(requests, options);
  if (replies.length > 0 && replies.length <= requests.length) return replies;
  const message =
    `${respondent.name} gave ${replies.length} replies where 1 to ${requests.length} were asked for`;
  throw new RespondentError(message, { kind: "malformed", transient: true });
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
    // Another run on the same store may have been first, also where a lease ran out: what is kept is what counts.
    const kept = await store?.put(stored) === false ? await store!.get(stored.key) : undefined;
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
    const forget = onAbort(signal, () => reject(signal.reason));
    const settle = <V>(how: (value: V) => void) => (value: V): void => {
      forget();
      how(value);
    };
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
