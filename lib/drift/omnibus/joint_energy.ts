import type { JointStatistic } from "./joint_permutations.ts";
import type { PatternControl } from "./joint_features.ts";

/**
 * Makes the energy distance between the arms' shares of patterns: E = 2 E|X − Y| − E|X − X′| − E|Y − Y′|, which is
 * −Σ w w′ d for the differences w of shares and the distances d of patterns (Székely and Rizzo 2013, eq. 6).
 *
 * d is Euclidean over indicators of categories and standardised numbers, each control with the same weight: √ of the
 * number of controls that differ, where all are categories. A sum over controls in place of the root would see their
 * marginal distributions only.
 *
 * @param pooled the share of each pattern in all replies where these stay the same under permutations, else `null`
 */
export function energyStatistic(
  controls: readonly PatternControl[],
  pooled: Float64Array | null,
): JointStatistic {
  const distances = patternDistances(controls);
  if (pooled === null) {
    return ({ arm, reference }) => Math.max(0, -form(distances, arm.map((a, p) => a - reference[p]!)));
  }
  const fromPooled = meanDistances(distances, pooled);
  const middle = pooled.reduce((sum, share, p) => sum + share * fromPooled[p]!, 0);
  return ({ arm, reference }) => {
    const [fewer, share] = fewerPatterns(arm, reference, pooled);
    let cross = 0;
    for (let p = 0; p < fewer.length; p++) cross += fewer[p]! * fromPooled[p]!;
    return Math.max(0, (2 * cross - form(distances, fewer) - middle) / (1 - share) ** 2);
  };
}

/**
 * The shares a of the arm with fewer patterns, and its share λ of all replies. As all replies together stay the same, p,
 * the other arm has (p − λa)/(1 − λ) and the difference is (a − p)/(1 − λ): distances among the patterns of one arm,
 * often a quarter of all, are enough.
 */
function fewerPatterns(
  arm: Float64Array,
  reference: Float64Array,
  pooled: Float64Array,
): readonly [Float64Array, number] {
  let [inArm, inReference, apart, at] = [0, 0, 0, 0];
  for (let p = 0; p < arm.length; p++) {
    if (arm[p]! > 0) inArm++;
    if (reference[p]! > 0) inReference++;
    if (Math.abs(arm[p]! - reference[p]!) > apart) {
      apart = Math.abs(arm[p]! - reference[p]!);
      at = p;
    }
  }
  const [fewer, other] = inArm <= inReference ? [arm, reference] : [reference, arm];
  // Where nothing differs any λ will do.
  return [fewer, apart > 0 ? (pooled[at]! - other[at]!) / (fewer[at]! - other[at]!) : 0.5];
}

/** Σ w w′ d over all patterns with a weight. */
function form(distances: Float64Array, weights: Float64Array): number {
  const present = new Int32Array(weights.length);
  const values = new Float64Array(weights.length);
  let [count, sum] = [0, 0];
  for (let p = 0; p < weights.length; p++) {
    const weight = weights[p]!;
    if (weight === 0) continue;
    sum += weight * rowSum(distances, p * (p - 1) / 2, { present, values, count });
    present[count] = p;
    values[count++] = weight;
  }
  return 2 * sum;
}

/** Σ d w over the patterns before one; four sums at once, as each addition waits for the one before. */
function rowSum(
  distances: Float64Array,
  row: number,
  { present, values, count }: { present: Int32Array; values: Float64Array; count: number },
): number {
  let [a, b, c, d] = [0, 0, 0, 0];
  let i = 0;
  for (; i + 3 < count; i += 4) {
    a += distances[row + present[i]!]! * values[i]!;
    b += distances[row + present[i + 1]!]! * values[i + 1]!;
    c += distances[row + present[i + 2]!]! * values[i + 2]!;
    d += distances[row + present[i + 3]!]! * values[i + 3]!;
  }
  for (; i < count; i++) a += distances[row + present[i]!]! * values[i]!;
  return a + b + c + d;
}

/** The mean distance of each pattern from all replies. */
function meanDistances(distances: Float64Array, pooled: Float64Array): Float64Array {
  const means = new Float64Array(pooled.length);
  for (let p = 1, at = 0; p < pooled.length; p++) {
    for (let q = 0; q < p; q++, at++) {
      means[p]! += pooled[q]! * distances[at]!;
      means[q]! += pooled[p]! * distances[at]!;
    }
  }
  return means;
}

/** The distances of each pattern from those before it, row by row of a triangle. */
function patternDistances(controls: readonly PatternControl[]): Float64Array {
  const patterns = controls[0]!.levels.length;
  const distances = new Float64Array(patterns * (patterns - 1) / 2);
  for (const { levels, numbers } of controls) {
    let at = 0;
    for (let p = 1; p < patterns; p++) {
      for (let q = 0; q < p; q++, at++) {
        if (levels[p] !== levels[q]) distances[at]! += 1;
        // Half a squared difference of standardised numbers is 1 on average.
        if (numbers !== null) distances[at]! += (numbers[p]! - numbers[q]!) ** 2 / 2;
      }
    }
  }
  return distances.map(Math.sqrt);
}
