import { type RandomStream, stream } from "../core/stream.ts";
import { normalCdf, studentTQuantile } from "../stats/distributions.ts";
import { moments } from "../stats/moments.ts";
import { permutationPValue, permuteLabels } from "../stats/permutation.ts";
import { sampleQuantile } from "../stats/quantiles.ts";
import { resampleUnits } from "../stats/resampling.ts";
import { compareCells, comparedArms } from "./score_comparisons.ts";
import { type Cells, cellsOfArm, type ConversationSettings } from "./transcripts.ts";
import { type CellColumn, type ConversationRow, scoreInterval } from "./turn_scores.ts";
import { type Decay, type DecayPoints, fastestRate, fitDecay } from "./fit_decay.ts";

/** The level that answers decay to: how each answer without a persona agrees with each cell, or the number that is given. */
export interface DecayFloor {
  readonly kind: "given" | "measured" | "fitted";
  /** For each answer without a persona (one for a number), the level of each cell; none where it is fitted. */
  readonly byReply: readonly Float64Array[];
}

export interface DecayCurves {
  readonly cells: Cells;
  readonly turns: readonly number[];
  /** Cell by cell, one score per turn. */
  readonly scores: Float64Array;
  readonly floor: DecayFloor;
}

export function layOutCurves(cells: Cells, columns: readonly CellColumn[], floor: DecayFloor): DecayCurves {
  const scores = cells.unit.flatMap((_, cell) => columns.map(({ values }) => values[cell]!));
  const turns = columns.map(({ label }) => label.turn!);
  return { cells, turns, scores: Float64Array.from(scores), floor };
}

/** Averages the curves of some cells (one may be named more than once); `times` weighs the answers without a persona. */
function averageCurve(
  { turns, scores, floor }: DecayCurves,
  members: ArrayLike<number>,
  times?: ArrayLike<number>,
): DecayPoints {
  const size = turns.length;
  const means = new Float64Array(size);
  const weights = new Float64Array(size);
  for (let i = 0; i < members.length; i++) {
    const from = members[i]! * size;
    for (let t = 0; t < size; t++) {
      const score = scores[from + t]!;
      // NaN is not equal to itself: the quickest test in the innermost loop of the bootstrap.
      if (score !== score) continue;
      means[t]! += score;
      weights[t]!++;
    }
  }
  for (let t = 0; t < size; t++) if (weights[t]! > 0) means[t]! /= weights[t]!;
  return { means, weights, floor: floor.kind === "fitted" ? null : averageFloor(floor, members, times) };
}

function averageFloor({ byReply }: DecayFloor, members: ArrayLike<number>, times?: ArrayLike<number>) {
  let [total, count] = [0, 0];
  byReply.forEach((values, reply) => {
    const weight = times === undefined ? 1 : times[reply]!;
    for (let i = 0; i < members.length; i++) {
      const value = values[members[i]!]!;
      if (value !== value) continue;
      total += weight * value;
      count += weight;
    }
  });
  return total / count;
}

type ArmDecay = ReturnType<typeof decayOfArms>[number];

/** Fits the decay of each arm, and again on bootstrap samples of units and of answers without a persona. */
function decayOfArms(curves: DecayCurves, bootstraps: number, seed: number) {
  const { cells, turns, scores, floor } = curves;
  const size = turns.length;
  const draws = cells.arms.map(() => new Float64Array(bootstraps).fill(NaN));
  const cellOf = cells.arms.map(() => new Int32Array(cells.units).fill(-1));
  cells.unit.forEach((unit, cell) => cellOf[cells.arm[cell]!]![unit] = cell);
  // Units of the same arms are drawn among each other, so that arms keep their sizes.
  const stratumOf = (unit: number) => cellOf.reduce((code, of) => 2 * code + (of[unit]! < 0 ? 0 : 1), 0);
  const strata = Array.from({ length: cells.units }, (_, unit) => stratumOf(unit));
  const replies = stream(seed, "conversation", "default replies");
  const random = stream(seed, "conversation", "bootstrap");
  const redraw = (units: Int32Array, draw: number) => {
    const times = floor.kind === "measured" ? drawTimes(floor.byReply.length, replies) : undefined;
    cellOf.forEach((of, arm) => {
      const members = units.map((unit) => of[unit]!).filter((cell) => cell >= 0);
      draws[arm]![draw] = fitDecay(turns, averageCurve(curves, members, times)).rate;
    });
  };
  if (bootstraps > 0) resampleUnits(cells.units, redraw, { random, strata, replicates: bootstraps });
  return cells.arms.map((_, arm) => {
    const members = cellsOfArm(cells, arm);
    const points = averageCurve(curves, members);
    const scoresAt = (t: number) => finite(members.map((cell) => scores[cell * size + t]!));
    // Whether all units have the same score at each turn: then every bootstrap sample is the same.
    const alike = turns.every((_, t) => new Set(scoresAt(t)).size < 2);
    return { ...fitDecay(turns, points), points, draws: draws[arm]!, alike };
  });
}

function drawTimes(count: number, random: RandomStream): Int32Array {
  const times = new Int32Array(count);
  for (let draw = 0; draw < count; draw++) times[random.integer(count)]!++;
  return times;
}

const decayModel = "least squares of floor + (start − floor)·exp(−rate·turn), bootstrap by persona";
const noSpread = "no interval: all answer alike, so that drawing them anew says nothing of how sure this is";
const noDraws = "no interval as 'bootstraps' is 0";

/**
 * The level without a persona, the rate and the half-life of each arm, and the differences of rates, which are yet to be
 * judged. `trends` say of each arm whether there is a decay at all, `levels` are its mean score at each turn.
 */
export function decayRows(
  curves: DecayCurves,
  { levels, trends }: { levels: readonly ConversationRow[]; trends: readonly ConversationRow[] },
  settings: ConversationSettings & { readonly bootstraps: number },
): { floors: ConversationRow[]; rates: ConversationRow[]; differences: ConversationRow[] } {
  const { cells } = curves;
  const decays = decayOfArms(curves, settings.bootstraps, settings.seed);
  const below = cells.arms.map((arm, at) =>
    noteBelowFloor(curves, at, levels.filter((row) => row.arm === arm))
  );
  return {
    floors: decays.map((decay, arm) => ({
      outcome: "no-persona level",
      arm: cells.arms[arm]!,
      ...findFloor(curves, arm, decay, below[arm]!, settings),
    })),
    rates: decays.flatMap((decay, arm) => rateRows(curves, decay, trends[arm]!, below[arm]!, settings)),
    differences: comparedArms(cells).map((arm) => rateDifference(curves, decays, arm, settings)),
  };
}

function findFloor(
  { cells, floor: { kind, byReply } }: DecayCurves,
  arm: number,
  { rate, floor }: Decay,
  below: string,
  { alpha }: ConversationSettings,
): Omit<ConversationRow, "outcome" | "arm"> {
  if (kind === "given") {
    const [notes, reason] = [["given, not measured", below], ["no interval of a given level"]];
    return { estimator: kind, estimate: byReply[0]![0]!, notes, reason };
  }
  if (kind === "fitted") {
    const seen = rate > 0;
    const reason = seen
      ? "no interval of a fitted level"
      : "no decay seen, so that the curve does not show to which level it would lead";
    const notes = seen ? ["fitted to the curve, without answers of no persona"] : [];
    return { estimator: kind, estimate: seen ? floor : NaN, notes, reason: [reason] };
  }
  const members = cellsOfArm(cells, arm);
  const meanOf = (values: readonly number[]) => moments(finite(values)).mean;
  const units = moments(finite(members.map((cell) => meanOf(byReply.map((values) => values[cell]!)))));
  const replies = moments(finite(byReply.map((values) => meanOf(members.map((cell) => values[cell]!)))));
  // Units and replies are two samples, crossed: the variances of their means add up.
  const std_error = Math.sqrt(units.variance / units.n + replies.variance / replies.n);
  const df = Math.min(units.n, replies.n) - 1;
  const [conf_low, conf_high] = scoreInterval({ mean: units.mean, std_error, df, n: units.n }, alpha);
  return {
    estimator: `mean agreement of answers without a persona (${replies.n}) with the standard`,
    estimate: units.mean,
    std_error,
    df,
    conf_low,
    conf_high,
    n: units.n,
    notes: [below],
    reason: units.n === 0
      ? ["no answer without a persona can be held against an answer of this arm"]
      : replies.n < 2
      ? ["no interval from a single answer without a persona"]
      : [],
  };
}

function rateRows(
  curves: DecayCurves,
  decay: ArmDecay,
  trend: ConversationRow,
  below: string,
  settings: ConversationSettings,
): ConversationRow[] {
  const { arm, n = 0, p_value = NaN, p_adjusted = NaN, verdict = "cannot tell", estimate: slope = NaN } =
    trend;
  const { rate, halfLife, draws, alike } = decay;
  const known = !Number.isNaN(rate);
  const tested = known && !Number.isNaN(p_value);
  const interval = spreadOf(known && !alike ? draws : [], n, settings);
  const shared = {
    arm,
    estimator: decayModel,
    n,
    p_value: known ? p_value : NaN,
    p_adjusted: tested ? p_adjusted : NaN,
    // A curve that rises is no decay, however surely it rises.
    verdict: !tested ? "cannot tell" : verdict === "found" && !(slope < 0) ? "not found" : verdict,
    notes: [noteRate(curves, decay), below, noteLostDraws(draws)],
    reason: [
      whyNoRate(curves, decay),
      ...(known && !tested ? trend.reason : []),
      draws.length === 0 ? noDraws : known && alike ? noSpread : "",
    ],
  } as const;
  const [conf_low, conf_high] = [Math.LN2 / interval.conf_high, Math.LN2 / interval.conf_low];
  return [
    { outcome: "decay rate", ...shared, estimate: rate, ...interval },
    { outcome: "half-life", ...shared, estimate: halfLife, conf_low, conf_high },
  ];
}

/** The difference of an arm's decay rate from the reference's: arms change places as in a difference of scores. */
function rateDifference(
  curves: DecayCurves,
  decays: readonly ArmDecay[],
  arm: number,
  settings: ConversationSettings,
): ConversationRow {
  const { cells, turns, scores } = curves;
  const { permutations, seed } = settings;
  const size = turns.length;
  const [own, other] = [decays[arm]!, decays[cells.reference]!];
  const has = (cell: number): boolean => finite(scores.subarray(cell * size, (cell + 1) * size)).length > 0;
  const { cells: places, marked, groups, n, design, few } = compareCells(cells, arm, has);
  const row = {
    outcome: "decay rate",
    arm: cells.arms[arm]!,
    reference: cells.arms[cells.reference]!,
    estimator: `${decayModel}; p by permutation of arms`,
    design,
    n,
  };
  const apart = (labels: ArrayLike<number>): number => {
    const members: [number[], number[]] = [[], []];
    for (let i = 0; i < labels.length; i++) members[labels[i]!]!.push(places[i]!);
    const [first, second] = members.map((cells) => fitDecay(turns, averageCurve(curves, cells)).rate);
    return Math.abs(first! - second!);
  };
  const observed = apart(marked);
  const estimate = own.rate - other.rate;
  const why = Number.isNaN(estimate) || Number.isNaN(observed) ? "an arm has no rate" : few;
  if (why !== "") return { ...row, verdict: "cannot tell", notes: [], reason: [why] };
  const sizes: number[] = [];
  const random = stream(seed, "conversation", "rates", row.arm);
  // Each assignment is two fits: all are visited only where they are no more than would be drawn.
  const options = { random, groups, permutations, exactLimit: permutations };
  const { exact } = permuteLabels(marked, (labels) => sizes.push(apart(labels)), options);
  const alike = own.alike && other.alike;
  const draws = alike ? [] : own.draws.map((rate, draw) => rate - other.draws[draw]!);
  const units = Math.min(...[arm, cells.reference].map((of) => cellsOfArm(cells, of).length));
  return {
    ...row,
    estimate,
    ...spreadOf(draws, units, settings),
    p_value: permutationPValue(observed, sizes, { exact }),
    notes: [noteLostDraws(draws)],
    reason: alike ? [noSpread] : draws.length === 0 ? [noDraws] : [],
  };
}

/** Says where the curve of an arm ends below the level that it is said to decay to: that level is then not its own. */
function noteBelowFloor({ cells, floor }: DecayCurves, arm: number, levels: readonly ConversationRow[]) {
  if (floor.kind === "fitted") return "";
  const level = averageFloor(floor, cellsOfArm(cells, arm));
  const own = levels.filter(({ estimate = NaN }) => !Number.isNaN(estimate));
  const { estimate = NaN, conf_high = NaN, turn } = own.at(-1) ?? {};
  if (own.length < 2 || !(conf_high < level)) return "";
  const [end, held] = [`${estimate.toFixed(2)} at turn ${turn}`, `no-persona level ${level.toFixed(2)}`];
  return `the curve ends below the level that it is held against (${end}, ${held}): what is forgotten goes ` +
    'elsewhere, and rate and half-life do not hold; try { floor: "fitted" }';
}

function whyNoRate({ floor }: DecayCurves, { points, rate }: ArmDecay): string {
  if (!Number.isNaN(rate)) return "";
  const answered = Array.from(points.weights).filter((weight) => weight > 0).length;
  if (floor.kind === "fitted" && answered < 3) {
    return `answers at fewer than three turns, which a fitted floor needs (${answered}): nothing is known of a decay`;
  }
  return answered < 2
    ? `answers at fewer than two turns (${answered}): nothing is known of a decay`
    : "no decay can be fitted: answers do not lie above the no-persona level, so there is nothing to lose";
}

function noteRate({ turns }: DecayCurves, { rate, floor }: ArmDecay): string {
  if (rate === 0) {
    return "no decay seen: the curve does not fall toward the no-persona level, so it never halves";
  }
  return rate > 0.95 * fastestRate(turns)
    ? `all that decays has decayed to ${floor.toFixed(2)} by the second turn: the rate is a lower bound`
    : "";
}

function noteLostDraws(draws: ArrayLike<number>): string {
  const lost = draws.length - finite(draws).length;
  return lost > 0 && lost < draws.length
    ? `${lost} of ${draws.length} bootstrap samples have no rate and are left out`
    : "";
}

/**
 * The standard deviation of bootstrap draws and their expanded percentile interval: samples of n units vary by
 * (n − 1)/n too little, and by the normal rather than by Student's distribution (Hesterberg 2015, The American
 * Statistician 69(4):371-386, section 5.2).
 */
function spreadOf(draws: ArrayLike<number>, n: number, { alpha }: ConversationSettings) {
  const values = Float64Array.from(finite(draws)).sort();
  const std_error = Math.sqrt(moments(finite(draws)).variance);
  if (values.length === 0 || !(n >= 2)) return { std_error, conf_low: NaN, conf_high: NaN };
  const tail = normalCdf(-Math.sqrt(n / (n - 1)) * studentTQuantile(1 - alpha / 2, n - 1));
  // Type 6, (B + 1)p: a further draw falls below it with probability p.
  const [conf_low, conf_high] = [sampleQuantile(values, tail, 6), sampleQuantile(values, 1 - tail, 6)];
  return { std_error, conf_low, conf_high };
}

function finite(values: ArrayLike<number>): number[] {
  return Array.from(values).filter((value) => !Number.isNaN(value));
}
