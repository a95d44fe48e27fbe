import { cholesky, solveCholesky } from "./cholesky.ts";
import { combineColumns } from "./combine_columns.ts";
import { centreColumns, isWellConditioned, orthogonalColumns } from "./conditioned_columns.ts";
import { likelihoodCovariance, type LikelihoodCovarianceType } from "./likelihood_covariance.ts";
import { dot, type Matrix, multiply, scaleMatrix, transpose, zeros } from "./matrix.ts";
import { movedColumns, separates } from "./separation.ts";
import { weightedProducts } from "./weighted_products.ts";

export type { LikelihoodCovarianceType } from "./likelihood_covariance.ts";

/** What a logistic regression is fitted with. */
export interface LogisticSettings {
  /** Weights above 0; `null` where rows count the same. */
  readonly weights: Float64Array | null;
  /** Each row's cluster; needed by `cluster`. */
  readonly clusters: Int32Array | null;
  /** How the covariance is estimated. */
  readonly covarianceType: LikelihoodCovarianceType;
}

/** A fitted logistic regression; columns left out have `NaN`. */
export interface LogisticFit {
  /** Log odds ratios. */
  readonly coefficients: Float64Array;
  /** Their covariance. */
  readonly covariance: Matrix;
  /** The columns that are not combinations of earlier ones. */
  readonly kept: readonly number[];
  /** Log likelihood. */
  readonly logLikelihood: number;
  /** Pearson's dispersion; 1 without weights. */
  readonly dispersion: number;
  /** Columns along which the likelihood grows without end; empty where there is a maximum. */
  readonly separating: readonly number[];
  /** Whether the maximum was reached. */
  readonly converged: boolean;
}

interface Point {
  gamma: Float64Array;
  eta: Float64Array;
  probability: Float64Array;
  logLikelihood: number;
}

interface Maximum {
  point: Point;
  information: Matrix;
  converged: boolean;
  direction: Float64Array | null;
}

/**
 * Fits a logistic regression by iteratively reweighted least squares (Newton's method), to steps below 1e-12. The
 * first column is the constant. Perfect separation is found by its definition: a direction along which no row's
 * likelihood falls and some rise (Albert and Anderson 1984, Biometrika 71, 1-10).
 */
export function logisticRegression(
  columns: readonly Float64Array[],
  outcome: Float64Array,
  settings: LogisticSettings,
): LogisticFit {
  const { covarianceType, clusters, weights } = settings;
  const centred = centreColumns(columns);
  const quick = centred === null ? null : maximise(centred.basis, outcome, weights, true);
  const { basis, back, kept } = quick === null ? orthogonalColumns(columns) : centred!;
  const { point, information, converged, direction } = quick ?? maximise(basis, outcome, weights, false)!;
  const coefficients = new Float64Array(columns.length).fill(NaN);
  const covariance = zeros(columns.length, columns.length).map((row) => row.fill(NaN));
  const { logLikelihood } = point;
  if (!converged) {
    const separating = direction === null ? [] : movedColumns(back, direction, columns, kept);
    return { coefficients, covariance, kept, logLikelihood, dispersion: NaN, separating, converged };
  }
  const dispersion = weights === null ? 1 : pearson(point, outcome, weights, kept.length);
  const residuals = residualsOf(point, outcome, weights);
  const sandwich = likelihoodCovariance(information, basis, residuals, clusters, covarianceType)!;
  const inner = covarianceType === "classical" ? scaleMatrix(sandwich, dispersion) : sandwich;
  const outer = multiply(multiply(back, inner), transpose(back));
  kept.forEach((column, j) => {
    coefficients[column] = dot(back[j]!, point.gamma);
    kept.forEach((other, i) => covariance[column]![other] = outer[j]![i]!);
  });
  return { coefficients, covariance, kept, logLikelihood, dispersion, separating: [], converged };
}

/** Newton's method; with `careful`, `null` where the first information matrix shows columns that are near collinear. */
function maximise(
  basis: readonly Float64Array[],
  outcome: Float64Array,
  weights: Float64Array | null,
  careful: boolean,
): Maximum | null {
  let point = evaluate(basis, startOf(basis, outcome, weights), outcome, weights);
  let known = informationAt(basis, point, weights);
  if (careful && !isWellConditioned(known)) return null;
  let direction: Float64Array = new Float64Array(basis.length);
  for (let iteration = 1; iteration <= 100; iteration++) {
    const lower = cholesky(known, 1e-13);
    const step = lower === null ? null : newtonStep(lower, basis, outcome, point, weights);
    if (step !== null) direction = step;
    // Rows that a separating direction fits leave the information matrix, until it cannot be inverted.
    if ((step === null || iteration > 8) && separates(basis, outcome, direction)) {
      return { point, information: known, converged: false, direction };
    }
    if (step === null) break;
    point = improve(basis, outcome, point, step, weights);
    known = informationAt(basis, point, weights);
    // Convergence is quadratic: after a step of 1e-6 what is left is of the order of 1e-12.
    if (largest(step) < 1e-6 * (1 + largest(point.gamma)) && cholesky(known, 1e-13) !== null) {
      return { point, information: known, converged: true, direction: null };
    }
  }
  return { point, information: known, converged: false, direction: null };
}

function largest(values: Float64Array): number {
  return values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
}

/**
 * Where to start: with many rows, at the maximum of every m-th, which is near enough that two or three steps over all
 * rows do; otherwise at 0.
 */
function startOf(
  basis: readonly Float64Array[],
  outcome: Float64Array,
  weights: Float64Array | null,
): Float64Array {
  const every = Math.floor(outcome.length / 12000);
  if (every < 5) return new Float64Array(basis.length);
  const thin = (column: Float64Array) =>
    Float64Array.from({ length: Math.floor(column.length / every) }, (_, i) => column[i * every]!);
  const found = maximise(basis.map(thin), thin(outcome), weights === null ? null : thin(weights), true);
  return found?.converged ? found.point.gamma : new Float64Array(basis.length);
}

/** Fitted values and log likelihood; e^-|η| keeps both tails exact. */
function evaluate(
  basis: readonly Float64Array[],
  gamma: Float64Array,
  outcome: Float64Array,
  weights: Float64Array | null,
): Point {
  const eta = combineColumns(basis, gamma);
  const probability = new Float64Array(eta.length);
  let logLikelihood = 0;
  for (let row = 0; row < eta.length; row++) {
    const value = eta[row]!;
    const e = Math.exp(-Math.abs(value));
    probability[row] = value >= 0 ? 1 / (1 + e) : e / (1 + e);
    const part = outcome[row]! * value - Math.max(value, 0) - Math.log1p(e);
    logLikelihood += weights === null ? part : weights[row]! * part;
  }
  return { gamma, eta, probability, logLikelihood };
}

function informationAt(
  basis: readonly Float64Array[],
  { probability, eta }: Point,
  weights: Float64Array | null,
): Matrix {
  const v = new Float64Array(eta.length);
  for (let row = 0; row < v.length; row++) {
    const p = probability[row]!;
    // 1 - p loses its digits where p is near 1.
    const q = p > 0.9 ? Math.exp(-eta[row]!) * p : 1 - p;
    v[row] = p * q * (weights === null ? 1 : weights[row]!);
  }
  return weightedProducts(basis, v);
}

function residualsOf(point: Point, outcome: Float64Array, weights: Float64Array | null): Float64Array {
  const residuals = new Float64Array(outcome.length);
  for (let row = 0; row < residuals.length; row++) {
    residuals[row] = (outcome[row]! - point.probability[row]!) * (weights === null ? 1 : weights[row]!);
  }
  return residuals;
}

function newtonStep(
  lower: Matrix,
  basis: readonly Float64Array[],
  outcome: Float64Array,
  point: Point,
  weights: Float64Array | null,
): Float64Array {
  const residuals = residualsOf(point, outcome, weights);
  return solveCholesky(lower, basis.map((column) => dot(column, residuals)));
}

/** A Newton step, halved while the likelihood falls by more than rounding. */
function improve(
  basis: readonly Float64Array[],
  outcome: Float64Array,
  point: Point,
  step: Float64Array,
  weights: Float64Array | null,
): Point {
  const allowed = 1e-10 * (1 + Math.abs(point.logLikelihood));
  let factor = 1;
  for (let halving = 0; halving < 40; halving++, factor /= 2) {
    const gamma = point.gamma.map((value, j) => value + factor * step[j]!);
    const next = evaluate(basis, gamma, outcome, weights);
    if (next.logLikelihood >= point.logLikelihood - allowed) return next;
  }
  return point;
}

/** Pearson's dispersion Σ w (y - p)² / (p(1 - p)) / (n - k). */
function pearson(point: Point, outcome: Float64Array, weights: Float64Array, rank: number): number {
  let total = 0;
  for (let row = 0; row < outcome.length; row++) {
    const p = point.probability[row]!;
    total += weights[row]! * (outcome[row]! - p) ** 2 / (p * (1 - p));
  }
  return total / (outcome.length - rank);
}
