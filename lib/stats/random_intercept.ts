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
  traceOfProduct,
  zeros,
} from "./matrix.ts";
import { columnProducts } from "./products.ts";

type Variances = readonly { estimate: number; stdError: number; low: number; high: number }[];

/** A random-intercept model as it was fitted. */
export interface RandomInterceptFit {
  /** By column, with Satterthwaite's degrees of freedom; `undefined` of combinations of earlier columns. */
  readonly coefficients: readonly ({ estimate: number; stdError: number; df: number } | undefined)[];
  /** τ², σ² and τ² / (τ² + σ²); intervals by profile likelihood, of σ² by Satterthwaite's chi-square. */
  readonly variances: Variances;
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
 * @param groups each row's group, a whole number from 0
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
  if (products.groups < 2) return "there is only one group";
  if (products.groups === outcome.length) return "each group has one row: groups and residuals are the same";
  const best = bestPoint(products);
  if (best === null) return "the terms leave no differences between groups, or none within";
  const unit = 1 / back[rank]![rank]!;
  const variance = unit ** 2 * best.squares / products.df;
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
    variances: variancesAt(products, best, [variance, alpha], uncertainty),
    logLikelihood: scale - products.df * Math.log(unit) - best.deviance / 2,
  };
}

type Products = ReturnType<typeof productsOf>;

/** Products of deviations from group means; by size of groups, their number and Σ s s' / size, s a group's sums. */
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
  const deviations = columns.map((column, j) =>
    column.map((value, row) => value - sums[j]![groups[row]!]! / counts[groups[row]!]!)
  );
  const shape = {
    rows: groups.length,
    groups: Object.keys(counts).length,
    df: groups.length - columns.length + 1,
  };
  return { within: columnProducts(deviations), sizes: [...bySize.values()], ...shape };
}

/** Sums over groups of size^power / (1 + size θ)^depth, times products and (`total`) times 1. */
function sumsAt({ within, sizes, rows, groups }: Products, theta: number, power: number, depth: number) {
  const matrix = within.map((row) => row.map((value) => power === 0 ? value : 0));
  let total = power === 0 ? rows - groups : 0;
  for (const { size, count, between } of sizes) {
    const factor = size ** power / (1 + size * theta) ** depth;
    total += count * factor;
    for (let i = 0; i < matrix.length; i++) {
      const [row, own] = [matrix[i]!, between[i]!];
      for (let j = 0; j < row.length; j++) row[j] = row[j]! + factor * own[j]!;
    }
  }
  return { matrix, total };
}

type Point = ReturnType<typeof pointAt>;

/**
 * The likelihood at one θ, V in units of σ²: y'V⁻¹y - β'X'V⁻¹y (`squares`) and Σ log(1 + n_j θ) + log|X'V⁻¹X| (`logs`),
 * with their derivatives `rise` and `bend`; -β, then 1 (`residual`); and -2 log L_R where σ² is largest (`deviance`).
 */
function pointAt(products: Products, theta: number) {
  const { df, sizes } = products;
  const lower = cholesky(sumsAt(products, theta, 0, 1).matrix)!;
  const { matrix: slope } = sumsAt(products, theta, 1, 2);
  const inverse = invertCholesky(lower);
  const last = lower.length - 1;
  const residual = inverse[last]!.map((value) => value / inverse[last]![last]!);
  const squares = lower[last]![last]! ** 2;
  const rise = -dot(residual, multiplyVector(slope, residual));
  let [logs, bend] = [0, -traceOfProduct(inverse, slope) - rise / squares];
  for (let i = 0; i < last; i++) logs += 2 * Math.log(lower[i]![i]!);
  for (const { size, count } of sizes) {
    logs += count * Math.log1p(size * theta);
    bend += count * size / (1 + size * theta);
  }
  const deviance = df * (1 + Math.log(2 * Math.PI * squares / df)) + logs;
  return { theta, squares, rise, logs, bend, residual, deviance };
}

/** The lowest of θ = 0 and of all valleys on a grid; `null` where not both variances can be told. */
function bestPoint(products: Products): Point | null {
  const slopeAt = (log: number) => {
    const { theta, squares, rise, bend } = pointAt(products, Math.exp(log));
    return theta * (products.df * rise / squares + bend);
  };
  const [step, start] = [Math.log(4), Math.log(products.groups / products.rows)];
  const grid = Array.from({ length: 27 }, (_, i) => start + (i - 6) * step);
  const slopes = grid.map(slopeAt);
  // For large θ the slope is the degrees of freedom between groups, less those of all rows if nothing differs within.
  if (slopes.at(-1)! < 0.5) return null;
  return grid.filter((_, i) => slopes[i]! >= 0 && !(slopes[i - 1]! >= 0))
    .map((log) => findRoot(slopeAt, log - step, log, [start - 20, Infinity])).filter(Number.isFinite)
    .map((log) => pointAt(products, Math.exp(log)))
    .reduce((best, point) => point.deviance < best.deviance ? point : best, pointAt(products, 0));
}

/** (X'V⁻¹X)⁻¹; its slopes in σ² and τ²; the inverse of both variances' expected information (Kenward and Roger, p. 985). */
function information(products: Products, theta: number) {
  const at = (power: number, depth: number) =>
    sumsAt(products, theta, power, depth).matrix.slice(0, -1).map((row) => row.slice(0, -1));
  const inverse = invertCholesky(cholesky(at(0, 1))!);
  const slopes = [at(0, 2), at(1, 2)];
  const turned = slopes.map((slope) => multiply(inverse, slope));
  const expected = [0, 1].map((i) =>
    [0, 1].map((j) =>
      sumsAt(products, theta, i + j, 2).total / 2 - traceOfProduct(inverse, at(i + j, 3)) +
      traceOfProduct(turned[i]!, turned[j]!) / 2
    )
  );
  return { inverse, slopes, uncertainty: invertCholesky(cholesky(expected)!) };
}

function variancesAt(
  products: Products,
  { theta, squares, deviance }: Point,
  [variance, alpha]: readonly [number, number],
  uncertainty: Matrix,
): Variances {
  const [[residual, between], [, group]] = uncertainty as [[number, number], [number, number]];
  const limit = deviance + chiSquareQuantile(1 - alpha, 1);
  const unit = squares / products.df;
  const profile = (at: number) => pointAt(products, at).deviance;
  // The deviance with τ² held (in units of σ² as it was estimated), least over θ.
  const held = (tau: number) => {
    if (tau === 0) return profile(0);
    const slopeAt = (log: number) => {
      const { theta, squares, rise, bend } = pointAt(products, Math.exp(log));
      return theta * (bend + (squares + theta * rise) / (tau * unit)) - products.df;
    };
    const log = findRoot(slopeAt, Math.log(tau) - 0.1, Math.log(tau) + 0.1);
    const { theta, squares, logs } = pointAt(products, Math.exp(log));
    return products.df * Math.log(2 * Math.PI * tau * unit / theta) + logs + squares * theta / (tau * unit);
  };
  const ends = (of: (at: number) => number) => ({
    low: of(0) <= limit ? 0 : findRoot((at) => limit - of(at), 0, theta, [0, theta]),
    high: findRoot((at) => of(at) - limit, theta, theta + 2 * Math.sqrt(group)),
  });
  const [tau, ratio, df] = [ends(held), ends(profile), 2 / residual];
  const chiSquare = (level: number) => df * variance / chiSquareQuantile(level, df);
  const spread = Math.sqrt(theta ** 2 * residual - 2 * theta * between + group) / (1 + theta) ** 2;
  return [
    [theta * variance, Math.sqrt(group) * variance, tau.low * variance, tau.high * variance],
    [variance, Math.sqrt(residual) * variance, chiSquare(1 - alpha / 2), chiSquare(alpha / 2)],
    [theta / (1 + theta), spread, ratio.low / (1 + ratio.low), ratio.high / (1 + ratio.high)],
  ].map(([estimate, stdError, low, high]) => ({ estimate, stdError, low, high })) as Variances;
}
