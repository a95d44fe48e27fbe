import { cannot } from "../core/errors.ts";
import type { StoredReply } from "../core/respondent.ts";

/** The columns of a stored reply as every store holds it: JSON texts, so that nobody can change a kept reply. */
export interface ReplyRecord {
  /** The identity as JSON. */
  readonly identity: string;
  /** The request as JSON. */
  readonly request: string;
  /** The reply as JSON. */
  readonly reply: string;
  /** Latency in milliseconds. */
  readonly latencyMs: number;
  /** Arrival, ISO 8601. */
  readonly answeredAt: string;
}

/** Checks that a value is a request key: 64 lower-case hexadecimal digits. */
export function checkKey(action: string, argument: string, key: unknown): asserts key is string {
  if (typeof key !== "string" || !/^[0-9a-f]{64}$/.test(key)) {
    throw new TypeError(cannot(action, argument, "be 64 hexadecimal digits, as requestKey gives them", key));
  }
}

/** Checks a reply at the edge of a store and writes it as JSON texts. */
export function encodeReply(stored: StoredReply): ReplyRecord {
  const action = "keep a reply";
  if (typeof stored !== "object" || stored === null) {
    throw new TypeError(cannot(action, "reply", "be a stored reply", stored));
  }
  checkKey(action, "key", stored.key);
  for (const name of ["identity", "request", "reply"] as const) {
    if (typeof stored[name] !== "object" || stored[name] === null) {
      throw new TypeError(cannot(action, name, "be an object", stored[name]));
    }
  }
  if (!Number.isFinite(stored.latencyMs) || stored.latencyMs < 0) {
    throw new RangeError(cannot(action, "latencyMs", "be a number of at least 0", stored.latencyMs));
  }
  if (typeof stored.answeredAt !== "string" || Number.isNaN(Date.parse(stored.answeredAt))) {
    throw new RangeError(cannot(action, "answeredAt", "be an ISO 8601 date and time", stored.answeredAt));
  }
  return {
    identity: JSON.stringify(stored.identity),
    request: JSON.stringify(stored.request),
    reply: JSON.stringify(stored.reply),
    latencyMs: stored.latencyMs,
    answeredAt: stored.answeredAt,
  };
}

/** Reads a kept reply; every call gives a new object. */
export function decodeReply(key: string, record: ReplyRecord): StoredReply {
  return {
    key,
    identity: JSON.parse(record.identity) as StoredReply["identity"],
    request: JSON.parse(record.request) as StoredReply["request"],
    reply: JSON.parse(record.reply) as StoredReply["reply"],
    latencyMs: record.latencyMs,
    answeredAt: record.answeredAt,
  };
}

/** The error of a store that is used after it was closed. */
export function closedError(action: string, name: string): Error {
  return new Error(`Cannot ${action} as the store '${name}' is closed: open it anew`);
}
