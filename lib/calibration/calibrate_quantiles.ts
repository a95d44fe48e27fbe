import { oneOf, quantileList, readOptions, type RulesFor } from "../core/options.ts";
import type { Table } from "../core/table.ts";
import { normalQuantile } from "../stats/distributions.ts";
import { sum } from "../stats/moments.ts";
import { nobodyAnswered, sampleOf } from "./calibrate_mean.ts";
import { calibratedTable } from "./calibrated_rows.ts";
import { type PairingOptions, pairingRules, readPairs } from "./paired_answers.ts";
import { refuseClusters } from "./pairing_checks.ts";
import { effectiveNumber, type RectifiedSample, shrink } from "./rectified_mean.ts";
import { type Lambda, type LambdaOptions, lambdaRules } from "./rectified_mean.ts";

/** Options of {@linkcode calibrateQuantiles}. */
export interface CalibrateQuantilesOptions extends Omit<PairingOptions, "category">, LambdaOptions {
  /**
   * The quantiles, each strictly between 0 and 1.
   * @default {[0.25, 0.5, 0.75]}
   */
  quantiles?: readonly number[];
  /**
   * The interval: `score` takes the variance as it is where the quantile stands, and holds with few people; `wald` takes
   * it as estimated, as the reference package does, whose ends it has with `lambda: 1`.
   * @default {"score"}
   */
  interval?: "score" | "wald";
}

const { category: _category, ...paired } = pairingRules;

const rules = {
  ...paired,
  ...lambdaRules,
  quantiles: quantileList,
  interval: oneOf(["score", "wald"], "score"),
} as const satisfies RulesFor<CalibrateQuantilesOptions>;

const action = "calibrate quantiles";

/**
 * Estimates quantiles of people's answers from a few people and a model's answers for many.
 *
 * The share of people at or below each value is that of the model, corrected by how far it is off for the people who were
 * asked, and inverted: a quantile is the smallest value with at least its share at or below it (type 1), and its interval
 * holds each value that is not rejected, on scales with few points too. λ is tuned at each value and shrunk. With 10 to 200
 * people, intervals of 95% covered in 95 to 100 of 100 simulated studies whatever the model was worth: most with 10 people,
 * in the tails, on scales of few points, and with a model that is nearly right. Where so few people set no lower or no
 * upper end, it is infinite. Pairing, arms, rows and who may be asked are those of `calibrateMean`.
 *
 * @param human people's answers
 * @param synthetic the model's, or the column of `human` that says `human` or `synthetic`; see `calibrateMean`
 * @param options the outcome, a number, and the quantiles; see {@linkcode CalibrateQuantilesOptions}
 * @returns for each arm and quantile two rows side by side, calibrated and `humans_alone`, with the columns of
 * `calibrateMean` and `quantile`; `std_error` is half the interval over the normal quantile (Woodruff 1952), `lambda` and
 * `n_effective` are those of the share at the quantile (ends of intervals are answers, which jump); there is no test
 * @throws {RangeError} if personas or cells of `human` are not in `synthetic`, or a quantile is not strictly within 0 and 1
 * @throws {TypeError} if an option is unknown or the outcome is not numeric
 * @see Angelopoulos, Bates, Fannjiang, Jordan and Zrnic 2023, Prediction-powered inference, Science 382: 669-674
 * @example The middle of nine people
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { tableOf } from "@understudy/understudy/core";
 * import { calibrateQuantiles } from "@understudy/understudy/calibration";
 *
 * const people = [1, 2, 2, 3, 4, 4, 5, 6, 7];
 * const synthetic = [...people, ...people, ...people];
 * const named = (values: number[]) => tableOf({ persona_id: values.map((_, at) => `p${at}`), support: values });
 * const medians = calibrateQuantiles(named(people), named(synthetic), { outcome: "support", quantiles: [0.5] });
 * assertEquals([medians.get("estimator", 0), medians.get("estimate", 0)], ["prediction_powered_quantile", 4]);
 * ```
 */
export function calibrateQuantiles(
  human: Table,
  synthetic: Table | string,
  options: CalibrateQuantilesOptions,
): Table {
  const { alpha, lambda, quantiles, interval, ...asked } = readOptions(action, options, rules);
  const z = normalQuantile(1 - alpha / 2);
  const pairs = readPairs(action, human, synthetic, asked);
  for (const { table } of [pairs.human, pairs.pool]) refuseClusters(action, table, asked.persona);
  const rows = pairs.arms.flatMap((arm, place) => {
    const sample = sampleOf(pairs, place);
    const [people, pool] = [sample.outcome.length, sample.pool.length];
    const { weight } = sample;
    // By how much a person moves a share, on average and at most.
    const usual = 1 / effectiveNumber(weight, people);
    const largest = weight === null ? usual : weight.reduce((most, w) => Math.max(most, w), 0) / sum(weight);
    const jumps = interval === "score" ? [usual, largest] as const : null;
    const found = quantiles.flatMap((q) => [new Inversion(q, z, 0, jumps), new Inversion(q, z, 1, jumps)]);
    if (people > 0 && pool > 0) scan(sample, lambda, found);
    return found.map(({ quantile, alone, estimate, low, high, variance, at }, place) => {
      const closed = Number.isFinite(high - low);
      const effective = people * found[place + 1 - alone]!.variance / variance;
      const own = alone === 1
        ? { estimator: "humans_alone", basis: "human" as const, lambda: 0, pool: 0, effective: people }
        : { estimator: "prediction_powered_quantile", basis: "calibrated" as const, pool, effective };
      return {
        ...{ outcome: asked.outcome, arm, quantile, estimate, people },
        ...{ lambda: at?.lambda ?? NaN, correlation: at?.correlation ?? NaN, ...own },
        ...{ conf_low: low, conf_high: high, conf_level: 1 - alpha },
        std_error: closed ? (high - low) / 2 / z : NaN,
        notes: pairs.notes,
        reason: people * pool === 0
          ? [nobodyAnswered]
          : [closed ? "" : "so few people set no end on a side", "quantiles have an interval and no test"],
      };
    });
  });
  return calibratedTable(rows, ["quantile"]);
}

/** Finds a quantile and its interval from the shares at ascending values. */
class Inversion {
  estimate = NaN;
  low = NaN;
  high = NaN;
  variance = NaN;
  at: Step | null = null;
  #within = false;

  /** @param jumps of shares by a person, on average and at most; `null` for an interval from estimated variances */
  constructor(
    readonly quantile: number,
    readonly z: number,
    readonly alone: 0 | 1,
    readonly jumps: readonly [number, number] | null,
  ) {}

  visit(step: Step): void {
    const { quantile: q, z, alone, jumps } = this;
    const [share, pool] = [step.shares[alone], alone === 1 ? 0 : step.pool];
    let [variance, skew, jump] = [step.people[alone] + pool, 0, 0];
    if (jumps !== null) {
      // Were the quantile here, shares of people alone of equal weight would vary by q(1 - q)/n; how much less they do with
      // predictions, or more with weights, is estimated with two people more, for whom the model is no help.
      const [own, spread, [usual, largest]] = [step.shares[1], q * (1 - q), jumps];
      const seen = step.people[alone] + 2 * spread * usual * largest;
      variance = spread * seen / (own * (1 - own) + 2 * spread * usual) + pool;
      // The tails of a share are skew (Cornish and Fisher 1937), and it jumps by 1/n, a quarter of which covered best.
      skew = (1 - 2 * q) * (z * z - 1) / 6 * variance / spread;
      jump = usual / 4;
    }
    const half = z * Math.sqrt(variance) + jump;
    const within = share - Math.max(0, half + skew) <= q;
    // A value is within where the share below it may be less than q; to the reference package, the share at it.
    if (jumps === null ? within : this.#within) this.high = step.value;
    this.#within = within;
    if (Number.isNaN(this.low) && share + Math.max(0, half - skew) >= q) this.low = step.value;
    // Weights that sum to q may be a little less.
    if (this.at !== null || share < q - 1e-12) return;
    this.at = step;
    this.estimate = step.value;
    this.variance = variance;
  }
}

/** Visits all values from below, once: at each a person's answer, and the prediction of it, are at or below it or not. */
function scan(sample: RectifiedSample, lambda: Lambda, inversions: readonly Inversion[]): void {
  const { outcome, prediction, weight, pool, poolWeight } = sample;
  const n = outcome.length;
  const values = new Float64Array(2 * n);
  values.set(outcome);
  values.set(prediction, n);
  const events = ascending(values);
  const order = poolWeight === null ? null : ascending(pool);
  const sorted = order === null ? pool.slice().sort() : Float64Array.from(order, (at) => pool[at]!);
  // Sums of weights, and of their squares: of all, and of those whose answer, prediction, or both are at or below.
  const sums: Sums = [[0, 0, 0, 0], [0, 0, 0, 0]];
  const add = (person: number, place: 0 | 1 | 2 | 3) => {
    const w = weight === null ? 1 : weight[person]!;
    sums[0][place] += w;
    sums[1][place] += w * w;
  };
  for (let person = 0; person < n; person++) add(person, 0);
  const sizes = [effectiveNumber(weight, n), effectiveNumber(poolWeight, pool.length)] as const;
  const total = poolWeight === null ? pool.length : sum(poolWeight);
  const met = new Uint8Array(n);
  let below = 0;
  const visit = (value: number) => {
    const step = stepOf(value, lambda, sums, sizes, below / total);
    for (const inversion of inversions) inversion.visit(step);
  };
  visit(-Infinity);
  for (let event = 0, at = 0; event < 2 * n || at < sorted.length;) {
    const next = event < 2 * n ? values[events[event]!]! : Infinity;
    const value = at < sorted.length && sorted[at]! < next ? sorted[at]! : next;
    for (; event < 2 * n && values[events[event]!]! === value; event++) {
      const [person, place] = [events[event]! % n, events[event]! < n ? 1 as const : 2 as const];
      add(person, place);
      met[person] = met[person]! | place;
      if (met[person] === 3) add(person, 3);
    }
    for (; at < sorted.length && sorted[at]! === value; at++) {
      below += order === null ? 1 : poolWeight![order[at]!]!;
    }
    visit(value);
  }
  visit(Infinity);
}

const ascending = (values: Float64Array): Uint32Array =>
  Uint32Array.from(values.keys()).sort((a, b) => values[a]! - values[b]!);

type Step = ReturnType<typeof stepOf>;
type Four = [all: number, answer: number, prediction: number, both: number];
type Sums = readonly [weights: Four, squares: Four];

/** λF(pool) + F(people) - λF(predictions), and variances of people's part and the pool's (Angelopoulos et al., algorithm 2). */
function stepOf(
  value: number,
  lambda: Lambda,
  [[weights, answers, predictions, both], [squares, answers2, predictions2, both2]]: Sums,
  [n, m]: readonly [people: number, pool: number],
  pool: number,
) {
  const [y, f] = [answers / weights, predictions / weights];
  const [yy, ff, yf] = [y * (1 - y), f * (1 - f), both / weights - y * f];
  let used = typeof lambda === "number" ? lambda : 0;
  if (typeof lambda !== "number" && yy > 1e-12 && ff > 1e-12 && n > 3) {
    const [slope, error] = [yf / ff, (yy - yf * yf / ff) / ff / (n - 3)];
    used = m / (n + m) * (lambda === "plug-in" ? Math.min(1, Math.max(0, slope)) : shrink(slope, error));
  }
  const spread = answers2 * (1 - 2 * y) + y * y * squares;
  const further = predictions2 * (1 - 2 * f) + f * f * squares;
  const product = both2 - y * predictions2 - f * answers2 + y * f * squares;
  const residual = Math.max(0, spread - 2 * used * product + used * used * further);
  return {
    value,
    // With the predictions, and of people alone.
    shares: [y + used * (pool - f), y] as const,
    people: [residual / weights ** 2, spread / weights ** 2] as const,
    pool: used * used * pool * (1 - pool) / m,
    lambda: used,
    correlation: yf / Math.sqrt(yy * ff),
  };
}
