import { mean } from "simple-statistics";
import type { RandomStream } from "../core/stream.ts";
import { permutationPValue, permuteLabels } from "../stats/permutation.ts";
import { sampleQuantile } from "../stats/quantiles.ts";

/** A statistic against its permutation null. */
export interface PermutedStatistic {
  readonly observed: number;
  /** Mean of the statistic under permutation. */
  readonly nullMean: number;
  /** 95% point of the statistic (of its size, where two-sided) under permutation. */
  readonly nullHigh: number;
  readonly pValue: number;
  /** How the null was made, in words. */
  readonly told: string;
}

/** How labels are dealt anew. */
export interface PermuteInput {
  readonly labels: Int32Array;
  readonly groups?: ArrayLike<number>;
  readonly random: RandomStream;
  readonly draws: number;
  readonly alpha: number;
  /** Whether the size of the statistic counts, whatever its sign. */
  readonly twoSided: boolean;
}

/** Compares statistics of labels with the same statistics after the labels were dealt anew, all by one set of deals. */
export function permuteStatistics(
  compute: (labels: Int32Array) => readonly number[],
  input: PermuteInput,
): PermutedStatistic[] {
  const { labels, groups, random, draws, alpha, twoSided } = input;
  const observed = compute(labels);
  const permuted: number[][] = observed.map(() => []);
  const { exact, count } = permuteLabels(
    labels,
    (dealt) => compute(dealt).forEach((value, at) => permuted[at]!.push(value)),
    { random, permutations: draws, ...(groups === undefined ? {} : { groups }) },
  );
  const told = exact ? `exact null: all ${count} deals` : `null: ${count} random deals`;
  return observed.map((value, at) => {
    const finite = permuted[at]!.filter((draw) => !Number.isNaN(draw));
    const size = twoSided ? finite.map(Math.abs) : finite;
    return {
      observed: value,
      nullMean: finite.length === 0 ? NaN : mean(finite),
      nullHigh: finite.length === 0 ? NaN : sampleQuantile(size.toSorted((a, b) => a - b), 1 - alpha),
      pValue: permutationPValue(twoSided ? Math.abs(value) : value, size, { exact }),
      told,
    };
  });
}
