import { checkWeights } from "../../core/checks.ts";
import { showValue } from "../../core/errors.ts";
import { stream } from "../../core/stream.ts";
import { columnOf, type Table } from "../../core/table.ts";
import type { Margins } from "../../personas/declare_margins.ts";

/** The personas as far as they are known. */
export type KnownColumns = { readonly [attribute: string]: readonly unknown[] };

/** Draws an attribute from a table of people or counts, for each persona among those who are like it in `given`. */
export function drawFromTable(
  action: string,
  personas: KnownColumns,
  attribute: string,
  source: {
    readonly from: Table;
    readonly sizes: string | undefined;
    readonly given: readonly string[];
    readonly seed: number;
  },
): unknown[] {
  const { from, given, seed } = source;
  const sizes = source.sizes === undefined
    ? new Float64Array(from.numRows()).fill(1)
    : columnOf<number>(from, source.sizes);
  checkWeights(action, source.sizes ?? "from", sizes);
  const values = columnOf(from, attribute);
  const shares = new Map<string, Map<unknown, number>>();
  keysOf(given.map((name) => columnOf(from, name)), from.numRows()).forEach((key, row) => {
    const levels = shares.get(key) ?? new Map<unknown, number>();
    // A person who has no value says nothing about who has which.
    if (isValue(values[row])) levels.set(values[row], (levels.get(values[row]) ?? 0) + sizes[row]!);
    shares.set(key, levels);
  });
  const ids = personas.persona_id!;
  return keysOf(given.map((name) => personas[name]!), ids.length).map((key, row) => {
    const levels = [...shares.get(key) ?? []].filter(([, size]) => size > 0);
    if (levels.length === 0) throw nobodyLike(action, attribute, given, personas, row);
    const chosen = streamOf(seed, ids[row], attribute).index(levels.map(([, size]) => size));
    return levels[chosen]![0];
  });
}

/** Draws an attribute from declared margins: by itself, or given the parents that it has there. */
export function drawFromMargins(
  action: string,
  personas: KnownColumns,
  attribute: string,
  { from, seed }: { readonly from: Margins; readonly seed: number },
): unknown[] {
  const margin = from.attributes.find(({ name }) => name === attribute)!;
  const absent = margin.given.find((parent) => personas[parent] === undefined);
  if (absent !== undefined) {
    throw new RangeError(
      `Cannot ${action} as '${attribute}' depends on '${absent}', which the personas do not have: draw it first`,
    );
  }
  const ids = personas.persona_id!;
  return ids.map((id, row) => {
    const parents = margin.given.map((parent) => String(personas[parent]![row]));
    const probabilities = margin.probabilities[JSON.stringify(parents)];
    if (probabilities === undefined) throw nobodyLike(action, attribute, margin.given, personas, row);
    return margin.levels[streamOf(seed, id, attribute).index(probabilities)];
  });
}

/** The stream of one persona's draw of one attribute. */
function streamOf(seed: number, persona: unknown, attribute: string): ReturnType<typeof stream> {
  return stream(seed, "draw attribute", String(persona), attribute);
}

function keysOf(columns: readonly (readonly unknown[])[], rows: number): string[] {
  return Array.from(
    { length: rows },
    (_, row) => JSON.stringify(columns.map((column) => String(column[row]))),
  );
}

function isValue(value: unknown): boolean {
  return value !== null && value !== undefined && value !== "" && !Number.isNaN(value);
}

function nobodyLike(
  action: string,
  attribute: string,
  given: readonly string[],
  personas: KnownColumns,
  row: number,
): RangeError {
  const like = given.map((name) => `${name} ${showValue(personas[name]![row])}`).join(", ") ||
    "any attribute";
  return new RangeError(
    `Cannot ${action} as 'from' must have people with a value of '${attribute}' who are like persona ` +
      `${showValue(personas.persona_id![row])} (${like}): name fewer attributes in 'given'`,
  );
}
