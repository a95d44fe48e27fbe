import { checkOptions } from "../core/checks.ts";
import type { Table } from "../core/table.ts";
import { acquiescenceRows } from "./acquiescence_rows.ts";
import { auditOptionNames, readAlpha } from "./audit_options.ts";
import { tidyAudit } from "./audit_rows.ts";
import type { CheckAcquiescenceOptions } from "./check_options.ts";

const action = "check acquiescence";

/**
 * Checks whether a respondent says yes to whatever is asserted, by pairs of items that assert opposites.
 *
 * Who agrees with a statement should disagree with its opposite as much: the two answers of a reply average to the
 * middle of the scale. What they exceed it by is agreement with anything. This assumes that the statements are true
 * opposites; two that people can both agree with are not, so give several pairs, and compare with people where you can.
 *
 * @param answers one row per answer (long) or per reply (wide)
 * @param options see {@linkcode CheckAcquiescenceOptions}
 * @returns one row per pair, over all arms and in each of several arms, and one for all pairs: `statistic` (mean of the
 * two answers less the middle, in scale points; above 0 agrees with anything, below 0 with nothing), `null_mean` 0,
 * `null_high`, `p_value`, `p_adjusted` (Holm), `conf_low`, `conf_high` (Student's t, by persona), `share_both` (of
 * replies that agree with both), `verdict`, `reason`
 * @throws {RangeError} if an item is missing, or a scale is neither given nor shown by the table
 * @see Billiet and McClendon 2000, Structural Equation Modeling 7(4): 608-628
 * @example
 * ```ts
 * import { assertAlmostEquals, assertEquals } from "@std/assert";
 * import { checkAcquiescence } from "@understudy/understudy/audit";
 * import { tableOf } from "@understudy/understudy/core";
 *
 * const trust = Array.from({ length: 40 }, (_, i) => 2 + i % 4);
 * const answers = tableOf({ trust, distrust: trust.map((answer, i) => 7 - answer + i % 2) });
 * const pairs = [{ item: "trust", reversed: "distrust", scale: [1, 5] as const }];
 * const check = checkAcquiescence(answers, { pairs });
 * assertAlmostEquals(check.get("statistic", 0), 0.75);
 * assertEquals(check.get("verdict", 0), "problem found");
 * ```
 */
export function checkAcquiescence(answers: Table, options: CheckAcquiescenceOptions): Table {
  checkOptions(action, options, ["pairs", ...auditOptionNames]);
  return tidyAudit(acquiescenceRows(action, answers, options), readAlpha(action, options), ["share_both"]);
}
