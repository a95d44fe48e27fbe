import { type Comparison, takeNumbers } from "../core/units.ts";
import { findAgreement, summedDegrees } from "../stats/inference.ts";
import { numberLevels } from "../stats/least_squares_design.ts";
import { moments } from "../stats/moments.ts";
import type { Share } from "../stats/shares.ts";
import { type BlockEffect, combineBlocks, poolSmallBlocks, presentBlocks } from "./block_effects.ts";
import { clusteredEffect, clusterFits, countAssigned, fitClusters } from "./clustered_effects.ts";
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
  const sides = cellMoments(outcome, treated, 2, weight);
  const [none, one] = sides as [CellMoments, CellMoments];
  const reason = arms.flatMap((arm, side) =>
    sides[side]!.n === 1 ? [`one unit in '${arm}' shows no variance`] : []
  );
  const found = {
    estimate: one.mean - none.mean,
    stdError: Math.sqrt(none.variance + one.variance),
    // Welch and Satterthwaite; with weights, where residual degrees are asked for, the rows less the two means.
    df: weight !== null && settings.df === "residual" ? outcome.length - 2 : meanDegrees(sides),
    n: outcome.length,
    design: weight === null ? "standard" : "standard, weighted",
    notes,
    reason,
  };
  if (weight !== null || settings.df === "residual") return found;
  if (!areShares(outcome, settings.category !== undefined)) return found;
  const share = ({ mean, n }: CellMoments): Share => [Math.round(mean * n), n];
  return { ...found, shares: [share(one), share(none)] };
}

function meanDegrees(cells: readonly CellMoments[]): number {
  return summedDegrees(cells.map(({ variance }) => variance), cells.map(({ df }) => df));
}

/** Whether all values are 0 or 1; both of them, where it is not known that they can be no others. */
export function areShares(outcome: Float64Array, known: boolean): boolean {
  let [ones, at] = [0, 0];
  for (; at < outcome.length && (outcome[at] === 0 || outcome[at] === 1); at++) ones += outcome[at]!;
  return at === outcome.length && (known || (ones > 0 && ones < at));
}

/** Each persona's own difference, averaged; personas in the same cluster may be alike. */
function withinPersonas(comparison: Comparison, persona: Int32Array): EffectEstimate {
  const { arms, notes } = comparison;
  const { codes, differences } = personaDifferences(comparison, persona);
  const n = differences.length;
  const weight = perPersona(comparison, "weights", comparison.weight, codes, n);
  const clusters = perPersona(comparison, "clusters", comparison.cluster?.codes ?? null, codes, n);
  const [{ mean, variance }] = cellMoments(differences, new Uint8Array(n), 1, weight) as [CellMoments];
  const kinds = ["matched pairs", clusters === null ? "" : "clustered", weight === null ? "" : "weighted"];
  const found = { estimate: mean, n, design: kinds.filter(Boolean).join(", "), notes, reason: [] };
  if (n < 2 || (clusters !== null && new Set(clusters).size < 2)) {
    const one = `one ${n < 2 ? "persona" : "cluster"} in '${arms[0]}' and '${arms[1]}' shows no variance`;
    return { ...found, stdError: NaN, df: NaN, reason: [one] };
  }
  if (clusters === null) return { ...found, stdError: Math.sqrt(variance), df: n - 1 };
  const fit = fitClusters([new Float64Array(n).fill(1)], differences, clusters, weight);
  return { ...found, stdError: fit.standardErrors[0]!, df: fit.df[0]! };
}

/** Each persona's difference between the arms, and of each unit the place of its persona. */
export function personaDifferences(
  { outcome, treated }: Comparison,
  persona: Int32Array,
): { codes: Int32Array; differences: Float64Array } {
  const { codes, levels } = numberLevels(persona);
  const differences = new Float64Array(levels);
  outcome.forEach((value, i) => differences[codes[i]!]! += treated[i] === 1 ? value : -value);
  return { codes, differences };
}

function perPersona(
  { action }: Comparison,
  argument: string,
  values: Float64Array | Int32Array | null,
  codes: Int32Array,
  personas: number,
): Float64Array | null {
  if (values === null) return null;
  const held = new Float64Array(personas).fill(NaN);
  for (let i = 0; i < codes.length; i++) {
    const at = codes[i]!;
    if (!Number.isNaN(held[at]) && held[at] !== values[i]) {
      const rule = `be the same in both arms of a persona: a persona has ${held[at]} and ${values[i]}`;
      throw new RangeError(`Cannot ${action} as '${argument}' must ${rule}`);
    }
    held[at] = values[i]!;
  }
  return held;
}

function blockEffects(comparison: Comparison, settings: BlockSettings): BlockEffect[] {
  const { outcome, treated, cluster, weight } = comparison;
  const { codes, labels } = presentBlocks(comparison.block!);
  const cell = codes.map((code, i) => 2 * code + treated[i]!);
  const means = cellMoments(outcome, cell, 2 * labels.length, weight);
  const assigned = countAssigned(comparison, cell, 2 * labels.length);
  const pairs = checkBlocks(comparison, assigned, labels, settings);
  const total = means.reduce((sum, { weight }) => sum + weight, 0);
  const fits = cluster === null ? null : clusterFits(comparison, cell, pairs);
  return pairs.map((pair, at) => {
    const sides = means.slice(2 * at, 2 * at + 2);
    const [c, t] = sides as [CellMoments, CellMoments];
    const share = (c.weight + t.weight) / total;
    const effect = t.mean - c.mean;
    if (pair) return { share, effect, pair, variance: NaN, df: NaN };
    if (fits !== null) return { share, effect, pair, ...fits[at]! };
    return { share, effect, pair, variance: c.variance + t.variance, df: meanDegrees(sides) };
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
    const found = `${pairs.filter((pair) => pair).length} of ${pairs.length} blocks are pairs`;
    throw new RangeError(`Cannot ${action} as 'weights' must not be given where blocks are pairs: ${found}`);
  }
  return pairs;
}

type CellMoments = ReturnType<typeof cellMoments>[number];

/**
 * Computes each cell's mean m = Σwy/Σw and its HC2 variance Σ w²(y - m)² / (1 - w/Σw) / (Σw)², which without weights
 * is s²/n. Cells are arms, or arms within blocks; a cell's weight is the sum of its weights, n without any.
 */
function cellMoments(
  outcome: Float64Array,
  cell: ArrayLike<number>,
  cells: number,
  weights: Float64Array | null,
) {
  const rows = Array.from({ length: cells }, (): number[] => []);
  for (let i = 0; i < outcome.length; i++) rows[cell[i]!]!.push(i);
  return rows.map((own) => {
    const values = takeNumbers(outcome, own);
    if (weights === null) {
      const { n, mean, variance } = moments(values);
      return { n, weight: n, mean, variance: variance / n, df: n - 1 };
    }
    const { n, weight, mean } = moments(values, takeNumbers(weights, own));
    let [variance, squares] = [n < 2 ? NaN : 0, 0];
    own.forEach((row, i) => {
      const share = weights[row]! / weight;
      squares += share ** 2;
      // A unit whose weight is all there is has leverage 1 and is fitted exactly.
      if (1 - share > 1e-10) variance += (share * (values[i]! - mean)) ** 2 / (1 - share);
    });
    // Kish's effective number of units, less one: closer to the level in simulations than moments of the weights.
    return { n, weight, mean, variance, df: 1 / squares - 1 };
  });
}
