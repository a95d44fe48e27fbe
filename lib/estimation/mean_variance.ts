import { showValue } from "../core/errors.ts";
import { groupRows } from "../core/table.ts";
import { absorb, numberLevels } from "../stats/least_squares_design.ts";
import { sum } from "../stats/moments.ts";

/** What becomes of a stratum with a single cluster, from which no variance can be computed. */
export type LonelyCluster = "error" | "adjust" | "remove";

/** The rows of a table in the sample, with or without a value; `null` where there are no base weights, clusters, groups. */
export interface Sample {
  readonly outcome: Float64Array;
  /** Each row's weight, as a share of the largest. */
  readonly weights: Float64Array;
  /** Each row's weight before calibration, as a share of the largest; `null` where all were equal. */
  readonly baseWeights: Float64Array | null;
  readonly stratum: Int32Array;
  readonly strata: readonly string[];
  /** Each row's cluster, or each row by itself. */
  readonly cluster: Int32Array;
  readonly clusters: readonly string[] | null;
  /** Each row's level of every margin that the weights were calibrated to. */
  readonly margins: readonly Int32Array[];
  readonly group: Int32Array;
  readonly groups: readonly string[] | null;
  readonly notes: readonly string[];
}

/** The rows of each cluster of a stratum. */
type MeanStratum = readonly (readonly number[])[];

/** A weighted mean with its linearised standard error. */
export interface WeightedMean {
  readonly estimate: number;
  /** Its standard error; `NaN` where fewer than two clusters with a value enter it. */
  readonly stdError: number;
  /** Clusters less strata, of those that hold values. */
  readonly df: number;
  readonly n: number;
  readonly largest: number;
  /** The variance over that of a simple random sample of as many rows. */
  readonly designEffect: number;
  /** How many rows of a simple random sample of equal weights it is worth. */
  readonly effective: number;
}

/** Sorts the sample into strata and clusters, and checks that a variance can be computed from them. */
export function stratify(
  action: string,
  rows: Sample,
  lonely: LonelyCluster,
): { strata: MeanStratum[]; notes: string[] } {
  const { stratum, strata, cluster } = rows;
  const byCluster = groupRows(cluster);
  const found = new Map<number, number[][]>();
  for (const [code, members] of byCluster) {
    const own = stratum[members[0]!]!;
    const other = members.find((row) => stratum[row] !== own);
    if (other !== undefined) {
      const [name, one, two] = [rows.clusters![code], strata[own], strata[stratum[other]!]].map(showValue);
      const rule = `lie within one stratum each: ${name} lies in ${one} and in ${two}`;
      throw new RangeError(`Cannot ${action} as 'clusters' must ${rule}`);
    }
    if (!found.has(own)) found.set(own, []);
    found.get(own)!.push(members);
  }
  const single = [...found].filter(([, clusters]) => clusters.length === 1).map(([code]) => strata[code]!);
  const several = found.size > 1 && single.length > 0;
  if (several && lonely === "error") throw lonelyError(action, rows, single);
  return { strata: [...found.values()], notes: several ? [noteLonely(rows, single, lonely)] : [] };
}

function lonelyError(action: string, { clusters }: Sample, single: readonly string[]): RangeError {
  const units = clusters === null ? "rows" : "clusters";
  const found = single.length === 1
    ? `stratum ${showValue(single[0])} has one`
    : `${single.length} strata have one, ${showValue(single[0])} among them`;
  const advice = 'merge it with another, or give { lonelyCluster: "adjust" } or { lonelyCluster: "remove" }';
  return new RangeError(
    `Cannot ${action} as 'strata' must hold at least two ${units} each: ${found}; ${advice}`,
  );
}

function noteLonely({ clusters }: Sample, single: readonly string[], lonely: LonelyCluster): string {
  const shown = single.length > 5 ? `${single.slice(0, 5).join(", ")}, ...` : single.join(", ");
  const strata = single.length === 1 ? "1 stratum" : `${single.length} strata`;
  const one = `${strata} with a single ${clusters === null ? "row" : "cluster"} (${shown})`;
  return lonely === "remove" ? `${one}: not in the variance` : `${one}: distance from the mean of all strata`;
}

/** Computes the mean of one group and its Taylor-linearised variance (Särndal, Swensson and Wretman 1992, sec. 5.5). */
export function weightedMean(
  rows: Sample,
  strata: readonly MeanStratum[],
  group: number,
  lonely: LonelyCluster,
): WeightedMean {
  const { outcome } = rows;
  const members: number[] = [];
  rows.group.forEach((own, row) => own === group && !Number.isNaN(outcome[row]) && members.push(row));
  const n = members.length;
  if (n === 0) {
    return { estimate: NaN, stdError: NaN, df: NaN, n, largest: 0, designEffect: NaN, effective: 0 };
  }
  const largest = members.reduce((most, row) => Math.max(most, Math.abs(outcome[row]!)), 0);
  // A power of two changes no digit, and keeps squares of any numbers in range.
  const unit = largest === 0 ? 1 : 2 ** Math.floor(Math.log2(largest));
  const { mean, spread, score } = linearise(rows, members, unit);
  const { held, df } = degreesOf(strata, new Set(members), lonely);
  const variance = held < 2 ? NaN : varianceOf(strata, score, lonely);
  // Less than the rounding of the outcome is none.
  const stdError = Math.sqrt(variance) <= 1e-14 * (largest / unit) ? 0 : Math.sqrt(variance);
  // Σ w (y - mean)² / Σ w / (n - 1) is the variance of a simple random sample with replacement.
  const designEffect = stdError === 0 ? NaN : variance / (spread / (n - 1));
  const effective = effectiveRows(rows, members, designEffect);
  return { estimate: mean * unit, stdError: stdError * unit, df, n, largest, designEffect, effective };
}

/** Rows over their design effect, at most as many; where nothing varies, clusters over that of their weights (Kish). */
function effectiveRows(
  { cluster, weights }: Sample,
  members: readonly number[],
  designEffect: number,
): number {
  if (designEffect > 0) return members.length / Math.max(1, designEffect);
  const sums = new Map<number, number>();
  for (const row of members) sums.set(cluster[row]!, (sums.get(cluster[row]!) ?? 0) + weights[row]!);
  const own = [...sums.values()];
  return sum(own) ** 2 / sum(own.map((value) => value * value));
}

/** The mean of a group, its members' weighted spread, and every row's part in the mean's error, in units. */
function linearise(rows: Sample, members: readonly number[], unit: number) {
  const { outcome, weights } = rows;
  const total = sum(members.map((row) => weights[row]!));
  const mean = sum(members.map((row) => weights[row]! / total * (outcome[row]! / unit)));
  // Rows outside of the group stay in the sample with a deviation of 0: the group's size is random.
  const deviation = new Float64Array(outcome.length);
  for (const row of members) deviation[row] = outcome[row]! / unit - mean;
  const spread = sum(members.map((row) => weights[row]! / total * deviation[row]! ** 2));
  // Residuals on the margins, by the weights before calibration: Deville and Särndal 1992, sec. 3.
  if (rows.margins.length > 0) absorb([deviation], rows.margins.map(numberLevels), rows.baseWeights);
  return { mean, spread, score: deviation.map((value, row) => weights[row]! / total * value) };
}

/** Σ_h n_h / (n_h - 1) Σ_c (u_hc - ū_h)², u_hc the sum of a cluster's scores (Lumley 2004). */
function varianceOf(strata: readonly MeanStratum[], score: Float64Array, lonely: LonelyCluster): number {
  let variance = 0;
  for (const clusters of strata) {
    const sums = clusters.map((rows) => rows.reduce((total, row) => total + score[row]!, 0));
    const count = sums.length;
    if (count === 1) {
      // Scores sum to 0, so that a cluster's own is its distance from the mean of all.
      if (lonely === "adjust") variance += sums[0]! ** 2;
      continue;
    }
    const centre = sum(sums) / count;
    variance += count / (count - 1) * sum(sums.map((value) => (value - centre) ** 2));
  }
  return variance;
}

/** Clusters that hold a value and enter the variance, and these less their strata. */
function degreesOf(strata: readonly MeanStratum[], members: ReadonlySet<number>, lonely: LonelyCluster) {
  let [held, used] = [0, 0];
  for (const clusters of strata) {
    if (clusters.length === 1 && lonely !== "adjust") continue;
    const here = clusters.filter((rows) => rows.some((row) => members.has(row))).length;
    held += here;
    if (here > 0) used++;
  }
  return { held, df: held - used };
}
