import { orthogonalColumns } from "./basis.ts";
import { chiSquareQuantile } from "./distributions.ts";
import { findRoot } from "./find_root.ts";
import { addOuter, cholesky, dot, invertCholesky, type Matrix, multiply, multiplyVector } from "./matrix.ts";
import { traceOfProduct, zeros } from "./matrix.ts";
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
  const { inverse, slope, uncertainty } = information(products, best);
  const coefficients = columns.map((_, column) => {
    const own = back[kept.indexOf(column)];
    if (own === undefined) return undefined;
    const along = multiplyVector(inverse, own.slice(0, rank));
    const size = dot(along, own);
    // Satterthwaite: 2 Var² / (g' A g), g the gradient of Var in log σ² and θ, and A their covariance.
    const gradient = [1, dot(along, multiplyVector(slope, along)) / size];
    const df = 2 / dot(gradient, multiplyVector(uncertainty, gradient));
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
  const within = columnProducts(
    columns.map((column, j) =>
      column.map((value, row) => value - sums[j]![groups[row]!]! / counts[groups[row]!]!)
    ),
  );
  const [rows, df, sizes] = [groups.length, groups.length - columns.length + 1, [...bySize.values()]];
  return { within, sizes, rows, groups: Object.keys(counts).length, df };
}

/** The sum over groups of size^power / (1 + size θ)^depth times their products; with power 0, of all rows. */
function sumAt({ within, sizes }: Products, theta: number, power: number, depth: number): Matrix {
  const matrix = within.map((row) => row.map((value) => power === 0 ? value : 0));
  for (const { size, between } of sizes) {
    const factor = size ** power / (1 + size * theta) ** depth;
    for (let i = 0; i < matrix.length; i++) {
      const [row, own] = [matrix[i]!, between[i]!];
      for (let j = 0; j < row.length; j++) row[j] = row[j]! + factor * own[j]!;
    }
  }
  return matrix;
}

type Point = ReturnType<typeof pointAt>;

/**
 * The likelihood at one θ, V in units of σ²: y'V⁻¹y - β'X'V⁻¹y (`squares`) and Σ log(1 + n_j θ) + log|X'V⁻¹X| (`logs`),
 * with their derivatives `rise` and `bend`; -β, then 1 (`residual`); and -2 log L_R where σ² is largest (`deviance`).
 */
function pointAt(products: Products, theta: number) {
  const { df, sizes } = products;
  const lower = cholesky(sumAt(products, theta, 0, 1))!;
  const slope = sumAt(products, theta, 1, 2);
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

/** (X'V⁻¹X)⁻¹, X'V⁻¹ZZ'V⁻¹X, and the inverse of the expected information of log σ² and θ (Kenward and Roger, p. 985). */
function information(products: Products, { theta, bend }: Point) {
  const { df, sizes } = products;
  const [fixed, slope, curve] = [[0, 1], [1, 2], [2, 3]].map(([power, depth]) =>
    sumAt(products, theta, power!, depth!).slice(0, -1).map((row) => row.slice(0, -1))
  ) as [Matrix, Matrix, Matrix];
  const inverse = invertCholesky(cholesky(fixed)!);
  const turned = multiply(inverse, slope);
  const own = sizes.reduce((sum, { size, count }) => sum + count * (size / (1 + size * theta)) ** 2, 0) -
    2 * traceOfProduct(inverse, curve) + traceOfProduct(turned, turned);
  const half = (df * own - bend ** 2) / 2;
  return { inverse, slope, uncertainty: [[own / half, -bend / half], [-bend / half, df / half]] };
}

function variancesAt(
  products: Products,
  { theta, squares, deviance }: Point,
  [variance, alpha]: readonly [number, number],
  uncertainty: Matrix,
): Variances {
  const [[log, both], [, ratio]] = uncertainty as [[number, number], [number, number]];
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
    high: findRoot((at) => of(at) - limit, theta, theta + 2 * Math.sqrt(ratio)),
  });
  const [group, share, df] = [ends(held), ends(profile), 2 / log];
  const groupError = Math.sqrt(theta ** 2 * log + 2 * theta * both + ratio);
  const chiSquare = (level: number) => df / chiSquareQuantile(level, df);
  const [at, low, high] = [theta, share.low, share.high].map((value) => value / (1 + value));
  return [
    [theta, groupError, group.low, group.high].map((value) => value * variance),
    [1, Math.sqrt(log), chiSquare(1 - alpha / 2), chiSquare(alpha / 2)].map((value) => value * variance),
    [at, Math.sqrt(ratio) / (1 + theta) ** 2, low, high],
  ].map(([estimate, stdError, low, high]) => ({ estimate, stdError, low, high })) as Variances;
}
