import { checkColumns, checkWeights } from "../../core/checks.ts";
import { cannot } from "../../core/errors.ts";
import { columnOf, type Table } from "../../core/table.ts";
import { takeNumbers } from "../../core/units.ts";
import { calibrationDistance, fitCalibration } from "../../personas/calibration_fit.ts";
import { independentColumns } from "../../stats/basis.ts";
import { addOuter, cholesky, dot, invertCholesky, largestSize, multiplyVector } from "../../stats/matrix.ts";
import { zeros } from "../../stats/matrix.ts";
import { influenceCovariance } from "../../stats/inference.ts";
import { moments } from "../../stats/moments.ts";
import { centre } from "../regression_adjustment.ts";
import type { Attribute, SensitivitySample } from "./attribute_sample.ts";
import { freedomOf, roundingError } from "./attribute_sample.ts";

/** The means that weights are to give: of both arms together, of one of them, or of a table of personas. */
export type BalanceTarget = "pooled" | "arm" | "reference" | Table;

/** One mean that is balanced. */
export interface BalancingColumn {
  readonly name: string;
  /** Each unit's value less the target, over the standard deviation. */
  readonly values: Float64Array;
  /** For each unit, its part of the target's error; 0 where the target is a table. */
  readonly targetError: Float64Array;
}

/** The columns that are balanced, centred at the target; those that follow from earlier ones are left out and named. */
export function balancingColumns(
  action: string,
  { comparison: { treated }, attributes }: SensitivitySample,
  target: BalanceTarget,
): { columns: BalancingColumn[]; left: string[] } {
  const weight = typeof target === "string" ? shareOfTarget(treated, target) : null;
  const raw = attributes.flatMap((attribute) => withTargets(action, attribute, target));
  const scaled = raw.map(({ name, values, targetMean }) => {
    const mean = weight === null ? targetMean : dot(weight, values);
    const { n, variance } = moments(values);
    const deviation = Math.sqrt(variance * (n - 1) / n) || 1;
    const centred = values.map((value) => (value - mean) / deviation);
    const targetError = weight === null
      ? new Float64Array(n)
      : withinArms(centred, treated).map((value, at) => weight[at]! * value);
    return { name, values: centred, targetError };
  });
  const kept = independentOf(scaled.map(({ values }) => values));
  // A column that is the same for everybody, and not at the target, cannot be balanced: it stays, to be named.
  const off = ({ values }: BalancingColumn) =>
    values.every((value) => value === values[0]) && Math.abs(values[0]!) > 1e-9;
  const others = scaled.filter((_, at) => !kept.includes(at));
  const left = others.filter((one) => !off(one)).map(({ name }) => name);
  return { columns: [...kept.map((at) => scaled[at]!), ...others.filter(off)], left };
}

/** What each unit counts for in the target's mean. */
function shareOfTarget(treated: Uint8Array, target: "pooled" | "arm" | "reference"): Float64Array {
  const members = Array.from(treated, (side) => target === "pooled" || (target === "arm") === (side === 1));
  const count = members.filter((member) => member).length;
  return Float64Array.from(members, (member) => member ? 1 / count : 0);
}

/** Less the mean of the own arm: the arms' sizes are as assigned, so that only what varies within them is error. */
function withinArms(values: Float64Array, treated: Uint8Array): Float64Array {
  const means = [0, 1].map((side) => moments(values.filter((_, at) => treated[at] === side)).mean);
  return values.map((value, at) => value - means[treated[at]!]!);
}

/** An attribute's columns, with their means in a table of personas where that is the target. */
function withTargets(action: string, attribute: Attribute, target: BalanceTarget) {
  const { name, columns } = attribute;
  const mean = typeof target === "string" ? () => NaN : readPersonas(action, target, attribute);
  return columns.map((column) => {
    const level = column.name.slice(name.length + 3);
    const targetMean = mean(column.name === name ? Number : (value) => String(value) === level ? 1 : 0);
    return { name: column.name, values: column.values, targetMean };
  });
}

/** Reads the means of an attribute in a table of personas, weighted by `weight` where it has that. */
function readPersonas(
  action: string,
  target: Table,
  { name, columns }: Attribute,
): (of: (value: unknown) => number) => number {
  checkColumns(action, target, [name], "target");
  const values = columnOf(target, name);
  if (columns.some((column) => column.name === name)) {
    const wrong = values.find((value) => typeof value !== "boolean" && !Number.isFinite(value));
    if (wrong !== undefined) {
      throw new TypeError(cannot(action, `target.${name}`, "hold a number in every row", wrong));
    }
  } else {
    // The first name has no indicator: what the others leave must be one name, which the answers hold too.
    const known = new Set(columns.map((column) => column.name));
    const others = new Set(values.map(String).filter((value) => !known.has(`${name} = ${value}`)));
    if (others.size > 1) {
      throw new RangeError(
        cannot(action, `target.${name}`, "hold only answers that were given", [...others]),
      );
    }
  }
  const weighted = target.columnNames().includes("weight");
  const weights = weighted ? columnOf(target, "weight") : values.map(() => 1);
  checkWeights(action, "target.weight", weights);
  return (of) => moments(values.map(of), weights).mean;
}

/** Columns that are no combination of a constant and earlier ones. */
function independentOf(columns: readonly Float64Array[]): number[] {
  const centred = columns.map((values) => centre(values, null));
  const products = centred.map((a) => centred.map((b) => dot(a, b) / a.length));
  return [...independentColumns(products, 1e-9).kept].filter((at) => products[at]![at]! > 1e-12);
}

export const balancedEstimators = [
  "difference in means",
  "entropy balancing",
  "regression adjustment",
] as const;

export type BalancedEstimator = typeof balancedEstimators[number];

type BalancedEffect = ReturnType<typeof combine> | ReturnType<typeof unknown>;

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

function unknown(why: string) {
  const numbers = { estimate: NaN, stdError: NaN, df: NaN, effective: [NaN, NaN] as const, largest: NaN };
  return { ...numbers, weights: null, reason: [why] };
}

/**
 * Weights the units of an arm to the target's means, staying as close to equal weights as they can in Kullback-Leibler
 * divergence: Hainmueller 2012; the same as raking calibration, w = exp(λ'x) (Deville and Särndal 1992).
 *
 * @returns weights, and the means that were missed, worst first
 */
function balancingWeights(columns: readonly BalancingColumn[], rows: readonly number[]) {
  const n = rows.length;
  const tolerance = 1e-10;
  const base = new Float64Array(n).fill(1);
  const totals = [
    { name: "sum of weights", values: base.slice(), target: n, unit: n },
    ...columns.map(({ name, values }) => ({ name, values: takeNumbers(values, rows), target: 0, unit: n })),
  ];
  const distance = calibrationDistance("raking", [-Infinity, Infinity]);
  const { weights, errors } = fitCalibration(base, totals, distance, { tolerance, maximumIterations: 200 });
  const missed = totals.map(({ name }, at) => ({ name, error: Math.abs(errors[at]!) }))
    // Rounding may keep the last steps of a fit from improving it.
    .filter(({ error }) => !(error <= 100 * tolerance))
    .sort((a, b) => b.error - a.error);
  return { weights, missed: missed.map(({ name }) => name) };
}

type ArmMean = NonNullable<ReturnType<typeof armMean>>;

/**
 * The intercept of a weighted regression on columns that are 0 at the target. With no columns the mean; with equal
 * weights the regression's prediction at the target; with balancing weights, which make the columns 0 on average, the
 * weighted mean. Each residual is divided by √(1 − leverage) (HC2). For balancing weights the error is that of a
 * calibration estimator: residuals of the weighted regression, times the weights (Deville and Särndal 1992, Journal of
 * the American Statistical Association 87: 376-382).
 *
 * @returns the mean, its slope in each column's target, what each unit counts for in it, and each unit's part of its
 * error, the target taken as known; `null` where the columns cannot be told apart among these units
 */
function armMean(
  outcome: Float64Array,
  columns: readonly BalancingColumn[],
  rows: readonly number[],
  weights: Float64Array,
) {
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
) {
  const { outcome, treated } = comparison;
  const [influence, weights] = [new Float64Array(outcome.length), new Float64Array(outcome.length)];
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
  const clusters = comparison.cluster?.codes ?? comparison.persona;
  // Of clusters the sum over them of squares of summed influences, times G / (G − 1).
  const variance = clusters === null
    ? dot(influence, influence)
    : influenceCovariance(influence, influence, clusters);
  const freedom = effective.map((size) => size - 1 - columns.length) as [number, number];
  const enough = Math.min(...freedom) > 0;
  const rounding = roundingError(outcome);
  const [estimate, stdError] = [arm.mean - reference.mean, Math.sqrt(variance)]
    .map((value) => Math.abs(value) <= rounding ? 0 : value) as [number, number];
  return {
    estimate,
    stdError: enough ? stdError : NaN,
    df: freedomOf(influence, treated, clusters, freedom),
    /** For the reference and the arm, how many equally weighted units would be as precise. */
    effective,
    /** The largest weight, over the average of its arm. */
    largest: Math.max(...[reference, arm].map(({ weights: own }) => own.length * largestSize(own))),
    weights,
    reason: enough ? [] : ["the weights leave fewer effective units than covariates"],
  };
}
