import type { RandomStream } from "../core/stream.ts";
import { moments } from "../stats/moments.ts";
import { resampleUnits } from "../stats/resampling.ts";

/** A statistic, of one or several numbers: of people's answers, of the predictions of them, and of the pool's. */
export interface PairedStatistic {
  readonly outcome: ArrayLike<number>;
  readonly prediction: ArrayLike<number>;
  readonly pool: ArrayLike<number>;
}

export interface PairedBootstrapRequest {
  /** How many people there are, and how many in the pool. */
  readonly sizes: readonly [people: number, pool: number];
  /** The statistic where each person, and each of the pool, counts so many times; the arrays are used again. */
  readonly statistic: (people: Int32Array, pool: Int32Array) => PairedStatistic;
  /** The weight of the predictions; `null` tunes it, for each number of the statistic. */
  readonly lambda: number | null;
  /** How many resamples tune it before those of the interval; 0 tunes it on these. */
  readonly tuning?: number;
  readonly replicates: number;
  readonly random: RandomStream;
  /** Draws who counts; left out, people and the pool are each drawn with replacement. Pool's numbers follow people's. */
  readonly draw?: (visit: (units: ArrayLike<number>) => void) => void;
}

/** One number of the statistic, with what the predictions add and without, and both in each resample. */
export interface BootstrappedNumber {
  readonly lambda: number;
  readonly estimate: number;
  readonly draws: Float64Array;
  readonly alone: { readonly estimate: number; readonly draws: Float64Array };
  /** Correlation over resamples of what answers and predictions give. */
  readonly correlation: number;
}

/**
 * The prediction-powered bootstrap of any statistic T: T(Y) - λT(f) + λT(pool's f), where a person is drawn together with
 * the prediction of it. λ is the covariance of T(Y) and T(f) over the variances of T(f) and of the pool's: tuned on all,
 * so that with few people intervals are too short. Zrnic 2024, arXiv 2405.18379, algorithm 1 and section 2.1.
 */
export function pairedBootstrap(request: PairedBootstrapRequest): BootstrappedNumber[] {
  const { sizes: [people, pool], statistic, tuning = 0, replicates } = request;
  const times = new Int32Array(people + pool);
  const [own, others] = [times.subarray(0, people), times.subarray(people)];
  const found: PairedStatistic[] = [];
  const visit = (units: ArrayLike<number>) => {
    times.fill(0);
    for (let at = 0; at < units.length; at++) times[units[at]!] = times[units[at]!]! + 1;
    found.push(statistic(own, others));
  };
  const draw = request.draw ?? ((visit) =>
    resampleUnits(times.length, visit, {
      random: request.random,
      strata: new Uint8Array(times.length).fill(1, people),
      replicates: tuning + replicates,
    }));
  draw(visit);
  const whole = statistic(own.fill(1), others.fill(1));
  const tuners = tuning > 0 ? found.slice(0, tuning) : found;
  return Array.from(whole.outcome, (outcome, at) => {
    const { lambda, correlation } = tune(tuners, at);
    const used = request.lambda ?? lambda;
    const rectified = (each: PairedStatistic) =>
      each.outcome[at]! + used * (each.pool[at]! - each.prediction[at]!);
    const drawn = found.slice(tuning);
    return {
      lambda: used,
      estimate: rectified(whole),
      draws: Float64Array.from(drawn, rectified),
      alone: { estimate: outcome, draws: Float64Array.from(drawn, (each) => each.outcome[at]!) },
      correlation,
    };
  });
}

/** λ and the correlation; as the reference package has it, the covariance is by n - 1, and variances are by n. */
function tune(draws: readonly PairedStatistic[], at: number): { lambda: number; correlation: number } {
  const computed = draws.map(({ outcome, prediction, pool }) => [outcome[at]!, prediction[at]!, pool[at]!])
    .filter((each) => each.every(Number.isFinite));
  const [y, f, g] = [0, 1, 2].map((part) => moments(computed.map((each) => each[part]!)));
  const n = computed.length;
  const covariance = computed.reduce((sum, [own, told]) => sum + (own! - y!.mean) * (told! - f!.mean), 0) /
    (n - 1);
  const spread = f!.variance + g!.variance;
  return {
    // Predictions that never vary add nothing.
    lambda: spread > 0 ? covariance / (spread * (n - 1) / n) : 0,
    correlation: covariance / Math.sqrt(y!.variance * f!.variance),
  };
}
