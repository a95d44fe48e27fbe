import type { Comparison } from "../core/units.ts";
import { findAgreement, summedDegrees } from "../stats/inference.ts";
import type { Share } from "../stats/shares.ts";
import { type BlockEffect, combineBlocks, poolSmallBlocks, presentBlocks } from "./block_effects.ts";
import { clusteredEffect, clusterFits, countClusters, fitClusters } from "./clustered_effects.ts";
import type { BlockSettings, EffectEstimate } from "./effect.ts";
import { allowForFew, type QualifiedSample } from "./few_answers.ts";

/**
 * Estimates an effect as a difference of means, with the variance of the design that the data have: standard,
 * blocked, matched pairs, clustered, clusters within blocks, pairs of clusters, each weighted where that is defined.
 * Gerber and Green 2012, Field Experiments, chapters 3 and 4; Imai, King and Nall 2009 for pairs of clusters.
 */
export function differenceInMeans(comparison: Comparison, settings: BlockSettings): EffectEstimate {
  const { persona, block, cluster } = comparison;
  const nothing = withoutArm(comparison);
  if (nothing !== null) return nothing;
  if (block !== null && persona === null) {
    const pooled = settings.smallBlocks === "pool" ? poolSmallBlocks(comparison) : comparison;
    return withoutArm(pooled) ??
      qualifyEffect(combineBlocks(blockEffects(pooled, settings), pooled, settings), pooled, settings);
  }
  const found = persona !== null
    ? withinPersonas(comparison, persona)
    : cluster === null
    ? standard(comparison, settings)
    : clusteredEffect(comparison);
  return qualifyEffect(found, comparison, settings);
}

/** Says which arms rest on few answers, and widens the standard error where an arm (almost) agrees. */
export function qualifyEffect(
  found: EffectEstimate,
  sample: QualifiedSample,
  { df }: { readonly df?: BlockSettings["df"] | undefined },
): EffectEstimate {
  const agreed = [0, 1].map((side) => findAgreement(sample.outcome, sample.treated, side));
  const enough = sample.weight === null && agreed.every((side) => side === null);
  return enough ? found : allowForFew(found, sample, agreed, df !== "residual");
}

/** What is found where an arm has no units; `null` where both have. */
export function withoutArm({ arms, treated, outcome, notes }: Comparison): EffectEstimate | null {
  const reason = arms.filter((_, side) => !treated.includes(side))
    .map((arm) => `no unit of '${arm}' has a value`);
  if (reason.length === 0) return null;
  return { estimate: NaN, stdError: NaN, df: NaN, n: outcome.length, design: "none", notes, reason };
}

function standard(comparison: Comparison, settings: BlockSettings): EffectEstimate {
  const { outcome, treated, weight, arms, notes } = comparison;
  const { n, mean, variance, df } = cellMoments(outcome, treated, 2, weight);
  const [v0, v1] = [variance[0]!, variance[1]!];
  const reason = arms.flatMap((arm, side) => n[side] === 1 ? [`one unit in '${arm}' shows no variance`] : []);
  const found = {
    estimate: mean[1]! - mean[0]!,
    stdError: Math.sqrt(v0 + v1),
    // Welch and Satterthwaite; with weights, where residual degrees are asked for, the rows less the two means.
    df: weight !== null && settings.df === "residual" ? outcome.length - 2 : summedDegrees(variance, df),
    n: outcome.length,
    design: weight === null ? "standard" : "standard, weighted",
    notes,
    reason,
  };
  if (weight !== null || settings.df === "residual") return found;
  if (!areShares(outcome, settings.category !== undefined)) return found;
  const share = (side: 0 | 1): Share => [Math.round(mean[side]! * n[side]!), n[side]!];
  return { ...found, shares: [share(1), share(0)] };
}

/** Whether all values are 0 or 1; both of them, where it is not known that they can be no others. */
export function areShares(outcome: Float64Array, known: boolean): boolean {
  let [ones, at] = [0, 0];
  for (; at < outcome.length && (outcome[at] === 0 || outcome[at] === 1); at++) ones += outcome[at]!;
  return at === outcome.length && (known || (ones > 0 && ones < at));
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
  const fit = fitClusters([new Float64Array(n).fill(1)], differences, clusters, weight);
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
    if (pair) return { share, effect, pair, variance: NaN, df: NaN };
    if (fits !== null) return { share, effect, pair, ...fits[at]! };
    const [v0, v1] = [means.variance[c]!, means.variance[t]!];
    const df = summedDegrees([v0, v1], [means.df[c]!, means.df[t]!]);
    return { share, effect, pair, variance: v0 + v1, df };
  });
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
  /** Degrees of freedom of that variance: the units less one; with weights Kish's effective number of them. */
  readonly df: Float64Array;
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
  const moments = { n, weight, mean: first, variance: new Float64Array(cells), df: new Float64Array(cells) };
  if (weights === null) {
    n.forEach((count, at) => moments.df[at] = count - 1);
    moments.variance.set(equalVariances(outcome, cell, n, first, shift));
  } else weightedVariances(outcome, cell, moments, shift, weights);
  return { ...moments, mean: first.map((value, at) => value + shift[at]!) };
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
  { n, weight, mean: first, variance, df }: CellMoments,
  shift: Float64Array,
  weights: Float64Array,
): void {
  for (let i = 0; i < outcome.length; i++) {
    const at = cell[i]!;
    const share = weights[i]! / weight[at]!;
    const deviation = outcome[i]! - first[at]! - shift[at]!;
    // A unit whose weight is all there is has leverage 1 and is fitted exactly.
    if (1 - share > 1e-10) variance[at] = variance[at]! + (share * deviation) ** 2 / (1 - share);
    df[at] = df[at]! + share ** 2;
  }
  for (let at = 0; at < n.length; at++) {
    if (n[at]! < 2) variance[at] = NaN;
    // Kish's effective number of units, less one: closer to the level in simulations than moments of the weights.
    df[at] = 1 / df[at]! - 1;
  }
}
