import { moments } from "../../stats/moments.ts";
import type { BootstrappedContrasts } from "./drift_bootstrap.ts";
import type { DriftMeasure } from "./drift_measures.ts";

/** What the data say of the true distance. */
export interface DriftInterval {
  /** Lower end of the confidence interval. */
  readonly low: number;
  /** Its upper end. */
  readonly high: number;
  /** The p-value of the claim that the true distance is below the margin; `NaN` without a margin. */
  readonly pEquivalence: number;
}

/** Options of {@linkcode invertDistances}. */
export interface InvertDistancesOptions {
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
  const draws = deviations[0]?.length ?? 0;
  const distance = measure.length(observed);
  if (draws < 2 || Number.isNaN(distance)) return { low: NaN, high: NaN, pEquivalence: NaN };
  const stretched = deviations.map((list) => list.map((value) => options.stretch * value));
  const errors = stretched.map((list) => Math.sqrt(moments(list).variance));
  const unit = (value: number) => Math.min(measure.most, measure.squared ? value * value : value);
  const root = (value: number) => measure.squared ? Math.sqrt(value) : value;
  // One unit says nothing of others like it.
  if (options.units === 1) {
    return { low: 0, high: measure.most, pEquivalence: Number.isNaN(options.margin) ? NaN : 1 };
  }
  if (!bootstrapped.varies) {
    const { low, high, pEquivalence } = whatNobodyShows(bootstrapped, {
      ...options,
      margin: root(options.margin),
    });
    return { low: unit(Math.min(low, distance)), high: unit(Math.max(high, distance)), pEquivalence };
  }
  const families = directionsOf(measure, observed, errors).map((direction) =>
    makeFamily(measure, direction, stretched, draws)
  );
  const ends = families.map((family) => keptDistances(family, distance, options.alpha));
  return {
    low: unit(Math.min(...ends.map(([low]) => low))),
    high: unit(Math.max(...ends.map(([, high]) => high))),
    pEquivalence: Number.isNaN(options.margin)
      ? NaN
      : Math.max(...families.map((family) => equivalenceP(family, root(options.margin), distance))),
  };
}

/**
 * The interval where no unit differs from the others: of n units, a share s of all that would answer otherwise is missed
 * with probability (1 − s)^n, the "rule of three".
 */
function whatNobodyShows(
  { reach }: BootstrappedContrasts,
  { alpha, margin, units }: InvertDistancesOptions,
): DriftInterval {
  const missed = 1 - (alpha / 2) ** (1 / units);
  const high = reach(missed)[1];
  // The answers that come nearest to equal arms need not be those of the largest share.
  const steps = Array.from({ length: 8 }, (_, step) => reach(missed * (step + 1) / 8)[0]);
  const low = Math.min(...steps);
  if (Number.isNaN(margin)) return { low, high, pEquivalence: NaN };
  // The smallest share with which the margin is reached.
  const share = reach(1)[1] < margin ? 1 : findShare((s) => reach(s)[1] >= margin);
  return { low, high, pEquivalence: (1 - share) ** units };
}

/** The smallest share from which on something holds, by bisection. */
function findShare(holds: (share: number) => boolean): number {
  let [below, above] = [0, 1];
  for (let step = 0; step < 20; step++) {
    const middle = (below + above) / 2;
    if (holds(middle)) above = middle;
    else below = middle;
  }
  return below;
}

/** The distances that bootstrap samples would have at a true distance, along one direction (an array used again). */
type DistanceFamily = (distance: number) => Float64Array;

function makeFamily(
  measure: DriftMeasure,
  direction: Float64Array,
  deviations: readonly Float64Array[],
  draws: number,
): DistanceFamily {
  const contrasts = new Float64Array(direction.length);
  const distances = new Float64Array(draws);
  return (distance) => {
    for (let draw = 0; draw < draws; draw++) {
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
  errors: readonly number[],
): Float64Array[] {
  const candidates = observed.length === 1 ? [observed] : [
    observed,
    observed.map((value, k) => value === 0 ? 0 : value * Math.max(0, 1 - 2 * (errors[k]! / value) ** 2)),
    observed.map((value) => Math.sign(value) * Math.sqrt(Math.abs(value))),
  ];
  const directions = candidates.flatMap((candidate) => {
    const length = measure.length(candidate);
    return length > 0 ? [candidate.map((value) => value / length)] : [];
  });
  if (directions.length > 0) return directions;
  // Arms that are exactly alike have no direction of their own.
  const noise = Float64Array.from(errors, (error, k) => k % 2 === 0 ? error : -error);
  return [noise.map((value) => value / measure.length(noise))];
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
    first === 0 ? 0 : edgeBetween(first - top / steps, first, keeps),
    last === top ? top : edgeBetween(last + top / steps, last, keeps),
  ];
}

/** The edge between a distance that is not kept and one that is, by bisection. */
function edgeBetween(outside: number, inside: number, keeps: (distance: number) => boolean): number {
  for (let step = 0; step < 7; step++) {
    const middle = (outside + inside) / 2;
    if (keeps(middle)) inside = middle;
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
  return Math.max(shareBelow(distances, observed), shareUnusual(distances, observed, zero) / 2);
}

/** (1 + #{T* ≤ T}) / (B + 1). */
function shareBelow(distances: Float64Array, observed: number): number {
  let below = 0;
  for (let draw = 0; draw < distances.length; draw++) if (distances[draw]! <= observed * (1 + 1e-10)) below++;
  return (1 + below) / (distances.length + 1);
}
