import { moments } from "../../stats/moments.ts";
import { permutationPValue } from "../../stats/permutation.ts";
import type { DriftRow } from "./drift_rows.ts";
import { quantileOf } from "./drift_shares.ts";

/** What a row says of a statistic and its null. */
export type NullComparison = Pick<
  DriftRow,
  "statistic" | "null_mean" | "null_high" | "excess" | "p_value" | "smallest_p"
>;

/** What it says where there is nothing to compare. */
export const notCompared: NullComparison = {
  statistic: NaN,
  null_mean: NaN,
  null_high: NaN,
  excess: NaN,
  p_value: NaN,
  smallest_p: NaN,
};

/** Sets a statistic against its null; the smallest p-value is that of the largest distance which the null knows. */
export function compareWithNull(
  statistic: number,
  { distances, exact }: { distances: Float64Array; exact: boolean },
): NullComparison {
  const { mean } = moments(distances.filter((distance) => !Number.isNaN(distance)));
  const largest = distances.reduce((most, distance) => distance > most ? distance : most, statistic);
  return {
    statistic,
    null_mean: mean,
    null_high: quantileOf(distances, 0.95),
    excess: statistic - mean,
    p_value: permutationPValue(statistic, distances, { exact }),
    smallest_p: permutationPValue(largest, distances, { exact }),
  };
}
