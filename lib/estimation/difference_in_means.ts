import { leastSquares } from "../stats/least_squares.ts";
import { combineBlocks } from "./combine_blocks.ts";
import { blockEffects } from "./block_effects.ts";
import { cellMoments } from "./cell_moments.ts";
import { clusterArms } from "./cluster_arms.ts";
import type { Comparison } from "../core/units.ts";
import { nameDesign } from "./name_design.ts";
import type { EffectEstimate, EffectSettings } from "./effect_estimate.ts";

/**
 * Estimates an effect as a difference of means, with the variance of the design that the data have: standard,
 * blocked, matched pairs, clustered, clusters within blocks, pairs of clusters, each weighted where that is defined.
 * Gerber and Green 2012, Field Experiments, chapters 3 and 4; Imai, King and Nall 2009 for pairs of clusters.
 */
export function differenceInMeans(comparison: Comparison, settings: EffectSettings): EffectEstimate {
  const empty = comparison.arms.filter((_, side) => !comparison.treated.includes(side));
  if (empty.length > 0) {
    const reason = empty.map((arm) => `no unit of '${arm}' has a value`);
    const n = comparison.outcome.length;
    return { estimate: NaN, stdError: NaN, df: NaN, n, design: "none", notes: [], reason };
  }
  if (comparison.persona !== null) return withinPersonas(comparison, comparison.persona);
  if (comparison.block !== null) {
    return combineBlocks(blockEffects(comparison, settings), comparison, settings);
  }
  return comparison.cluster === null ? standard(comparison) : clustered(comparison);
}

function standard(comparison: Comparison): EffectEstimate {
  const { outcome, treated, weight, arms } = comparison;
  const { n, mean, variance } = cellMoments(outcome, treated, 2, weight);
  const [v0, v1] = [variance[0]!, variance[1]!];
  // Welch and Satterthwaite without weights; with weights the rows less the two means.
  const df = weight === null
    ? (v0 + v1) ** 2 / (v0 ** 2 / (n[0]! - 1) + v1 ** 2 / (n[1]! - 1))
    : outcome.length - 2;
  const reason = arms.flatMap((arm, side) => n[side] === 1 ? [`one unit in '${arm}' shows no variance`] : []);
  return {
    estimate: mean[1]! - mean[0]!,
    stdError: Math.sqrt(v0 + v1),
    df: reason.length > 0 ? NaN : df,
    n: outcome.length,
    design: nameDesign("standard", comparison),
    notes: [],
    reason,
  };
}

function clustered(comparison: Comparison): EffectEstimate {
  const { outcome, treated, weight, arms, cluster } = comparison;
  const clusters = clusterArms(comparison);
  const fit = leastSquares([new Float64Array(outcome.length).fill(1), treated], outcome, {
    clusters: cluster!.codes,
    ...(weight === null ? {} : { weights: weight }),
  });
  const { mean } = cellMoments(outcome, treated, 2, weight);
  const count = [0, 0];
  for (const side of clusters.values()) count[side] = count[side]! + 1;
  const single = arms.flatMap((arm, side) =>
    count[side] === 1 ? [`one cluster in '${arm}' shows no variance`] : []
  );
  return {
    estimate: mean[1]! - mean[0]!,
    stdError: single.length > 0 ? NaN : fit.standardErrors[1]!,
    df: single.length > 0 ? NaN : fit.df[1]!,
    n: outcome.length,
    design: nameDesign("clustered", comparison),
    notes: [`${clusters.size} clusters`],
    reason: single,
  };
}

/** Each persona's own difference, averaged; personas in the same cluster may be alike. */
function withinPersonas(comparison: Comparison, persona: Int32Array): EffectEstimate {
  const { arms } = comparison;
  const places = new Map<number, number>();
  for (const code of persona) if (!places.has(code)) places.set(code, places.size);
  const n = places.size;
  const differences = differencesOf(comparison, persona, places);
  const weight = perPersona(comparison, "weights", comparison.weight, persona, places);
  const clusters = perPersona(comparison, "clusters", comparison.cluster?.codes ?? null, persona, places);
  const { mean, variance } = cellMoments(differences, new Uint8Array(n), 1, weight);
  const design = nameDesign(clusters === null ? "matched pairs" : "matched pairs, clustered", comparison);
  const found = { estimate: mean[0]!, n, design, notes: [], reason: [] };
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

function differencesOf(
  { outcome, treated }: Comparison,
  persona: Int32Array,
  places: ReadonlyMap<number, number>,
): Float64Array {
  const differences = new Float64Array(places.size);
  for (let i = 0; i < outcome.length; i++) {
    const at = places.get(persona[i]!)!;
    differences[at] = differences[at]! + (treated[i] === 1 ? outcome[i]! : -outcome[i]!);
  }
  return differences;
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
