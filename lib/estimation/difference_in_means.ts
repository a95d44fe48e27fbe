import type { Comparison } from "../core/units.ts";
import { leastSquares } from "../stats/least_squares.ts";
import { type BlockEffect, combineBlocks, poolSmallBlocks, presentBlocks } from "./block_effects.ts";
import type { BlockSettings, EffectEstimate } from "./effect.ts";

/**
 * Estimates an effect as a difference of means, with the variance of the design that the data have: standard,
 * blocked, matched pairs, clustered, clusters within blocks, pairs of clusters, each weighted where that is defined.
 * Gerber and Green 2012, Field Experiments, chapters 3 and 4; Imai, King and Nall 2009 for pairs of clusters.
 */
export function differenceInMeans(comparison: Comparison, settings: BlockSettings): EffectEstimate {
  const { persona, block, cluster } = comparison;
  const nothing = withoutArm(comparison);
  if (nothing !== null) return nothing;
  if (persona !== null) return withinPersonas(comparison, persona);
  if (block !== null) {
    const pooled = settings.smallBlocks === "pool" ? poolSmallBlocks(comparison) : comparison;
    return withoutArm(pooled) ?? combineBlocks(blockEffects(pooled, settings), pooled, settings);
  }
  return cluster === null ? standard(comparison) : clustered(comparison);
}

/** What is found where an arm has no units; `null` where both have. */
export function withoutArm({ arms, treated, outcome, notes }: Comparison): EffectEstimate | null {
  const reason = arms.filter((_, side) => !treated.includes(side))
    .map((arm) => `no unit of '${arm}' has a value`);
  if (reason.length === 0) return null;
  return { estimate: NaN, stdError: NaN, df: NaN, n: outcome.length, design: "none", notes, reason };
}

function standard({ outcome, treated, weight, arms, notes }: Comparison): EffectEstimate {
  const { n, mean, variance } = cellMoments(outcome, treated, 2, weight);
  const [v0, v1] = [variance[0]!, variance[1]!];
  const reason = arms.flatMap((arm, side) => n[side] === 1 ? [`one unit in '${arm}' shows no variance`] : []);
  return {
    estimate: mean[1]! - mean[0]!,
    stdError: Math.sqrt(v0 + v1),
    // Welch and Satterthwaite without weights; with weights the rows less the two means.
    df: weight === null
      ? (v0 + v1) ** 2 / (v0 ** 2 / (n[0]! - 1) + v1 ** 2 / (n[1]! - 1))
      : outcome.length - 2,
    n: outcome.length,
    design: weight === null ? "standard" : "standard, weighted",
    notes,
    reason,
  };
}

function clustered(comparison: Comparison): EffectEstimate {
  const { outcome, treated, weight, arms, cluster, notes } = comparison;
  const sides = clusterSides(comparison);
  const fit = leastSquares([new Float64Array(outcome.length).fill(1), treated], outcome, {
    clusters: cluster!.codes,
    ...(weight === null ? {} : { weights: weight }),
  });
  const { mean } = cellMoments(outcome, treated, 2, weight);
  const count = [0, 0];
  for (const side of sides.values()) count[side] = count[side]! + 1;
  const reason = arms.flatMap((arm, side) =>
    count[side] === 1 ? [`one cluster in '${arm}' shows no variance`] : []
  );
  return {
    estimate: mean[1]! - mean[0]!,
    stdError: reason.length > 0 ? NaN : fit.standardErrors[1]!,
    df: fit.df[1]!,
    n: outcome.length,
    design: weight === null ? "clustered" : "clustered, weighted",
    notes: [...notes, `${sides.size} clusters`],
    reason,
  };
}

/** For each cluster the arm of its units, 0 or 1; a cluster in both arms is an error. */
function clusterSides({ action, cluster, treated }: Comparison): Map<number, number> {
  const sides = new Map<number, number>();
  const { codes, labels } = cluster!;
  for (let i = 0; i < codes.length; i++) {
    const side = treated[i]!;
    if ((sides.get(codes[i]!) ?? side) !== side) {
      throw new RangeError(
        `Cannot ${action} as 'clusters' must lie in one arm each: cluster '${
          labels[codes[i]!]
        }' has units in both`,
      );
    }
    sides.set(codes[i]!, side);
  }
  return sides;
}

/** Each persona's own difference, averaged; personas in the same cluster may be alike. */
function withinPersonas(comparison: Comparison, persona: Int32Array): EffectEstimate {
  const { arms, outcome, treated, notes } = comparison;
  const places = new Map<number, number>();
  for (const code of persona) if (!places.has(code)) places.set(code, places.size);
  const n = places.size;
  const differences = new Float64Array(n);
  for (let i = 0; i < outcome.length; i++) {
    const at = places.get(persona[i]!)!;
    differences[at] = differences[at]! + (treated[i] === 1 ? outcome[i]! : -outcome[i]!);
  }
  const weight = perPersona(comparison, "weights", comparison.weight, persona, places);
  const clusters = perPersona(comparison, "clusters", comparison.cluster?.codes ?? null, persona, places);
  const { mean, variance } = cellMoments(differences, new Uint8Array(n), 1, weight);
  const design = [
    "matched pairs",
    ...(clusters === null ? [] : ["clustered"]),
    ...(weight === null ? [] : ["weighted"]),
  ].join(", ");
  const found = { estimate: mean[0]!, n, design, notes, reason: [] };
  if (n < 2 || (clusters !== null && new Set(clusters).size < 2)) {
    const reason = [
      `one ${n < 2 ? "persona" : "cluster"} in '${arms[0]}' and '${arms[1]}' shows no variance`,
    ];
    return { ...found, stdError: NaN, df: NaN, reason };
  }
  if (clusters === null) return { ...found, stdError: Math.sqrt(variance[0]!), df: n - 1 };
  const weights = weight === null ? {} : { weights: weight };
  const fit = leastSquares([new Float64Array(n).fill(1)], differences, { clusters, ...weights });
  return { ...found, stdError: fit.standardErrors[0]!, df: fit.df[0]! };
}

function perPersona(
  { action }: Comparison,
  argument: string,
  values: Float64Array | Int32Array | null,
  persona: Int32Array,
  places: ReadonlyMap<number, number>,
): Float64Array | null {
  if (values === null) return null;
  const held = new Float64Array(places.size).fill(NaN);
  for (let i = 0; i < persona.length; i++) {
    const at = places.get(persona[i]!)!;
    if (!Number.isNaN(held[at]) && held[at] !== values[i]) {
      throw new RangeError(
        `Cannot ${action} as '${argument}' must be the same in both arms of a persona: ` +
          `a persona has ${held[at]} and ${values[i]}`,
      );
    }
    held[at] = values[i]!;
  }
  return held;
}

/** Estimates the effect within each block. */
function blockEffects(comparison: Comparison, settings: BlockSettings): BlockEffect[] {
  const { outcome, treated, cluster, weight } = comparison;
  const { codes, labels } = presentBlocks(comparison.block!);
  const cell = new Int32Array(outcome.length);
  for (let i = 0; i < cell.length; i++) cell[i] = 2 * codes[i]! + treated[i]!;
  const means = cellMoments(outcome, cell, 2 * labels.length, weight);
  const assigned = cluster === null ? means.n : countClusters(comparison, cell, 2 * labels.length);
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

/** The number of clusters in each cell; a cluster in two blocks is an error. */
function countClusters(comparison: Comparison, cell: Int32Array, cells: number): Int32Array {
  const { codes, labels } = comparison.cluster!;
  clusterSides(comparison);
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
  { action, arms, cluster, weight }: Comparison,
  assigned: Int32Array,
  labels: readonly string[],
  { smallBlocks }: BlockSettings,
): boolean[] {
  const units = cluster === null ? "units" : "clusters";
  const pairs = labels.map((label, at) => {
    const [control, treated] = [assigned[2 * at]!, assigned[2 * at + 1]!];
    const pair = smallBlocks === "pool" ? Math.min(control, treated) === 1 : control === 1 && treated === 1;
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

/** Means of the cells of a table (an arm, or an arm within a block), and the variances of those means. */
interface CellMoments {
  /** Units of each cell. */
  readonly n: Int32Array;
  /** Sum of the weights of each cell; `n` without weights. */
  readonly weight: Float64Array;
  /** Mean of each cell. */
  readonly mean: Float64Array;
  /** Variance of each mean; `NaN` where a cell has fewer than two units. */
  readonly variance: Float64Array;
}

/**
 * Computes each cell's mean m = Σwy/Σw and its HC2 variance Σ w²(y - m)² / (1 - w/Σw) / (Σw)², which without weights
 * is s²/n. Two passes around the cell's first value, so that equal values have a variance of exactly 0.
 */
function cellMoments(
  outcome: Float64Array,
  cell: ArrayLike<number>,
  cells: number,
  weights: Float64Array | null,
): CellMoments {
  const n = new Int32Array(cells);
  const weight = new Float64Array(cells);
  const first = new Float64Array(cells);
  const shift = new Float64Array(cells);
  for (let i = 0; i < outcome.length; i++) {
    const at = cell[i]!;
    if (n[at] === 0) first[at] = outcome[i]!;
    n[at] = n[at]! + 1;
    const w = weights === null ? 1 : weights[i]!;
    weight[at] = weight[at]! + w;
    shift[at] = shift[at]! + w * (outcome[i]! - first[at]!);
  }
  for (let at = 0; at < cells; at++) shift[at] = shift[at]! / weight[at]!;
  const moments = { n, weight, mean: first, variance: new Float64Array(cells) };
  const variance = weights === null
    ? equalVariances(outcome, cell, n, first, shift)
    : weightedVariances(outcome, cell, moments, shift, weights);
  return { ...moments, mean: first.map((value, at) => value + shift[at]!), variance };
}

function equalVariances(
  outcome: Float64Array,
  cell: ArrayLike<number>,
  n: Int32Array,
  first: Float64Array,
  shift: Float64Array,
): Float64Array {
  const deviations = new Float64Array(n.length);
  const squares = new Float64Array(n.length);
  for (let i = 0; i < outcome.length; i++) {
    const at = cell[i]!;
    const deviation = outcome[i]! - first[at]! - shift[at]!;
    deviations[at] = deviations[at]! + deviation;
    squares[at] = squares[at]! + deviation * deviation;
  }
  for (let at = 0; at < n.length; at++) {
    // The second pass's own mean takes back the rounding of the first (Chan, Golub and LeVeque 1983).
    const correction = deviations[at]! / n[at]!;
    shift[at] = shift[at]! + correction;
    const spread = Math.max(0, squares[at]! - deviations[at]! * correction);
    squares[at] = n[at]! < 2 ? NaN : spread / (n[at]! - 1) / n[at]!;
  }
  return squares;
}

function weightedVariances(
  outcome: Float64Array,
  cell: ArrayLike<number>,
  { n, weight, mean: first, variance }: CellMoments,
  shift: Float64Array,
  weights: Float64Array,
): Float64Array {
  for (let i = 0; i < outcome.length; i++) {
    const at = cell[i]!;
    const share = weights[i]! / weight[at]!;
    const deviation = outcome[i]! - first[at]! - shift[at]!;
    // A unit whose weight is all there is has leverage 1 and is fitted exactly.
    if (1 - share > 1e-10) variance[at] = variance[at]! + (share * deviation) ** 2 / (1 - share);
  }
  return variance.map((value, at) => n[at]! < 2 ? NaN : value);
}
