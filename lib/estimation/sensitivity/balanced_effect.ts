import { type ArmMean, armMean } from "./arm_mean.ts";
import type { BalancingColumn } from "./balancing_columns.ts";
import { balancingWeights } from "./balancing_weights.ts";
import { roundingError } from "./rounding_error.ts";
import { clustersOf, type SensitivitySample } from "./sensitivity_sample.ts";
import { covarianceOf, freedomOf } from "./unit_influence.ts";

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
  readonly notes: readonly string[];
}

/** Estimates the effect of an arm with the attributes balanced, adjusted for, or left alone. */
export function balancedEffect(
  sample: SensitivitySample,
  columns: readonly BalancingColumn[],
  estimator: BalancedEstimator,
): BalancedEffect {
  const { comparison } = sample;
  const used = estimator === "difference in means" ? [] : columns;
  const means: ArmMean[] = [];
  const rowsOf = (side: number) =>
    [...comparison.treated.keys()].filter((at) => comparison.treated[at] === side);
  const rows = [rowsOf(0), rowsOf(1)] as const;
  for (const side of [0, 1] as const) {
    const arm = comparison.arms[side];
    if (rows[side].length === 0) return unknown(`no unit of '${arm}' has a value and all covariates`);
    const balanced = estimator === "entropy balancing" ? balancingWeights(used, rows[side]) : null;
    if (balanced !== null && balanced.missed.length > 0) {
      return unknown(
        `no weights give the units of '${arm}' the target's means: ${
          balanced.missed.slice(0, 3).join(", ")
        } missed`,
      );
    }
    const weights = balanced?.weights ?? new Float64Array(rows[side].length).fill(1);
    const mean = armMean(comparison.outcome, used, rows[side], weights);
    if (mean === null) return unknown(`the covariates cannot be told apart among the units of '${arm}'`);
    means.push(mean);
  }
  return combine(sample, used, rows, means as [ArmMean, ArmMean]);
}

function unknown(note: string): BalancedEffect {
  const numbers = { estimate: NaN, stdError: NaN, df: NaN, effective: [NaN, NaN] as const, largest: NaN };
  return { ...numbers, weights: null, notes: [note] };
}

/** The difference of two means; the target's own error moves both, by their slopes. */
function combine(
  { comparison }: SensitivitySample,
  columns: readonly BalancingColumn[],
  rows: readonly [readonly number[], readonly number[]],
  [reference, arm]: [ArmMean, ArmMean],
): BalancedEffect {
  const influence = new Float64Array(comparison.outcome.length);
  const weights = new Float64Array(influence.length);
  ([[reference, rows[0], -1], [arm, rows[1], 1]] as const).forEach(([mean, own, sign]) =>
    own.forEach((row, i) => {
      influence[row] = sign * mean.influence[i]!;
      weights[row] = mean.weights[i]!;
    })
  );
  columns.forEach(({ targetError }, j) => {
    const slope = arm.slopes[j]! - reference.slopes[j]!;
    for (let at = 0; at < influence.length; at++) influence[at] = influence[at]! + slope * targetError[at]!;
  });
  const effective = [effectiveSize(reference.weights), effectiveSize(arm.weights)] as const;
  const clusters = clustersOf(comparison);
  const freedom = effective.map((size) => size - 1 - columns.length) as [number, number];
  const enough = Math.min(...freedom) > 0;
  const rounding = roundingError(comparison.outcome);
  const [estimate, stdError] = [
    arm.mean - reference.mean,
    Math.sqrt(covarianceOf(influence, influence, clusters)),
  ]
    .map((value) => Math.abs(value) <= rounding ? 0 : value) as [number, number];
  return {
    estimate,
    stdError: enough ? stdError : NaN,
    df: freedomOf(influence, comparison.treated, clusters, freedom),
    effective,
    largest: Math.max(largestOf(reference.weights), largestOf(arm.weights)),
    weights,
    notes: enough ? [] : ["the weights leave fewer effective units than covariates"],
  };
}

/** (Σw)² / Σw², Kish's effective size, of weights that sum to 1 and may be negative. */
function effectiveSize(weights: Float64Array): number {
  return 1 / weights.reduce((total, weight) => total + weight * weight, 0);
}

function largestOf(weights: Float64Array): number {
  return weights.length * weights.reduce((most, weight) => Math.max(most, Math.abs(weight)), 0);
}
