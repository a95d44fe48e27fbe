import { checkOptions } from "../core/checks.ts";
import type { Table } from "../core/table.ts";
import { auditOptionNames, readAlpha } from "./audit_options.ts";
import { tidyAudit } from "./audit_rows.ts";
import type { CheckDiversityOptions } from "./check_options.ts";
import { diversityRows } from "./diversity_rows.ts";

const action = "check diversity";

/**
 * Checks whether a respondent's answers are as diverse as people's: spread of numbers, entropy of names.
 *
 * Models tend to give everybody the average person's answer. Numbers are compared by the logarithm of the ratio of
 * variances (its interval by the jackknife over personas) and tested by Brown and Forsythe's test, the absolute
 * distances from the median; names by the difference of entropies (Miller and Madow's correction of its bias). Where
 * personas answered several times, `share_between` says how much of the variance lies between them: the rest is the
 * respondent contradicting itself. Equal spread does not mean that the right people differ. Fewer than five personas, or
 * people, are not checked: the tests would reject too often.
 *
 * @param answers one row per answer (long) or per reply (wide, with `items`)
 * @param options see {@linkcode CheckDiversityOptions}
 * @returns one row per item and arm: `statistic` (log variance ratio, or difference of entropies in nats; below 0 less
 * diverse than people), `null_mean` 0, `null_high`, `p_value`, `p_adjusted` (Holm), `conf_low`, `conf_high`,
 * `sd_ratio` (of standard deviations), `sd`, `sd_reference`, `entropy_difference` (nats), `share_between` (0 to 1;
 * `NaN` without replicates), `verdict`, `reason`
 * @throws {RangeError} if an item is missing from a table
 * @see Brown and Forsythe 1974, JASA 69: 364-367; Miller 1955 (entropy); Bisbee et al. 2024, Political Analysis 32(4)
 * @example
 * ```ts
 * import { assertAlmostEquals, assertEquals } from "@std/assert";
 * import { checkDiversity } from "@understudy/understudy/audit";
 * import { tableOf } from "@understudy/understudy/core";
 *
 * const human = tableOf({ trust: Array.from({ length: 100 }, (_, i) => i % 7) });
 * const answers = tableOf({ trust: Array.from({ length: 100 }, (_, i) => 2 + (i % 7) / 3) });
 * const check = checkDiversity(answers, { human, items: "trust" });
 * assertAlmostEquals(check.get("sd_ratio", 0), 1 / 3);
 * assertEquals(check.get("verdict", 0), "problem found");
 * ```
 */
export function checkDiversity(answers: Table, options: CheckDiversityOptions = {}): Table {
  checkOptions(action, options, ["items", "human", ...auditOptionNames]);
  const extra = ["sd_ratio", "sd", "sd_reference", "entropy_difference", "share_between"];
  return tidyAudit(diversityRows(action, answers, options), readAlpha(action, options), extra);
}
