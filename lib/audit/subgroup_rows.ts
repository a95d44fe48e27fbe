import { checkColumns, checkText } from "../core/checks.ts";
import { columnOf, distinct, groupRows, type Table } from "../core/table.ts";
import { fCritical, studentTQuantile, studentTTwoSided } from "../stats/distributions.ts";
import { leastSquares, type LeastSquaresFit } from "../stats/least_squares.ts";
import { type ItemAnswers, itemsOf, readItem } from "./audit_answers.ts";
import { readAlpha, readNames } from "./audit_options.ts";
import { type AuditRow, notChecked } from "./audit_rows.ts";
import type { CheckSubgroupErrorsOptions } from "./check_options.ts";

const check = "errors by group";

/** The rows of `checkSubgroupErrors` before adjustment. */
export function subgroupRows(
  action: string,
  answers: Table,
  options: CheckSubgroupErrorsOptions,
): AuditRow[] {
  const alpha = readAlpha(action, options);
  const { human, groups } = options;
  checkText(action, "groups", groups);
  checkColumns(action, answers, [groups], "answers");
  checkColumns(action, human, [groups], "human");
  const items = options.items === undefined ? undefined : readNames(action, "items", options.items);
  return itemsOf(action, answers, items).flatMap((item) => {
    const model = readItem(action, answers, item, options);
    const people = readItem(action, human, item);
    if (!model.numeric || !people.numeric) {
      return [notChecked({ check, item, reason: "answers are not all numbers", error: NaN })];
    }
    return itemRows(joinSources(model, people, { answers, human, groups }), alpha);
  });
}

/** Both sources' answers to one item, of people whose group is known in both. */
interface Sources {
  readonly item: string;
  readonly value: number[];
  readonly unit: string[];
  readonly group: string[];
  readonly synthetic: number[];
  readonly groups: readonly string[];
  readonly note: string;
}

function joinSources(
  model: ItemAnswers,
  people: ItemAnswers,
  { answers, human, groups }: { answers: Table; human: Table; groups: string },
): Sources {
  const sides = [
    { read: model, labels: columnOf(answers, groups), synthetic: 1, name: "respondent" },
    { read: people, labels: columnOf(human, groups), synthetic: 0, name: "human" },
  ];
  const rows = sides.flatMap(({ read, labels, synthetic, name }) =>
    read.value.map((value, at) => ({
      value: value as number,
      unit: `${name} ${read.unit[at]}`,
      group: String(labels[read.row[at]!] ?? ""),
      synthetic,
    }))
  );
  // A group of fewer than two on one side has no error that could be told from chance.
  const names = [...groupRows(rows.map(({ group }) => group))].filter(([group, at]) => {
    const own = at.reduce((sum, row) => sum + rows[row]!.synthetic, 0);
    return group !== "" && own > 1 && at.length - own > 1;
  }).map(([group]) => group).sort();
  const kept = rows.filter(({ group }) => names.includes(group));
  return {
    item: model.item,
    value: kept.map(({ value }) => value),
    unit: kept.map(({ unit }) => unit),
    group: kept.map(({ group }) => group),
    synthetic: kept.map(({ synthetic }) => synthetic),
    groups: names,
    note: kept.length < rows.length
      ? `answers left out as their group is not on both sides: ${rows.length - kept.length}`
      : "",
  };
}

function itemRows(sources: Sources, alpha: number): AuditRow[] {
  const { item, groups, group, synthetic, value, unit } = sources;
  if (groups.length < 2) {
    const reason = "fewer than two groups have answers of people and of the respondent";
    return [notChecked({ check, item, reason, error: NaN })];
  }
  const columns = groups.flatMap((name) => [
    group.map((of) => of === name ? 1 : 0),
    group.map((of, at) => of === name ? synthetic[at]! : 0),
  ]);
  const fit = leastSquares(columns, value, { clusters: unit });
  const rows = groups.map((_, at) => groupRow(sources, fit, at, alpha));
  return groups.length > 2 ? [interactionRow(sources, fit, alpha), ...rows] : rows;
}

/** Weights of the coefficients that stand for each group's error. */
function combine(groups: readonly string[], weight: (group: number) => number): number[] {
  return groups.flatMap((_, group) => [0, weight(group)]);
}

function interactionRow(
  { item, groups, unit, note }: Sources,
  fit: LeastSquaresFit,
  alpha: number,
): AuditRow {
  const test = fit.test(
    groups.slice(1).map((_, other) =>
      combine(groups, (group) => group === 0 ? -1 : group === other + 1 ? 1 : 0)
    ),
  );
  return {
    check,
    item,
    compared: "all groups",
    measure: "F of group by source",
    statistic: test.statistic,
    null_mean: 1,
    null_high: fCritical(alpha, test.numeratorDf, test.denominatorDf),
    p_value: test.pValue,
    conf_low: NaN,
    conf_high: NaN,
    n: distinct(unit).length,
    error: NaN,
    problem: "significant",
    reason: note,
  };
}

function groupRow(
  { item, groups, unit, note }: Sources,
  fit: LeastSquaresFit,
  at: number,
  alpha: number,
): AuditRow {
  const others = groups.length - 1;
  const test = fit.test([combine(groups, (group) => group === at ? 1 : -1 / others)]);
  const [estimate, stdError] = [test.estimates[0]!, test.standardErrors[0]!];
  const half = studentTQuantile(1 - alpha / 2, test.denominatorDf) * stdError;
  return {
    check,
    item,
    compared: `${groups[at]} v. other groups`,
    measure: "error beyond other groups', in scale points",
    statistic: estimate,
    null_mean: 0,
    null_high: half,
    p_value: studentTTwoSided(estimate / stdError, test.denominatorDf),
    conf_low: estimate - half,
    conf_high: estimate + half,
    n: distinct(unit).length,
    error: fit.coefficients[2 * at + 1]!,
    problem: "significant",
    reason: note,
  };
}
