import { quadraticInverse } from "../../stats/matrix.ts";
import { chiSquareUpper, fUpper } from "../../stats/distributions.ts";
import { leastSquares, type LeastSquaresFit } from "../../stats/least_squares.ts";
import type { CovarianceType } from "../../stats/fit_parts.ts";
import type { TwoStageFit } from "../../stats/two_stage_least_squares.ts";

/** Columns by their role in an instrumental variables model; the constant is one of `exogenous`. */
export interface InstrumentModel {
  /** Each row's outcome. */
  readonly outcome: Float64Array;
  /** What units received. */
  readonly endogenous: readonly Float64Array[];
  /** The constant and the covariates. */
  readonly exogenous: readonly Float64Array[];
  /** What units were assigned, as far as it adds to the others. */
  readonly excluded: readonly Float64Array[];
  /** Each row's weight. */
  readonly weights: Float64Array | null;
  /** Each row's cluster. */
  readonly clusters: Int32Array | null;
  /** How covariances are estimated. */
  readonly covarianceType: CovarianceType;
}

/** A test of several restrictions. */
export interface JointTest {
  /** F or chi-square. */
  readonly statistic: number;
  /** Restrictions. */
  readonly dfNumerator: number;
  /** Denominator degrees of freedom; `Infinity` for chi-square. */
  readonly df: number;
  /** Its p-value. */
  readonly pValue: number;
}

/** Fits least squares with the model's weights, clusters and covariance. */
export function fitWith(
  model: InstrumentModel,
  columns: readonly Float64Array[],
  outcome: Float64Array,
): LeastSquaresFit {
  return leastSquares(columns, outcome, {
    ...(model.weights === null ? {} : { weights: model.weights }),
    ...(model.clusters === null ? {} : { clusters: model.clusters }),
    covarianceType: model.covarianceType,
  });
}

/** Denominator degrees of freedom of joint tests: rows less rank, or clusters less one. */
export function jointFreedom(model: InstrumentModel, fit: LeastSquaresFit): number {
  return model.clusters === null ? model.outcome.length - fit.rank : new Set(model.clusters).size - 1;
}

/** Tests that the last coefficients of a fit are 0: b'V⁻¹b / q as F. */
function testLast(model: InstrumentModel, fit: LeastSquaresFit, from: number): JointTest {
  const places = [...fit.coefficients.keys()].slice(from).filter((j) => !fit.dropped.includes(j));
  const b = places.map((j) => fit.coefficients[j]!);
  const V = places.map((j) => places.map((l) => fit.covariance[j]![l]!));
  const statistic = quadraticInverse(V, b) / places.length;
  const df = jointFreedom(model, fit);
  return { statistic, dfNumerator: places.length, df, pValue: fUpper(statistic, places.length, df) };
}

/** Tests that the instruments do not move what units received: small values of F mean weak instruments. */
export function testInstruments(model: InstrumentModel, endogenous: Float64Array): JointTest {
  const fit = fitWith(model, [...model.exogenous, ...model.excluded], endogenous);
  return testLast(model, fit, model.exogenous.length);
}

/** Wu and Hausman: whether the first stage's residuals explain the outcome, as they do if least squares is biased. */
export function testEndogeneity(model: InstrumentModel, residuals: readonly Float64Array[]): JointTest {
  const regressors = [...model.exogenous, ...model.endogenous];
  return testLast(model, fitWith(model, [...regressors, ...residuals], model.outcome), regressors.length);
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
  const weighting = model.weights === null ? {} : { weights: model.weights };
  const plain = { ...weighting, covarianceType: "classical" as const };
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
  const scores = rests.map((rest) => clusterSums(rest, residuals, model));
  const products = scores.map((a) => scores.map((b) => a.reduce((sum, value, g) => sum + value * b[g]!, 0)));
  const totals = scores.map((score) => score.reduce((sum, value) => sum + value, 0));
  return chiSquareTest(quadraticInverse(products, totals), extra);
}

function chiSquareTest(statistic: number, restrictions: number): JointTest {
  const pValue = chiSquareUpper(Math.max(0, statistic), restrictions);
  return { statistic, dfNumerator: restrictions, df: Infinity, pValue };
}

function weightedSquares(values: Float64Array, weights: Float64Array | null): number {
  return values.reduce((sum, value, row) => sum + value * value * (weights === null ? 1 : weights[row]!), 0);
}

/** Σ w e r within each cluster; of each row where there are none. */
function clusterSums(
  rest: Float64Array,
  residuals: Float64Array,
  { weights, clusters }: InstrumentModel,
): number[] {
  const sums = new Map<number, number>();
  for (let row = 0; row < rest.length; row++) {
    const score = rest[row]! * residuals[row]! * (weights === null ? 1 : weights[row]!);
    const place = clusters === null ? row : clusters[row]!;
    sums.set(place, (sums.get(place) ?? 0) + score);
  }
  return [...sums.values()];
}
