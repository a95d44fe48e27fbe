import { checkLevel } from "../core/checks.ts";
import { readOptions, rule } from "../core/options.ts";
import { distinct, groupRows, type Table } from "../core/table.ts";
import { normalQuantile } from "../stats/distributions.ts";
import { wilson } from "../stats/shares.ts";
import type { AuditCheck, AuditItemOptions, AuditOptions, AuditRow } from "./check_table.ts";
import { answerTable, auditRules, itemNames, judgeInterval, pickOptions, tidyAudit } from "./check_table.ts";
import { tooFewUnits } from "./check_table.ts";
import type { GivenAnswer, ItemAnswers } from "./item_answers.ts";
import { itemsOf, optionOf, readItem, readSlots, unitsOf } from "./item_answers.ts";
import { clusteredShare, type ShareEstimate } from "./unit_statistics.ts";

/** Options of {@linkcode checkCorrectAnswers}. */
export interface CheckCorrectAnswersOptions extends AuditOptions, AuditItemOptions {
  /**
   * The share of one answer from which an item is said to have one correct answer. The nearer to 1, the more personas
   * it takes to show: 73 who all agree for 0.95, 381 for 0.99.
   * @default {0.95}
   */
  threshold?: number;
  /** Answers of a second run that showed the options in reversed order. */
  reversed?: Table;
  /** Answers of a second run with other personas: changed demographics. */
  changed?: Table;
}

const action = "check for correct answers";
const rules = {
  ...auditRules,
  items: itemNames,
  threshold: rule<number, number>(checkLevel, 0.95),
  reversed: answerTable,
  changed: answerTable,
} as const;

/**
 * Checks whether a respondent gives (nearly) everybody's answer alike, as if a survey question had one correct answer.
 *
 * People differ; a model that has learnt the "right" answer does not. An item is flagged where the interval of the share
 * of one option, or of one slot of the list, lies at or above the `threshold`; where it holds the threshold, the verdict
 * is `cannot tell`. What wins, the meaning or the slot, shows where options are
 * shown in several orders: within this run, or in a second one with the options `reversed`. With the answers of other
 * personas (`changed`) an item whose answer then varies is put down to who was asked. An item that has a correct
 * answer, such as a comprehension check, is rightly flagged: judge by the question.
 *
 * The interval is of the share of the answer that came out most often; chosen after the fact, it is a little too high
 * where several answers are about as common. Personas count once however often they replied; fewer than five are not
 * judged, as they agree by chance.
 *
 * @param answers one row per answer (long) or per reply (wide, with `items`)
 * @param options see {@linkcode CheckCorrectAnswersOptions}
 * @returns one row per item: `statistic` (share of the winning option or slot), `null_mean` (one over the number of
 * options), `null_high` (the threshold), `conf_low`, `conf_high` (Wilson, effective sample size), `n`, `option`,
 * `entropy` (of the answers, 0 one answer to 1 all alike), `wins` (`content`, `position`, `persona`, `unclear`; empty
 * where not flagged), `share_reversed`, `share_changed` (of the same option in these runs), `verdict`, `notes`,
 * `reason`; there is no p-value: the interval and the threshold decide
 * @throws {RangeError} if an item is not in a table, or `threshold` is not between 0 and 1
 * @see Park, Schoenegger and Zhu 2024, Behavior Research Methods 56: 5754-5770; Wilson 1927
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { checkCorrectAnswers } from "@understudy/understudy/audit";
 * import { tableOf } from "@understudy/understudy/core";
 *
 * const people = Array.from({ length: 80 }, (_, i) => i);
 * const orders = people.map((i) => JSON.stringify(i % 2 ? ["save", "spend"] : ["spend", "save"]));
 * const answers = tableOf({
 *   persona_id: people,
 *   item: people.map(() => "windfall"),
 *   value: people.map(() => "save"),
 *   option_order: orders,
 * });
 * const check = checkCorrectAnswers(answers);
 * assertEquals([check.get("verdict", 0), check.get("wins", 0)], ["found", "content"]);
 * ```
 */
export function checkCorrectAnswers(answers: Table, options: CheckCorrectAnswersOptions = {}): Table {
  const further = { option: "", entropy: NaN, wins: "", share_reversed: NaN, share_changed: NaN };
  return tidyAudit(correctAnswerRows(answers, options), options.alpha, further);
}

export const correctAnswersCheck: AuditCheck = {
  challenge: "diversity",
  check: "correct answer",
  rows: (tables, options) => correctAnswerRows(tables.answers, pickOptions({ ...tables, ...options }, rules)),
};

/** The runs of one item, and how they are judged. */
type Runs =
  & { readonly [run in "answers" | "reversed" | "changed"]: ItemAnswers }
  & { readonly [limit in "threshold" | "alpha"]: number };

function correctAnswerRows(answers: Table, options: CheckCorrectAnswersOptions): AuditRow[] {
  const { items, threshold, reversed, changed, alpha, ...columns } = readOptions(action, options, rules);
  return itemsOf(action, answers, items).map((item) => {
    // A run that was not made has no answers.
    const read = (table: Table | undefined): ItemAnswers =>
      table === undefined
        ? { item, list: [], several: false, notes: [] }
        : readItem(action, table, item, columns);
    const runs = { answers: read(answers), reversed: read(reversed), changed: read(changed) };
    return itemRow({ ...runs, threshold, alpha });
  });
}

function itemRow(runs: Runs): AuditRow {
  const { answers: { item, list, notes }, reversed, changed, threshold, alpha } = runs;
  if (list.length === 0) return { check: "correct answer", item, notes, reason: ["no answer has a value"] };
  const found = agreementIn(list, alpha);
  const bySlot = found.slot >= 0 && found.position.share > found.content.share;
  const { share, low, high, units } = bySlot ? found.position : found.content;
  const few = tooFewUnits(units, "personas");
  const judged = few.length > 0 ? { reason: few } : judgeInterval([low, high], threshold, "above");
  const winner = judged.problem === true ? classify(runs, found, bySlot) : { wins: "", told: [] };
  const shareIn = (run: ItemAnswers) =>
    run.list.length === 0 ? NaN : shareOfOption(run, found.option, alpha).share;
  const options =
    distinct([list, reversed.list, changed.list].flatMap((run) => readSlots(run).options)).length;
  return {
    check: "correct answer",
    item,
    compared: bySlot ? `slot ${found.slot + 1}` : `"${shorten(found.option)}"`,
    measure: `share of the ${bySlot ? "slot" : "option"} chosen most`,
    statistic: share,
    null_mean: 1 / Math.max(2, options),
    null_high: threshold,
    conf_low: low,
    conf_high: high,
    n: units,
    option: found.option,
    entropy: found.entropy,
    wins: winner.wins,
    share_reversed: shareIn(reversed),
    share_changed: shareIn(changed),
    ...judged,
    notes: [...winner.told, ...notes],
  };
}

type Agreement = ReturnType<typeof agreementIn>;

/** What one item's answers agree on. */
function agreementIn(list: readonly GivenAnswer[], alpha: number) {
  const { options, chosen, slot } = readSlots(list);
  const counts = [...groupRows(chosen)].map(([place, rows]) => ({ place, count: rows.length }));
  const known = slot.some((place) => place >= 0);
  const [option, best] = [mostCommon(chosen), mostCommon(slot)];
  const share = (hits: boolean[]) => clusteredShare(hits, unitsOf(list), alpha);
  const entropy = counts.reduce((sum, { count }) => {
    const part = count / list.length;
    return sum - part * Math.log(part);
  }, 0);
  return {
    option: options[option]!,
    content: share(Array.from(chosen, (place) => place === option)),
    // -1 where it is not known.
    slot: known ? best : -1,
    position: share(Array.from(slot, (place) => known && place === best)),
    // Over that of equally likely options: 0 to 1.
    entropy: entropy / Math.log(Math.max(2, options.length)),
  };
}

/** The place that occurs most often, the first of those that occur as often; unknown ones (-1) do not count. */
function mostCommon(places: Int32Array): number {
  const counts = new Map<number, number>();
  for (const place of places) if (place >= 0) counts.set(place, (counts.get(place) ?? 0) + 1);
  const most = Math.max(...counts.values());
  return Math.min(...[...counts].filter(([, count]) => count === most).map(([place]) => place));
}

/** What wins: the slot or the meaning; or who was asked, where other personas answer otherwise. */
function classify({ answers, reversed, changed, threshold, alpha }: Runs, found: Agreement, bySlot: boolean) {
  const { winner, told } = findWinner([...answers.list, ...reversed.list], found, alpha);
  if (changed.list.length === 0 || bySlot || winner === "position") return { wins: winner, told: [told] };
  const { share, high } = shareOfOption(changed, found.option, alpha);
  const note = `other personas choose it in ${percent(share)} of answers`;
  return { wins: high < threshold ? "persona" : winner, told: [told, note] };
}

/**
 * Tells whether the option or the slot wins, from all answers whose option did not stand in the winning slot: one
 * interval of the share of the option among those that follow either.
 */
function findWinner(list: readonly GivenAnswer[], { option, slot }: Agreement, alpha: number) {
  const telling = list.flatMap(({ value, order, unit }) => {
    if (order === null || order[slot] === option || !order.includes(option)) return [];
    const chosen = optionOf({ value, order });
    return chosen === option || chosen === order[slot] ? [{ unit, follows: chosen === option }] : [];
  });
  if (telling.length === 0) return { winner: "unclear", told: whyUnclear(list) };
  // A unit counts once, by its majority: its replicates are no further evidence.
  const units = [...Map.groupBy(telling, ({ unit }) => unit).values()];
  const shares = units.map((own) => own.filter(({ follows }) => follows).length / own.length);
  const content = shares.reduce((sum, own) => sum + own, 0);
  const [share, low, high] = wilson([content, units.length], normalQuantile(1 - alpha / 2));
  return {
    winner: low > 0.5 ? "content" : high < 0.5 ? "position" : "unclear",
    told: `where option and slot part, ${percent(share)} of ${units.length} units follow the option`,
  };
}

function whyUnclear(list: readonly GivenAnswer[]): string {
  return list.some(({ order }) => order !== null)
    ? "the option always stood in the same slot: give a run with { reversed } options to tell content from position"
    : "the tables do not say in which order options were shown (column option_order)";
}

function shareOfOption({ list }: ItemAnswers, option: string, alpha: number): ShareEstimate {
  return clusteredShare(list.map((answer) => optionOf(answer) === option), unitsOf(list), alpha);
}

function percent(share: number): string {
  return `${Math.round(100 * share)}%`;
}

/** An option in a few characters: numbers of many digits and long sentences are cut. */
function shorten(option: string): string {
  const number = Number(option);
  if (option !== "" && Number.isFinite(number)) return String(Number(number.toPrecision(4)));
  return option.length > 40 ? `${option.slice(0, 39)}…` : option;
}
