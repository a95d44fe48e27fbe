import { checkOptions } from "../core/checks.ts";
import { cannot } from "../core/errors.ts";
import { column, readOptions, rule } from "../core/options.ts";
import { isTable, type Table } from "../core/table.ts";
import { acquiescenceCheck, type OppositePair } from "./acquiescence.ts";
import type { AuditCheck, AuditDrawOptions, AuditItemOptions, AuditRow, AuditTables } from "./check_table.ts";
import { answerTable, auditDrawRules, itemNames, tidyAudit } from "./check_table.ts";
import { correctAnswersCheck } from "./correct_answers.ts";
import { diversityCheck } from "./diversity.ts";
import { generalisationCheck, type GeneralisationStimuli } from "./generalisation.ts";
import { heldOutStudiesCheck } from "./held_out_studies.ts";
import { positionCheck } from "./position.ts";
import { type ScaleItems, scalesCheck } from "./scales.ts";
import { subgroupErrorsCheck } from "./subgroup_errors.ts";
import { sycophancyCheck, type SycophancyQuestions } from "./sycophancy.ts";

/** Options of {@linkcode auditFiveChallenges}: each names what a part of it needs. */
export interface AuditFiveChallengesOptions extends AuditDrawOptions, AuditItemOptions {
  /** Bias: the column of groups, in the respondent's and people's table; see `checkSubgroupErrors`. */
  groups?: string;
  /** Sycophancy: items that assert opposites; see `checkAcquiescence`. */
  pairs?: readonly OppositePair[];
  /** Sycophancy: the opinion stated in each arm; see `checkSycophancy`. */
  sycophancy?: SycophancyQuestions;
  /** Alienness: the items of each scale; see `checkScales`. */
  scales?: { readonly [scale: string]: ScaleItems | readonly string[] };
  /** Generalisation: known and unpublished stimuli, published effects; see `checkGeneralisation`. */
  generalisation?: GeneralisationStimuli;
}

const action = "audit five challenges";

/** What the audit is made of, in the order of its rows: a new check is a file of its own and a line here. */
const checks: readonly AuditCheck<AuditFiveChallengesOptions>[] = [
  diversityCheck,
  correctAnswersCheck,
  subgroupErrorsCheck,
  acquiescenceCheck,
  sycophancyCheck,
  scalesCheck,
  positionCheck,
  generalisationCheck,
  heldOutStudiesCheck,
];

/** An option that its check reads. */
const ofCheck = rule<never, undefined>(() => {}, undefined);
const rules = {
  ...auditDrawRules,
  items: itemNames,
  groups: column,
  pairs: ofCheck,
  sycophancy: ofCheck,
  scales: ofCheck,
  generalisation: ofCheck,
} as const;

/**
 * Audits a respondent for the five challenges of simulating people: diversity, bias, sycophancy, alienness,
 * generalisation.
 *
 * One table of all checks of this folder that the data allow, with one adjustment for their number. What cannot be
 * checked stands there too, with what it needs. `not found` is no proof: it is as good as the sample is large, and no
 * list of checks is complete. `found` in one row of many is rarer than `alpha` for a respondent without any fault.
 *
 * @param tables see {@linkcode AuditTables}
 * @param options see {@linkcode AuditFiveChallengesOptions}
 * @returns one row per check, as the single checks return them: `challenge` (`diversity`, `bias`, `sycophancy`,
 * `alienness`, `generalisation`), `check`, `item`, `arm`, `compared`, `measure`, `statistic`, `null_mean`, `null_high`,
 * `p_value`, `p_adjusted` (Holm over all rows), `conf_low`, `conf_high`, `n`, `verdict` (`found`: a problem), `notes`,
 * `reason`
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
 * assertEquals(audit.get("verdict", 0), "found");
 * ```
 */
export function auditFiveChallenges(tables: AuditTables, options: AuditFiveChallengesOptions = {}): Table {
  const { alpha } = readOptions(action, options, rules);
  if (isTable(tables)) {
    throw new TypeError(cannot(action, "tables", "be named, such as { answers }", "a table"));
  }
  checkOptions(action, tables, ["answers", "human", "reversed", "changed", "opinions", "stimuli", "studies"]);
  answerTable.check(action, "answers", tables.answers);
  for (const [name, table] of Object.entries(tables)) {
    if (table !== undefined) answerTable.check(action, name, table);
  }
  const rows = checks.flatMap(({ challenge, check, rows }) => {
    const made = rows(tables, options);
    const told = typeof made === "string" ? [{ check, item: "", reason: [`needs ${made}`] }] : made;
    return joinUntold(told).map((row) => ({ ...row, challenge }));
  });
  return tidyAudit(rows, alpha, {}, ["challenge"]);
}

/** Rows of one check that cannot tell for the same reason, and say nothing else, become one row. */
function joinUntold(rows: readonly AuditRow[]): AuditRow[] {
  const untold = ({ problem, statistic = NaN }: AuditRow) => problem === undefined && Number.isNaN(statistic);
  const keyOf = (row: AuditRow) =>
    JSON.stringify(untold(row) ? [row.check, row.reason] : [rows.indexOf(row)]);
  return [...Map.groupBy(rows, keyOf).values()].map((alike) => {
    const [first] = alike;
    if (alike.length === 1) return first!;
    const items = new Set(alike.map(({ item }) => item));
    const shared = (texts: readonly (string | undefined)[]) =>
      new Set(texts).size === 1 ? texts[0] ?? "" : "";
    return {
      ...first!,
      item: [...items].join(", "),
      arm: shared(alike.map(({ arm }) => arm)),
      compared: shared(alike.map(({ compared }) => compared)),
    };
  });
}
