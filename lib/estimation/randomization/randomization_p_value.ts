import { permutationPValue } from "../../stats/permutation.ts";
import type { CheckSharpNullOptions } from "./randomization_options.ts";

/** Which assignments count as at least as extreme as the observed one. */
export type Extremes = Required<Pick<CheckSharpNullOptions, "alternative" | "twoSided">>;

/** What an alternative is called in tables. */
export function nameExtremes({ alternative, twoSided }: Extremes): string {
  if (alternative !== "two_sided") return alternative;
  return {
    absolute: "two-sided, |T*| ≥ |T|",
    doubling: "two-sided, twice the smaller tail",
    standardized: "two-sided, |T* − mean T*| ≥ |T − mean T*|",
  }[twoSided];
}

/** The p-value of a statistic among its values under the assignments. */
export function randomizationPValue(
  observed: number,
  draws: Float64Array,
  extremes: Extremes,
  exact: boolean,
): number {
  const upper = (size: (value: number) => number) => {
    // A difference that is 0 but for rounding counts as 0: ties are as wide as the statistic's own scale.
    const tolerance = 1e-12 * draws.reduce((most, draw) => Math.max(most, finiteSize(draw)), 0);
    const bounded = (value: number) => Math.max(-Number.MAX_VALUE, Math.min(Number.MAX_VALUE, size(value)));
    return permutationPValue(bounded(observed) - tolerance, draws.map(bounded), { exact });
  };
  if (extremes.alternative === "greater") return upper((value) => value);
  if (extremes.alternative === "less") return upper((value) => -value);
  switch (extremes.twoSided) {
    case "absolute":
      return upper(Math.abs);
    case "doubling":
      return Math.min(1, 2 * Math.min(upper((value) => value), upper((value) => -value)));
    case "standardized": {
      const centre = meanOf(draws);
      return upper((value) => Math.abs(value - centre));
    }
  }
}

function finiteSize(value: number): number {
  return Number.isFinite(value) ? Math.abs(value) : 0;
}

/** The mean of the values that could be computed. */
export function meanOf(draws: Float64Array): number {
  const computed = draws.filter((draw) => !Number.isNaN(draw));
  return computed.reduce((sum, draw) => sum + draw / computed.length, computed.length === 0 ? NaN : 0);
}

/** The standard deviation of the values that could be computed, over their number. */
export function spreadOf(draws: Float64Array): number {
  const centre = meanOf(draws);
  const computed = draws.filter((draw) => !Number.isNaN(draw));
  return Math.sqrt(computed.reduce((sum, draw) => sum + (draw - centre) ** 2 / computed.length, 0));
}

/** The value below which a share of the values lies: the smallest with at least this share at or below it. */
export function drawQuantile(draws: Float64Array, share: number): number {
  const sorted = draws.filter((draw) => !Number.isNaN(draw)).sort();
  return sorted[Math.max(0, Math.ceil(share * sorted.length - 1e-9) - 1)] ?? NaN;
}

/**
 * Adjusts for several outcomes by the largest statistic at each assignment, step by step (Westfall and Young 1993,
 * Resampling-Based Multiple Testing, algorithm 4.1).
 *
 * @param observed the statistic of each outcome, already comparable, larger is more extreme; `NaN` does not count
 * @param draws the same under each assignment, by outcome
 */
export function stepDown(
  observed: readonly number[],
  draws: readonly Float64Array[],
  exact: boolean,
): number[] {
  const order = [...observed.keys()].filter((outcome) => !Number.isNaN(observed[outcome]))
    .sort((a, b) => observed[b]! - observed[a]!);
  const adjusted = new Array<number>(observed.length).fill(NaN);
  const most = new Float64Array(draws[0]?.length ?? 0).fill(-Infinity);
  // From the least extreme outcome up: the maximum grows by one outcome a step.
  for (const outcome of order.toReversed()) {
    draws[outcome]!.forEach((draw, place) => {
      // What cannot be computed under an assignment counts as extreme: never in favour of a finding.
      most[place] = Math.max(most[place]!, Number.isNaN(draw) ? Infinity : draw);
    });
    adjusted[outcome] = permutationPValue(observed[outcome]!, most, { exact });
  }
  let largest = 0;
  for (const outcome of order) adjusted[outcome] = largest = Math.max(largest, adjusted[outcome]!);
  return adjusted;
}
