import { lbeta, pchisq, pnorm, qchisq, qnorm, qt } from "lib-r-math";
import { findRoot } from "./find_root.ts";

/**
 * The probability that a Student t variable is at most `t`.
 *
 * @param t any number
 * @param df degrees of freedom, above 0; fractions are fine
 * @returns a probability; `NaN` where an argument is `NaN` or `df` is not above 0
 * @example
 * ```ts
 * import { assertAlmostEquals } from "@std/assert";
 * import { studentTCdf } from "@understudy/understudy/stats";
 *
 * assertAlmostEquals(studentTCdf(1, 1), 0.75, 1e-14);
 * ```
 */
export function studentTCdf(t: number, df: number): number {
  if (Number.isNaN(t) || !(df > 0)) return NaN;
  const lower = lowerTail(Math.abs(t), df);
  return t > 0 ? 1 - lower : lower;
}

/**
 * The value below which a Student t variable falls with probability `probability`.
 *
 * @param probability from 0 to 1
 * @param df degrees of freedom, above 0; fractions are fine
 * @returns the quantile; `NaN` where an argument is out of range
 * @example
 * ```ts
 * import { assertAlmostEquals } from "@std/assert";
 * import { studentTQuantile } from "@understudy/understudy/stats";
 *
 * assertAlmostEquals(studentTQuantile(0.75, 1), 1, 1e-12);
 * ```
 */
export function studentTQuantile(probability: number, df: number): number {
  if (!(probability >= 0 && probability <= 1) || !(df > 0)) return NaN;
  const tail = Math.min(probability, 1 - probability);
  if (tail === 0) return probability === 0 ? -Infinity : Infinity;
  if (tail === 0.5) return 0;
  const start = -qt(tail, df);
  const distance = df > 1e10 ? -qnorm(tail) : polish(start < Infinity ? start : farOut(tail, df), tail, df);
  return probability < 0.5 ? -distance : distance;
}

/** The quantile so far out that the tail is a power of it, t^(-ν) ν^(ν/2 - 1) / B(ν/2, 1/2). */
function farOut(tail: number, df: number): number {
  return Math.exp(((df / 2 - 1) * Math.log(df) - lbeta(0.5, df / 2) - Math.log(tail)) / df);
}

/**
 * The probability that |t| is at least as large as seen, if the true value is 0: the two-sided p-value of a t test.
 *
 * Computed from the lower tail, so that small p-values keep their digits.
 *
 * @param t the statistic
 * @param df degrees of freedom, above 0
 * @returns a p-value; `NaN` where an argument is `NaN` or `df` is not above 0
 * @example
 * ```ts
 * import { assertAlmostEquals } from "@std/assert";
 * import { studentTTwoSided } from "@understudy/understudy/stats";
 *
 * assertAlmostEquals(studentTTwoSided(-1, 1), 0.5, 1e-14);
 * ```
 */
export function studentTTwoSided(t: number, df: number): number {
  return Math.min(1, 2 * studentTCdf(-Math.abs(t), df));
}

/**
 * The probability that a normal variable is at most `z`.
 *
 * @param z any number
 * @returns a probability; `NaN` of `NaN`
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { normalCdf } from "@understudy/understudy/stats";
 *
 * assertEquals(normalCdf(0), 0.5);
 * ```
 */
export function normalCdf(z: number): number {
  return Number.isNaN(z) ? NaN : pnorm(z);
}

/**
 * The value below which a normal variable falls with probability `probability`.
 *
 * @param probability from 0 to 1
 * @returns the quantile; `NaN` where the probability is out of range
 * @example
 * ```ts
 * import { assertAlmostEquals } from "@std/assert";
 * import { normalQuantile } from "@understudy/understudy/stats";
 *
 * assertAlmostEquals(normalQuantile(0.975), 1.959963984540054, 1e-14);
 * ```
 */
export function normalQuantile(probability: number): number {
  return !(probability >= 0 && probability <= 1) ? NaN : qnorm(probability);
}

/** P(T < -t) for t of at least 0. */
function lowerTail(t: number, df: number): number {
  if (t === Infinity) return 0;
  if (df > 20000) return pnorm(-normalEquivalent(t, df));
  // P(|T| > t) = I_x(df / 2, 1 / 2) at x = df / (df + t²); Abramowitz and Stegun 26.7.1
  const square = t * t;
  return incompleteBeta(df / (df + square), square / (df + square), df / 2, 0.5) / 2;
}

/** The normal deviate with the tail of t, for many degrees of freedom: Hill 1970, Algorithm 395. */
function normalEquivalent(t: number, df: number): number {
  if (df === Infinity) return t;
  const a = df - 0.5;
  const b = 48 * a * a;
  const square = a * Math.log1p((t * t) / df);
  const z = Math.sqrt(square);
  const second = (((4 * square + 33) * square + 240) * square + 855) /
    (10 * b * (b + 0.8 * square * square + 100));
  return z * (1 + (square + 3) / b - second);
}

/** Newton steps on the logarithm of the tail, from a start that is right to several digits. */
function polish(start: number, tail: number, df: number): number {
  let t = start;
  for (let step = 0; step < 20; step++) {
    const reached = lowerTail(t, df);
    const logDensity = -lbeta(0.5, df / 2) - 0.5 * Math.log(df) - ((df + 1) / 2) * Math.log1p((t * t) / df);
    const move = (Math.log(reached / tail) * reached) / Math.exp(logDensity);
    if (!Number.isFinite(move)) return t;
    t += move;
    if (Math.abs(move) < 1e-14 * t) return t;
  }
  return t;
}

/**
 * The regularised incomplete beta function I_x(a, b): the probability that a beta variable is at most `x`.
 *
 * Takes `x` and its complement, so that an `x` next to 0 or 1 keeps its digits. Written here because the `pbeta` of
 * lib-r-math 2.0.3, and with it `pt` and `pf`, is right to 7 digits only.
 *
 * @param x from 0 to 1
 * @param complement 1 - x
 * @param a first shape, above 0
 * @param b second shape, above 0
 */
export function incompleteBeta(x: number, complement: number, a: number, b: number): number {
  if (x <= 0) return 0;
  if (complement <= 0) return 1;
  // The fraction converges fast below the mean; (well) above it, so never for both, the complement is computed.
  if (x > (a + 1) / (a + b + 2) + 1e-9) return 1 - incompleteBeta(complement, x, b, a);
  const logX = x > 0.5 ? Math.log1p(-complement) : Math.log(x);
  const logComplement = complement > 0.5 ? Math.log1p(-x) : Math.log(complement);
  return Math.exp(a * logX + b * logComplement - lbeta(a, b)) * continuedFraction(x, a, b) / a;
}

/** DLMF 8.17.22, evaluated by the modified Lentz algorithm. */
function continuedFraction(x: number, a: number, b: number): number {
  const tiny = 1e-300;
  let numerator = 1;
  let denominator = 1 / away(1 - ((a + b) * x) / (a + 1), tiny);
  let value = denominator;
  for (let m = 1; m < 100000; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    denominator = 1 / away(1 + even * denominator, tiny);
    numerator = away(1 + even / numerator, tiny);
    value *= denominator * numerator;
    const odd = -((a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    denominator = 1 / away(1 + odd * denominator, tiny);
    numerator = away(1 + odd / numerator, tiny);
    const factor = denominator * numerator;
    value *= factor;
    if (Math.abs(factor - 1) < 1e-16) return value;
  }
  return value;
}

function away(value: number, tiny: number): number {
  return Math.abs(value) < tiny ? tiny : value;
}

/**
 * The probability that a chi-square variable is at least as large as seen: the p-value of a chi-square test.
 *
 * @param statistic the statistic, at least 0
 * @param df degrees of freedom; with 0 the variable is 0 for certain
 * @returns a p-value; `NaN` of `NaN`
 * @example
 * ```ts
 * import { assertAlmostEquals } from "@std/assert";
 * import { chiSquareUpper } from "@understudy/understudy/stats";
 *
 * assertAlmostEquals(chiSquareUpper(2, 2), Math.exp(-1), 1e-14);
 * ```
 */
export function chiSquareUpper(statistic: number, df: number): number {
  if (Number.isNaN(statistic)) return NaN;
  if (statistic === Infinity) return 0;
  return df === 0 ? 1 : pchisq(statistic, df, undefined, false);
}

/**
 * The value below which a chi-square variable falls with a probability.
 *
 * @param probability from 0 to 1
 * @param df degrees of freedom; with 0 the variable is 0 for certain
 * @returns the quantile
 * @example
 * ```ts
 * import { assertAlmostEquals } from "@std/assert";
 * import { chiSquareQuantile } from "@understudy/understudy/stats";
 *
 * assertAlmostEquals(chiSquareQuantile(0.5, 2), 2 * Math.log(2), 1e-12);
 * ```
 */
export function chiSquareQuantile(probability: number, df: number): number {
  return df === 0 ? 0 : qchisq(probability, df);
}

/**
 * The probability that an F variable is at least as large as seen, if nothing differs: the p-value of an F test.
 *
 * @param statistic the F statistic
 * @param numerator numerator degrees of freedom, above 0
 * @param denominator denominator degrees of freedom, above 0; `Infinity` for a Wald test against chi-square
 * @returns a p-value; `NaN` where an argument is `NaN` or degrees of freedom are not above 0
 */
export function fUpper(statistic: number, numerator: number, denominator: number): number {
  if (Number.isNaN(statistic) || !(numerator > 0) || !(denominator > 0)) return NaN;
  if (statistic <= 0) return 1;
  if (statistic === Infinity) return 0;
  if (denominator > 1e10) return chiSquareUpper(statistic * numerator, numerator);
  // P(F > f) = I_x(denominator / 2, numerator / 2) at x = denominator / (denominator + numerator f); DLMF 8.17
  const part = numerator * statistic;
  const total = denominator + part;
  return incompleteBeta(denominator / total, part / total, denominator / 2, numerator / 2);
}

/**
 * The value that an F variable exceeds with probability `tail`.
 *
 * @param tail from 0 to 1
 * @param numerator numerator degrees of freedom, above 0
 * @param denominator denominator degrees of freedom, above 0
 * @returns the critical value; `NaN` where an argument is out of range
 */
export function fCritical(tail: number, numerator: number, denominator: number): number {
  if (!(tail > 0 && tail < 1) || !(numerator > 0) || !(denominator > 0)) return NaN;
  return findRoot((value) => tail - fUpper(value, numerator, denominator), 0, 1, [0, Infinity]);
}
