import type { BoundEstimate } from "../../stats/intervals.ts";

/** The units of two arms, those without an outcome included. */
export interface AttritionSample {
  /** Outcomes; `NaN` where there is none. */
  readonly value: Float64Array;
  /** 1 for units of the arm, 0 for units of the reference. */
  readonly treated: Uint8Array;
  /** The cluster of each unit; `null` where units are independent. */
  readonly cluster: Int32Array | null;
}

/** A lower and an upper bound, and what the reader must know. */
export interface AttritionBounds {
  readonly lower: BoundEstimate;
  readonly upper: BoundEstimate;
  /** The share of the arm with more answers that was trimmed. */
  readonly trimmed: number;
  readonly notes: readonly string[];
}

/**
 * Bounds on the effect on those who answer in either arm: the arm with more answers loses its excess from the top, then
 * from the bottom. Lee 2009, Review of Economic Studies 76: 1071-1102, eq. 8 and Proposition 3.
 */
export function leeBounds(sample: AttritionSample): AttritionBounds {
  const [control, treated] = [responses(sample, 0), responses(sample, 1)];
  const swap = treated.rate < control.rate;
  const [kept, cut] = swap ? [treated, control] : [control, treated];
  const share = kept.rate / cut.rate;
  const ends = [trimmedMean(cut.sorted, share), trimmedMean(reversed(cut.sorted), share, -1)];
  const bounds = ends.map((trim) => {
    const sign = swap ? -1 : 1;
    const influence = leeInfluence(sample, { kept, cut, share, trim, cutSide: swap ? 0 : 1 });
    return { estimate: sign * (trim.mean - kept.mean), stdError: standardError(influence, sample.cluster) };
  });
  const [lower, upper] = swap ? [bounds[1]!, bounds[0]!] : [bounds[0]!, bounds[1]!];
  return { lower, upper, trimmed: 1 - share, notes: [] };
}

/**
 * Bounds without any assumption on who is missing: missing outcomes are all at one end of the scale in one arm and at the
 * other end in the other. Horowitz and Manski 2000, Journal of the American Statistical Association 95: 77-84.
 */
export function worstCaseBounds(sample: AttritionSample, range: readonly [number, number]): AttritionBounds {
  const fill = (treated: number, control: number) => {
    const value = sample.value.map((outcome, i) =>
      Number.isNaN(outcome) ? (sample.treated[i] === 1 ? treated : control) : outcome
    );
    const means = [0, 1].map((side) => mean(value.filter((_, i) => sample.treated[i] === side)));
    const counts = [0, 1].map((side) => sample.treated.filter((arm) => arm === side).length);
    const influence = value.map((outcome, i) => {
      const side = sample.treated[i]!;
      return (side === 1 ? 1 : -1) * (outcome - means[side]!) / counts[side]!;
    });
    return { estimate: means[1]! - means[0]!, stdError: standardError(influence, sample.cluster) };
  };
  return { lower: fill(range[0], range[1]), upper: fill(range[1], range[0]), trimmed: 0, notes: [] };
}

interface Responses {
  readonly n: number;
  readonly rate: number;
  readonly mean: number;
  readonly sorted: Float64Array;
}

function responses({ value, treated }: AttritionSample, side: number): Responses {
  const all = value.filter((_, i) => treated[i] === side);
  const given = all.filter((outcome) => !Number.isNaN(outcome));
  return { n: all.length, rate: given.length / all.length, mean: mean(given), sorted: given.sort() };
}

function mean(values: Float64Array): number {
  let total = 0;
  for (const value of values) total += value;
  return total / values.length;
}

function reversed(values: Float64Array): Float64Array {
  return values.slice().reverse();
}

interface Trim {
  readonly mean: number;
  /** The outcome at which the trimming ends. */
  readonly edge: number;
  /** 1 where smaller outcomes are kept, -1 where larger ones are. */
  readonly direction: 1 | -1;
}

/** The mean of the first `share` of the values; the unit at the edge counts in part, so that ties split evenly. */
function trimmedMean(values: Float64Array, share: number, direction: 1 | -1 = 1): Trim {
  const wanted = share * values.length;
  const whole = Math.min(values.length, Math.floor(wanted + 1e-9));
  let total = 0;
  for (let i = 0; i < whole; i++) total += values[i]!;
  const edge = values[Math.min(whole, values.length - 1)]!;
  return { mean: (total + (wanted - whole) * edge) / wanted, edge, direction };
}

/**
 * Each unit's influence on trimmed mean less the other arm's mean, divided by n: the trimmed mean, its share
 * τ = kept rate / cut rate, and the mean. Lee 2009, Proposition 3, as a sum over units.
 */
function leeInfluence(
  { value, treated }: AttritionSample,
  parts: { kept: Responses; cut: Responses; share: number; trim: Trim; cutSide: number },
): Float64Array {
  const { kept, cut, share, trim, cutSide } = parts;
  // d mean / d share = (edge - mean) / share
  const slope = (trim.edge - trim.mean) / share;
  return value.map((outcome, i) => {
    const answered = Number.isNaN(outcome) ? 0 : 1;
    if (treated[i] !== cutSide) {
      const own = answered === 1 ? -(outcome - kept.mean) / (kept.n * kept.rate) : 0;
      return own + slope * (answered - kept.rate) / (kept.n * cut.rate);
    }
    const inside = answered === 1 && trim.direction * (outcome - trim.edge) <= 0;
    const excess = (inside ? outcome - trim.edge : 0) - share * (trim.mean - trim.edge);
    const own = answered === 1 ? excess / (cut.n * cut.rate * share) : 0;
    return own - slope * share * (answered - cut.rate) / (cut.n * cut.rate);
  });
}

/** √ G/(G - 1) Σ (sum of the influences of a cluster)². */
function standardError(influence: Float64Array, cluster: Int32Array | null): number {
  const sums = new Map<number, number>();
  influence.forEach((value, i) => {
    const unit = cluster === null ? i : cluster[i]!;
    sums.set(unit, (sums.get(unit) ?? 0) + value);
  });
  let squares = 0;
  for (const sum of sums.values()) squares += sum * sum;
  return sums.size < 2 ? NaN : Math.sqrt(squares * sums.size / (sums.size - 1));
}
