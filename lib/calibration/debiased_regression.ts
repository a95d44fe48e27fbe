import { agreementShortfall } from "../estimation/few_answers.ts";
import { fitOnBasis } from "../stats/basis.ts";
import { findAgreement, type Inference, summedDegrees } from "../stats/inference.ts";
import { leastSquares } from "../stats/least_squares.ts";
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

/** A coefficient with what predictions add. */
export interface CalibratedCoefficient {
  readonly estimate: number;
  readonly variance: number;
  readonly df: number;
  readonly lambda: number;
  /** Correlation of what answers and predictions of people give to the coefficient. */
  readonly correlation: number;
  /** An interval that is not Student's. */
  readonly interval?: Partial<Inference>;
}

/** A coefficient of people's answers alone, beside the calibrated one. */
export interface DebiasedCoefficient extends CalibratedCoefficient {
  readonly alone: { readonly estimate: number; readonly variance: number; readonly df: number };
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
 * People's coefficients θ_j less Σ λ_j a_ji g_i, plus λ_j (γ_pool - γ)_j: of each one's influence what its prediction explains
 * is taken, and the mean of that is put back from the pool (Kluger and others 2025, arXiv 2501.18577). γ are the
 * coefficients of predictions of all, around which what λ is matters least, g what they leave. Each person's λ_j is tuned
 * on the others. `null` where people's answers have no finite coefficients.
 */
export function debiasedRegression(
  { human, pool }: RegressionSample,
  { model, lambda, df }: Pick<RegressionSettings, "model" | "lambda" | "df">,
): DebiasedCoefficient[] | null {
  const start = fitOutcome(model, human);
  if (start === null) return null;
  const centre = fitPredictions(model, [human, pool], start) ?? start;
  const own = influencesOf(workingFit(model, human, human.outcome, start, df === "satterthwaite"));
  const told = influencesOf(workingFit(model, human, human.prediction, centre));
  const others = workingFit(model, pool, pool.prediction, centre);
  const known = others.fit.residualDf > 0 && others.fit.standardErrors.every((error) => error >= 0);
  // Predictions that follow from the terms leave nothing but rounding.
  const rounding = 1e-20 * dot(human.prediction, human.prediction);
  const useful = known && dot(told.residuals, told.residuals) > rounding;
  const groups = positionsOf(human.cluster.length, human.cluster);
  const sumsOf = (left: Float64Array, right: Float64Array) => groupProducts([left], right, groups)[0]!;
  const slopes = slopesOf(own, told, sumsOf);
  const unseen = unseenErrors(model, human);
  return human.columns.map((_, j) => {
    const { coefficients, standardErrors, df } = own.fit;
    const alone = { estimate: coefficients[j]!, variance: standardErrors[j]! ** 2, df: df[j]! };
    if (!useful) return { ...alone, lambda: 0, correlation: NaN, alone };
    const [first, second] = [own, told].map(({ basis, inverseUpper }) =>
      combineColumns(basis, inverseUpper[j]!)
    );
    const y = sumsOf(first!, own.adjusted);
    const f = sumsOf(second!, told.adjusted);
    const influence = sumsOf(second!, told.errors);
    const [yy, ff, yf] = [dot(y, y), dot(f, f), dot(y, f)];
    const spread = others.fit.standardErrors[j]! ** 2;
    // What a prediction explains counts less, the less surely the pool says what predictions are on average.
    const share = ff / (ff + spread);
    const one = typeof lambda === "number" ? lambda : Math.min(1, Math.max(0, share * yf / ff));
    const weights = slopes.map((slope) => lambda === "cross-fitted" ? share * slope : one);
    const mean = moments(weights).mean;
    const left = y.map((value, g) => value - weights[g]! * f[g]!);
    // The people's part relates to people alone as the sums of squared influences do.
    const seen = alone.variance * (yy > 0 ? dot(left, left) / yy : 1);
    const reach = second!.reduce((sum, value, row) => sum + (value * told.units[row]!) ** 2, 0);
    const parts = [seen, mean * mean * spread, mean * mean * reach * unseen];
    return {
      estimate: alone.estimate - dot(weights, influence) +
        mean * (others.fit.coefficients[j]! - centre[j]!),
      variance: parts[0]! + parts[1]! + parts[2]!,
      df: summedDegrees(parts, [alone.df, others.fit.df[j]!, alone.df]),
      lambda: mean,
      correlation: yf / Math.sqrt(yy * ff),
      alone,
    };
  });
}

/**
 * By how much the variance of predictions' errors falls short where they (almost) agree, which is no proof that others would:
 * that with two more, one at either end of what is known.
 */
function unseenErrors(model: RegressionModel, { outcome, prediction }: RegressionSample["human"]): number {
  const n = outcome.length;
  const errors = outcome.map((value, row) => value - prediction[row]!);
  const found = findAgreement(errors, new Uint8Array(n), 0);
  if (found === null || 2 * found.differing > n || (model !== "logistic" && found.squares === 0)) return 0;
  const sorted = errors.toSorted();
  return n * agreementShortfall(found, model === "logistic" ? [-1, 1] : [sorted[0]!, sorted[n - 1]!], n);
}

/** Coefficients of people's answers; `null` where none are finite. */
export function fitOutcome(
  model: RegressionModel,
  { columns, outcome, weight }: RegressionSample["human"],
): Float64Array | null {
  const separates = (direction: Float64Array): boolean => {
    let [worst, best] = [0, 0];
    for (const [row, up] of combineColumns(columns, direction).entries()) {
      // An answer of 0 is better fitted further down, a yes further up, any other nowhere (Albert and Anderson 1984).
      const yes = model === "logistic" && outcome[row] === 1;
      const gain = yes ? up : outcome[row] === 0 ? -up : -Math.abs(up);
      [worst, best] = [Math.min(worst, gain), Math.max(best, gain)];
    }
    return best > 1e-3 && -worst <= 1e-6 * best;
  };
  return solveMoments(model, [{ columns, weight, factor: 1 }], targetOf(columns, outcome, weight), separates);
}

/**
 * Near the coefficients of predictions of all, which would not be finite where all say yes: a little of what is between no
 * and yes is mixed in. Estimates hold whatever these are.
 */
function fitPredictions(
  model: RegressionModel,
  sides: readonly RegressionRows[],
  start: Float64Array,
): Float64Array | null {
  const between = model === "logistic" ? 0.5 : moments(sides[1]!.prediction).mean;
  const share = model === "linear" ? 0 : 0.01;
  const targets = sides.map(({ columns, prediction, weight }) =>
    targetOf(columns, prediction.map((f) => f + share * (between - f)), weight)
  );
  const parts = sides.map(({ columns, weight }) => ({ columns, weight, factor: 1 }));
  return solveMoments(model, parts, targets[0]!.map((value, j) => value + targets[1]![j]!), undefined, start);
}

/** One step of iteratively reweighted least squares at `coefficients`, on the scale of √(weight · μ'), with its variance. */
function workingFit(
  model: RegressionModel,
  { columns, weight, cluster }: RegressionRows,
  outcome: Float64Array,
  coefficients: Float64Array,
  ownDegrees = false,
) {
  const errors = combineColumns(columns, coefficients);
  const [target, root, units] = [errors.slice(), errors.slice(), errors.slice()];
  for (let row = 0; row < errors.length; row++) {
    const [eta, mean] = [errors[row]!, meanAt(model, errors[row]!)];
    const slope = Math.max(slopeAt(model, mean), 1e-12);
    root[row] = Math.sqrt(weight === null ? slope : weight[row]! * slope);
    units[row] = root[row]! / slope;
    errors[row] = (outcome[row]! - mean) * units[row]!;
    target[row] = eta * root[row]! + errors[row]!;
  }
  const plain = model === "linear" && weight === null;
  const scaled = plain ? columns : columns.map((column) => column.map((x, row) => x * root[row]!));
  const fit = leastSquares(scaled, target, {
    clusters: new Set(cluster).size < cluster.length ? cluster : null,
    satterthwaite: ownDegrees ? [...columns.keys()] : [],
  });
  return { fit, scaled, errors, units };
}

type Influences = ReturnType<typeof influencesOf>;

/** A row's influence on coefficient j is its row of the basis times row j of R⁻¹ times its error. */
function influencesOf({ fit, scaled, errors, units }: ReturnType<typeof workingFit>) {
  const copies = scaled.map((column) => column.slice());
  const found = fitOnBasis(copies, errors.slice(), new Float64Array(copies.length));
  const leverage = new Float64Array(errors.length);
  addSquares(leverage, found.basis, 0, leverage.length);
  // As if a row had not taken part in the fit; one that is fitted exactly says nothing.
  const adjusted = found.residuals.map((e, row) =>
    leverage[row]! > 1 - 1e-10 ? 0 : e / Math.sqrt(1 - leverage[row]!)
  );
  return { ...found, fit, errors, units, adjusted };
}

/**
 * How much predictions explain of answers for each person, or cluster, from all others, exactly as if it had not taken part;
 * shrunk by (1 - 1/F)₊ with F its test, as in James and Stein's estimator: of what chance would make as large nothing is
 * left. One for all coefficients: with few people one for each varies so much that intervals are wider than people's.
 */
function slopesOf(
  own: Influences,
  told: Influences,
  sumsOf: (left: Float64Array, right: Float64Array) => Float64Array,
): Float64Array {
  const sum = (a: Influences, b: Influences) => {
    const total = dot(a.residuals, b.residuals);
    return sumsOf(a.adjusted, b.adjusted).map((own) => total - own);
  };
  const [yy, ff, yf] = [sum(own, own), sum(told, told), sum(own, told)];
  const freedom = yy.length - own.basis.length - 2;
  return yf.map((product, g) => {
    if (!(freedom > 0 && ff[g]! > 0 && yy[g]! > 0)) return 0;
    const explained = Math.min(1, product * product / (yy[g]! * ff[g]!));
    const shrinkage = Math.max(0, 1 - (1 - explained) / (explained * freedom));
    return explained > 0 ? shrinkage * product / ff[g]! : 0;
  });
}
