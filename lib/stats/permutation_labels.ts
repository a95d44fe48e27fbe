import { checkWhole } from "../core/checks.ts";
import { cannot } from "../core/errors.ts";
import type { RandomStream } from "../core/stream.ts";
import { countAssignments, groupPositions, shuffleWithin } from "./permutation_groups.ts";

/** Options of {@linkcode permuteLabels}. */
export interface PermuteLabelsOptions {
  /** Where the random numbers come from. */
  random: RandomStream;
  /**
   * The group of each label; labels change places only within a group.
   *
   * @default one group
   */
  groups?: ArrayLike<number>;
  /**
   * How many random permutations are visited where there are too many to visit all.
   *
   * @default 2000
   */
  permutations?: number;
  /**
   * The largest number of distinct assignments that are all visited.
   *
   * @default 25000
   */
  exactLimit?: number;
}

/** What {@linkcode permuteLabels} visited. */
export interface PermutedLabels {
  /** Whether every distinct assignment was visited once (the observed one among them). */
  readonly exact: boolean;
  /** How many assignments were visited. */
  readonly count: number;
}

const action = "permute labels";

/**
 * Visits permutations of labels within groups: all distinct ones where they are few, random ones where not.
 *
 * The engine of every permutation test here. Put one label per unit that was assigned as one (a persona, not its
 * replicates), and a group per block, or per persona where each persona saw every arm.
 *
 * @param labels small whole numbers, one per unit; left as they are
 * @param visit gets the permuted labels (one array that is used again: read it, do not keep it) and the visit's number
 * @param options see {@linkcode PermuteLabelsOptions}
 * @returns how many assignments were visited, and whether those are all
 * @throws {RangeError} if `groups` is not as long as `labels`, or `permutations` is not a positive whole number
 * @see Good 2005, Permutation, Parametric and Bootstrap Tests of Hypotheses
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { stream } from "@understudy/understudy/core";
 * import { permuteLabels } from "@understudy/understudy/stats";
 *
 * const seen: string[] = [];
 * const visited = permuteLabels([0, 0, 1], (labels) => seen.push(labels.join("")), { random: stream(1, "permute") });
 * assertEquals(visited, { exact: true, count: 3 });
 * assertEquals(seen, ["001", "010", "100"]);
 * ```
 */
export function permuteLabels(
  labels: ArrayLike<number>,
  visit: (labels: Int32Array, visit: number) => void,
  options: PermuteLabelsOptions,
): PermutedLabels {
  const permutations = options.permutations ?? 2000;
  checkWhole(action, "permutations", permutations, 1);
  const current = Int32Array.from(labels);
  if (options.groups !== undefined && options.groups.length !== current.length) {
    throw new RangeError(
      cannot(action, "groups", `be as long as 'labels', ${current.length}`, options.groups.length),
    );
  }
  const groups = groupPositions(current.length, options.groups);
  const assignments = countAssignments(current, groups, options.exactLimit ?? 25_000);
  if (assignments !== Infinity) return { exact: true, count: visitAll(current, groups, visit) };
  for (let draw = 0; draw < permutations; draw++) {
    for (const group of groups) shuffleWithin(current, group, options.random);
    visit(current, draw);
  }
  return { exact: false, count: permutations };
}

/** Visits every distinct assignment, as an odometer whose wheels are the groups. */
function visitAll(
  labels: Int32Array,
  groups: readonly Int32Array[],
  visit: (labels: Int32Array, visit: number) => void,
): number {
  for (const group of groups) {
    const sorted = Int32Array.from(group, (position) => labels[position]!).sort();
    group.forEach((position, index) => labels[position] = sorted[index]!);
  }
  let count = 0;
  do visit(labels, count++); while (groups.some((group) => advance(labels, group)));
  return count;
}

/** Steps to the next arrangement in lexicographic order; false where it starts again from the first. */
function advance(labels: Int32Array, group: Int32Array): boolean {
  let pivot = group.length - 2;
  while (pivot >= 0 && labels[group[pivot]!]! >= labels[group[pivot + 1]!]!) pivot--;
  if (pivot >= 0) {
    let next = group.length - 1;
    while (labels[group[next]!]! <= labels[group[pivot]!]!) next--;
    swap(labels, group[pivot]!, group[next]!);
  }
  for (let low = pivot + 1, high = group.length - 1; low < high; low++, high--) {
    swap(labels, group[low]!, group[high]!);
  }
  return pivot >= 0;
}

function swap(labels: Int32Array, one: number, other: number): void {
  const label = labels[one]!;
  labels[one] = labels[other]!;
  labels[other] = label;
}
