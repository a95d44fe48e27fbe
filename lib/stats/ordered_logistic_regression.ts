import type { LikelihoodCovarianceType, LikelihoodPoint } from "./logistic_regression.ts";
import { likelihoodCovariance, logistic, maximiseLikelihood } from "./logistic_regression.ts";
import { addOuter, largestSize, type Matrix, multiply, multiplyVector, transpose, zeros } from "./matrix.ts";
import { moments } from "./moments.ts";

/** A fitted ordered logit; where a variable separates the categories there is no maximum to converge to. */
export interface OrderedFit {
  /** Thresholds (with further nominal columns: each threshold's coefficients together), then coefficients. */
  readonly parameters: Float64Array;
  /** The parameters' covariance; `null` where no maximum was reached. */
  readonly covariance: Matrix | null;
  readonly logLikelihood: number;
  readonly converged: boolean;
}

/**
 * Fits an ordered logit by Newton's method on the observed information, from thresholds at the categories' shares.
 * Columns are centred and scaled first, so that badly scaled ones keep their digits.
 */
export function orderedLogisticRegression(
  model: OrderedModel,
  clusters: Int32Array | null,
  covarianceType: LikelihoodCovarianceType,
): OrderedFit {
  const nominal = standardise(model.nominal.slice(1));
  const columns = standardise(model.columns);
  const standard = {
    ...model,
    nominal: [model.nominal[0]!, ...nominal.map(({ values }) => values)],
    columns: columns.map(({ values }) => values),
  };
  const fit = maximise(standard, clusters, covarianceType);
  const back = backTransform(model, nominal, columns);
  return {
    ...fit,
    parameters: Float64Array.from(multiplyVector(back, fit.parameters)),
    covariance: fit.covariance === null ? null : multiply(multiply(back, fit.covariance), transpose(back)),
  };
}

type StandardColumn = ReturnType<typeof standardise>[number];

function standardise(columns: readonly Float64Array[]) {
  return columns.map((column) => {
    const { mean, variance } = moments(column);
    const scale = Math.sqrt(variance) || 1;
    return { values: column.map((value) => (value - mean) / scale), mean, scale };
  });
}

/** Parameters of the given columns from those of the standard ones: slopes by scale, thresholds by the means. */
function backTransform(
  model: OrderedModel,
  nominal: readonly StandardColumn[],
  columns: readonly StandardColumn[],
): Matrix {
  const size = orderedSize(model);
  const back = zeros(size, size);
  const width = model.nominal.length;
  const from = (model.categories - 1) * width;
  columns.forEach(({ scale }, j) => back[from + j]![from + j] = 1 / scale);
  for (let k = 0; k < model.categories - 1; k++) {
    const threshold = back[k * width]!;
    threshold[k * width] = 1;
    columns.forEach(({ mean, scale }, j) => threshold[from + j] = mean / scale);
    nominal.forEach(({ mean, scale }, j) => {
      const at = k * width + j + 1;
      back[at]![at] = 1 / scale;
      threshold[at] = -mean / scale;
    });
  }
  return back;
}

function maximise(
  model: OrderedModel,
  clusters: Int32Array | null,
  covarianceType: LikelihoodCovarianceType,
): OrderedFit {
  const at = (parameters: Float64Array) => evaluateOrdered(model, parameters);
  // Along a direction without a maximum the steps stay large while the likelihood hardly rises.
  const hopeless = (direction: Float64Array, step: number) => step > 20 && largestSize(direction) > 0.1;
  const { point, converged } = maximiseLikelihood(at(startAtShares(model)), at, 1e-9, hopeless);
  const { parameters, logLikelihood } = point;
  const covariance = converged ? covarianceOf(model, point, clusters, covarianceType) : null;
  return { parameters, covariance, logLikelihood, converged: covariance !== null };
}

function startAtShares(model: OrderedModel): Float64Array {
  const counts = new Float64Array(model.categories);
  let total = 0;
  for (let row = 0; row < model.category.length; row++) {
    const weight = model.weights === null ? 1 : model.weights[row]!;
    counts[model.category[row]!] = counts[model.category[row]!]! + weight;
    total += weight;
  }
  const start = new Float64Array(orderedSize(model));
  let below = 0;
  for (let k = 0; k < model.categories - 1; k++) {
    below += counts[k]!;
    start[k * model.nominal.length] = Math.log(below / (total - below));
  }
  return start;
}

function covarianceOf(
  model: OrderedModel,
  { parameters, information }: LikelihoodPoint,
  clusters: Int32Array | null,
  type: LikelihoodCovarianceType,
): Matrix | null {
  const rows = model.category.length;
  const scores = Array.from(parameters, () => new Float64Array(type === "classical" ? 0 : rows));
  if (type !== "classical") {
    evaluateOrdered(model, parameters, (row, score) => {
      for (let j = 0; j < score.length; j++) scores[j]![row] = score[j]!;
    });
  }
  return likelihoodCovariance(information, scores, new Float64Array(rows).fill(1), clusters, type);
}

/**
 * An ordered logit of K categories: logit P(Y <= k) = x_nominal' θ_k - x'β for k = 0 … K - 2. The first nominal column is
 * the constant, whose coefficients are the thresholds; other nominal columns have a coefficient at every threshold.
 */
export interface OrderedModel {
  /** Each row's category, from 0. */
  readonly category: Int32Array;
  readonly categories: number;
  /** Columns with a coefficient at each threshold; the first is the constant. */
  readonly nominal: readonly Float64Array[];
  readonly columns: readonly Float64Array[];
  /** Weights above 0; `null` where rows count the same. */
  readonly weights: Float64Array | null;
}

function orderedSize({ categories, nominal, columns }: OrderedModel): number {
  return (categories - 1) * nominal.length + columns.length;
}

/** The log likelihood (-Infinity where thresholds cross) at θ_0, …, θ_{K-2}, β; `visit` is told each row's derivative. */
function evaluateOrdered(
  model: OrderedModel,
  parameters: Float64Array,
  visit?: (row: number, score: Float64Array) => void,
): LikelihoodPoint {
  const size = orderedSize(model);
  const gradient = new Float64Array(size);
  const information = zeros(size, size);
  const [upper, lower, score] = [new Float64Array(size), new Float64Array(size), new Float64Array(size)];
  let logLikelihood = 0;
  for (let row = 0; row < model.category.length; row++) {
    const k = model.category[row]!;
    const u = linear(model, parameters, row, k, upper);
    const l = linear(model, parameters, row, k - 1, lower);
    if (!(u > l)) return { parameters, logLikelihood: -Infinity, gradient, information };
    const weight = model.weights === null ? 1 : model.weights[row]!;
    const { value, du, dl, duu, dul, dll } = rowDerivatives(u, l);
    logLikelihood += weight * value;
    for (let j = 0; j < size; j++) {
      score[j] = weight * (du * upper[j]! + dl * lower[j]!);
      gradient[j] = gradient[j]! + score[j]!;
    }
    visit?.(row, score);
    if (duu !== 0) addOuter(information, upper, upper, -weight * duu);
    if (dll !== 0) addOuter(information, lower, lower, -weight * dll);
    if (dul !== 0) {
      addOuter(information, upper, lower, -weight * dul);
      addOuter(information, lower, upper, -weight * dul);
    }
  }
  return { parameters, logLikelihood, gradient, information };
}

/** The threshold k of a row and its derivative by the parameters; infinite beyond the first and last. */
function linear(
  { categories, nominal, columns }: OrderedModel,
  parameters: Float64Array,
  row: number,
  k: number,
  derivative: Float64Array,
): number {
  derivative.fill(0);
  if (k < 0) return -Infinity;
  if (k === categories - 1) return Infinity;
  let value = 0;
  for (let j = 0; j < nominal.length; j++) {
    const at = k * nominal.length + j;
    derivative[at] = nominal[j]![row]!;
    value += derivative[at]! * parameters[at]!;
  }
  const from = (categories - 1) * nominal.length;
  for (let j = 0; j < columns.length; j++) {
    derivative[from + j] = -columns[j]![row]!;
    value += derivative[from + j]! * parameters[from + j]!;
  }
  return value;
}

/**
 * log(F(u) - F(l)) and its derivatives, F the logistic distribution. As F(u) - F(l) = F(u) (1 - F(l)) (1 - e^(l - u)),
 * nothing cancels in the tails.
 */
function rowDerivatives(u: number, l: number) {
  const gap = u - l;
  const inner = gap === Infinity ? 0 : 1 / Math.expm1(gap);
  // e^gap / (e^gap - 1)² = inner (1 + inner)
  const bend = inner * (1 + inner);
  const [Fu, Gu] = [logistic(u), logistic(-u)];
  const [Fl, Gl] = [logistic(l), logistic(-l)];
  return {
    value: logDistribution(u) + logDistribution(-l) + (gap === Infinity ? 0 : Math.log(-Math.expm1(-gap))),
    du: u === Infinity ? 0 : Gu + inner,
    dl: l === -Infinity ? 0 : -Fl - inner,
    duu: u === Infinity ? 0 : -Fu * Gu - bend,
    dll: l === -Infinity ? 0 : -Fl * Gl - bend,
    dul: bend,
  };
}

function logDistribution(value: number): number {
  return value >= 0 ? -Math.log1p(Math.exp(-value)) : value - Math.log1p(Math.exp(value));
}
