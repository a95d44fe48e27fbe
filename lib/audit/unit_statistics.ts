import { mean } from "simple-statistics";
import { type RandomStream, stream } from "../core/stream.ts";
import { distinct, groupRows } from "../core/table.ts";
import { normalQuantile } from "../stats/distributions.ts";
import { enoughDiffering, findAgreement, inferEstimate, influenceCovariance } from "../stats/inference.ts";
import { numberLevels } from "../stats/least_squares_design.ts";
import { largestSize } from "../stats/matrix.ts";
import { wilson } from "../stats/shares.ts";
import { leastSquares } from "../stats/least_squares.ts";
import { permutationPValue, permuteLabels } from "../stats/permutation.ts";
import { sampleQuantile } from "../stats/quantiles.ts";
import type { AuditRow } from "./check_table.ts";

interface ContrastInput {
  readonly outcome: ArrayLike<number>;
  /** Each row's unit: all its answers move together. */
  readonly unit: readonly string[];
  /** What the outcome is compared by; left out, its mean is compared with 0. */
  readonly by?: ArrayLike<number>;
  readonly alpha: number;
  /** How deals are drawn where a side (almost) agrees; left out, there is no p-value then. */
  readonly deals?: Draws;
}

/** A contrast as columns of a row; `null_high` is half the width of its interval, or what deals rarely exceed. */
export type UnitContrast =
  & Required<
    Pick<AuditRow, "statistic" | "null_mean" | "null_high" | "p_value" | "conf_low" | "conf_high" | "n">
  >
  & { readonly notes: readonly string[]; readonly reason: readonly string[] };

/**
 * Estimates a slope, or a mean, with a t interval: CR2 with Satterthwaite's degrees of freedom (Bell and McCaffrey
 * 2002); where each unit answered once that is HC2, and Welch's test of two groups. Where a group (almost) agrees its
 * variance is not known: then there is no interval, and the p-value is that of deals of who is in which group.
 */
export function clusteredContrast(input: ContrastInput): UnitContrast {
  const { outcome, unit, by, alpha } = input;
  const constant = new Float64Array(outcome.length).fill(1);
  const columns = by === undefined ? [constant] : [constant, by];
  const units = distinct(unit).length;
  if (units <= columns.length) return withoutEstimate(units, `too few units: ${units}`);
  const fit = leastSquares(columns, outcome, { clusters: unit });
  if (fit.dropped.length > 0) return withoutEstimate(units, "what is compared does not vary");
  const test = fit.test([by === undefined ? [1] : [0, 1]]);
  const [estimate, stdError] = [test.estimates[0]!, test.standardErrors[0]!];
  const scale = largestSize(outcome);
  if (!(stdError > 1e-9 * scale)) return withoutSpread(estimate, scale, input, units);
  const agreed = by === undefined ? [] : whoAgrees(outcome, by, unit);
  if (agreed.length > 0) return dealtContrast(estimate, input, units, agreed);
  const found = inferredColumns({ estimate, stdError, df: test.denominatorDf }, alpha);
  return { ...found, n: units, notes: [], reason: [] };
}

/** An estimate as columns of a row; `null_high` is half the width of its interval. */
export function inferredColumns(
  found: { readonly estimate: number; readonly stdError: number; readonly df: number },
  alpha: number,
): Omit<UnitContrast, "n" | "notes"> {
  const { estimate: statistic, p_value, conf_low, conf_high, reason } = inferEstimate(found, alpha);
  const null_high = (conf_high - conf_low) / 2;
  return { statistic, null_mean: 0, null_high, p_value, conf_low, conf_high, reason };
}

function withoutEstimate(n: number, why: string): UnitContrast {
  const none = { statistic: NaN, null_high: NaN, p_value: NaN, conf_low: NaN, conf_high: NaN };
  return { ...none, null_mean: 0, n, notes: [], reason: [why] };
}

/**
 * Where nothing varies there is no standard error, but it is no accident either: of a mean, all signs agree (p of the
 * sign test); of a contrast, the groups are separated (p of the exact test that deals the groups anew).
 */
function withoutSpread(estimate: number, scale: number, { by, unit }: ContrastInput, units: number) {
  const zero = !(Math.abs(estimate) > 1e-9 * scale);
  const first = by === undefined ? 0 : distinct(unit.filter((_, at) => by[at] === by[0])).length;
  const chance = by === undefined ? 2 ** (1 - units) : Math.min(1, 2 / choose(units, first));
  return {
    ...withoutEstimate(units, "answers do not vary: no interval"),
    statistic: estimate,
    p_value: zero ? 1 : chance,
    notes: ["the p-value is an exact test's"],
  };
}

/** Which of two groups (almost) agree: of their units too few differ from the most common answer. */
function whoAgrees(outcome: ArrayLike<number>, by: ArrayLike<number>, unit: readonly string[]): string[] {
  const groups = distinct(Array.from(by));
  if (groups.length !== 2) return [];
  const cells = [...groupRows(unit.map((id, row) => JSON.stringify([id, by[row]]))).values()];
  const values = Float64Array.from(
    cells,
    (rows) => rows.reduce((sum, row) => sum + outcome[row]! / rows.length, 0),
  );
  const side = cells.map(([first]) => by[first!]!);
  return groups.flatMap((group) => {
    const agreed = findAgreement(values, side, group);
    if (agreed === null || 2 * agreed.differing > agreed.n) return [];
    return [`of ${agreed.n} on one side ${agreed.differing} differ from the most common answer`];
  });
}

/** A contrast with the p-value of deals of the groups among units, or within those that are in both. */
function dealtContrast(
  estimate: number,
  { outcome, unit, by, deals }: ContrastInput,
  units: number,
  agreed: readonly string[],
): UnitContrast {
  const why = `no interval: ${agreed.join(", and ")}, of at least ${enoughDiffering}`;
  const without = withoutEstimate(units, why);
  if (deals === undefined) return { ...without, statistic: estimate };
  const [low, high] = [Math.min(...Array.from(by!)), Math.max(...Array.from(by!))];
  const dealt = findDealt(Array.from(by!, (value) => value === high ? 1 : 0), unit);
  const values = Array.from(outcome);
  const { found: [found], told } = permuteStatistics(
    (labels) => [differenceByLabel(values, labels, dealt.unit) / (high - low)],
    { ...deals, ...dealt, random: stream(deals.seed, "contrast"), twoSided: true },
  );
  return { ...without, ...found!, statistic: estimate, notes: [`${told} ${dealt.told}`] };
}

function choose(n: number, k: number): number {
  let product = 1;
  for (let i = 1; i <= Math.min(k, n - k); i++) product *= (n - i + 1) / i;
  return product;
}

export type ShareEstimate = { readonly [part in "share" | "low" | "high" | "units"]: number };

/**
 * A share with Wilson's interval at the effective sample size: answers over the design effect of units that answered
 * several times, and the number of units where all answers agree (Korn and Graubard 1998).
 */
export function clusteredShare(
  hits: readonly boolean[],
  unit: readonly string[],
  alpha: number,
): ShareEstimate {
  const n = hits.length;
  const share = hits.filter(Boolean).length / n;
  const { codes, levels: units } = numberLevels(unit);
  const influence = Float64Array.from(hits, (hit) => ((hit ? 1 : 0) - share) / n);
  // One unit is one observation, however often it answered.
  const variance = influenceCovariance(influence, influence, codes);
  const simple = share * (1 - share);
  const effective = simple > 0 && variance > 0 ? Math.min(n, simple / variance) : units;
  const trials = units === n ? n : effective;
  const [, low, high] = wilson([share * trials, trials], normalQuantile(1 - alpha / 2));
  return { share, low, high, units };
}

export type Draws = { readonly [part in "alpha" | "draws" | "seed"]: number };

interface PermuteInput extends Draws {
  readonly labels: Int32Array;
  /** Labels change places only within a group. */
  readonly groups?: ArrayLike<number> | null;
  readonly random: RandomStream;
  /** Whether the size of the statistic counts, whatever its sign. */
  readonly twoSided: boolean;
}

/** A statistic against its permutation null, as columns of a row. */
export type Permuted = Required<Pick<AuditRow, "statistic" | "null_mean" | "null_high" | "p_value">>;

/** Compares statistics of labels with the same statistics after the labels were dealt anew, all by one set of deals. */
export function permuteStatistics(
  compute: (labels: Int32Array) => readonly number[],
  { labels, groups, random, draws, alpha, twoSided }: PermuteInput,
): { found: Permuted[]; told: string } {
  const observed = compute(labels);
  const permuted: number[][] = observed.map(() => []);
  const { exact, count } = permuteLabels(
    labels,
    (dealt) => compute(dealt).forEach((value, at) => permuted[at]!.push(value)),
    { random, permutations: draws, ...(groups ? { groups } : {}) },
  );
  const found = observed.map((statistic, at): Permuted => {
    const finite = permuted[at]!.filter((draw) => !Number.isNaN(draw));
    const size = twoSided ? finite.map(Math.abs) : finite;
    const none = finite.length === 0;
    return {
      statistic,
      null_mean: none ? NaN : mean(finite),
      null_high: none ? NaN : sampleQuantile(size.toSorted((a, b) => a - b), 1 - alpha),
      p_value: permutationPValue(twoSided ? Math.abs(statistic) : statistic, size, { exact }),
    };
  });
  return { found, told: exact ? `exact null: all ${count} deals` : `null: ${count} random deals` };
}

/** Which answers were dealt one thing together, such as an order of options. */
interface Dealt {
  readonly labels: Int32Array;
  readonly unit: Int32Array;
  /** Within which persona each unit is dealt; `null` where all units are dealt among each other. */
  readonly groups: Int32Array | null;
  /** Among whom it was dealt, in words. */
  readonly told: string;
}

/**
 * Finds the level at which something was drawn: per persona where all answers of each share it; else per answer, within
 * personas where each of them answered several times.
 */
export function findDealt(label: readonly number[], persona: readonly string[]): Dealt {
  const groups = [...groupRows(persona).values()];
  const { codes: place } = numberLevels(persona);
  if (groups.every((rows) => rows.every((row) => label[row] === label[rows[0]!]))) {
    const labels = Int32Array.from(groups, (rows) => label[rows[0]!]!);
    return { labels, unit: place, groups: null, told: "among personas" };
  }
  const within = groups.every((rows) => rows.length > 1);
  return {
    labels: Int32Array.from(label),
    unit: Int32Array.from(label.keys()),
    groups: within ? place : null,
    told: within ? "within personas" : "among answers",
  };
}

/** The mean of the values labelled 1 less that of those labelled 0. */
export function differenceByLabel(value: readonly number[], labels: Int32Array, unit: Int32Array): number {
  const [sums, counts] = [[0, 0], [0, 0]];
  for (let at = 0; at < value.length; at++) {
    const label = labels[unit[at]!]!;
    sums[label]! += value[at]!;
    counts[label]!++;
  }
  return sums[1]! / counts[1]! - sums[0]! / counts[0]!;
}
