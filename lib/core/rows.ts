import { type Basis, diagnosisColumns, estimateColumns, type Verdict } from "./columns.ts";

/** One row of an estimate table, as the contract has it; a table may have further columns. */
export interface EstimateRow {
  /** The outcome. */
  readonly outcome: string;
  /** The arm that is compared. */
  readonly arm: string;
  /** What it is compared with. */
  readonly reference: string;
  /** How it was estimated. */
  readonly estimator: string;
  /** The estimate, in units of the outcome. */
  readonly estimate: number;
  /** Its standard error. */
  readonly std_error: number;
  /** estimate / std_error. */
  readonly statistic: number;
  /** Degrees of freedom. */
  readonly df: number;
  /** Two-sided p-value of a zero effect. */
  readonly p_value: number;
  /** Lower end of the interval. */
  readonly conf_low: number;
  /** Upper end of the interval. */
  readonly conf_high: number;
  /** Confidence level. */
  readonly conf_level: number;
  /** Units used. */
  readonly n: number;
  /** What the estimate rests on. */
  readonly basis: Basis;
  /** What the reader must know. */
  readonly notes: string;
  /** Why a value is `NaN`. */
  readonly reason: string;
}

/** What a row says in words, as lists of sentences. */
export interface RowSentences {
  /** What the reader must know. */
  readonly notes?: readonly string[];
  /** Why a value is `NaN`. */
  readonly reason?: readonly string[];
}

/**
 * Makes one row of an estimate table: the columns of the contract that are not given are `NaN` or empty, notes and
 * reasons are joined, and a row whose estimate, error or interval is missing must say why.
 */
export function estimateRow<Given extends Omit<Partial<EstimateRow>, "notes" | "reason">>(
  given: Given & RowSentences,
): EstimateRow & Omit<Given, "notes" | "reason"> {
  return {
    outcome: "",
    arm: "",
    reference: "",
    estimator: "",
    estimate: NaN,
    std_error: NaN,
    statistic: NaN,
    df: NaN,
    p_value: NaN,
    conf_low: NaN,
    conf_high: NaN,
    conf_level: NaN,
    n: NaN,
    basis: "synthetic",
    ...given,
    notes: joinSentences(given.notes),
    reason: joinSentences(given.reason),
  };
}

/** One row of a diagnosis table, beside the columns that say what was compared. */
export interface DiagnosisRow {
  /** The observed statistic. */
  readonly statistic: number;
  /** Its mean if nothing differed. */
  readonly null_mean: number;
  /** Its 95% point if nothing differed. */
  readonly null_high: number;
  /** The p-value. */
  readonly p_value: number;
  /** The p-value adjusted for the number of checks. */
  readonly p_adjusted: number;
  /** Lower end of the interval. */
  readonly conf_low: number;
  /** Upper end of the interval. */
  readonly conf_high: number;
  /** What the check says. */
  readonly verdict: Verdict;
  /** What the reader must know. */
  readonly notes: string;
  /** Why a value is `NaN`, or why nothing can be told. */
  readonly reason: string;
}

/** Makes one row of a diagnosis table: what is not given is `NaN`, and without a verdict it cannot tell. */
export function diagnosisRow<Given extends Omit<Partial<DiagnosisRow>, "notes" | "reason">>(
  given: Given & RowSentences,
): DiagnosisRow & Omit<Given, "notes" | "reason"> {
  return {
    statistic: NaN,
    null_mean: NaN,
    null_high: NaN,
    p_value: NaN,
    p_adjusted: NaN,
    conf_low: NaN,
    conf_high: NaN,
    verdict: "cannot tell",
    ...given,
    notes: joinSentences(given.notes),
    reason: joinSentences(given.reason),
  };
}

/** The columns of an estimate table, with further ones put before `estimate` (what is estimated) or after `n`. */
export function estimateTableColumns(
  before: readonly string[] = [],
  after: readonly string[] = [],
): string[] {
  return insert(Object.keys(estimateColumns), "estimate", before, "n", after);
}

/** The columns of a table of a model's coefficients, which are `term` and compare no arms; see above. */
export function coefficientTableColumns(
  before: readonly string[] = [],
  after: readonly string[] = [],
): string[] {
  const names = estimateTableColumns(before, after).filter((name) => name !== "reference");
  return names.map((name) => name === "arm" ? "term" : name);
}

/** The columns of a diagnosis table, after those that say what was compared; further ones stand before the verdict. */
export function diagnosisTableColumns(
  compared: readonly string[],
  further: readonly string[] = [],
): string[] {
  return [...compared, ...insert(Object.keys(diagnosisColumns), "verdict", further, "verdict", [])];
}

function insert(
  names: readonly string[],
  first: string,
  before: readonly string[],
  last: string,
  after: readonly string[],
): string[] {
  return names.flatMap((name) => [...(name === first ? before : []), name, ...(name === last ? after : [])]);
}

function joinSentences(sentences: readonly string[] = []): string {
  return [...new Set(sentences.filter((sentence) => sentence !== ""))].join("; ");
}
