import { stream } from "../core/mod.ts";
import { permutationPValue, permuteLabels } from "../stats/mod.ts";
import type { Feature } from "./balance_features.ts";
import { type Denominator, standardizedDifference, sumByArm } from "./balance_statistics.ts";
import type { AssignedUnits } from "./balance_units.ts";

/** How differences are computed and permuted. */
export interface PermutationSettings {
  /** The weight of each row. */
  readonly weights: ArrayLike<number>;
  /** The number of arms; the reference is arm 0. */
  readonly armCount: number;
  /** What differences are divided by. */
  readonly denominator: Denominator;
  /** The number of random assignments. */
  readonly permutations: number;
  /** Their seed. */
  readonly seed: number;
}

/** A standardized difference beside its permutation distribution. */
export interface Comparison {
  /** The standardized difference. */
  readonly statistic: number;
  /** Its absolute value under each assignment; empty where none was made. */
  readonly permuted: readonly number[];
  /** How often an assignment alone gives as large an absolute difference. */
  readonly pValue: number;
  /** The same for the largest absolute difference of all comparisons: no assumption about their dependence. */
  readonly adjusted: number;
}

/**
 * Compares arms 1, 2, … with arm 0 on every feature; comparisons of one feature stand together.
 *
 * Arms change places among the units of a block, as in the assignment itself: the p-values are exact in size.
 */
export function compareArms(
  features: readonly Feature[],
  units: AssignedUnits,
  settings: PermutationSettings,
): Comparison[] {
  const observed = differences(features, units.ofRow, units.arms, settings);
  const permuted: number[][] = observed.map(() => []);
  const largest: number[] = [];
  if (settings.permutations === 0 || units.obstacle !== "") {
    return observed.map((statistic) => ({ statistic, permuted: [], pValue: NaN, adjusted: NaN }));
  }
  const { exact } = permuteLabels(units.arms, (labels) => {
    const drawn = differences(features, units.ofRow, labels, settings).map(Math.abs);
    drawn.forEach((difference, index) => permuted[index]!.push(difference));
    largest.push(drawn.reduce((most, difference) => difference > most ? difference : most, 0));
  }, {
    random: stream(settings.seed, "balance"),
    groups: units.blocks,
    permutations: settings.permutations,
  });
  return observed.map((statistic, index) => ({
    statistic,
    permuted: permuted[index]!,
    pValue: permutationPValue(Math.abs(statistic), permuted[index]!, { exact }),
    adjusted: permutationPValue(Math.abs(statistic), largest, { exact }),
  }));
}

function differences(
  features: readonly Feature[],
  unitOfRow: Int32Array,
  armOfUnit: Int32Array,
  { weights, armCount, denominator }: PermutationSettings,
): number[] {
  const arms = unitOfRow.map((unit) => armOfUnit[unit]!);
  return features.flatMap((feature) => {
    const [reference, ...others] = sumByArm(feature, arms, weights, armCount);
    return others.map((arm) => standardizedDifference(feature, arm, reference!, denominator));
  });
}
