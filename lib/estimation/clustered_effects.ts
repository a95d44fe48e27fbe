import { groupRows } from "../core/table.ts";
import type { Comparison } from "../core/units.ts";
import { leastSquares, type LeastSquaresFit } from "../stats/least_squares.ts";
import type { EffectEstimate } from "./effect.ts";

/** The effect where clusters were assigned: the slope of a regression on the arm, CR2. */
export function clusteredEffect(comparison: Comparison): EffectEstimate {
  const { outcome, treated, weight, cluster, notes } = comparison;
  const clusters = clusterRows(comparison);
  const columns = [new Float64Array(outcome.length).fill(1), treated];
  const fit = fitClusters(columns, outcome, cluster!.codes, weight);
  const reason = loneClusters(comparison, cluster!.codes);
  return {
    estimate: fit.coefficients[1]!,
    stdError: reason.length > 0 ? NaN : fit.standardErrors[1]!,
    df: fit.df[1]!,
    n: outcome.length,
    design: weight === null ? "clustered" : "clustered, weighted",
    notes: [...notes, `${clusters.size} clusters`],
    reason,
  };
}

/** Which of two arms are one cluster. */
export function loneClusters(
  { arms, treated }: Pick<Comparison, "arms" | "treated">,
  cluster: Int32Array | null,
): string[] {
  if (cluster === null) return [];
  return arms.filter((_, side) => new Set(cluster.filter((_, unit) => treated[unit] === side)).size === 1)
    .map((arm) => `one cluster in '${arm}' shows no variance`);
}

/**
 * Least squares with CR2. Where no two units of a cluster differ each cluster is one draw, and one row that counts by its
 * size: units taken for independent would have too many degrees of freedom where clusters differ in size.
 */
export function fitClusters(
  columns: readonly ArrayLike<number>[],
  outcome: Float64Array,
  clusters: ArrayLike<number>,
  weight: Float64Array | null,
): LeastSquaresFit {
  const rows = groupRows(clusters).values().toArray();
  const alike = [...columns, outcome].every((own) =>
    rows.every((list) => list.every((row) => own[row] === own[list[0]!]))
  );
  if (!alike) return leastSquares(columns, outcome, { clusters, weights: weight });
  const take = (values: ArrayLike<number>) => Float64Array.from(rows, ([row]) => values[row!]!);
  return leastSquares(columns.map(take), take(outcome), {
    clusters: take(clusters),
    weights: Float64Array.from(rows, (list) => list.reduce((sum, row) => sum + (weight?.[row] ?? 1), 0)),
  });
}

/** The rows of each cluster; a cluster in both arms is an error. */
function clusterRows({ action, cluster, treated }: Comparison): Map<number, number[]> {
  const clusters = groupRows(cluster!.codes);
  for (const [code, rows] of clusters) {
    if (rows.every((row) => treated[row] === treated[rows[0]!])) continue;
    const found = `cluster '${cluster!.labels[code]}' has units in both`;
    throw new RangeError(`Cannot ${action} as 'clusters' must lie in one arm each: ${found}`);
  }
  return clusters;
}

/** The number of units, or of clusters, in each cell; a cluster in two blocks is an error. */
export function countAssigned(comparison: Comparison, cell: Int32Array, cells: number): Int32Array {
  const { action, cluster } = comparison;
  const counts = new Int32Array(cells);
  if (cluster === null) {
    for (const own of cell) counts[own]!++;
    return counts;
  }
  for (const [code, rows] of clusterRows(comparison)) {
    const own = cell[rows[0]!]!;
    if (rows.some((row) => cell[row] !== own)) {
      const found = `cluster '${cluster.labels[code]}' lies in several`;
      throw new RangeError(`Cannot ${action} as 'clusters' must lie in one block each: ${found}`);
    }
    counts[own]!++;
  }
  return counts;
}

/** The CR2 variance of the effect within each block that is not a pair of clusters. */
export function clusterFits(
  { outcome, treated, cluster, weight }: Comparison,
  cell: Int32Array,
  pairs: readonly boolean[],
): { variance: number; df: number }[] {
  const rows: number[][] = pairs.map(() => []);
  for (let i = 0; i < cell.length; i++) rows[cell[i]! >> 1]!.push(i);
  return rows.map((own, at) => {
    if (pairs[at]) return { variance: NaN, df: NaN };
    const take = (values: ArrayLike<number>) => Float64Array.from(own, (i) => values[i]!);
    const columns = [take(treated).fill(1), take(treated)];
    const fit = fitClusters(columns, take(outcome), take(cluster!.codes), weight && take(weight));
    return { variance: fit.covariance[1]![1]!, df: fit.df[1]! };
  });
}
