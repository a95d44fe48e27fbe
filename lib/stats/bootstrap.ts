import { normalCdf, normalQuantile } from "./distributions.ts";
import { moments } from "./moments.ts";
import { orderQuantile } from "./quantiles.ts";
import { positionsOf } from "./resampling.ts";

/** How an interval is read from bootstrap draws. */
export type BootstrapIntervalMethod =
  | "percentile"
  | "basic"
  | "normal"
  | "studentised"
  | "symmetric_studentised"
  | "bca";

interface BootstrapIntervalOptions {
  estimate: number;
  method?: BootstrapIntervalMethod;
  alpha?: number;
  /** The acceleration of BCa; with 0 it is the bias-corrected interval. */
  acceleration?: number;
  /** The standard error from the data themselves, and in each resample: for `studentised`. */
  stdError?: number;
  stdErrors?: ArrayLike<number>;
}

export interface BootstrapInterval {
  readonly low: number;
  readonly high: number;
  /** Two-sided p-value of a zero estimate: the smallest `alpha` whose interval leaves out 0. */
  readonly pValue: number;
  /** The standard deviation of the draws. */
  readonly stdError: number;
  /** The mean of the draws less the estimate. */
  readonly bias: number;
  /** Draws that could be computed. */
  readonly draws: number;
}

/**
 * Reads an interval and a p-value from bootstrap draws; those that are `NaN` are left out.
 *
 * `percentile` suits symmetric draws; `basic` reflects them; `normal` corrects the bias and needs few draws; `bca`
 * corrects for bias and skewness; `studentised` is the most accurate where a standard error is at hand, and
 * `symmetric_studentised`, whose ends are equally far from the estimate, holds best in small samples. Davison and
 * Hinkley 1997, Bootstrap Methods and their Application, 5.2-5.3; Efron 1987; Hall 1988.
 */
export function bootstrapInterval(
  draws: ArrayLike<number>,
  options: BootstrapIntervalOptions,
): BootstrapInterval {
  const { estimate, method = "bca", alpha = 0.05 } = options;
  const computed = Float64Array.from(draws).filter(Number.isFinite);
  const { mean, variance } = moments(computed);
  const [stdError, bias] = [Math.sqrt(variance), mean - estimate];
  const known = { stdError, bias, draws: computed.length };
  if (computed.length < 2 || !Number.isFinite(estimate)) {
    return { low: NaN, high: NaN, pValue: NaN, ...known };
  }
  if (method === "normal") return { ...normalInterval(estimate - bias, stdError, alpha), ...known };
  const sorted = method === "studentised"
    ? standardise(draws, options).filter(Number.isFinite)
    : method === "symmetric_studentised"
    ? standardise(draws, options).map(Math.abs).sort()
    : computed.sort();
  return { ...readers[method](sorted, options, (p) => orderQuantile(sorted, p), alpha), ...known };
}

type Read = Pick<BootstrapInterval, "low" | "high" | "pValue">;
type Reader = (
  sorted: Float64Array,
  options: BootstrapIntervalOptions,
  quantile: (probability: number) => number,
  alpha: number,
) => Read;

// Each p-value inverts its interval: where among the draws must 0 stand so that an end of the interval is 0?
const readers: { readonly [method in Exclude<BootstrapIntervalMethod, "normal">]: Reader } = {
  percentile: (sorted, _, quantile, alpha) => ({
    low: quantile(alpha / 2),
    high: quantile(1 - alpha / 2),
    pValue: twoSided(sorted, 0),
  }),
  // Davison and Hinkley 1997, eq. 5.6
  basic: (sorted, { estimate }, quantile, alpha) => ({
    low: 2 * estimate - quantile(1 - alpha / 2),
    high: 2 * estimate - quantile(alpha / 2),
    pValue: twoSided(sorted, 2 * estimate),
  }),
  // Davison and Hinkley 1997, eq. 5.7
  studentised: (sorted, { estimate, stdError }, quantile, alpha) => ({
    low: estimate - stdError! * quantile(1 - alpha / 2),
    high: estimate - stdError! * quantile(alpha / 2),
    pValue: twoSided(sorted, estimate / stdError!),
  }),
  // Hall 1988, Journal of the Royal Statistical Society B 50: 35-45: the quantile of |T*|
  symmetric_studentised: (sorted, { estimate, stdError }, quantile, alpha) => {
    const half = stdError! * quantile(1 - alpha);
    const beyond = sorted.filter((draw) => draw >= Math.abs(estimate / stdError!)).length;
    const found = { low: estimate - half, high: estimate + half, pValue: (beyond + 1) / (sorted.length + 1) };
    // Too many resamples without any variance, which are infinitely far away: no end can be told.
    return Number.isFinite(half) ? found : { low: NaN, high: NaN, pValue: NaN };
  },
  bca: (sorted, { estimate, acceleration = 0 }, quantile, alpha) => {
    // z0: the normal quantile of the share of draws below the estimate, ties counted half; Efron 1987, eq. 4.1
    const correction = normalQuantile(countBelow(sorted, estimate) / sorted.length);
    const adjusted = (level: number) => {
      const z = correction + normalQuantile(level);
      return normalCdf(correction + z / (1 - acceleration * z));
    };
    return {
      low: quantile(adjusted(alpha / 2)),
      high: quantile(adjusted(1 - alpha / 2)),
      pValue: bcaPValue(sorted, correction, acceleration),
    };
  },
};

function normalInterval(centre: number, stdError: number, alpha: number): Read {
  const half = normalQuantile(1 - alpha / 2) * stdError;
  const pValue = stdError > 0 ? 2 * normalCdf(-Math.abs(centre / stdError)) : NaN;
  return { low: centre - half, high: centre + half, pValue };
}

function bcaPValue(sorted: Float64Array, correction: number, acceleration: number): number {
  // Solves adjusted(level) = share of draws below 0 for the level.
  const shift = normalQuantile((countBelow(sorted, 0) + 0.5) / (sorted.length + 1)) - correction;
  const level = normalCdf(shift / (1 + acceleration * shift) - correction);
  return Math.min(1, 2 * Math.min(level, 1 - level));
}

/** 2 min(#{T* ≤ x} + 1, #{T* ≥ x} + 1) / (R + 1), never 0. */
function twoSided(sorted: Float64Array, x: number): number {
  let [low, high] = [0, 0];
  for (const draw of sorted) {
    if (draw <= x) low++;
    if (draw >= x) high++;
  }
  return Math.min(1, 2 * (Math.min(low, high) + 1) / (sorted.length + 1));
}

/** How many draws are below a value; half of those equal to it. */
function countBelow(sorted: Float64Array, x: number): number {
  let count = 0;
  for (const draw of sorted) count += draw < x ? 1 : draw === x ? 0.5 : 0;
  return count;
}

/** (draw - estimate) / its standard error, in order; what is not a number is left out. */
function standardise(draws: ArrayLike<number>, options: BootstrapIntervalOptions): Float64Array {
  return Float64Array.from(draws, (draw, i) => (draw - options.estimate) / options.stdErrors![i]!)
    .filter((draw) => !Number.isNaN(draw)).sort();
}

/**
 * The acceleration of a BCa interval from the statistic without each unit: skewness of the influence of units / 6, 0
 * where nothing varies. Efron 1987, Journal of the American Statistical Association 82: 171-185, eq. 6.6; Davison and
 * Hinkley 1997, eq. 5.28, for several strata.
 */
export function jackknifeAcceleration(leftOut: ArrayLike<number>, strata?: ArrayLike<number>): number {
  let [cubes, squares] = [0, 0];
  for (const units of positionsOf(leftOut.length, strata)) {
    const computed = Array.from(units, (unit) => leftOut[unit]!).filter(Number.isFinite);
    const { n, mean } = moments(computed);
    for (const value of computed) {
      const influence = (n - 1) * (mean - value) / n;
      cubes += influence ** 3;
      squares += influence ** 2;
    }
  }
  return squares > 0 ? cubes / (6 * squares ** 1.5) : 0;
}
