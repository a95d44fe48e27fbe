import { checkOptions, checkWhole, type Table } from "../core/mod.ts";
import { drawRows } from "./draw_rows.ts";
import { Figure } from "./figure.ts";
import { decimalsOf, domainOf, firstFew } from "./figure_text.ts";
import { colours } from "./palette.ts";
import { layOutRows } from "./row_layout.ts";
import { sensitivityMarks } from "./sensitivity_marks.ts";
import { type SensitivityRows, sensitivityRowsOf } from "./sensitivity_rows.ts";
import { sensitivityRowTexts, sensitivitySentence, sensitivityTexts } from "./sensitivity_texts.ts";

/** How a sensitivity analysis is drawn; see {@linkcode plotSensitivity}. */
export interface PlotSensitivityOptions {
  /**
   * The sentence above the figure; say what was assumed, not what was found.
   *
   * @default "How much drift would it take to change the conclusion?"
   */
  title?: string;
  /**
   * A second sentence, in smaller print.
   *
   * @default what the rows assume
   */
  subtitle?: string;
  /**
   * What a unit of the effect is, for the axis.
   *
   * @default "difference from <reference>, in units of <outcome>"
   */
  unit?: string;
  /**
   * The width in pixels, 320 to 2000. Below 540 the values stand below the labels.
   *
   * @default 640
   */
  width?: number;
}

const action = "plot sensitivity";

/**
 * Draws how an effect holds up as more drift is assumed: row by row, from none to much, against the line at no effect.
 *
 * For the table of `estimateControlBounds`: a band for what each κ allows, a line for the interval with sampling error,
 * and a diamond in a row of its own where the interval reaches 0. For the table of `estimateRobustness`: the estimate
 * with its interval, without a confounder and with one 1, 2, 3 times as strong as a benchmark, and the robustness value
 * below. An interval that holds 0 is drawn in another colour and shape.
 *
 * @param sensitivity a table of `estimateControlBounds` or of `estimateRobustness`
 * @param options see {@linkcode PlotSensitivityOptions}
 * @returns a {@linkcode Figure}
 * @throws {RangeError} if the table is empty, or of neither kind
 * @example The effect stands up to a bias of half what the control moved
 * ```ts
 * import { assertStringIncludes } from "@std/assert";
 * import { plotSensitivity } from "@understudy/understudy/plots";
 * import { tableOf } from "@understudy/understudy/core";
 *
 * const bounds = tableOf({
 *   term: ["threat", "threat"],
 *   reference: ["control", "control"],
 *   control: ["news_source", "news_source"],
 *   kappa: [0.5, 1],
 *   estimate: [1, 1],
 *   bound_low: [0.6, 0.2],
 *   bound_high: [1.4, 1.8],
 *   conf_low: [0.3, -0.1],
 *   conf_high: [1.7, 2.1],
 *   breakdown_kappa: [0.87, 0.87],
 * });
 * const figure = plotSensitivity(bounds);
 * assertStringIncludes(figure.summary, "news_source, κ = 0.5 0.60 to 1.40 [0.30 to 1.70]");
 * ```
 */
export function plotSensitivity(sensitivity: Table, options: PlotSensitivityOptions = {}): Figure {
  checkOptions(action, options, ["title", "subtitle", "unit", "width"]);
  const { width = 640 } = options;
  checkWhole(action, "width", width, 320, 2000);
  return drawSensitivity(sensitivity, sensitivityRowsOf(action, sensitivity), { ...options, width });
}

const headHeight = { "control bounds": 40, robustness: 26 };

function drawSensitivity(
  table: Table,
  read: SensitivityRows,
  options: PlotSensitivityOptions & { width: number },
): Figure {
  const { rows } = read;
  const ends = rows.flatMap((row) => [row.estimate, row.low, row.high, row.boundLow, row.boundHigh]);
  const domain = domainOf([0, ...ends]);
  const decimals = decimalsOf(domain);
  const texts = sensitivityTexts(table, read, options);
  const layout = layOutRows(texts, sensitivityRowTexts(rows, decimals), {
    width: options.width,
    headHeight: headHeight[read.kind],
  });
  const told = rows.map((row) => sensitivitySentence(row, decimals));
  const svg = drawRows({
    layout,
    domain,
    rowColours: rows.map(({ holdsZero }) =>
      holdsZero === null ? colours.ink : holdsZero ? colours.departs : colours.agrees
    ),
    marks: sensitivityMarks(rows, layout, domain),
    title: texts.title,
    description: `${told.join("; ")}. ${texts.notes.join(" ")}`,
  });
  const findings = read.findings.filter((text) => text !== "").join(" ");
  return new Figure({ svg, summary: `${texts.title} ${firstFew(told, 4)}. ${findings}`.trim(), table });
}
