import { checkOptions } from "../core/checks.ts";
import type { Table } from "../core/table.ts";
import { auditOptionNames, readAlpha } from "./audit_options.ts";
import { tidyAudit } from "./audit_rows.ts";
import type { CheckGeneralisationOptions } from "./check_options.ts";
import { generalisationRows } from "./generalisation_rows.ts";

const action = "check generalisation";

/**
 * Checks whether an effect is recalled rather than produced: by paraphrases of a known stimulus, and by whether it is
 * nearer to a famous original effect than to what its replication found.
 *
 * A respondent that understands reacts to a paraphrase as to the published words; one that has read the paper reacts to
 * the words. And where a replication contradicts the original, a respondent nearer to the original repeats the
 * literature. This assumes that the paraphrases mean the same, and that people today are those of the replication.
 *
 * @param answers one row per answer (long) or per reply (wide), with the arm
 * @param options see {@linkcode CheckGeneralisationOptions}
 * @returns a row per unpublished stimulus (`statistic`: effect of the known one less its effect, in units of the
 * outcome, `null_mean` 0) and, with both published effects, one `memorised effect` (`statistic`: 0 where the effect is
 * the replication's, 1 the original's; `null_mean` one half; a problem where it is shown to be nearer to the original); a row `not checked`
 * where one of these was not given, `null_high`, `p_value`, `p_adjusted` (Holm), `conf_low`, `conf_high` (Student's t), `verdict`, `reason`
 * @throws {RangeError} if an arm or the outcome is missing, or the two published effects are equal
 * @see Klein et al. 2018, AMPPS 1(4): 443-490 (replications); Anthis et al. 2025, ICML, arXiv 2504.02234
 * @example
 * ```ts
 * import { assertAlmostEquals, assertEquals } from "@std/assert";
 * import { checkGeneralisation } from "@understudy/understudy/audit";
 * import { tableOf } from "@understudy/understudy/core";
 *
 * const people = Array.from({ length: 120 }, (_, i) => i);
 * const answers = tableOf({
 *   arm: people.map((i) => ["control", "published", "paraphrase"][i % 3]!),
 *   estimate: people.map((i) => (i % 3 === 1 ? 10 : 0) + i % 4),
 * });
 * const check = checkGeneralisation(answers, {
 *   outcome: "estimate", known: "published", reference: "control", unpublished: "paraphrase",
 *   original: { estimate: 9 }, replication: { estimate: 1 },
 * });
 * assertAlmostEquals(check.get("statistic", 0), 10);
 * assertEquals(check.array("verdict"), ["problem found", "problem found"]);
 * ```
 */
export function checkGeneralisation(answers: Table, options: CheckGeneralisationOptions): Table {
  const own = ["outcome", "known", "reference", "unpublished", "original", "replication"];
  checkOptions(action, options, [...own, ...auditOptionNames]);
  return tidyAudit(generalisationRows(action, answers, options), readAlpha(action, options));
}
