import type { Json } from "../core/hash.ts";
import type { JsonSchema } from "../core/item.ts";
import { splitThought } from "../core/thought.ts";

export type JsonObject = { readonly [key: string]: unknown };

/** The schema of an object that has all of these properties and no others. */
export function objectSchema(properties: readonly (readonly [name: string, schema: Json])[]): JsonSchema {
  const required = properties.map(([name]) => name);
  const named = Object.fromEntries(properties);
  return { type: "object", properties: named, required, additionalProperties: false };
}

/** Stands for a value that an object gives twice and differently. */
export const conflicting: unique symbol = Symbol("conflicting values");

const token =
  /\s*(?:([{}[\],:])|("(?:[^"\\]|\\.)*")|'([^'"\\\n]*)'(?=\s*[:,}\]])|(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)|(true|false|null|True|False|None)\b)/y;
const literals: Record<string, boolean | null> = { true: true, false: false, null: null, none: null };
const deepest = 100;

type Token = Readonly<{ mark?: string; value?: unknown }>;

/**
 * Parses JSON, and what is JSON but for trailing commas, single quotes without quotes inside, line breaks in texts
 * or Python's True, False and None: there only one meaning is possible. A key given twice with different values has
 * the value {@linkcode conflicting}. `undefined` where it is none.
 */
export function parseJson(text: string): unknown {
  try {
    const tokens = readTokens(text.trim());
    const value = readValue(tokens, 0);
    return tokens.length === 0 ? value : undefined;
  } catch {
    return undefined;
  }
}

/** The tokens of a text, the last first: they are taken from the end. */
function readTokens(text: string): Token[] {
  const tokens: Token[] = [];
  token.lastIndex = 0;
  while (token.lastIndex < text.length) {
    const [, mark, double, single, digits, word] = token.exec(text) ?? fail();
    if (mark !== undefined) tokens.push({ mark });
    else if (double !== undefined) tokens.push({ value: JSON.parse(escapeControls(double)) });
    else if (single !== undefined) tokens.push({ value: single });
    else if (digits === undefined) tokens.push({ value: literals[word!.toLowerCase()] });
    else {
      // What a double may not hold stays text, so that a number is read to the digit or not at all.
      const isLarge = Math.abs(Number(digits)) > Number.MAX_SAFE_INTEGER;
      tokens.push({ value: isLarge ? digits : exactNumber(digits) ?? digits });
    }
  }
  return tokens.reverse();
}

/** The number that digits write; `undefined` where a double would hold another one, or none. */
export function exactNumber(digits: string): number | undefined {
  const value = Number(digits);
  // Nobody answers with a number of hundreds of digits.
  if (digits.length > 400 || !Number.isFinite(value) || value === 0 && /^[^e]*[1-9]/i.test(digits)) {
    return undefined;
  }
  const long = /^(\d{16,}(?:\.\d*[1-9])?)\.?0*$/.exec(digits.replace(/^[+-]?0*/, ""))?.[1];
  const held = long === undefined || long === String(Math.abs(value));
  // Adding 0 makes -0 a 0.
  return held ? value + 0 : undefined;
}

function escapeControls(text: string): string {
  // deno-lint-ignore no-control-regex
  return text.replace(/[\u0000-\u001f]/g, (control) => JSON.stringify(control).slice(1, -1));
}

function readValue(tokens: Token[], depth: number): unknown {
  const { mark, value } = tokens.pop() ?? fail();
  if (mark === undefined) return value;
  if (depth > deepest) fail();
  if (mark === "[") {
    const list: unknown[] = [];
    while (!takes(tokens, "]")) {
      list.push(readValue(tokens, depth + 1));
      if (!takes(tokens, ",") && tokens.at(-1)?.mark !== "]") fail();
    }
    return list;
  }
  if (mark !== "{") fail();
  const object: { [key: string]: unknown } = Object.create(null);
  while (!takes(tokens, "}")) {
    const key = tokens.pop()?.value;
    if (typeof key !== "string" || !takes(tokens, ":")) return fail();
    const part = readValue(tokens, depth + 1);
    object[key] = Object.hasOwn(object, key) && !sameJson(object[key], part) ? conflicting : part;
    if (!takes(tokens, ",") && tokens.at(-1)?.mark !== "}") fail();
  }
  return object;
}

function takes(tokens: Token[], mark: string): boolean {
  const next = tokens.at(-1)?.mark === mark;
  if (next) tokens.pop();
  return next;
}

function sameJson(one: unknown, other: unknown): boolean {
  return one !== conflicting && JSON.stringify(one) === JSON.stringify(other);
}

function fail(): never {
  throw new SyntaxError("not JSON");
}

interface ReplyText {
  /** The answers as a JSON object; absent where there is none for certain. */
  readonly object?: JsonObject;
  /** What stands around the object, or the whole text without thoughts and without the marks of its last fence. */
  readonly prose: string;
  readonly after: string;
  /** What was thought aloud; never read. */
  readonly thought?: string | undefined;
}

/** Finds the JSON object in a reply: the whole text, what its last code fence holds, or from first to last brace. */
export function readReplyText(text: string): ReplyText {
  const whole = asObject(parseJson(text));
  if (whole !== undefined) return { object: whole, prose: "", after: "" };
  const { text: spoken, thought } = splitThought(text);
  const fence = lastFence(spoken);
  if (fence === undefined) return { ...readBraces(spoken), thought };
  // An object after the last fence may correct it.
  if (fence.after.includes("{")) return { prose: spoken, after: "", thought };
  const inside = readBraces(fence.content);
  return {
    ...inside,
    thought,
    prose: `${fence.before}\n${inside.prose}\n${fence.after}`,
    after: `${inside.after}\n${fence.after}`.trim(),
  };
}

function readBraces(text: string): ReplyText {
  const [start, end] = [text.indexOf("{"), text.lastIndexOf("}") + 1];
  const object = start < 0 ? undefined : asObject(parseJson(text.slice(start, end)));
  if (object === undefined) return { prose: text, after: "" };
  const after = text.slice(end).trim().replace(/^```$/, "");
  return { object, prose: `${text.slice(0, start)}\n${after}`, after };
}

function asObject(value: unknown): JsonObject | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? value as JsonObject
    : undefined;
}

function lastFence(text: string): { before: string; content: string; after: string } | undefined {
  const fence = [...text.matchAll(/```(?:[a-z][\w-]*(?=\s))?\s*([\s\S]*?)(?:```|$)/gi)]
    .findLast(({ 1: content }) => content!.trim() !== "");
  if (fence === undefined) return undefined;
  const after = text.slice(fence.index + fence[0].length).trim();
  return { before: text.slice(0, fence.index), content: fence[1]!.trim(), after };
}

// What a model may call the object that holds its answers.
const wrappers = /^(?:answers?|responses?|reply|results?|output|final|final_answers?)$/;

/** An item's answer in a reply's object: undefined where there is none, `conflicting` where there are different ones. */
export function findAnswer(object: JsonObject, name: string, names: readonly string[]): unknown {
  const values = unwrap(object, names, 0).flatMap((level) => valuesOf(level, name, names));
  const [first] = values;
  return values.length === 0 || values.every((value) => sameJson(value, first)) ? first : conflicting;
}

/** The object itself and those that it wraps: {"answers": {…}}. */
function unwrap(object: JsonObject, names: readonly string[], depth: number): JsonObject[] {
  const inner = depth > 2 ? [] : Object.entries(object).flatMap(([key, value]) => {
    const wraps = wrappers.test(foldKey(key)) && !names.includes(key);
    const wrapped = wraps ? asObject(value) : undefined;
    return wrapped === undefined ? [] : unwrap(wrapped, names, depth + 1);
  });
  return [object, ...inner];
}

function valuesOf(object: JsonObject, name: string, names: readonly string[]): unknown[] {
  const folded = foldKey(name);
  const alone = names.filter((other) => foldKey(other) === folded).length === 1;
  return Object.keys(object)
    .filter((key) => key === name || alone && foldKey(key) === folded)
    .map((key) => object[key]);
}

/** A key as any spelling of its name: in other case, in brackets and with its number as in the question. */
function foldKey(key: string): string {
  const bare = key.trim().replace(/^\d{1,3}[.)] ?(?=\S)/, "").replace(/^\[(.*)\]$/, "$1");
  return bare.trim().toLowerCase().replace(/[\s-]+/g, "_");
}
