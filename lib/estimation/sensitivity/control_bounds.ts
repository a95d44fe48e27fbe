import { covarianceOf, type Influenced } from "./unit_influence.ts";

/** What the outcome and a control's columns did, as lines in κ: the effect less κ times what a column allows. */
export interface BoundLines {
  /** The effect on the outcome. */
  readonly effect: number;
  /** Its variance. */
  readonly variance: number;
  /** For each column, its standardised effect in units of the outcome, and its variance and covariance with the effect. */
  readonly shifts: readonly {
    readonly size: number;
    readonly variance: number;
    readonly covariance: number;
  }[];
}

/** Bounds of the effect at one κ. */
export interface ControlBounds {
  readonly low: number;
  readonly high: number;
  readonly confLow: number;
  readonly confHigh: number;
}

/** Gathers the variances of an effect and of what controls say of its bias. */
export function boundLines(
  effect: Influenced,
  shifts: readonly Influenced[],
  clusters: Int32Array | null,
): BoundLines {
  return {
    effect: effect.estimate,
    variance: covarianceOf(effect.influence, effect.influence, clusters),
    shifts: shifts.map(({ estimate, influence }) => ({
      size: estimate,
      variance: covarianceOf(influence, influence, clusters),
      covariance: covarianceOf(effect.influence, influence, clusters),
    })),
  };
}

/**
 * Bounds at κ: effect ∓ κ times the largest shift. The interval is the union of the intervals of effect − σ κ shift over
 * columns and both signs σ, each end two-sided at the level. As the union's end lies beyond that of the one line which
 * is the true bound, it covers all effects that κ allows with at least the level, whichever column is the largest.
 */
export function boundsAt(lines: BoundLines, kappa: number, quantile: number): ControlBounds {
  const reach = kappa * Math.max(...lines.shifts.map(({ size }) => Math.abs(size)));
  let [confLow, confHigh] = [Infinity, -Infinity];
  for (const { size, variance, covariance } of lines.shifts) {
    for (const sign of [-1, 1]) {
      const bound = lines.effect - sign * kappa * size;
      const squared = lines.variance - 2 * sign * kappa * covariance + kappa ** 2 * variance;
      const half = quantile * Math.sqrt(Math.max(0, squared));
      confLow = Math.min(confLow, bound - half);
      confHigh = Math.max(confHigh, bound + half);
    }
  }
  return { low: lines.effect - reach, high: lines.effect + reach, confLow, confHigh };
}

/** The κ from which the bounds hold 0; `Infinity` where none does. */
export function breakdownOfBounds({ effect, shifts }: BoundLines): number {
  if (effect === 0) return 0;
  return Math.abs(effect) / Math.max(...shifts.map(({ size }) => Math.abs(size)));
}

/** The κ from which the interval holds 0; `Infinity` where none does. */
export function breakdownOfInterval(lines: BoundLines, quantile: number): number {
  const { effect, variance } = lines;
  const squared = quantile * quantile;
  // (β − σκb)² = z² (V − 2σκC + κ²W), which at κ = 0 has β² > z² V where the interval leaves out 0.
  const constant = effect * effect - squared * variance;
  if (constant <= 0) return 0;
  let first = Infinity;
  for (const { size, variance: own, covariance } of lines.shifts) {
    for (const sign of [-1, 1]) {
      const quadratic = size * size - squared * own;
      const linear = -2 * sign * (effect * size - squared * covariance);
      for (const kappa of positiveRoots(quadratic, linear, constant)) {
        // The other root belongs to the interval's far end.
        if (Math.sign(effect) * (effect - sign * kappa * size) >= -1e-9 * Math.abs(effect)) {
          first = Math.min(first, kappa);
        }
      }
    }
  }
  return first;
}

function positiveRoots(a: number, b: number, c: number): number[] {
  const under = b * b - 4 * a * c;
  if (under < 0) return [];
  // Written so that neither root is a difference of nearly equal numbers.
  const q = -(b + (b < 0 ? -1 : 1) * Math.sqrt(under)) / 2;
  return [q / a, c / q].filter((root) => root > 0 && Number.isFinite(root));
}
