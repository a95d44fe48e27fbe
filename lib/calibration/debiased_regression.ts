import { agreementShortfall } from "../estimation/few_answers.ts";
import { fitOnBasis } from "../stats/basis.ts";
import { findAgreement, type Inference, summedDegrees } from "../stats/inference.ts";
import { leastSquares } from "../stats/least_squares.ts";
import { meanOne } from "../stats/least_squares_design.ts";
import { separates } from "../stats/logistic_regression.ts";
import { dot } from "../stats/matrix.ts";
import { moments } from "../stats/moments.ts";
import { addSquares, combineColumns, groupProducts } from "../stats/products.ts";
import { positionsOf } from "../stats/resampling.ts";
import { meanAt, type RegressionModel, slopeAt, solveMoments, targetOf } from "./model_moments.ts";
import type { Lambda } from "./rectified_mean.ts";

/** Rows of a regression: people, or personas whom no person stands for. */
export interface RegressionRows {
  /** The design by columns, of full rank among people. */
  readonly columns: readonly Float64Array[];
  /** What the model says that each answers. */
  readonly prediction: Float64Array;
  readonly weight: Float64Array | null;
  /** Rows with the same number depend on each other. */
  readonly cluster: Int32Array;
}

/** People's rows and the pool's. */
export interface RegressionSample {
  readonly human: RegressionRows & { readonly outcome: Float64Array };
  readonly pool: RegressionRows;
}

type AloneCoefficient = { readonly [value in "estimate" | "variance" | "df"]: number };

/** A coefficient with what predictions add. */
export interface CalibratedCoefficient extends AloneCoefficient {
  readonly lambda: number;
  /** Correlation of what answers and predictions of people give to the coefficient. */
  readonly correlation: number;
  /** An interval that is not Student's. */
  readonly interval?: Partial<Inference>;
}

/** A coefficient of people's answers alone, beside the calibrated one. */
export interface DebiasedCoefficient extends CalibratedCoefficient {
  readonly alone: AloneCoefficient;
}

/** What all estimators of calibrated coefficients are told. */
export interface RegressionSettings {
  readonly model: RegressionModel;
  readonly lambda: Lambda;
  readonly df: "satterthwaite" | "residual";
  readonly alpha: number;
  readonly seed: number;
  readonly replicates: number | undefined;
}

/**
 * People's coefficients θ_j less Σ λ_j a_ji g_i, plus the same sum over the pool: of each one's influence what its prediction
 * explains is taken, and the mean of that is put back from the pool (Kluger and others 2025, arXiv 2501.18577). g are what
 * the terms leave of predictions among all, so that what λ is matters least; influences a are those at θ, which exist
 * whatever predictions are, and then once more those at the estimate, from which it is less far. Each person's λ_j is tuned
 * on the others. `null` where people's answers have no finite coefficients.
 */
export function debiasedRegression(
  sample: RegressionSample,
  settings: Pick<RegressionSettings, "model" | "lambda" | "df">,
): DebiasedCoefficient[] | null {
  const { model, lambda } = settings;
  const rows = { human: withMeanOne(sample.human), pool: withMeanOne(sample.pool) };
  const start = fitOutcome(model, rows.human);
  if (start === null) return null;
  const remainders = remaindersOf(model, [rows.human, rows.pool], typeof lambda === "number");
  const found = debiasedAt(start, rows, remainders, settings);
  if (model === "linear" || lambda === 0 || remainders === null) return found;
  const near = Float64Array.from(found, ({ estimate }) => estimate);
  const again = debiasedAt(near, rows, remainders, settings);
  // With (almost) too few people the curve of the model may carry a step away.
  const isNear = ({ estimate }: DebiasedCoefficient, j: number) =>
    Math.abs(estimate - near[j]!) <= Math.sqrt(found[j]!.alone.variance);
  return again.every(isNear) ? again.map((each, j) => ({ ...each, alone: found[j]!.alone })) : found;
}

function debiasedAt(
  start: Float64Array,
  { human, pool }: RegressionSample,
  remainders: readonly Float64Array[] | null,
  { model, lambda, df }: Pick<RegressionSettings, "model" | "lambda" | "df">,
): DebiasedCoefficient[] {
  const errors = combineColumns(human.columns, start)
    .map((eta, row) => human.outcome[row]! - meanAt(model, eta));
  const own = workingFit(model, human, errors, start, df === "satterthwaite");
  const others = remainders && workingFit(model, pool, remainders[1]!, start).fit;
  const known = others !== null && others.residualDf > 0 &&
    others.standardErrors.every((error) => error >= 0);
  const copies = own.scaled.map((column) => column.slice());
  const { basis, inverseUpper } = fitOnBasis(copies, own.errors.slice(), new Float64Array(copies.length));
  const people = influencesOf(basis, own.errors);
  const told = known ? influencesOf(basis, remainders![0]!.map((g, row) => g * own.units[row]!)) : people;
  const groups = positionsOf(human.cluster.length, human.cluster);
  const sumsOf = (left: Float64Array, right: Float64Array) => groupProducts([left], right, groups)[0]!;
  const slopes = known ? slopesOf(people, told, others.residualVariance, sumsOf) : [];
  const unseen = unseenErrors(model, human);
  return human.columns.map((_, j) => {
    const coefficient = combineColumns(basis, inverseUpper[j]!);
    const y = sumsOf(coefficient, people.adjusted);
    const yy = dot(y, y);
    const scaled = coefficient.map((value, row) => value * own.units[row]!);
    // Of people who all give one answer errors are rounding.
    const exact = yy <= 1e-24 * scaled.reduce((sum, a, row) => sum + (a * human.outcome[row]!) ** 2, 0);
    const variance = exact ? 0 : own.fit.standardErrors[j]! ** 2;
    const estimate = start[j]! + own.fit.coefficients[j]!;
    const alone = { estimate, variance, df: own.fit.df[j]! };
    if (!known || variance === 0) return { ...alone, lambda: 0, correlation: NaN, alone };
    const f = sumsOf(coefficient, told.adjusted);
    const influence = sumsOf(coefficient, told.errors);
    const [ff, yf] = [dot(f, f), dot(y, f)];
    const spread = others.standardErrors[j]! ** 2;
    // What a prediction explains counts less, the less surely the pool says what predictions are on average.
    const share = ff > 0 ? ff / (ff + spread) : 0;
    const one = typeof lambda === "number" ? lambda : share && Math.min(1, Math.max(0, share * yf / ff));
    const weights = slopes.map((slope) => lambda === "cross-fitted" ? share * slope : one);
    const mean = moments(weights).mean;
    const left = y.map((value, g) => value - weights[g]! * f[g]!);
    // The people's part relates to people alone as the sums of squared influences do.
    const predicted = [spread, unseen * dot(scaled, scaled)].map((part) => mean * mean * part);
    const parts = [variance * dot(left, left) / yy, predicted[0]!, predicted[1]!] as const;
    return {
      estimate: estimate - dot(weights, influence) + mean * others.coefficients[j]!,
      variance: parts[0] + parts[1] + parts[2],
      df: summedDegrees(parts, [alone.df, others.df[j]!, alone.df]),
      lambda: mean,
      correlation: yf / Math.sqrt(yy * ff),
      alone,
    };
  });
}

/** With weights that are 1 on average, as their scale says nothing. */
export function withMeanOne<Rows extends RegressionRows>(rows: Rows): Rows {
  return rows.weight === null ? rows : { ...rows, weight: meanOne(rows.weight) };
}

/**
 * By how much the variance of predictions' errors falls short where they (almost) agree, which is no proof that others would:
 * that with two more, one at either end of what answers and predictions show to be possible.
 */
function unseenErrors(model: RegressionModel, { outcome, prediction }: RegressionSample["human"]): number {
  const n = outcome.length;
  const errors = outcome.map((value, row) => value - prediction[row]!);
  const found = findAgreement(errors, new Uint8Array(n), 0);
  if (found === null || 2 * found.differing > n) return 0;
  const [y, f] = [outcome.toSorted(), prediction.toSorted()];
  const ends = [y[0]! - f[n - 1]!, y[n - 1]! - f[0]!] as const;
  return n * agreementShortfall(found, model === "logistic" ? [-1, 1] : ends, n);
}

/** Coefficients of people's answers; `null` where none are finite. */
export function fitOutcome(
  model: RegressionModel,
  { columns, outcome, weight }: RegressionSample["human"],
): Float64Array | null {
  const highest = model === "logistic" ? 1 : Infinity;
  const hopeless = (direction: Float64Array) => separates(columns, outcome, direction, highest);
  return solveMoments(model, [{ columns, weight, factor: 1 }], targetOf(columns, outcome, weight), hopeless);
}

/**
 * What the terms leave of predictions, Σ x g = 0 over all, people's and the pool's; `null` where that is (next to) nothing, in
 * which there is only rounding and the form of the model. As there are no finite coefficients where all say yes, a little of
 * what is between no and yes is mixed in, and taken out of what is left.
 */
function remaindersOf(
  model: RegressionModel,
  sides: readonly RegressionRows[],
  always: boolean,
): Float64Array[] | null {
  const { mean } = moments(sides[1]!.prediction);
  const between = model === "logistic" ? 0.5 : mean;
  const share = model === "linear" ? 0 : 0.01;
  const targets = sides.map(({ columns, prediction, weight }) =>
    targetOf(columns, prediction.map((f) => f + share * (between - f)), weight)
  );
  const parts = sides.map(({ columns, weight }) => ({ columns, weight, factor: 1 }));
  const centre = solveMoments(model, parts, targets[0]!.map((value, j) => value + targets[1]![j]!));
  if (centre === null) return null;
  let [left, all, size] = [0, 0, 0];
  const remainders = sides.map(({ columns, prediction }) =>
    combineColumns(columns, centre).map((eta, row) => {
      const f = prediction[row]!;
      const g = f - (meanAt(model, eta) - share * between) / (1 - share);
      [left, all, size] = [left + g * g, all + (f - mean) ** 2, size + f * f];
      return g;
    })
  );
  return left > 1e-12 * size && (always || left > 1e-3 * all) ? remainders : null;
}

/** One step of iteratively reweighted least squares from `coefficients`, on the scale of √(weight · μ'), with its variance. */
function workingFit(
  model: RegressionModel,
  { columns, weight, cluster }: RegressionRows,
  left: Float64Array,
  coefficients: Float64Array,
  ownDegrees = false,
) {
  const slopes = combineColumns(columns, coefficients)
    .map((eta) => Math.max(slopeAt(model, meanAt(model, eta)), 1e-12));
  const root = slopes.map((slope, row) => Math.sqrt(weight === null ? slope : weight[row]! * slope));
  const units = root.map((value, row) => value / slopes[row]!);
  const errors = units.map((unit, row) => unit * left[row]!);
  const plain = model === "linear" && weight === null;
  const scaled = columns.map((column) => plain ? column : column.map((x, row) => x * root[row]!));
  const fit = leastSquares(scaled, errors, {
    clusters: new Set(cluster).size < cluster.length ? cluster : null,
    satterthwaite: ownDegrees ? [...columns.keys()] : [],
  });
  return { fit, scaled, errors, units };
}

type Influences = ReturnType<typeof influencesOf>;

/** A row's influence on coefficient j is its row of the basis times row j of R⁻¹ times its error. */
function influencesOf(basis: readonly Float64Array[], errors: Float64Array) {
  const along = combineColumns(basis, basis.map((column) => dot(column, errors)));
  const residuals = errors.map((error, row) => error - along[row]!);
  const leverage = new Float64Array(errors.length);
  addSquares(leverage, basis, 0, leverage.length);
  // As if a row had not taken part in the fit; one that is fitted exactly says nothing.
  const adjusted = residuals.map((e, row) =>
    leverage[row]! > 1 - 1e-10 ? 0 : e / Math.sqrt(1 - leverage[row]!)
  );
  return { basis, errors, residuals, adjusted };
}

/**
 * How much predictions explain of answers for each person, or cluster, from all others, exactly as if it had not taken part;
 * shrunk by (1 - 1/F)₊ with F its test, as in James and Stein's estimator: of what chance would make as large nothing is
 * left. Predictions that happen to vary less among people than in the pool are taken to vary as there. One for all
 * coefficients: with few people one for each varies so much that intervals are wider than people's.
 */
function slopesOf(
  own: Influences,
  told: Influences,
  variance: number,
  sumsOf: (left: Float64Array, right: Float64Array) => Float64Array,
): Float64Array {
  const sum = (a: Influences, b: Influences) => {
    const total = dot(a.residuals, b.residuals);
    return sumsOf(a.adjusted, b.adjusted).map((own) => total - own);
  };
  const [yy, ff, yf] = [sum(own, own), sum(told, told), sum(own, told)];
  const freedom = yy.length - own.basis.length - 2;
  const others = (own.errors.length * (1 - 1 / yy.length) - own.basis.length) * variance;
  // Nor may one person hold (almost) all that predictions vary by.
  const least = Math.max(others, dot(told.residuals, told.residuals) / 4);
  return yf.map((product, g) => {
    const spread = Math.max(ff[g]!, least);
    if (!(freedom > 0 && spread > 0 && yy[g]! > 0)) return 0;
    const explained = Math.min(1, product * product / (yy[g]! * spread));
    const shrinkage = Math.max(0, 1 - (1 - explained) / (explained * freedom));
    return explained > 0 ? shrinkage * product / spread : 0;
  });
}
