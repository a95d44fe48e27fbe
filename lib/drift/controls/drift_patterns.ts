import type { RandomStream } from "../../core/stream.ts";
import { groupRows } from "../../core/table.ts";
import { drawBinomial, drawHypergeometric } from "../../stats/resampling.ts";

/** Who changes places, and what each gives. */
export interface PatternPlaces {
  /** The label of each place: 0, 1, … */
  readonly labels: ArrayLike<number>;
  /** The group of each: labels change places only within it. */
  readonly groups: ArrayLike<number>;
  /** What each gave, as the number of its kind in `lists`. */
  readonly patterns: ArrayLike<number>;
  /** For each kind, where its answers are counted. */
  readonly lists: readonly Int32Array[];
}

/** Adds the answers of all labels but 0 under one random permutation to `counts`, label by label. */
export type PatternDealer = (counts: Int32Array) => void;

/** How many places a draw of one count must stand for, so that drawing counts is faster than moving places. */
const worthwhile = 6;

/**
 * Makes what permutes counts in place of units: units that gave the same answers are exchangeable, so only how many of
 * each kind go to each arm must be drawn. Between subjects that number is hypergeometric; where each unit was in both
 * arms, how many units of a kind change sides is binomial. `null` where kinds are too many for it to pay.
 *
 * @param columns how many counts there are for each label
 */
export function makePatternDealer(
  places: PatternPlaces,
  { labels, columns, random }: { labels: number; columns: number; random: RandomStream },
): PatternDealer | null {
  const pairs = new Map<number, PairKind>();
  const groups: GroupKind[] = [];
  for (const members of groupRows(places.groups).values()) {
    if (labels === 2 && members.length === 2) addPair(pairs, members, places);
    else groups.push(readGroup(members, places, labels));
  }
  const draws = groups.reduce((sum, { kinds }) => sum + kinds.length * (labels - 1), 0) + pairs.size;
  if (draws * worthwhile > places.labels.length) return null;
  return (counts) => {
    for (const pair of pairs.values()) dealPair(pair, counts, columns, random);
    for (const group of groups) dealGroup(group, counts, columns, random);
  };
}

/** Units of two cells with the same answers under label 0 and under label 1. */
interface PairKind {
  readonly zero: Int32Array;
  readonly one: Int32Array;
  /** The label of both, where it is the same (two units alone in their block): they do not move. */
  readonly fixed: number | null;
  count: number;
}

function addPair(
  pairs: Map<number, PairKind>,
  members: readonly number[],
  { labels, patterns, lists }: PatternPlaces,
): void {
  const [a, b] = labels[members[0]!]! <= labels[members[1]!]! ? members : [members[1]!, members[0]!];
  const [zero, one] = [patterns[a!]!, patterns[b!]!];
  const fixed = labels[a!]! === labels[b!]! ? labels[a!]! : null;
  const key = ((fixed ?? 2) * lists.length + zero) * lists.length + one;
  const kind = pairs.get(key);
  if (kind) kind.count++;
  else pairs.set(key, { zero: lists[zero]!, one: lists[one]!, fixed, count: 1 });
}

function dealPair(
  { zero, one, fixed, count }: PairKind,
  counts: Int32Array,
  columns: number,
  random: RandomStream,
): void {
  if (fixed === 0) return;
  const swapped = fixed === null ? drawBinomial(count, 0.5, random) : count;
  const kept = fixed === null ? count - swapped : count;
  for (const column of zero) counts[columns + column]! += swapped;
  for (const column of one) counts[columns + column]! += kept;
}

/** Places of one group: how many there are of each kind, and how many carry each label. */
interface GroupKind {
  readonly kinds: readonly { readonly pattern: Int32Array; readonly count: number }[];
  readonly labels: Int32Array;
  readonly size: number;
  readonly left: Int32Array;
}

function readGroup(
  members: readonly number[],
  places: PatternPlaces,
  labels: number,
): GroupKind {
  const counts = new Map<number, number>();
  const carried = new Int32Array(labels);
  for (const member of members) {
    const pattern = places.patterns[member]!;
    counts.set(pattern, (counts.get(pattern) ?? 0) + 1);
    carried[places.labels[member]!]!++;
  }
  const kinds = [...counts].map(([pattern, count]) => ({ pattern: places.lists[pattern]!, count }));
  return { kinds, labels: carried, size: members.length, left: new Int32Array(kinds.length) };
}

function dealGroup(
  { kinds, labels, size, left }: GroupKind,
  counts: Int32Array,
  columns: number,
  random: RandomStream,
): void {
  kinds.forEach(({ count }, kind) => left[kind] = count);
  let remaining = size;
  for (let label = 1; label < labels.length; label++) {
    let total = remaining;
    let wanted = labels[label]!;
    remaining -= wanted;
    for (let kind = 0; kind < kinds.length && wanted > 0; kind++) {
      const drawn = drawHypergeometric(total, left[kind]!, wanted, random);
      total -= left[kind]!;
      left[kind]! -= drawn;
      wanted -= drawn;
      if (drawn > 0) {
        for (const column of kinds[kind]!.pattern) counts[label * columns + column]! += drawn;
      }
    }
  }
}
