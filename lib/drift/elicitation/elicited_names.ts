import { answerColumns, assignedColumns, personaColumns, planColumns } from "../../core/columns.ts";
import { type ListEntry, textOf } from "./ask_for_list.ts";

/** Something that replies named, and how. */
export interface Named {
  /** A name that can be a column. */
  readonly name: string;
  /** What each reply that named it said of it: one entry a reply. */
  readonly entries: readonly ListEntry[];
  /** The share of readable replies that named it. */
  readonly share: number;
  /** The mean of its places in the lists that named it, from 1. */
  readonly place: number;
}

/** Gathers what several lists name, those named most often first; among equals those that stand higher. */
export function gatherNames(lists: readonly (readonly ListEntry[])[]): Named[] {
  const found = new Map<string, { name: string; entries: ListEntry[]; places: number[] }>();
  for (const list of lists) {
    const seen = new Set<string>();
    list.forEach((entry, index) => {
      const name = columnName(textOf(entry, "name"));
      const key = name.toLowerCase();
      // A reply that names a thing twice has named it once.
      if (name === "" || seen.has(key)) return;
      seen.add(key);
      const known = found.get(key) ?? { name, entries: [], places: [] };
      known.entries.push(entry);
      known.places.push(index + 1);
      found.set(key, known);
    });
  }
  return [...found.values()].map(({ name, entries, places }) => ({
    name,
    entries,
    share: entries.length / lists.length,
    place: places.reduce((sum, place) => sum + place, 0) / places.length,
  })).sort((a, b) => b.share - a.share || a.place - b.place || (a.name < b.name ? -1 : 1));
}

/** Says which names were left out because no letter or digit of theirs can stand in a column's name. */
export function noteUnusable(lists: readonly (readonly ListEntry[])[]): string {
  const names = lists.flat().map((entry) => textOf(entry, "name"));
  const unusable = [...new Set(names.filter((name) => name !== "" && columnName(name) === ""))];
  return unusable.length === 0
    ? ""
    : `names without Latin letters cannot be columns and are left out: ${
      unusable.join(", ")
    }; ask in English`;
}

/** Columns of the experiment's tables: an attribute called block would change how arms are compared. */
const taken = new Set(
  [personaColumns, assignedColumns, planColumns, answerColumns].flatMap((columns) => Object.keys(columns)),
);

/**
 * A name as a column may be called: "Age group" is age_group; what looks like a column's name stays as it is. What the
 * tables or the language call so already is of the person: "weight" is own_weight.
 */
export function columnName(text: string): string {
  const name = plainName(text);
  return taken.has(name.toLowerCase()) || name in {} ? `own_${name}` : name;
}

function plainName(text: string): string {
  if (/^[a-z_][A-Za-z0-9_]{0,63}$/.test(text)) return text;
  const words = text.normalize("NFKD").replace(/\p{Mark}/gu, "").toLowerCase().match(/[a-z0-9]+/g) ?? [];
  const name = words.join("_").slice(0, 64);
  return /^[0-9]/.test(name) ? `_${name}`.slice(0, 64) : name;
}

/** The list that most replies gave; among equals the first. Empty lists count only where there is no other. */
export function mostFrequent(lists: readonly (readonly string[])[]): readonly string[] {
  const counts = new Map<string, number>();
  for (const list of lists) {
    if (list.length === 0) continue;
    const key = JSON.stringify(list);
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  const most = Math.max(0, ...counts.values());
  const [first] = [...counts].find(([, count]) => count === most) ?? [];
  return first === undefined ? [] : JSON.parse(first) as string[];
}
