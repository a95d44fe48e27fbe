import { checkOptions } from "../core/checks.ts";
import type { Table } from "../core/table.ts";
import { auditDrawOptionNames, readAlpha } from "./audit_options.ts";
import { tidyAudit } from "./audit_rows.ts";
import type { CheckManipulationOptions } from "./check_options.ts";
import { manipulationRows } from "./manipulation_rows.ts";

const action = "check the manipulation";

/**
 * Checks whether respondents noticed the treatment: whether the manipulation item is answered differently by arm, and
 * rightly in each.
 *
 * Here a difference is what one hopes for: `problem found` means that the treatment is not shown to have been noticed,
 * so that an effect of zero would say nothing. The null deals the arms anew: within a persona that saw several, else
 * among the personas of a block; all replies of a persona in an arm move together. An answer that everybody gives is
 * not right because it is expected in one arm: a share is compared with that of the same answer in the other arms.
 *
 * @param answers one row per answer (long) or per reply (wide), with the arm
 * @param options see {@linkcode CheckManipulationOptions}
 * @returns a row for all arms (`statistic`: Cramér's V, 0 to 1, `null_mean`, `null_high`, `p_value`), and with
 * `expected` one per arm (`statistic`: share of right answers, `null_mean` the share of these answers in the other
 * arms, `null_high` the share beyond which it exceeds them by more than chance, `p_value` permutation, two-sided,
 * `conf_low`, `conf_high` Wilson), `p_adjusted` (Holm), `verdict`, `reason`
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
 * assertEquals(check.get("verdict", 0), "no problem found");
 * assertEquals(check.array("statistic").slice(1), [1, 0.8]);
 * ```
 */
export function checkManipulation(answers: Table, options: CheckManipulationOptions): Table {
  checkOptions(action, options, ["item", "expected", ...auditDrawOptionNames]);
  return tidyAudit(manipulationRows(action, answers, options), readAlpha(action, options));
}
