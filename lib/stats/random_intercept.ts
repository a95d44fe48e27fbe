import { orthogonalColumns } from "./basis.ts";
import { chiSquareQuantile } from "./distributions.ts";
import { findRoot } from "./find_root.ts";
import {
  addOuter,
  cholesky,
  dot,
  invertCholesky,
  type Matrix,
  multiply,
  multiplyVector,
  symmetricEigen,
  traceOfProduct,
  zeros,
} from "./matrix.ts";
import { columnProducts } from "./products.ts";

/** An estimate and its standard error. */
interface Estimated {
  readonly estimate: number;
  readonly stdError: number;
}

/** A variance, or a share of variance. */
type EstimatedVariance = Estimated & { readonly interval: readonly [low: number, high: number] };

/** A random-intercept model as it was fitted. */
export interface RandomInterceptFit {
  /** By column, with Satterthwaite's degrees of freedom; `undefined` of combinations of earlier columns. */
  readonly coefficients: readonly (Estimated & { readonly df: number } | undefined)[];
  /** τ², σ² and τ² / (τ² + σ²); intervals by profile likelihood, of σ² by Satterthwaite's chi-square. */
  readonly variances: readonly [EstimatedVariance, EstimatedVariance, EstimatedVariance];
  /** The restricted log-likelihood, without the ½ log|X'X| that some packages add. */
  readonly logLikelihood: number;
}

/**
 * Fits y = Xβ + u_group + e, u ~ N(0, τ²), e ~ N(0, σ²), by restricted maximum likelihood (REML).
 *
 * With θ = τ²/σ² the inverse of a group's covariance over σ² is I - 11'/n + (11'/n) / (1 + nθ): all that is needed are
 * products of deviations from group means and, for each size n of groups, of group sums. So each θ is cheap, and nothing
 * cancels.
 *
 * @param columns the design matrix by columns, the first of ones
 * @param groups each row's group, from 0 without gaps
 * @returns the fit, or why there is none
 * @see Searle, Casella and McCulloch 1992, Variance Components, 6.6; Kenward and Roger 1997, Biometrics 53: 983-997
 */
export function fitRandomIntercept(
  columns: readonly Float64Array[],
  outcome: Float64Array,
  groups: ArrayLike<number>,
  alpha: number,
): RandomInterceptFit | string {
  // The last of the basis is what least squares leaves of the outcome.
  const { basis, back, kept } = orthogonalColumns([...columns, outcome]);
  const rank = kept.length - 1;
  if (kept[rank] !== columns.length) return "the terms fit the outcome exactly";
  const products = productsOf(basis, groups);
  const why = whyNotIdentified(products);
  if (why !== null) return why;
  const df = outcome.length - rank;
  const best = leastDeviance(products, df);
  const unit = 1 / back[rank]![rank]!;
  const variance = unit ** 2 * best.squares / df;
  const { inverse, slopes, uncertainty } = information(products, best.theta);
  const coefficients = columns.map((_, column) => {
    const own = back[kept.indexOf(column)];
    if (own === undefined) return undefined;
    const along = multiplyVector(inverse, own.slice(0, rank));
    const size = dot(along, own);
    // Satterthwaite: 2 Var² / (g' A g), g the gradient of Var in the variances and A their covariance.
    const gradient = slopes.map((slope) => dot(along, multiplyVector(slope, along)));
    const df = 2 * size ** 2 / dot(gradient, multiplyVector(uncertainty, gradient));
    return { estimate: -unit * dot(own, best.residual), stdError: Math.sqrt(variance * size), df };
  });
  const scale = back.reduce((sum, row, j) => sum + (j < rank ? Math.log(row[j]!) : 0), 0);
  return {
    coefficients,
    variances: varianceEstimates(products, best, { df, variance, uncertainty, alpha }),
    logLikelihood: scale - df * Math.log(unit) - devianceOf(best, df) / 2,
  };
}

type Products = ReturnType<typeof productsOf>;

/** Products of deviations from group means; and by size of groups their number and Σ s s' / size, s a group's sums. */
function productsOf(columns: readonly Float64Array[], groups: ArrayLike<number>) {
  const counts: number[] = [];
  for (let row = 0; row < groups.length; row++) counts[groups[row]!] = (counts[groups[row]!] ?? 0) + 1;
  const sums = columns.map((column) => {
    const own = new Float64Array(counts.length);
    for (let row = 0; row < column.length; row++) own[groups[row]!] = own[groups[row]!]! + column[row]!;
    return own;
  });
  const bySize = new Map<number, { size: number; count: number; between: Matrix }>();
  counts.forEach((size, group) => {
    const own = bySize.get(size) ?? { size, count: 0, between: zeros(columns.length, columns.length) };
    const total = sums.map((sum) => sum[group]!);
    addOuter(own.between, total, total, 1 / size);
    own.count++;
    bySize.set(size, own);
  });
  const within = columnProducts(columns.map((column, j) => {
    const means = sums[j]!.map((sum, group) => sum / counts[group]!);
    return column.map((value, row) => value - means[groups[row]!]!);
  }));
  return { within, sizes: [...bySize.values()], rows: groups.length, groups: counts.length };
}

/** Both variances need differences that the terms leave, between groups and within. */
function whyNotIdentified({ within, rows, groups }: Products): string | null {
  if (groups < 2) return "there is only one group";
  if (groups === rows) return "each group has one row, so that groups cannot be told from residuals";
  // All columns are orthogonal and of length √rows, so that these are shares of 1.
  const rankOf = (of: Matrix) => symmetricEigen(of).values.filter((each) => each > 1e-10 * rows).length;
  const inside = rankOf(ofTerms(within));
  if (groups + inside < within.length) return "the terms take up all differences between groups";
  return rankOf(within) > inside ? null : "the terms fit all differences within groups";
}

/** A matrix without the outcome's row and column. */
function ofTerms(matrix: Matrix): Matrix {
  return matrix.slice(0, -1).map((row) => row.slice(0, -1));
}

/** Sums over groups of size^power / (1 + size θ)^depth, times products and (`count`) times 1. */
function sumsAt({ within, sizes, rows, groups }: Products, theta: number, power: number, depth: number) {
  const matrix = within.map((row) => row.map((value) => power === 0 ? value : 0));
  let count = power === 0 ? rows - groups : 0;
  for (const { size, count: many, between } of sizes) {
    const factor = size ** power / (1 + size * theta) ** depth;
    count += many * factor;
    for (let i = 0; i < matrix.length; i++) {
      const [row, own] = [matrix[i]!, between[i]!];
      for (let j = 0; j < row.length; j++) row[j] = row[j]! + factor * own[j]!;
    }
  }
  return { matrix, count };
}

type Point = ReturnType<typeof pointAt>;

/**
 * The likelihood's parts at one θ, V in units of σ²: y'V⁻¹y - β'X'V⁻¹y (`squares`) and Σ log(1 + n_j θ) + log|X'V⁻¹X|
 * (`logs`), with their derivatives `rise` and `bend`; -β, then 1 (`residual`).
 */
function pointAt(products: Products, theta: number) {
  const lower = cholesky(sumsAt(products, theta, 0, 1).matrix)!;
  const { matrix: slope } = sumsAt(products, theta, 1, 2);
  const inverse = invertCholesky(lower);
  const last = lower.length - 1;
  const residual = inverse[last]!.map((value) => value / inverse[last]![last]!);
  const squares = lower[last]![last]! ** 2;
  const rise = -dot(residual, multiplyVector(slope, residual));
  let [logs, bend] = [0, -traceOfProduct(inverse, slope) - rise / squares];
  for (let i = 0; i < last; i++) logs += 2 * Math.log(lower[i]![i]!);
  for (const { size, count } of products.sizes) {
    logs += count * Math.log1p(size * theta);
    bend += count * size / (1 + size * theta);
  }
  return { theta, squares, rise, logs, bend, residual };
}

/** -2 log L_R where σ² is largest: (n - k)(1 + log(2π σ²)) + Σ log(1 + n_j θ) + log|X'V⁻¹X|. */
function devianceOf({ squares, logs }: Point, df: number): number {
  return df * (1 + Math.log(2 * Math.PI * squares / df)) + logs;
}

/** The lowest of θ = 0 and of all valleys on a grid, from where no group tells its variance to where no residual does. */
function leastDeviance(products: Products, df: number): Point {
  const slopeAt = ({ theta, squares, rise, bend }: Point) => theta * (df * rise / squares + bend);
  const slopeOf = (log: number) => slopeAt(pointAt(products, Math.exp(log)));
  const [step, start] = [Math.log(4), Math.log(products.groups / products.rows)];
  const grid = Array.from({ length: 27 }, (_, i) => start + (i - 6) * step);
  const slopes = grid.map(slopeOf);
  return grid.filter((_, i) => slopes[i]! >= 0 && !(slopes[i - 1]! >= 0))
    .map((log) => findRoot(slopeOf, log - step, log, [start - 20, Infinity])).filter(Number.isFinite)
    .map((log) => pointAt(products, Math.exp(log)))
    .reduce(
      (best, point) => devianceOf(point, df) < devianceOf(best, df) ? point : best,
      pointAt(products, 0),
    );
}

/**
 * What uncertainty follows from, in units of σ²: (X'V⁻¹X)⁻¹; X'V⁻¹V_iV⁻¹X, V_i the derivative of V in σ² and in τ²; and
 * the inverse of the expected information of both (Kenward and Roger 1997, p. 985-987).
 */
function information(products: Products, theta: number) {
  const at = (power: number, depth: number) => ofTerms(sumsAt(products, theta, power, depth).matrix);
  const inverse = invertCholesky(cholesky(at(0, 1))!);
  const slopes = [at(0, 2), at(1, 2)];
  const turned = slopes.map((slope) => multiply(inverse, slope));
  const expected = [0, 1].map((i) =>
    [0, 1].map((j) =>
      sumsAt(products, theta, i + j, 2).count / 2 - traceOfProduct(inverse, at(i + j, 3)) +
      traceOfProduct(turned[i]!, turned[j]!) / 2
    )
  );
  return { inverse, slopes, uncertainty: invertCholesky(cholesky(expected)!) };
}

function varianceEstimates(
  products: Products,
  best: Point,
  { df, variance, uncertainty, alpha }: { df: number; variance: number; uncertainty: Matrix; alpha: number },
): RandomInterceptFit["variances"] {
  const [[residual, between], [, group]] = uncertainty as [[number, number], [number, number]];
  const limit = devianceOf(best, df) + chiSquareQuantile(1 - alpha, 1);
  const unlimited = [-Infinity, Infinity] as const;
  const profile = (theta: number) => devianceOf(pointAt(products, theta), df);
  // -2 log L_R with τ² held (in units of σ² as it was estimated), least over θ.
  const held = (tau: number) => {
    if (tau === 0) return profile(0);
    const unit = tau * best.squares / df;
    const log = findRoot(
      (log) => {
        const { theta, squares, rise, bend } = pointAt(products, Math.exp(log));
        return theta * (bend + (squares + theta * rise) / unit) - df;
      },
      Math.log(tau) - 0.1,
      Math.log(tau) + 0.1,
    );
    const { theta, squares, logs } = pointAt(products, Math.exp(log));
    return df * Math.log(2 * Math.PI * unit / theta) + logs + squares * theta / unit;
  };
  const ends = (deviance: (at: number) => number): [number, number] => [
    deviance(0) <= limit ? 0 : findRoot((at) => limit - deviance(at), 0, best.theta, [0, best.theta], 1e-9),
    findRoot((at) => deviance(at) - limit, best.theta, best.theta + 2 * Math.sqrt(group), unlimited, 1e-9),
  ];
  const [freedom, { theta }] = [2 / residual, best];
  const [low, high] = ends(held);
  const [least, most] = ends(profile);
  const chiSquare = (level: number) => freedom * variance / chiSquareQuantile(level, freedom);
  const shareError = Math.sqrt(theta ** 2 * residual - 2 * theta * between + group) / (1 + theta) ** 2;
  const row = (estimate: number, stdError: number, ...interval: [number, number]) => ({
    estimate,
    stdError,
    interval,
  });
  return [
    row(variance * theta, variance * Math.sqrt(group), variance * low, variance * high),
    row(variance, variance * Math.sqrt(residual), chiSquare(1 - alpha / 2), chiSquare(alpha / 2)),
    row(theta / (1 + theta), shareError, least / (1 + least), most / (1 + most)),
  ];
}
