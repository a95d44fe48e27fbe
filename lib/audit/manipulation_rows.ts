import { checkOneOf, checkText } from "../core/checks.ts";
import { stream } from "../core/stream.ts";
import { distinct, groupRows, type Table } from "../core/table.ts";
import { armsOf, type ItemAnswers, missingNote, readItem } from "./audit_answers.ts";
import { readAlpha, readDraws } from "./audit_options.ts";
import { type AuditRow, notChecked } from "./audit_rows.ts";
import type { CheckManipulationOptions } from "./check_options.ts";
import { clusteredShare } from "./clustered_share.ts";
import { rowNumbers } from "./item_order_rows.ts";
import { type PermutedStatistic, permuteStatistics } from "./permuted_statistic.ts";

const check = "manipulation";

/** The rows of `checkManipulation` before adjustment. */
export function manipulationRows(
  action: string,
  answers: Table,
  options: CheckManipulationOptions,
): AuditRow[] {
  const settings = { alpha: readAlpha(action, options), ...readDraws(action, options) };
  checkText(action, "item", options.item);
  const read = readItem(action, answers, options.item, options);
  const arms = armsOf(read);
  if (arms.length < 2) {
    throw new RangeError(
      `Cannot ${action} as 'answers' must hold answers in at least two arms: they are ${
        arms.join(", ") || "none"
      }`,
    );
  }
  for (const arm of Object.keys(options.expected ?? {})) checkOneOf(action, "expected", arm, arms);
  const expected = arms.flatMap((name, arm) => {
    const right = [options.expected?.[name] ?? []].flat().map(String);
    return right.length === 0
      ? []
      : [{ arm, name, hits: read.value.map((value) => right.includes(String(value))) }];
  });
  const cells = dealCells(read, arms);
  const found = permuteStatistics(
    (
      labels,
    ) => [cramersV(labels, cells, arms.length), ...expected.map((of) => excess(of, labels, cells))],
    { ...settings, ...cells, random: stream(settings.seed, check, options.item), twoSided: true },
  );
  return [
    allArmsRow(read, found[0]!),
    ...expected.map((of, at) => armRow(read, of, found[at + 1]!, settings.alpha)),
  ];
}

/** What was dealt an arm: a unit, or a unit in an arm where units saw several; and within what it is dealt. */
interface DealtCells {
  readonly labels: Int32Array;
  readonly groups: Int32Array;
  /** The cell of each answer. */
  readonly cell: Int32Array;
  /** Each answer as a number from 0, and how many different ones there are. */
  readonly code: Int32Array;
  readonly size: number;
}

function dealCells(answers: ItemAnswers, arms: readonly string[]): DealtCells {
  const cells = [
    ...groupRows(answers.unit.map((unit, at) => JSON.stringify([unit, answers.arm[at]]))).values(),
  ];
  const units = distinct(answers.unit);
  const within = cells.length > units.length;
  const groupOf = within ? answers.unit : answers.block;
  const names = new Map(distinct(groupOf).map((name, at) => [name, at]));
  const cell = new Int32Array(answers.value.length);
  cells.forEach((rows, at) => rows.forEach((row) => cell[row] = at));
  const places = new Map(distinct(answers.value).map((value, at) => [value, at]));
  return {
    cell,
    code: Int32Array.from(answers.value, (value) => places.get(value)!),
    size: places.size,
    labels: Int32Array.from(cells, (rows) => arms.indexOf(answers.arm[rows[0]!]!)),
    groups: Int32Array.from(cells, (rows) => names.get(groupOf[rows[0]!]!)!),
  };
}

/** Cramér's V of answers by arm: √(χ² / (n · (min(rows, columns) − 1))). */
function cramersV(labels: Int32Array, { cell, code, size }: DealtCells, arms: number): number {
  if (size < 2) return NaN;
  const counts = new Float64Array(arms * size);
  const [byArm, byCode] = [new Float64Array(arms), new Float64Array(size)];
  const n = code.length;
  for (let at = 0; at < n; at++) {
    const arm = labels[cell[at]!]!;
    counts[arm * size + code[at]!]!++;
    byArm[arm]!++;
    byCode[code[at]!]!++;
  }
  let sum = 0;
  for (let arm = 0; arm < arms; arm++) {
    for (let c = 0; c < size; c++) sum += counts[arm * size + c]! ** 2 / (byArm[arm]! * byCode[c]!);
  }
  return Math.sqrt(Math.max(0, sum - 1) / (Math.min(arms, size) - 1));
}

interface Expected {
  readonly arm: number;
  readonly name: string;
  readonly hits: readonly boolean[];
}

/** The share of right answers in the arm less that of the same answers in the others. */
function excess({ arm, hits }: Expected, labels: Int32Array, { cell }: DealtCells): number {
  const { own, others } = sharesOf(hits, (at) => labels[cell[at]!] === arm);
  return own - others;
}

function sharesOf(hits: readonly boolean[], isOwn: (at: number) => boolean): { own: number; others: number } {
  let [own, ownRight, right] = [0, 0, 0];
  hits.forEach((hit, at) => {
    const inside = isOwn(at);
    if (inside) own++;
    if (hit) right++;
    if (inside && hit) ownRight++;
  });
  return { own: ownRight / own, others: (right - ownRight) / (hits.length - own) };
}

function allArmsRow(answers: ItemAnswers, found: PermutedStatistic): AuditRow {
  const base = { check, item: answers.item, compared: "all arms", measure: "Cramér's V of answers by arm" };
  const n = distinct(answers.unit).length;
  if (Number.isNaN(found.observed)) {
    const reason = "every answer is the same: the treatment is not shown to have been noticed";
    return { ...notChecked({ ...base, n, reason }), problem: true };
  }
  return {
    ...base,
    ...rowNumbers(found),
    conf_low: NaN,
    conf_high: NaN,
    n,
    problem: "not significant",
    reason: [`a difference is hoped for; ${found.told} of arms`, missingNote(answers)]
      .filter((part) => part !== "").join("; "),
  };
}

function armRow(answers: ItemAnswers, of: Expected, found: PermutedStatistic, alpha: number): AuditRow {
  const rows = [...answers.value.keys()].filter((at) => answers.arm[at] === of.name);
  const { share, low, high, units } = clusteredShare(
    rows.map((at) => of.hits[at]!),
    rows.map((at) => answers.unit[at]!),
    alpha,
  );
  const { others } = sharesOf(of.hits, (at) => answers.arm[at] === of.name);
  return {
    check,
    item: answers.item,
    compared: `arm ${of.name} v. other arms`,
    measure: "share of right answers",
    statistic: share,
    null_mean: others,
    null_high: Math.min(1, others + found.nullHigh),
    p_value: found.pValue,
    conf_low: low,
    conf_high: high,
    n: units,
    problem: found.observed > 0 ? "not significant" : true,
    reason: `a share above that of the other arms is hoped for; ${found.told} of arms`,
  };
}
