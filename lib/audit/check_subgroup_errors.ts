import { checkOptions } from "../core/checks.ts";
import type { Table } from "../core/table.ts";
import { auditOptionNames, readAlpha } from "./audit_options.ts";
import { tidyAudit } from "./audit_rows.ts";
import type { CheckSubgroupErrorsOptions } from "./check_options.ts";
import { subgroupRows } from "./subgroup_rows.ts";

const action = "check errors by subgroup";

/**
 * Checks whether a respondent is further from people in some groups than in others.
 *
 * A model that errs alike everywhere shifts a level; one that errs about some groups distorts every comparison of them.
 * The error of a group is the mean of the respondent's answers less the mean of people's. Whether errors differ is the
 * interaction of group and source in one regression, with standard errors by persona; no group counts more because it
 * is larger. It assumes that within a group both samples stand for the same people.
 *
 * @param answers one row per answer (long) or per reply (wide), with the column of groups
 * @param options see {@linkcode CheckSubgroupErrorsOptions}
 * @returns one row per item for all groups, where they are more than two (`statistic`: F of the interaction,
 * `null_high` its 95% point), and one per group (`statistic`: its error less the mean error of the other groups, in
 * scale points, `null_mean` 0, `conf_low`, `conf_high` Student's t), with `error` (of the group itself), `p_value`,
 * `p_adjusted` (Holm), `verdict`, `reason`
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
 * assertEquals(check.get("verdict", 1), "problem found");
 * ```
 */
export function checkSubgroupErrors(answers: Table, options: CheckSubgroupErrorsOptions): Table {
  checkOptions(action, options, ["human", "groups", "items", ...auditOptionNames]);
  return tidyAudit(subgroupRows(action, answers, options), readAlpha(action, options), ["error"]);
}
