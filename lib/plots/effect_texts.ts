import { distinct, type Table } from "../core/mod.ts";
import type { EffectRow } from "./effect_rows.ts";
import { basisNote, intervalName, missingNote, textsOf, writeInterval, writeNumber } from "./figure_text.ts";
import type { RowPlotTexts, RowText } from "./row_layout.ts";

/** The texts around the rows of a forest plot. */
export function effectTexts(
  table: Table,
  rows: readonly EffectRow[],
  options: { title?: string; subtitle?: string; unit?: string },
): RowPlotTexts {
  const outcomes = distinct(textsOf(table, "outcome")).filter((name) => name !== "");
  const references = distinct(textsOf(table, "reference")).filter((name) => name !== "");
  const outcome = outcomes.length === 1 ? outcomes[0]! : "the outcome";
  const reference = references.length === 1 ? references[0]! : "the reference arm";
  return {
    title: options.title ?? `Estimated effects on ${outcomes.length === 0 ? outcome : outcomes.join(", ")}`,
    subtitle: options.subtitle ?? "",
    axis: options.unit ?? `difference from ${reference}, in units of ${outcome}`,
    valueHead: [`estimate [${intervalName(table)}]`],
    notes: [...missingNotes(rows), basisNote(rows.map(({ basis }) => basis))],
  };
}

function missingNotes(rows: readonly EffectRow[]): string[] {
  return rows
    .filter(({ estimate }) => Number.isNaN(estimate))
    .map((row) => missingNote("Not estimated", nameOf(row), row.reason));
}

function nameOf(row: EffectRow): string {
  return row.detail === "" ? row.label : `${row.label} (${row.detail})`;
}

/** The texts of one row. */
export function effectRowText(row: EffectRow, decimals: number, oneTruth: boolean): RowText {
  const computed = !Number.isNaN(row.estimate);
  const truth = oneTruth ? "true effect" : `true ${writeNumber(row.truth, decimals)}`;
  return {
    label: row.label,
    detail: row.detail,
    value: computed ? writeInterval(row.estimate, row.low, row.high, decimals) : "not estimated",
    note: row.covers === null ? "" : `${row.covers ? "holds" : "misses"} the ${truth}`,
    heading: "",
    indented: false,
  };
}

/** One row in words. */
export function effectSentence(row: EffectRow, decimals: number): string {
  if (Number.isNaN(row.estimate)) return `${nameOf(row)} not estimated`;
  const interval = `${nameOf(row)} ${writeInterval(row.estimate, row.low, row.high, decimals)}`;
  if (row.covers === null) return interval;
  return `${interval} ${row.covers ? "holds" : "misses"} the true effect ${writeNumber(row.truth, decimals)}`;
}
