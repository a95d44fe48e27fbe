import { normalCdf } from "../stats/distributions.ts";
import { restrictedVariance, shareDifference } from "../stats/shares.ts";
import { type Moments, moments } from "../stats/moments.ts";
import type { DriftMeasure } from "./measures.ts";

export interface DriftInterval {
  readonly low: number;
  readonly high: number;
  /** The p-value of the claim that the true distance is below the margin; `NaN` without a margin. */
  readonly pEquivalence: number;
}

/** Where there are no bootstrap samples. */
export const noInterval: DriftInterval = { low: NaN, high: NaN, pEquivalence: NaN };

/** The contrasts of one control by one measure, as observed and as they vary between bootstrap samples. */
export interface BootstrappedContrasts {
  readonly observed: Float64Array;
  /** For each contrast, its value in each bootstrap sample less the middle one; samples without a value left out. */
  readonly deviations: readonly Float64Array[];
  readonly shares: ContrastShares;
  /** Whether units differ, so that samples of them do. */
  readonly varies: boolean;
  /** The least and the largest length of contrasts if a share of the units of one arm had all given one other answer. */
  readonly reach: (share: number) => readonly [number, number];
}

/** The share of answers that each contrast compares: of one category, or of all up to it. */
export interface ContrastShares {
  readonly arm: Float64Array;
  readonly reference: Float64Array;
  readonly sizes: readonly [arm: number, reference: number];
  /** Each contrast per difference of its shares. */
  readonly slopes: Float64Array;
  /** What the variance of each difference between samples would be if each unit gave one answer, for itself. */
  readonly variances: Float64Array;
  /** Whether each unit did so; whether there are two categories, so that distances are in proportion to one difference. */
  readonly independent: boolean;
  readonly single: boolean;
}

interface InvertDistancesOptions {
  readonly alpha: number;
  /** The margin of an equivalence claim, in units of the measure; `NaN` for none. */
  readonly margin: number;
  /** By how much deviations must be stretched where units are few. */
  readonly stretch: number;
  /** How many units there are in the arm that has fewer. */
  readonly units: number;
}

/**
 * The confidence interval of a true distance, and the test that it is below a margin, by inversion: t is kept where
 * the observed distance T is not unusual for a true distance of t.
 *
 * A distance ‖x‖ of contrasts x is biased upward, and has a kink where it is 0: the percentile bootstrap covers far less
 * than it says there. But the sampling distribution at a true distance t is known up to the direction e in which the
 * shares differ: ‖t e + h‖, with h the bootstrap deviations of x. What is unusual is ordered by the likelihood ratio
 * (Feldman and Cousins 1998, Physical Review D 57(7):3873-3889, eq. 4.1, here of a normal T), so that the interval is
 * one-sided at 0, two-sided far from it, and never empty.
 *
 * The direction is a nuisance. A t is kept if it is for one of four: that of the observed x; that of x shrunk to where
 * it is clear of its noise, x (1 − 2 se²/x²)₊, which allows for most of the upward bias; that of its signed roots, which
 * allows for least; and that of −x, which counts where an arm that is small might have moved unseen.
 *
 * The deviations h are those of shares near the observed ones. At a true distance t they are stretched to the variance
 * of the likeliest shares that differ as t e does: as in a score test, an arm in which nobody deviates is not taken for
 * known (tests/simulation/estimate_drift_test.ts, drift_near_zero_test.ts).
 */
export function invertDistances(
  measure: DriftMeasure,
  bootstrapped: BootstrappedContrasts,
  options: InvertDistancesOptions,
): DriftInterval {
  const { observed, deviations } = bootstrapped;
  const distance = measure.length(observed);
  if ((deviations[0]?.length ?? 0) < 2 || Number.isNaN(distance)) return noInterval;
  const unit = (value: number) => Math.min(measure.most, measure.squared ? value * value : value);
  const margin = measure.squared ? Math.sqrt(options.margin) : options.margin;
  const settle = ({ low, high, pEquivalence }: DriftInterval): DriftInterval => (
    { low: unit(low), high: unit(high), pEquivalence: Number.isNaN(margin) ? NaN : pEquivalence }
  );
  const inLengths = { ...options, margin };
  // One unit says nothing of others like it.
  if (options.units === 1) return settle({ low: 0, high: measure.most, pEquivalence: 1 });
  if (!bootstrapped.varies) return settle(whatNobodyShows(bootstrapped.reach, distance, inLengths));
  if (bootstrapped.shares.single) return settle(scoreInterval(measure, bootstrapped, inLengths));
  const stretch = (list: Float64Array) => list.map((value) => options.stretch * value);
  const stretched = { ...bootstrapped, deviations: deviations.map(stretch) };
  const { likely, worst } = directionsOf(measure, stretched);
  const along = (direction: Float64Array) => makeFamily(measure, direction, stretched);
  const families = likely.map(along);
  const [low, high] = keptDistances(families, distance, { ...options, most: measure.most });
  const tested = Number.isNaN(margin) ? [] : [...families, ...worst.map(along)];
  const pEquivalence = Math.max(...tested.map((family) => equivalenceP(family, margin, distance)));
  return settle({ low, high, pEquivalence });
}

/**
 * The interval where there are two categories, by Miettinen and Nurminen's score statistic of the difference of one
 * share. What replies, clusters, blocks and pairs do to its variance, and what few units leave unknown of it, makes
 * effective sizes of the arms (Rao and Scott 1992, Biometrics 48(2):577-585, eq. 2).
 */
function scoreInterval(
  measure: DriftMeasure,
  { deviations, shares: { arm, reference, sizes, slopes, variances, independent } }: BootstrappedContrasts,
  { alpha, margin, stretch }: InvertDistancesOptions,
): DriftInterval {
  const unlike = independent ? 1 : slopes[0]! ** 2 * variances[0]! / moments(deviations[0]!).variance;
  const effect = unlike / stretch ** 2;
  const [n, m] = [effect * sizes[0], effect * sizes[1]];
  const difference = (options: { null?: number; alpha?: number }) =>
    shareDifference([arm[0]! * n, n], [reference[0]! * m, m], options);
  // The distance per difference; with one contrast for each category the second is the first with the other sign.
  const slope = Math.abs(slopes[0]!) * measure.length(slopes.map((_, k) => k === 0 ? 1 : -1));
  // Units that count for one or less say nothing of others like them.
  if (n + m <= 1) return { low: 0, high: slope, pEquivalence: 1 };
  const { low, high } = difference({ alpha });
  const pBelow = (side: 1 | -1) => normalCdf(side * difference({ null: side * margin / slope }).statistic);
  return {
    low: slope * Math.max(0, low, -high),
    high: slope * Math.max(-low, high),
    pEquivalence: Math.max(pBelow(1), pBelow(-1)),
  };
}

/** How much wider samples vary in a contrast where its true value is such, than they do: shares near 0 vary little. */
function widening(
  { arm, reference, sizes: [n, m], slopes, variances }: ContrastShares,
  k: number,
  value: number,
): number {
  if (variances[k]! < 1e-12) return 1;
  const difference = Math.max(-1, Math.min(1, value / slopes[k]!));
  const variance = restrictedVariance([arm[k]! * n, n], [reference[k]! * m, m], difference);
  return Math.sqrt(variance / variances[k]!);
}

/**
 * The interval where no unit differs from the others: of n units, a share s of all that would answer otherwise is missed
 * with probability (1 − s)^n, the "rule of three".
 */
function whatNobodyShows(
  reach: BootstrappedContrasts["reach"],
  observed: number,
  { alpha, margin, units }: InvertDistancesOptions,
): DriftInterval {
  const missed = 1 - (alpha / 2) ** (1 / units);
  // The answers that come nearest to equal arms need not be those of the largest share.
  const steps = Array.from({ length: 8 }, (_, step) => reach(missed * (step + 1) / 8)[0]);
  // The smallest share with which the margin is reached.
  const share = reach(1)[1] < margin ? 1 : edgeBetween(0, 1, (s) => reach(s)[1] >= margin, 20);
  const [low, high] = [Math.min(...steps, observed), Math.max(reach(missed)[1], observed)];
  return { low, high, pEquivalence: (1 - share) ** units };
}

/**
 * The least and the largest length of contrasts if a share of the units of one arm had all given one other answer: what
 * a study in which no unit differed from the others cannot exclude.
 */
export function makeReach(
  counts: Int32Array,
  columns: number,
  lengthOf: (counts: Float64Array) => number,
): BootstrappedContrasts["reach"] {
  const side = counts.length / 2;
  const moved = new Float64Array(counts.length);
  return (share) => {
    let [least, most] = [Infinity, 0];
    for (const arm of [0, side]) {
      for (let answer = 0; answer < columns; answer++) {
        moved.set(counts);
        for (let block = arm; block < arm + side; block += columns) {
          moveShare(moved.subarray(block, block + columns), answer, share);
        }
        const length = lengthOf(moved);
        least = Math.min(least, length);
        most = Math.max(most, length);
      }
    }
    return [least, most];
  };
}

/** Moves a share of all counts to one answer, from those that are farthest in their order first. */
function moveShare(counts: Float64Array, answer: number, share: number): void {
  let left = share * counts.reduce((sum, count) => sum + count, 0);
  for (let far = counts.length - 1; far > 0; far--) {
    for (const from of [answer - far, answer + far]) {
      const moved = Math.min(left, counts[from] ?? 0);
      if (moved === 0) continue;
      counts[from]! -= moved;
      counts[answer]! += moved;
      left -= moved;
    }
  }
}

/** The distances that bootstrap samples would have at a true distance, along one direction (an array used again). */
type DistanceFamily = (distance: number) => Float64Array;

function makeFamily(
  measure: DriftMeasure,
  direction: Float64Array,
  { deviations, shares }: BootstrappedContrasts,
): DistanceFamily {
  const contrasts = new Float64Array(direction.length);
  const distances = new Float64Array(deviations[0]!.length);
  return (distance) => {
    const scales = direction.map((value, k) => widening(shares, k, distance * value));
    for (let draw = 0; draw < distances.length; draw++) {
      for (let k = 0; k < contrasts.length; k++) {
        contrasts[k] = distance * direction[k]! + scales[k]! * deviations[k]![draw]!;
      }
      distances[draw] = measure.length(contrasts);
    }
    return distances;
  };
}

/** The directions in which the shares may truly differ, each of length 1, and those in which claims are false most often. */
function directionsOf(measure: DriftMeasure, { observed, deviations, shares }: BootstrappedContrasts) {
  const errors = deviations.map((list, k) =>
    widening(shares, k, observed[k]!) * Math.sqrt(moments(list).variance)
  );
  const candidates = observed.length === 1 ? [observed] : [
    observed,
    observed.map((value, k) => value === 0 ? 0 : value * Math.max(0, 1 - 2 * (errors[k]! / value) ** 2)),
    observed.map((value) => Math.sign(value) * Math.sqrt(Math.abs(value))),
    observed.map((value) => -value),
  ];
  // Arms that are exactly alike have no direction of their own.
  const signOf = (k: number) => Math.sign(observed[k]!) || (k % 2 === 0 ? 1 : -1);
  const noise = Float64Array.from(errors, (error, k) => error * signOf(k));
  const unit = (candidate: Float64Array) => {
    const length = measure.length(candidate);
    return candidate.map((value) => value / length);
  };
  const some = candidates.filter((candidate) => measure.length(candidate) > 0).map(unit);
  // A difference spread as its noise is biased upward least, one from end to end of a scale varies most.
  const across = measure.ordered ? [shares.slopes, shares.slopes.map((slope) => -slope)] : [];
  return { likely: some.length > 0 ? some : [unit(noise)], worst: [noise, ...across].map(unit) };
}

/** The lowest and the highest true distance for which the observed one is not unusual, in some direction. */
function keptDistances(
  families: readonly DistanceFamily[],
  observed: number,
  { alpha, most }: { alpha: number; most: number },
): [number, number] {
  let range: [low: number, high: number] | undefined;
  for (const family of families) {
    const zero = moments(family(0));
    const keeps = (distance: number) => shareUnusual(family(distance), observed, zero) > alpha;
    const step = (observed + 5 * Math.sqrt(zero.variance)) / 16;
    if (range === undefined) {
      const kept = Array.from({ length: 17 }, (_, i) => Math.min(most, i * step)).filter(keeps);
      // Between two steps nothing was kept: the distance whose mean lies nearest is.
      range = kept.length === 0 ? [observed, observed] : [kept[0]!, kept.at(-1)!];
    }
    range = [stretchEnd(range[0], -step, keeps, most), stretchEnd(range[1], step, keeps, most)];
  }
  return range!;
}

/** Moves the end of a range outward as far as distances are kept, first step by step and then by bisection. */
function stretchEnd(end: number, step: number, keeps: (distance: number) => boolean, most: number): number {
  const last = step < 0 ? 0 : most;
  let [inside, outside] = [end, end];
  while (outside !== last && keeps(outside)) {
    inside = outside;
    outside = Math.max(0, Math.min(most, outside + step));
  }
  if (outside === end) return end;
  return outside === last && keeps(last) ? last : edgeBetween(outside, inside, keeps, 7);
}

/** The edge between a value for which something does not hold and one for which it does, by bisection. */
function edgeBetween(outside: number, inside: number, holds: (value: number) => boolean, steps: number) {
  for (let step = 0; step < steps; step++) {
    const middle = (outside + inside) / 2;
    if (holds(middle)) inside = middle;
    else outside = middle;
  }
  return (outside + inside) / 2;
}

/** The share of distances that have a likelihood ratio at least as unfavourable as the observed one. */
function shareUnusual(distances: Float64Array, observed: number, zero: Moments): number {
  const { mean, variance } = moments(distances);
  const [sd, sdZero] = [Math.sqrt(variance), Math.sqrt(zero.variance)];
  // −2 log of the likelihood at this distance over that at the best: 0 where the mean can be reached, else that at 0.
  const ratio = (value: number) =>
    ((value - mean) / sd) ** 2 - (value < zero.mean ? ((value - zero.mean) / sdZero) ** 2 : 0);
  const limit = ratio(observed);
  let extreme = 0;
  for (let draw = 0; draw < distances.length; draw++) if (ratio(distances[draw]!) >= limit - 1e-12) extreme++;
  return extreme / distances.length;
}

/**
 * The p-value of the claim that the true distance is below the margin: how often it would come out as small as it did.
 * A distance far below what arises by chance alone is luck, and no claim: the margin must also lie outside the interval
 * of twice the level, as in two one-sided tests.
 */
function equivalenceP(family: DistanceFamily, margin: number, observed: number): number {
  const zero = moments(family(0));
  const distances = family(margin);
  let below = 0;
  for (let draw = 0; draw < distances.length; draw++) if (distances[draw]! <= observed * (1 + 1e-10)) below++;
  return Math.max((1 + below) / (distances.length + 1), shareUnusual(distances, observed, zero) / 2);
}
