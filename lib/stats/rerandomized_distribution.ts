import { cannot } from "../core/errors.ts";
import { chiSquareUpper, normalCdf } from "./distributions.ts";
import { findRoot } from "./find_root.ts";

/** What decides the distribution of an estimate after rerandomisation. */
export interface RerandomizedDistributionOptions {
  /** The share of the estimate's variance that the covariates explain, 0 to 1. */
  rSquared: number;
  /** The number of covariates (directions) that were balanced. */
  covariates: number;
  /** The largest Mahalanobis distance that was accepted. */
  threshold: number;
}

/** The distribution of an estimate after rerandomisation, in standard deviations of the estimate without it. */
export interface RerandomizedDistribution {
  /** The variance: 1 less what balance takes away. */
  readonly variance: number;
  /** The probability of values up to this one. */
  readonly cdf: (value: number) => number;
  /** The value below which a share lies. */
  readonly quantile: (probability: number) => number;
}

const action = "describe a rerandomized estimate";
/** Panels of the trapezoid rule, which is exact to rounding for an integrand that flattens at both ends. */
const panels = 400;

/**
 * Describes the distribution of a difference in means after rerandomisation: √(1 − R²) Z + √R² L.
 *
 * Z is standard normal; L is the first of `covariates` independent standard normals whose squares sum to at most the
 * threshold. Narrower than the normal, and not normal.
 *
 * @param options see {@linkcode RerandomizedDistributionOptions}
 * @returns variance, distribution function and quantiles
 * @throws {RangeError} if R² is not from 0 to 1, or the others are not above 0
 * @see Li, Ding and Rubin 2018, PNAS 115(37), 9157-9162, theorem 1 and proposition 2
 * @example
 * ```ts
 * import { assert, assertAlmostEquals } from "@std/assert";
 * import { rerandomizedDistribution } from "@understudy/understudy/stats";
 *
 * const options = { covariates: 2, threshold: 0.1 };
 * assertAlmostEquals(rerandomizedDistribution({ ...options, rSquared: 0 }).quantile(0.975), 1.959963984540054, 1e-9);
 * assert(rerandomizedDistribution({ ...options, rSquared: 0.75 }).quantile(0.975) < 1.1);
 * ```
 */
export function rerandomizedDistribution(
  options: RerandomizedDistributionOptions,
): RerandomizedDistribution {
  const { rSquared, covariates, threshold } = options;
  if (!(rSquared >= 0 && rSquared <= 1)) {
    throw new RangeError(cannot(action, "rSquared", "lie from 0 to 1", rSquared));
  }
  for (const name of ["covariates", "threshold"] as const) {
    if (!(options[name] > 0)) throw new RangeError(cannot(action, name, "be above 0", options[name]));
  }
  const points = truncatedPoints(covariates, threshold);
  const [noise, balance] = [Math.sqrt(1 - rSquared), Math.sqrt(rSquared)];
  const cdf = (value: number) => {
    let total = 0;
    for (const { place, weight } of points) {
      const rest = value - balance * place;
      total += weight * (noise > 0 ? normalCdf(rest / noise) : rest >= 0 ? 1 : 0);
    }
    return Math.min(1, Math.max(0, total));
  };
  // Var L = P(χ²_{k+2} ≤ a) / P(χ²_k ≤ a); Morgan and Rubin 2012, theorem 3.1
  const shrunk = (1 - chiSquareUpper(threshold, covariates + 2)) /
    (1 - chiSquareUpper(threshold, covariates));
  return Object.freeze({
    variance: 1 - rSquared * (1 - shrunk),
    cdf,
    quantile: (probability: number) =>
      probability > 0 && probability < 1 ? findRoot((value) => cdf(value) - probability, -4, 4) : NaN,
  });
}

/** Points and weights of L, whose density is φ(l) P(χ²_{k−1} ≤ a − l²) / P(χ²_k ≤ a) on [−√a, √a]. */
function truncatedPoints(covariates: number, threshold: number): { place: number; weight: number }[] {
  // Beyond 9 standard deviations there is nothing left to integrate.
  const reach = Math.min(Math.sqrt(threshold), 9);
  const points: { place: number; weight: number }[] = [];
  let total = 0;
  for (let i = 0; i <= panels; i++) {
    // l = r sin θ takes the root's corner at the ends away.
    const angle = -Math.PI / 2 + (Math.PI * i) / panels;
    const place = reach * Math.sin(angle);
    const within = covariates === 1
      ? 1
      : 1 - chiSquareUpper(Math.max(0, threshold - place * place), covariates - 1);
    const weight = Math.cos(angle) * Math.exp(-place * place / 2) * within;
    points.push({ place, weight });
    total += weight;
  }
  return points.map(({ place, weight }) => ({ place, weight: weight / total }));
}
