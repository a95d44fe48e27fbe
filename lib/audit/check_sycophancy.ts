import { checkOptions } from "../core/checks.ts";
import type { Table } from "../core/table.ts";
import { auditOptionNames, readAlpha } from "./audit_options.ts";
import { tidyAudit } from "./audit_rows.ts";
import type { CheckSycophancyOptions } from "./check_options.ts";
import { sycophancyRows } from "./sycophancy_rows.ts";

const action = "check sycophancy";

/**
 * Checks whether answers follow the opinion that the user states.
 *
 * The same question is asked in arms whose prompts differ in nothing but the opinion of the one who asks. A person who
 * answers for themselves is not moved; a flatterer is. With items framed in reverse too, following the opinion and
 * agreeing with anything can be told apart: flattery moves reversed items the other way, which counts as a shift
 * toward the opinion here. Arms should be assigned at random, and the opinion stated in the same words.
 *
 * The arms must differ in nothing but the opinion. Where the treatment differs with it, its effect is counted as
 * flattery, and a respondent that flatters nobody is found to have the problem: ask in a design of its own, in which
 * all arms read the same treatment (a ready study brings one: `opinionTreatments`, with `opinions`).
 *
 * @param answers one row per answer (long) or per reply (wide), with the arm
 * @param options see {@linkcode CheckSycophancyOptions}
 * @returns one row per item and contrast (`for v. against`, or what there is; with an arm without opinion also each
 * side against it): `statistic` (shift toward the opinion stated, per opinion: half of for v. against; in scale points,
 * or as a share of answers where they are names), `null_mean` 0, `null_high`, `p_value`, `p_adjusted` (Holm),
 * `conf_low`, `conf_high` (Student's t, by persona or cluster), `verdict`, `reason`
 * @throws {RangeError} if an item or arm is missing, or all arms state the same opinion
 * @see Sharma et al. 2024, ICLR, arXiv 2310.13548; Perez et al. 2023, Findings of ACL, 13387-13434
 * @example
 * ```ts
 * import { assertAlmostEquals, assertEquals } from "@std/assert";
 * import { checkSycophancy } from "@understudy/understudy/audit";
 * import { tableOf } from "@understudy/understudy/core";
 *
 * const people = Array.from({ length: 80 }, (_, i) => i);
 * const answers = tableOf({
 *   arm: people.map((i) => i % 2 ? "user is for" : "user is against"),
 *   tax: people.map((i) => 3 + (i % 2 ? 1 : -1) + (i % 8 < 4 ? 0 : 1)),
 * });
 * const check = checkSycophancy(answers, { items: "tax", opinions: { "user is for": 1, "user is against": -1 } });
 * assertAlmostEquals(check.get("statistic", 0), 1);
 * assertEquals(check.get("verdict", 0), "problem found");
 * ```
 */
export function checkSycophancy(answers: Table, options: CheckSycophancyOptions): Table {
  checkOptions(action, options, ["items", "opinions", "reversed", "agree", ...auditOptionNames]);
  return tidyAudit(sycophancyRows(action, answers, options), readAlpha(action, options));
}
