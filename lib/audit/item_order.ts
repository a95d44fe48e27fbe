import { stream } from "../core/stream.ts";
import { distinct } from "../core/table.ts";
import { moments } from "../stats/moments.ts";
import type { AuditRow } from "./check_table.ts";
import { type ItemAnswers, numbersOf } from "./item_answers.ts";
import {
  clusteredContrast,
  differenceByLabel,
  type Draws,
  findDealt,
  permuteStatistics,
} from "./unit_statistics.ts";

const check = "item order";

/** Whether an item is answered otherwise when it is asked late in the list than when it is asked early. */
export function itemOrderRow({ item, list }: ItemAnswers, settings: Draws): AuditRow {
  const base = { check, item, compared: "asked late v. early" };
  const placed = list.filter(({ position }) => !Number.isNaN(position));
  const positions = placed.map(({ position }) => position);
  if (new Set(positions).size < 2) {
    const reason = placed.length === 0
      ? "the table does not say at which place items were asked (column item_position)"
      : "the item was always asked at the same place: declare the design with { itemOrder: 'shuffled' }";
    return { ...base, reason: [reason] };
  }
  const values = placed.map(({ value }) => value);
  if (new Set(values).size < 2) {
    return { ...base, reason: ["every answer is the same: order cannot show"] };
  }
  const middle = lateFrom(positions);
  const late = positions.map((place) => place > middle ? 1 : 0);
  const persona = placed.map((answer) => answer.persona);
  const dealt = findDealt(late, persona);
  const numbers = numbersOf(placed);
  const scaled = numbers?.map((value) => value / Math.sqrt(moments(numbers).variance));
  const categories = distinct(values);
  const code = Int32Array.from(values, (value) => categories.indexOf(value));
  const { found: [found], told } = permuteStatistics(
    (labels) => [
      scaled === undefined
        ? distanceByLabel(code, categories.length, labels, dealt.unit)
        : differenceByLabel(scaled, labels, dealt.unit),
    ],
    {
      ...settings,
      labels: dealt.label,
      groups: dealt.groups,
      random: stream(settings.seed, check, item),
      twoSided: scaled !== undefined,
    },
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

/** Total variation distance of two groups of answers: ½ Σ |p − q|. */
function distanceByLabel(code: Int32Array, size: number, labels: Int32Array, unit: Int32Array): number {
  const counts = [new Float64Array(size), new Float64Array(size)];
  const totals = [0, 0];
  for (let at = 0; at < code.length; at++) {
    const label = labels[unit[at]!]!;
    counts[label]![code[at]!]!++;
    totals[label]!++;
  }
  let distance = 0;
  for (let category = 0; category < size; category++) {
    distance += Math.abs(counts[0]![category]! / totals[0]! - counts[1]![category]! / totals[1]!) / 2;
  }
  return distance;
}
