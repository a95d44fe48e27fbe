import { checkOptions, checkWhole, type Table } from "../core/mod.ts";
import { drawRows } from "./draw_rows.ts";
import { driftMarks } from "./drift_marks.ts";
import { type DriftRow, driftRowsOf } from "./drift_rows.ts";
import { driftRowTexts, driftSentence, driftTexts } from "./drift_texts.ts";
import { Figure } from "./figure.ts";
import { domainOf, firstFew } from "./figure_text.ts";
import { colours } from "./palette.ts";
import { layOutRows } from "./row_layout.ts";

/** How drift is drawn; see {@linkcode plotDrift}. */
export interface PlotDriftOptions {
  /**
   * The sentence above the figure; say what was checked, not what was found.
   *
   * @default "Did the treatment change who the simulated people are?"
   */
  title?: string;
  /**
   * A second sentence, in smaller print.
   *
   * @default "Negative controls: questions that the treatment should not be able to change"
   */
  subtitle?: string;
  /**
   * What the statistic is, for the axis.
   *
   * @default "total variation distance between arms (0 same answers, 1 none in common)"
   */
  unit?: string;
  /**
   * The column that tells rows of the same control apart, such as before and after a repair.
   *
   * @default "label" where there is such a column, else "iteration", else none
   */
  label?: string;
  /**
   * The width in pixels, 320 to 2000. Below 540 the values stand below the labels.
   *
   * @default 640
   */
  width?: number;
}

const known = ["title", "subtitle", "unit", "label", "width"];
const headHeight = 38;

/**
 * Draws negative controls: how far the arms' answers lie apart, against how far they would lie apart by chance.
 *
 * For the table of `estimateDrift`. The grey band of a row runs from 0 to the 95% point of the null: even without
 * drift a distance is never 0, so the band, not 0, is what a point is compared with. Of several controls one may lie
 * beyond its band by chance: so colour and shape follow the verdict, which is adjusted for their number. Stack tables with a `label` column to compare before and after a repair: rows
 * of the same control stand together.
 *
 * @param drift one row per control and pair of arms: `control`, `arm`, `reference`, `statistic`, `null_mean`,
 *   `null_high`, `p_adjusted`, `conf_low`, `conf_high`, `verdict`, and where present `label`, `iteration`, `basis`,
 *   `reason`
 * @param options see {@linkcode PlotDriftOptions}
 * @returns a {@linkcode Figure}
 * @throws {RangeError} if a column is missing or the table is empty
 * @example
 * ```ts
 * import { assertStringIncludes } from "@std/assert";
 * import { plotDrift } from "@understudy/understudy/plots";
 * import { tableOf } from "@understudy/understudy/core";
 *
 * const drift = tableOf({
 *   control: ["news_source"],
 *   arm: ["incursion"],
 *   reference: ["exercise"],
 *   statistic: [0.31],
 *   null_mean: [0.06],
 *   null_high: [0.11],
 *   p_adjusted: [0.0005],
 *   conf_low: [0.25],
 *   conf_high: [0.38],
 *   verdict: ["drift"],
 * });
 * const figure = plotDrift(drift);
 * assertStringIncludes(figure.summary, "news_source 0.31 [0.25, 0.38], beyond 0.11, p < .001, drift");
 * ```
 */
export function plotDrift(drift: Table, options: PlotDriftOptions = {}): Figure {
  const action = "plot drift";
  checkOptions(action, options, known);
  const { width = 640, label } = options;
  checkWhole(action, "width", width, 320, 2000);
  return drawDrift(drift, driftRowsOf(action, drift, label), { ...options, width });
}

function drawDrift(
  table: Table,
  rows: readonly DriftRow[],
  options: PlotDriftOptions & { width: number },
): Figure {
  const spread = rows.flatMap((row) => [row.statistic, row.low, row.high, row.nullHigh, row.nullMean]);
  const domain = domainOf([0, ...spread], { from: 0 });
  const decimals = domain[1] < 0.1 ? 3 : 2;
  const texts = driftTexts(table, rows, options);
  const layout = layOutRows(texts, driftRowTexts(rows, decimals), { width: options.width, headHeight });
  const told = rows.map((row) => driftSentence(row, decimals));
  const svg = drawRows({
    layout,
    domain,
    rowColours: rows.map((row) =>
      Number.isNaN(row.statistic) ? colours.ink : row.drifts ? colours.departs : colours.agrees
    ),
    marks: driftMarks(rows, layout, domain),
    title: texts.title,
    description: `${told.join("; ")}. ${texts.notes.join(" ")}`,
  });
  return new Figure({ svg, summary: `${texts.title} ${firstFew(told, 4)}.`, table });
}
