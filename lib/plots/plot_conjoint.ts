import { checkOptions, checkWhole, type Table } from "../core/mod.ts";
import { conjointMarks } from "./conjoint_marks.ts";
import { type ConjointRow, conjointRowsOf, nullOf, quantityOf } from "./conjoint_plot_rows.ts";
import { conjointRowTexts, conjointSentence, conjointTexts, nullLabel } from "./conjoint_texts.ts";
import { drawRows } from "./draw_rows.ts";
import { Figure } from "./figure.ts";
import { decimalsOf, domainOf, firstFew } from "./figure_text.ts";
import { colours } from "./palette.ts";
import { layOutRows } from "./row_layout.ts";

/** How a conjoint is drawn; see {@linkcode plotConjoint}. */
export interface PlotConjointOptions {
  /**
   * The sentence above the figure; say what was compared, not what was found.
   *
   * @default what the estimates are, and of which outcome
   */
  title?: string;
  /**
   * A second sentence, in smaller print.
   *
   * @default the subgroup that the others are compared with, where there is one
   */
  subtitle?: string;
  /**
   * What a unit of the estimate is, for the axis.
   *
   * @default what the estimates are, in units of the outcome
   */
  unit?: string;
  /**
   * The width in pixels, 320 to 2000. Below 540 the values stand below the labels.
   *
   * @default 640
   */
  width?: number;
}

const headHeight = 26;

/**
 * Draws a conjoint: one row for each level, under its feature, with its interval.
 *
 * For the tables of `estimateAmce`, `estimateMarginalMeans` and `estimateAcie`. Reference levels are rings on the line
 * of no effect; marginal means have a line at the value they were compared with. Subgroups stand below each other,
 * the second of two in another colour and shape. An estimate that could not be computed keeps its row, with its
 * reason, and what the estimates rest on (`basis`) is printed below.
 *
 * @param estimates one row per feature and level: `feature`, `level`, `estimate`, `conf_low`, `conf_high`, and where
 *   present `group`, `reference`, `reference_group`, `with_level`, `estimator`, `null_value`, `conf_level`, `outcome`,
 *   `basis`, `reason`
 * @param options see {@linkcode PlotConjointOptions}
 * @returns a {@linkcode Figure}
 * @throws {RangeError} if a column is missing or the table is empty
 * @example
 * ```ts
 * import { assertStringIncludes } from "@std/assert";
 * import { plotConjoint } from "@understudy/understudy/plots";
 * import { tableOf } from "@understudy/understudy/core";
 *
 * const estimates = tableOf({
 *   feature: ["education", "education"],
 *   level: ["none", "college"],
 *   reference: ["none", "none"],
 *   estimate: [0, 0.14],
 *   std_error: [NaN, 0.03],
 *   conf_low: [NaN, 0.08],
 *   conf_high: [NaN, 0.2],
 * });
 * const figure = plotConjoint(estimates);
 * assertStringIncludes(figure.summary, "education none reference; education college 0.140 [0.080, 0.200]");
 * ```
 */
export function plotConjoint(estimates: Table, options: PlotConjointOptions = {}): Figure {
  const action = "plot a conjoint";
  checkOptions(action, options, ["title", "subtitle", "unit", "width"]);
  const { width = 640 } = options;
  checkWhole(action, "width", width, 320, 2000);
  return drawConjoint(estimates, conjointRowsOf(action, estimates), { ...options, width });
}

function drawConjoint(
  table: Table,
  rows: readonly ConjointRow[],
  options: PlotConjointOptions & { width: number },
): Figure {
  const quantity = quantityOf(table);
  const nullValue = nullOf(table, quantity);
  const domain = domainOf([nullValue, ...rows.flatMap((row) => [row.estimate, row.low, row.high])]);
  const decimals = decimalsOf(domain);
  const texts = conjointTexts(table, rows, { ...options, quantity });
  const layout = layOutRows(texts, conjointRowTexts(rows, decimals), { width: options.width, headHeight });
  const told = rows.map((row) => conjointSentence(row, decimals));
  const svg = drawRows({
    layout,
    domain,
    rowColours: rows.map((row) =>
      row.isReference || Number.isNaN(row.estimate)
        ? colours.quiet
        : row.isSecond
        ? colours.departs
        : colours.agrees
    ),
    marks: conjointMarks(rows, {
      layout,
      domain,
      nullValue,
      nullLabel: nullLabel(quantity, nullValue),
    }),
    title: texts.title,
    description: `${told.join("; ")}. ${texts.notes.join(" ")}`,
  });
  return new Figure({
    svg,
    summary: `${texts.title}: ${firstFew(told, 4)}. ${texts.notes.join(" ")}`,
    table,
  });
}
