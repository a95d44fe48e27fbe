import { cannot } from "../core/errors.ts";
import { type RandomStream, stream } from "../core/stream.ts";
import { systematicSample } from "../stats/resampling.ts";

// 30 × 0.1 units are 3.
const sizeRounding = 1e-9;

/**
 * Draws how many of `n` units each arm gets: floor(n p) for certain, and the remaining units by systematic sampling
 * of the fractions along a random order of the arms (Madow 1949), which gives each arm n p on average, exactly.
 * Drawing the remainder one by one would not, with unequal fractions and more than one unit left.
 */
export function drawArmSizes(n: number, probabilities: readonly number[], random: RandomStream): number[] {
  const sizes = probabilities.map((p) => Math.floor(n * p + sizeRounding));
  const remainder = n - sizes.reduce((sum, size) => sum + size, 0);
  if (remainder === 0) return sizes;
  const fractions = probabilities.map((p, arm) => Math.max(0, n * p - sizes[arm]!));
  const order = random.shuffle([...fractions.keys()].filter((arm) => fractions[arm]! > sizeRounding));
  for (const arm of systematicSample(fractions, order, remainder, random.uniform())) sizes[arm]!++;
  return sizes;
}

/**
 * Assigns the units of a block completely, each to an arm's place in `probabilities`: sizes from {@linkcode drawArmSizes},
 * dealt out along an order in which each unit has its own keyed number, so that the order of the rows decides nothing.
 */
export function assignCompletely(
  units: readonly string[],
  probabilities: readonly number[],
  seed: number,
  block: string,
): number[] {
  const keys = units.map((unit) => stream(seed, "assign", unit).uniform());
  const order = units.map((_, place) => place)
    .sort((a, b) => keys[a]! - keys[b]! || (units[a]! < units[b]! ? -1 : 1));
  const sizes = drawArmSizes(units.length, probabilities, stream(seed, "arm sizes", block));
  const arms = new Array<number>(units.length);
  let next = 0;
  sizes.forEach((size, arm) => {
    for (const last = next + size; next < last; next++) arms[order[next]!] = arm;
  });
  return arms;
}

/**
 * The sizes of the arms in every split of `n` units that `drawArmSizes` can draw: arms with the same remainder change
 * places, and one unit left, or one too few, may be any arm's. Of more units among unequal remainders systematic
 * sampling cannot draw every subset, and which ones it can has no simple rule.
 */
export function armSizesOf(action: string, n: number, probabilities: readonly number[]): number[][] {
  const whole = probabilities.map((p) => Math.floor(n * p + sizeRounding));
  const remainder = n - whole.reduce((sum, size) => sum + size, 0);
  const fractions = probabilities.map((p, arm) => n * p - whole[arm]!);
  const open = fractions.map((_, arm) => arm).filter((arm) => fractions[arm]! > sizeRounding);
  const equal = open.every((arm) => Math.abs(fractions[arm]! - fractions[open[0]!]!) < sizeRounding);
  if (!equal && remainder > 1 && remainder < open.length - 1) {
    const rule = "leave equal remainders to the arms, or one unit, for the number of assignments";
    throw new RangeError(cannot(action, "probabilities", rule, probabilities));
  }
  return choose(open, remainder).map((arms) => whole.map((size, arm) => size + Number(arms.includes(arm))));
}

function choose(items: readonly number[], size: number): number[][] {
  if (size === 0) return [[]];
  return items.flatMap((item, place) =>
    choose(items.slice(place + 1), size - 1).map((rest) => [item, ...rest])
  );
}
