import { createHash } from "node:crypto";
import { canonicalJson } from "./canonical_json.ts";

/**
 * Hashes a JSON value: SHA-256 of its canonical JSON, as 64 hexadecimal digits.
 *
 * @param value a JSON value; see {@linkcode canonicalJson}
 * @returns 64 hexadecimal digits
 * @throws {TypeError} if JSON cannot hold the value
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { canonicalHash } from "@understudy/understudy/core";
 *
 * assertEquals(canonicalHash({ a: 1, b: 2 }), canonicalHash({ b: 2, a: 1 }));
 * ```
 */
export function canonicalHash(value: unknown): string {
  return createHash("sha256").update(canonicalJson(value)).digest("hex");
}
