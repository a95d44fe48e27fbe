import { checkOptions, checkWhole, distinct, type Table } from "../core/mod.ts";
import { drawRows } from "./draw_rows.ts";
import { Figure } from "./figure.ts";
import { basisNote, decimalsOf, domainOf, firstFew, textsOf, writeNumber, writeP } from "./figure_text.ts";
import { colours } from "./palette.ts";
import { growRows, randomizationMarks } from "./randomization_marks.ts";
import { type RandomizationRow, randomizationRowsOf } from "./randomization_rows.ts";
import { layOutRows, type RowPlotTexts, type RowText } from "./row_layout.ts";

/** How randomisation distributions are drawn; see {@linkcode plotRandomization}. */
export interface PlotRandomizationOptions {
  /**
   * The sentence above the figure; say what was compared, not what was found.
   *
   * @default "What random assignment alone does to <outcome>"
   */
  title?: string;
  /** A second sentence, in smaller print. */
  subtitle?: string;
  /**
   * What a unit of the statistic is, for the axis.
   *
   * @default the name of the statistic
   */
  unit?: string;
  /**
   * The width in pixels, 320 to 2000. Below 540 the values stand below the labels.
   *
   * @default 640
   */
  width?: number;
}

const action = "plot randomization";
const testNames: { readonly [test: string]: string } = {
  studentized: "difference in standard errors",
  rank: "difference in mean ranks",
  kolmogorov_smirnov: "distance of distributions",
  adjusted: "adjusted difference",
};
const known = ["title", "subtitle", "unit", "width"];
const oneRow = 132;
const manyRows = 76;

/**
 * Draws what a statistic would have been under the other assignments, with the observed value as a line.
 *
 * For the table of `sampleRandomizations`: one histogram for each outcome and arm, assignments at least as extreme as
 * the observed one in colour; their share is the p-value. Several tables are compared by stacking them with a `label`
 * column.
 *
 * @param randomizations one row per assignment: `term`, `statistic`, `observed`, and where present `label`, `outcome`,
 *   `test`, `alternative`, `p_value`, `exact`, `basis`
 * @param options see {@linkcode PlotRandomizationOptions}
 * @returns a {@linkcode Figure}
 * @throws {RangeError} if a column is missing or the table is empty
 * @example
 * ```ts
 * import { assertStringIncludes } from "@std/assert";
 * import { tableOf } from "@understudy/understudy/core";
 * import { sampleRandomizations } from "@understudy/understudy/estimation";
 * import { plotRandomization } from "@understudy/understudy/plots";
 *
 * const villages = tableOf({ arm: [1, 0, 0, 0, 0, 0, 1], budget: [15, 15, 20, 20, 10, 15, 30] });
 * const figure = plotRandomization(sampleRandomizations(villages, { outcome: "budget" }));
 * assertStringIncludes(figure.summary, "observed 6.5, p = .381 (all 21 assignments)");
 * ```
 */
export function plotRandomization(randomizations: Table, options: PlotRandomizationOptions = {}): Figure {
  checkOptions(action, options, known);
  const { width = 640 } = options;
  checkWhole(action, "width", width, 320, 2000);
  const rows = randomizationRowsOf(action, randomizations);
  const domain = domainOf([0, ...rows.flatMap((row) => [row.observed, ...rangeOf(row.draws)])]);
  const decimals = decimalsOf(domain);
  const texts = textsAround(randomizations, rows, options);
  const rowTexts = rows.map((row) => textOf(row, decimals));
  const extra = (rows.length === 1 ? oneRow : manyRows) - 34;
  const layout = growRows(layOutRows(texts, rowTexts, { width, headHeight: 18 }), extra);
  const told = rows.map((row) => sentenceOf(row, decimals));
  const svg = drawRows({
    layout,
    domain,
    rowColours: rows.map(() => colours.ink),
    marks: randomizationMarks(rows, layout, { domain, rowHeight: extra + 34 }),
    title: texts.title,
    description: `${told.join("; ")}. ${texts.notes.join(" ")}`,
  });
  return new Figure({ svg, summary: `${texts.title}: ${firstFew(told, 4)}.`, table: randomizations });
}

/** The smallest and the largest: lists of draws are too long for `Math.min`. */
function rangeOf(draws: readonly number[]): number[] {
  return [
    draws.reduce((a, b) => Math.min(a, b), Infinity),
    draws.reduce((a, b) => Math.max(a, b), -Infinity),
  ];
}

function textsAround(
  table: Table,
  rows: readonly RandomizationRow[],
  options: PlotRandomizationOptions,
): RowPlotTexts {
  const outcomes = distinct(textsOf(table, "outcome")).filter((name) => name !== "");
  const tests = distinct(textsOf(table, "test")).filter((name) => name !== "");
  const outcome = outcomes.length === 0 ? "the outcome" : outcomes.join(", ");
  const test = tests.length === 1 ? testNames[tests[0]!] ?? tests[0]!.replaceAll("_", " ") : "statistic";
  return {
    title: options.title ?? `What random assignment alone does to ${outcome}`,
    subtitle: options.subtitle ?? "",
    axis: options.unit ?? `${test} under each assignment, if the arm had changed nobody's answer`,
    valueHead: ["observed (line)"],
    notes: [
      "Line: observed. Blue: assignments at least as extreme as the observed one; their share is the p-value.",
      `Gone through: ${distinct(rows.map(assignmentsOf)).join("; ")}.`,
      basisNote(rows.map(({ basis }) => basis)),
    ],
  };
}

function textOf(row: RandomizationRow, decimals: number): RowText {
  return {
    label: row.label,
    detail: row.detail,
    value: writeNumber(row.observed, decimals),
    note: Number.isNaN(row.pValue) ? "" : writeP(row.pValue),
    heading: "",
    indented: false,
  };
}

function assignmentsOf({ exact, draws }: RandomizationRow): string {
  return exact ? `all ${draws.length} assignments` : `${draws.length} random assignments`;
}

function sentenceOf(row: RandomizationRow, decimals: number): string {
  const name = row.detail === "" ? row.label : `${row.label} (${row.detail})`;
  return `${name} observed ${writeNumber(row.observed, decimals)}, ${writeP(row.pValue)} (${
    assignmentsOf(row)
  })`;
}
