import { cannot } from "../core/errors.ts";
import { leaveOut } from "../core/study.ts";
import { compareArms, type Comparison, gatherColumn, gatherUnits } from "../core/units.ts";
import { summedDegrees } from "../stats/inference.ts";
import { leastSquares } from "../stats/least_squares.ts";
import { moments } from "../stats/moments.ts";
import { combineColumns } from "../stats/products.ts";
import { pairProbability, readProbabilities, readWeightingDesign } from "./assignment_probabilities.ts";
import { type WeightingDesign, weightingVariance } from "./assignment_probabilities.ts";
import { qualifyEffect, withoutArm } from "./difference_in_means.ts";
import type { EffectEstimate, EffectRequest } from "./effect.ts";
import { covariateColumns, leaveOutLacking } from "../core/covariates.ts";

/** The units of two arms with their assignment and covariates. */
interface Sample extends Comparison {
  readonly design: WeightingDesign;
  readonly covariates: readonly Float64Array[];
}

/** Estimates the effect of each arm by weighting each unit with one over the probability of its arm. */
export function weightedEffects(
  request: EffectRequest,
  estimator: "horvitz_thompson" | "hajek" | "aipw",
): EffectEstimate[] {
  const { study, terms, reference, assignment } = request;
  const { action } = study;
  const estimate = { horvitz_thompson: horvitzThompson, hajek, aipw: augmentedWeighting }[estimator];
  if (estimator === "aipw" && request.covariates.length === 0) {
    const wrong = cannot(action, "covariates", "name at least one column for aipw", request.covariates);
    throw new RangeError(`${wrong}; for example { covariates: ["age"] }`);
  }
  const probabilities = readProbabilities(action, study, request.probabilities);
  const covariates = covariateColumns(action, study.table, request.covariates);
  const known = probabilities === null ? [] : probabilities.byArm ?? [probabilities.own!];
  const rows = leaveOutLacking(
    leaveOut(study, "a probability", (row) => known.some((values) => Number.isNaN(values[row]))),
    covariates,
  );
  const units = gatherUnits(action, rows);
  return terms.map((term) => {
    const comparison = compareArms(action, units, reference, term);
    refuse(comparison, estimator);
    const nothing = withoutArm(comparison);
    if (nothing !== null) return nothing;
    const gather = (values: Float64Array) => gatherColumn(action, rows, values, reference, term);
    const probability = probabilities && pairProbability(rows, comparison, probabilities, gather);
    const design = readWeightingDesign(comparison, probability, assignment);
    const sample = { ...comparison, design, covariates: covariates.map(({ values }) => gather(values)) };
    return qualifyEffect(describe(estimator, sample, estimate(sample, request)), sample, request);
  });
}

function refuse({ action, weight, persona }: Comparison, estimator: string): void {
  const one = "be difference_in_means where personas are in both arms";
  if (persona !== null) throw new RangeError(cannot(action, "estimator", one, estimator));
  const other = `be left out with ${estimator}, which weights by probabilities`;
  if (weight !== null) throw new RangeError(cannot(action, "weights", other, "given"));
}

/**
 * Weights each outcome with one over the probability of its arm: unbiased for every sample size (Horvitz and Thompson
 * 1952, JASA 47, 663-685; Aronow and Middleton 2013).
 */
function horvitzThompson(sample: Sample, { variance, df }: EffectRequest) {
  const { design, outcome } = sample;
  const terms = weightedTotals(outcome, design, () => outcome.length);
  let estimate = 0;
  for (let at = 0; at < terms.length; at++) estimate += design.side[at] === 1 ? terms[at]! : -terms[at]!;
  const squares = terms.reduce((total, term) => total + term * term, 0);
  const found = variance === "constant"
    ? constantVariance(sample, estimate)
    : weightingVariance(terms, design);
  const freedom = df === "residual" ? Infinity : armDegrees(terms, design);
  // What is nothing beside the terms of its sum is their rounding.
  const isRounding = variance === "youngs" && Math.abs(found) <= 1e-14 * squares;
  return { estimate, variance: isRounding ? 0 : found, df: freedom };
}

/**
 * Satterthwaite degrees of freedom of a difference of two sums over what was assigned: each arm's part of the variance
 * rests on its own clusters or units, less one (or less the coefficients that were fitted to them). Where neither arm
 * varies, nothing tells their parts apart.
 */
function armDegrees(terms: Float64Array, { side }: WeightingDesign, fitted = [1, 1]): number {
  const arms = [0, 1].map((own) => moments(terms.filter((_, at) => side[at] === own)));
  const degrees = arms.map(({ n }, own) => n - fitted[own]!);
  const parts = arms.map(({ n, variance }) => n > 1 ? (n - 1) * variance : 0);
  const most = terms.reduce((largest, term) => Math.max(largest, Math.abs(term)), 0);
  if (Math.min(...degrees) > 0 && Math.max(...parts) <= (1e-14 * most) ** 2 * terms.length) {
    return degrees[0]! + degrees[1]!;
  }
  return summedDegrees(parts, degrees);
}

/**
 * The difference of weighted means: not unbiased, but unmoved by shifts of the outcome and mostly far more precise. The
 * variance is that of Horvitz and Thompson of the deviations from the arms' means (Särndal, Swensson and Wretman 1992,
 * result 5.7.1), with n / (n - 1) in each arm.
 */
function hajek({ design, outcome, treated }: Sample, { df }: EffectRequest) {
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
  const freedom = df === "residual" ? design.count - 2 : armDegrees(terms, design);
  return { estimate: means[1]! - means[0]!, variance, df: freedom };
}

/**
 * Regression within each arm plus the weighted residuals: the weights remove what the regression gets wrong, so the
 * estimate is consistent whatever the outcome depends on (Robins, Rotnitzky and Zhao 1994, JASA 89, 846-866). The
 * variance is that of the influence values, summed within clusters, with residuals scaled for the coefficients of each
 * arm's regression.
 */
function augmentedWeighting(sample: Sample, { df }: EffectRequest) {
  const { design, outcome, treated } = sample;
  const fitted = [0, 1].map((side) => predictArm(sample, side));
  const N = outcome.length;
  const values = new Float64Array(N);
  let estimate = 0;
  for (let row = 0; row < N; row++) {
    const side = treated[row]!;
    const weighted = (outcome[row]! - fitted[side]!.values[row]!) / design.probability[design.place[row]!]!;
    const model = fitted[1]!.values[row]! - fitted[0]!.values[row]!;
    estimate += (model + (side === 1 ? weighted : -weighted)) / N;
    values[row] = model + (side === 1 ? 1 : -1) * fitted[side]!.scale * weighted;
  }
  const ranks = fitted.map(({ rank }) => rank);
  const G = design.count;
  const sums = new Float64Array(G);
  for (let row = 0; row < N; row++) {
    sums[design.place[row]!] = sums[design.place[row]!]! + (values[row]! - estimate) / N;
  }
  const squares = sums.reduce((total, value) => total + value * value, 0);
  const freedom = df === "residual" ? G - ranks[0]! - ranks[1]! : armDegrees(sums, design, ranks);
  return { estimate, variance: squares * G / (G - 1), df: freedom };
}

/** Predictions of all units from the weighted regression of one arm; `NaN` scale where the arm is too small. */
function predictArm({ outcome, treated, design, covariates }: Sample, side: number) {
  const rows = [...treated.keys()].filter((row) => treated[row] === side);
  const take = (column: Float64Array) => Float64Array.from(rows, (row) => column[row]!);
  const columns = [new Float64Array(outcome.length).fill(1), ...covariates];
  const fit = leastSquares(columns.map(take), take(outcome), {
    weights: Float64Array.from(rows, (row) => 1 / design.probability[design.place[row]!]!),
    covarianceType: "classical",
  });
  const values = combineColumns(columns, fit.coefficients.map((slope) => Number.isNaN(slope) ? 0 : slope));
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
function constantVariance({ action, outcome, cluster, design }: Sample, estimate: number): number {
  if (design.assignment !== "simple" || cluster !== null) {
    const rule = "be youngs unless units are assigned one by one, each by itself";
    throw new RangeError(cannot(action, "variance", rule, "constant"));
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

function describe(
  estimator: string,
  { outcome, block, cluster, design, notes }: Sample,
  { estimate, variance, df }: ReturnType<typeof hajek>,
): EffectEstimate {
  const kinds = [design.assignment, block === null ? "" : "blocked", cluster === null ? "" : "clustered"];
  return {
    estimate,
    stdError: variance >= 0 ? Math.sqrt(variance) : NaN,
    df,
    n: outcome.length,
    design: kinds.filter(Boolean).join(", "),
    notes: [...notes, ...design.notes],
    reason: variance < 0 ? [`${estimator}: the estimated variance is negative`] : [],
  };
}
