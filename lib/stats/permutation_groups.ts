import type { RandomStream } from "../core/stream.ts";

/** The positions of each group that has more than one. */
export function groupPositions(length: number, groups?: ArrayLike<number>): Int32Array[] {
  const positions = new Map<number, number[]>();
  for (let i = 0; i < length; i++) {
    const group = groups?.[i] ?? 0;
    const members = positions.get(group);
    if (members) members.push(i);
    else positions.set(group, [i]);
  }
  return [...positions.values()].filter((members) => members.length > 1).map((list) => Int32Array.from(list));
}

/** The number of distinct assignments, a product of multinomial coefficients; infinite above the limit. */
export function countAssignments(
  labels: ArrayLike<number>,
  groups: readonly Int32Array[],
  limit: number,
): number {
  let assignments = 1;
  for (const group of groups) {
    const seen = new Map<number, number>();
    for (let index = 0; index < group.length; index++) {
      const label = labels[group[index]!]!;
      const same = (seen.get(label) ?? 0) + 1;
      seen.set(label, same);
      // n! / Π m! grows by (index + 1) / same with each further label and is whole after each step.
      assignments = Math.round(assignments * (index + 1) / same);
      // It never falls, so that a large group need not be read to its end.
      if (assignments > limit) return Infinity;
    }
  }
  return assignments;
}

/** Shuffles the labels at the given positions; the same draws as `random.integer`, without its divisions. */
export function shuffleWithin(labels: Int32Array, group: Int32Array, random: RandomStream): void {
  for (let i = group.length - 1; i > 0; i--) {
    const size = i + 1;
    let bits = random.bits();
    // Only bits within one size of 2^32 can lie above the largest multiple of it.
    while (bits >= 4294967296 - size && bits >= 4294967296 - (4294967296 % size)) bits = random.bits();
    const position = group[i]!;
    // A quotient of whole numbers below 2^32 is rounded to the next whole number by no double.
    const other = group[bits - Math.floor(bits / size) * size]!;
    const label = labels[position]!;
    labels[position] = labels[other]!;
    labels[other] = label;
  }
}
