import { lgamma } from "lib-r-math";
import { incompleteBeta, normalCdf } from "./distributions.ts";

/**
 * P(T ≤ t) of a noncentral t variable, to about 1e-13: a t statistic where the true effect is `noncentrality` standard
 * errors. `NaN` where an argument is `NaN` or `df` is below 1. Johnson and Kotz 1970, Continuous Univariate
 * Distributions 2, chapter 31.
 */
export function noncentralTCdf(t: number, df: number, noncentrality: number): number {
  if (Number.isNaN(t) || Number.isNaN(noncentrality) || !(df >= 1)) return NaN;
  if (!Number.isFinite(t)) return t > 0 ? 1 : 0;
  // T ≤ t exactly where the normal numerator is at most t times the estimated standard error, which bends around the
  // standard error at which the normal argument is 0, in steps of its standard deviation.
  const breaks = t === 0 ? [] : [-8, -5, -3, -1, 0, 1, 3, 5, 8].map((z) => (noncentrality + z) / t);
  return averageOverScaledChi(df, (s) => normalCdf(t * s - noncentrality), { breaks });
}

/** P(T > t) of a noncentral t variable, with its digits where it is small. */
export function noncentralTUpper(t: number, df: number, noncentrality: number): number {
  return noncentralTCdf(-t, df, -noncentrality);
}

/**
 * P(F > f) of a noncentral F variable, the power of an F test; `noncentrality` is the sum of squared effects in units of
 * the error variance. A Poisson mixture of beta variables: Johnson and Kotz 1970, 30.4. `NaN` out of range.
 */
export function noncentralFUpper(
  f: number,
  dfNumerator: number,
  dfDenominator: number,
  noncentrality: number,
): number {
  if (!(f >= 0 && dfNumerator > 0 && dfDenominator > 0 && noncentrality >= 0)) return NaN;
  if (f === Infinity) return 0;
  const scale = dfNumerator * f + dfDenominator;
  const [x, complement] = [(dfNumerator * f) / scale, dfDenominator / scale];
  const tail = (count: number) => incompleteBeta(complement, x, dfDenominator / 2, dfNumerator / 2 + count);
  const mean = noncentrality / 2;
  if (mean === 0) return tail(0);
  const weight = (count: number) => Math.exp(count * Math.log(mean) - mean - lgamma(count + 1));
  // Outwards from the mode until the weights vanish.
  const mode = Math.floor(mean);
  let total = 0;
  for (let count = mode; count >= 0 && weight(count) >= 1e-18; count--) total += weight(count) * tail(count);
  for (let count = mode + 1; weight(count) >= 1e-18; count++) total += weight(count) * tail(count);
  return total;
}

// Gauss-Legendre nodes and weights of order 16 on [-1, 1], positive half (Abramowitz and Stegun 25.4.30).
const nodes = [
  [0.09501250983763744, 0.1894506104550685],
  [0.2816035507792589, 0.1826034150449236],
  [0.4580167776572274, 0.16915651939500254],
  [0.6178762444026438, 0.14959598881657674],
  [0.755404408355003, 0.12462897125553388],
  [0.8656312023878318, 0.09515851168249279],
  [0.9445750230732326, 0.062253523938647894],
  [0.9894009349916499, 0.027152459411754096],
] as const;

/** Where a function that is averaged ends (it counts as 0 above), and places around which it changes fast. */
type AverageRange = { readonly upTo?: number; readonly breaks?: readonly number[] };

/**
 * Averages a function of the estimated standard error, relative to the true one, over its distribution: E[f(S)] with
 * S = √(χ²(df) / df), df at least 1. Noncentral t, Owen's Q and the power of equivalence tests are such averages, as a
 * t statistic is normal given the standard error: Owen 1965, Biometrika 52, 437-446.
 */
export function averageOverScaledChi(
  df: number,
  integrand: (relativeError: number) => number,
  options: AverageRange = {},
): number {
  if (df === Infinity) return 1 > (options.upTo ?? Infinity) ? 0 : integrand(1);
  const logDensity = logDensityOf(df);
  const edges = panelEdges(df, options);
  let total = 0;
  for (let panel = 1; panel < edges.length; panel++) {
    const half = (edges[panel]! - edges[panel - 1]!) / 2;
    const middle = (edges[panel]! + edges[panel - 1]!) / 2;
    for (const [node, weight] of nodes) {
      for (const s of [middle - half * node, middle + half * node]) {
        total += half * weight * Math.exp(logDensity(s)) * integrand(s);
      }
    }
  }
  return total;
}

/** log density of S: log 2 + a log a - lgamma(a) + (2a - 1) log s - a s², with a = df / 2. */
function logDensityOf(df: number): (s: number) => number {
  const a = df / 2;
  // Written around s = 1, so that the large terms of many degrees of freedom cancel before they are added.
  const constant = Math.LN2 - (a < 30 ? lgamma(a) - a * Math.log(a) + a : stirlingRest(a));
  return (s) => constant + a * (2 * Math.log(s) - (s - 1) * (s + 1)) - Math.log(s);
}

/** lgamma(a) - a log a + a, for large a: DLMF 5.11.1. */
function stirlingRest(a: number): number {
  const series = 1 / 12 - (1 / 360 - (1 / 1260 - 1 / (1680 * a * a)) / (a * a)) / (a * a);
  return 0.5 * Math.log((2 * Math.PI) / a) + series / a;
}

/** Panels that hold all but 1e-17 of the distribution, finer where the function changes fast. */
function panelEdges(df: number, options: AverageRange): number[] {
  // The standard deviation of S is close to 1 / √(2 df), and its tails are those of a normal variable.
  const spread = 1 / Math.sqrt(2 * df);
  const low = Math.max(0, 1 - 13 * spread);
  const high = Math.min(1 + 13 * spread, options.upTo ?? Infinity);
  if (!(high > low)) return [];
  const panels = 24;
  const even = Array.from({ length: panels + 1 }, (_, i) => low + ((high - low) * i) / panels);
  const extra = (options.breaks ?? []).filter((place) => place > low && place < high);
  // Towards 0 the density is a fractional power of S: panels that halve keep its digits.
  const halving = low > 0 ? [] : Array.from({ length: 40 }, (_, i) => (high / panels) * 2 ** -(i + 1));
  return [...even, ...halving, ...extra].sort((a, b) => a - b);
}
