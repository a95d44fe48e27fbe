import { centreColumns, isWellConditioned, orthogonalColumns } from "./basis.ts";
import { cholesky, dot, invertCholesky, largestSize, type Matrix, multiply, scaleMatrix } from "./matrix.ts";
import { solveCholesky, transpose, zeros } from "./matrix.ts";
import { addCombination, addProducts, blockRows, columnProducts, combineColumns } from "./products.ts";
import { groupProducts, symmetricMatrix } from "./products.ts";
import { positionsOf } from "./resampling.ts";

/** The probability at some log odds. */
export function logistic(logOdds: number): number {
  return 1 / (1 + Math.exp(-logOdds));
}

/** A fitted logistic regression; columns left out have `NaN`. */
export interface LogisticFit {
  readonly coefficients: Float64Array;
  readonly covariance: Matrix;
  /** The columns that are not combinations of earlier ones. */
  readonly kept: readonly number[];
  readonly logLikelihood: number;
  /** Each row's fitted log odds. */
  readonly eta: Float64Array;
  /** Pearson's dispersion; 1 without weights. */
  readonly dispersion: number;
  /** Columns along which the likelihood grows without end; empty where there is a maximum. */
  readonly separating: readonly number[];
  readonly converged: boolean;
}

/** The log likelihood at a point, with its derivatives. */
export interface LikelihoodPoint {
  readonly parameters: Float64Array;
  readonly logLikelihood: number;
  readonly gradient: Float64Array;
  /** Minus the second derivatives. */
  readonly information: Matrix;
}

interface Maximum<Point extends LikelihoodPoint> {
  readonly point: Point;
  readonly converged: boolean;
  /** A direction along which there is no maximum, where one was found. */
  readonly direction: Float64Array | null;
}

type LogisticPoint = ReturnType<typeof evaluate>;

/**
 * Fits a logistic regression by iteratively reweighted least squares (Newton's method), to steps below 1e-12. The
 * first column is the constant. Perfect separation is found by its definition: a direction along which no row's
 * likelihood falls and some rise (Albert and Anderson 1984, Biometrika 71, 1-10).
 */
export function logisticRegression(
  columns: readonly Float64Array[],
  outcome: Float64Array,
  { covarianceType, clusters, weights }: {
    readonly weights: Float64Array | null;
    readonly clusters: Int32Array | null;
    readonly covarianceType: LikelihoodCovarianceType;
  },
): LogisticFit {
  const centred = centreColumns(columns);
  const quick = centred === null ? null : maximise(centred.basis, outcome, weights, true);
  const { basis, back, kept } = quick === null ? orthogonalColumns(columns) : centred!;
  const { point, converged, direction } = quick ?? maximise(basis, outcome, weights, false)!;
  const coefficients = new Float64Array(columns.length).fill(NaN);
  const covariance = zeros(columns.length, columns.length).map((row) => row.fill(NaN));
  const { logLikelihood, eta } = point;
  if (!converged) {
    const separating = direction === null ? [] : movedColumns(back, direction, columns, kept);
    return { coefficients, covariance, kept, logLikelihood, eta, dispersion: NaN, separating, converged };
  }
  const dispersion = weights === null ? 1 : pearson(eta, outcome, weights, kept.length);
  const { information, residuals, parameters } = point;
  const sandwich = likelihoodCovariance(information, basis, residuals, clusters, covarianceType)!;
  const inner = covarianceType === "classical" ? scaleMatrix(sandwich, dispersion) : sandwich;
  const outer = multiply(multiply(back, inner), transpose(back));
  kept.forEach((column, j) => {
    coefficients[column] = dot(back[j]!, parameters);
    kept.forEach((other, i) => covariance[column]![other] = outer[j]![i]!);
  });
  return { coefficients, covariance, kept, logLikelihood, eta, dispersion, separating: [], converged };
}

/**
 * The maximum over all rows; with `careful`, `null` where the first information matrix shows columns that are near
 * collinear.
 */
function maximise(
  basis: readonly Float64Array[],
  outcome: Float64Array,
  weights: Float64Array | null,
  careful: boolean,
  // Convergence is quadratic: after a step of 1e-6 what is left is of the order of 1e-12.
  tolerance = 1e-6,
): Maximum<LogisticPoint> | null {
  const at = (parameters: Float64Array) => evaluate(basis, parameters, outcome, weights);
  const start = at(startOf(basis, outcome, weights));
  if (careful && !isWellConditioned(start.information)) return null;
  return maximiseLikelihood(start, at, tolerance, (direction, iteration) =>
    // Rows that a separating direction fits leave the information matrix, until it cannot be inverted.
    (iteration === Infinity || iteration > 8) && separates(basis, outcome, direction));
}

/**
 * Newton's method until a step is below `tolerance`, each step halved while the likelihood falls by more than rounding;
 * `hopeless` tells a direction along which there is no maximum, after an iteration or (`Infinity`) where the information
 * matrix cannot be inverted.
 */
export function maximiseLikelihood<Point extends LikelihoodPoint>(
  start: Point,
  evaluateAt: (parameters: Float64Array) => Point,
  tolerance: number,
  hopeless: (direction: Float64Array, iteration: number) => boolean,
): Maximum<Point> {
  let point = start;
  let direction: Float64Array = new Float64Array(start.parameters.length);
  for (let iteration = 1; iteration <= 100; iteration++) {
    const lower = cholesky(point.information, 1e-13);
    if (lower !== null) direction = solveCholesky(lower, point.gradient);
    if (hopeless(direction, lower === null ? Infinity : iteration)) {
      return { point, converged: false, direction };
    }
    if (lower === null) break;
    const { parameters, logLikelihood } = point;
    const allowed = 1e-10 * (1 + Math.abs(logLikelihood));
    for (let halving = 0; halving < 40; halving++) {
      const next = evaluateAt(parameters.map((value, j) => value + direction[j]! / 2 ** halving));
      if (!(next.logLikelihood >= logLikelihood - allowed)) continue;
      point = next;
      break;
    }
    const small = largestSize(direction) < tolerance * (1 + largestSize(point.parameters));
    if (small && cholesky(point.information, 1e-13) !== null) {
      return { point, converged: true, direction: null };
    }
  }
  return { point, converged: false, direction: null };
}

/**
 * Where to start: with many rows, at the maximum of every m-th, which is near enough that two or three steps over all
 * rows do; otherwise at 0.
 */
function startOf(
  basis: readonly Float64Array[],
  outcome: Float64Array,
  weights: Float64Array | null,
): Float64Array {
  const every = Math.floor(outcome.length / 12000);
  if (every < 5) return new Float64Array(basis.length);
  const thin = (column: Float64Array) => {
    const part = new Float64Array(Math.floor(column.length / every));
    for (let i = 0; i < part.length; i++) part[i] = column[i * every]!;
    return part;
  };
  const few = weights === null ? null : thin(weights);
  const found = maximise(basis.map(thin), thin(outcome), few, true, 1e-2);
  return found?.converged ? found.point.parameters : new Float64Array(basis.length);
}

/** Log odds, residuals (weighted), the log likelihood and its derivatives, block by block: each column is read once. */
function evaluate(
  basis: readonly Float64Array[],
  parameters: Float64Array,
  outcome: Float64Array,
  weights: Float64Array | null,
) {
  const [rows, size] = [outcome.length, basis.length];
  const [eta, residuals] = [new Float64Array(rows), new Float64Array(rows)];
  const [gradient, totals] = [new Float64Array(size), new Float64Array(size * size)];
  const root = new Float64Array(blockRows);
  const scaled = basis.map(() => new Float64Array(blockRows));
  let logLikelihood = 0;
  for (let from = 0; from < rows; from += blockRows) {
    const to = Math.min(rows, from + blockRows);
    addCombination(eta, basis, parameters, size, from, to);
    logLikelihood += scoreBlock(eta, outcome, weights, residuals, root, from, to);
    for (let j = 0; j < size; j++) {
      gradient[j] = gradient[j]! + scaleBlock(basis[j]!, residuals, root, scaled[j]!, from, to);
    }
    addProducts(totals, scaled, 0, to - from);
  }
  return { parameters, eta, residuals, logLikelihood, gradient, information: symmetricMatrix(totals, size) };
}

/** Residuals and roots of the information of some rows, and their log likelihood; e^-|η| keeps both tails exact. */
function scoreBlock(
  eta: Float64Array,
  outcome: Float64Array,
  weights: Float64Array | null,
  residuals: Float64Array,
  root: Float64Array,
  from: number,
  to: number,
): number {
  let logLikelihood = 0;
  // The product of the rows' 1 + e^-|η|, of which there are too few to leave the range of numbers: one logarithm.
  let product = 1;
  for (let row = from; row < to; row++) {
    const value = eta[row]!;
    const w = weights === null ? 1 : weights[row]!;
    const e = Math.exp(-Math.abs(value));
    const near = 1 / (1 + e);
    const far = e * near;
    const yes = outcome[row] === 1;
    residuals[row] = w * (yes ? (value >= 0 ? far : near) : value >= 0 ? -near : -far);
    root[row - from] = Math.sqrt(w * near * far);
    logLikelihood += w * ((yes ? value : 0) - Math.max(value, 0));
    if (weights === null) product *= 1 + e;
    else logLikelihood -= w * Math.log1p(e);
  }
  return logLikelihood - Math.log(product);
}

/** Copies a block of a column times the roots, and returns its product with the residuals. */
function scaleBlock(
  column: Float64Array,
  residuals: Float64Array,
  root: Float64Array,
  scaled: Float64Array,
  from: number,
  to: number,
): number {
  let total = 0;
  for (let row = from; row < to; row++) {
    const value = column[row]!;
    total += value * residuals[row]!;
    scaled[row - from] = value * root[row - from]!;
  }
  return total;
}

/** Pearson's dispersion Σ w (y - p)² / (p(1 - p)) / (n - k); a row's part is e^-η of a yes and e^η of a no. */
function pearson(eta: Float64Array, outcome: Float64Array, weights: Float64Array, rank: number): number {
  let total = 0;
  for (let row = 0; row < outcome.length; row++) {
    total += weights[row]! * Math.exp(outcome[row] === 1 ? -eta[row]! : eta[row]!);
  }
  return total / (outcome.length - rank);
}

/**
 * Whether moving along a direction worsens no row and betters some: then there is no maximum. An answer of 0 is better
 * fitted further down, the highest further up, any other nowhere (Albert and Anderson 1984).
 */
export function separates(
  columns: readonly Float64Array[],
  outcome: Float64Array,
  direction: Float64Array,
  highest = 1,
): boolean {
  const change = combineColumns(columns, direction);
  let [worst, best] = [0, 0];
  for (let row = 0; row < change.length; row++) {
    const [y, up] = [outcome[row]!, change[row]!];
    const gain = y === highest ? up : y === 0 ? -up : -Math.abs(up);
    worst = Math.min(worst, gain);
    best = Math.max(best, gain);
  }
  return best > 1e-3 && -worst <= 1e-6 * best;
}

/** The columns other than the constant that a separating direction moves. */
function movedColumns(
  back: Matrix,
  direction: Float64Array,
  columns: readonly Float64Array[],
  kept: readonly number[],
): number[] {
  const move = kept.map((column, j) => Math.abs(dot(back[j]!, direction)) * spreadOf(columns[column]!));
  const most = Math.max(...move);
  const moved = kept.filter((column, j) => column > 0 && move[j]! > 1e-4 * most);
  return moved.length === 0 ? [0] : moved;
}

function spreadOf(column: Float64Array): number {
  let [low, high] = [Infinity, -Infinity];
  for (let row = 0; row < column.length; row++) {
    low = Math.min(low, column[row]!);
    high = Math.max(high, column[row]!);
  }
  return high - low;
}

/** How the covariance of maximum likelihood coefficients is estimated. */
export type LikelihoodCovarianceType = "classical" | "HC0" | "HC1" | "cluster";

/**
 * The covariance of maximum likelihood coefficients from the information matrix and the rows' scores, each a column
 * times the row's residual: I⁻¹ (classical), I⁻¹ (Σ s_i s_i') I⁻¹ (HC0; HC1 times n / (n - k)), or with scores summed
 * within clusters, times G / (G - 1). `null` where the information matrix cannot be inverted.
 */
export function likelihoodCovariance(
  information: Matrix,
  columns: readonly Float64Array[],
  residuals: Float64Array,
  clusters: Int32Array | null,
  type: LikelihoodCovarianceType,
): Matrix | null {
  const lower = cholesky(information, 1e-13);
  if (lower === null) return null;
  const bread = invertCholesky(lower);
  if (type === "classical") return bread;
  const rows = residuals.length;
  const groups = type === "cluster" ? positionsOf(rows, clusters!) : [];
  const meat = type === "cluster"
    ? columnProducts(groupProducts(columns, residuals, groups))
    : columnProducts(columns, residuals);
  const [G, n, k] = [groups.length, rows, columns.length];
  const factors = { cluster: G / (G - 1), HC1: n / (n - k), HC0: 1 };
  return scaleMatrix(multiply(multiply(bread, meat), bread), factors[type]);
}
