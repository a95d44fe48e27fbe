import { stream } from "../core/stream.ts";
import { distinct } from "../core/table.ts";
import { moments } from "../stats/moments.ts";
import type { ItemAnswers } from "./audit_answers.ts";
import { type AuditRow, notChecked } from "./audit_rows.ts";
import { clusteredContrast } from "./clustered_contrast.ts";
import { findDealt } from "./deal_units.ts";
import { permuteStatistics } from "./permuted_statistic.ts";

/** How chance is drawn. */
export interface Draws {
  readonly alpha: number;
  readonly draws: number;
  readonly seed: number;
}

const check = "item order";

/** Whether an item is answered otherwise when it is asked late in the list than when it is asked early. */
export function itemOrderRow(answers: ItemAnswers, settings: Draws): AuditRow {
  const { item, position, value } = answers;
  const base = { check, item, compared: "asked late v. early" };
  const places = distinct(position.filter((place) => !Number.isNaN(place)));
  if (places.length < 2) {
    const reason = places.length === 0
      ? "the table does not say at which place items were asked (column item_position)"
      : "the item was always asked at the same place: declare the design with { itemOrder: 'shuffled' }";
    return notChecked({ ...base, reason });
  }
  const middle = lateFrom(position);
  const late = position.map((place) => place > middle ? 1 : 0);
  if (distinct(value).length < 2) {
    return notChecked({ ...base, reason: "every answer is the same: order cannot show" });
  }
  return answers.numeric ? meanRow(answers, late, settings) : shareRow(answers, late, settings);
}

/** The place up to which items count as asked early: the median, so long as some were asked later. */
function lateFrom(position: readonly number[]): number {
  const sorted = position.filter((place) => !Number.isNaN(place)).sort((a, b) => a - b);
  const median = sorted[Math.floor((sorted.length - 1) / 2)]!;
  const below = sorted.findLast((place) => place < sorted.at(-1)!)!;
  return Math.min(median, below);
}

function meanRow(answers: ItemAnswers, late: readonly number[], settings: Draws): AuditRow {
  const value = answers.value as readonly number[];
  const deviation = Math.sqrt(moments(value).variance);
  const scaled = value.map((answer) => answer / deviation);
  const dealt = findDealt(late, answers.persona);
  const [found] = permuteStatistics((labels) => [differenceByLabel(scaled, labels, dealt.unit)], {
    ...settings,
    labels: dealt.label,
    random: stream(settings.seed, check, answers.item),
    twoSided: true,
  });
  const { low, high, note } = clusteredContrast({
    columns: [late.map(() => 1), late],
    outcome: scaled,
    unit: answers.persona,
    combination: [0, 1],
    alpha: settings.alpha,
  });
  return {
    check,
    item: answers.item,
    compared: "asked late v. early",
    measure: "difference of means, in standard deviations",
    ...rowNumbers(found!),
    conf_low: low,
    conf_high: high,
    n: distinct(answers.persona).length,
    problem: "significant",
    reason: [`${found!.told} of places among ${dealt.name}`, note].filter((part) => part !== "").join("; "),
  };
}

function shareRow(answers: ItemAnswers, late: readonly number[], settings: Draws): AuditRow {
  const categories = distinct(answers.value);
  const code = Int32Array.from(answers.value, (value) => categories.indexOf(value));
  const dealt = findDealt(late, answers.persona);
  const [found] = permuteStatistics(
    (labels) => [distanceByLabel(code, categories.length, labels, dealt.unit)],
    { ...settings, labels: dealt.label, random: stream(settings.seed, check, answers.item), twoSided: false },
  );
  return {
    check,
    item: answers.item,
    compared: "asked late v. early",
    measure: "total variation distance",
    ...rowNumbers(found!),
    conf_low: NaN,
    conf_high: NaN,
    n: distinct(answers.persona).length,
    problem: "significant",
    reason: `${found!.told} of places among ${dealt.name}; no interval for names`,
  };
}

/** The columns of a permuted statistic. */
export function rowNumbers(
  { observed, nullMean, nullHigh, pValue }: {
    observed: number;
    nullMean: number;
    nullHigh: number;
    pValue: number;
  },
): Pick<AuditRow, "statistic" | "null_mean" | "null_high" | "p_value"> {
  return { statistic: observed, null_mean: nullMean, null_high: nullHigh, p_value: pValue };
}

/** The mean of the values labelled 1 less that of those labelled 0. */
export function differenceByLabel(
  value: readonly number[],
  labels: Int32Array,
  unit: Int32Array,
): number {
  const [sums, counts] = [[0, 0], [0, 0]];
  for (let at = 0; at < value.length; at++) {
    const label = labels[unit[at]!]!;
    sums[label]! += value[at]!;
    counts[label]!++;
  }
  return sums[1]! / counts[1]! - sums[0]! / counts[0]!;
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
