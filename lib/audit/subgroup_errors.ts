import { column, readOptions, required } from "../core/options.ts";
import { distinct, type Table } from "../core/table.ts";
import { fCritical } from "../stats/distributions.ts";
import { leastSquares } from "../stats/least_squares.ts";
import type { AuditCheck, AuditItemOptions, AuditOptions, AuditRow } from "./check_table.ts";
import { answerTable, auditRules, itemNames, pickOptions, tidyAudit } from "./check_table.ts";
import { type ItemAnswers, itemsOf, readItem, whyNoNumbers } from "./item_answers.ts";
import { inferredColumns } from "./unit_statistics.ts";

/** Options of {@linkcode checkSubgroupErrors}. */
export interface CheckSubgroupErrorsOptions extends AuditOptions, AuditItemOptions {
  /** People's answers to the same items, long or wide, with the column of groups. */
  human: Table;
  /** The column that says which group somebody belongs to, in both tables. */
  groups: string;
}

const action = "check errors by subgroup";
const check = "errors by group";
const rules = {
  ...auditRules,
  items: itemNames,
  human: required<Table>(answerTable.check),
  groups: required<string>(column.check),
} as const;

/**
 * Checks whether a respondent is further from people in some groups than in others.
 *
 * A model that errs alike everywhere shifts a level; one that errs about some groups distorts every comparison of them.
 * The error of a group is the mean of the respondent's answers less the mean of people's; answers must be numbers.
 * Whether errors differ is the interaction of group and source in one regression, with standard errors by persona; no
 * group counts more because it is larger. It assumes that within a group both samples stand for the same people.
 *
 * @param answers one row per answer (long) or per reply (wide), with the column of groups
 * @param options see {@linkcode CheckSubgroupErrorsOptions}
 * @returns one row per item for all groups, where they are more than two (`statistic`: F of the interaction,
 * `null_high` its 95% point), and one per group (`statistic`: its error less the mean error of the other groups, in
 * scale points, `null_mean` 0, `conf_low`, `conf_high` Student's t), with `error` (of the group itself), `p_value`,
 * `p_adjusted` (Holm), `n`, `verdict`, `notes`, `reason`
 * @throws {RangeError} if a column or item is missing
 * @see Santurkar et al. 2023, ICML, arXiv 2303.17548; Bell and McCaffrey 2002 (standard errors)
 * @example
 * ```ts
 * import { assertAlmostEquals, assertEquals } from "@std/assert";
 * import { checkSubgroupErrors } from "@understudy/understudy/audit";
 * import { tableOf } from "@understudy/understudy/core";
 *
 * const people = Array.from({ length: 120 }, (_, i) => i);
 * const party = people.map((i) => i % 2 ? "left" : "right");
 * const trust = people.map((i) => 3 + (i % 6 - 2.5) / 2);
 * const human = tableOf({ party, trust });
 * const answers = tableOf({ party, trust: trust.map((value, i) => value + (i % 2 ? 0 : 1)) });
 * const check = checkSubgroupErrors(answers, { human, groups: "party", items: "trust" });
 * assertAlmostEquals(check.get("statistic", 1), 1);
 * assertEquals(check.get("verdict", 1), "found");
 * ```
 */
export function checkSubgroupErrors(answers: Table, options: CheckSubgroupErrorsOptions): Table {
  return tidyAudit(subgroupRows(answers, options), options.alpha, { error: NaN });
}

export const subgroupErrorsCheck: AuditCheck<{ groups?: string }> = {
  challenge: "bias",
  check,
  rows: (tables, options) => {
    const { human } = tables;
    const { groups } = options;
    if (human !== undefined && groups !== undefined) {
      const shared = pickOptions<AuditOptions & AuditItemOptions>(options, rules);
      return subgroupRows(tables.answers, { ...shared, human, groups });
    }
    const missing = [human === undefined ? "people's answers as { human }" : "", groups ? "" : "{ groups }"];
    return missing.filter((name) => name !== "").join(" and ");
  },
};

function subgroupRows(answers: Table, options: CheckSubgroupErrorsOptions): AuditRow[] {
  const { items, human, groups, alpha, ...columns } = readOptions(action, options, rules);
  return itemsOf(action, answers, items).flatMap((item) => {
    const model = readItem(action, answers, item, { ...columns, groups });
    const people = readItem(action, human, item, { groups });
    return itemRows(item, model, people, alpha);
  });
}

function itemRows(item: string, model: ItemAnswers, people: ItemAnswers, alpha: number): AuditRow[] {
  const unusable = whyNoNumbers(model.list, people.list);
  if (unusable.length > 0) return [{ check, item, reason: unusable }];
  const all = [...readSource(model, 1), ...readSource(people, 0)];
  // A group of fewer than two on one side has no error that could be told from chance.
  const groups = [...Map.groupBy(all, ({ group }) => group)].filter(([group, own]) => {
    const synthetic = own.filter((answer) => answer.synthetic === 1).length;
    return group !== "" && synthetic > 1 && own.length - synthetic > 1;
  }).map(([group]) => group).sort();
  if (groups.length < 2) {
    const reason = ["fewer than two groups have answers of people and of the respondent"];
    return [{ check, item, reason }];
  }
  const kept = all.filter(({ group }) => groups.includes(group));
  const left = all.length - kept.length;
  const fit = leastSquares(
    groups.flatMap((name) => [
      kept.map(({ group }) => group === name ? 1 : 0),
      kept.map(({ group, synthetic }) => group === name ? synthetic : 0),
    ]),
    kept.map(({ value }) => value),
    { clusters: kept.map(({ unit }) => unit) },
  );
  // Of each pair of coefficients the second is the group's error.
  const combine = (weight: (group: number) => number) => groups.flatMap((_, group) => [0, weight(group)]);
  const base = {
    check,
    item,
    n: distinct(kept.map(({ unit }) => unit)).length,
    problem: "significant" as const,
    notes: [
      left > 0 ? `answers left out as their group is not on both sides: ${left}` : "",
      ...model.notes,
    ],
  };
  const rows = groups.map((group, at): AuditRow => {
    const test = fit.test([combine((other) => other === at ? 1 : -1 / (groups.length - 1))]);
    const found = { estimate: test.estimates[0]!, stdError: test.standardErrors[0]!, df: test.denominatorDf };
    return {
      ...base,
      compared: `${group} v. other groups`,
      measure: "error beyond other groups', in scale points",
      ...inferredColumns(found, alpha),
      error: fit.coefficients[2 * at + 1]!,
    };
  });
  if (groups.length < 3) return rows;
  const contrasts = groups.slice(1).map((_, other) =>
    combine((group) => group === 0 ? -1 : group === other + 1 ? 1 : 0)
  );
  const test = fit.test(contrasts);
  const interaction = {
    ...base,
    compared: "all groups",
    measure: "F of group by source",
    statistic: test.statistic,
    null_mean: 1,
    null_high: fCritical(alpha, test.numeratorDf, test.denominatorDf),
    p_value: test.pValue,
  };
  return [interaction, ...rows];
}

/** Answers of one source: `synthetic` is 1 for the respondent, 0 for people. */
function readSource({ list }: ItemAnswers, synthetic: 0 | 1) {
  const name = synthetic === 1 ? "respondent" : "human";
  return list.map((own) => ({ ...own, value: own.value as number, unit: `${name} ${own.unit}`, synthetic }));
}
