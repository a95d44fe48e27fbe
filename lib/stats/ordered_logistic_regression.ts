import { cholesky, solveCholesky } from "./cholesky.ts";
import { likelihoodCovariance, type LikelihoodCovarianceType } from "./likelihood_covariance.ts";
import { type Matrix, multiply, multiplyVector, transpose, zeros } from "./matrix.ts";
import { evaluateOrdered, type OrderedModel, orderedSize } from "./ordered_likelihood.ts";

/** A fitted ordered logit. */
export interface OrderedFit {
  /** Thresholds (with further nominal columns: each threshold's coefficients together), then coefficients. */
  readonly parameters: Float64Array;
  /** The parameters' covariance; `null` where no maximum was reached. */
  readonly covariance: Matrix | null;
  /** Log likelihood. */
  readonly logLikelihood: number;
  /** Whether a maximum was reached; there is none where a variable separates the categories. */
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

interface StandardColumn {
  values: Float64Array;
  mean: number;
  scale: number;
}

function standardise(columns: readonly Float64Array[]): StandardColumn[] {
  return columns.map((column) => {
    const mean = column.reduce((total, value) => total + value, 0) / column.length;
    const squares = column.reduce((total, value) => total + (value - mean) ** 2, 0);
    const scale = Math.sqrt(squares / column.length) || 1;
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
  let parameters = startAtShares(model);
  let point = evaluateOrdered(model, parameters);
  for (let iteration = 0; iteration < 100; iteration++) {
    const lower = cholesky(point.information, 1e-13);
    if (lower === null) break;
    const step = solveCholesky(lower, point.gradient);
    const size = step.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    const scale = 1 + parameters.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    let factor = 1;
    let next = parameters.map((value, j) => value + step[j]!);
    let reached = evaluateOrdered(model, next);
    const allowed = 1e-10 * (1 + Math.abs(point.logLikelihood));
    while (!(reached.logLikelihood >= point.logLikelihood - allowed) && factor > 1e-12) {
      factor /= 2;
      next = parameters.map((value, j) => value + factor * step[j]!);
      reached = evaluateOrdered(model, next);
    }
    [parameters, point] = [next, reached];
    // Convergence is quadratic: the next step is of the order of rounding.
    if (size < 1e-9 * scale) {
      const covariance = covarianceOf(model, parameters, point.information, clusters, covarianceType);
      return { parameters, covariance, logLikelihood: point.logLikelihood, converged: covariance !== null };
    }
    // Along a direction without a maximum the steps stay large while the likelihood hardly rises.
    if (iteration > 20 && size > 0.1) break;
  }
  return { parameters, covariance: null, logLikelihood: point.logLikelihood, converged: false };
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
  parameters: Float64Array,
  information: Matrix,
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
