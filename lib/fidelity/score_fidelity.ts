import { readItem, scaleOf, whyNoNumbers } from "../audit/item_answers.ts";
import { checkColumns } from "../core/checks.ts";
import { cannot } from "../core/errors.ts";
import { type IntervalOptions, intervalRules, readOptions, type RulesFor } from "../core/options.ts";
import { type EstimateRow, estimateRow, type RowSentences } from "../core/rows.ts";
import { distinct, type Table, tableOfRows } from "../core/table.ts";
import { normalQuantile, studentTQuantile } from "../stats/distributions.ts";
import { inferEstimate } from "../stats/inference.ts";
import { moments } from "../stats/moments.ts";
import { type ComparedItemsOptions, comparedItemsRules, itemsOfBoth, tablesOf } from "./compared_items.ts";

/** Options of {@linkcode scoreFidelity}. */
export interface ScoreFidelityOptions extends ComparedItemsOptions, IntervalOptions {
  /**
   * Answers of the same persons as `empty` and as `random` personas (the runs that `planBaselines` plans), and of the
   * same people when they were asked again (`retest`), by which accuracy is normalised. A `population` query, the third of
   * those runs, has no persons in it and is passed over.
   * @default {} rows that say what is missing
   */
  baselines?: { readonly [name in "population" | "empty" | "random" | "retest"]?: Table };
}

const action = "score fidelity";
const baselineNames = ["empty", "random", "retest", "population"] as const;

const rules = {
  ...comparedItemsRules,
  ...intervalRules,
  baselines: tablesOf<NonNullable<ScoreFidelityOptions["baselines"]>>(...baselineNames),
} as const satisfies RulesFor<ScoreFidelityOptions>;

const measures = ["accuracy", "normalised accuracy", "correlation", "SD ratio", "Glass", "variance ratio"];

const tableColumns = [
  ...["item", "measure", "source", "estimate", "std_error", "conf_low", "conf_high", "conf_level"],
  ...["n", "basis", "notes", "reason"],
];

/**
 * Scores how close twins' answers come to those of their own persons, beside twins that know nothing of them.
 *
 * `accuracy` is 1 - mean |h - t| / width of the scale; `normalised accuracy` each person's over how accurately the person
 * repeats its own answers, averaged; `correlation` that over persons; `SD ratio` and `variance ratio` the twins' over the
 * people's; `Glass` |mean t - mean h| / SD of people. Accuracy hardly tells a full persona from an empty or a random one;
 * correlation and SD ratio do: read all of them beside the baselines. Intervals: Student's t over persons of accuracies,
 * Fisher's z of the correlation, Pitman and Morgan's of the ratios, the delta method's of Glass; where persons answer in
 * several arms, as wide as if all answers of a person were alike. Of all items the correlation is the mean in Fisher's z,
 * weighted by n (items at -1 or 1, which have no z, count as they are), and others are means.
 *
 * @param human one row per person (wide) or answer (long), with `persona_id`; answers are numbers
 * @param twin the twins' answers, with the same `persona_id`; where both have arms a person is compared in each arm
 * @param options see {@linkcode ScoreFidelityOptions}
 * @returns for "all items" and each `item`, `source` (twin, empty persona, random persona, human retest) and `measure`:
 * `estimate`, `std_error`, `conf_low`, `conf_high`, `conf_level`, `n` (persons), `basis`, `notes`, `reason`
 * @throws {RangeError} if no person is in both tables, or an item's scale is not known or does not hold an answer
 * @see Toubia et al. 2025, Twin-2K-500; Park et al. 2024 (normalised accuracy); Morgan 1939, Biometrika 31:13-19
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { tableOf } from "@understudy/understudy/core";
 * import { scoreFidelity } from "@understudy/understudy/fidelity";
 *
 * const human = tableOf({ persona_id: [1, 2, 3, 4], trust: [1, 2, 4, 5] });
 * const twin = tableOf({ persona_id: [1, 2, 3, 4], trust: [2, 2, 4, 4] });
 * const scores = scoreFidelity(human, twin, { items: "trust", scale: [1, 5] });
 * assertEquals([scores.get("measure", 0), scores.get("estimate", 0)], ["accuracy", 0.875]);
 * ```
 */
export function scoreFidelity(human: Table, twin: Table, options: ScoreFidelityOptions = {}): Table {
  const { alpha, baselines, scale, items: named } = readOptions(action, options, rules);
  const items = itemsOfBoth(action, [human, twin], named);
  const sources = (["twin", "empty", "random", "retest"] as const).map((name, place) => {
    const source = ["twin", "empty persona", "random persona", "human retest"][place]!;
    const missing = place === 3 ? "nobody was asked again" : `no ${source} was asked: planBaselines plans it`;
    const [table, argument] = name === "twin" ? [twin, name] : [baselines[name], `baselines.${name}`];
    const pairs = table && items.map((item) => pairPersons([human, table, twin], argument, item, scale));
    return { source, missing, pairs };
  });
  const rows = ["all items", ...items].flatMap((item, at) =>
    sources.flatMap(({ source, missing, pairs }, place) => {
      const own = (all: readonly Pairs[] = []) => at === 0 ? all : all.slice(at - 1, at);
      const found = pairs && scorePairs(own(pairs), own(sources[3]!.pairs), alpha);
      const basis = place === 3 ? "human" as const : "synthetic" as const;
      const notes = own(pairs).flatMap((each) => each.notes);
      const shared = { item, source, basis, conf_level: 1 - alpha };
      return measures.map((measure, m) => {
        const score = found?.[m] ?? { n: NaN, reason: [missing] };
        return estimateRow({ ...shared, measure, ...score, notes: [...notes, ...score.notes ?? []] });
      });
    })
  );
  return tableOfRows(rows, tableColumns);
}

type Pairs = ReturnType<typeof pairPersons>;

/** What persons and others answered to an item. */
function pairPersons(
  [human, table, twin]: readonly [Table, Table, Table],
  argument: string,
  item: string,
  asked: readonly [number, number] | undefined,
) {
  const stop = (name: string, rule: string, value: unknown): never => {
    throw new RangeError(cannot(action, name, rule, value));
  };
  const shown = asked ?? scaleOf(readItem(action, twin, item).list);
  const [low, high] = shown ?? stop("scale", `be known for '${item}': { scale: [1, 7] }`, asked);
  const byArm = [human, table].every((each) => each.columnNames().includes("arm"));
  const people = readPersons(human, "human", item, byArm);
  const others = readPersons(table, argument, item, byArm);
  const shared = [...people.keys()].filter((key) => others.has(key));
  const personOf = (key: string): string => JSON.parse(key)[0];
  if (shared.length === 0) {
    const [some, other] = [people, others].map((own) =>
      [...own.keys()].slice(0, 3).map((key) => JSON.parse(key).join(" in ")).join(", ")
    );
    stop(`persona_id' of '${argument}`, `name persons of 'human' (${some}) for '${item}'`, other);
  }
  const answersOf = (means: Means) => shared.map((key) => means.get(key)!);
  const answers = { human: answersOf(people), other: answersOf(others) };
  const stray = Object.values(answers).flat().find((answer) => answer < low || answer > high);
  if (stray !== undefined) stop(item, `lie on its scale, ${low} to ${high}`, stray);
  const unmet = people.size + others.size - 2 * shared.length;
  const what = byArm ? "persons of an arm" : "persons";
  const met = new Set([...others.keys()].map(personOf));
  const elsewhere = [...people.keys()].filter((key) => !others.has(key) && met.has(personOf(key))).length;
  const arms = byArm ? [] : distinct(readItem(action, table, item).list.map(({ arm }) => arm));
  const notes = [
    unmet === 0 ? "" : `${unmet} ${what} are in one table only`,
    elsewhere === 0
      ? ""
      : `${elsewhere} people have answers in another arm only: subjects: "within" asks in every arm`,
    arms.length < 2 ? "" : `people have no arms, so answers in ${arms.join(", ")} are averaged`,
  ].flatMap((note) => note === "" ? [] : [`'${item}': ${note}`]);
  return { width: high - low, persons: shared.map(personOf), ...answers, notes };
}

type Means = ReadonlyMap<string, number>;

/** Each person's answer (in each arm, if `byArm`), the mean where there are several; of probabilities the expected one. */
function readPersons(table: Table, argument: string, item: string, byArm: boolean): Means {
  checkColumns(action, table, ["persona_id"], argument);
  const { list } = readItem(action, table, item, { argument });
  if (whyNoNumbers(list).length > 0) {
    const rule = `name items with numbers, unlike '${item}'; compareDistributions takes others`;
    throw new TypeError(cannot(action, "items", rule, list[0]?.value));
  }
  return meansBy(list.map(({ persona, arm, value, distribution }) => {
    const parts = Object.entries(distribution ?? { [value]: 1 });
    const expected = parts.reduce((sum, [label, part]) => sum + part * Number(label), 0);
    return [JSON.stringify(byArm ? [persona, arm] : [persona]), expected];
  }));
}

function meansBy(values: readonly (readonly [string, number])[]): Means {
  const mean = (own: readonly (readonly [string, number])[]) => moments(own.map(([, value]) => value)).mean;
  return new Map([...Map.groupBy(values, ([name]) => name)].map(([name, own]) => [name, mean(own)]));
}

/** Each person's accuracy, the mean over the items that it answered. */
function accuracies(pairs: readonly Pairs[]): Means {
  const score = ({ persons, human, other, width }: Pairs) =>
    persons.map((person, at) => [person, 1 - Math.abs(human[at]! - other[at]!) / width] as const);
  return meansBy(pairs.flatMap(score));
}

/** What a row says of a measure. */
type Score = Partial<Omit<EstimateRow, "notes" | "reason">> & RowSentences & { readonly n: number };

/** The measures of one item or several, in their order. */
function scorePairs(pairs: readonly Pairs[], retest: readonly Pairs[], alpha: number): Score[] {
  const [own, again] = [accuracies(pairs), accuracies(retest)];
  const normalised = [...own].map(([id, each]) => each / (again.get(id) ?? NaN)).filter(Number.isFinite);
  const without = own.size - normalised.length;
  const why = "were not asked again, or then answered as far from their answers as can be";
  const related = pairs.map((each) => relatePairs(each, alpha));
  const combine = (m: number): Score => {
    const usable = related.map((each) => each[m]!).filter(({ estimate }) => !Number.isNaN(estimate));
    const mean = moments(usable.map(({ estimate }) => estimate!)).mean;
    const reason = `of ${usable.length} of ${pairs.length} items; no interval: they are of the same persons`;
    return { estimate: m === 0 ? meanCorrelation(usable) : mean, n: own.size, reason: [reason] };
  };
  return [
    meanOfPersons([...own.values()], alpha),
    { ...meanOfPersons(normalised, alpha), notes: without === 0 ? [] : [`left out: ${without} who ${why}`] },
    ...[0, 1, 2, 3].map((m) => pairs.length === 1 ? related[0]![m]! : combine(m)),
  ];
}

/** The mean in Fisher's z; those at -1 or 1, where z is infinite, count as they are beside it. */
function meanCorrelation(found: readonly Score[]): number {
  const mean = (own: readonly Score[], of: (r: number) => number) =>
    moments(own.map(({ estimate }) => of(estimate!)), own.map(({ n }) => n)).mean;
  const centre = Math.tanh(mean(found.filter(({ estimate }) => Math.abs(estimate!) < 1), Math.atanh));
  return mean(found, (r) => Math.abs(r) < 1 ? centre : r);
}

function meanOfPersons(values: readonly number[], alpha: number): Score {
  const { n, mean, variance } = moments(values);
  const found = inferEstimate({ estimate: mean, stdError: Math.sqrt(variance / n), df: n - 1 }, alpha);
  return { ...found, n, reason: n === 0 ? ["nobody was asked again"] : found.reason };
}

/** Correlation, SD ratio, Glass and variance ratio of one item. */
function relatePairs({ persons, human, other }: Pairs, alpha: number): Score[] {
  const times = [...Map.groupBy(persons, (person) => person).values()].map((own) => own.length);
  // So many persons with one answer each are the answers at least worth: Kish's, of persons whose answers are all alike.
  const n = persons.length ** 2 / times.reduce((sum, each) => sum + each ** 2, 0);
  const [h, t] = [moments(human).mean, moments(other).mean];
  const cross = (a: readonly number[], one: number, b: readonly number[], two: number) =>
    moments(a.map((value, at) => (value - one) * (b[at]! - two))).mean;
  // hh, tt, ht: population variances and covariance
  const [hh, tt, ht] = [cross(human, h, human, h), cross(other, t, other, t), cross(human, h, other, t)];
  const correlation = ht / Math.sqrt(hh * tt);
  const isLine = Math.abs(correlation) > 1 - 1e-12;
  const [r, free] = isLine ? [Math.sign(correlation), NaN] : [correlation, n - 2];
  const z = normalQuantile(1 - alpha / 2);
  // Fisher 1915
  const half = free > 1 ? z / Math.sqrt(free - 1) : NaN;
  // Morgan 1939: K ± √(K² - 1)
  const K = free > 0 ? 1 + 2 * (1 - r ** 2) * studentTQuantile(1 - alpha / 2, free) ** 2 / free : NaN;
  const ratio = hh > 0 ? tt / hh : NaN;
  const [low, high] = [ratio * (K - Math.sqrt(K ** 2 - 1)), ratio * (K + Math.sqrt(K ** 2 - 1))];
  const glass = hh > 0 ? Math.abs(t - h) / Math.sqrt(hh) : NaN;
  // The variance of differences, hh + tt - 2ht, without rounding on a line
  const apart = (Math.sqrt(hh) - (r || 0) * Math.sqrt(tt)) ** 2 + (1 - (r || 0) ** 2) * tt;
  const squared = (apart / hh + glass ** 2 / 2) / n;
  const std_error = squared > 0 ? Math.sqrt(squared) : NaN;
  const same = hh > 0 ? tt > 0 ? "" : "the others all answer the same" : "people all answer the same";
  const why = same || `no interval: ${isLine ? "the answers lie on one line" : "too few persons"}`;
  const score = (estimate: number, conf_low: number, conf_high: number, more: Partial<Score> = {}): Score => {
    const reason = Number.isNaN(estimate + conf_low + conf_high) ? [why] : [];
    return { estimate, conf_low, conf_high, n: times.length, reason, ...more };
  };
  return [
    score(r, Math.tanh(Math.atanh(r) - half), Math.tanh(Math.atanh(r) + half)),
    score(Math.sqrt(ratio), Math.sqrt(low), Math.sqrt(high)),
    score(glass, Math.max(0, glass - z * std_error), glass + z * std_error, { std_error }),
    score(ratio, low, high),
  ];
}
