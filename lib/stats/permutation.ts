import { checkWhole } from "../core/checks.ts";
import { cannot } from "../core/errors.ts";
import type { RandomStream } from "../core/stream.ts";
import { moments } from "./moments.ts";
import { positionsOf } from "./resampling.ts";

/** Whether labels have at most `limit` distinct assignments within groups. */
export function hasFewAssignments(
  labels: ArrayLike<number>,
  groups: ArrayLike<number> | undefined,
  limit: number,
): boolean {
  let assignments = 1;
  for (const group of positionsOf(labels.length, groups)) {
    const seen = new Map<number, number>();
    for (let index = 0; index < group.length; index++) {
      const label = labels[group[index]!]!;
      const same = (seen.get(label) ?? 0) + 1;
      seen.set(label, same);
      // n! / Π m! grows by (index + 1) / same with each further label and is whole after each step.
      assignments = Math.round(assignments * (index + 1) / same);
      // It never falls, so that a large group need not be read to its end.
      if (assignments > limit) return false;
    }
  }
  return true;
}

/** Shuffles the labels at the given positions; the same draws as `random.integer`, without its divisions. */
function shuffleWithin(labels: Int32Array, group: Int32Array, random: RandomStream): void {
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

/** Options of {@linkcode permuteLabels}. */
export interface PermuteLabelsOptions {
  /** Where the random numbers come from. */
  random: RandomStream;
  /**
   * The group of each label; labels change places only within a group.
   * @default one group
   */
  groups?: ArrayLike<number>;
  /**
   * How many random permutations are visited where there are too many to visit all.
   * @default 2000
   */
  permutations?: number;
  /**
   * The largest number of distinct assignments that are all visited.
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
  const action = "permute labels";
  checkWhole(action, "permutations", permutations, 1);
  const current = Int32Array.from(labels);
  if (options.groups !== undefined && options.groups.length !== current.length) {
    const rule = `be as long as 'labels', ${current.length}`;
    throw new RangeError(cannot(action, "groups", rule, options.groups.length));
  }
  const groups = positionsOf(current.length, options.groups).filter((group) => group.length > 1);
  if (hasFewAssignments(current, options.groups, options.exactLimit ?? 25_000)) {
    return { exact: true, count: visitAll(current, groups, visit) };
  }
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

/**
 * Computes the one-sided p-value of a statistic against its permutation null: how often it is at least as large.
 *
 * Random permutations: (1 + #{T* ≥ T}) / (B + 1), never 0. All permutations: #{T* ≥ T} / B. Permutations under which
 * the statistic cannot be computed (`NaN`) are left out of both counts. T* ≥ T holds within a relative 1e-10, so that
 * equal tables count as equal however their sums were rounded.
 *
 * @param observed the observed statistic T
 * @param permuted the statistic under each permutation, T*
 * @param options `exact`: whether `permuted` holds every possible assignment, the observed one among them; false by
 * default
 * @returns the p-value; `NaN` if `observed` is, or if there is no permutation
 * @see Phipson and Smyth 2010, Statistical Applications in Genetics and Molecular Biology 9(1), article 39
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { permutationPValue } from "@understudy/understudy/stats";
 *
 * assertEquals(permutationPValue(3, [1, 2, 3]), 0.5);
 * assertEquals(permutationPValue(3, [1, 2, 3, 4], { exact: true }), 0.5);
 * ```
 */
export function permutationPValue(
  observed: number,
  permuted: ArrayLike<number>,
  options: { exact?: boolean } = {},
): number {
  const threshold = observed - 1e-10 * Math.abs(observed);
  let [extreme, computed] = [0, 0];
  for (let draw = 0; draw < permuted.length; draw++) {
    const statistic = permuted[draw]!;
    if (Number.isNaN(statistic)) continue;
    computed++;
    if (statistic >= threshold) extreme++;
  }
  if (Number.isNaN(observed) || computed === 0) return NaN;
  return options.exact ? extreme / computed : (1 + extreme) / (computed + 1);
}

/**
 * The sum of the marked values under each of many random permutations of the marks within groups.
 *
 * The fast way for statistics that are linear in the marks, such as a difference in means with fixed arm sizes or a
 * rank sum: a permutation costs one random number for each mark (or each value without one, where those are fewer),
 * and no label is moved. Fisher and Yates 1948; Lemire 2019, ACM Transactions on Modeling and Computer Simulation
 * 29(1), article 3, for whole numbers below a bound.
 */
export function permuteSums(
  values: ArrayLike<number>,
  marked: ArrayLike<number>,
  { random, groups, permutations = 2000 }: Omit<PermuteLabelsOptions, "exactLimit">,
): Float64Array {
  const sums = new Float64Array(permutations);
  for (const positions of positionsOf(values.length, groups)) {
    const own = Float64Array.from(positions, (at) => values[at]!);
    const { mean } = moments(own);
    const marks = positions.reduce((count, at) => count + (marked[at] === 1 ? 1 : 0), 0);
    // Less their mean: a large mean costs no digits.
    addGroup(sums, own.map((value) => value - mean), [marks, mean], random);
  }
  return sums;
}

function addGroup(
  sums: Float64Array,
  deviations: Float64Array,
  [marks, mean]: readonly [marks: number, mean: number],
  random: RandomStream,
): void {
  const n = deviations.length;
  const fewer = Math.min(marks, n - marks);
  // Deviations sum to 0, so the sum of those not drawn is the negative of the sum of those drawn.
  let total = 0;
  for (let i = 0; i < n; i++) total += deviations[i]!;
  const expected = marks * mean;
  for (let draw = 0; draw < sums.length; draw++) {
    const drawn = drawSum(deviations, fewer, random);
    sums[draw] = sums[draw]! + expected + (fewer === marks ? drawn : total - drawn);
  }
}

/** The sum of `count` values drawn without replacement; the values change places. */
function drawSum(values: Float64Array, count: number, random: RandomStream): number {
  const n = values.length;
  let sum = 0;
  for (let i = 0; i < count; i++) {
    const left = n - i;
    // The high 32 bits of bits × left; a low part below 2^32 mod left would favour some places and is drawn again.
    let bits = random.bits();
    let low = Math.imul(bits, left) >>> 0;
    if (low < left) {
      const favoured = 4294967296 % left;
      while (low < favoured) {
        bits = random.bits();
        low = Math.imul(bits, left) >>> 0;
      }
    }
    const place = i + (bits * left - low) / 4294967296;
    const value = values[place]!;
    values[place] = values[i]!;
    values[i] = value;
    sum += value;
  }
  return sum;
}
