import { cannot, checkColumns, checkRows, distinct, showValue, type Table } from "../core/mod.ts";
import { joinVarying, labelsOf, readNumbers, readTexts } from "./figure_text.ts";

/** One estimate, ready to be drawn. */
export interface EffectRow {
  readonly label: string;
  readonly detail: string;
  readonly estimate: number;
  readonly low: number;
  readonly high: number;
  /** The true effect; `NaN` where it is unknown. */
  readonly truth: number;
  /** Whether the interval holds the truth; `null` where there is no truth or no interval. */
  readonly covers: boolean | null;
  readonly reason: string;
  readonly basis: string;
}

/** The true effect: the same for every row, or by term. */
export type Truth = number | { readonly [term: string]: number };

/** Reads an estimates table, checked, as rows to draw. */
export function effectRowsOf(
  action: string,
  table: Table,
  options: { truth: Truth | undefined; label: string | undefined },
): EffectRow[] {
  const compared = table.columnNames().includes("arm") ? "arm" : "term";
  checkColumns(action, table, [compared, "estimate", "conf_low", "conf_high"], "estimates");
  checkRows(action, table, "estimates");
  if (options.label !== undefined) checkColumns(action, table, [options.label], "estimates");
  const labels = labelsOf(table, options.label);
  const read = readTexts(table, ["arm", "term", "outcome", "estimator", "basis", "notes", "reason"]);
  const text = { ...read, term: read[compared] };
  const number = readNumbers(table, ["estimate", "conf_low", "conf_high"]);
  checkTruth(action, options.truth, text.term);
  const labelled = labels.some((label) => label !== "");
  // What the label says already is not said again.
  const details = [...(labelled ? [text.term] : []), text.outcome, text.estimator, text.basis]
    .filter((column) => column.some((value, row) => value !== labels[row]));
  return text.term.map((term, row): EffectRow => {
    const [low, high] = [number.conf_low[row]!, number.conf_high[row]!];
    const truth = truthOf(options.truth, term);
    return {
      label: labelled ? labels[row]! : term,
      detail: joinVarying(details, row),
      estimate: number.estimate[row]!,
      low,
      high,
      truth,
      covers: coverage(truth, low, high),
      reason: text.reason[row]!,
      basis: text.basis[row]!,
    };
  });
}

function coverage(truth: number, low: number, high: number): boolean | null {
  return [truth, low, high].some(Number.isNaN) ? null : low <= truth && truth <= high;
}

function truthOf(truth: Truth | undefined, term: string): number {
  if (truth === undefined) return NaN;
  if (typeof truth === "number") return truth;
  return Object.hasOwn(truth, term) ? truth[term]! : NaN;
}

function checkTruth(action: string, truth: Truth | undefined, terms: readonly string[]): void {
  if (truth === undefined) return;
  const values = typeof truth === "object" && truth !== null ? Object.entries(truth) : [["", truth] as const];
  for (const [term, value] of values) {
    if (typeof value !== "number" || !Number.isFinite(value)) {
      throw new TypeError(
        cannot(action, term === "" ? "truth" : `truth.${term}`, "be a finite number", value),
      );
    }
    if (term !== "" && !terms.includes(term)) {
      throw new RangeError(
        `Cannot ${action} as 'truth' names ${showValue(term)}, which is no term of the table: its terms are ${
          [...new Set(terms)].join(", ")
        }`,
      );
    }
  }
}

/** The distinct true effects that are known. */
export function truthsOf(rows: readonly EffectRow[]): number[] {
  return distinct(rows.map(({ truth }) => truth).filter((truth) => !Number.isNaN(truth)));
}
