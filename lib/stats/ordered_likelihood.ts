import { addOuter, type Matrix, zeros } from "./matrix.ts";

/**
 * An ordered logit: logit P(Y <= k) = x_nominal' θ_k - x'β for k = 0 … K - 2. The first nominal column is the constant,
 * whose coefficients are the thresholds; other nominal columns have a coefficient at every threshold.
 */
export interface OrderedModel {
  /** Each row's category, from 0. */
  readonly category: Int32Array;
  /** The number of categories K. */
  readonly categories: number;
  /** Columns with a coefficient at each threshold; the first is the constant. */
  readonly nominal: readonly Float64Array[];
  /** Columns with one coefficient. */
  readonly columns: readonly Float64Array[];
  /** Weights above 0; `null` where rows count the same. */
  readonly weights: Float64Array | null;
}

/** The log likelihood at a point with its derivatives; parameters are θ_0, …, θ_{K-2}, β. */
export interface OrderedPoint {
  /** -Infinity where thresholds cross. */
  readonly logLikelihood: number;
  /** First derivatives. */
  readonly gradient: Float64Array;
  /** Minus the second derivatives. */
  readonly information: Matrix;
}

/** The number of parameters. */
export function orderedSize({ categories, nominal, columns }: OrderedModel): number {
  return (categories - 1) * nominal.length + columns.length;
}

/** The log likelihood of the rows, with what `visit` is told of each row's derivative. */
export function evaluateOrdered(
  model: OrderedModel,
  parameters: Float64Array,
  visit?: (row: number, score: Float64Array) => void,
): OrderedPoint {
  const size = orderedSize(model);
  const gradient = new Float64Array(size);
  const information = zeros(size, size);
  const [upper, lower, score] = [new Float64Array(size), new Float64Array(size), new Float64Array(size)];
  let logLikelihood = 0;
  for (let row = 0; row < model.category.length; row++) {
    const k = model.category[row]!;
    const u = linear(model, parameters, row, k, upper);
    const l = linear(model, parameters, row, k - 1, lower);
    if (!(u > l)) return { logLikelihood: -Infinity, gradient, information };
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
  return { logLikelihood, gradient, information };
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
function rowDerivatives(
  u: number,
  l: number,
): { value: number; du: number; dl: number; duu: number; dul: number; dll: number } {
  const gap = u - l;
  const inner = gap === Infinity ? 0 : 1 / Math.expm1(gap);
  // e^gap / (e^gap - 1)² = inner (1 + inner)
  const bend = inner * (1 + inner);
  const [Fu, Gu] = [distribution(u), distribution(-u)];
  const [Fl, Gl] = [distribution(l), distribution(-l)];
  return {
    value: logDistribution(u) + logDistribution(-l) + (gap === Infinity ? 0 : Math.log(-Math.expm1(-gap))),
    du: u === Infinity ? 0 : Gu + inner,
    dl: l === -Infinity ? 0 : -Fl - inner,
    duu: u === Infinity ? 0 : -Fu * Gu - bend,
    dll: l === -Infinity ? 0 : -Fl * Gl - bend,
    dul: bend,
  };
}

function distribution(value: number): number {
  return 1 / (1 + Math.exp(-value));
}

function logDistribution(value: number): number {
  return value >= 0 ? -Math.log1p(Math.exp(-value)) : value - Math.log1p(Math.exp(value));
}
