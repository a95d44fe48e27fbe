import { leastSquares } from "../stats/least_squares.ts";
import { cellMoments } from "./cell_moments.ts";
import { clusterArms } from "./cluster_arms.ts";
import type { Comparison } from "../core/units.ts";
import type { EffectSettings } from "./effect_estimate.ts";
import type { Labelled } from "../core/table.ts";

/** The effect within one block. */
export interface BlockEffect {
  /** The block's share of all units (with weights: of the sum of weights). */
  readonly share: number;
  /** Arm less reference. */
  readonly effect: number;
  /** Whether the block is a pair, or has one unit in an arm: it has no variance of its own. */
  readonly pair: boolean;
  /** Variance of the effect; `NaN` of a pair. */
  readonly variance: number;
  /** variance² / df of the variance, what Satterthwaite's formula sums; `NaN` of a pair. */
  readonly uncertainty: number;
}

/** Estimates the effect within each block. */
export function blockEffects(comparison: Comparison, settings: EffectSettings): BlockEffect[] {
  const { outcome, treated, block, cluster, weight } = comparison;
  const { present, places } = presentBlocks(block!);
  const cell = new Int32Array(outcome.length);
  for (let i = 0; i < cell.length; i++) cell[i] = 2 * places[block!.codes[i]!]! + treated[i]!;
  const means = cellMoments(outcome, cell, 2 * present.length, weight);
  const assigned = cluster === null ? means.n : countClusters(comparison, cell, 2 * present.length);
  const labels = present.map((code) => block!.labels[code]!);
  const pairs = checkBlocks(comparison, assigned, labels, settings);
  const total = means.weight.reduce((sum, value) => sum + value, 0);
  const fits = cluster === null ? null : clusterFits(comparison, cell, pairs);
  return pairs.map((pair, at) => {
    const [c, t] = [2 * at, 2 * at + 1];
    const share = (means.weight[c]! + means.weight[t]!) / total;
    const effect = means.mean[t]! - means.mean[c]!;
    if (pair) return { share, effect, pair, variance: NaN, uncertainty: NaN };
    if (fits !== null) return { share, effect, pair, ...fits[at]! };
    const [v0, v1] = [means.variance[c]!, means.variance[t]!];
    const uncertainty = v0 ** 2 / (means.n[c]! - 1) + v1 ** 2 / (means.n[t]! - 1);
    return { share, effect, pair, variance: v0 + v1, uncertainty };
  });
}

/** The blocks that have units here, and the place of each among them. */
function presentBlocks({ codes, labels }: Labelled): { present: number[]; places: Int32Array } {
  const counts = new Int32Array(labels.length);
  for (let i = 0; i < codes.length; i++) counts[codes[i]!] = 1;
  const present = [...counts.keys()].filter((code) => counts[code] === 1);
  const places = new Int32Array(labels.length);
  present.forEach((code, at) => places[code] = at);
  return { present, places };
}

/** The number of clusters in each cell; a cluster in two blocks is an error. */
function countClusters(comparison: Comparison, cell: Int32Array, cells: number): Int32Array {
  const { codes, labels } = comparison.cluster!;
  clusterArms(comparison);
  const counts = new Int32Array(cells);
  const cellOf = new Map<number, number>();
  for (let i = 0; i < codes.length; i++) {
    const known = cellOf.get(codes[i]!);
    if (known === undefined) {
      cellOf.set(codes[i]!, cell[i]!);
      counts[cell[i]!] = counts[cell[i]!]! + 1;
    } else if (known !== cell[i]) {
      throw new RangeError(
        `Cannot ${comparison.action} as 'clusters' must lie in one block each: ` +
          `cluster '${labels[codes[i]!]}' lies in several`,
      );
    }
  }
  return counts;
}

/** Says which blocks are pairs; a block that is neither a pair nor shows a variance in both arms is an error. */
function checkBlocks(
  comparison: Comparison,
  assigned: Int32Array,
  labels: readonly string[],
  settings: EffectSettings,
): boolean[] {
  const { action, arms, cluster, weight } = comparison;
  const units = cluster === null ? "units" : "clusters";
  const pairs = labels.map((label, at) => {
    const [control, treated] = [assigned[2 * at]!, assigned[2 * at + 1]!];
    const pair = settings.smallBlocks === "pool"
      ? Math.min(control, treated) === 1
      : control === 1 && treated === 1;
    if (pair || Math.min(control, treated) >= 2) return pair;
    const rule = control + treated === 1
      ? `hold at least two ${units} with values in every block`
      : `hold a pair, or at least two ${units} with values of each arm, in every block`;
    throw new RangeError(
      `Cannot ${action} as 'blocks' must ${rule}: block '${label}' has ${control} of '${arms[0]}' and ` +
        `${treated} of '${arms[1]}'; join small blocks, or compare without blocks: { blocks: [] }`,
    );
  });
  if (weight !== null && pairs.includes(true)) {
    throw new RangeError(
      `Cannot ${action} as 'weights' must not be given where blocks are pairs: ` +
        `${pairs.filter((pair) => pair).length} of ${pairs.length} blocks are pairs`,
    );
  }
  return pairs;
}

/** The CR2 variance of the effect within each block that is not a pair of clusters. */
function clusterFits(
  { outcome, treated, cluster, weight }: Comparison,
  cell: Int32Array,
  pairs: readonly boolean[],
): { variance: number; uncertainty: number }[] {
  const rows: number[][] = pairs.map(() => []);
  for (let i = 0; i < cell.length; i++) rows[cell[i]! >> 1]!.push(i);
  return rows.map((own, at) => {
    if (pairs[at]) return { variance: NaN, uncertainty: NaN };
    const take = (values: ArrayLike<number>) => Float64Array.from(own, (i) => values[i]!);
    const fit = leastSquares([take(treated).fill(1), take(treated)], take(outcome), {
      clusters: take(cluster!.codes),
      ...(weight === null ? {} : { weights: take(weight) }),
    });
    const variance = fit.covariance[1]![1]!;
    return { variance, uncertainty: variance ** 2 / fit.df[1]! };
  });
}
