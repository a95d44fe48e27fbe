import { crc32 } from "node:zlib";
import { checkText } from "../core/checks.ts";
import { cannot, StoreError } from "../core/errors.ts";
import type { StoredReply } from "../core/respondent.ts";

/** The columns of a stored reply as every store holds it: JSON texts, so that nobody can change a kept reply. */
export interface ReplyRecord {
  readonly identity: string;
  readonly request: string;
  readonly reply: string;
  readonly latencyMs: number;
  /** Arrival, ISO 8601. */
  readonly answeredAt: string;
  /** CRC-32 over the key and the columns above. */
  readonly checksum: number;
}

export function checkKey(action: string, argument: string, key: unknown): asserts key is string {
  if (typeof key !== "string" || !/^[0-9a-f]{64}$/.test(key)) {
    throw new TypeError(cannot(action, argument, "be 64 hexadecimal digits, as requestKey gives them", key));
  }
}

export function checkLease(key: string, lease: { readonly holder: string; readonly forMs: number }): void {
  const action = "claim a key";
  checkKey(action, "key", key);
  checkText(action, "holder", lease?.holder);
  if (!Number.isFinite(lease.forMs) || lease.forMs < 0) {
    throw new RangeError(cannot(action, "forMs", "be a number of at least 0", lease.forMs));
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
  const record = {
    identity: JSON.stringify(stored.identity),
    request: JSON.stringify(stored.request),
    reply: JSON.stringify(stored.reply),
    latencyMs: stored.latencyMs,
    answeredAt: stored.answeredAt,
  };
  return { ...record, checksum: checksum(stored.key, record) };
}

// The JSON texts have no line breaks, so that no two rows give the same text.
function checksum(key: string, record: Omit<ReplyRecord, "checksum">): number {
  const { identity, request, reply, latencyMs, answeredAt } = record;
  return crc32(`${key}\n${identity}\n${request}\n${reply}\n${latencyMs}\n${answeredAt}`);
}

/**
 * Reads a kept reply; every call gives a new object, with what is known where its row is as it was written.
 *
 * @throws {Error} if the row is not as it was written; says why, and `damagedError` says where
 */
export function decodeReply(
  key: string,
  record: ReplyRecord,
  known?: Pick<StoredReply, "identity" | "request">,
): StoredReply {
  if (checksum(key, record) !== record.checksum) throw new Error("its checksum does not fit what it holds");
  const read = <Name extends "identity" | "request" | "reply">(name: Name): StoredReply[Name] => {
    let value: unknown;
    try {
      value = JSON.parse(record[name]);
    } catch {
      // Said below.
    }
    if (typeof value === "object" && value !== null) return value as StoredReply[Name];
    throw new Error(`its ${name} is not JSON`);
  };
  const { identity, request } = known ?? { identity: read("identity"), request: read("request") };
  const { latencyMs, answeredAt } = record;
  return { key, identity, request, reply: read("reply"), latencyMs, answeredAt };
}

/** The error of a row that cannot be read; its key where that can. */
export function damagedError(
  action: string,
  file: string,
  cause: unknown,
  row: number,
  key?: string,
): StoreError {
  const detail = cause instanceof Error ? cause.message : String(cause);
  const which = key === undefined ? "" : ` (key ${key.slice(0, 16)}…)`;
  return new StoreError(
    `Cannot ${action} as row ${row} of '${file}'${which} is damaged: ${detail}. Go back to a copy of the store, or ` +
      'open it with { damagedRows: "ask again" }, which asks for this reply anew',
    { kind: "damaged", file, row, cause, ...(key === undefined ? {} : { key }) },
  );
}

export function closedError(action: string, file: string): StoreError {
  const message = `Cannot ${action} as the store '${file}' is closed: open it anew`;
  return new StoreError(message, { kind: "closed", file });
}
