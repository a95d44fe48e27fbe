import { createHash } from "node:crypto";

/** A value that JSON can hold. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/**
 * Writes a value as JSON with sorted keys and no white space, so that equal values give equal text.
 *
 * Properties that are `undefined` are left out. Used for hashes and keys, where the order in which an object was
 * built must not matter.
 *
 * @param value a JSON value
 * @returns the text
 * @throws {TypeError} if the value holds something JSON cannot (a function, `NaN`, an infinite number)
 * @see RFC 8785, JSON Canonicalization Scheme
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { canonicalJson } from "@understudy/understudy/core";
 *
 * assertEquals(canonicalJson({ b: 1, a: [true, null] }), '{"a":[true,null],"b":1}');
 * ```
 */
export function canonicalJson(value: unknown): string {
  if (value === null || typeof value === "boolean" || typeof value === "string") return JSON.stringify(value);
  if (typeof value === "number") {
    if (!Number.isFinite(value)) {
      throw new TypeError(`Cannot write ${value} as canonical JSON: it is not finite`);
    }
    return JSON.stringify(value);
  }
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(",")}]`;
  if (typeof value === "object") {
    const known = lasting.get(value);
    if (known !== undefined) return known;
    let text = "";
    for (const key of Object.keys(value).sort()) {
      const item = (value as { readonly [key: string]: unknown })[key];
      if (item === undefined) continue;
      text += `${text === "" ? "" : ","}${JSON.stringify(key)}:${canonicalJson(item)}`;
    }
    return `{${text}}`;
  }
  throw new TypeError(`Cannot write a ${typeof value} as canonical JSON`);
}

const lasting = new WeakMap<object, string>();

/** Writes an object as canonical JSON once, for all times that it is hashed: it, and all in it, must never change. */
export function rememberCanonical<T extends object>(value: T): T {
  lasting.set(value, canonicalJson(value));
  return value;
}

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
  return hashText(canonicalJson(value));
}

/** SHA-256 of a text, as 64 hexadecimal digits. */
export function hashText(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
