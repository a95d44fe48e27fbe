import { type DegreesOptions, oneOf, type Rule, rule } from "../core/options.ts";
import { cannot } from "../core/errors.ts";
import { agreementShortfall } from "../estimation/few_answers.ts";
import { findAgreement, summedDegrees } from "../stats/inference.ts";
import { dot } from "../stats/matrix.ts";
import { kishDesignEffect, moments, sum } from "../stats/moments.ts";

/** How much of the model's predictions is used. */
export interface LambdaOptions {
  /**
   * The weight of the predictions: `cross-fitted` tunes it for each person on the others and shrinks it towards 0 as far as
   * chance could have made it; `plug-in` tunes it on all, within 0 and 1, as the reference package does (with few people its
   * intervals are too short); or a number: 0 is people alone, 1 takes the model at its word and corrects it.
   * @default {"cross-fitted"}
   */
  lambda?: Lambda;
}

/** How the weight of the predictions is found. */
export type Lambda = "cross-fitted" | "plug-in" | number;

export const lambdaRules: { readonly lambda: Rule<Lambda, Lambda> } = {
  lambda: rule<Lambda, Lambda>((action, name, value) => {
    if (typeof value === "number" && Number.isFinite(value)) return;
    if (typeof value === "number") throw new RangeError(cannot(action, name, "be finite", value));
    oneOf(["cross-fitted", "plug-in"], undefined).check(action, name, value);
  }, "cross-fitted"),
};

/** Answers beside predictions of them, and predictions of others. */
export interface RectifiedSample {
  readonly outcome: Float64Array;
  readonly prediction: Float64Array;
  readonly weight: Float64Array | null;
  readonly pool: Float64Array;
  readonly poolWeight: Float64Array | null;
}

/** A mean with its variance. */
export interface MeanVariance {
  readonly mean: number;
  /** Of the mean. */
  readonly variance: number;
  readonly df: number;
}

/** A mean of people's answers with what a model's predictions add, and without. */
export interface RectifiedMean {
  /** With the predictions. */
  readonly estimate: number;
  /** Without. */
  readonly alone: MeanVariance;
  /** Variances of the people's part and of the pool's, which are independent, with their degrees of freedom. */
  readonly parts: readonly [MeanVariance, MeanVariance];
  /** The weight of the predictions; of weights for each person the mean. */
  readonly lambda: number;
  readonly correlation: number;
}

/**
 * The mean of people's answers, with a model's predictions where those help: Σ(Y - λf)/n + λ Σf/N, so whatever the
 * predictions are worth, its mean is that of the answers (Angelopoulos, Duchi and Zrnic 2023, arXiv 2311.01453, eq. 3).
 *
 * @param options `lambda`: also one for each person, that rests on the others; `ends`: between which answers may lie, `null`
 * where nothing shows it; `df: "residual"`: as the reference package does: sums of squares over n, and the normal
 * distribution
 */
export function rectifiedMean(
  sample: RectifiedSample,
  { lambda, ends = null, df = "satterthwaite" }: {
    lambda: Lambda | Float64Array;
    ends?: readonly [number, number] | null;
    df?: DegreesOptions["df"];
  },
): RectifiedMean {
  const { outcome, prediction, weight, pool, poolWeight } = sample;
  const n = outcome.length;
  const alone = meanVariance(outcome, weight);
  const [own, others] = [meanVariance(prediction, weight), meanVariance(pool, poolWeight)];
  const products = productsOf(sample);
  // Two means of predictions meet at the precision of each: n people, N others.
  const share = effectiveNumber(weight, n) /
    (effectiveNumber(weight, n) + effectiveNumber(poolWeight, pool.length));
  // Around the mean of all predictions, what λ is matters least.
  const centre = share * own.mean + (1 - share) * others.mean;
  const weights = lambda === "cross-fitted"
    // A pool of one shows no variance.
    ? crossFitted(sample, products, pool.length > 1 ? 1 - share : 0)
    : typeof lambda === "object"
    ? lambda
    : new Float64Array(n).fill(
      lambda === "plug-in" ? plugIn(sample, alone.mean - own.mean + others.mean) : lambda,
    );
  const residual = outcome.map((value, i) => value - weights[i]! * (prediction[i]! - centre));
  const rest = meanVariance(residual, weight);
  const errors = outcome.map((value, i) => value - prediction[i]!);
  const predicted = extentOf([prediction, pool]);
  const errorEnds = ends && [ends[0] - predicted[1], ends[1] - predicted[0]] as const;
  const mean = meanVariance(weights, weight).mean;
  const pooled = { ...others, variance: mean === 0 ? 0 : mean * mean * others.variance };
  const found = {
    estimate: rest.mean + mean * (others.mean - centre),
    lambda: mean,
    correlation: products.cross / Math.sqrt(products.outcome * products.prediction),
  };
  if (df === "residual") {
    const plain = ({ mean, variance }: MeanVariance, count: number) => {
      return { mean, variance: variance * (count - 1) / count, df: Infinity };
    };
    return { ...found, alone: plain(alone, n), parts: [plain(rest, n), plain(pooled, pool.length)] };
  }
  const whole = widened(alone, outcome, ends);
  const allowed = widened(widened(rest, outcome, ends), errors, errorEnds, mean * mean);
  // What is allowed for does not go beyond people alone.
  const part = allowed.variance > Math.max(rest.variance, whole.variance)
    ? { ...whole, variance: Math.max(rest.variance, whole.variance) }
    : allowed;
  return { ...found, alone: whole, parts: [part, pooled] };
}

export function extentOf(values: readonly Float64Array[]): [lowest: number, highest: number] {
  let [lowest, highest] = [Infinity, -Infinity];
  for (const own of values) {
    for (const value of own) [lowest, highest] = [Math.min(lowest, value), Math.max(highest, value)];
  }
  return [lowest, highest];
}

/** A weighted mean, its variance (Σw²(x - m)²/(Σw)², times n/(n - 1)) and degrees of freedom as if all varied alike. */
export function meanVariance(values: Float64Array, weight: Float64Array | null): MeanVariance {
  const n = values.length;
  const { mean, weight: total } = moments(values, weight ?? undefined);
  let [squares, second, fourth] = [0, 0, 0];
  for (let i = 0; i < n; i++) {
    const w = weight === null ? 1 : weight[i]!;
    squares += (w * (values[i]! - mean)) ** 2;
    second += w * w;
    fourth += w ** 4;
  }
  const variance = n > 1 ? (squares / total ** 2) * (n / (n - 1)) : NaN;
  return { mean, variance, df: second * second / fourth - 1 };
}

/**
 * Values that (almost) all agree, be they answers or errors of predictions, are no proof that others would: the variance
 * allows for two that do not.
 */
function widened(
  found: MeanVariance,
  values: Float64Array,
  ends: readonly [number, number] | null,
  factor = 1,
): MeanVariance {
  const agreement = findAgreement(values, new Uint8Array(values.length), 0);
  if (ends === null || agreement === null || 2 * agreement.differing > agreement.n) return found;
  const parts = [found.variance, factor * agreementShortfall(agreement, ends, found.df + 1)];
  if (parts[1] === 0) return found;
  return { ...found, variance: parts[0]! + parts[1]!, df: summedDegrees(parts, [found.df, found.df + 2]) };
}

/** Weighted sums of squares and products of answers and predictions, around their means. */
export interface Products {
  readonly total: number;
  readonly outcome: number;
  readonly prediction: number;
  readonly cross: number;
  readonly means: readonly [outcome: number, prediction: number];
}

export function productsOf({ outcome, prediction, weight }: RectifiedSample): Products {
  const means = [meanVariance(outcome, weight).mean, meanVariance(prediction, weight).mean] as const;
  const [y, f] = [outcome.map((value) => value - means[0]), prediction.map((value) => value - means[1])];
  const weighted = (values: Float64Array) => weight ? values.map((value, i) => weight[i]! * value) : values;
  const [squares, others, cross] = [dot(weighted(y), y), dot(weighted(f), f), dot(weighted(y), f)];
  return { total: weight ? sum(weight) : y.length, outcome: squares, prediction: others, cross, means };
}

/** λ for each person from all others: the slope of answers on predictions, shrunk by (1 - 1/F)₊ with F its test. */
function crossFitted(sample: RectifiedSample, products: Products, poolShare: number): Float64Array {
  const { slope, error } = leaveOneOutSlopes(sample, products);
  return slope.map((own, i) => poolShare * shrink(own, error[i]!));
}

/** As in James and Stein's estimator: of a slope that chance would make as large, nothing is left. */
export function shrink(slope: number, error: number): number {
  // Of one that is just as large, rounding would leave something.
  return slope * slope > (1 + 1e-12) * error ? slope - error / slope : 0;
}

/**
 * For each person the slope of answers on predictions among all others, with its squared standard error. Predictions vary
 * among them as in the pool: where they seem to vary by less than chance would have it, their slope would be too steep.
 */
export function leaveOneOutSlopes(
  { outcome, prediction, weight, pool, poolWeight }: RectifiedSample,
  { total, outcome: yy, prediction: ff, cross, means: [y, f] }: Products,
): { readonly slope: Float64Array; readonly error: Float64Array } {
  const freedom = effectiveNumber(weight, outcome.length) - 3;
  const spreadOfPool = meanVariance(pool, poolWeight).variance * effectiveNumber(poolWeight, pool.length);
  // The hundredth part of chi-squares of so many degrees is below this share of their mean (Wilson and Hilferty 1931).
  const small = 2 / (9 * Math.max(1, freedom + 1));
  const rare = Math.max(0, 1 - small - 2.326 * Math.sqrt(small)) ** 3;
  const least = rare * total * (freedom + 1) / (freedom + 3) * spreadOfPool || 0;
  const error = new Float64Array(outcome.length);
  const slope = outcome.map((value, i) => {
    const w = weight === null ? 1 : weight[i]!;
    const [dy, df] = [value - y, prediction[i]! - f];
    const factor = w * total / (total - w);
    const [squares, own] = [yy - factor * dy * dy, ff - factor * df * df];
    const product = cross - factor * dy * df;
    const spread = Math.max(own, least);
    if (!(freedom > 0 && own > 1e-12 * ff && squares > 1e-12 * yy)) return 0;
    error[i] = Math.max(0, squares - product * product / spread) / (freedom * spread);
    return product / spread;
  });
  return { slope, error };
}

/**
 * λ from all, within 0 and 1: gradients at a mean, the covariance by n, the variance of all by n + N - 1 (Angelopoulos,
 * Duchi and Zrnic 2023, eq. 6).
 */
function plugIn({ outcome, prediction, weight, pool, poolWeight }: RectifiedSample, mean: number): number {
  const [n, m] = [outcome.length, pool.length];
  const gradients = (values: Float64Array, weight: Float64Array | null) => {
    const scale = weight === null ? 1 : values.length / sum(weight);
    return values.map((value, i) => (weight === null ? 1 : scale * weight[i]!) * (value - mean));
  };
  const [y, f] = [gradients(outcome, weight), gradients(prediction, weight)];
  const { variance } = moments([...f, ...gradients(pool, poolWeight)]);
  const lambda = (dot(y, f) / n - sum(y) * sum(f) / n / n) / ((1 + n / m) * variance);
  return lambda >= 0 ? Math.min(1, lambda) : 0;
}

/** How many of equal weight they are worth (Kish 1965). */
export function effectiveNumber(weight: Float64Array | null, n: number): number {
  return weight === null || n === 0 ? n : kishDesignEffect(weight).effectiveSize;
}
