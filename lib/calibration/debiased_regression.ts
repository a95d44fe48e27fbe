import { fitOnBasis } from "../stats/basis.ts";
import { type Inference, summedDegrees } from "../stats/inference.ts";
import { leastSquares } from "../stats/least_squares.ts";
import { dot } from "../stats/matrix.ts";
import { moments } from "../stats/moments.ts";
import { addSquares, combineColumns } from "../stats/products.ts";
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

/**
 * People's coefficients θ_j less Σ λ_j a_ji g_i, plus λ_j (γ_pool - γ)_j: of each one's influence what its prediction explains
 * is taken, and the mean of that is put back from the pool (Kluger and others 2025, arXiv 2501.18577). γ are the
 * coefficients of predictions of all, around which what λ is matters least, g what they leave. Each person's λ_j is tuned
 * on the others. `null` where people's answers have no finite coefficients.
 */
export function debiasedRegression(
  { human, pool }: RegressionSample,
  { model, lambda, df }: { model: RegressionModel; lambda: Lambda; df: "satterthwaite" | "residual" },
): DebiasedCoefficient[] | null {
  const start = fitOutcome(model, human);
  if (start === null) return null;
  const centre = fitPredictions(model, [human, pool]) ?? start;
  const own = workingFit(model, human, human.outcome, start, df === "satterthwaite");
  const told = workingFit(model, human, human.prediction, centre, false);
  const others = workingFit(model, pool, pool.prediction, centre, false);
  // Predictions that follow from the terms leave nothing but rounding.
  const rounding = 1e-20 * dot(human.prediction, human.prediction);
  const useful = others.fit.dropped.length === 0 && dot(told.residuals, told.residuals) > rounding;
  const slopes = slopesOf(own, told);
  return human.columns.map((_, j) => {
    const { coefficients, standardErrors, df } = own.fit;
    const alone = { estimate: coefficients[j]!, variance: standardErrors[j]! ** 2, df: df[j]! };
    if (!useful) return { ...alone, lambda: 0, correlation: NaN, alone };
    const [first, second] = [own, told].map(({ basis, inverseUpper }) =>
      combineColumns(basis, inverseUpper[j]!)
    );
    const y = own.sum((row) => first![row]! * own.adjusted[row]!);
    const f = own.sum((row) => second![row]! * told.adjusted[row]!);
    const influence = own.sum((row) => second![row]! * told.errors[row]!);
    const [yy, ff, yf] = [dot(y, y), dot(f, f), dot(y, f)];
    const spread = others.fit.standardErrors[j]! ** 2;
    // What a prediction explains counts less, the less surely the pool says what predictions are on average.
    const share = ff / (ff + spread);
    const one = typeof lambda === "number" ? lambda : Math.min(1, Math.max(0, share * yf / ff));
    const weights = slopes.map((slope) => lambda === "cross-fitted" ? share * slope : one);
    const mean = moments(weights).mean;
    const left = y.map((value, g) => value - weights[g]! * f[g]!);
    // The people's part relates to people alone as the sums of squared influences do.
    const parts = [alone.variance * (yy > 0 ? dot(left, left) / yy : 1), mean * mean * spread];
    return {
      estimate: alone.estimate - dot(weights, influence) +
        mean * (others.fit.coefficients[j]! - centre[j]!),
      variance: parts[0]! + parts[1]!,
      df: summedDegrees(parts, [alone.df, others.fit.df[j]!]),
      lambda: mean,
      correlation: yf / Math.sqrt(yy * ff),
      alone,
    };
  });
}

/** Coefficients of people's answers. */
function fitOutcome(
  model: RegressionModel,
  { columns, outcome, weight }: RegressionSample["human"],
): Float64Array | null {
  return solveMoments(
    model,
    [{ columns, weight, factor: 1 }],
    targetOf(columns, outcome, weight),
    (direction) => {
      let [worst, best] = [0, 0];
      for (const [row, up] of combineColumns(columns, direction).entries()) {
        // An answer of 0 is better fitted further down, a yes further up, any other nowhere (Albert and Anderson 1984).
        const yes = model === "logistic" && outcome[row] === 1;
        const gain = yes ? up : outcome[row] === 0 ? -up : -Math.abs(up);
        worst = Math.min(worst, gain);
        best = Math.max(best, gain);
      }
      return best > 1e-3 && -worst <= 1e-6 * best;
    },
  );
}

/**
 * Near the coefficients of predictions of all, which would not be finite where all say yes: a little of what is between no
 * and yes is mixed in. Estimates hold whatever these are.
 */
function fitPredictions(model: RegressionModel, sides: readonly RegressionRows[]): Float64Array | null {
  const between = model === "logistic" ? 0.5 : moments(sides[1]!.prediction).mean;
  const share = model === "linear" ? 0 : 0.01;
  const targets = sides.map(({ columns, prediction, weight }) =>
    targetOf(columns, prediction.map((f) => f + share * (between - f)), weight)
  );
  const parts = sides.map(({ columns, weight }) => ({ columns, weight, factor: 1 }));
  return solveMoments(model, parts, targets[0]!.map((value, j) => value + targets[1]![j]!));
}

type WorkingFit = ReturnType<typeof workingFit>;

/**
 * One step of iteratively reweighted least squares at `coefficients`, with its variance; a row's influence on coefficient j
 * is its row of the basis times row j of R⁻¹ times its error (y - μ) √(w / μ').
 */
function workingFit(
  model: RegressionModel,
  { columns, weight, cluster }: RegressionRows,
  outcome: Float64Array,
  coefficients: Float64Array,
  ownDegrees: boolean,
) {
  const codes = new Map([...new Set(cluster)].map((code, place) => [code, place]));
  const eta = combineColumns(columns, coefficients);
  const root = eta.map((value) => Math.sqrt(Math.max(slopeAt(model, meanAt(model, value)), 1e-12)));
  const weighted = (row: number) => weight === null ? 1 : Math.sqrt(weight[row]!);
  const plain = eta.map((value, row) => (outcome[row]! - meanAt(model, value)) / root[row]!);
  const target = plain.map((error, row) => eta[row]! * root[row]! + error);
  const scaled = model === "linear"
    ? columns
    : columns.map((column) => column.map((x, row) => x * root[row]!));
  const fit = leastSquares(scaled, target, {
    ...(weight === null ? {} : { weights: weight }),
    ...(codes.size === cluster.length ? {} : { clusters: cluster }),
    satterthwaite: ownDegrees ? [...columns.keys()] : [],
  });
  const errors = plain.map((error, row) => error * weighted(row));
  const copies = scaled.map((column) => column.map((x, row) => x * weighted(row)));
  const none = new Float64Array(copies.length);
  const { basis, inverseUpper, residuals } = fitOnBasis(copies, errors.slice(), none);
  const leverage = new Float64Array(errors.length);
  addSquares(leverage, basis, 0, leverage.length);
  // As if a row had not taken part in the fit; one that is fitted exactly says nothing.
  const adjusted = residuals.map((e, row) =>
    leverage[row]! > 1 - 1e-10 ? 0 : e / Math.sqrt(1 - leverage[row]!)
  );
  const sum = (valueOf: (row: number) => number): Float64Array => {
    const sums = new Float64Array(codes.size);
    cluster.forEach((code, row) => sums[codes.get(code)!] = sums[codes.get(code)!]! + valueOf(row));
    return sums;
  };
  return { fit, basis, inverseUpper, errors, residuals, adjusted, sum };
}

/**
 * How much predictions explain of answers for each person, or cluster, from all others, exactly as if it had not taken part;
 * shrunk by (1 - 1/F)₊ with F its test, as in James and Stein's estimator: of what chance would make as large nothing is
 * left. One for all coefficients: with few people one for each varies so much that intervals are wider than people's.
 */
function slopesOf(own: WorkingFit, told: WorkingFit): Float64Array {
  const sum = (a: WorkingFit, b: WorkingFit) => {
    const total = dot(a.residuals, b.residuals);
    return own.sum((row) => a.adjusted[row]! * b.adjusted[row]!).map((own) => total - own);
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
