import { columnOf, distinct, isMissing, type Table } from "../core/table.ts";
import { kolmogorovSmirnov } from "../stats/distances.ts";
import { moments } from "../stats/moments.ts";

/** What is compared: the arms' names, the reference first, and each row's arm and weight. */
export type BalanceSample = Readonly<{ names: readonly string[]; arms: Int32Array; weights: Float64Array }>;

/** One thing that is compared: a numeric covariate, or the share of one level of another. */
export interface Feature {
  readonly covariate: string;
  /** The level; empty for a numeric covariate. */
  readonly level: string;
  /** One number per row, less `centre`; `NaN` where there is no value. */
  readonly values: Float64Array;
  /** What was taken off the values, so that sums of squares keep their digits. */
  readonly centre: number;
  /** Whether the values are 0 and 1 only. */
  readonly binary: boolean;
  readonly missing: number;
}

/** Reads covariates: numbers as they are, anything else as one indicator per level, levels in order of their text. */
export function balanceFeatures(table: Table, covariates: readonly string[]): Feature[] {
  return covariates.flatMap((covariate) => {
    const values = columnOf(table, covariate);
    const present = values.filter((value) => !isMissing(value));
    const missing = values.length - present.length;
    if (present.every((value) => typeof value === "number")) {
      const binary = present.length > 0 && present.every((value) => value === 0 || value === 1);
      const centre = binary || present.length === 0 ? 0 : moments(present).mean;
      const centred = Float64Array.from(values, (value) => isMissing(value) ? NaN : value as number - centre);
      return [{ covariate, level: "", values: centred, centre, binary, missing }];
    }
    const levels = distinct(present.map(String)).sort();
    return levels.map((level) => ({
      covariate,
      level,
      values: Float64Array.from(values, (value) => isMissing(value) ? NaN : String(value) === level ? 1 : 0),
      centre: 0,
      binary: true,
      missing,
    }));
  });
}

/** What a difference in means is divided by: standard deviations of both arms, of one, or of their union. */
export type BalanceDenominator = "pooled" | "arm" | "reference" | "all" | "weighted" | "hedges";

const nothing = { n: 0, sum: 0, squares: 0, weight: 0, weighted: 0, squaredWeight: 0, weightedSquares: 0 };

type Sums = Readonly<typeof nothing>;

/** Sums a feature by arm; unweighted for standard deviations, weighted for means. */
export function sumByArm({ values }: Feature, { names, arms, weights }: BalanceSample): Sums[] {
  const all = names.map(() => ({ ...nothing }));
  for (let row = 0; row < values.length; row++) {
    const value = values[row]!;
    if (Number.isNaN(value)) continue;
    const sums = all[arms[row]!]!;
    const weight = weights[row]!;
    sums.n += 1;
    sums.sum += value;
    sums.squares += value * value;
    sums.weight += weight;
    sums.weighted += weight * value;
    sums.squaredWeight += weight * weight;
    sums.weightedSquares += weight * value * value;
  }
  return all;
}

/** The weighted mean of a feature in an arm, on the scale of the data. */
export function armMean(feature: Feature, sums: Sums): number {
  return sums.weighted / sums.weight + feature.centre;
}

/**
 * The standardized mean difference: the weighted difference over an unweighted standard deviation (variance p(1 - p)
 * for 0 and 1), over that of both arms together where the first is 0; `NaN` where the feature does not vary. Austin 2011,
 * Multivariate Behavioral Research 46: 399-424, p. 412.
 */
export function standardizedDifference(
  feature: Feature,
  arm: Sums,
  reference: Sums,
  denominator: BalanceDenominator,
): number {
  const difference = arm.weighted / arm.weight - reference.weighted / reference.weight;
  const variance = denominators[denominator](feature, arm, reference);
  const chosen = variance > 0 ? variance : denominators.all(feature, arm, reference);
  const standardized = chosen > 0 ? difference / Math.sqrt(chosen) : NaN;
  // Hedges 1981: the correction for small samples, in its usual approximation.
  return denominator === "hedges" ? standardized * (1 - 3 / (4 * (arm.n + reference.n) - 9)) : standardized;
}

/** The variance whose root a difference is divided by. */
const denominators: {
  readonly [name in BalanceDenominator]: (feature: Feature, arm: Sums, reference: Sums) => number;
} = {
  pooled: (feature, arm, reference) => (variance(feature, arm) + variance(feature, reference)) / 2,
  arm: (feature, arm) => variance(feature, arm),
  reference: (feature, _, reference) => variance(feature, reference),
  all: (feature, arm, reference) => variance(feature, union(arm, reference)),
  weighted: (feature, arm, reference) => weightedVariance(feature, union(arm, reference)),
  hedges: (feature, arm, reference) =>
    ((arm.n - 1) * variance(feature, arm) + (reference.n - 1) * variance(feature, reference)) /
    (arm.n + reference.n - 2),
};

function union(one: Sums, other: Sums): Sums {
  const names = Object.keys(one) as (keyof Sums)[];
  return Object.fromEntries(names.map((name) => [name, one[name] + other[name]])) as unknown as Sums;
}

/** Σw(x - m)² Σw / ((Σw)² - Σw²); p(1 - p) for 0 and 1. */
function weightedVariance(feature: Feature, sums: Sums): number {
  const mean = sums.weighted / sums.weight;
  if (feature.binary) return mean * (1 - mean);
  const spread = sums.weightedSquares - sums.weight * mean * mean;
  if (spread <= 1e-12 * sums.weightedSquares) return 0;
  return spread / (sums.weight - sums.squaredWeight / sums.weight);
}

function variance(feature: Feature, { n, sum, squares }: Sums): number {
  const mean = sum / n;
  if (feature.binary) return mean * (1 - mean);
  const spread = squares - sum * mean;
  // Equal values leave nothing but rounding, which must not become a denominator.
  return spread <= 1e-12 * squares ? 0 : spread / (n - 1);
}

/** Variance ratio and Kolmogorov-Smirnov distance of an arm and the reference, both weighted. */
export function distributionStatistics(
  feature: Feature,
  sample: BalanceSample,
  arm: number,
): { varianceRatio: number; ks: number } {
  const [one, other] = [collect(feature, sample, arm), collect(feature, sample, 0)];
  const spread = ({ values, weights }: Weighted) => {
    const { mean, variance } = moments(values, weights);
    return feature.binary ? mean * (1 - mean) : variance;
  };
  const below = spread(other);
  return { varianceRatio: below > 0 ? spread(one) / below : NaN, ks: ksDistance(one, other) };
}

type Weighted = { readonly [name in "values" | "weights"]: number[] };

function collect(feature: Feature, { arms, weights }: BalanceSample, arm: number): Weighted {
  const collected: Weighted = { values: [], weights: [] };
  feature.values.forEach((value, row) => {
    if (arms[row] !== arm || Number.isNaN(value)) return;
    collected.values.push(value);
    collected.weights.push(weights[row]!);
  });
  return collected;
}

function ksDistance(one: Weighted, other: Weighted): number {
  const scale = distinct([...one.values, ...other.values]).sort((a, b) => a - b);
  const places = new Map(scale.map((value, place) => [value, place]));
  const [p, q] = [one, other].map(({ values, weights }) => {
    const masses = new Float64Array(scale.length);
    values.forEach((value, index) => masses[places.get(value)!]! += weights[index]!);
    return masses;
  }) as [Float64Array, Float64Array];
  const empty = [p, q].some((masses) => !masses.some((mass) => mass > 0));
  return empty ? NaN : kolmogorovSmirnov(p, q);
}
