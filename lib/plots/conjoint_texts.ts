import { distinct, type Table } from "../core/mod.ts";
import type { ConjointQuantity, ConjointRow } from "./conjoint_plot_rows.ts";
import { basisNote, intervalName, missingNote, textsOf, writeInterval } from "./figure_text.ts";
import type { RowPlotTexts, RowText } from "./row_layout.ts";

const titles: { readonly [quantity in ConjointQuantity]: string } = {
  "effect": "Effects of each feature's levels on",
  "mean": "Marginal means of",
  "effect difference": "Differences between subgroups in effects on",
  "mean difference": "Differences between subgroups in",
  "interaction": "Interactions of features in their effects on",
};

const axes: { readonly [quantity in ConjointQuantity]: string } = {
  "effect": "change from the reference level, in units of",
  "mean": "mean of",
  "effect difference": "difference of effects, in units of",
  "mean difference": "difference of means of",
  "interaction": "change of the effect, in units of",
};

/** The texts around the rows. */
export function conjointTexts(
  table: Table,
  rows: readonly ConjointRow[],
  options: { title?: string; subtitle?: string; unit?: string; quantity: ConjointQuantity },
): RowPlotTexts {
  const outcomes = distinct(textsOf(table, "outcome")).filter((name) => name !== "");
  const references = distinct(textsOf(table, "reference_group")).filter((name) => name !== "");
  const outcome = outcomes.length === 1 ? outcomes[0]! : "the outcome";
  const against = references.length === 1 ? `Each subgroup less ${references[0]}` : "";
  return {
    title: options.title ?? `${titles[options.quantity]} ${outcome}`,
    subtitle: options.subtitle ?? against,
    axis: options.unit ?? `${axes[options.quantity]} ${outcome}`,
    valueHead: [`estimate [${intervalName(table)}]`],
    notes: [...missingNotes(rows), basisNote(rows.map(({ basis }) => basis))],
  };
}

function missingNotes(rows: readonly ConjointRow[]): string[] {
  return rows
    .filter(({ estimate }) => Number.isNaN(estimate))
    .map((row) => missingNote("Not estimated", nameOf(row), row.reason));
}

function nameOf({ feature, level, group }: ConjointRow): string {
  return `${feature} ${level}${group === "" ? "" : ` (${group})`}`;
}

/** The texts of every row, with a heading where a new feature begins. */
export function conjointRowTexts(rows: readonly ConjointRow[], decimals: number): RowText[] {
  return rows.map((row, place) => ({
    label: row.level,
    detail: row.group,
    value: valueOf(row, decimals),
    note: "",
    heading: rows[place - 1]?.feature === row.feature ? "" : row.feature.replaceAll("_", " "),
    indented: true,
  }));
}

function valueOf({ estimate, low, high, isReference }: ConjointRow, decimals: number): string {
  if (isReference) return "reference";
  return Number.isNaN(estimate) ? "not estimated" : writeInterval(estimate, low, high, decimals);
}

/** One row in words. */
export function conjointSentence(row: ConjointRow, decimals: number): string {
  return `${nameOf(row)} ${valueOf(row, decimals)}`;
}

/** What the line of no effect is called. */
export function nullLabel(quantity: ConjointQuantity, value: number): string {
  if (quantity === "mean") return `mean ${String(Number(value.toPrecision(6))).replace("-", "−")}`;
  return quantity === "effect"
    ? "no effect"
    : quantity === "interaction"
    ? "no interaction"
    : "no difference";
}
