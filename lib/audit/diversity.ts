import { medianSorted } from "simple-statistics";
import { readOptions } from "../core/options.ts";
import { type RandomStream, stream } from "../core/stream.ts";
import { groupRows, type Table } from "../core/table.ts";
import { studentTQuantile } from "../stats/distributions.ts";
import { moments } from "../stats/moments.ts";
import { permutationPValue } from "../stats/permutation.ts";
import { sampleQuantile } from "../stats/quantiles.ts";
import type { AuditCheck, AuditDrawOptions, AuditItemOptions, AuditRow } from "./check_table.ts";
import { answerTable, auditDrawRules, itemNames, pickOptions, tidyAudit } from "./check_table.ts";
import { tooFewUnits } from "./check_table.ts";
import { armsOf, countUnits, type GivenAnswer, inArm, type ItemAnswers, itemsOf } from "./item_answers.ts";
import { numbersOf, readItem, readSlots, scaleOf, unitsOf } from "./item_answers.ts";
import type { Draws } from "./unit_statistics.ts";

/** Options of {@linkcode checkDiversity}. */
export interface CheckDiversityOptions extends AuditDrawOptions, AuditItemOptions {
  /**
   * People's answers to the same items, long or wide. Where they have arms of the same names, each arm is compared
   * with its own; else every arm with all of them.
   * @default {undefined} answers are described against equally likely options, and nothing is tested
   */
  human?: Table;
}

const action = "check diversity";
const rules = { ...auditDrawRules, items: itemNames, human: answerTable } as const;

/**
 * Checks whether a respondent's answers are as diverse as people's: spread of numbers, entropy of names.
 *
 * Models tend to give everybody the average person's answer. Numbers are compared by the logarithm of the ratio of
 * variances, names by the difference of entropies (Miller and Madow's correction of its bias). The null deals anew who is
 * the respondent and who a person, of answers less their median, or by how common they are; the interval is as wide as
 * such deals err (where spreads differ, of answers in standard deviations), of numbers at least the jackknife's. Where
 * personas answered several times, deals take one reply of each, which errs to the wide side, and `share_between` says how much of the variance lies between them: the rest is the
 * respondent contradicting itself. Equal spread does not mean that the right people differ. Fewer than five personas, or
 * people, are not judged: the tests would reject too often.
 *
 * @param answers one row per answer (long) or per reply (wide, with `items`)
 * @param options see {@linkcode CheckDiversityOptions}
 * @returns one row per item and `arm`: `statistic` (log variance ratio, or difference of entropies in nats; below 0 less
 * diverse than people), `null_mean` 0, `null_high`, `p_value`, `p_adjusted` (Holm), `conf_low`, `conf_high`, `n`,
 * `sd_ratio` (of standard deviations), `sd`, `sd_reference`, `entropy_difference` (nats), `share_between` (0 to 1;
 * `NaN` without replicates), `verdict`, `notes`, `reason`
 * @throws {RangeError} if an item is missing from a table
 * @see Good 2005, Permutation Tests; Miller 1968 (jackknife); Miller 1955 (entropy); Bisbee et al. 2024, Political
 * Analysis 32(4)
 * @example
 * ```ts
 * import { assertAlmostEquals, assertEquals } from "@std/assert";
 * import { checkDiversity } from "@understudy/understudy/audit";
 * import { tableOf } from "@understudy/understudy/core";
 *
 * const human = tableOf({ trust: Array.from({ length: 100 }, (_, i) => i % 7) });
 * const answers = tableOf({ trust: Array.from({ length: 100 }, (_, i) => 2 + (i % 7) / 3) });
 * const check = checkDiversity(answers, { human, items: "trust" });
 * assertAlmostEquals(check.get("sd_ratio", 0), 1 / 3);
 * assertEquals(check.get("verdict", 0), "found");
 * ```
 */
export function checkDiversity(answers: Table, options: CheckDiversityOptions = {}): Table {
  const further = { sd_ratio: NaN, sd: NaN, sd_reference: NaN, entropy_difference: NaN, share_between: NaN };
  return tidyAudit(diversityRows(answers, options), options.alpha, further);
}

export const diversityCheck: AuditCheck = {
  challenge: "diversity",
  check: "diversity",
  rows: (tables, options) => diversityRows(tables.answers, pickOptions({ ...tables, ...options }, rules)),
};

function diversityRows(answers: Table, options: CheckDiversityOptions): AuditRow[] {
  const { items, human, ...settings } = readOptions(action, options, rules);
  return itemsOf(action, answers, items).flatMap((item): AuditRow[] => {
    const read = readItem(action, answers, item, settings);
    const people = human === undefined ? null : readItem(action, human, item);
    const why = read.several
      ? ["an answer holds several options at once"]
      : read.list.length === 0
      ? ["no answer has a value"]
      : [];
    if (why.length > 0) return [{ check: "diversity", item, reason: why }];
    return armsOf(read.list).map((arm) => {
      const own = people !== null && armsOf(people.list).includes(arm) ? inArm(people, arm) : people;
      return armRow(inArm(read, arm), arm, own, settings);
    });
  });
}

function armRow(
  { item, list, notes }: ItemAnswers,
  arm: string,
  people: ItemAnswers | null,
  settings: Draws,
): AuditRow {
  const own = people === null || people.list.length === 0 ? null : people.list;
  const described = { check: "diversity", item, arm, n: countUnits(list), ...describeSpread(list, own) };
  const who = arm === "" ? "respondent" : `arm ${arm}`;
  if (own === null) return { ...described, ...againstUniform(list, who), notes };
  const few = [...tooFewUnits(described.n, "personas"), ...tooFewUnits(countUnits(own), "people")];
  const compared = { ...described, compared: `${who} v. people` };
  if (few.length > 0) return { ...compared, notes, reason: few };
  const numeric = numbersOf(list) !== null && numbersOf(own) !== null;
  const random = stream(settings.seed, "diversity", item, arm);
  const tested = (numeric ? compareVariances : compareEntropies)([list, own], { ...settings, random });
  const more = tested.statistic < 0 ? "less" : tested.statistic > 0 ? "more" : "";
  const direction = more && `${more} diverse than people`;
  return {
    ...compared,
    ...tested,
    null_mean: 0,
    problem: "significant",
    notes: [direction, ...tested.notes, ...notes],
  };
}

type Sides = readonly [own: readonly GivenAnswer[], theirs: readonly GivenAnswer[]];

type Deals = Draws & { readonly random: RandomStream };

function compareVariances(sides: Sides, deals: Deals) {
  const spreads = sides.map((list) => {
    const values = numbersOf(list)!;
    const { variance } = moments(values);
    // Less the median, so that sides that agree on one answer stay alike.
    const median = medianSorted(values.toSorted((a, b) => a - b));
    const units = unitRows(list);
    return {
      variance,
      // The first of each unit's replies: others are no further persona.
      residuals: units.map(([first]) => values[first!]! - median),
      error: jackknifeError(values, units),
    };
  });
  const [own, theirs] = spreads as [typeof spreads[0], typeof spreads[0]];
  const alike = spreads.flatMap(({ residuals }) => residuals);
  const scaled = spreads.flatMap(({ residuals, variance }) =>
    residuals.map((value) => value / (Math.sqrt(variance) || 1))
  );
  const units = Math.min(own!.residuals.length, theirs!.residuals.length);
  return dealSides(sides, deals, {
    measure: "log variance ratio",
    statistic: Math.log(own!.variance / theirs!.variance),
    pivots: [alike, scaled].map(logVarianceRatio),
    least: studentTQuantile(1 - deals.alpha / 2, units - 1) * Math.hypot(own!.error, theirs!.error),
  });
}

/** ln of the variance of values that were dealt over that of the others. */
function logVarianceRatio(given: readonly number[]): Pivot {
  const values = Float64Array.from(given);
  let [total, all] = [0, 0];
  for (const value of values) {
    total += value;
    all += value * value;
  }
  const spread = (n: number, sum: number, squares: number) => {
    const left = squares - sum * sum / n;
    return left > 1e-12 * squares ? left / (n - 1) : 0;
  };
  return (dealt, n) => {
    let [sum, squares] = [0, 0];
    for (let at = 0; at < n; at++) {
      const value = values[dealt[at]!]!;
      sum += value;
      squares += value * value;
    }
    return Math.log(spread(n, sum, squares) / spread(values.length - n, total - sum, all - squares));
  };
}

/** The jackknife error of the logarithm of a variance, which leaves out one unit at a time (Miller 1968). */
function jackknifeError(values: readonly number[], units: readonly (readonly number[])[]): number {
  const { mean, variance, n } = moments(values);
  const left = units.map((rows) => {
    const deviations = rows.map((row) => values[row]! - mean);
    const sum = deviations.reduce((part, deviation) => part + deviation, 0);
    const squares = deviations.reduce((part, deviation) => part + deviation * deviation, 0);
    // Without these rows the mean moves by -sum / (n - m): the sum of squares around it loses that part too.
    const rest = n - rows.length;
    const others = variance * (n - 1) - squares - sum * sum / rest;
    // Without the one that differs nothing is left but rounding, and the error has no end.
    return others > 1e-12 * variance ? Math.log(others / (rest - 1)) : -Infinity;
  });
  return (units.length - 1) * Math.sqrt(moments(left).variance / units.length);
}

function compareEntropies(sides: Sides, deals: Deals) {
  const counted = sides.map(entropyOf);
  // Answers by how common they are: entropy does not ask which they are.
  const ranks = sides.flatMap((list) => {
    const common = [...groupRows(list.map(({ value }) => value))].sort(([, a], [, b]) => b.length - a.length);
    const places = new Map(common.map(([value], rank) => [value, rank]));
    return unitRows(list).map(([first]) => places.get(list[first!]!.value)!);
  });
  const codes = Int32Array.from(ranks);
  const all = new Float64Array(Math.max(...ranks) + 1);
  for (const code of codes) all[code]!++;
  const [own, others] = [all.slice(), all.slice()];
  return dealSides(sides, deals, {
    measure: "difference of entropies, in nats",
    statistic: counted[0]! - counted[1]!,
    pivots: [(dealt, n) => {
      own.fill(0);
      for (let at = 0; at < n; at++) own[codes[dealt[at]!]!]!++;
      for (let code = 0; code < all.length; code++) others[code] = all[code]! - own[code]!;
      return millerEntropy(own) - millerEntropy(others);
    }],
    least: 0,
  });
}

/** A difference of both sides where the first `n` of the units in `dealt` are one of them. */
type Pivot = (dealt: Int32Array, n: number) => number;

/** A statistic of both sides with what it is, under deals, beside which it is extreme. */
interface DealtStatistic {
  readonly measure: string;
  readonly statistic: number;
  /** How far the statistic errs where both sides are alike, and where they are not. */
  readonly pivots: readonly Pivot[];
  /** Half of the narrowest interval. */
  readonly least: number;
}

/**
 * The test and the interval by deals of who is the respondent. Once more than `alpha` of all draws are as extreme as what
 * was observed no further draw makes it significant, and none is made.
 */
function dealSides(
  sides: Sides,
  { alpha, draws, random }: Deals,
  { measure, statistic, pivots, least }: DealtStatistic,
) {
  const [own, theirs] = sides.map(countUnits) as [number, number];
  const fewer = Math.min(own, theirs);
  const dealt = Int32Array.from({ length: own + theirs }, (_, unit) => unit);
  const errorOf = (pivot: Pivot) => {
    for (let at = 0; at < fewer; at++) {
      // Of 2^32 equally likely numbers some places get one more than others: too few to tell.
      const other = at + Math.floor(random.bits() / 4294967296 * (dealt.length - at));
      const unit = dealt[at]!;
      dealt[at] = dealt[other]!;
      dealt[other] = unit;
    }
    // A side that does not vary is as far from the other as can be.
    return Math.min(Number.MAX_VALUE, Math.abs(pivot(dealt, fewer)));
  };
  const size = Math.min(Number.MAX_VALUE, Math.abs(statistic));
  let errors: number[] = [];
  for (let extreme = 0; errors.length < draws && extreme <= alpha * draws;) {
    errors.push(errorOf(pivots[0]!));
    if (errors.at(-1)! >= size * (1 - 1e-10)) extreme++;
  }
  const told = `null: ${errors.length} random deals of who is the respondent`;
  const p_value = permutationPValue(size, errors);
  if (p_value < alpha && pivots.length > 1) {
    errors = Array.from({ length: Math.min(draws, 400) }, () => errorOf(pivots[1]!));
  }
  const sorted = errors.filter((error) => !Number.isNaN(error)).sort((a, b) => a - b);
  const half = Math.max(least, sampleQuantile(sorted, 1 - alpha));
  // No logarithm of numbers that there are is as large: it is a quantile between an error and one without end.
  const known = Number.isFinite(statistic) && half > 0 && half < 1e4;
  return {
    measure,
    statistic,
    p_value,
    null_high: known ? half : NaN,
    conf_low: known ? statistic - half : NaN,
    conf_high: known ? statistic + half : NaN,
    notes: [told],
    reason: known ? [] : ["no interval: too few answers differ"],
  };
}

function unitRows(list: readonly GivenAnswer[]): (readonly number[])[] {
  return [...groupRows(unitsOf(list)).values()];
}

function deviationOf(list: readonly GivenAnswer[]): number {
  const numbers = numbersOf(list);
  return numbers === null ? NaN : Math.sqrt(moments(numbers).variance);
}

/** Columns that describe: standard deviations, entropies, and how much of the variance lies between personas. */
function describeSpread(list: readonly GivenAnswer[], people: readonly GivenAnswer[] | null) {
  const sd = deviationOf(list);
  const reference = people === null ? uniformDeviation(list) : deviationOf(people);
  const entropy = people === null ? Math.log(readSlots(list).options.length) : entropyOf(people);
  const numbers = numbersOf(list);
  return {
    sd,
    sd_reference: reference,
    sd_ratio: sd / reference,
    entropy_difference: entropyOf(list) - entropy,
    share_between: numbers === null ? NaN : shareBetween(numbers, list.map(({ persona }) => persona)),
  };
}

/** The standard deviation of equally likely points of the scale shown; `NaN` where there is none. */
function uniformDeviation(list: readonly GivenAnswer[]): number {
  const scale = scaleOf(list);
  const points = list.find(({ order }) => order !== null)?.order?.length ?? 0;
  return scale === null ? NaN : (scale[1] - scale[0]) / (points - 1) * Math.sqrt((points ** 2 - 1) / 12);
}

function againstUniform(list: readonly GivenAnswer[], who: string): Partial<AuditRow> {
  return {
    compared: `${who} v. equally likely options`,
    measure: "log variance ratio",
    statistic: 2 * Math.log(deviationOf(list) / uniformDeviation(list)),
    reason: ["described only: how diverse people are is not known; give their answers as { human }"],
  };
}

/** Entropy in nats with the correction of Miller 1955, (K − 1) / 2n, n units. */
function entropyOf(list: readonly GivenAnswer[]): number {
  const counts = [...groupRows(list.map(({ value }) => value)).values()].map((rows) => rows.length);
  return millerEntropy(counts, countUnits(list));
}

function millerEntropy(counts: ArrayLike<number>, units?: number): number {
  let [total, weighted, options] = [0, 0, 0];
  for (let at = 0; at < counts.length; at++) {
    const count = counts[at]!;
    if (count === 0) continue;
    options++;
    total += count;
    weighted += count * Math.log(count);
  }
  return Math.log(total) - weighted / total + (options - 1) / (2 * (units ?? total));
}

/**
 * The share of the variance that lies between personas: ICC(1) of the one-way analysis of variance, with Donner's mean
 * group size n0 (1986, International Statistical Review 54: 67-82); `NaN` where nobody answered twice.
 */
export function shareBetween(values: readonly number[], persona: readonly string[]): number {
  const groups = [...groupRows(persona).values()].map((rows) => moments(rows.map((row) => values[row]!)));
  const n = values.length;
  const k = groups.length;
  if (k < 2 || k === n) return NaN;
  const grand = moments(values).mean;
  const between = groups.reduce((sum, { n: size, mean }) => sum + size * (mean - grand) ** 2, 0) / (k - 1);
  const within =
    groups.reduce((sum, { n: size, variance }) => sum + (size > 1 ? (size - 1) * variance : 0), 0) /
    (n - k);
  const size = (n - groups.reduce((sum, group) => sum + group.n ** 2, 0) / n) / (k - 1);
  return (between - within) / (between + (size - 1) * within);
}
