import { medianSorted } from "simple-statistics";
import { groupRows } from "../core/table.ts";
import { studentTQuantile, studentTTwoSided } from "../stats/distributions.ts";
import { moments } from "../stats/moments.ts";

/** A measure of spread with its variance over units. */
export interface Spread {
  readonly value: number;
  /** Variance of the measure. */
  readonly variance: number;
  readonly units: number;
}

/**
 * The logarithm of the variance, with the jackknife variance that leaves out one unit at a time: less optimistic in
 * small samples than linearisation, whose fourth moment is biased downward (Miller 1968, Annals of Mathematical
 * Statistics 39: 567-582).
 */
export function logVariance(values: readonly number[], unit: readonly string[]): Spread {
  const { mean, variance, n } = moments(values);
  const total = variance * (n - 1);
  const left = [...groupRows(unit).values()].map((rows) => {
    const deviations = rows.map((row) => values[row]! - mean);
    const sum = deviations.reduce((part, deviation) => part + deviation, 0);
    const squares = deviations.reduce((part, deviation) => part + deviation * deviation, 0);
    // Without these rows the mean moves by -sum / (n - m): the sum of squares around it loses that part too.
    const rest = n - rows.length;
    return Math.log((total - squares - sum * sum / rest) / (rest - 1));
  });
  const units = left.length;
  return { value: Math.log(variance), variance: (units - 1) ** 2 / units * moments(left).variance, units };
}

/**
 * Entropy in nats with the correction of Miller 1955, (K − 1) / 2n, and its variance: that of the mean of −ln p(x) and
 * (K − 1) / 2n² for what is left where all options are equally common; there it errs to the wide side.
 */
export function correctedEntropy(values: readonly (number | string)[], unit: readonly string[]): Spread {
  const n = values.length;
  const counts = new Map([...groupRows(values)].map(([value, rows]) => [value, rows.length]));
  let entropy = 0;
  for (const count of counts.values()) entropy -= count / n * Math.log(count / n);
  const influence = values.map((value) => (-Math.log(counts.get(value)! / n) - entropy) / n);
  const { variance, units } = varianceOver(influence, unit);
  const free = counts.size - 1;
  return {
    value: entropy + free / (2 * units),
    variance: variance + free / (2 * units ** 2),
    units,
  };
}

function varianceOver(
  influence: readonly number[],
  unit: readonly string[],
): { variance: number; units: number } {
  const groups = [...groupRows(unit).values()];
  const units = groups.length;
  const squares = groups.reduce(
    (sum, rows) => sum + rows.reduce((total, row) => total + influence[row]!, 0) ** 2,
    0,
  );
  return { variance: squares * units / (units - 1), units };
}

/** The difference of two measures from independent samples, with Welch's degrees of freedom. */
export function compareSpreads(
  one: Spread,
  other: Spread,
  alpha: number,
): { difference: number; half: number; pValue: number } {
  const difference = one.value - other.value;
  const variance = one.variance + other.variance;
  const df = variance ** 2 /
    (one.variance ** 2 / (one.units - 1) + other.variance ** 2 / (other.units - 1));
  if (!(variance > 0 && df > 0)) return { difference, half: NaN, pValue: NaN };
  return {
    difference,
    half: studentTQuantile(1 - alpha / 2, df) * Math.sqrt(variance),
    pValue: studentTTwoSided(difference / Math.sqrt(variance), df),
  };
}

/** Each value's distance from the median of its group: what Brown and Forsythe compare. */
export function distancesFromMedian(values: readonly number[]): number[] {
  const median = medianSorted([...values].sort((a, b) => a - b));
  return values.map((value) => Math.abs(value - median));
}

/**
 * The share of the variance that lies between personas: ICC(1) of the one-way analysis of variance, with Donner's mean
 * group size n0 where personas answered unequally often; `NaN` where nobody answered twice.
 *
 * @see Donner 1986, International Statistical Review 54: 67-82
 */
export function shareBetween(values: readonly number[], persona: readonly string[]): number {
  const groups = [...groupRows(persona).values()].map((rows) => moments(rows.map((row) => values[row]!)));
  const n = values.length;
  const k = groups.length;
  if (k < 2 || k === n) return NaN;
  const grand = moments(values).mean;
  const between = groups.reduce((sum, { n: size, mean }) => sum + size * (mean - grand) ** 2, 0) / (k - 1);
  const within =
    groups.reduce((sum, { n: size, variance }) => sum + (size > 1 ? (size - 1) * variance : 0), 0) /
    (n - k);
  const size = (n - groups.reduce((sum, group) => sum + group.n ** 2, 0) / n) / (k - 1);
  return (between - within) / (between + (size - 1) * within);
}
