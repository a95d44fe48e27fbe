import { checkOptions, checkWhole, type Table } from "../core/mod.ts";
import { tickDecimals } from "./axis_ticks.ts";
import { drawRows, type RowDrawing } from "./draw_rows.ts";
import { driftMarks, ticksOfPanel } from "./drift_marks.ts";
import {
  type DriftLayout,
  type DriftPanel,
  driftPanelsOf,
  emptyRows,
  layOutDrift,
  panelDecimals,
  withAxisRoom,
} from "./drift_panels.ts";
import { type DriftRow, driftRowsOf } from "./drift_rows.ts";
import { driftKey, driftRowTexts, driftSentence, driftTexts } from "./drift_texts.ts";
import { Figure } from "./figure.ts";
import { firstFew, writeNumber } from "./figure_text.ts";
import { colours } from "./palette.ts";

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
   * What the statistic is, for the axis; not where the table has several measures.
   *
   * @default the measure, such as "total variation distance between arms (0 same answers, 1 none in common)"
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
const action = "plot drift";

/**
 * Draws negative controls: how far the arms' answers lie apart, against how far they would lie apart by chance.
 *
 * For the table of `estimateDrift`. The grey band of a row runs from 0 to the 95% point of the null: even without
 * drift a distance is never 0, so the band, not 0, is what a point is compared with. Of several controls one may lie
 * beyond its band by chance: so colour and shape follow the verdict, which is adjusted for their number. A `margin` is drawn as a dashed line. Measures have units of their own: where the
 * table has several, each has a panel with an axis of its own. Stack tables with a `label` column to compare before and
 * after a repair: rows of the same control stand together.
 *
 * @param drift one row per control and pair of arms: `control`, `arm`, `reference`, `statistic`, `null_mean`,
 *   `null_high`, `p_adjusted`, `conf_low`, `conf_high`, `verdict`, and where present `measure`, `margin`, `label`,
 *   `iteration`, `basis`, `reason`
 * @param options see {@linkcode PlotDriftOptions}
 * @returns a {@linkcode Figure}
 * @throws {RangeError} if a column is missing, the table is empty, or `unit` is given for several measures
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
  const panels = driftPanelsOf(action, rows, options.unit);
  const texts = driftTexts(table, rows, options);
  const named = panels.length > 1;
  const rowTexts = withAxisRoom(
    panels.map((panel) => driftRowTexts(panel.rows, { decimals: panelDecimals(panel), named })),
  );
  const placed = layOutDrift(panels, texts, { rows: rowTexts, key: driftKey(rows), width: options.width });
  const told = panels.flatMap((panel) => panel.rows.map((row) => driftSentence(row, panelDecimals(panel))));
  const svg = drawRows({
    layout: placed.layout,
    domain: panels.at(-1)!.domain,
    ...(named ? lastAxis(placed) : {}),
    rowColours: rowColours(panels),
    marks: driftMarks(placed),
    title: texts.title,
    description: `${told.join("; ")}. ${texts.notes.join(" ")}`,
  });
  return new Figure({ svg, summary: `${texts.title} ${firstFew(told, 4)}.`, table });
}

/** Of several panels the last stands on the figure's own axis, with ticks as on theirs. */
function lastAxis({ panels, layout }: DriftLayout): Pick<RowDrawing, "grid" | "ticks"> {
  const at = ticksOfPanel(panels.at(-1)!, layout);
  return { grid: false, ticks: { at, format: (tick) => writeNumber(tick, tickDecimals(at)) } };
}

/** The colour of each row's values, the empty rows below a panel among them. */
function rowColours(panels: readonly DriftPanel[]): string[] {
  return panels.flatMap(({ rows }) => [
    ...rows.map((row) =>
      Number.isNaN(row.statistic) ? colours.ink : row.drifts ? colours.departs : colours.agrees
    ),
    ...emptyRows.map(() => colours.ink),
  ]);
}
