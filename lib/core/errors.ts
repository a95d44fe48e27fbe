import { closest, distance } from "fastest-levenshtein";
import { visibleText } from "./visible_text.ts";

/** Why a call to a respondent failed; decides whether it is worth trying again. */
export type RespondentErrorKind =
  | "unreachable"
  | "timeout"
  | "unauthorized"
  | "rate_limited"
  | "quota"
  | "bad_request"
  | "context"
  | "filtered"
  | "server"
  | "malformed";

/** Details of a {@linkcode RespondentError}. */
export interface RespondentErrorOptions {
  /** What went wrong. */
  kind: RespondentErrorKind;
  /** Whether the same request may succeed later. */
  transient: boolean;
  /** How long the endpoint asks to wait, in milliseconds. */
  retryAfterMs?: number;
  /** HTTP status, where there was one. */
  status?: number;
  /** The parameter of the request that the endpoint rejects, where it names one. */
  parameter?: string;
  /** The error underneath. */
  cause?: unknown;
}

/**
 * A respondent could not answer: the endpoint is unreachable, refuses the key, is busy, or sent something
 * that is not a chat completion. Never holds the API key.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { RespondentError } from "@understudy/understudy";
 *
 * const error = new RespondentError("the endpoint is busy", { kind: "rate_limited", transient: true });
 * assertEquals(error.transient, true);
 * ```
 */
export class RespondentError extends Error {
  /** What went wrong. */
  readonly kind: RespondentErrorKind;
  /** Whether the same request may succeed later. */
  readonly transient: boolean;
  /** How long the endpoint asks to wait, in milliseconds; `undefined` where it did not say. */
  readonly retryAfterMs: number | undefined;
  /** HTTP status; `undefined` where no response arrived. */
  readonly status: number | undefined;
  /** The parameter of the request that the endpoint rejects; `undefined` where it names none. */
  readonly parameter: string | undefined;
  /** Where a run ended with this error: the answers table as far as it had come. */
  answers: unknown = undefined;

  /** Makes the error from a sentence and its details. */
  constructor(message: string, options: RespondentErrorOptions) {
    super(visibleText(message), options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "RespondentError";
    this.kind = options.kind;
    this.transient = options.transient;
    this.retryAfterMs = options.retryAfterMs;
    this.status = options.status;
    this.parameter = options.parameter;
  }
}

/** A replayed store holds no reply to a request: the study was changed after it was recorded. */
export class ReplayMissError extends Error {
  /** The key that was looked up. */
  readonly key: string;

  /** Makes the error from a sentence and the key that was looked up. */
  constructor(message: string, key: string) {
    super(message);
    this.name = "ReplayMissError";
    this.key = key;
  }
}

/** What is wrong with a store; `other` is what no kind stands for. */
export type StoreErrorKind =
  | "damaged"
  | "removed"
  | "full"
  | "read_only"
  | "busy"
  | "closed"
  | "unreachable"
  | "denied"
  | "other";

/** Details of a {@linkcode StoreError}. */
export interface StoreErrorOptions {
  /** What is wrong. */
  kind: StoreErrorKind;
  /** The file, or what stands for it; never a password. */
  file: string;
  /** The damaged row's number. */
  row?: number;
  /** The request key that was looked up or kept. */
  key?: string;
  /** The error underneath. */
  cause?: unknown;
}

/**
 * A store cannot keep or give back replies: its file was removed, is full, may only be read, is in use, or a row of it
 * is damaged. Going on would pay for answers that are not kept.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { StoreError } from "@understudy/understudy/core";
 *
 * assertEquals(new StoreError("the disk is full", { kind: "full", file: "study.db" }).file, "study.db");
 * ```
 */
export class StoreError extends Error {
  /** What is wrong. */
  readonly kind: StoreErrorKind;
  /** The file, or what stands for it. */
  readonly file: string;
  /** The number of the damaged row; `undefined` where it is not one row that is wrong. */
  readonly row: number | undefined;
  /** The request key whose reply is damaged or was not kept; `undefined` where it is not about one. */
  readonly key: string | undefined;
  /** Where a run ended with this error: the answers table as far as it had come. */
  answers: unknown = undefined;

  /** Makes the error from a sentence and its details. */
  constructor(message: string, options: StoreErrorOptions) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "StoreError";
    this.kind = options.kind;
    this.file = options.file;
    this.row = options.row;
    this.key = options.key;
  }
}

/** Shows a value in an error message: short, quoted, never the whole of a long text, and only what can be seen. */
export function showValue(value: unknown): string {
  if (typeof value === "string") {
    return JSON.stringify(visibleText(value.length > 80 ? `${value.slice(0, 77)}...` : value));
  }
  if (typeof value === "function") return "a function";
  if (value instanceof Promise) return "a Promise (did you forget await?)";
  if (typeof value === "bigint" || typeof value === "symbol") return String(value);
  if (typeof value === "object" && value !== null) {
    let text: string;
    try {
      const short = (part: unknown) => typeof part === "string" ? visibleText(part.slice(0, 200)) : part;
      text = JSON.stringify(value, (_, part) => short(part)) ?? String(value);
    } catch {
      text = Object.prototype.toString.call(value);
    }
    return text.length > 120 ? `${text.slice(0, 117)}...` : text;
  }
  return Object.is(value, -0) ? "-0" : String(value);
}

/**
 * The one form of an argument error: action, argument, rule, current value.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { cannot } from "@understudy/understudy/core";
 *
 * assertEquals(
 *   cannot("sample personas", "n", "be a positive whole number", -1),
 *   "Cannot sample personas as 'n' must be a positive whole number: current value is -1",
 * );
 * ```
 */
export function cannot(action: string, argument: string, rule: string, value: unknown): string {
  return `Cannot ${action} as '${argument}' must ${rule}: current value is ${showValue(value)}`;
}

/**
 * The end of an error about an unknown name: the nearest one that there is.
 *
 * @param name the name that was given
 * @param known the names that there are
 * @returns `; did you mean 'points'?`, or nothing where none is near
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { didYouMean } from "@understudy/understudy/core";
 *
 * assertEquals(didYouMean("point", ["points", "labels"]), "; did you mean 'points'?");
 * assertEquals(didYouMean("colour", ["points", "labels"]), "");
 * ```
 */
export function didYouMean(name: unknown, known: readonly string[]): string {
  const asked = String(name).toLowerCase();
  if (known.length === 0 || asked === "" || asked.length > 200) return "";
  const lower = known.map((other) => other.toLowerCase());
  const letters = (word: string) => [...word].sort().join("");
  const swapped = lower.find((other) => letters(other) === letters(asked));
  const nearest = swapped ?? closest(asked, lower);
  const near = swapped !== undefined || nearest.startsWith(asked) ||
    distance(asked, nearest) * 2 <= Math.max(asked.length, nearest.length);
  const found = known[lower.indexOf(nearest)]!;
  return near && found !== name ? `; did you mean '${found}'?` : "";
}
