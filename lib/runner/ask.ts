import {
  requestKey,
  type Respondent,
  RespondentError,
  type RespondentIdentity,
  type RespondentReply,
  type RespondentRequest,
  type Store,
  type StoredReply,
  stream,
} from "../core/mod.ts";

/** How one call is made, tried again and kept. */
export interface AskSettings {
  readonly respondent: Respondent;
  readonly identity: RespondentIdentity;
  readonly store: Store | undefined;
  /** How often a call that failed for a passing reason is tried again. */
  readonly retries: number;
  readonly delay: (milliseconds: number, signal: AbortSignal) => Promise<void>;
  readonly now: () => number;
}

/** What became of one call. */
export type Outcome =
  | { readonly kind: "reply"; readonly stored: StoredReply; readonly cached: boolean }
  | {
    readonly kind: "failed";
    readonly key: string;
    readonly error: RespondentError;
    readonly attempts: number;
  }
  | { readonly kind: "stopped"; readonly key: string };

// The wait doubles from half a second to half a minute.
const firstWaitMs = 500;
const longestWaitMs = 30_000;

/** Answers one request: from the store, else from the respondent, kept before it counts. */
export async function ask(
  request: RespondentRequest,
  settings: AskSettings,
  signal: AbortSignal,
): Promise<Outcome> {
  const key = requestKey(settings.identity, request);
  const kept = await settings.store?.get(key);
  if (kept) return { kind: "reply", stored: kept, cached: true };
  for (let attempt = 0;; attempt++) {
    if (signal.aborted) return { kind: "stopped", key };
    try {
      const started = settings.now();
      const reply = await settings.respondent.respond(request, { signal });
      const stored = record(key, request, reply, settings, started);
      await settings.store?.put(stored);
      return { kind: "reply", stored, cached: false };
    } catch (error) {
      if (signal.aborted) return { kind: "stopped", key };
      if (!(error instanceof RespondentError)) throw error;
      if (!error.transient || attempt >= settings.retries) {
        return { kind: "failed", key, error, attempts: attempt + 1 };
      }
      try {
        await settings.delay(waitBefore(key, attempt, error), signal);
      } catch (interrupted) {
        if (!signal.aborted) throw interrupted;
      }
    }
  }
}

/** The endpoint's own wish, else a doubling wait, shortened at random so that calls do not come back together. */
function waitBefore(key: string, attempt: number, error: RespondentError): number {
  if (error.retryAfterMs !== undefined) return error.retryAfterMs;
  const wait = Math.min(longestWaitMs, firstWaitMs * 2 ** attempt);
  return wait * (0.5 + 0.5 * stream(0, "retry", key, attempt).uniform());
}

function record(
  key: string,
  request: RespondentRequest,
  reply: RespondentReply,
  settings: AskSettings,
  started: number,
): StoredReply {
  const ended = settings.now();
  return {
    key,
    identity: settings.identity,
    request,
    reply,
    latencyMs: ended - started,
    answeredAt: new Date(ended).toISOString(),
  };
}
