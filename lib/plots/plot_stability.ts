import { checkOptions, checkWhole, type Table } from "../core/mod.ts";
import { drawRows, type RowDrawing } from "./draw_rows.ts";
import { Figure } from "./figure.ts";
import { stabilityCurvesOf } from "./stability_curves.ts";
import { stabilityLayout } from "./stability_layout.ts";
import { stabilityMarks } from "./stability_marks.ts";
import { curveLabel, curveSentence, stabilitySummary, stabilityTexts } from "./stability_texts.ts";

/** How stability over turns is drawn; see {@linkcode plotStability}. */
export interface PlotStabilityOptions {
  /**
   * The sentence above the figure.
   * @default what was found, such as "Personas fade differently by arm", or that nothing was checked
   */
  title?: string;
  /**
   * A second sentence, in smaller print.
   * @default what the curves and bands are
   */
  subtitle?: string;
  /**
   * The width in pixels, 320 to 2000.
   * @default 640
   */
  width?: number;
}

const action = "plot stability";

/**
 * Draws how long personas stay who they are: a curve for each arm over the turns of the dialogue.
 *
 * For the table of `estimateStability`. Bands are the intervals, the dashed line the level that answers without a
 * persona have, the circle the half-life (only where decay was found); each curve is named at its end.
 *
 * @param table from `estimateStability`
 * @param options see {@linkcode PlotStabilityOptions}
 * @returns a {@linkcode Figure}
 * @throws {RangeError} if a column is missing, or no row has the outcome `stability`
 * @example
 * ```ts
 * import { assertStringIncludes } from "@std/assert";
 * import { tableOf } from "@understudy/understudy/core";
 * import { plotStability } from "@understudy/understudy/plots";
 *
 * const figure = plotStability(tableOf({
 *   outcome: ["stability", "stability", "half-life"],
 *   term: ["threat", "threat", "threat"],
 *   turn: [0, 4, NaN],
 *   estimate: [1, 0.4, 2.1],
 *   conf_low: [0.96, 0.31, 1.7],
 *   conf_high: [1, 0.5, 2.7],
 *   verdict: ["measured", "measured", "decay"],
 * }));
 * assertStringIncludes(figure.summary, "threat 100% at turn 0, 40% at turn 4, half-life 2.1 [1.7, 2.7] turns");
 * ```
 */
export function plotStability(table: Table, options: PlotStabilityOptions = {}): Figure {
  checkOptions(action, options, ["title", "subtitle", "width"]);
  const { width = 640, title, subtitle } = options;
  checkWhole(action, "width", width, 320, 2000);
  const read = stabilityCurvesOf(action, table);
  const { curves } = read;
  const texts = stabilityTexts(table, read, { title, subtitle });
  const labels = curves.map((curve) => ({ ...curveLabel(curve), end: curve.points.at(-1)?.value ?? 0.5 }));
  const { layout, placed } = stabilityLayout(texts, labels, width);
  const turns = curves.flatMap(({ points }) => points.map(({ turn }) => turn));
  // From 0: before the first turn lies the beginning of the dialogue, and nothing before that.
  const last = Math.max(1, ...turns);
  const svg = drawRows({
    layout,
    domain: [0, last],
    rowColours: [],
    marks: stabilityMarks(curves, placed, layout),
    ...wholeTurns(last),
    title: texts.title,
    description: `${curves.map(curveSentence).join("; ")}. ${texts.notes.join(" ")}`,
  });
  return new Figure({ svg, summary: stabilitySummary(texts.title, curves), table });
}

/** Ticks at whole turns, as there are none between them; where there are many turns every axis has such ticks. */
function wholeTurns(last: number): Pick<RowDrawing, "ticks"> {
  const count = Math.floor(last) + 1;
  if (count > 9) return {};
  return { ticks: { at: Array.from({ length: count }, (_, i) => i), format: String } };
}
