import type { RandomStream } from "../../core/stream.ts";
import { normalQuantile } from "../../stats/distributions.ts";
import { moments } from "../../stats/moments.ts";
import type { TrueShares } from "./drift_shares.ts";
import { betweenStudies, type SimulatedStudies, withinStudies } from "./drift_studies.ts";

/** A study whose power is asked for. */
export interface DriftScenario {
  readonly shares: TrueShares;
  /** Whether each persona is in both arms. */
  readonly within: boolean;
  /** Correlation of a persona's replies in the two arms. */
  readonly correlation: number;
  /** Replies of a persona in an arm. */
  readonly replicates: number;
  /** Correlation of these. */
  readonly replyCorrelation: number;
  /** The level of a control's test, after correction for their number. */
  readonly level: number;
  /** One less the confidence of the interval. */
  readonly alpha: number;
}

/** What is predicted. */
export interface DriftPower {
  /** The probability that drift is found. */
  readonly power: number;
  /** Mean of the distance without drift. */
  readonly nullMean: number;
  /** Its 95% point. */
  readonly nullHigh: number;
  /** Normal quantile times the standard deviation of the distance. */
  readonly halfWidth: number;
}

/** Studies that are drawn. */
const studies = 8000;
/** Permutations that are drawn in all, of as many of the studies as leave each 50 beyond the level, or 20 of a strict one. */
const permutations = 50_000;

/**
 * Predicts the power of the permutation test of a total variation distance, by drawing counts.
 *
 * Studies are drawn by their counts. The null of some of them is drawn as the test would draw it, given all answers
 * together: their critical values lie on the grid that counts make, so that ties cost the prediction what they cost the
 * test. Replies of a persona are counted as the number of unrelated replies that tell as much.
 */
export function driftPower(
  scenario: DriftScenario,
  sizes: { readonly treatment: number; readonly reference: number },
  random: RandomStream,
): DriftPower {
  const { replicates, replyCorrelation, correlation, level, alpha } = scenario;
  // Variance of a persona's mean reply over that of one reply: Kish 1965, Survey Sampling, eq. 5.4.1, over replicates.
  const factor = (1 + (replicates - 1) * replyCorrelation) / replicates;
  const treatment = Math.max(1, Math.round(sizes.treatment / factor));
  const reference = Math.max(1, Math.round(sizes.reference / factor));
  const simulated = scenario.within
    ? withinStudies(scenario.shares, { n: treatment, correlation: Math.min(1, correlation / factor) }, random)
    : betweenStudies(scenario.shares, { treatment, reference }, random);
  return summarise(simulated, { level, alpha });
}

function summarise(
  simulated: SimulatedStudies,
  { level, alpha }: { level: number; alpha: number },
): DriftPower {
  const draws = Math.max(1000, Math.ceil(20 / level));
  const nulls = Math.max(15, Math.round(permutations / draws));
  const distances = new Float64Array(studies);
  const critical = new Float64Array(nulls);
  let [nullMean, nullHigh] = [0, 0];
  for (let study = 0; study < studies; study++) {
    distances[study] = simulated.draw();
    if (study >= nulls) continue;
    const permuted = Float64Array.from({ length: draws }, simulated.permute).sort();
    critical[study] = criticalValue(permuted, level);
    nullMean += moments(permuted).mean / nulls;
    nullHigh += permuted[Math.ceil(0.95 * draws) - 1]! / nulls;
  }
  distances.sort();
  const found = critical.reduce((sum, value) => sum + studies - firstAtLeast(distances, value), 0);
  const halfWidth = normalQuantile(1 - alpha / 2) * Math.sqrt(moments(distances).variance);
  return { power: found / (nulls * studies), nullMean, nullHigh, halfWidth };
}

/** The smallest distance that at most a share `level` of the permutations reach; infinite where there is none. */
function criticalValue(sorted: Float64Array, level: number): number {
  let at = sorted.length;
  while (at > 0) {
    const first = firstAtLeast(sorted, sorted[at - 1]!);
    if (sorted.length - first > level * sorted.length) break;
    at = first;
  }
  return sorted[at] ?? Infinity;
}

/** The place of the first value that is at least as large, but for rounding. */
function firstAtLeast(sorted: Float64Array, value: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle]! >= value - 1e-9) high = middle;
    else low = middle + 1;
  }
  return low;
}
