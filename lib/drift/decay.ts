import { type RandomStream, stream } from "../core/stream.ts";
import { normalCdf, studentTQuantile } from "../stats/distributions.ts";
import { moments } from "../stats/moments.ts";
import { permutationPValue, permuteLabels } from "../stats/permutation.ts";
import { sampleQuantile } from "../stats/quantiles.ts";
import { resampleUnits } from "../stats/resampling.ts";
import { compareCells, comparedArms } from "./score_comparisons.ts";
import type { Cells, ConversationSettings } from "./transcripts.ts";
import { type CellColumn, type ConversationRow, scoreInterval } from "./turn_scores.ts";
import { type Decay, type DecayPoints, fastestRate, fitDecay } from "./fit_decay.ts";

/** The level that answers decay to: how each answer without a persona agrees with each cell, or the number that is given. */
export interface DecayFloor {
  readonly kind: "given" | "measured" | "fitted";
  /** For each answer without a persona (one for a number), the level of each cell; none where it is fitted. */
  readonly byReply: readonly Float64Array[];
}

/** Scores of cells over turns, ready to be averaged again and again. */
export interface DecayCurves {
  readonly cells: Cells;
  readonly turns: readonly number[];
  /** Cell by cell, one score per turn. */
  readonly scores: Float64Array;
  readonly floor: DecayFloor;
}

/** Lays scores out cell by cell. */
export function layOutCurves(
  cells: Cells,
  turns: readonly number[],
  columns: readonly CellColumn[],
  floor: DecayFloor,
): DecayCurves {
  const size = turns.length;
  const scores = Float64Array.from(
    { length: cells.unit.length * size },
    (_, at) => columns[at % size]!.values[Math.floor(at / size)]!,
  );
  return { cells, turns, scores, floor };
}

function cellsOfArm({ arm }: Cells, wanted: number): number[] {
  return [...arm.keys()].filter((cell) => arm[cell] === wanted);
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

function averageFloor(
  { byReply }: DecayFloor,
  members: ArrayLike<number>,
  times?: ArrayLike<number>,
): number {
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

/** What is known of the decay in each arm. */
interface ArmDecay extends Decay {
  readonly points: DecayPoints;
  /** Bootstrap draws of the rate, `NaN` where a draw has none. */
  readonly draws: Float64Array;
  /** Whether all units have the same score at each turn: then every bootstrap sample is the same. */
  readonly alike: boolean;
}

/** Fits the decay of each arm, and again on bootstrap samples of units and of answers without a persona. */
function decayOfArms(curves: DecayCurves, bootstraps: number, seed: number): ArmDecay[] {
  const { cells, turns, scores, floor } = curves;
  const size = turns.length;
  const draws = cells.arms.map(() => new Float64Array(bootstraps).fill(NaN));
  const cellOf = cells.arms.map(() => new Int32Array(cells.units).fill(-1));
  cells.unit.forEach((unit, cell) => cellOf[cells.arm[cell]!]![unit] = cell);
  // Units of the same arms are drawn among each other, so that arms keep their sizes.
  const strata = Array.from(
    { length: cells.units },
    (_, unit) => cellOf.reduce((code, of) => 2 * code + (of[unit]! < 0 ? 0 : 1), 0),
  );
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
  return cells.arms.map((_, arm): ArmDecay => {
    const members = cellsOfArm(cells, arm);
    const points = averageCurve(curves, members);
    const alike = turns.every((_, t) =>
      new Set(finite(members.map((cell) => scores[cell * size + t]!))).size < 2
    );
    return { ...fitDecay(turns, points), points, draws: draws[arm]!, alike };
  });
}

/** How often each of some answers is drawn in one bootstrap sample of them. */
function drawTimes(count: number, random: RandomStream): Int32Array {
  const times = new Int32Array(count);
  for (let draw = 0; draw < count; draw++) times[random.integer(count)]!++;
  return times;
}

const decayModel = "least squares of floor + (start − floor)·exp(−rate·turn), bootstrap by persona";
const noSpread = "no interval: all answer alike, so that drawing them anew says nothing of how sure this is";

/**
 * The level without a persona, the rate and the half-life of each arm, and the differences of rates, which are yet to be
 * judged.
 *
 * @param trends says of each arm whether there is a decay at all
 * @param levels the mean score of each arm at each turn
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
    floors: decays.map((decay, arm) => floorRow(curves, arm, decay, below[arm]!, settings)),
    rates: decays.flatMap((decay, arm) => rateRows(curves, decay, trends[arm]!, below[arm]!, settings)),
    differences: comparedArms(cells).map((arm) => rateDifference(curves, decays, arm, settings)),
  };
}

/** The level without a persona that an arm decays to. */
function floorRow(
  { cells, floor }: DecayCurves,
  arm: number,
  { rate, floor: fitted }: Decay,
  below: string,
  { alpha }: ConversationSettings,
): ConversationRow {
  const row = { outcome: "no-persona level", arm: cells.arms[arm]!, estimator: floor.kind };
  if (floor.kind === "given") {
    const estimate = floor.byReply[0]![0]!;
    return {
      ...row,
      estimate,
      notes: ["given, not measured", below],
      reason: ["no interval of a given level"],
    };
  }
  if (floor.kind === "fitted" && rate > 0) {
    const notes = ["fitted to the curve, without answers of no persona"];
    return { ...row, estimate: fitted, notes, reason: ["no interval of a fitted level"] };
  }
  if (floor.kind === "fitted") {
    const why = "no decay seen, so that the curve does not show to which level it would lead";
    return { ...row, notes: [], reason: [why] };
  }
  const members = cellsOfArm(cells, arm);
  const meanOf = (values: readonly number[]) => moments(finite(values)).mean;
  const units = moments(finite(members.map((cell) => meanOf(floor.byReply.map((values) => values[cell]!)))));
  const replies = moments(
    finite(floor.byReply.map((values) => meanOf(members.map((cell) => values[cell]!)))),
  );
  // Units and replies are two samples, crossed: the variances of their means add up.
  const std_error = Math.sqrt(units.variance / units.n + replies.variance / replies.n);
  const df = Math.min(units.n, replies.n) - 1;
  const [conf_low, conf_high] = scoreInterval({ mean: units.mean, std_error, df, n: units.n }, alpha);
  return {
    ...row,
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

/** The decay rate and the half-life of an arm. */
function rateRows(
  curves: DecayCurves,
  decay: ArmDecay,
  { arm, n, p_value, p_adjusted, verdict, reason, estimate: slope = NaN }: ConversationRow,
  below: string,
  settings: ConversationSettings,
): ConversationRow[] {
  const { rate, draws, alike } = decay;
  const known = !Number.isNaN(rate);
  const shown = known && !alike;
  const [conf_low, conf_high] = shown ? percentiles(draws, n ?? 0, settings) : [NaN, NaN];
  const tested = known && p_value !== undefined && !Number.isNaN(p_value);
  // A curve that rises is no decay, however surely it rises.
  const says = verdict === "found" && !(slope < 0) ? "not found" : verdict;
  const shared = {
    arm,
    estimator: decayModel,
    ...(n === undefined ? {} : { n }),
    ...(known && p_value !== undefined ? { p_value } : {}),
    ...(tested && p_adjusted !== undefined ? { p_adjusted } : {}),
    verdict: tested && says !== undefined ? says : "cannot tell",
    notes: [noteRate(curves, decay), below, noteLostDraws(draws)],
    reason: [
      whyNoRate(curves, decay),
      ...(known && !tested ? reason : []),
      draws.length === 0 ? "no interval as 'bootstraps' is 0" : known && alike ? noSpread : "",
    ],
  } as const;
  const std_error = shown ? spreadOf(draws) : NaN;
  const halves = { estimate: decay.halfLife, conf_low: Math.LN2 / conf_high, conf_high: Math.LN2 / conf_low };
  return [
    { outcome: "decay rate", ...shared, estimate: rate, std_error, conf_low, conf_high },
    { outcome: "half-life", ...shared, ...halves },
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
  const size = turns.length;
  const [own, other] = [decays[arm]!, decays[cells.reference]!];
  const has = (cell: number): boolean =>
    scores.subarray(cell * size, (cell + 1) * size).some((score) => !Number.isNaN(score));
  const comparison = compareCells(cells, arm, has);
  const row = {
    outcome: "decay rate",
    arm: cells.arms[arm]!,
    reference: cells.arms[cells.reference]!,
    estimator: `${decayModel}; p by permutation of arms`,
    design: comparison.design,
  };
  const apart = (labels: ArrayLike<number>): number => {
    const members: [number[], number[]] = [[], []];
    for (let i = 0; i < labels.length; i++) members[labels[i]!]!.push(comparison.cells[i]!);
    const [first, second] = members.map((cells) => fitDecay(turns, averageCurve(curves, cells)).rate);
    return Math.abs(first! - second!);
  };
  const observed = apart(comparison.marked);
  const unknown = Number.isNaN(own.rate - other.rate) || Number.isNaN(observed) ? "an arm has no rate" : "";
  if (unknown !== "" || comparison.few !== "") {
    return {
      ...row,
      n: comparison.n,
      verdict: "cannot tell",
      notes: [],
      reason: [unknown || comparison.few],
    };
  }
  const sizes: number[] = [];
  const { exact } = permuteLabels(comparison.marked, (labels) => sizes.push(apart(labels)), {
    random: stream(settings.seed, "conversation", "rates", row.arm),
    groups: comparison.groups,
    permutations: settings.permutations,
    // Each assignment is two fits: all are visited only where they are no more than would be drawn.
    exactLimit: settings.permutations,
  });
  const alike = own.alike && other.alike;
  const draws = alike ? new Float64Array(0) : own.draws.map((rate, draw) => rate - other.draws[draw]!);
  const units = Math.min(...[arm, cells.reference].map((of) => cellsOfArm(cells, of).length));
  const [conf_low, conf_high] = percentiles(draws, units, settings);
  return {
    ...row,
    estimate: own.rate - other.rate,
    std_error: spreadOf(draws),
    p_value: permutationPValue(observed, sizes, { exact }),
    conf_low,
    conf_high,
    n: comparison.n,
    notes: [noteLostDraws(draws)],
    reason: alike ? [noSpread] : draws.length === 0 ? ["no interval as 'bootstraps' is 0"] : [],
  };
}

/** Says where the curve of an arm ends below the level that it is said to decay to: that level is then not its own. */
function noteBelowFloor(
  { cells, floor }: DecayCurves,
  arm: number,
  levels: readonly ConversationRow[],
): string {
  if (floor.kind === "fitted") return "";
  const level = averageFloor(floor, cellsOfArm(cells, arm));
  const own = levels.filter(({ estimate = NaN }) => !Number.isNaN(estimate));
  const { estimate = NaN, conf_high = NaN, turn } = own.at(-1) ?? {};
  if (own.length < 2 || !(conf_high < level)) return "";
  return `the curve ends below the level that it is held against (${estimate.toFixed(2)} at turn ${turn}, ` +
    `no-persona level ${
      level.toFixed(2)
    }): what is forgotten goes elsewhere, and rate and half-life do not hold; ` +
    'try { floor: "fitted" }';
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
 * The expanded percentile interval: bootstrap samples of n units vary by (n − 1)/n too little, and by the normal rather
 * than by Student's distribution (Hesterberg 2015, The American Statistician 69(4):371-386, section 5.2).
 */
function percentiles(draws: ArrayLike<number>, n: number, { alpha }: ConversationSettings): [number, number] {
  const values = Float64Array.from(finite(draws)).sort();
  if (values.length === 0 || !(n >= 2)) return [NaN, NaN];
  const tail = normalCdf(-Math.sqrt(n / (n - 1)) * studentTQuantile(1 - alpha / 2, n - 1));
  // Type 6, (B + 1)p: a further draw falls below it with probability p.
  return [sampleQuantile(values, tail, 6), sampleQuantile(values, 1 - tail, 6)];
}

/** The standard deviation of bootstrap draws; `NaN` without draws. */
function spreadOf(draws: ArrayLike<number>): number {
  return Math.sqrt(moments(finite(draws)).variance);
}

function finite(values: ArrayLike<number>): number[] {
  return Array.from(values).filter((value) => !Number.isNaN(value));
}
