import { resampleUnits, type ResampleUnitsOptions } from "./resample_units.ts";

/**
 * Computes the mean of each bootstrap resample.
 *
 * Sums straight from the values, without a copy of the resample: 8 bytes a value and 4 a unit are held.
 *
 * @param values finite numbers
 * @param options see {@linkcode ResampleUnitsOptions}
 * @returns one mean per resample
 * @throws {RangeError} if there are no values
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { stream } from "@understudy/understudy/core";
 * import { bootstrapMean } from "@understudy/understudy/stats";
 *
 * const means = bootstrapMean([1, 2, 6], { random: stream(1, "bootstrap"), replicates: 50 });
 * assertEquals(means.length, 50);
 * assertEquals(means.every((mean) => mean >= 1 && mean <= 6), true);
 * ```
 */
export function bootstrapMean(values: ArrayLike<number>, options: ResampleUnitsOptions): Float64Array {
  const held = values instanceof Float64Array ? values : Float64Array.from(values);
  const means = new Float64Array(options.replicates ?? 2000);
  resampleUnits(held.length, (units, resample) => {
    means[resample] = sumAt(held, units) / held.length;
  }, options);
  return means;
}

// Four sums at once: each addition need not wait for the one before.
function sumAt(values: Float64Array, units: Int32Array): number {
  let [first, second, third, fourth] = [0, 0, 0, 0];
  const whole = units.length - (units.length % 4);
  for (let i = 0; i < whole; i += 4) {
    first += values[units[i]!]!;
    second += values[units[i + 1]!]!;
    third += values[units[i + 2]!]!;
    fourth += values[units[i + 3]!]!;
  }
  for (let i = whole; i < units.length; i++) first += values[units[i]!]!;
  return (first + second) + (third + fourth);
}
