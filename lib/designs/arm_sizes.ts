import { cannot } from "../core/mod.ts";
import { systematicSample } from "../stats/resampling.ts";
import { sizeRounding } from "./draw_arms.ts";

/** One way to split units among arms, and how probable it is. */
export interface ArmSizes {
  /** The number of units of each arm. */
  readonly sizes: readonly number[];
  /** The probability of this split. */
  readonly probability: number;
}

/** More arms with unequal remainders than this would need more than 9! / 2 orders. */
const mostUnequal = 9;

/** Every split of `n` units that `drawArmSizes` can draw, with its probability. */
export function armSizesOf(action: string, n: number, probabilities: readonly number[]): ArmSizes[] {
  const whole = probabilities.map((p) => Math.floor(n * p + sizeRounding));
  const remainder = n - whole.reduce((sum, size) => sum + size, 0);
  if (remainder === 0) return [{ sizes: whole, probability: 1 }];
  const fractions = probabilities.map((p, arm) => Math.max(0, n * p - whole[arm]!));
  const open = fractions.map((_, arm) => arm).filter((arm) => fractions[arm]! > sizeRounding);
  const equal = open.every((arm) => Math.abs(fractions[arm]! - fractions[open[0]!]!) < sizeRounding);
  const subsets = equal
    ? equalSubsets(open, remainder)
    : unequalSubsets(action, fractions, open, remainder, probabilities);
  return subsets.map(({ arms, probability }) => ({
    sizes: whole.map((size, arm) => size + (arms.includes(arm) ? 1 : 0)),
    probability,
  }));
}

interface Subset {
  readonly arms: readonly number[];
  readonly probability: number;
}

/** Arms with the same remainder change places: all subsets are equally probable. */
function equalSubsets(open: readonly number[], size: number): Subset[] {
  const subsets = choose(open, size);
  return subsets.map((arms) => ({ arms, probability: 1 / subsets.length }));
}

function choose(items: readonly number[], size: number): number[][] {
  if (size === 0) return [[]];
  return items.flatMap((item, place) =>
    choose(items.slice(place + 1), size - 1).map((rest) => [item, ...rest])
  );
}

/** Averages systematic sampling over all orders of the arms; for each order the start's stretches are exact. */
function unequalSubsets(
  action: string,
  fractions: readonly number[],
  open: readonly number[],
  size: number,
  probabilities: readonly number[],
): Subset[] {
  if (open.length > mostUnequal) {
    const rule = `leave unequal remainders to at most ${mostUnequal} arms for exact joint probabilities`;
    throw new RangeError(cannot(action, "probabilities", rule, probabilities));
  }
  const found = new Map<string, { arms: number[]; probability: number }>();
  const [first, ...others] = open;
  // The points and the circle of arms may be turned together, so the first arm can stay where it is.
  const orders = permutations(others).map((rest) => [first!, ...rest]);
  for (const order of orders) {
    for (const [start, length] of stretches(fractions, order)) {
      const arms = systematicSample(fractions, order, size, start).sort((a, b) => a - b);
      const subset = found.get(arms.join()) ?? { arms, probability: 0 };
      subset.probability += length / orders.length;
      found.set(arms.join(), subset);
    }
  }
  return [...found.values()];
}

/** The stretches of the random start within which the same arms are drawn: a start in each, and its length. */
function stretches(fractions: readonly number[], order: readonly number[]): [number, number][] {
  let reached = 0;
  const ends = order.map((arm) => (reached += fractions[arm]!) % 1).filter((end) => end > 0 && end < 1);
  const edges = [0, ...ends.sort((a, b) => a - b), 1];
  return edges.slice(1)
    .map((end, place): [number, number] => [(edges[place]! + end) / 2, end - edges[place]!])
    .filter(([, length]) => length > sizeRounding);
}

function permutations(items: readonly number[]): number[][] {
  if (items.length === 0) return [[]];
  return items.flatMap((item) =>
    permutations(items.filter((other) => other !== item)).map((rest) => [item, ...rest])
  );
}
