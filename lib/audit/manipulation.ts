import { checkOneOf, checkText } from "../core/checks.ts";
import { readOptions, required, rule } from "../core/options.ts";
import { stream } from "../core/stream.ts";
import { groupRows, type Table } from "../core/table.ts";
import { cannot } from "../core/errors.ts";
import { numberLevels } from "../stats/least_squares_design.ts";
import { type AuditDrawOptions, auditDrawRules, type AuditRow, tidyAudit } from "./check_table.ts";
import { armsOf, countUnits, type GivenAnswer, type ItemAnswers, readItem, unitsOf } from "./item_answers.ts";
import { clusteredShare, type Permuted, permuteStatistics } from "./unit_statistics.ts";

/** Options of {@linkcode checkManipulation}. */
export interface CheckManipulationOptions extends AuditDrawOptions {
  /** The item that asks what the treatment said or did. */
  item: string;
  /**
   * The right answer, or right answers, in each arm.
   * @default {undefined} only whether arms differ is checked
   */
  expected?: { readonly [arm: string]: number | string | readonly (number | string)[] };
}

const action = "check the manipulation";
const check = "manipulation";
const rules = {
  ...auditDrawRules,
  item: required<string>(checkText),
  expected: rule<NonNullable<CheckManipulationOptions["expected"]>, undefined>((action, name, value) => {
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return;
    throw new TypeError(cannot(action, name, "name arms, such as { threat: 'an incursion' }", value));
  }, undefined),
} as const;

/**
 * Checks whether respondents noticed the treatment: whether the manipulation item is answered differently by arm, and
 * rightly in each.
 *
 * Here a difference is what one hopes for: `not found` says that there is no such fault, as the treatment was noticed;
 * `cannot tell` that this is not shown, so that an effect of zero would say nothing. The null deals the arms anew:
 * within a persona that saw several, else among the personas of a block; all replies of a persona in an arm move
 * together. An answer that everybody gives is not right because it is expected in one arm: a share is compared with
 * that of the same answer in the other arms.
 *
 * @param answers one row per answer (long) or per reply (wide), with the arm
 * @param options see {@linkcode CheckManipulationOptions}
 * @returns a row for all arms (`statistic`: Cramér's V, 0 to 1, `null_mean`, `null_high`, `p_value`), and with
 * `expected` one per `arm` (`statistic`: share of right answers, `null_mean` the share of these answers in the other
 * arms, `null_high` the share beyond which it exceeds them by more than chance, `p_value` permutation, two-sided,
 * `conf_low`, `conf_high` Wilson), `p_adjusted` (Holm), `n`, `verdict`, `notes`, `reason`
 * @throws {RangeError} if there is only one arm, or an arm of `expected` is missing
 * @see Kane and Barabas 2019, American Journal of Political Science 63(1): 234-249
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { checkManipulation } from "@understudy/understudy/audit";
 * import { tableOf } from "@understudy/understudy/core";
 *
 * const people = Array.from({ length: 60 }, (_, i) => i);
 * const answers = tableOf({
 *   arm: people.map((i) => i % 2 ? "threat" : "control"),
 *   what_happened: people.map((i) => i % 2 && i % 10 !== 1 ? "an incursion" : "an exercise"),
 * });
 * const expected = { threat: "an incursion", control: "an exercise" };
 * const check = checkManipulation(answers, { item: "what_happened", expected });
 * assertEquals(check.get("verdict", 0), "not found");
 * assertEquals(check.array("statistic").slice(1), [1, 0.8]);
 * ```
 */
export function checkManipulation(answers: Table, options: CheckManipulationOptions): Table {
  const { item, expected = {}, alpha, draws, seed, ...columns } = readOptions(action, options, rules);
  const read = readItem(action, answers, item, columns);
  const arms = armsOf(read.list);
  if (arms.length < 2) {
    const listed = arms.filter((arm) => arm !== "").join(", ") || "none";
    throw new RangeError(
      `Cannot ${action} as 'answers' must hold answers in at least two arms: they are ${listed}`,
    );
  }
  for (const arm of Object.keys(expected)) checkOneOf(action, "expected", arm, arms);
  const right = arms.flatMap((name, arm) => {
    const list = [expected[name] ?? []].flat().map(String);
    const hits = read.list.map(({ value }) => list.includes(String(value)));
    return list.length === 0 ? [] : [{ arm, name, hits }];
  });
  const cells = dealCells(read.list, arms);
  const { found: [differ, ...shares], told } = permuteStatistics(
    (labels) => [
      cramersV(labels, cells, arms.length),
      ...right.map(({ arm, hits }) => {
        const { own, others } = sharesOf(hits, (at) => labels[cells.cell[at]!] === arm);
        return own - others;
      }),
    ],
    { ...cells, alpha, draws, seed, random: stream(seed, check, item), twoSided: true },
  );
  const allArms: AuditRow = {
    check,
    item,
    compared: "all arms",
    measure: "Cramér's V of answers by arm",
    ...differ!,
    n: countUnits(read.list),
    problem: "not significant",
    notes: [`a difference is hoped for; ${told} of arms`, ...read.notes],
    reason: Number.isNaN(differ!.statistic)
      ? ["every answer is the same: the treatment is not shown to have been noticed"]
      : [],
  };
  const rows = right.map((own, at) => armRow(read, own, shares[at]!, alpha));
  const ofArms = rows.map((row) => ({ ...row, notes: [...row.notes!, `${told} of arms`] }));
  return tidyAudit([allArms, ...ofArms], alpha);
}

type DealtCells = ReturnType<typeof dealCells>;

/**
 * What was dealt an arm: a unit, or a unit in an arm where units saw several; and within what it is dealt. Each answer has
 * its cell and its code, one of `size`.
 */
function dealCells(list: readonly GivenAnswer[], arms: readonly string[]) {
  const names = list.map(({ unit, arm }) => JSON.stringify([unit, arm]));
  const { codes: cell } = numberLevels(names);
  const cells = [...groupRows(names).values()];
  const within = cells.length > countUnits(list);
  const groupOf = list.map(({ unit, block }) => within ? unit : block);
  const { codes: group } = numberLevels(groupOf);
  const { codes: code, levels: size } = numberLevels(list.map(({ value }) => value));
  return {
    cell,
    code,
    size,
    labels: Int32Array.from(cells, (rows) => arms.indexOf(list[rows[0]!]!.arm)),
    groups: Int32Array.from(cells, (rows) => group[rows[0]!]!),
  };
}

/** Cramér's V of answers by arm: √(χ² / (n · (min(rows, columns) − 1))). */
function cramersV(labels: Int32Array, { cell, code, size }: DealtCells, arms: number): number {
  if (size < 2) return NaN;
  const counts = new Float64Array(arms * size);
  const [byArm, byCode] = [new Float64Array(arms), new Float64Array(size)];
  for (let at = 0; at < code.length; at++) {
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

/** The share of right answers in an arm, and that of the same answers in the others. */
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

function armRow(
  { item, list }: ItemAnswers,
  { name, hits }: { readonly name: string; readonly hits: readonly boolean[] },
  found: Permuted,
  alpha: number,
): AuditRow {
  const rows = [...list.keys()].filter((at) => list[at]!.arm === name);
  const unit = unitsOf(rows.map((at) => list[at]!));
  const { share, low, high, units } = clusteredShare(rows.map((at) => hits[at]!), unit, alpha);
  const { others } = sharesOf(hits, (at) => list[at]!.arm === name);
  return {
    check,
    item,
    arm: name,
    compared: `arm ${name} v. other arms`,
    measure: "share of right answers",
    statistic: share,
    null_mean: others,
    null_high: Math.min(1, others + found.null_high),
    p_value: found.p_value,
    conf_low: low,
    conf_high: high,
    n: units,
    ...(found.statistic > 0
      ? { problem: "not significant" }
      : { reason: ["the share of right answers is not above that of the other arms"] }),
    notes: ["a share above that of the other arms is hoped for"],
  };
}
