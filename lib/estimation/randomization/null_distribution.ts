import { stream } from "../../core/stream.ts";
import { largestSize } from "../../stats/matrix.ts";
import { moments } from "../../stats/moments.ts";
import { stepDownPValues } from "../../stats/multiplicity.ts";
import { hasFewAssignments, permutationPValue, permuteLabels, permuteSums } from "../../stats/permutation.ts";
import { sampleQuantile } from "../../stats/quantiles.ts";
import type { Contrast } from "./contrasts.ts";
import type { PreparedStatistic } from "./test_statistics.ts";

/** Statistics as observed, and under the assignments that were gone through. */
export interface NullDistribution {
  readonly observed: readonly number[];
  /** For each statistic, its values under the assignments. */
  readonly values: readonly Float64Array[];
  /** Whether these are all assignments, the observed one among them. */
  readonly exact: boolean;
}

/** Goes through assignments: all where they are few, random ones where not, and computes statistics at each. */
export function drawNull(
  contrast: Contrast,
  statistics: readonly PreparedStatistic[],
  { permutations, exactLimit, seed }: { readonly [name in "permutations" | "exactLimit" | "seed"]: number },
): NullDistribution {
  const { labels, groups } = contrast;
  if (contrast.members.length === 0) {
    const values = statistics.map(() => new Float64Array());
    return { observed: statistics.map(() => NaN), values, exact: false };
  }
  const observed = statistics.map((statistic) => statistic.of(labels));
  // The same stream gives the same permutations, so that statistics belong together draw by draw.
  const random = () => stream(seed, "randomization", contrast.arms[0]);
  const few = hasFewAssignments(labels, groups, exactLimit);
  const linear = statistics.map((statistic) => statistic.linear?.(labels) ?? null);
  if (!few && linear.every((terms) => terms !== null)) {
    const values = linear.map((terms) =>
      permuteSums(terms, labels, { groups, random: random(), permutations })
    );
    return { observed, values, exact: false };
  }
  const values = statistics.map((): number[] => []);
  const visit = (permuted: Int32Array) => {
    statistics.forEach((statistic, place) => values[place]!.push(statistic.of(permuted)));
  };
  permuteLabels(labels, visit, { random: random(), groups, permutations, exactLimit: few ? Infinity : 0 });
  return { observed, values: values.map((list) => Float64Array.from(list)), exact: few };
}

/** Which assignments count as at least as extreme as the observed one. */
export interface Extremes {
  readonly alternative: "two_sided" | "greater" | "less";
  readonly twoSided: "absolute" | "doubling" | "standardized";
}

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
  { alternative, twoSided }: Extremes,
  exact: boolean,
): number {
  // A difference that is 0 but for rounding counts as 0: ties are as wide as the statistic's own scale.
  const largest = largestSize(draws.filter(Number.isFinite));
  const upper = (side: Extremes["alternative"], centre = 0) => {
    const size = sizeOf(side, centre);
    return permutationPValue(size(observed) - 1e-12 * largest, draws.map(size), { exact });
  };
  if (alternative !== "two_sided") return upper(alternative);
  if (twoSided === "doubling") return Math.min(1, 2 * Math.min(upper("greater"), upper("less")));
  return upper(alternative, twoSided === "standardized" ? describeNull(draws).mean : 0);
}

/** How extreme a value is for an alternative; infinite ones count as the largest number. */
function sizeOf(side: Extremes["alternative"], centre = 0, spread = 1): (value: number) => number {
  return (value) => {
    const scaled = (value - centre) / spread;
    const size = side === "two_sided" ? Math.abs(scaled) : side === "less" ? -scaled : scaled;
    return Math.max(-Number.MAX_VALUE, Math.min(Number.MAX_VALUE, size));
  };
}

/** Mean, standard deviation (over their number) and outer points of the values that could be computed. */
export function describeNull(draws: Float64Array): { mean: number; sd: number; low: number; high: number } {
  const sorted = draws.filter((draw) => !Number.isNaN(draw)).sort();
  const { n, mean, variance } = moments(sorted);
  return {
    mean,
    sd: n === 1 ? 0 : Math.sqrt(variance * (n - 1) / n),
    low: sampleQuantile(sorted, 0.025, 1),
    high: sampleQuantile(sorted, 0.975, 1),
  };
}

/**
 * Adjusts for several outcomes by the largest statistic at each assignment, step by step (Westfall and Young 1993,
 * Resampling-Based Multiple Testing, algorithm 4.1).
 *
 * @param nulls the statistic of each outcome, as observed and under each assignment
 * @param comparable whether statistics are in the same units already; else they count in standard deviations
 */
export function stepDown(
  { observed, values, exact }: NullDistribution,
  { alternative, twoSided }: Extremes,
  comparable: boolean,
): number[] {
  const sizes = values.map((draws) => {
    const { mean, sd } = describeNull(draws);
    const centre = alternative === "two_sided" && twoSided === "standardized" ? mean : 0;
    const spread = comparable ? 1 : sd;
    return sizeOf(alternative, centre, spread > 0 ? spread : NaN);
  });
  const own = observed.map((statistic, outcome) => sizes[outcome]!(statistic));
  return stepDownPValues(own, values.map((draws, outcome) => draws.map(sizes[outcome]!)), exact);
}
