import { chiSquareQuantile, chiSquareUpper } from "../stats/distributions.ts";
import { findRoot } from "../stats/find_root.ts";
import { dot, symmetricEigen } from "../stats/matrix.ts";

/** A human effect, its sampling variance, and its prediction. */
export type MeasuredEffect = { readonly [value in "human" | "synthetic" | "variance"]: number };

/** Beside it, a row of the data turned so that sampling errors are independent: variance, intercept, prediction, effect. */
export type TurnedEffect = MeasuredEffect & { readonly [value in "own" | "one" | "x" | "y"]: number };

/** Turns contrasts whose sampling errors have one covariance with each other. */
export function turnContrasts(group: readonly MeasuredEffect[], covariance: number): TurnedEffect[] {
  const { values, vectors } = symmetricEigen(
    group.map((row) => group.map((other) => other === row ? row.variance : covariance)),
  );
  const turn = (of: (contrast: MeasuredEffect) => number, i: number) => dot(vectors[i]!, group.map(of));
  return group.map((contrast, i) => ({
    ...contrast,
    own: values[i]!,
    one: turn(() => 1, i),
    x: turn(({ synthetic }) => synthetic, i),
    y: turn(({ human }) => human, i),
  }));
}

/**
 * The line of human on synthetic effects where human effects vary by te2 beside sampling error: M = V + te2·I, W = M⁻¹.
 * `value` is ½ (log|M| + log 1'W1 + q), q the residuals' form in W; where `integrated` log|X'WX| stands for log 1'W1,
 * which is log 1'W1 and the logarithm of the slope's precision. A slope may be chosen in place of the best.
 */
function lineAt(
  contrasts: readonly TurnedEffect[],
  te2: number,
  { integrated = false, choose = (best: number, _precision: number) => best } = {},
) {
  let [logDeterminant, trace, n, s, h, ss, sh, nn] = [0, 0, 0, 0, 0, 0, 0, 0];
  for (const { own, one, x, y } of contrasts) {
    const w = 1 / (own + te2);
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
  // q, and minus the derivatives by te2 of q and of the precision
  let [q, ofSquares, ofPrecision] = [0, 0, 0];
  for (const { own, one, x, y } of contrasts) {
    const w = 1 / (own + te2);
    const error = y - intercept * one - slope * x;
    q += w * error * error;
    ofSquares += w * w * error * error;
    ofPrecision += (w * (x - s / n * one)) ** 2;
  }
  const share = integrated ? 1 : 0;
  const value = (logDeterminant + Math.log(n) + q + share * Math.log(precision)) / 2;
  const derivative = (trace - nn / n - ofSquares - share * ofPrecision / precision) / 2;
  return { slope, intercept, precision, q, value, derivative };
}

/** The te2 at which a value is least: from the best of a grid of log te2 to the root of the derivative beside it. */
function leastOver(scale: number, at: (te2: number) => { value: number; derivative: number }): number {
  const grid = Array.from({ length: 21 }, (_, i) => Math.log(scale) - 36 + 2 * i);
  const found = grid.map((log) => at(Math.exp(log)));
  const best = found.reduce((least, { value }, i) => value < found[least]!.value ? i : least, 0);
  if (best === 0 && found[0]!.derivative > 0) return 0;
  const between = [grid[Math.max(0, best - 1)]!, grid[Math.min(20, best + 1)]!] as const;
  const root = findRoot((log) => at(Math.exp(log)).derivative * Math.exp(log), ...between, between);
  return Math.exp(Number.isNaN(root) ? grid[best]! : root);
}

/** How many contrasts, Σ (s − mean)² of the predictions, and the variance of human effects. */
export type Spread = { readonly n: number; readonly spread: number; readonly scale: number };

/**
 * The correlation of predictions with true human effects in a bivariate random-effects meta-analysis by REML in which
 * predictions have no sampling error: its likelihood is that of the predictions' variance t2², which is the sample's,
 * times that of the human effects given the predictions.
 */
export function adjustedCorrelation(
  contrasts: readonly TurnedEffect[],
  { n, spread, scale }: Spread,
): { r: number; value: number } {
  const te2 = leastOver(scale, (te2) => lineAt(contrasts, te2));
  const { slope, value } = lineAt(contrasts, te2);
  // r = b·t2 / √(b²t2² + te2)
  const explained = slope * Math.sqrt(spread / (n - 1));
  return { r: explained / Math.hypot(explained, Math.sqrt(te2)), value };
}

/**
 * The ends of its interval by profile likelihood, and its likelihood-ratio test of 0. At a given r the variance t2² is
 * te2·r²/(b²(1 − r²)), the best slope b solves a quadratic equation, and one search over te2 is left.
 */
export function profileCorrelation(
  contrasts: readonly TurnedEffect[],
  of: Spread,
  alpha: number,
): { [value in "low" | "high" | "pValue" | "stdError"]: number } {
  const { n, spread, scale } = of;
  const { r, value } = adjustedCorrelation(contrasts, of);
  // ½ ((n − 1) log t2² + Σ(s − mean)²/t2²)
  const ofPredictions = (variance: number) => ((n - 1) * Math.log(variance) + spread / variance) / 2;
  const profile = (te2: number, z: number) => {
    const odds = te2 * Math.sinh(z) ** 2; // te2·r²/(1 − r²) at r = tanh z
    const choose = (best: number, precision: number) => {
      const [total, middle] = [precision + spread / odds, precision * best];
      return odds === 0
        ? 0
        : (middle + Math.sign(z) * Math.sqrt(middle ** 2 + 4 * (n - 1) * total)) / (2 * total);
    };
    const line = lineAt(contrasts, te2, { choose });
    const variance = odds === 0 ? spread / (n - 1) : odds / line.slope ** 2;
    const change = odds === 0 ? 0 : (n - 1 - spread / variance) / (2 * te2);
    return { value: line.value + ofPredictions(variance), derivative: line.derivative + change };
  };
  const deviance = (z: number) => {
    const te2 = leastOver(scale, (te2) => profile(te2, z));
    // Bartlett's factor for a correlation: without it intervals from 5 contrasts covered 91%, from 12 93%.
    return 2 * (n - 2.5) / (n - 1) * (profile(te2, z).value - value - ofPredictions(spread / (n - 1)));
  };
  const cut = chiSquareQuantile(1 - alpha, 1);
  const end = (side: number) => {
    const [from, farthest] = [Math.max(-9, Math.min(9, side * Math.atanh(r))), 9];
    if (!(deviance(side * farthest) > cut)) return side;
    const root = findRoot((z) => deviance(side * z) - cut, from, from + 0.1, [from, farthest]);
    return Number.isNaN(root) ? r : side * Math.tanh(root); // an end nearer to ±1 than tanh 9 is r itself
  };
  return { low: end(-1), high: end(1), pValue: chiSquareUpper(Math.max(0, deviance(0)), 1), stdError: NaN };
}

/** The line by REML; its slope's standard error is Knapp and Hartung's (2003, Statistics in Medicine 22), at least the model's. */
export function adjustedLine(
  contrasts: readonly TurnedEffect[],
  { n, scale }: Spread,
): { estimate: number; intercept: number; stdError: number; df: number } {
  const te2 = leastOver(scale, (te2) => lineAt(contrasts, te2, { integrated: true }));
  const { slope: estimate, intercept, precision, q } = lineAt(contrasts, te2);
  return { estimate, intercept, stdError: Math.sqrt(Math.max(1, q / (n - 2)) / precision), df: n - 2 };
}
