import { covarianceOf } from "./attribute_sample.ts";

/** A number estimated from units, with what each unit adds to its error. */
export interface Influenced {
  /** The estimate. */
  readonly estimate: number;
  /** Each unit's part of the error; the sum of products of two is the covariance of two estimates. */
  readonly influence: Float64Array;
}

/** The effect of an arm on a variable, and the variable's standard deviation within arms. */
export interface InfluencedEffect {
  readonly effect: Influenced;
  readonly deviation: Influenced;
  /** Units with a value. */
  readonly n: number;
}

/**
 * Estimates the effect of an arm within blocks, weighted by their precision; without blocks the difference in means.
 * Units without a value add nothing. Each residual is divided by √(1 − leverage) (HC2), so that without blocks the sum
 * of squared influences is Welch's variance.
 */
export function effectInfluence(
  values: Float64Array,
  treated: Uint8Array,
  block: Int32Array | null,
): InfluencedEffect {
  const present = [...values.keys()].filter((at) => !Number.isNaN(values[at]));
  const groups = block ?? new Int32Array(values.length);
  const arm = centreWithin(Float64Array.from(treated), present, groups);
  const own = centreWithin(values, present, groups);
  let [squares, products] = [0, 0];
  for (const at of present) {
    squares += arm.centred[at]! ** 2;
    products += arm.centred[at]! * own.centred[at]!;
  }
  const effect = products / squares;
  const influence = new Float64Array(values.length);
  for (const at of present) {
    const leverage = 1 / arm.counts.get(groups[at]!)! + arm.centred[at]! ** 2 / squares;
    const residual = own.centred[at]! - effect * arm.centred[at]!;
    // Leverage 1: the unit is fitted exactly, and its part is taken as 0.
    influence[at] = 1 - leverage < 1e-10
      ? 0
      : arm.centred[at]! * residual / squares / Math.sqrt(1 - leverage);
  }
  return {
    effect: { estimate: effect, influence },
    deviation: deviationWithin(values, treated, present),
    n: present.length,
  };
}

/** The standard deviation within arms, pooled over them. */
function deviationWithin(values: Float64Array, treated: Uint8Array, present: readonly number[]): Influenced {
  const { centred } = centreWithin(values, present, treated);
  const squares = present.reduce((total, at) => total + centred[at]! ** 2, 0);
  const variance = squares / (present.length - 2);
  const estimate = Math.sqrt(variance);
  const influence = new Float64Array(values.length);
  for (const at of present) influence[at] = (centred[at]! ** 2 - variance) / (2 * estimate * present.length);
  return { estimate, influence };
}

function centreWithin(
  values: Float64Array,
  present: readonly number[],
  groups: ArrayLike<number>,
): { centred: Float64Array; counts: ReadonlyMap<number, number> } {
  const [sums, counts] = [new Map<number, number>(), new Map<number, number>()];
  for (const at of present) {
    const group = groups[at]!;
    sums.set(group, (sums.get(group) ?? 0) + values[at]!);
    counts.set(group, (counts.get(group) ?? 0) + 1);
  }
  const centred = new Float64Array(values.length);
  for (const at of present) centred[at] = values[at]! - sums.get(groups[at]!)! / counts.get(groups[at]!)!;
  return { centred, counts };
}

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
interface ControlBounds {
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
