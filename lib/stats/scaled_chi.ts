import { lgamma } from "lib-r-math";

// Gauss-Legendre nodes and weights of order 16 on [-1, 1], positive half (Abramowitz and Stegun 25.4.30).
const nodes = [
  0.09501250983763744,
  0.2816035507792589,
  0.4580167776572274,
  0.6178762444026438,
  0.755404408355003,
  0.8656312023878318,
  0.9445750230732326,
  0.9894009349916499,
];
const nodeWeights = [
  0.1894506104550685,
  0.1826034150449236,
  0.16915651939500254,
  0.14959598881657674,
  0.12462897125553388,
  0.09515851168249279,
  0.062253523938647894,
  0.027152459411754096,
];

/** The range and the fineness of {@linkcode averageOverScaledChi}. */
export interface ScaledChiOptions {
  /** Where the function ends; it counts as 0 above. */
  readonly upTo?: number;
  /** Places around which the function changes fast. */
  readonly breaks?: readonly number[];
}

/**
 * Averages a function of the estimated standard error over its distribution: E[f(S)] with S = √(χ²(df) / df).
 *
 * The distribution of a t statistic is that of a normal one given the standard error, averaged over the standard
 * error: noncentral t, Owen's Q and the power of equivalence tests are such averages.
 *
 * @param df degrees of freedom, at least 1; fractions are fine
 * @param integrand a bounded function of the standard error relative to its true value
 * @param options where the function ends and where it bends
 * @see Owen 1965, Biometrika 52, 437-446
 */
export function averageOverScaledChi(
  df: number,
  integrand: (relativeError: number) => number,
  options: ScaledChiOptions = {},
): number {
  if (df === Infinity) return 1 > (options.upTo ?? Infinity) ? 0 : integrand(1);
  const logDensity = logDensityOf(df);
  const edges = panelEdges(df, options);
  let total = 0;
  for (let panel = 1; panel < edges.length; panel++) {
    const half = (edges[panel]! - edges[panel - 1]!) / 2;
    const middle = (edges[panel]! + edges[panel - 1]!) / 2;
    for (let i = 0; i < nodes.length; i++) {
      for (const s of [middle - half * nodes[i]!, middle + half * nodes[i]!]) {
        total += half * nodeWeights[i]! * Math.exp(logDensity(s)) * integrand(s);
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
function panelEdges(df: number, options: ScaledChiOptions): number[] {
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
