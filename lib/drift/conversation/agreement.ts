import { canonicalJson } from "../../core/hash.ts";

/**
 * How far two answers agree, from 0 to 1: on a scale 1 − |a − b| / range, else 1 where they are the same and 0 where
 * not. The deterministic judge of answers to closed questions.
 */
export function agreementOf(answer: unknown, other: unknown, range: unknown): number {
  const [a, b] = [plain(answer), plain(other)];
  if (typeof a === "number" && typeof b === "number" && typeof range === "number" && range > 0) {
    return Math.max(0, 1 - Math.abs(a - b) / range);
  }
  return textOf(a) === textOf(b) ? 1 : 0;
}

/** Whether a value is an answer at all. */
export function isAnswer(value: unknown): boolean {
  return value !== null && value !== undefined && value !== "" && !Number.isNaN(value);
}

/** Yes is 1 and no is 0, as answers to yes-no questions are kept. */
function plain(value: unknown): unknown {
  return typeof value === "boolean" ? Number(value) : value;
}

/** A number and its text are the same answer; a choice of several is the same in any order. */
function textOf(value: unknown): string {
  if (Array.isArray(value)) return canonicalJson([...value].map(String).sort());
  return typeof value === "object" ? canonicalJson(value) : String(value).trim().toLowerCase();
}
