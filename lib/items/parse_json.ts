/** An object as a reply holds it. */
export type JsonObject = { readonly [key: string]: unknown };

/** Stands for a value that an object gives twice and differently. */
export const conflicting: unique symbol = Symbol("conflicting values");

const token =
  /\s*(?:([{}[\],:])|("(?:[^"\\]|\\.)*")|'([^'"\\\n]*)'(?=\s*[:,}\]])|(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)|(true|false|null|True|False|None)\b)/y;
const literals: { readonly [word: string]: boolean | null } = {
  true: true,
  True: true,
  false: false,
  False: false,
  null: null,
  None: null,
};
const deepest = 100;

interface Token {
  readonly mark?: string;
  readonly value?: unknown;
}

/**
 * Parses JSON, and what is JSON but for trailing commas, single quotes without quotes inside, line breaks in texts
 * or Python's True, False and None: there only one meaning is possible. A key given twice with different values has
 * the value {@linkcode conflicting}.
 */
export function parseJson(text: string): unknown {
  try {
    const tokens = readTokens(text.trim());
    const [value, end] = readValue(tokens, 0, 0);
    return end === tokens.length ? value : undefined;
  } catch {
    return undefined;
  }
}

function readTokens(text: string): Token[] {
  const tokens: Token[] = [];
  token.lastIndex = 0;
  while (token.lastIndex < text.length) {
    const [, mark, double, single, digits, word] = token.exec(text) ?? fail();
    if (mark !== undefined) tokens.push({ mark });
    else if (double !== undefined) tokens.push({ value: JSON.parse(escapeControls(double)) });
    else if (single !== undefined) tokens.push({ value: single });
    else tokens.push({ value: digits === undefined ? literals[word!] : Number(digits) });
  }
  return tokens;
}

function escapeControls(text: string): string {
  // deno-lint-ignore no-control-regex
  return text.replace(/[\u0000-\u001f]/g, (control) => JSON.stringify(control).slice(1, -1));
}

function readValue(tokens: readonly Token[], at: number, depth: number): [unknown, number] {
  const first = tokens[at] ?? fail();
  if (first.mark === undefined) return [first.value, at + 1];
  if (depth > deepest) fail();
  if (first.mark === "[") return readList(tokens, at + 1, depth);
  if (first.mark === "{") return readObject(tokens, at + 1, depth);
  return fail();
}

function readList(tokens: readonly Token[], start: number, depth: number): [unknown[], number] {
  const list: unknown[] = [];
  let at = start;
  while (tokens[at]?.mark !== "]") {
    const [value, next] = readValue(tokens, at, depth + 1);
    list.push(value);
    at = afterComma(tokens, next, "]");
  }
  return [list, at + 1];
}

function readObject(tokens: readonly Token[], start: number, depth: number): [JsonObject, number] {
  const object: { [key: string]: unknown } = Object.create(null);
  let at = start;
  while (tokens[at]?.mark !== "}") {
    const key = tokens[at]?.value;
    if (typeof key !== "string" || tokens[at + 1]?.mark !== ":") fail();
    const [value, next] = readValue(tokens, at + 2, depth + 1);
    const name = key as string;
    object[name] = Object.hasOwn(object, name) && !sameJson(object[name], value) ? conflicting : value;
    at = afterComma(tokens, next, "}");
  }
  return [object, at + 1];
}

function afterComma(tokens: readonly Token[], at: number, end: string): number {
  if (tokens[at]?.mark === ",") return at + 1;
  return tokens[at]?.mark === end ? at : fail();
}

/** Whether two parsed values are the same JSON. */
export function sameJson(one: unknown, other: unknown): boolean {
  return one !== conflicting && JSON.stringify(one) === JSON.stringify(other);
}

function fail(): never {
  throw new SyntaxError("not JSON");
}
