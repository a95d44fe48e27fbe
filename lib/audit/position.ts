import { readOptions } from "../core/options.ts";
import { stream } from "../core/stream.ts";
import { distinct, type Table } from "../core/table.ts";
import { totalVariation } from "../stats/distances.ts";
import { studentTQuantile } from "../stats/distributions.ts";
import { influenceCovariance } from "../stats/inference.ts";
import { numberLevels } from "../stats/least_squares_design.ts";
import { moments } from "../stats/moments.ts";
import type { AuditCheck, AuditDrawOptions, AuditItemOptions, AuditRow } from "./check_table.ts";
import { auditDrawRules, itemNames, pickOptions, tidyAudit } from "./check_table.ts";
import type { GivenAnswer, ItemAnswers } from "./item_answers.ts";
import { itemsOf, numbersOf, readItem, readSlots } from "./item_answers.ts";
import type { Draws } from "./unit_statistics.ts";
import { clusteredContrast, differenceByLabel, findDealt, permuteStatistics } from "./unit_statistics.ts";

/** Options of {@linkcode checkPosition}. */
export interface CheckPositionOptions extends AuditDrawOptions, AuditItemOptions {}

const action = "check position";
const [optionOrder, itemOrder] = ["option order", "item order"];
const rules = { ...auditDrawRules, items: itemNames } as const;

/**
 * Checks whether answers depend on where an option stands in its list, and on where a question stands among others.
 *
 * Needs orders that were drawn at random: options that are `shuffled` or `reversed`, items with `itemOrder: "shuffled"`.
 * Then who saw which order is no more than a deal, and dealing the orders anew among the personas gives the exact null,
 * whatever the options mean. A slot's effect is P(chosen | shown there) − P(chosen | shown elsewhere), averaged over
 * options: 0 where only content counts, 1 where only the slot does. This assumes that whether a reply can be used does
 * not depend on the order. Differences of numbers by the place at which an item was asked are in standard deviations of
 * all its answers, which the interval takes as known. Two runs that show the options in one order each, the second in
 * reverse, are one table, `answers.concat(reversed)`: each persona's orders change places, which assumes that the runs
 * differ in nothing but the order.
 *
 * @param answers the long answers table, with `option_order` and `item_position`
 * @param options see {@linkcode CheckPositionOptions}
 * @returns one row per item for the `first slot` and, of three options or more, the `last slot` (check `option order`),
 * and one per item for the place at which it was asked (check `item order`): `statistic`, its null, `p_value`
 * (permutation, two-sided), `p_adjusted` (Holm), `conf_low`, `conf_high` (Student's t, by persona), `n`, `verdict`,
 * `notes`, `reason`
 * @throws {RangeError} if an item is not in the table
 * @see Pezeshkpour and Hruschka 2024, Findings of NAACL, 2006-2017; Good 2005, Permutation Tests
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { checkPosition } from "@understudy/understudy/audit";
 * import { tableOf } from "@understudy/understudy/core";
 *
 * const people = Array.from({ length: 90 }, (_, i) => i);
 * const orders = people.map((i) => i % 3 === 0 ? ["tv", "web"] : ["web", "tv"]);
 * const answers = tableOf({
 *   persona_id: people,
 *   item: people.map(() => "news"),
 *   value: people.map((i) => orders[i]![i % 5 === 0 ? 1 : 0]),
 *   option_order: orders.map((order) => JSON.stringify(order)),
 * });
 * const check = checkPosition(answers);
 * assertEquals(check.array("verdict"), ["found", "cannot tell"]);
 * ```
 */
export function checkPosition(answers: Table, options: CheckPositionOptions = {}): Table {
  return tidyAudit(positionRows(answers, options), options.alpha);
}

export const positionCheck: AuditCheck = {
  challenge: "alienness",
  check: optionOrder,
  rows: ({ answers, reversed }, options) =>
    positionRows(reversed === undefined ? answers : answers.concat(reversed), pickOptions(options, rules)),
};

function positionRows(answers: Table, options: CheckPositionOptions): AuditRow[] {
  const { items, ...settings } = readOptions(action, options, rules);
  return itemsOf(action, answers, items).flatMap((item) => {
    const read = readItem(action, answers, item, settings);
    return [...optionOrderRows(read, settings), itemOrderRow(read, settings)];
  });
}

function optionOrderRows(answers: ItemAnswers, settings: Draws): AuditRow[] {
  const list = answers.list.filter(({ order }) => order !== null);
  const why = answers.several ? "an answer holds several options at once" : whyUnusable(list);
  if (why !== null) return [{ check: optionOrder, item: answers.item, reason: [why] }];
  const last = list.reduce((most, { order }) => Math.max(most, order!.length), 0) - 1;
  return (last === 1 ? [0] : [0, last]).map((slot) => slotRow({ ...answers, list }, slot, settings));
}

function whyUnusable(list: readonly GivenAnswer[]): string | null {
  if (list.length === 0) return "the table does not say in which order options were shown (option_order)";
  if (!readSlots(list).varies) {
    return "options were always shown in the same order: declare the item with { order: 'shuffled' } or 'reversed'";
  }
  return new Set(list.map(({ persona }) => persona)).size < 3 ? "fewer than 3 personas answered" : null;
}

function slotRow({ item, list, notes }: ItemAnswers, slot: number, settings: Draws): AuditRow {
  const { options, chosen } = readSlots(list);
  const persona = list.map((answer) => answer.persona);
  // The options that stood in the slot, by order, and which order each persona was dealt.
  const inSlot = list.map(({ order }) => options.indexOf(order![slot] ?? order!.at(-1)!));
  const dealt = findDealt(inSlot, persona);
  const totals = new Float64Array(options.length);
  for (const option of chosen) totals[option]!++;
  const ratesAt = (optionAt: (answer: number) => number) => slotRates(chosen, totals, optionAt);
  const { found: [found], told } = permuteStatistics(
    (labels) => [slotEffect(ratesAt((at) => labels[dealt.unit[at]!]!))],
    { ...settings, ...dealt, random: stream(settings.seed, optionOrder, item, slot), twoSided: true },
  );
  const rates = ratesAt((at) => inSlot[at]!);
  const half = slotHalfWidth(rates, { chosen, inSlot, persona }, settings.alpha);
  const [wide, alike] = [half > 0, new Set(chosen).size === 1];
  return {
    check: optionOrder,
    item,
    compared: `${slot === 0 ? "first" : "last"} slot v. other slots`,
    measure: "added chance of being chosen",
    ...found!,
    conf_low: wide ? found!.statistic - half : NaN,
    conf_high: wide ? found!.statistic + half : NaN,
    n: new Set(persona).size,
    problem: "significant",
    notes: [`${told} of orders ${dealt.told}`, ...notes],
    reason: wide
      ? []
      : [`no interval: ${alike ? "every answer is the same" : "the slot decides every answer"}`],
  };
}

type SlotRates = ReturnType<typeof slotRates>[number];

/** How often each option was chosen when it stood in the slot, and elsewhere; of those that stood in both. */
function slotRates(chosen: Int32Array, totals: Float64Array, optionAt: (answer: number) => number) {
  const n = chosen.length;
  const [shown, hits] = [new Float64Array(totals.length), new Float64Array(totals.length)];
  for (let at = 0; at < n; at++) {
    const option = optionAt(at);
    shown[option]!++;
    if (option === chosen[at]) hits[option]!++;
  }
  return Array.from(totals, (total, option) => {
    const [seen, hit] = [shown[option]!, hits[option]!];
    return { option, shown: seen, here: hit / seen, elsewhere: (total - hit) / (n - seen) };
  }).filter(({ shown }) => shown > 0 && shown < n);
}

/** What standing in the slot adds to an option's chance of being chosen, averaged over options. */
function slotEffect(rates: readonly SlotRates[]): number {
  let sum = 0;
  for (const { here, elsewhere } of rates) sum += here - elsewhere;
  return rates.length === 0 ? NaN : sum / rates.length;
}

/** The half-width of the interval of a slot's effect: linearised, by personas (Student's t). */
function slotHalfWidth(
  rates: readonly SlotRates[],
  { chosen, inSlot, persona }: { chosen: Int32Array; inSlot: readonly number[]; persona: readonly string[] },
  alpha: number,
): number {
  const n = chosen.length;
  const influence = new Float64Array(n);
  for (const { option, shown, here, elsewhere } of rates) {
    for (let at = 0; at < n; at++) {
      const hit = chosen[at] === option ? 1 : 0;
      const part = inSlot[at] === option ? (hit - here) / shown : -(hit - elsewhere) / (n - shown);
      influence[at]! += part / rates.length;
    }
  }
  const { codes, levels } = numberLevels(persona);
  const stdError = Math.sqrt(influenceCovariance(influence, influence, codes));
  return studentTQuantile(1 - alpha / 2, levels - 1) * stdError;
}

/** Whether an item is answered otherwise when it is asked late in the list than when it is asked early. */
function itemOrderRow({ item, list }: ItemAnswers, settings: Draws): AuditRow {
  const base = { check: itemOrder, item, compared: "asked late v. early" };
  const placed = list.filter(({ position }) => !Number.isNaN(position));
  const positions = placed.map(({ position }) => position);
  if (new Set(positions).size < 2) {
    const reason = placed.length === 0
      ? "the table does not say at which place items were asked (column item_position)"
      : "the item was always asked at the same place: declare the design with { itemOrder: 'shuffled' }";
    return { ...base, reason: [reason] };
  }
  const values = placed.map(({ value }) => value);
  if (new Set(values).size < 2) return { ...base, reason: ["every answer is the same: order cannot show"] };
  const middle = lateFrom(positions);
  const late = positions.map((place) => place > middle ? 1 : 0);
  const persona = placed.map((answer) => answer.persona);
  const dealt = findDealt(late, persona);
  const numbers = numbersOf(placed);
  const scaled = numbers?.map((value) => value / Math.sqrt(moments(numbers).variance));
  const { codes: answer, levels } = numberLevels(values);
  const { found: [found], told } = permuteStatistics(
    (labels) => [
      scaled === undefined
        ? distanceByLabel(answer, levels, labels, dealt.unit)
        : differenceByLabel(scaled, labels, dealt.unit),
    ],
    { ...settings, ...dealt, random: stream(settings.seed, itemOrder, item), twoSided: scaled !== undefined },
  );
  const row = {
    ...base,
    ...found!,
    n: distinct(persona).length,
    problem: "significant" as const,
    notes: [`${told} of places ${dealt.told}`],
  };
  if (scaled === undefined) {
    return { ...row, measure: "total variation distance", reason: ["no interval for names"] };
  }
  const { conf_low, conf_high, notes, reason } = clusteredContrast({
    outcome: scaled,
    by: late,
    unit: persona,
    alpha: settings.alpha,
  });
  const measure = "difference of means, in standard deviations";
  return { ...row, measure, conf_low, conf_high, notes: [...row.notes, ...notes], reason };
}

/** The place up to which items count as asked early: the median, so long as some were asked later. */
function lateFrom(positions: readonly number[]): number {
  const sorted = positions.toSorted((a, b) => a - b);
  const median = sorted[Math.floor((sorted.length - 1) / 2)]!;
  const below = sorted.findLast((place) => place < sorted.at(-1)!)!;
  return Math.min(median, below);
}

function distanceByLabel(code: Int32Array, size: number, labels: Int32Array, unit: Int32Array): number {
  const counts = [new Float64Array(size), new Float64Array(size)] as const;
  for (let at = 0; at < code.length; at++) counts[labels[unit[at]!]! as 0 | 1][code[at]!]!++;
  return totalVariation(...counts);
}
