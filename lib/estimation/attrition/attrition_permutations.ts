import type { RandomStream } from "../../core/stream.ts";
import { permutationPValue, permuteLabels } from "../../stats/permutation.ts";
import type { Units } from "../../core/units.ts";

/** A difference of rates beside its permutation distribution. */
export interface RatePermutation {
  /** The difference from the reference, averaged over blocks by their size. */
  readonly difference: number;
  /** Its absolute value under each assignment. */
  readonly permuted: readonly number[];
  /** How often an assignment alone gives as large an absolute difference. */
  readonly pValue: number;
  /** The same for the largest difference of all arms. */
  readonly adjusted: number;
}

/** What was assigned as one, and within what. */
interface Assigned {
  readonly of: Int32Array;
  readonly arms: Int32Array;
  readonly groups: Int32Array;
}

/** Compares the rate of `marked` units in each arm with the reference, against all other assignments of arms. */
export function permuteRates(
  action: string,
  units: Units,
  marked: Uint8Array,
  settings: { reference: number; random: RandomStream; permutations: number },
): Map<number, RatePermutation> {
  const { reference, random, permutations } = settings;
  const assigned = assignedUnits(action, units);
  const terms = [...units.arms.keys()].filter((arm) => arm !== reference);
  const differences = (labels: ArrayLike<number>) =>
    rateDifferences(units, marked, (at) => labels[assigned.of[at]!]!, terms, reference);
  const observed = differences(assigned.arms);
  const permuted: number[][] = terms.map(() => []);
  const largest: number[] = [];
  const { exact } = permuteLabels(assigned.arms, (labels) => {
    const drawn = differences(labels).map(Math.abs);
    drawn.forEach((difference, index) => permuted[index]!.push(difference));
    largest.push(drawn.reduce((most, difference) => difference > most ? difference : most, 0));
  }, { random, groups: assigned.groups, permutations });
  return new Map(terms.map((term, index) => [term, {
    difference: observed[index]!,
    permuted: permuted[index]!,
    pValue: permutationPValue(Math.abs(observed[index]!), permuted[index]!, { exact }),
    adjusted: permutationPValue(Math.abs(observed[index]!), largest, { exact }),
  }]));
}

/** Whole clusters were assigned, or units, within blocks; or within personas where they saw several arms. */
function assignedUnits(action: string, units: Units): Assigned {
  const count = units.arm.length;
  const persona = units.persona !== null && units.personas < count ? units.persona : null;
  const cluster = persona === null ? units.cluster?.codes ?? null : null;
  const of = cluster ?? Int32Array.from({ length: count }, (_, at) => at);
  const size = of.reduce((most, unit) => Math.max(most, unit), -1) + 1;
  const [arms, groups] = [new Int32Array(size).fill(-1), new Int32Array(size)];
  for (let at = 0; at < count; at++) {
    const unit = of[at]!;
    if (arms[unit] !== -1 && arms[unit] !== units.arm[at]) {
      throw new RangeError(
        `Cannot ${action} as 'clusters' must lie in one arm each: cluster '${
          units.cluster!.labels[unit]
        }' has units in several`,
      );
    }
    arms[unit] = units.arm[at]!;
    groups[unit] = persona !== null ? persona[at]! : Math.max(0, units.block?.codes[at] ?? 0);
  }
  return { of, arms, groups };
}

function rateDifferences(
  units: Units,
  marked: Uint8Array,
  armOf: (at: number) => number,
  terms: readonly number[],
  reference: number,
): number[] {
  const arms = units.arms.length;
  const blocks = Math.max(1, units.block?.labels.length ?? 1);
  const [counts, sums] = [new Float64Array(blocks * arms), new Float64Array(blocks * arms)];
  for (let at = 0; at < marked.length; at++) {
    const cell = Math.max(0, units.block?.codes[at] ?? 0) * arms + armOf(at);
    counts[cell]!++;
    sums[cell]! += marked[at]!;
  }
  return terms.map((term) => {
    let [total, weight] = [0, 0];
    for (let block = 0; block < blocks; block++) {
      const [one, other] = [block * arms + term, block * arms + reference];
      // A block without one of the arms says nothing about their difference.
      if (counts[one] === 0 || counts[other] === 0) continue;
      const size = counts[one]! + counts[other]!;
      total += size * (sums[one]! / counts[one]! - sums[other]! / counts[other]!);
      weight += size;
    }
    return total / weight;
  });
}
