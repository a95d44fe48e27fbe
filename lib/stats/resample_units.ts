import { checkWhole } from "../core/checks.ts";
import { cannot } from "../core/errors.ts";
import type { RandomStream } from "../core/stream.ts";

/** Options of {@linkcode resampleUnits}. */
export interface ResampleUnitsOptions {
  /** Where the random numbers come from. */
  random: RandomStream;
  /**
   * The stratum of each unit: as many units are drawn from each stratum as it has.
   *
   * @default one stratum
   */
  strata?: ArrayLike<number>;
  /**
   * The number of resamples.
   *
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
  const members = strata === undefined ? null : membersOf(strata);
  const units = new Int32Array(count);
  for (let resample = 0; resample < replicates; resample++) {
    if (members === null) draws.fill(units, 0, count, null);
    else for (const { start, rows } of members) draws.fill(units, start, rows.length, rows);
    visit(units, resample);
  }
}

function membersOf(strata: ArrayLike<number>): { start: number; rows: Int32Array }[] {
  const rows = new Map<number, number[]>();
  for (let unit = 0; unit < strata.length; unit++) {
    const stratum = rows.get(strata[unit]!);
    if (stratum) stratum.push(unit);
    else rows.set(strata[unit]!, [unit]);
  }
  let start = 0;
  return [...rows.values()].map((list) => {
    const stratum = { start, rows: Int32Array.from(list) };
    start += list.length;
    return stratum;
  });
}

/**
 * Whole numbers below a size, each equally likely: the generator of core's random streams (sfc32) with its state in
 * local variables, and Lemire's multiplication in place of a division, which is what makes 10 million draws cheap.
 *
 * @see Lemire 2019, ACM Transactions on Modeling and Computer Simulation 29(1), article 3
 */
class IndexDraws {
  #a: number;
  #b: number;
  #c: number;
  #counter: number;
  #random: RandomStream;

  constructor(random: RandomStream) {
    this.#random = random;
    [this.#a, this.#b, this.#c, this.#counter] = [
      random.bits() | 0,
      random.bits() | 0,
      random.bits() | 0,
      random.bits() | 0,
    ];
  }

  /** Puts `size` numbers below `size`, looked up in `rows` where given, at `start` and after. */
  fill(target: Int32Array, start: number, size: number, rows: Int32Array | null): void {
    // Beyond 2^21 a double does not hold the product of 32 bits and a size.
    if (size > 2097152) return this.#fillOneByOne(target, start, size, rows);
    let [a, b, c, counter] = [this.#a, this.#b, this.#c, this.#counter];
    // Products whose lower 32 bits are below this would favour some numbers: they are drawn again.
    const unfair = 4294967296 % size;
    const scale = 1 / 4294967296;
    for (let at = start; at < start + size;) {
      const bits = (((a + b) | 0) + counter) | 0;
      counter = (counter + 1) | 0;
      a = b ^ (b >>> 9);
      b = (c + (c << 3)) | 0;
      c = (((c << 21) | (c >>> 11)) + bits) | 0;
      if ((Math.imul(bits, size) >>> 0) < unfair) continue;
      const place = ((bits >>> 0) * size * scale) | 0;
      target[at++] = rows === null ? place : rows[place]!;
    }
    [this.#a, this.#b, this.#c, this.#counter] = [a, b, c, counter];
  }

  #fillOneByOne(target: Int32Array, start: number, size: number, rows: Int32Array | null): void {
    for (let at = start; at < start + size; at++) {
      const place = this.#random.integer(size);
      target[at] = rows === null ? place : rows[place]!;
    }
  }
}
