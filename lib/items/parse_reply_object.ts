import type { Item } from "../core/mod.ts";
import { conflicting, type JsonObject, sameJson } from "./parse_json.ts";

const wrappers = new Set([
  "answer",
  "answers",
  "response",
  "responses",
  "reply",
  "result",
  "results",
  "output",
  "final",
  "final_answer",
  "final_answers",
]);

/** An item's answer in a reply's object: undefined where there is none, `conflicting` where there are different ones. */
export function findAnswer(object: JsonObject, item: Item, items: readonly Item[]): unknown {
  const names = items.map((other) => other.name);
  const values = unwrap(object, names, 0).flatMap((level) => valuesOf(level, item.name, names));
  const [first] = values;
  return values.length === 0 || values.every((value) => sameJson(value, first)) ? first : conflicting;
}

/** The object itself and those that it wraps: {"answers": {…}}. */
function unwrap(object: JsonObject, names: readonly string[], depth: number): JsonObject[] {
  const inner = depth > 2 ? [] : Object.entries(object).flatMap(([key, value]) => {
    const wraps = wrappers.has(foldKey(key)) && !names.includes(key);
    const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
    return wraps && isObject ? unwrap(value as JsonObject, names, depth + 1) : [];
  });
  return [object, ...inner];
}

function valuesOf(object: JsonObject, name: string, names: readonly string[]): unknown[] {
  const alone = names.filter((other) => foldKey(other) === foldKey(name)).length === 1;
  return Object.keys(object)
    .filter((key) => key === name || alone && foldKey(key) === foldKey(name))
    .map((key) => object[key]);
}

function foldKey(key: string): string {
  return key.trim().toLowerCase().replace(/[\s-]+/g, "_");
}
