import { cannot } from "../core/errors.ts";
import { stream } from "../core/stream.ts";
import type { Study } from "../core/study.ts";
import { type Labelled, sortLabels } from "../core/table.ts";
import { permutationPValue, permuteLabels } from "../stats/permutation.ts";
import type { BalanceDenominator, BalanceSample, Feature } from "./balance_statistics.ts";
import { standardizedDifference, sumByArm } from "./balance_statistics.ts";

type PermutationSettings = Readonly<{ denominator: BalanceDenominator; permutations: number; seed: number }>;

/** A standardized difference beside its permutation distribution. */
export interface BalanceComparison {
  readonly statistic: number;
  /** Its absolute value under each assignment; empty where none was made. */
  readonly permuted: readonly number[];
  /** How often an assignment alone gives as large an absolute difference. */
  readonly pValue: number;
  /** The same for the largest absolute difference of all comparisons: no assumption about their dependence. */
  readonly adjusted: number;
}

/**
 * Compares arms 1, 2, … with arm 0 on every feature, and says why there are no p-values where there are none. Arms change
 * places among the units of a block, as in the assignment itself: the p-values are exact in size.
 */
export function compareBalance(
  features: readonly Feature[],
  study: Study,
  sample: BalanceSample,
  { denominator, permutations, seed }: PermutationSettings,
): { comparisons: BalanceComparison[]; obstacle: string } {
  const units = readUnits(study, sample.arms);
  const observed = differences(features, sample, denominator);
  const obstacle = permutations === 0
    ? "no p-value: permutations is 0"
    : study.repeated
    ? "no p-value: within subjects every persona is in every arm"
    : "";
  if (obstacle !== "") {
    const nothing = { permuted: [], pValue: NaN, adjusted: NaN };
    return { comparisons: observed.map((statistic) => ({ statistic, ...nothing })), obstacle };
  }
  const permuted: number[][] = observed.map(() => []);
  const largest: number[] = [];
  const { exact } = permuteLabels(units.arms, (labels) => {
    const arms = units.ofRow.map((unit) => labels[unit]!);
    const drawn = differences(features, { ...sample, arms }, denominator).map(Math.abs);
    drawn.forEach((difference, index) => permuted[index]!.push(difference));
    largest.push(drawn.reduce((most, difference) => difference > most ? difference : most, 0));
  }, { random: stream(seed, "balance"), groups: units.blocks, permutations });
  const comparisons = observed.map((statistic, index) => ({
    statistic,
    permuted: permuted[index]!,
    pValue: permutationPValue(Math.abs(statistic), permuted[index]!, { exact }),
    adjusted: permutationPValue(Math.abs(statistic), largest, { exact }),
  }));
  return { comparisons, obstacle };
}

function differences(features: readonly Feature[], sample: BalanceSample, denominator: BalanceDenominator) {
  return features.flatMap((feature) => {
    const [reference, ...others] = sumByArm(feature, sample);
    return others.map((arm) => standardizedDifference(feature, arm, reference!, denominator));
  });
}

/** The units that were assigned, rows or whole clusters, each with its arm and its block. */
function readUnits(study: Study, arms: Int32Array): { [name in "ofRow" | "arms" | "blocks"]: Int32Array } {
  const { action, persona, repeated } = study;
  const rows = arms.length;
  if (repeated && new Set(arms.map((arm, row) => arm * rows + persona!.codes[row]!)).size < rows) {
    throw new RangeError(cannot(action, "assigned", "have one row per persona and arm", `${rows} rows`));
  }
  const each: Labelled = { codes: Int32Array.from({ length: rows }, (_, row) => row), labels: [] };
  const ofRow = (study.cluster ?? each).codes;
  const blockOfRow = study.block === null ? new Int32Array(rows) : sortLabels(study.block).codes;
  const count = ofRow.reduce((largest, unit) => Math.max(largest, unit), -1) + 1;
  const units = { arms: new Int32Array(count).fill(-1), blocks: new Int32Array(count) };
  for (let row = 0; row < rows; row++) {
    const unit = ofRow[row]!;
    const [arm, block] = [units.arms[unit], units.blocks[unit]];
    if (arm !== -1 && (arm !== arms[row] || block !== blockOfRow[row])) {
      const rule = `must hold units of one arm and one block: the cluster of row ${row + 1} has several`;
      throw new RangeError(`Cannot ${action} as column '${study.clusterName}' ${rule}`);
    }
    units.arms[unit] = arms[row]!;
    units.blocks[unit] = blockOfRow[row]!;
  }
  return { ofRow, ...units };
}
