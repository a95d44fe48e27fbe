import type { Labelled } from "../core/table.ts";
import { type Comparison, keepUnits } from "../core/units.ts";
import { summedDegrees } from "../stats/inference.ts";
import { countAssigned } from "./clustered_effects.ts";
import type { BlockSettings, EffectEstimate } from "./effect.ts";

export interface BlockEffect {
  /** The block's share of all units (with weights: of the sum of weights). */
  readonly share: number;
  readonly effect: number;
  /** Whether the block is a pair, or has one unit in an arm: it has no variance of its own. */
  readonly pair: boolean;
  /** Variance of the effect; `NaN` of a pair. */
  readonly variance: number;
  readonly df: number;
}

/** Averages the effects of the blocks by their shares, with the variance that the kinds of blocks allow. */
export function combineBlocks(
  blocks: readonly BlockEffect[],
  comparison: Comparison,
  settings: BlockSettings,
): EffectEstimate {
  const pairs = blocks.filter((block) => block.pair);
  const larger = blocks.filter((block) => !block.pair);
  const clustered = comparison.cluster !== null;
  const all = pairs.length === blocks.length || (pairs.length > 0 && settings.mixedBlocks === "pairs");
  const { variance, df } = all
    ? pairVariance(blocks, clustered)
    : pairs.length > 0
    ? hybridVariance(pairs, larger)
    : withinVariance(blocks, comparison, settings);
  const name = nameBlocks(pairs.length, larger.length, clustered);
  return {
    estimate: blocks.reduce((total, { share, effect }) => total + share * effect, 0),
    stdError: Math.sqrt(variance),
    df,
    n: comparison.outcome.length,
    design: comparison.weight === null ? name : `${name}, weighted`,
    notes: [...comparison.notes, describeBlocks(pairs.length, larger.length, clustered, settings)],
    reason: Number.isNaN(variance)
      ? ["too few pairs, or one pair too large, to show the variance between pairs"]
      : [],
  };
}

function nameBlocks(pairs: number, larger: number, clustered: boolean): string {
  if (larger === 0) return clustered ? "pairs of clusters" : "matched pairs";
  const name = clustered ? "blocked and clustered" : "blocked";
  return pairs === 0 ? name : `${name}, some pairs`;
}

function describeBlocks(pairs: number, larger: number, clustered: boolean, settings: BlockSettings): string {
  const few = settings.smallBlocks === "pool" ? "small blocks" : "pairs";
  const kind = clustered ? `${few} of clusters` : few;
  if (larger === 0) return `${pairs} ${kind}`;
  if (pairs === 0) return `${larger} blocks`;
  const variance = settings.mixedBlocks === "pairs"
    ? "warning: the variance takes every block for a pair"
    : "the variance adds that between pairs to that within larger blocks";
  return `${pairs} ${kind} and ${larger} larger blocks; ${variance}`;
}

/**
 * Blocks that each show their variance: Σ share² v_b, with Satterthwaite degrees of freedom over the blocks; else units
 * (or clusters) less two for each block, which overstates them where blocks or arms differ in size or variance.
 */
function withinVariance(
  blocks: readonly BlockEffect[],
  { cluster, outcome }: Comparison,
  { df = "satterthwaite" }: BlockSettings,
): { variance: number; df: number } {
  const variance = blocks.reduce((total, block) => total + block.share ** 2 * block.variance, 0);
  if (df === "satterthwaite") return { variance, df: degreesOf(blocks) };
  const assigned = cluster === null ? outcome.length : new Set(cluster.codes).size;
  return { variance, df: assigned - 2 * blocks.length };
}

function degreesOf(blocks: readonly BlockEffect[], between: number[] = [], pairs = 0): number {
  const variances = blocks.map(({ share, variance }) => share ** 2 * variance);
  const degrees = [...between.map(() => pairs - 1), ...blocks.map(({ df }) => df)];
  return summedDegrees([...between, ...variances], degrees);
}

function pairVariance(blocks: readonly BlockEffect[], clustered: boolean): { variance: number; df: number } {
  const B = blocks.length;
  if (B < 2) return { variance: NaN, df: NaN };
  const d = blocks.reduce((total, { share, effect }) => total + share * effect, 0);
  // Clusters: Imai, King and Nall 2009, eq. 6, B/((B-1)N²) Σ (n_b d_b - N d/B)², with n_b/N the share.
  // Units: Gerber and Green 2012, p. 77, eq. 3.16, Σ (d_b - d)² / (B(B-1)).
  const squares = blocks.reduce((total, { share, effect }) => {
    return total + (clustered ? (share * effect - d / B) ** 2 : (effect - d) ** 2);
  }, 0);
  return { variance: clustered ? squares * B / (B - 1) : squares / (B * (B - 1)), df: B - 1 };
}

/**
 * Pairs and larger blocks together: the variance between pairs for the pairs, the variance within for the others,
 * added by squared shares (Pashley and Miratrix 2021, Journal of Educational and Behavioral Statistics 46,
 * 271-296); Satterthwaite degrees of freedom over the two parts.
 */
function hybridVariance(pairs: readonly BlockEffect[], larger: readonly BlockEffect[]) {
  const part = pairs.reduce((total, { share }) => total + share, 0);
  const shares = pairs.map(({ share, effect }) => ({ share: share / part, effect }));
  const between = part ** 2 * betweenPairs(shares);
  const within = larger.reduce((total, block) => total + block.share ** 2 * block.variance, 0);
  return { variance: between + within, df: degreesOf(larger, [between], pairs.length) };
}

/**
 * The variance of the average effect of pairs with shares w_k: Σ a_k (d_k - d)² with a_k = c w_k² / (1 - 2 w_k) and
 * 1/c = 1 + Σ w_k² / (1 - 2 w_k), unbiased where pairs have the same effect. With equal shares, Σ (d_k - d)² / (K(K-1)).
 */
function betweenPairs(pairs: readonly { share: number; effect: number }[]): number {
  const K = pairs.length;
  const d = pairs.reduce((total, { share, effect }) => total + share * effect, 0);
  if (K > 1 && pairs.every(({ share }) => Math.abs(share * K - 1) < 1e-12)) {
    return pairs.reduce((total, { effect }) => total + (effect - d) ** 2, 0) / (K * (K - 1));
  }
  if (pairs.some(({ share }) => share >= 0.5)) return NaN;
  const c = 1 / (1 + pairs.reduce((total, { share }) => total + share ** 2 / (1 - 2 * share), 0));
  return pairs.reduce((total, { share, effect }) => {
    return total + (c * share ** 2 / (1 - 2 * share)) * (effect - d) ** 2;
  }, 0);
}

/**
 * Leaves out the blocks that show no effect, so that one missing answer does not take the whole analysis.
 *
 * A block without answers in one of the two arms says nothing about the difference. A block with one unit (or
 * cluster) in an arm has an effect and no variance of its own: it is pooled with its like (Pashley and Miratrix
 * 2021), which takes at least two of them, none with half of their units or more; otherwise they are left out too.
 * What is left out is said: the effect is then that of the other blocks.
 */
export function poolSmallBlocks(comparison: Comparison): Comparison {
  const { block, treated } = comparison;
  const cell = block!.codes.map((code, i) => 2 * code + treated[i]!);
  const counts = countAssigned(comparison, cell, 2 * block!.labels.length);
  const sizes = new Int32Array(block!.labels.length);
  for (const code of block!.codes) sizes[code] = sizes[code]! + 1;
  const codes = [...sizes.keys()].filter((code) => sizes[code]! > 0);
  const smaller = (code: number) => Math.min(counts[2 * code]!, counts[2 * code + 1]!);
  const empty = codes.filter((code) => smaller(code) === 0);
  const small = codes.filter((code) => smaller(code) === 1);
  const units = small.reduce((total, code) => total + sizes[code]!, 0);
  const equal = small.every((code) => sizes[code] === sizes[small[0]!]);
  const poolable = small.length > 1 && (equal || small.every((code) => sizes[code]! < units / 2));
  const onlySmall = small.length + empty.length === codes.length;
  const left = [...empty, ...(poolable || onlySmall ? [] : small)];
  return left.length === 0 ? comparison : leaveOutBlocks(comparison, left);
}

function leaveOutBlocks(comparison: Comparison, left: readonly number[]): Comparison {
  const { block, outcome, notes } = comparison;
  const rows = [...outcome.keys()].filter((i) => !left.includes(block!.codes[i]!));
  const names = left.map((code) => block!.labels[code]!);
  const listed = names.length > 5 ? `${names.slice(0, 5).join(", ")}, …` : names.join(", ");
  const note =
    `left out: ${left.length} of ${new Set(block!.codes).size} blocks with too few answers in an arm ` +
    `(${listed}), ${outcome.length - rows.length} units; { blocks: [] } compares all units without blocks`;
  return { ...keepUnits(comparison, rows), notes: [...notes, note] };
}

/** Numbers from 0 the blocks that have units, in their order. */
export function presentBlocks({ codes, labels }: Labelled): Labelled {
  const present = [...new Set(codes)].sort((a, b) => a - b);
  const places = new Int32Array(labels.length);
  present.forEach((code, place) => places[code] = place);
  return { codes: codes.map((code) => places[code]!), labels: present.map((code) => labels[code]!) };
}
