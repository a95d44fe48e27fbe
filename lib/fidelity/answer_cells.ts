import { type GivenAnswer, readItem, scaleOf } from "../audit/item_answers.ts";
import { cannot } from "../core/errors.ts";
import { distinct, type Table } from "../core/table.ts";

/** The answers of all sources to one item in one group of people. */
export interface AnswerCell {
  readonly item: string;
  readonly group: string;
  /** The categories, in order. */
  readonly labels: readonly string[];
  /** Where each of them stands, from 0 to 1; `null` where they are names. */
  readonly scores: readonly number[] | null;
  /** Whose answers, to which category, with which weight. */
  readonly entries: readonly { readonly unit: number; readonly code: number; readonly part: number }[];
}

/** The answers of several sources by cell. */
export interface AnswerCells {
  readonly cells: readonly AnswerCell[];
  /** Personas, or clusters; those in the same groups have the same stratum. */
  readonly units: readonly { readonly source: number; readonly stratum: number }[];
  /** Of each source why it is no sample of equal persons; empty where it is. */
  readonly unequal: readonly string[];
  /** Of each source what the reader must know. */
  readonly notes: readonly string[][];
}

const sourceNames = ["human", "synthetic", "baselines.population", "baselines.empty", "baselines.random"];

/** Gathers answers, people's first. Groups are those of people; another source without their columns answers for each. */
export function gatherCells(
  action: string,
  tables: readonly (Table | undefined)[],
  { items, by, scale, weights }: { readonly [list in "items" | "by"]: readonly string[] } & {
    readonly scale: readonly [number, number] | undefined;
    readonly weights: string | undefined;
  },
): AnswerCells {
  const units = new Map<string, { readonly unit: number; readonly source: number; groups: string }>();
  const [unequal, notes] = [tables.map(() => ""), tables.map((): string[] => [])];
  const has = (table: Table | undefined, name: string) => table?.columnNames().includes(name);
  const isForAll = tables.map((table, source) => source > 0 && !by.every((name) => has(table, name)));
  const cells = items.flatMap((item) => {
    const read = tables.map((table, source) =>
      table && readItem(action, table, item, {
        weights: weights !== undefined && has(table, weights) ? weights : undefined,
        groups: isForAll[source] ? [] : by,
        argument: sourceNames[source],
      })
    );
    const given = distinct(read.flatMap((own) => own?.list.flatMap(partsOf).map(([label]) => label) ?? []));
    const known = categoriesOf(given, scale ?? scaleOf(read[1]!.list), read[1]!.list[0]?.order ?? null);
    const stray = given.find((label) => !known.labels.includes(label));
    if (stray !== undefined || read.some((own) => own?.several)) {
      const rule = `hold one answer to '${item}' of ${known.labels.join(", ")}`;
      throw new RangeError(cannot(action, "human' and 'synthetic", rule, stray ?? "several at once"));
    }
    const groups = distinct(read[0]!.list.map(({ group }) => group));
    const entries = new Map(groups.map((group) => [group, [] as AnswerCell["entries"][number][]]));
    read.forEach((answers, source) => {
      const own = isForAll[source] ? [] : answers?.list ?? [];
      const without = own.filter(({ group }) => !entries.has(group)).length;
      const told = [...answers?.notes ?? [], ...without === 0 ? [] : [`${without} in groups without people`]];
      notes[source]!.push(...told.map((note) => `'${item}': ${note}`));
      for (const answer of answers?.list ?? []) {
        if (answer.weight !== 1) unequal[source] = "answers are weighted";
        if (answer.distribution !== null) unequal[source] = "answers are probabilities";
        const key = `${source} ${answer.unit}`;
        const own = units.get(key) ?? { unit: units.size, source, groups: "" };
        units.set(key, own);
        if (!own.groups.includes(`; ${answer.group};`)) own.groups += `; ${answer.group};`;
        for (const [label, share] of partsOf(answer)) {
          const entry = { unit: own.unit, code: known.labels.indexOf(label), part: share * answer.weight };
          for (const group of isForAll[source] ? groups : [answer.group]) entries.get(group)?.push(entry);
        }
      }
    });
    return groups.map((group): AnswerCell => ({ item, group, ...known, entries: entries.get(group)! }));
  });
  const strata = distinct([...units.values()].map(({ groups }) => groups));
  const places = new Map(strata.map((groups, place) => [groups, place]));
  const listed = [...units.values()].map((own) => ({ source: own.source, stratum: places.get(own.groups)! }));
  return { cells, units: listed, unequal, notes };
}

export type DealtUnits = Pick<AnswerCells, "cells" | "units"> & { readonly all: readonly number[] };

/**
 * What is dealt anew between people and others: persons, within those in the same groups; where few of them have others
 * to change places with, as where personas are in every arm and people in one, each one's answers in a group.
 */
export function dealtUnits(whole: DealtUnits): DealtUnits {
  const { cells, units, all } = whole;
  const counts = [...Map.groupBy(all, (unit) => units[unit]!.stratum).values()].map((own) => {
    const people = own.filter((unit) => units[unit]!.source === 0).length;
    return [people, own.length - people, Math.min(people, own.length - people)];
  });
  const [people, others, met] = [0, 1, 2].map((at) => counts.reduce((sum, own) => sum + own[at]!, 0));
  if (2 * met! >= Math.min(people!, others!)) return whole;
  const strata = distinct(cells.map(({ group }) => group));
  const split = cells.map(({ entries, ...cell }) => {
    const first = strata.indexOf(cell.group) * units.length;
    return { ...cell, entries: entries.map((entry) => ({ ...entry, unit: first + entry.unit })) };
  });
  const parts = strata.flatMap((_, stratum) => units.map(({ source }) => ({ source, stratum })));
  return {
    cells: split,
    units: parts,
    all: distinct(split.flatMap(({ entries }) => entries.map(({ unit }) => unit))),
  };
}

function partsOf({ value, distribution }: GivenAnswer): [string, number][] {
  return distribution === null ? [[String(value), 1]] : Object.entries(distribution);
}

/** The categories in order: the options shown, the whole numbers of a scale, or else the answers given. */
function categoriesOf(
  given: readonly string[],
  ends: readonly [number, number] | null,
  shown: readonly string[] | null,
): Pick<AnswerCell, "labels" | "scores"> {
  const numbers = distinct([...given, ...ends ?? []].map(Number)).sort((a, b) => a - b);
  if (numbers.includes(NaN) || ends === null && shown !== null) {
    return { labels: shown ?? given, scores: null };
  }
  const [low, high] = ends ?? [numbers[0]!, numbers.at(-1)!];
  const isWhole = ends !== null && high - low <= 100 && numbers.every(Number.isInteger);
  const points = (isWhole ? Array.from({ length: high - low + 1 }, (_, k) => low + k) : numbers)
    .filter((point) => point >= low && point <= high);
  return { labels: points.map(String), scores: points.map((point) => (point - low) / (high - low || 1)) };
}

/** The shares of a cell's answers, each unit counted so often; `null` where none counts. */
export function sharesIn({ labels, entries }: AnswerCell, times: ArrayLike<number>): Float64Array | null {
  const shares = new Float64Array(labels.length);
  let total = 0;
  for (const { unit, code, part } of entries) {
    shares[code]! += part * times[unit]!;
    total += part * times[unit]!;
  }
  return total > 0 ? shares.map((share) => share / total) : null;
}
