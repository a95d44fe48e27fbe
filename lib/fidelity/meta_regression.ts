import { chiSquareQuantile, chiSquareUpper } from "../stats/distributions.ts";
import { findRoot } from "../stats/find_root.ts";
import type { Inference } from "../stats/inference.ts";
import { dot, symmetricEigen } from "../stats/matrix.ts";

/** Contrasts whose human effects may share a reference. */
export interface Contrasts {
  /** Sums over contrasts of n, s, h, ss, sh, hh, (h − s)², variance, agreement of signs; s synthetic, h human effect. */
  readonly sums: Float64Array;
  /** Variance, 1, s, h of each contrast, turned so that the sampling errors of the human effects are independent. */
  readonly turned: Float64Array;
}

/** Contrasts whose sampling errors have one covariance with each other. */
export function relatedContrasts(
  human: Float64Array,
  synthetic: Float64Array,
  variance: Float64Array,
  covariance: number,
): Contrasts {
  const sums = new Float64Array(9);
  human.forEach((h, i) => {
    const s = synthetic[i]!;
    const agreement = (1 + Math.sign(h) * Math.sign(s)) / 2;
    const terms = [1, s, h, s * s, s * h, h * h, (h - s) ** 2, variance[i]!, agreement];
    terms.forEach((term, at) => sums[at]! += term);
  });
  const row = (own: number, i: number) => Array.from(variance, (_, j) => i === j ? own : covariance);
  const eigen = covariance === 0 ? null : symmetricEigen(Array.from(variance, row));
  const turn = (of: Float64Array, i: number) => eigen === null ? of[i]! : dot(eigen.vectors[i]!, of);
  const ones = human.map(() => 1);
  const turned = Array.from(
    variance,
    (own, i) => [eigen?.values[i] ?? own, ...[ones, synthetic, human].map((of) => turn(of, i))],
  );
  return { sums, turned: Float64Array.from(turned.flat()) };
}

/** Groups of contrasts that are independent of each other, as one. */
export function joinContrasts(groups: readonly Contrasts[]): Contrasts {
  const [sums, turned] = [
    new Float64Array(9),
    new Float64Array(groups.reduce((n, group) => n + group.turned.length, 0)),
  ];
  let start = 0;
  for (const group of groups) {
    for (let at = 0; at < 9; at++) sums[at]! += group.sums[at]!;
    turned.set(group.turned, start);
    start += group.turned.length;
  }
  return { sums, turned };
}

/** Minus the log-likelihood at one te2, and its derivative by te2. */
interface Point {
  readonly value: number;
  readonly derivative: number;
}

/** The line at one te2: its slope, the precision of that, and its weighted squared errors. */
interface Line extends Point {
  readonly slope: number;
  readonly precision: number;
  readonly squares: number;
}

/**
 * The line of human on synthetic effects where human effects vary by te2 beside sampling error: M = V + te2·I, W = M⁻¹.
 * The value is ½ (log|M| + log 1'W1 + q), q the residuals' form in W; where `integrated` log|X'WX| stands for
 * log 1'W1, which is log 1'W1 and the logarithm of the slope's precision. A slope may be chosen in place of the best.
 */
function lineAt(
  { turned }: Contrasts,
  te2: number,
  { integrated = false, choose = (best: number, _precision: number) => best } = {},
): Line {
  let [logDeterminant, trace, n, s, h, ss, sh, nn] = [0, 0, 0, 0, 0, 0, 0, 0];
  for (let at = 0; at < turned.length; at += 4) {
    const [one, x, y] = [turned[at + 1]!, turned[at + 2]!, turned[at + 3]!];
    const w = 1 / (turned[at]! + te2);
    logDeterminant -= Math.log(w);
    trace += w;
    n += w * one * one;
    s += w * one * x;
    h += w * one * y;
    ss += w * x * x;
    sh += w * x * y;
    nn += w * w * one * one;
  }
  const precision = ss - s * s / n;
  const slope = choose((sh - s * h / n) / precision, precision);
  const intercept = (h - slope * s) / n;
  // Sums of (w·error)² and of (w·(x − mean of x))²: minus the derivatives of q and of the precision.
  let [squares, ofSquares, ofPrecision] = [0, 0, 0];
  for (let at = 0; at < turned.length; at += 4) {
    const [one, x] = [turned[at + 1]!, turned[at + 2]!];
    const w = 1 / (turned[at]! + te2);
    const error = turned[at + 3]! - intercept * one - slope * x;
    squares += w * error * error;
    ofSquares += w * w * error * error;
    ofPrecision += (w * (x - s / n * one)) ** 2;
  }
  const further = integrated ? [Math.log(precision), ofPrecision / precision] as const : [0, 0] as const;
  return {
    slope,
    precision,
    squares,
    value: (logDeterminant + Math.log(n) + squares + further[0]) / 2,
    derivative: (trace - nn / n - ofSquares - further[1]) / 2,
  };
}

/** The te2 at which a value is least: from the best of a grid of log te2 to the root of the derivative beside it. */
function leastOver(scale: number, at: (te2: number) => Point, depth = 18): number {
  const grid = Array.from({ length: 15 }, (_, i) => Math.log(scale) + 4 - (depth + 4) * (1 - i / 14));
  const found = grid.map((log) => at(Math.exp(log)));
  const best = found.reduce((least, { value }, i) => value < found[least]!.value ? i : least, 0);
  if (best === 0 && found[0]!.derivative > 0) return 0;
  const between = [grid[Math.max(0, best - 1)]!, grid[Math.min(14, best + 1)]!] as const;
  const root = findRoot((log) => at(Math.exp(log)).derivative * Math.exp(log), ...between, between);
  return Math.exp(Number.isNaN(root) ? grid[best]! : root);
}

/** n, the squares of synthetic effects about their mean, and the variance of human ones. */
function spreadOf({ sums: [n, s, h, ss, , hh] }: Contrasts): { n: number; spread: number; scale: number } {
  return { n: n!, spread: ss! - s! ** 2 / n!, scale: (hh! - h! ** 2 / n!) / (n! - 1) };
}

/**
 * The correlation of predictions with true human effects, in a bivariate random-effects meta-analysis by REML in which
 * predictions have no sampling error: its likelihood is that of the predictions' variance t2², which is the sample's,
 * times that of the human effects given the predictions.
 */
export function adjustedCorrelation(contrasts: Contrasts): { r: number; least: number } {
  const { n, spread, scale } = spreadOf(contrasts);
  const te2 = leastOver(scale, (te2) => lineAt(contrasts, te2));
  const { slope, value } = lineAt(contrasts, te2);
  // r = b·t2 / √(b²t2² + te2)
  const explained = slope * Math.sqrt(spread / (n - 1));
  return { r: explained / Math.sqrt(explained ** 2 + te2), least: value };
}

/**
 * The interval by profile likelihood, and the likelihood-ratio test of 0, of {@linkcode adjustedCorrelation}. At a given r
 * the variance t2² is te2·r²/(b²(1 − r²)), the best slope b solves a quadratic equation, and one search over te2 is left.
 */
export function correlationInterval(
  contrasts: Contrasts,
  alpha: number,
): Omit<Inference, "estimate" | "std_error" | "conf_level"> {
  const { n, spread, scale } = spreadOf(contrasts);
  const { r, least } = adjustedCorrelation(contrasts);
  // ½ ((n − 1) log t2² + Σ(s − mean)²/t2²)
  const ofPredictions = (variance: number) => ((n - 1) * Math.log(variance) + spread / variance) / 2;
  const profile = (te2: number, z: number): Point => {
    const odds = te2 * Math.sinh(z) ** 2; // te2·r²/(1 − r²) at r = tanh z
    const { slope, ...line } = lineAt(contrasts, te2, {
      choose: (best, precision) => {
        const [total, middle] = [precision + spread / odds, precision * best];
        return odds === 0
          ? 0
          : (middle + Math.sign(z) * Math.hypot(middle, 2 * Math.sqrt((n - 1) * total))) / (2 * total);
      },
    });
    const variance = odds === 0 ? spread / (n - 1) : odds / slope ** 2;
    const derivative = line.derivative + (odds === 0 ? 0 : (n - 1 - spread / variance) / (2 * te2));
    return { value: line.value + ofPredictions(variance), derivative };
  };
  const free = least + ofPredictions(spread / (n - 1));
  // The nearer r is to 1, the smaller te2 may have to be.
  const searched = (z: number) => leastOver(scale, (te2) => profile(te2, z), 18 + 2 * Math.abs(z));
  const deviance = (z: number) => 2 * (profile(searched(z), z).value - free);
  const cut = chiSquareQuantile(1 - alpha, 1);
  const end = (side: number) => {
    const [from, farthest] = [Math.max(-9, Math.min(9, side * Math.atanh(r))), 9];
    if (!(deviance(side * farthest) > cut)) return side;
    return side * Math.tanh(findRoot((z) => deviance(side * z) - cut, from, from + 0.1, [from, farthest]));
  };
  const ratio = Math.max(0, deviance(0));
  const statistic = Math.sign(r) * Math.sqrt(ratio);
  const reason = ["a profile likelihood has no standard error"];
  return {
    reason,
    statistic,
    df: Infinity,
    p_value: chiSquareUpper(ratio, 1),
    conf_low: end(-1),
    conf_high: end(1),
  };
}

/**
 * The slope of human effects on predictions by REML; its standard error is Knapp and Hartung's (2003, Statistics in
 * Medicine 22, 2693-2710), never smaller than the model's.
 */
export function adjustedSlope(contrasts: Contrasts): { estimate: number; stdError: number; df: number } {
  const { n, scale } = spreadOf(contrasts);
  const te2 = leastOver(scale, (te2) => lineAt(contrasts, te2, { integrated: true }));
  const { slope, precision, squares } = lineAt(contrasts, te2);
  const df = n - 2;
  return { estimate: slope, stdError: Math.sqrt(Math.max(1, squares / df) / precision), df };
}
