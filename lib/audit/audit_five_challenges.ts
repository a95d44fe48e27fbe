import { checkOptions } from "../core/checks.ts";
import { cannot } from "../core/errors.ts";
import { isTable, type Table } from "../core/table.ts";
import { auditDrawOptionNames, readAlpha } from "./audit_options.ts";
import { tidyAudit } from "./audit_rows.ts";
import type { AuditFiveChallengesOptions, AuditTables } from "./challenge_options.ts";
import { challengeRows } from "./challenge_rows.ts";

const action = "audit five challenges";
const tableNames = ["answers", "human", "reversed", "changed", "opinions", "stimuli", "studies"];
const known = ["items", "groups", "pairs", "sycophancy", "scales", "generalisation", ...auditDrawOptionNames];

/**
 * Audits a respondent for the five challenges of simulating people: diversity, bias, sycophancy, alienness,
 * generalisation.
 *
 * One table of all checks of this folder that the data allow, with one adjustment for their number. What cannot be
 * checked stands there too, as `not checked`, with what it needs. `no problem found` is no proof: it is as good as the
 * sample is large, and no list of checks is complete. `problem found` in one row of many is rarer than `alpha` for a
 * respondent without any fault.
 *
 * @param tables see {@linkcode AuditTables}
 * @param options see {@linkcode AuditFiveChallengesOptions}
 * @returns one row per check, as the single checks return them (`check`, `item`, `compared`, `measure`, `statistic`,
 * `null_mean`, `null_high`, `p_value`, `conf_low`, `conf_high`, `n`, `reason`), with `challenge` (`diversity`, `bias`,
 * `sycophancy`, `alienness`, `generalisation`), `p_adjusted` (Holm over all rows) and `verdict` (`problem found`,
 * `no problem found`, `not checked`)
 * @throws {TypeError} if a table is none or an option unknown
 * @throws {RangeError} if a column, an item or an arm is missing
 * @see Anthis et al. 2025, ICML, arXiv 2504.02234
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { auditFiveChallenges } from "@understudy/understudy/audit";
 * import { tableOf } from "@understudy/understudy/core";
 *
 * const people = Array.from({ length: 100 }, (_, i) => i);
 * const human = tableOf({ trust: people.map((i) => 1 + i % 7) });
 * const answers = tableOf({ trust: people.map((i) => 4 + i % 2) });
 * const audit = auditFiveChallenges({ answers, human }, { items: "trust" });
 * assertEquals(audit.get("challenge", 0), "diversity");
 * assertEquals(audit.get("verdict", 0), "problem found");
 * ```
 */
export function auditFiveChallenges(tables: AuditTables, options: AuditFiveChallengesOptions = {}): Table {
  checkOptions(action, options, known);
  const alpha = readAlpha(action, options);
  if (isTable(tables)) {
    throw new TypeError(cannot(action, "tables", "be named, such as { answers }", "a table"));
  }
  checkOptions(action, tables, tableNames);
  return tidyAudit(challengeRows(action, tables, options), alpha, [], ["challenge"]);
}
