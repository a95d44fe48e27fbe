import { orderByCluster } from "./conjoint_fit.ts";
import type { ConjointRows } from "./conjoint_rows.ts";

/** Means of the outcome by subgroup and level; levels of all features stand one after the other. */
export interface MarginalMeans {
  /** The place of each feature's first level. */
  readonly offsets: readonly number[];
  /** The number of levels of all features. */
  readonly size: number;
  /** Mean by subgroup and level. */
  readonly mean: Float64Array;
  /** Rows by subgroup and level. */
  readonly n: Float64Array;
  /** Σ_c u_c² by subgroup and level, u_c = Σ w (y - mean) / Σ w over the level's rows of respondent c. */
  readonly variance: Float64Array;
  /** Σ_c u_c u_c' of a subgroup and the reference subgroup, by level. */
  readonly covariance: Float64Array;
  /** The number of respondents. */
  readonly clusters: number;
  /** The number of respondents of each subgroup. */
  readonly clustersOf: readonly number[];
  /** The largest absolute outcome. */
  readonly largest: number;
}

/** Computes means and their linearised variances. */
export function marginalMeans(rows: ConjointRows, reference: number): MarginalMeans {
  const offsets: number[] = [];
  let size = 0;
  for (const { levels } of rows.features) {
    offsets.push(size);
    size += levels.length;
  }
  const sums = sumLevels(rows, offsets, size);
  const spread = scoresOf(rows, offsets, { size, reference, ...sums });
  const largest = rows.value.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  return { offsets, size, mean: sums.mean, n: sums.n, ...spread, largest };
}

function sumLevels(
  { features, value, weight, group, groups }: ConjointRows,
  offsets: readonly number[],
  size: number,
): { mean: Float64Array; n: Float64Array; total: Float64Array } {
  const count = groups.length * size;
  const [mean, n, total] = [new Float64Array(count), new Float64Array(count), new Float64Array(count)];
  features.forEach(({ codes }, feature) => {
    for (let row = 0; row < value.length; row++) {
      const at = group[row]! * size + offsets[feature]! + codes[row]!;
      const w = weight === null ? 1 : weight[row]!;
      n[at] = n[at]! + 1;
      total[at] = total[at]! + w;
      mean[at] = mean[at]! + w * value[row]!;
    }
  });
  for (let at = 0; at < count; at++) mean[at] = mean[at]! / total[at]!;
  return { mean, n, total };
}

interface LevelSums {
  readonly size: number;
  readonly reference: number;
  readonly mean: Float64Array;
  readonly total: Float64Array;
}

function scoresOf(
  { features, value, weight, group, groups, cluster }: ConjointRows,
  offsets: readonly number[],
  { size, reference, mean, total }: LevelSums,
): Pick<MarginalMeans, "variance" | "covariance" | "clusters" | "clustersOf"> {
  const count = groups.length * size;
  const [variance, covariance] = [new Float64Array(count), new Float64Array(count)];
  const score = new Float64Array(count);
  const clustersOf = new Array<number>(groups.length).fill(0);
  const lastSeen = new Int32Array(groups.length).fill(-1);
  const { order, starts } = orderByCluster(cluster, value.length);
  for (let c = 0; c + 1 < starts.length; c++) {
    const met: number[] = [];
    for (let place = starts[c]!; place < starts[c + 1]!; place++) {
      const row = order === null ? place : order[place]!;
      const own = group[row]!;
      if (lastSeen[own] !== c) {
        lastSeen[own] = c;
        clustersOf[own]!++;
        met.push(own);
      }
      const w = weight === null ? 1 : weight[row]!;
      for (let feature = 0; feature < features.length; feature++) {
        const at = own * size + offsets[feature]! + features[feature]!.codes[row]!;
        score[at] = score[at]! + w * (value[row]! - mean[at]!) / total[at]!;
      }
    }
    const both = lastSeen[reference] === c;
    for (const own of met) {
      for (let level = 0; level < size; level++) {
        const at = own * size + level;
        variance[at] = variance[at]! + score[at]! * score[at]!;
        if (both) covariance[at] = covariance[at]! + score[at]! * score[reference * size + level]!;
      }
    }
    for (const own of met) score.fill(0, own * size, (own + 1) * size);
  }
  return { variance, covariance, clusters: starts.length - 1, clustersOf };
}
