import { cannot } from "../../core/errors.ts";
import { leastSquares } from "../../stats/least_squares.ts";
import type { Comparison } from "../../core/units.ts";
import type { EffectEstimate } from "../effect_estimate.ts";
import { readDesign, type WeightingAssignment, type WeightingDesign } from "./weighting_design.ts";
import { weightingVariance } from "./weighting_variance.ts";

/** The units of two arms with what weighting needs beside. */
export interface WeightingComparison extends Comparison {
  /** Each unit's probability of being in its arm, given that it is in one of the two; learned where there is none. */
  readonly probability?: Float64Array | null;
  /** Each unit's covariates, column by column. */
  readonly covariates?: readonly Float64Array[] | null;
}

/** What weighting may be told beside the data. */
export interface WeightingSettings {
  /** How arms were assigned; found out where it is not said. */
  readonly assignment?: WeightingAssignment;
  /** `youngs` holds for any effects; `constant` supposes that all units have the same, with simple assignment. */
  readonly variance?: "youngs" | "constant";
}

/**
 * Estimates an effect by weighting each outcome with one over the probability of its arm: unbiased for every sample
 * size (Horvitz and Thompson 1952, JASA 47, 663-685; Aronow and Middleton 2013). Normal reference distribution.
 */
export function horvitzThompson(
  comparison: WeightingComparison,
  settings: WeightingSettings,
): EffectEstimate {
  const nothing = refuseOrEmpty(comparison, "horvitz_thompson");
  if (nothing !== null) return nothing;
  const design = readDesign(comparison, comparison.probability ?? null, settings.assignment);
  const N = comparison.outcome.length;
  const terms = weightedTotals(comparison.outcome, design, () => N);
  let estimate = 0;
  for (let at = 0; at < terms.length; at++) estimate += design.side[at] === 1 ? terms[at]! : -terms[at]!;
  const variance = settings.variance === "constant"
    ? constantVariance(comparison, design, estimate)
    : weightingVariance(terms, design);
  return describe("Horvitz-Thompson", comparison, design, { estimate, variance, df: Infinity });
}

/**
 * Estimates an effect as the difference of weighted means: not unbiased, but unmoved by shifts of the outcome and
 * mostly far more precise. The variance is that of Horvitz and Thompson of the deviations from the arms' means
 * (Särndal, Swensson and Wretman 1992, result 5.7.1), with n / (n - 1) in each arm.
 */
export function hajek(comparison: WeightingComparison, settings: WeightingSettings): EffectEstimate {
  const nothing = refuseOrEmpty(comparison, "hajek");
  if (nothing !== null) return nothing;
  const design = readDesign(comparison, comparison.probability ?? null, settings.assignment);
  const { outcome, treated } = comparison;
  const [sums, totals] = [[0, 0], [0, 0]];
  for (let row = 0; row < outcome.length; row++) {
    const weight = 1 / design.probability[design.place[row]!]!;
    sums[treated[row]!] = sums[treated[row]!]! + weight * outcome[row]!;
    totals[treated[row]!] = totals[treated[row]!]! + weight;
  }
  const means = [sums[0]! / totals[0]!, sums[1]! / totals[1]!];
  const deviations = outcome.map((value, row) => value - means[treated[row]!]!);
  const sizes = [0, 0];
  for (const side of design.side) sizes[side] = sizes[side]! + 1;
  const terms = weightedTotals(deviations, design, (side) => totals[side]!)
    .map((term, at) => term * Math.sqrt(sizes[design.side[at]!]! / (sizes[design.side[at]!]! - 1)));
  const variance = Math.min(...sizes) < 2 ? NaN : weightingVariance(terms, design);
  const estimate = means[1]! - means[0]!;
  return describe("Hajek", comparison, design, { estimate, variance, df: design.count - 2 });
}

/**
 * Estimates an effect by regression within each arm plus the weighted residuals: the weights remove what the
 * regression gets wrong, so the estimate is consistent whatever the outcome depends on (Robins, Rotnitzky and Zhao
 * 1994, JASA 89, 846-866). The variance is that of the influence values, summed within clusters, with residuals scaled
 * for the coefficients of each arm's regression.
 */
export function augmentedWeighting(
  comparison: WeightingComparison,
  settings: WeightingSettings,
): EffectEstimate {
  const nothing = refuseOrEmpty(comparison, "aipw");
  if (nothing !== null) return nothing;
  const covariates = comparison.covariates ?? [];
  if (covariates.length === 0) {
    throw new RangeError(
      `${cannot(comparison.action, "covariates", "name at least one column for aipw", covariates)}; ` +
        `for example { covariates: ["age"] }`,
    );
  }
  const design = readDesign(comparison, comparison.probability ?? null, settings.assignment);
  const fitted = [0, 1].map((side) => predictArm(comparison, design, covariates, side));
  const N = comparison.outcome.length;
  const values = new Float64Array(N);
  let [estimate, coefficients] = [0, 0];
  for (let row = 0; row < N; row++) {
    const side = comparison.treated[row]!;
    const weighted = (comparison.outcome[row]! - fitted[side]!.values[row]!) /
      design.probability[design.place[row]!]!;
    const model = fitted[1]!.values[row]! - fitted[0]!.values[row]!;
    estimate += (model + (side === 1 ? weighted : -weighted)) / N;
    values[row] = model + (side === 1 ? 1 : -1) * fitted[side]!.scale * weighted;
  }
  for (const { rank } of fitted) coefficients += rank;
  const G = design.count;
  const sums = new Float64Array(G);
  for (let row = 0; row < N; row++) {
    sums[design.place[row]!] = sums[design.place[row]!]! + (values[row]! - estimate) / N;
  }
  const squares = sums.reduce((total, value) => total + value * value, 0);
  const variance = squares * G / (G - 1);
  return describe("augmented weighting", comparison, design, { estimate, variance, df: G - coefficients });
}

/** Predictions of all units from the weighted regression of one arm; `NaN` scale where the arm is too small. */
function predictArm(
  { outcome, treated }: WeightingComparison,
  design: WeightingDesign,
  covariates: readonly Float64Array[],
  side: number,
): { values: Float64Array; scale: number; rank: number } {
  const rows = [...treated.keys()].filter((row) => treated[row] === side);
  const take = (column: Float64Array) => Float64Array.from(rows, (row) => column[row]!);
  const columns = [new Float64Array(outcome.length).fill(1), ...covariates];
  const fit = leastSquares(columns.map(take), take(outcome), {
    weights: Float64Array.from(rows, (row) => 1 / design.probability[design.place[row]!]!),
    covarianceType: "classical",
  });
  const values = new Float64Array(outcome.length);
  columns.forEach((column, j) => {
    const slope = fit.coefficients[j]!;
    if (Number.isNaN(slope)) return;
    for (let row = 0; row < values.length; row++) values[row] = values[row]! + slope * column[row]!;
  });
  const scale = rows.length > fit.rank ? Math.sqrt(rows.length / (rows.length - fit.rank)) : NaN;
  return { values, scale, rank: fit.rank };
}

/** Sums of values over probability, by what was assigned, each over its arm's denominator. */
function weightedTotals(
  values: Float64Array,
  design: WeightingDesign,
  denominator: (side: number) => number,
): Float64Array {
  const totals = new Float64Array(design.count);
  for (let row = 0; row < values.length; row++) {
    totals[design.place[row]!] = totals[design.place[row]!]! + values[row]!;
  }
  return totals.map((total, at) => total / design.probability[at]! / denominator(design.side[at]!));
}

/** With the same effect on all units both outcomes are known: Σ (y1 √(q/p) + y0 √(p/q))² / N². */
function constantVariance(
  { action, outcome, cluster }: WeightingComparison,
  design: WeightingDesign,
  estimate: number,
): number {
  if (design.assignment !== "simple" || cluster !== null) {
    throw new RangeError(
      cannot(
        action,
        "variance",
        "be youngs unless units are assigned one by one, each by itself",
        "constant",
      ),
    );
  }
  let total = 0;
  for (let row = 0; row < outcome.length; row++) {
    const treated = design.side[row] === 1;
    const p = treated ? design.probability[row]! : 1 - design.probability[row]!;
    const y0 = treated ? outcome[row]! - estimate : outcome[row]!;
    total += ((y0 + estimate) * Math.sqrt((1 - p) / p) + y0 * Math.sqrt(p / (1 - p))) ** 2;
  }
  return total / outcome.length ** 2;
}

function refuseOrEmpty(comparison: WeightingComparison, estimator: string): EffectEstimate | null {
  const { action, arms, treated, weight, persona, outcome } = comparison;
  if (persona !== null) {
    throw new RangeError(
      cannot(action, "estimator", "be difference_in_means where personas are in both arms", estimator),
    );
  }
  if (weight !== null) {
    throw new RangeError(
      cannot(action, "weights", `be left out with ${estimator}, which weights by probabilities`, "given"),
    );
  }
  const empty = arms.filter((_, side) => !treated.includes(side));
  if (empty.length === 0) return null;
  const reason = empty.map((arm) => `no unit of '${arm}' has a value`);
  return { estimate: NaN, stdError: NaN, df: NaN, n: outcome.length, design: "none", notes: [], reason };
}

function describe(
  name: string,
  { outcome, block, cluster }: WeightingComparison,
  design: WeightingDesign,
  { estimate, variance, df }: { estimate: number; variance: number; df: number },
): EffectEstimate {
  const parts = [
    design.assignment,
    ...(block === null ? [] : ["blocked"]),
    ...(cluster === null ? [] : ["clustered"]),
  ];
  return {
    estimate,
    stdError: variance >= 0 ? Math.sqrt(variance) : NaN,
    df,
    n: outcome.length,
    design: parts.join(", "),
    notes: design.notes,
    reason: variance < 0 ? [`${name}: the estimated variance is negative`] : [],
  };
}
