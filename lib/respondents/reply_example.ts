import type { JsonSchema } from "../core/item.ts";
import { type RandomStream, stream } from "../core/stream.ts";
import { property } from "./failures.ts";

/** Whether a reply must be a JSON object: the answer to a single question may be a bare value or a list of them. */
export function needsObject(schema: JsonSchema): boolean {
  const properties = Object.values(property(schema, "properties") ?? {});
  const holdsObject = (one: unknown): boolean => property(one, "type") === "object";
  return properties.length !== 1 ||
    holdsObject(properties[0]) || holdsObject(property(properties[0], "items"));
}

/**
 * Writes an example of a reply that fits a schema. Its values are drawn anew for each request's seed, so that over
 * many requests no answer is favoured; free words stand as `…`.
 */
export function exampleOf(schema: JsonSchema, seed: number): string {
  return exampleValue(schema, stream(seed, "example of a reply"), 0);
}

/** Deeper schemas are not asked for by anything that people answer. */
const deepest = 8;

function exampleValue(schema: unknown, random: RandomStream, depth: number): string {
  const listed = property(schema, "enum");
  if (Array.isArray(listed) && listed.length > 0) {
    return JSON.stringify(listed[random.integer(listed.length)]);
  }
  const type = depth > deepest ? "null" : property(schema, "type");
  if (type === "boolean") return String(random.integer(2) === 1);
  if (type === "integer" || type === "number") return exampleNumber(schema, random);
  if (type === "array") return exampleList(schema, random, depth);
  if (type !== "object") return JSON.stringify(type === "null" ? null : "…");
  const properties = Object.entries(property(schema, "properties") ?? {});
  const shares = drawShares(properties.map(([, one]) => one), random);
  const values = shares ?? properties.map(([, one]) => exampleValue(one, random, depth + 1));
  return `{${properties.map(([name], i) => `${JSON.stringify(name)}: ${values[i]}`).join(", ")}}`;
}

function exampleNumber(schema: unknown, random: RandomStream): string {
  const [low, high] = ["minimum", "maximum"].map((name) => property(schema, name));
  const tenBelow = typeof high === "number" ? Math.floor(high) - 10 : 0;
  const from = typeof low === "number" ? Math.ceil(low) : tenBelow;
  const to = typeof high === "number" ? Math.floor(high) : from + 10;
  return String(from + Math.floor(random.uniform() * (Math.max(from, to) - from + 1)));
}

/** As many entries as are allowed; of options each at most once. */
function exampleList(schema: unknown, random: RandomStream, depth: number): string {
  const items = property(schema, "items");
  const options = property(items, "enum");
  const [least = 1, most = least] = ["minItems", "maxItems"].map((name) => {
    const count = property(schema, name);
    return typeof count === "number" ? Math.min(count, 20) : undefined;
  });
  const count = Math.max(1, least + random.integer(Math.max(0, most - least) + 1));
  const entries = Array.isArray(options)
    ? random.shuffle(options).slice(0, count).map((option) => JSON.stringify(option))
    : Array.from({ length: count }, () => exampleValue(items, random, depth + 1));
  return `[${entries.join(", ")}]`;
}

/** Amounts that are together the most that each may be, where that is what is asked for; else `undefined`. */
function drawShares(schemas: readonly unknown[], random: RandomStream): string[] | undefined {
  const total = property(schemas[0], "maximum");
  const alike = schemas.every((one) =>
    ["integer", "number"].includes(String(property(one, "type"))) && property(one, "minimum") === 0 &&
    property(one, "maximum") === total
  );
  if (schemas.length < 2 || !alike || typeof total !== "number" || !Number.isInteger(total)) return undefined;
  const cuts = schemas.slice(1).map(() => random.integer(total + 1)).sort((a, b) => a - b);
  return schemas.map((_, i) => String((cuts[i] ?? total) - (cuts[i - 1] ?? 0)));
}
