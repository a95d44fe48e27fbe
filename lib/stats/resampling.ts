import { checkWhole } from "../core/checks.ts";
import { cannot } from "../core/errors.ts";
import type { RandomStream } from "../core/stream.ts";
import { groupRows } from "../core/table.ts";

/** Options of {@linkcode resampleUnits}. */
export interface ResampleUnitsOptions {
  /** Where the random numbers come from. */
  random: RandomStream;
  /**
   * The stratum of each unit: as many units are drawn from each stratum as it has.
   * @default one stratum
   */
  strata?: ArrayLike<number>;
  /**
   * The number of resamples.
   * @default 2000
   */
  replicates?: number;
}

const action = "resample units";

/**
 * Draws units with replacement, again and again: the engine of every bootstrap here.
 *
 * A unit is what was sampled or assigned as one: a persona with all its replies, a cluster with all its members.
 *
 * @param count the number of units
 * @param visit gets the numbers of the units drawn (one array that is used again: read it, do not keep it), the units
 * of a stratum together, and the resample's number
 * @param options see {@linkcode ResampleUnitsOptions}
 * @throws {RangeError} if `strata` does not hold one stratum per unit, or `replicates` is not a positive whole number
 * @see Efron and Tibshirani 1993, An Introduction to the Bootstrap, chapter 6
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { stream } from "@understudy/understudy/core";
 * import { resampleUnits } from "@understudy/understudy/stats";
 *
 * const sizes: number[] = [];
 * resampleUnits(5, (units) => sizes.push(units.length), { random: stream(1, "bootstrap"), replicates: 3 });
 * assertEquals(sizes, [5, 5, 5]);
 * ```
 */
export function resampleUnits(
  count: number,
  visit: (units: Int32Array, resample: number) => void,
  options: ResampleUnitsOptions,
): void {
  const { random, strata, replicates = 2000 } = options;
  checkWhole(action, "count", count, 1, 2 ** 31 - 1);
  checkWhole(action, "replicates", replicates, 1);
  if (strata !== undefined && strata.length !== count) {
    throw new RangeError(
      cannot(action, "strata", `hold one stratum for each of ${count} units`, strata.length),
    );
  }
  const draws = new IndexDraws(random);
  const members = strata === undefined ? null : positionsOf(count, strata);
  const held = new Int32Array(count + 1);
  const units = held.subarray(0, count);
  for (let resample = 0; resample < replicates; resample++) {
    if (members === null) draws.fill(held, 0, count, null);
    else {
      let start = 0;
      for (const rows of members) {
        draws.fill(held, start, rows.length, rows);
        start += rows.length;
      }
    }
    visit(units, resample);
  }
}

/** The positions of each group, in the order in which groups appear. */
export function positionsOf(length: number, groups?: ArrayLike<number>): Int32Array[] {
  const members = groupRows(groups ?? new Int32Array(length)).values();
  return Array.from(members, (rows) => Int32Array.from(rows));
}

/**
 * Whole numbers below a size, each equally likely: the generator of core's random streams (sfc32) with its state in
 * local variables, and Lemire's multiplication in place of a division, which is what makes 10 million draws cheap. Up to
 * 65536 half a word of the generator makes a number.
 *
 * @see Lemire 2019, ACM Transactions on Modeling and Computer Simulation 29(1), article 3
 */
class IndexDraws {
  #state: readonly [a: number, b: number, c: number, counter: number];
  #random: RandomStream;

  constructor(random: RandomStream) {
    this.#random = random;
    this.#state = [random.bits() | 0, random.bits() | 0, random.bits() | 0, random.bits() | 0];
  }

  /** Puts `size` numbers below `size`, looked up in `rows` where given, at `start` and after; one more may follow. */
  fill(target: Int32Array, start: number, size: number, rows: Int32Array | null): void {
    const end = start + size;
    // Products with 32 bits are exact as far as this.
    if (size > 2 ** 21) {
      for (let at = start; at < end; at++) target[at] = this.#random.integer(size);
    } else {
      let [a, b, c, counter] = this.#state;
      const half = size <= 65536;
      // Products whose lower 16 (or 32) bits are below this would favour some numbers: they are drawn again.
      const unfair = (half ? 65536 : 4294967296) % size;
      for (let at = start; at < end;) {
        const bits = (((a + b) | 0) + counter) | 0;
        counter = (counter + 1) | 0;
        a = b ^ (b >>> 9);
        b = (c + (c << 3)) | 0;
        c = (((c << 21) | (c >>> 11)) + bits) | 0;
        if (!half) {
          const product = (bits >>> 0) * size;
          const number = Math.floor(product / 4294967296);
          target[at] = number;
          at += product - number * 4294967296 >= unfair ? 1 : 0;
          continue;
        }
        // A number that must not count is written over: no branch is cheaper than one that cannot be foreseen.
        const low = (bits & 65535) * size;
        target[at] = low >>> 16;
        at += (low & 65535) >= unfair ? 1 : 0;
        const high = (bits >>> 16) * size;
        target[at] = high >>> 16;
        at += (high & 65535) >= unfair ? 1 : 0;
      }
      this.#state = [a, b, c, counter];
    }
    if (rows === null) return;
    for (let at = start; at < end; at++) target[at] = rows[target[at]!]!;
  }
}

/**
 * Draws `n` entries with probability proportional to size (not all 0), systematically along an order: `n` points at
 * equal distances from a start in [0, 1), laid over the cumulated sizes (Madow 1949, Annals of Mathematical Statistics
 * 20). An entry with an expected count of e is drawn floor(e) or ceil(e) times, on average exactly e times, whatever the
 * order. So is every run of neighbours: entries grouped by stratum are allocated proportionally.
 */
export function systematicSample(
  sizes: ArrayLike<number>,
  order: readonly number[],
  n: number,
  start: number,
): number[] {
  const positive = order.filter((entry) => sizes[entry]! > 0);
  let total = 0;
  for (const entry of positive) total += sizes[entry]!;
  const drawn: number[] = [];
  let [position, upper] = [0, sizes[positive[0]!]!];
  for (let draw = 0; draw < n; draw++) {
    const point = (start + draw) * total / n;
    while (upper <= point && position < positive.length - 1) upper += sizes[positive[++position]!]!;
    drawn.push(positive[position]!);
  }
  return drawn;
}

/** The sum of all sizes up to each: what {@linkcode placeAt} searches. */
export function cumulate(sizes: ArrayLike<number>): Float64Array {
  let total = 0;
  return Float64Array.from(sizes, (size) => total += size);
}

/** The entry in whose part of the line of sizes a uniform number falls, by bisection. */
export function placeAt(cumulated: Float64Array, uniform: number): number {
  let [low, high] = [0, cumulated.length - 1];
  const point = uniform * cumulated[high]!;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (cumulated[middle]! > point) high = middle;
    else low = middle + 1;
  }
  return low;
}
