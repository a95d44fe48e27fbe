import { chiSquareUpper, fCritical, fUpper } from "../../stats/distributions.ts";
import type { CovarianceType } from "../../stats/covariance.ts";
import { leastSquares, type LeastSquaresFit } from "../../stats/least_squares.ts";
import { dot, type Matrix, quadraticInverse } from "../../stats/matrix.ts";
import { moments } from "../../stats/moments.ts";
import { groupProducts } from "../../stats/products.ts";
import { positionsOf } from "../../stats/resampling.ts";
import type { TwoStageFit } from "../../stats/two_stage_least_squares.ts";

/** Columns by their role in an instrumental variables model; the constant is one of `exogenous`. */
export interface InstrumentModel {
  readonly outcome: Float64Array;
  /** What units received. */
  readonly endogenous: readonly Float64Array[];
  /** The constant and the covariates. */
  readonly exogenous: readonly Float64Array[];
  /** What units were assigned, as far as it adds to the others. */
  readonly excluded: readonly Float64Array[];
  readonly weights: Float64Array | null;
  readonly clusters: Int32Array | null;
  readonly covarianceType: CovarianceType;
}

/** A test of several restrictions: F, or chi-square, whose `df` is infinite. */
export type JointTest = { readonly [value in "statistic" | "dfNumerator" | "df" | "pValue"]: number };

function fitWith(
  { weights, clusters, covarianceType }: InstrumentModel,
  columns: readonly Float64Array[],
  outcome: Float64Array,
): LeastSquaresFit {
  return leastSquares(columns, outcome, { weights, clusters, covarianceType });
}

/** Denominator degrees of freedom of joint tests: rows less rank, or clusters less one. */
function jointFreedom({ clusters, residualDf }: LeastSquaresFit): number {
  return clusters === null ? residualDf : clusters - 1;
}

/** Tests that the last coefficients of a fit are 0: b'V⁻¹b / q as F. */
function testLast(fit: LeastSquaresFit, from: number): JointTest {
  const places = [...fit.coefficients.keys()].slice(from).filter((j) => !fit.dropped.includes(j));
  const b = places.map((j) => fit.coefficients[j]!);
  const V = places.map((j) => places.map((l) => fit.covariance[j]![l]!));
  const statistic = quadraticInverse(V, b) / places.length;
  const df = jointFreedom(fit);
  return { statistic, dfNumerator: places.length, df, pValue: fUpper(statistic, places.length, df) };
}

/** Tests that the instruments do not move what units received: small values of F mean weak instruments. */
export function testInstruments(model: InstrumentModel, endogenous: Float64Array): JointTest {
  const fit = fitWith(model, [...model.exogenous, ...model.excluded], endogenous);
  return testLast(fit, model.exogenous.length);
}

/** Wu and Hausman: whether the first stage's residuals explain the outcome, as they do if least squares is biased. */
export function testEndogeneity(model: InstrumentModel, residuals: readonly Float64Array[]): JointTest {
  const regressors = [...model.exogenous, ...model.endogenous];
  return testLast(fitWith(model, [...regressors, ...residuals], model.outcome), regressors.length);
}

/**
 * Tests that all instruments give the same answer: Sargan's n R² of the residuals on the instruments (classical), or
 * Wooldridge's score test 1'S (S'S)⁻¹ S'1 (robust; scores summed within clusters), S = w e r with r what the fitted
 * regressors leave of the instruments (Wooldridge 1995, in Advances in Econometrics, 185-227).
 */
export function testOveridentification(
  model: InstrumentModel,
  { residuals, firstStageResiduals }: TwoStageFit,
): JointTest {
  const extra = model.excluded.length - model.endogenous.length;
  const plain = { weights: model.weights, covarianceType: "classical" as const };
  if (model.covarianceType === "classical") {
    const left = leastSquares([...model.exogenous, ...model.excluded], residuals, plain).residuals;
    const squares = weightedSquares(residuals, model.weights);
    const statistic = residuals.length * (1 - weightedSquares(left, model.weights) / squares);
    return chiSquareTest(statistic, extra);
  }
  const projected = [...model.exogenous, ...model.endogenous].map((column, j) =>
    column.map((value, row) => value - firstStageResiduals[j]![row]!)
  );
  const rests = model.excluded.slice(0, extra).map((column) =>
    leastSquares(projected, column, plain).residuals
  );
  const weighted = residuals.map((value, row) => value * (model.weights?.[row] ?? 1));
  const groups = positionsOf(residuals.length, model.clusters ?? Int32Array.from(residuals.keys()));
  const scores = groupProducts(rests, weighted, groups);
  const products = scores.map((a) => scores.map((b) => dot(a, b)));
  const totals = scores.map((score) => score.reduce((sum, value) => sum + value, 0));
  return chiSquareTest(quadraticInverse(products, totals), extra);
}

function chiSquareTest(statistic: number, restrictions: number): JointTest {
  const pValue = chiSquareUpper(Math.max(0, statistic), restrictions);
  return { statistic, dfNumerator: restrictions, df: Infinity, pValue };
}

function weightedSquares(values: Float64Array, weights: Float64Array | null): number {
  return values.reduce((sum, value, row) => sum + value * value * (weights?.[row] ?? 1), 0);
}

/**
 * Tests values β of the one effect by whether the instruments explain y - βd, and collects those not rejected: valid
 * however weak the instruments are (Anderson and Rubin 1949, Annals of Mathematical Statistics 20, 46-63).
 *
 * The instruments' coefficients in the regression of y - βd are π_y - βπ_d and their covariance is a quadratic in β,
 * so three regressions give the test at every β.
 */
export function andersonRubin(
  model: InstrumentModel,
  centre: number,
  alpha: number,
): JointTest & ReturnType<typeof collect> {
  const { at, scale, df, restrictions } = testAtValues(model);
  const critical = fCritical(alpha, restrictions, df);
  const accepts = (beta: number) => at(beta) <= critical;
  const statistic = at(0);
  const test = { statistic, dfNumerator: restrictions, df, pValue: fUpper(statistic, restrictions, df) };
  if (!Number.isFinite(critical) || Number.isNaN(statistic)) {
    const reason = ["no Anderson-Rubin interval can be computed"];
    return { ...test, low: NaN, high: NaN, notes: [], reason };
  }
  return { ...test, ...collect(accepts, centre, scale) };
}

function testAtValues(model: InstrumentModel) {
  const instruments = [...model.exogenous, ...model.excluded];
  const received = model.endogenous[0]!;
  const scale = Math.sqrt(moments(model.outcome).variance / moments(received).variance) || 1;
  const fits = [0, 1, -1].map((factor) => fitWith(model, instruments, shift(model, factor * scale)));
  const places = [...instruments.keys()].slice(model.exogenous.length)
    .filter((j) => !fits[0]!.dropped.includes(j));
  const [V0, V1, V2] = fits.map(({ covariance }) => places.map((j) => places.map((l) => covariance[j]![l]!)));
  const [b0, b1] = fits.map(({ coefficients }) => places.map((j) => coefficients[j]!));
  // In units t = β / scale: b(t) = b0 + t (b1 - b0), V(t) = V0 + t (V1 - V2) / 2 + t² ((V1 + V2) / 2 - V0).
  // Dividing by 1 + t² keeps both finite up to t = ±∞.
  const at = (beta: number) => {
    const angle = Math.atan(beta / scale);
    const [one, t] = [Math.cos(angle), Math.sin(angle)];
    const b = b0!.map((value, j) => one * value + t * (b1![j]! - value));
    const V: Matrix = V0!.map((row, j) =>
      row.map((value, l) => {
        const [up, down] = [V1![j]![l]!, V2![j]![l]!];
        return one * one * value + one * t * (up - down) / 2 + t * t * ((up + down) / 2 - value);
      })
    );
    return b.length === 1 ? b[0]! ** 2 / V[0]![0]! : quadraticInverse(V, b) / b.length;
  };
  return { at, scale, df: jointFreedom(fits[0]!), restrictions: places.length };
}

function shift({ outcome, endogenous }: InstrumentModel, beta: number): Float64Array {
  return outcome.map((value, row) => value - beta * endogenous[0]![row]!);
}

/** The lowest and highest accepted value, looked for along an angle that runs from -∞ to ∞ around the centre. */
function collect(accepts: (beta: number) => boolean, centre: number, scale: number) {
  const steps = 400;
  const value = (step: number) => centre + scale * Math.tan(Math.PI * (step / steps - 0.5));
  const accepted: boolean[] = [];
  for (let step = 0; step <= steps; step++) {
    accepted.push(accepts(step === 0 ? -Infinity : step === steps ? Infinity : value(step)));
  }
  const first = accepted.indexOf(true);
  if (first < 0) {
    const reason = ["the instruments contradict each other: every value is rejected"];
    return { low: NaN, high: NaN, notes: [], reason };
  }
  const last = accepted.lastIndexOf(true);
  const [before, after] = [value(first - 1 || 1e-9), value(Math.min(last + 1, steps - 1e-9))];
  const low = first === 0 ? -Infinity : boundary(accepts, value(first), before);
  const high = last === steps ? Infinity : boundary(accepts, value(last), after);
  const gap = accepted.slice(first, last).includes(false);
  const middle = gap ? "; values in its middle are rejected" : "";
  const notes = low === -Infinity || high === Infinity
    ? [`the instruments are too weak for a bounded interval${middle}`]
    : gap
    ? ["some values inside the interval are rejected"]
    : [];
  return { low, high, notes, reason: [] };
}

/** The border between an accepted and a rejected value. */
function boundary(accepts: (beta: number) => boolean, inside: number, outside: number): number {
  for (let step = 0; step < 200; step++) {
    const middle = (inside + outside) / 2;
    if (middle === inside || middle === outside) break;
    if (accepts(middle)) inside = middle;
    else outside = middle;
  }
  return inside;
}
