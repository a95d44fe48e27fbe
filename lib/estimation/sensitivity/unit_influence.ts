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

/** The covariance of two estimates: the sum over clusters of products of summed influences, times G / (G − 1). */
export function covarianceOf(a: Float64Array, b: Float64Array, clusters: Int32Array | null): number {
  if (clusters === null) return a.reduce((total, value, at) => total + value * b[at]!, 0);
  const sums = new Map<number, [number, number]>();
  clusters.forEach((cluster, at) => {
    const [first, second] = sums.get(cluster) ?? [0, 0];
    sums.set(cluster, [first + a[at]!, second + b[at]!]);
  });
  let total = 0;
  for (const [first, second] of sums.values()) total += first * second;
  return total * sums.size / (sums.size - 1);
}

/**
 * Degrees of freedom of a variance that is a sum of one part for each arm (Welch and Satterthwaite), or clusters less 1.
 *
 * @param freedom each arm's own degrees of freedom, the reference first
 */
export function freedomOf(
  influence: Float64Array,
  treated: Uint8Array,
  clusters: Int32Array | null,
  freedom: readonly [number, number],
): number {
  if (clusters !== null) return new Set(clusters).size - 1;
  const parts = [0, 0];
  influence.forEach((value, at) => parts[treated[at]!] = parts[treated[at]!]! + value * value);
  const [reference, arm] = parts as [number, number];
  return (reference + arm) ** 2 / (reference ** 2 / freedom[0] + arm ** 2 / freedom[1]);
}
