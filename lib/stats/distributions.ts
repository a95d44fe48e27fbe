import { lbeta, pnorm, qnorm, qt } from "lib-r-math";
import { incompleteBeta } from "./incomplete_beta.ts";

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
  const distance = df > 1e10 ? -qnorm(tail) : polish(-qt(tail, df), tail, df);
  return probability < 0.5 ? -distance : distance;
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
