import { calibrationDistance, fitCalibration } from "../../personas/calibration_fit.ts";
import { addOuter, cholesky, dot, invertCholesky, multiplyVector, zeros } from "../../stats/matrix.ts";
import type { BalancingColumn } from "./balancing_columns.ts";
import {
  clustersOf,
  covarianceOf,
  freedomOf,
  roundingError,
  type SensitivitySample,
} from "./sensitivity_sample.ts";

/** How the attributes are used. */
export const balancedEstimators = [
  "difference in means",
  "entropy balancing",
  "regression adjustment",
] as const;

/** One of {@linkcode balancedEstimators}. */
export type BalancedEstimator = typeof balancedEstimators[number];

/** An effect at the target's attributes. */
export interface BalancedEffect {
  readonly estimate: number;
  readonly stdError: number;
  readonly df: number;
  /** For the reference and the arm, how many equally weighted units would be as precise. */
  readonly effective: readonly [number, number];
  /** The largest weight, over the average of its arm. */
  readonly largest: number;
  /** Each unit's weight, which sum to 1 in an arm; `null` where there are none. */
  readonly weights: Float64Array | null;
  /** Why there is no estimate, or no error. */
  readonly reason: readonly string[];
}

/** Estimates the effect of an arm with the attributes balanced, adjusted for, or left alone. */
export function balancedEffect(
  sample: SensitivitySample,
  columns: readonly BalancingColumn[],
  estimator: BalancedEstimator,
): BalancedEffect {
  const { treated, arms, outcome } = sample.comparison;
  const used = estimator === "difference in means" ? [] : columns;
  const means: ArmMean[] = [];
  for (const side of [0, 1]) {
    const rows = [...treated.keys()].filter((at) => treated[at] === side);
    if (rows.length === 0) return unknown(`no unit of '${arms[side]}' has a value and all covariates`);
    const { weights, missed } = estimator === "entropy balancing"
      ? balancingWeights(used, rows)
      : { weights: new Float64Array(rows.length).fill(1), missed: [] };
    if (missed.length > 0) {
      const named = missed.slice(0, 3).join(", ");
      return unknown(`no weights give the units of '${arms[side]}' the target's means: ${named} missed`);
    }
    const mean = armMean(outcome, used, rows, weights);
    if (mean === null) {
      return unknown(`the covariates cannot be told apart among the units of '${arms[side]}'`);
    }
    means.push(mean);
  }
  return combine(sample, used, means as [ArmMean, ArmMean]);
}

function unknown(why: string): BalancedEffect {
  const numbers = { estimate: NaN, stdError: NaN, df: NaN, effective: [NaN, NaN] as const, largest: NaN };
  return { ...numbers, weights: null, reason: [why] };
}

/**
 * Weights the units of an arm to the target's means, staying as close to equal weights as they can in Kullback-Leibler
 * divergence: Hainmueller 2012; the same as raking calibration, w = exp(λ'x) (Deville and Särndal 1992).
 *
 * @returns weights, and the means that were missed, worst first
 */
function balancingWeights(
  columns: readonly BalancingColumn[],
  rows: readonly number[],
): { weights: Float64Array; missed: string[] } {
  const n = rows.length;
  const tolerance = 1e-10;
  const base = new Float64Array(n).fill(1);
  const totals = [
    { name: "sum of weights", values: base.slice(), target: n, unit: n },
    ...columns.map(({ name, values }) => ({
      name,
      values: Float64Array.from(rows, (row) => values[row]!),
      target: 0,
      unit: n,
    })),
  ];
  const distance = calibrationDistance("raking", [-Infinity, Infinity]);
  const { weights, errors } = fitCalibration(base, totals, distance, { tolerance, maximumIterations: 200 });
  const missed = totals.map(({ name }, at) => ({ name, error: Math.abs(errors[at]!) }))
    // Rounding may keep the last steps of a fit from improving it.
    .filter(({ error }) => !(error <= 100 * tolerance))
    .sort((a, b) => b.error - a.error);
  return { weights, missed: missed.map(({ name }) => name) };
}

/** The mean outcome of an arm at the target's attributes. */
interface ArmMean {
  readonly rows: readonly number[];
  readonly mean: number;
  /** How the mean moves with each column's target. */
  readonly slopes: readonly number[];
  /** What each unit counts for in the mean; sums to 1. */
  readonly weights: Float64Array;
  /** Each unit's part of the mean's error, the target taken as known. */
  readonly influence: Float64Array;
}

/**
 * The intercept of a weighted regression on columns that are 0 at the target. With no columns the mean; with equal
 * weights the regression's prediction at the target; with balancing weights, which make the columns 0 on average, the
 * weighted mean. Each residual is divided by √(1 − leverage) (HC2). For balancing weights the error is that of a
 * calibration estimator: residuals of the weighted regression, times the weights (Deville and Särndal 1992, Journal of
 * the American Statistical Association 87: 376-382).
 *
 * @returns `null` where the columns cannot be told apart among these units
 */
function armMean(
  outcome: Float64Array,
  columns: readonly BalancingColumn[],
  rows: readonly number[],
  weights: Float64Array,
): ArmMean | null {
  const size = columns.length + 1;
  const products = zeros(size, size);
  const target = new Float64Array(size);
  const designs = rows.map((row) => [1, ...columns.map(({ values }) => values[row]!)]);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  designs.forEach((design, i) => {
    addOuter(products, design, design, weights[i]! / total);
    for (let j = 0; j < size; j++) target[j]! += weights[i]! / total * outcome[rows[i]!]! * design[j]!;
  });
  const lower = cholesky(products, 1e-10);
  if (lower === null) return null;
  const inverse = invertCholesky(lower);
  const coefficients = multiplyVector(inverse, target);
  const implied = Float64Array.from(designs, (design, i) => weights[i]! / total * dot(design, inverse[0]!));
  const influence = Float64Array.from(designs, (design, i) => {
    const leverage = weights[i]! / total * dot(design, multiplyVector(inverse, design));
    const residual = outcome[rows[i]!]! - dot(design, coefficients);
    // Leverage 1: the unit is fitted exactly, and its part is taken as 0.
    return 1 - leverage < 1e-10 ? 0 : implied[i]! * residual / Math.sqrt(1 - leverage);
  });
  return { rows, mean: coefficients[0]!, slopes: coefficients.slice(1), weights: implied, influence };
}

/** The difference of two means; the target's own error moves both, by their slopes. */
function combine(
  { comparison }: SensitivitySample,
  columns: readonly BalancingColumn[],
  [reference, arm]: readonly [ArmMean, ArmMean],
): BalancedEffect {
  const { outcome, treated } = comparison;
  const influence = new Float64Array(outcome.length);
  const weights = new Float64Array(outcome.length);
  for (const [mean, sign] of [[reference, -1], [arm, 1]] as const) {
    mean.rows.forEach((row, i) => {
      influence[row] = sign * mean.influence[i]!;
      weights[row] = mean.weights[i]!;
    });
  }
  columns.forEach(({ targetError }, j) => {
    const slope = arm.slopes[j]! - reference.slopes[j]!;
    targetError.forEach((error, at) => influence[at]! += slope * error);
  });
  // (Σw)² / Σw², Kish's effective size, of weights that sum to 1 and may be negative.
  const effective = [reference, arm].map((mean) => 1 / dot(mean.weights, mean.weights)) as [number, number];
  const clusters = clustersOf(comparison);
  const freedom = effective.map((size) => size - 1 - columns.length) as [number, number];
  const enough = Math.min(...freedom) > 0;
  const rounding = roundingError(outcome);
  const [estimate, stdError] = [
    arm.mean - reference.mean,
    Math.sqrt(covarianceOf(influence, influence, clusters)),
  ].map((value) => Math.abs(value) <= rounding ? 0 : value) as [number, number];
  return {
    estimate,
    stdError: enough ? stdError : NaN,
    df: freedomOf(influence, treated, clusters, freedom),
    effective,
    largest: Math.max(...[reference, arm].map(({ weights: own }) => own.length * largestOf(own))),
    weights,
    reason: enough ? [] : ["the weights leave fewer effective units than covariates"],
  };
}

function largestOf(weights: Float64Array): number {
  return weights.reduce((most, weight) => Math.max(most, Math.abs(weight)), 0);
}
