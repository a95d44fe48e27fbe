import { checkWhole } from "../core/checks.ts";
import { cannot } from "../core/errors.ts";
import type { RandomStream } from "../core/stream.ts";

/** Options of {@linkcode permuteSums}. */
export interface PermuteSumsOptions {
  /** Where the random numbers come from. */
  random: RandomStream;
  /**
   * The group of each value; labels change places only within a group.
   *
   * @default {undefined} one group
   */
  groups?: ArrayLike<number>;
  /**
   * The number of random permutations.
   *
   * @default {2000}
   */
  permutations?: number;
}

const action = "permute sums";

/**
 * Draws the sum of the marked values under random permutations of the marks.
 *
 * The fast way for statistics that are linear in the marks, such as a difference in means with fixed arm sizes or a
 * rank sum: a permutation costs one random number for each mark (or each value without one, where those are fewer),
 * and no label is moved. Memory: one copy of the values.
 *
 * @param values finite numbers, one per unit
 * @param marked 1 for units of the arm, 0 for the others, as observed
 * @param options see {@linkcode PermuteSumsOptions}
 * @returns one sum per permutation
 * @throws {RangeError} if lengths differ, or `permutations` is not a positive whole number
 * @see Fisher and Yates 1948, Statistical Tables; Lemire 2019, ACM Transactions on Modeling and Computer Simulation
 * 29(1), article 3, for whole numbers below a bound
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { stream } from "@understudy/understudy/core";
 * import { permuteSums } from "@understudy/understudy/stats";
 *
 * const sums = permuteSums([1, 2, 4], [0, 0, 1], { random: stream(1, "permute"), permutations: 100 });
 * assertEquals([...new Set(sums)].sort(), [1, 2, 4]);
 * ```
 */
export function permuteSums(
  values: ArrayLike<number>,
  marked: ArrayLike<number>,
  options: PermuteSumsOptions,
): Float64Array {
  const permutations = options.permutations ?? 2000;
  checkWhole(action, "permutations", permutations, 1);
  for (const [name, list] of Object.entries({ marked, groups: options.groups ?? values })) {
    if (list.length !== values.length) {
      throw new RangeError(cannot(action, name, `be as long as 'values', ${values.length}`, list.length));
    }
  }
  const sums = new Float64Array(permutations);
  for (const group of gather(values, marked, options.groups)) addGroup(sums, group, options.random);
  return sums;
}

interface Group {
  /** The values less their mean: a large mean costs no digits. */
  readonly deviations: Float64Array;
  /** How many values are marked. */
  readonly marks: number;
  readonly mean: number;
}

function gather(values: ArrayLike<number>, marked: ArrayLike<number>, groups?: ArrayLike<number>): Group[] {
  const members = new Map<number, { list: number[]; marks: number }>();
  for (let i = 0; i < values.length; i++) {
    const code = groups === undefined ? 0 : groups[i]!;
    let group = members.get(code);
    if (group === undefined) members.set(code, group = { list: [], marks: 0 });
    group.list.push(values[i]!);
    if (marked[i] === 1) group.marks++;
  }
  return [...members.values()].map(({ list, marks }) => {
    const first = list[0]!;
    let shift = 0;
    for (const value of list) shift += value - first;
    const mean = first + shift / list.length;
    return { deviations: Float64Array.from(list, (value) => value - mean), marks, mean };
  });
}

function addGroup(sums: Float64Array, { deviations, marks, mean }: Group, random: RandomStream): void {
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
