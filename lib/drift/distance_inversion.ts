import { moments } from "../stats/moments.ts";
import type { DriftMeasure } from "./measures.ts";

/** What the data say of the true distance. */
export interface DriftInterval {
  /** Lower end of the confidence interval. */
  readonly low: number;
  /** Its upper end. */
  readonly high: number;
  /** The p-value of the claim that the true distance is below the margin; `NaN` without a margin. */
  readonly pEquivalence: number;
}

/** Where there are no bootstrap samples. */
export const noInterval: DriftInterval = { low: NaN, high: NaN, pEquivalence: NaN };

/** The contrasts of one control by one measure, as observed and as they vary between bootstrap samples. */
export interface BootstrappedContrasts {
  /** The observed contrasts. */
  readonly observed: Float64Array;
  /** For each contrast, its value in each bootstrap sample less the middle one; samples without a value left out. */
  readonly deviations: readonly Float64Array[];
  /** Whether units differ, so that samples of them do. */
  readonly varies: boolean;
  /** The least and the largest length of contrasts if a share of the units of one arm had all given one other answer. */
  readonly reach: (share: number) => readonly [number, number];
}

/** Options of {@linkcode invertDistances}. */
interface InvertDistancesOptions {
  /** One minus the confidence. */
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
 * The direction is a nuisance. A t is kept if it is for one of three: that of the observed x; that of x shrunk to where
 * it is clear of its noise, x (1 − 2 se²/x²)₊, which allows for most of the upward bias; and that of its signed roots,
 * which allows for least. By simulation 95% intervals of total variation then cover 93% to 98% for true distances from 0
 * to .2, two to seven categories, however the difference is spread over them, and 100 to 1,000 personas an arm; those of
 * the other measures 91% to 96% in one study with 150 an arm (tests/simulation/estimate_drift_test.ts).
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
  // One unit says nothing of others like it.
  if (options.units === 1) {
    return { low: 0, high: measure.most, pEquivalence: Number.isNaN(margin) ? NaN : 1 };
  }
  if (!bootstrapped.varies) {
    const { low, high, pEquivalence } = whatNobodyShows(bootstrapped.reach, { ...options, margin });
    return { low: unit(Math.min(low, distance)), high: unit(Math.max(high, distance)), pEquivalence };
  }
  const stretched = deviations.map((list) => list.map((value) => options.stretch * value));
  const families = directionsOf(measure, observed, stretched).map((direction) =>
    makeFamily(measure, direction, stretched)
  );
  const ends = families.map((family) => keptDistances(family, distance, options.alpha));
  return {
    low: unit(Math.min(...ends.map(([low]) => low))),
    high: unit(Math.max(...ends.map(([, high]) => high))),
    pEquivalence: Number.isNaN(margin)
      ? NaN
      : Math.max(...families.map((family) => equivalenceP(family, margin, distance))),
  };
}

/**
 * The interval where no unit differs from the others: of n units, a share s of all that would answer otherwise is missed
 * with probability (1 − s)^n, the "rule of three".
 */
function whatNobodyShows(
  reach: BootstrappedContrasts["reach"],
  { alpha, margin, units }: InvertDistancesOptions,
): DriftInterval {
  const missed = 1 - (alpha / 2) ** (1 / units);
  const high = reach(missed)[1];
  // The answers that come nearest to equal arms need not be those of the largest share.
  const steps = Array.from({ length: 8 }, (_, step) => reach(missed * (step + 1) / 8)[0]);
  const low = Math.min(...steps);
  if (Number.isNaN(margin)) return { low, high, pEquivalence: NaN };
  // The smallest share with which the margin is reached.
  const share = reach(1)[1] < margin ? 1 : edgeBetween(0, 1, (s) => reach(s)[1] >= margin, 20);
  return { low, high, pEquivalence: (1 - share) ** units };
}

/** The distances that bootstrap samples would have at a true distance, along one direction (an array used again). */
type DistanceFamily = (distance: number) => Float64Array;

function makeFamily(
  measure: DriftMeasure,
  direction: Float64Array,
  deviations: readonly Float64Array[],
): DistanceFamily {
  const contrasts = new Float64Array(direction.length);
  const distances = new Float64Array(deviations[0]!.length);
  return (distance) => {
    for (let draw = 0; draw < distances.length; draw++) {
      for (let k = 0; k < contrasts.length; k++) {
        contrasts[k] = distance * direction[k]! + deviations[k]![draw]!;
      }
      distances[draw] = measure.length(contrasts);
    }
    return distances;
  };
}

/** The directions in which the shares may truly differ, each of length 1. */
function directionsOf(
  measure: DriftMeasure,
  observed: Float64Array,
  deviations: readonly Float64Array[],
): Float64Array[] {
  const errors = deviations.map((list) => Math.sqrt(moments(list).variance));
  const candidates = observed.length === 1 ? [observed] : [
    observed,
    observed.map((value, k) => value === 0 ? 0 : value * Math.max(0, 1 - 2 * (errors[k]! / value) ** 2)),
    observed.map((value) => Math.sign(value) * Math.sqrt(Math.abs(value))),
  ];
  // Arms that are exactly alike have no direction of their own.
  const noise = Float64Array.from(errors, (error, k) => k % 2 === 0 ? error : -error);
  const some = candidates.filter((candidate) => measure.length(candidate) > 0);
  return (some.length > 0 ? some : [noise]).map((candidate) => {
    const length = measure.length(candidate);
    return candidate.map((value) => value / length);
  });
}

/** The lowest and the highest true distance for which the observed one is not unusual. */
function keptDistances(family: DistanceFamily, observed: number, alpha: number): [number, number] {
  const zero = summarise(family(0));
  const keeps = (distance: number) => shareUnusual(family(distance), observed, zero) > alpha;
  const top = observed + 5 * zero.sd;
  const steps = 16;
  const kept = Array.from({ length: steps + 1 }, (_, step) => top * step / steps).filter(keeps);
  // Between two steps nothing was kept: the distance whose mean lies nearest is.
  if (kept.length === 0) return [observed, observed];
  const [first, last] = [kept[0]!, kept.at(-1)!];
  return [
    first === 0 ? 0 : edgeBetween(first - top / steps, first, keeps, 7),
    last === top ? top : edgeBetween(last + top / steps, last, keeps, 7),
  ];
}

/** The edge between a value for which something does not hold and one for which it does, by bisection. */
function edgeBetween(
  outside: number,
  inside: number,
  holds: (value: number) => boolean,
  steps: number,
): number {
  for (let step = 0; step < steps; step++) {
    const middle = (outside + inside) / 2;
    if (holds(middle)) inside = middle;
    else outside = middle;
  }
  return (outside + inside) / 2;
}

interface Summary {
  readonly mean: number;
  readonly sd: number;
}

function summarise(distances: Float64Array): Summary {
  const { mean, variance } = moments(distances);
  return { mean, sd: Math.sqrt(variance) };
}

/** The share of distances that have a likelihood ratio at least as unfavourable as the observed one. */
function shareUnusual(distances: Float64Array, observed: number, zero: Summary): number {
  const { mean, sd } = summarise(distances);
  // −2 log of the likelihood at this distance over that at the best: 0 where the mean can be reached, else that at 0.
  const ratio = (value: number) =>
    ((value - mean) / sd) ** 2 - (value < zero.mean ? ((value - zero.mean) / zero.sd) ** 2 : 0);
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
  const zero = summarise(family(0));
  const distances = family(margin);
  let below = 0;
  for (let draw = 0; draw < distances.length; draw++) if (distances[draw]! <= observed * (1 + 1e-10)) below++;
  return Math.max((1 + below) / (distances.length + 1), shareUnusual(distances, observed, zero) / 2);
}
