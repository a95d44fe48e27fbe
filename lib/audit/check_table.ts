import { checkColumns } from "../core/checks.ts";
import { cannot } from "../core/errors.ts";
import { type AssignmentOptions, assignmentRules, column, type DrawOptions } from "../core/options.ts";
import { drawRules, type IntervalOptions, intervalRules, type Rule, rule, whole } from "../core/options.ts";
import type { Verdict } from "../core/columns.ts";
import { type DiagnosisRow, diagnosisRow, diagnosisTableColumns } from "../core/rows.ts";
import { isTable, type Table, tableOfRows } from "../core/table.ts";
import { adjustPValues } from "../stats/multiplicity.ts";

/** The five challenges of simulating people; Anthis et al. 2025. */
type Challenge = "diversity" | "bias" | "sycophancy" | "alienness" | "generalisation";

/** What all checks of how a respondent answers share. */
export interface AuditOptions extends AssignmentOptions, IntervalOptions {
  /**
   * The column of the arm.
   * @default {"arm"} where there is such a column; else all answers are one arm
   */
  arm?: string;
}

/** What checks that permute or resample have beside {@linkcode AuditOptions}. */
export interface AuditDrawOptions extends AuditOptions, DrawOptions {
  /**
   * How many random permutations make a null, or bootstrap samples an interval.
   * @default {2000}
   */
  draws?: number;
}

/** The items that a check looks at. */
export interface AuditItemOptions {
  /**
   * The items to look at, one or several.
   * @default {undefined} all items of a long table
   */
  items?: string | readonly string[];
}

/** The tables of `auditFiveChallenges`: the more there are, the more can be checked. */
export interface AuditTables {
  /** The respondent's answers, long or wide. */
  answers: Table;
  /** People's answers to the same items. */
  human?: Table;
  /** Answers of a second run with the options in reversed order. */
  reversed?: Table;
  /** Answers of a second run with other personas. */
  changed?: Table;
  /**
   * Answers in arms that state the user's opinion.
   * @default {answers}
   */
  opinions?: Table;
  /**
   * Answers to known and unpublished stimuli.
   * @default {answers}
   */
  stimuli?: Table;
  /** Effects of studies, with the columns `synthetic`, `human` and `published`; see `checkHeldOutStudies`. */
  studies?: Table;
}

/** A check as the audit holds it, with the options of the audit that are its own. */
export interface AuditCheck<Own = unknown> {
  readonly challenge: Challenge;
  /** What the check is called where it cannot be made. */
  readonly check: string;
  /** Its rows before adjustment; or, where something is not given, what it needs. */
  readonly rows: (
    tables: AuditTables,
    options: AuditDrawOptions & AuditItemOptions & Own,
  ) => AuditRow[] | string;
}

export const auditRules = { arm: column, ...assignmentRules, ...intervalRules } as const;

export const auditDrawRules = { ...auditRules, ...drawRules, draws: whole(2000, 20, 1e7) } as const;

export const itemNames: Rule<string | readonly string[], undefined> = rule(checkItems, undefined);

function checkItems(action: string, name: string, value: unknown): void {
  const list = [value].flat();
  if (list.length === 0 || !list.every((item) => typeof item === "string" && item !== "")) {
    const named = list.map((item) => Object(item).name).filter((own) => typeof own === "string");
    const rule = `name at least one item, as in ${JSON.stringify(named.length > 0 ? named : ["support"])}`;
    throw new TypeError(cannot(action, name, rule, value));
  }
}

export const answerTable: Rule<Table, undefined> = rule(
  (action, name, value) => checkColumns(action, value as Table, [], name),
  undefined,
);

/** Those of the audit's tables and options that a check of it takes. */
export function pickOptions<Options>(given: object, rules: object): Partial<Options> {
  const taken = Object.entries(given).filter(([name, value]) => name in rules && value !== undefined);
  return Object.fromEntries(taken) as Partial<Options>;
}

/** Checks the parts of an option that is an object itself: a misspelt one would be passed over in silence. */
export function checkParts(
  action: string,
  path: string,
  value: unknown,
  parts: { readonly known: readonly string[]; readonly example: string },
): void {
  if (typeof value !== "object" || value === null || Array.isArray(value) || isTable(value)) {
    throw new TypeError(`${cannot(action, path, "be an object", value)}; for example ${parts.example}`);
  }
  const unknown = Object.keys(value).find((name) => !parts.known.includes(name));
  if (unknown === undefined) return;
  throw new TypeError(
    `Cannot ${action} as '${path}.${unknown}' is unknown: the parts of '${path}' are ${
      parts.known.join(", ")
    }; for example ${parts.example}`,
  );
}

type Numbers = Omit<DiagnosisRow, "p_adjusted" | "verdict" | "notes" | "reason">;

/** One checked quantity before its p-value is adjusted and its verdict given; a number not given is `NaN`. */
export interface AuditRow extends Partial<Numbers> {
  readonly check: string;
  readonly item: string;
  /** The arm; left out, all arms. */
  readonly arm?: string;
  readonly compared?: string;
  /** What the statistic is, with its unit. */
  readonly measure?: string;
  /** Personas (or clusters) whose answers count. */
  readonly n?: number;
  /**
   * What makes it a problem: a significant test, or a fact; `not significant` where a difference is hoped for, without
   * which nothing can be told; left out where it cannot be told.
   */
  readonly problem?: "significant" | "not significant" | boolean;
  readonly notes?: readonly string[];
  readonly reason?: readonly string[];
  readonly [column: string]: unknown;
}

/** With fewer personas the tests of spread reject too often, and all answers agree by chance. */
const fewestUnits = 5;

/** Why too few personas are not judged; empty where there are enough. */
export function tooFewUnits(units: number, who: string): string[] {
  return units >= fewestUnits ? [] : [`too few ${who} to tell: ${units}, of at least ${fewestUnits}`];
}

/** What an interval says of a threshold beyond which there is a problem: nothing where it holds the threshold. */
export function judgeInterval(
  [low, high]: readonly [number, number],
  threshold: number,
  problem: "above" | "below",
): Pick<AuditRow, "problem" | "reason"> {
  if (low >= threshold) return { problem: problem === "above" };
  if (high < threshold) return { problem: problem === "below" };
  return { reason: [`the interval holds the threshold ${threshold}`] };
}

/** Adjusts the p-values of all rows together (Holm), gives the verdicts and makes the table. */
export function tidyAudit(
  rows: readonly AuditRow[],
  alpha: number = auditRules.alpha.fallback,
  further: { readonly [column: string]: unknown } = {},
  first: readonly string[] = [],
): Table {
  const adjusted = adjustPValues(rows.map(({ p_value = NaN }) => p_value), "holm");
  const tidied = rows.map((row, at) => {
    const verdict = verdictOf(row, adjusted[at]!, alpha);
    const { null_high = NaN, conf_low = NaN, conf_high = NaN } = row;
    // What is not found stands beside what could have been, or nothing is known.
    const open = verdict === "not found" && ![null_high, conf_low + conf_high].some(Number.isFinite);
    const unproven = row.problem === "significant" && verdict === "not found" && !open
      ? "no proof that there is none: the interval says what the data allow"
      : "";
    const notes: readonly string[] = [...(row.notes ?? []), unproven];
    return diagnosisRow({
      ...{ arm: "", compared: "", measure: "", n: 0, ...further },
      ...row,
      p_adjusted: adjusted[at]!,
      verdict: open ? "cannot tell" : verdict,
      notes,
      reason: [
        ...row.reason ?? [],
        open ? "nothing says how large a difference would have been found" : "",
        row.problem === "not significant" && verdict === "cannot tell"
          ? "the difference that is hoped for is not shown, which is no proof that there is none"
          : "",
      ],
    });
  });
  const compared = [...first, "check", "item", "arm", "compared", "measure"];
  return tableOfRows(tidied, diagnosisTableColumns(compared, ["n", ...Object.keys(further)]));
}

function verdictOf({ problem, p_value = NaN }: AuditRow, adjusted: number, alpha: number): Verdict {
  if (problem === undefined) return "cannot tell";
  if (typeof problem === "boolean") return problem ? "found" : "not found";
  if (Number.isNaN(p_value)) return "cannot tell";
  if (problem === "significant") return adjusted < alpha ? "found" : "not found";
  // That a difference which is hoped for does not show is no proof that there is none.
  return adjusted < alpha ? "not found" : "cannot tell";
}
