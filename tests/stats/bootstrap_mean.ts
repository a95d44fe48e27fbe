import { resampleUnits, type ResampleUnitsOptions } from "@understudy/understudy/stats";

/** The mean of each bootstrap resample, summed straight from the values without a copy of the resample. */
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
