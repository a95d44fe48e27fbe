import { checkOptions } from "../core/checks.ts";
import type { Table } from "../core/table.ts";
import { readAlpha } from "./audit_options.ts";
import { tidyAudit } from "./audit_rows.ts";
import type { CheckHeldOutStudiesOptions } from "./check_options.ts";
import { heldOutRows } from "./held_out_rows.ts";

const action = "check held-out studies";

/**
 * Checks whether a respondent's effects are nearer to people's in studies that it may have read than in those it
 * cannot have.
 *
 * The error of a study is the absolute difference of the two effects. The null deals anew which studies were published:
 * it assumes that published and unpublished studies are otherwise alike; where older studies had larger effects or
 * samples they are not, so hold out studies at random where you can.
 *
 * @param studies one row per study (or contrast): both effects, and whether it was published
 * @param options see {@linkcode CheckHeldOutStudiesOptions}
 * @returns one row: `statistic` (mean error of unpublished less that of published studies, in units of the effects;
 * above 0 worse where it cannot have read), `null_mean`, `null_high`, `p_value` (permutation, two-sided), `conf_low`,
 * `conf_high` (Welch), `n` (studies), `verdict`, `reason`
 * @throws {RangeError} if a column is missing
 * @see Hewitt et al. 2026, Nature 656: 115-122 (unpublished studies); Anthis et al. 2025, ICML, arXiv 2504.02234
 * @example
 * ```ts
 * import { assertAlmostEquals, assertEquals } from "@std/assert";
 * import { checkHeldOutStudies } from "@understudy/understudy/audit";
 * import { tableOf } from "@understudy/understudy/core";
 *
 * const studies = tableOf({
 *   published: [true, true, true, true, true, false, false, false, false, false],
 *   human: [0.1, 0.2, 0.3, 0.4, 0.5, 0.1, 0.2, 0.3, 0.4, 0.5],
 *   synthetic: [0.11, 0.21, 0.29, 0.4, 0.52, 0.4, 0.6, 0.6, 0.7, 0.9],
 * });
 * const check = checkHeldOutStudies(studies);
 * assertAlmostEquals(check.get("p_value", 0), 2 / 252);
 * assertEquals(check.get("verdict", 0), "problem found");
 * ```
 */
export function checkHeldOutStudies(studies: Table, options: CheckHeldOutStudiesOptions = {}): Table {
  checkOptions(action, options, ["synthetic", "human", "published", "alpha", "draws", "seed"]);
  return tidyAudit(heldOutRows(action, studies, options), readAlpha(action, options));
}
