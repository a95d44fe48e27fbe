import { medianSorted } from "simple-statistics";
import { readOptions } from "../core/options.ts";
import { groupRows, type Table } from "../core/table.ts";
import { moments } from "../stats/moments.ts";
import { inferEstimate } from "../stats/inference.ts";
import {
  answerTable,
  type AuditCheck,
  type AuditItemOptions,
  type AuditOptions,
  type AuditRow,
  auditRules,
  itemNames,
  pickOptions,
  tidyAudit,
  tooFewUnits,
} from "./check_table.ts";
import {
  armsOf,
  countUnits,
  type GivenAnswer,
  inArm,
  type ItemAnswers,
  itemsOf,
  numbersOf,
  readItem,
  readSlots,
  scaleOf,
  unitsOf,
} from "./item_answers.ts";
import { clusteredContrast } from "./unit_statistics.ts";

/** Options of {@linkcode checkDiversity}. */
export interface CheckDiversityOptions extends AuditOptions, AuditItemOptions {
  /**
   * People's answers to the same items, long or wide. Where they have arms of the same names, each arm is compared
   * with its own; else every arm with all of them.
   *
   * @default {undefined} answers are described against equally likely options, and nothing is tested
   */
  human?: Table;
}

const action = "check diversity";
const rules = { ...auditRules, items: itemNames, human: answerTable } as const;

/**
 * Checks whether a respondent's answers are as diverse as people's: spread of numbers, entropy of names.
 *
 * Models tend to give everybody the average person's answer. Numbers are compared by the logarithm of the ratio of
 * variances (its interval by the jackknife over personas) and tested by Brown and Forsythe's test, the absolute
 * distances from the median; names by the difference of entropies (Miller and Madow's correction of its bias). Where
 * personas answered several times, `share_between` says how much of the variance lies between them: the rest is the
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
 * @see Brown and Forsythe 1974, JASA 69: 364-367; Miller 1955 (entropy); Bisbee et al. 2024, Political Analysis 32(4)
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
  const { alpha } = readOptions(action, options, rules);
  const further = { sd_ratio: NaN, sd: NaN, sd_reference: NaN, entropy_difference: NaN, share_between: NaN };
  return tidyAudit(diversityRows(answers, options), alpha, further);
}

/** The check as the audit makes it. */
export const diversityCheck: AuditCheck = {
  challenge: "diversity",
  check: "diversity",
  rows: (tables, options) => diversityRows(tables.answers, pickOptions({ ...tables, ...options }, rules)),
};

function diversityRows(answers: Table, options: CheckDiversityOptions): AuditRow[] {
  const { items, human, alpha, ...columns } = readOptions(action, options, rules);
  return itemsOf(action, answers, items).flatMap((item): AuditRow[] => {
    const read = readItem(action, answers, item, columns);
    const people = human === undefined ? null : readItem(action, human, item);
    const why = read.several
      ? ["an answer holds several options at once"]
      : read.list.length === 0
      ? ["no answer has a value"]
      : [];
    if (why.length > 0) return [{ check: "diversity", item, reason: why }];
    return armsOf(read.list).map((arm) => {
      const own = people !== null && armsOf(people.list).includes(arm) ? inArm(people, arm) : people;
      return armRow(inArm(read, arm), arm, own, alpha);
    });
  });
}

function armRow(
  { item, list, notes }: ItemAnswers,
  arm: string,
  people: ItemAnswers | null,
  alpha: number,
): AuditRow {
  const own = people === null || people.list.length === 0 ? null : people.list;
  const described = { check: "diversity", item, arm, n: countUnits(list), ...describeSpread(list, own) };
  const who = arm === "" ? "respondent" : `arm ${arm}`;
  if (own === null) return { ...described, ...againstUniform(list, who), notes };
  const few = [...tooFewUnits(described.n, "personas"), ...tooFewUnits(countUnits(own), "people")];
  const compared = { ...described, compared: `${who} v. people` };
  if (few.length > 0) return { ...compared, notes, reason: few };
  const numeric = numbersOf(list) !== null && numbersOf(own) !== null;
  const tested = numeric ? compareVariances(list, own, alpha) : compareEntropies(list, own, alpha);
  const direction = tested.statistic < 0
    ? "less diverse than people"
    : tested.statistic > 0
    ? "more diverse than people"
    : "";
  return {
    ...compared,
    ...tested,
    null_mean: 0,
    problem: "significant",
    notes: [direction, ...tested.notes, ...notes],
  };
}

type Tested =
  & Required<
    Pick<AuditRow, "measure" | "statistic" | "null_high" | "p_value" | "conf_low" | "conf_high" | "reason">
  >
  & { readonly notes: readonly string[] };

function compareVariances(
  list: readonly GivenAnswer[],
  people: readonly GivenAnswer[],
  alpha: number,
): Tested {
  const [own, theirs] = [numbersOf(list)!, numbersOf(people)!];
  const { p_value: _ofRatio, reason, ...ratio } = compareSpreads(
    logVariance(own, unitsOf(list)),
    logVariance(theirs, unitsOf(people)),
    alpha,
  );
  const levene = clusteredContrast({
    outcome: [...distancesFromMedian(own), ...distancesFromMedian(theirs)],
    by: [...own.map(() => 1), ...theirs.map(() => 0)],
    unit: [...unitsOf(list).map((id) => `respondent ${id}`), ...unitsOf(people).map((id) => `human ${id}`)],
    alpha,
  });
  const finite = Number.isFinite(ratio.statistic);
  return {
    measure: "log variance ratio",
    ...ratio,
    p_value: levene.p_value,
    notes: levene.notes,
    reason: [
      finite ? "" : "no interval: one side does not vary at all",
      ...levene.reason,
      ...finite ? reason : [],
    ],
  };
}

function compareEntropies(
  list: readonly GivenAnswer[],
  people: readonly GivenAnswer[],
  alpha: number,
): Tested {
  const tested = compareSpreads(entropyOf(list), entropyOf(people), alpha);
  return { measure: "difference of entropies, in nats", ...tested, notes: [] };
}

function deviationOf(list: readonly GivenAnswer[]): number {
  const numbers = numbersOf(list);
  return numbers === null ? NaN : Math.sqrt(moments(numbers).variance);
}

/** Columns that describe: standard deviations, entropies, and how much of the variance lies between personas. */
function describeSpread(
  list: readonly GivenAnswer[],
  people: readonly GivenAnswer[] | null,
): { [column: string]: number } {
  const sd = deviationOf(list);
  const reference = people === null ? uniformDeviation(list) : deviationOf(people);
  const entropy = people === null ? Math.log(readSlots(list).options.length) : entropyOf(people).value;
  const numbers = numbersOf(list);
  return {
    sd,
    sd_reference: reference,
    sd_ratio: sd / reference,
    entropy_difference: entropyOf(list).value - entropy,
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

/** A measure of spread with its variance over units. */
interface Spread {
  readonly value: number;
  readonly variance: number;
  readonly units: number;
}

/**
 * The logarithm of the variance, with the jackknife variance that leaves out one unit at a time: less optimistic in
 * small samples than linearisation, whose fourth moment is biased downward (Miller 1968, Annals of Mathematical
 * Statistics 39: 567-582).
 */
function logVariance(values: readonly number[], unit: readonly string[]): Spread {
  const { mean, variance, n } = moments(values);
  const total = variance * (n - 1);
  const left = [...groupRows(unit).values()].map((rows) => {
    const deviations = rows.map((row) => values[row]! - mean);
    const sum = deviations.reduce((part, deviation) => part + deviation, 0);
    const squares = deviations.reduce((part, deviation) => part + deviation * deviation, 0);
    // Without these rows the mean moves by -sum / (n - m): the sum of squares around it loses that part too.
    const rest = n - rows.length;
    return Math.log((total - squares - sum * sum / rest) / (rest - 1));
  });
  const units = left.length;
  return { value: Math.log(variance), variance: (units - 1) ** 2 / units * moments(left).variance, units };
}

/**
 * Entropy in nats with the correction of Miller 1955, (K − 1) / 2n, and its variance: that of the mean of −ln p(x) and
 * (K − 1) / 2n² for what is left where all options are equally common; there it errs to the wide side.
 */
function entropyOf(list: readonly GivenAnswer[]): Spread {
  const values = list.map(({ value }) => value);
  const n = values.length;
  const counts = new Map([...groupRows(values)].map(([value, rows]) => [value, rows.length]));
  let entropy = 0;
  for (const count of counts.values()) entropy -= count / n * Math.log(count / n);
  const influence = values.map((value) => (-Math.log(counts.get(value)! / n) - entropy) / n);
  const groups = [...groupRows(unitsOf(list)).values()];
  const units = groups.length;
  const squares = groups.reduce(
    (sum, rows) => sum + rows.reduce((total, row) => total + influence[row]!, 0) ** 2,
    0,
  );
  const free = counts.size - 1;
  return {
    value: entropy + free / (2 * units),
    variance: squares * units / (units - 1) + free / (2 * units ** 2),
    units,
  };
}

/** The difference of two measures from independent samples, with Welch's degrees of freedom. */
function compareSpreads(one: Spread, other: Spread, alpha: number): Omit<Tested, "measure" | "notes"> {
  const estimate = one.value - other.value;
  const variance = one.variance + other.variance;
  const df = variance ** 2 / (one.variance ** 2 / (one.units - 1) + other.variance ** 2 / (other.units - 1));
  if (!(variance > 0)) {
    const none = { null_high: NaN, p_value: NaN, conf_low: NaN, conf_high: NaN };
    return { statistic: estimate, ...none, reason: ["neither side varies"] };
  }
  const { p_value, conf_low, conf_high, reason } = inferEstimate(
    { estimate, stdError: Math.sqrt(variance), df },
    alpha,
  );
  return { statistic: estimate, null_high: (conf_high - conf_low) / 2, p_value, conf_low, conf_high, reason };
}

/** Each value's distance from the median of its group: what Brown and Forsythe compare. */
function distancesFromMedian(values: readonly number[]): number[] {
  const median = medianSorted([...values].sort((a, b) => a - b));
  return values.map((value) => Math.abs(value - median));
}

/**
 * The share of the variance that lies between personas: ICC(1) of the one-way analysis of variance, with Donner's mean
 * group size n0 where personas answered unequally often; `NaN` where nobody answered twice.
 *
 * @see Donner 1986, International Statistical Review 54: 67-82
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
