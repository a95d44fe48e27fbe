import { canonicalJson } from "./hash.ts";
import { cannot } from "./errors.ts";
import { sha256Words } from "./sha256.ts";

/**
 * A source of random numbers that belongs to one purpose and one unit. Made by {@linkcode stream}.
 */
export class RandomStream {
  #a: number;
  #b: number;
  #c: number;
  #counter: number;

  /** Starts the generator from 128 bits. */
  constructor(a: number, b: number, c: number, counter: number) {
    this.#a = a | 0;
    this.#b = b | 0;
    this.#c = c | 0;
    this.#counter = counter | 0;
  }

  /** The next 32 random bits, as a whole number from 0 to 2^32 - 1. */
  bits(): number {
    // sfc32 (C. Doty-Humphrey, PractRand): chaotic mixing with a counter, period at least 2^32.
    const sum = (((this.#a + this.#b) | 0) + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) | 0;
    return sum >>> 0;
  }

  /** A whole number of 53 random bits: a seed for an endpoint, of which a million hardly ever meet. */
  seed(): number {
    return (this.bits() >>> 5) * 67108864 + (this.bits() >>> 6);
  }

  /** A uniform number in [0, 1) with 53 random bits. */
  uniform(): number {
    return this.seed() / 9007199254740992;
  }

  /** A whole number from 0 to `n - 1`, each equally likely. */
  integer(n: number): number {
    // Bits above the largest multiple of n are drawn again, so that no value is favoured.
    const limit = 4294967296 - (4294967296 % n);
    let bits = this.bits();
    while (bits >= limit) bits = this.bits();
    return bits % n;
  }

  /** A standard normal number. */
  normal(): number {
    // Box and Muller 1958; 1 - u keeps the logarithm finite.
    return Math.sqrt(-2 * Math.log(1 - this.uniform())) * Math.cos(2 * Math.PI * this.uniform());
  }

  /** The index of one of `weights`, drawn in proportion to them. Weights must be non-negative, not all 0. */
  index(weights: ArrayLike<number>): number {
    let total = 0;
    for (let i = 0; i < weights.length; i++) total += weights[i]!;
    let rest = this.uniform() * total;
    let last = 0;
    for (let i = 0; i < weights.length; i++) {
      if (weights[i]! <= 0) continue;
      last = i;
      rest -= weights[i]!;
      if (rest < 0) return i;
    }
    return last;
  }

  /** A new array with the items in random order; the argument is left as it is. */
  shuffle<T>(items: ArrayLike<T>): T[] {
    const shuffled = Array.from(items);
    for (let i = shuffled.length - 1; i > 0; i--) {
      const j = this.integer(i + 1);
      const item = shuffled[i]!;
      shuffled[i] = shuffled[j]!;
      shuffled[j] = item;
    }
    return shuffled;
  }
}

/**
 * Opens the random stream of a seed and a list of names.
 *
 * Every draw in Understudy comes from a stream keyed by what it is for (`stream(seed, "assign", persona_id)`), not
 * by the order of calls: adding a persona, an item or an arm changes nobody else's draw. Seed 0 is a seed.
 *
 * @param seed any whole number
 * @param names what the draw is for: strings and numbers
 * @returns a stream whose draws depend on the seed and the names alone
 * @throws {TypeError} if `seed` is not a safe whole number
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { stream } from "@understudy/understudy/core";
 *
 * assertEquals(stream(1, "assign", "p7").uniform(), stream(1, "assign", "p7").uniform());
 * ```
 */
export function stream(seed: number, ...names: readonly (string | number)[]): RandomStream {
  if (!Number.isSafeInteger(seed)) throw new TypeError(cannot("draw", "seed", "be a whole number", seed));
  let text = `[${seed}`;
  for (const name of names) {
    text += `,${typeof name === "string" ? JSON.stringify(name) : canonicalJson(name)}`;
  }
  const words = sha256Words(`${text}]`);
  return new RandomStream(swapped(words[0]!), swapped(words[1]!), swapped(words[2]!), swapped(words[3]!));
}

/** A word with its bytes in the other order: the bytes of a digest are read from the low end. */
function swapped(word: number): number {
  return (word << 24) | ((word & 0xff00) << 8) | ((word >>> 8) & 0xff00) | (word >>> 24);
}
