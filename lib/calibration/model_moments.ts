import { type LikelihoodPoint, logistic, maximiseLikelihood } from "../stats/logistic_regression.ts";
import { cholesky, dot, type Matrix, solveCholesky } from "../stats/matrix.ts";
import { columnProducts, combineColumns } from "../stats/products.ts";

/** How the mean of an outcome follows from the terms: as it is, by the logistic function, or by the exponential. */
export type RegressionModel = "linear" | "logistic" | "poisson";

/** Rows of a design with weights, all counted `factor` times. */
export interface MomentPart {
  readonly columns: readonly Float64Array[];
  readonly weight: Float64Array | null;
  readonly factor: number;
}

/**
 * Solves Σ ω x μ(x'θ) = t by Newton's method, which every model of means comes to: with t = Σ ω x y a regression, with rows
 * that count negatively one whose predictions are corrected. `null` where nothing solves it.
 *
 * @param separates tells a direction along which there is no solution, where the outcomes can show it
 */
export function solveMoments(
  model: RegressionModel,
  parts: readonly MomentPart[],
  target: ArrayLike<number>,
  separates: (direction: Float64Array) => boolean = () => false,
  start: Float64Array = new Float64Array(target.length),
): Float64Array | null {
  const at = (parameters: Float64Array) => evaluate(model, parts, target, parameters);
  if (model === "linear") {
    const lower = cholesky(at(start).information, 1e-13);
    return lower === null ? null : solveCholesky(lower, target);
  }
  const hopeless = (direction: Float64Array, iteration: number) =>
    (iteration === Infinity || iteration > 8) && separates(direction);
  const { converged, point } = maximiseLikelihood(at(start), at, 1e-7, hopeless);
  return converged ? point.parameters : null;
}

/** Coefficients of a regression; of the linear model in one pass over the rows. `null` where there are none. */
export function regress(
  model: RegressionModel,
  columns: readonly Float64Array[],
  outcome: Float64Array,
  weight: Float64Array | null,
): Float64Array | null {
  if (model !== "linear") {
    return solveMoments(model, [{ columns, weight, factor: 1 }], targetOf(columns, outcome, weight));
  }
  const products = columnProducts([...columns, outcome], rootsOf(weight));
  const along = products.pop()!;
  const lower = cholesky(products.map((row) => row.slice(0, -1)), 1e-13);
  return lower && solveCholesky(lower, along.slice(0, -1));
}

function rootsOf(weight: Float64Array | null): Float64Array | undefined {
  const roots = weight?.slice();
  for (let row = 0; roots && row < roots.length; row++) roots[row] = Math.sqrt(roots[row]!);
  return roots;
}

/** t'θ - Σ ω ∫μ with its derivatives (of the linear model only the second); `information` is Σ ω x x' μ'. */
export function evaluate(
  model: RegressionModel,
  parts: readonly MomentPart[],
  target: ArrayLike<number>,
  parameters: Float64Array,
): LikelihoodPoint {
  let [logLikelihood, gradient] = [dot(target, parameters), Float64Array.from(target)];
  let information: Matrix = Array.from(parameters, () => Array.from(parameters, () => 0));
  for (const { columns, weight, factor } of parts) {
    let roots = model === "linear" ? rootsOf(weight) : undefined;
    if (model !== "linear") {
      const means = combineColumns(columns, parameters);
      roots = new Float64Array(means.length);
      for (let row = 0; row < means.length; row++) {
        const [w, eta] = [weight === null ? 1 : weight[row]!, means[row]!];
        // e^-|η| keeps both tails of the logistic function exact.
        const e = Math.exp(model === "poisson" ? eta : -Math.abs(eta));
        const mean = model === "poisson" ? e : (eta > 0 ? 1 : e) / (1 + e);
        const integral = model === "poisson" ? e : Math.max(eta, 0) + Math.log(1 + e);
        logLikelihood -= factor * w * integral;
        roots[row] = Math.sqrt(w * slopeAt(model, mean));
        means[row] = mean;
      }
      const fitted = targetOf(columns, means, weight);
      gradient = gradient.map((value, j) => value - factor * fitted[j]!);
    }
    const own = columnProducts(columns, roots);
    information = information.map((line, j) => line.map((value, l) => value + factor * own[j]![l]!));
  }
  return { parameters, logLikelihood, gradient, information };
}

/** μ(η). */
export function meanAt(model: RegressionModel, eta: number): number {
  return model === "linear" ? eta : model === "poisson" ? Math.exp(eta) : logistic(eta);
}

/** μ'(η), from μ. */
export function slopeAt(model: RegressionModel, mean: number): number {
  return model === "linear" ? 1 : model === "poisson" ? mean : mean * (1 - mean);
}

/** Σ ω x y. */
export function targetOf(
  columns: readonly Float64Array[],
  outcome: Float64Array,
  weight: Float64Array | null,
): number[] {
  const weighted = weight === null ? outcome : outcome.map((value, row) => value * weight[row]!);
  return columns.map((column) => dot(column, weighted));
}
