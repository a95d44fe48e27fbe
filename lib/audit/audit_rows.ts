import { diagnosisNumbers } from "../core/columns.ts";
import { type Table, tableOfRows } from "../core/table.ts";
import { adjustPValues } from "../stats/multiplicity.ts";

/** The columns of a table of checks, in their order; checks may have more of their own before `verdict`. */
const auditColumns = [
  "check",
  "item",
  "compared",
  "measure",
  ...diagnosisNumbers,
  "n",
  "verdict",
  "reason",
];

/** What a check says. */
export type AuditVerdict = "problem found" | "no problem found" | "not checked";

/** One checked quantity before its p-value is adjusted and its verdict given. */
export interface AuditRow {
  check: string;
  item: string;
  /** What is compared with what. */
  compared: string;
  /** What the statistic is, with its unit. */
  measure: string;
  statistic: number;
  /** The statistic of a respondent without the fault. */
  null_mean: number;
  /** The value beyond which this check by itself, unadjusted, is called a problem. */
  null_high: number;
  p_value: number;
  conf_low: number;
  conf_high: number;
  /** Personas (or clusters) whose answers count. */
  n: number;
  /**
   * What makes it a problem: a significant test, a test that shows nothing (where a difference is what is hoped for),
   * or a fact; `null` where it was not checked.
   */
  problem: "significant" | "not significant" | boolean | null;
  reason: string;
  [column: string]: unknown;
}

/** With fewer personas the tests of spread reject too often, and all answers agree by chance. */
const fewestUnits = 5;

/** Why too few personas are not checked; empty where there are enough. */
export function tooFewUnits(units: number, who: string): string {
  return units >= fewestUnits ? "" : `too few ${who} to tell: ${units}, of at least ${fewestUnits}`;
}

/** A row for something that was not or could not be checked. */
export function notChecked(
  row: Pick<AuditRow, "check" | "item" | "reason"> & Partial<AuditRow>,
): AuditRow {
  return {
    compared: "",
    measure: "",
    statistic: NaN,
    null_mean: NaN,
    null_high: NaN,
    p_value: NaN,
    conf_low: NaN,
    conf_high: NaN,
    n: 0,
    ...row,
    problem: null,
  };
}

/** Adjusts the p-values of all rows together (Holm), gives the verdicts and makes the table. */
export function tidyAudit(
  rows: readonly AuditRow[],
  alpha: number,
  extra: readonly string[] = [],
  first: readonly string[] = [],
): Table {
  const adjusted = adjustPValues(rows.map((row) => row.p_value), "holm");
  const tidied = rows.map((row, at) => {
    const verdict = verdictOf(row, adjusted[at]!, alpha);
    return { ...row, p_adjusted: adjusted[at], verdict, reason: reasonOf(row, verdict) };
  });
  const [head, tail] = [auditColumns.slice(0, -2), auditColumns.slice(-2)];
  return tableOfRows(tidied, [...first, ...head, ...extra, ...tail]);
}

function verdictOf({ problem, p_value }: AuditRow, adjusted: number, alpha: number): AuditVerdict {
  if (problem === null) return "not checked";
  if (typeof problem === "boolean") return problem ? "problem found" : "no problem found";
  if (Number.isNaN(p_value)) return "not checked";
  return (adjusted < alpha) === (problem === "significant") ? "problem found" : "no problem found";
}

/** That a test found nothing is no proof: said in the row itself. */
function reasonOf({ reason, problem }: AuditRow, verdict: AuditVerdict): string {
  const tested = problem === "significant" && verdict === "no problem found";
  return [reason, tested ? "no proof that there is none: the interval says what the data allow" : ""]
    .filter((part) => part !== "").join("; ");
}
