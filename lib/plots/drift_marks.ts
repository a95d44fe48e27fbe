import * as Plot from "@observablehq/plot";
import { tickDecimals, ticksOf } from "./axis_ticks.ts";
import { textMark } from "./draw_rows.ts";
import type { DriftLayout, PlacedPanel } from "./drift_panels.ts";
import type { DriftRow } from "./drift_rows.ts";
import { axisOf } from "./drift_texts.ts";
import { writeNumber } from "./figure_text.ts";
import { intervalMarks } from "./interval_marks.ts";
import { colours, sizes } from "./palette.ts";
import type { RowLayout } from "./row_layout.ts";
import { measureText, wrapText } from "./text_layout.ts";

const bandHeight = 18;

/** Draws each row's null as a band, its margin as a dashed line, and the observed distance with its interval. */
export function driftMarks({ layout, panels, key }: DriftLayout): Plot.Markish[] {
  const { domain } = panels.at(-1)!;
  return [
    ...panels.slice(0, -1).flatMap((panel) => axisMarks(panel, layout)),
    ...(panels.length > 1 ? [gridMark(panels.at(-1)!, layout)] : []),
    ...panels.flatMap((panel) => panelMarks(panel, domain)),
    textMark(key.lines.join("\n"), key, { layout, size: sizes.detail, fill: colours.quiet }),
  ];
}

type PlacedRow = DriftRow & { readonly y: number };

/** The rows of a panel in units of the figure's axis. */
function rowsOf({ rows, centres, scale }: PlacedPanel): PlacedRow[] {
  return rows.map((row, index) => ({
    ...row,
    statistic: row.statistic * scale,
    low: row.low * scale,
    high: row.high * scale,
    nullMean: row.nullMean * scale,
    nullHigh: row.nullHigh * scale,
    margin: row.margin * scale,
    y: centres[index]!,
  }));
}

function panelMarks(panel: PlacedPanel, domain: readonly [number, number]): Plot.Markish[] {
  const rows = rowsOf(panel);
  const points = rows.filter(({ statistic }) => !Number.isNaN(statistic))
    .map(({ statistic: value, low, high, y, drifts: departs }) => ({ value, low, high, y, departs }));
  return [...bandMarks(rows, panel), ...intervalMarks(points, domain), marginMark(rows)];
}

/** The ends of an upright stroke of a row, half of whose height is given. */
function upright(half: number): { y1: (row: PlacedRow) => number; y2: (row: PlacedRow) => number } {
  return { y1: ({ y }) => y - half, y2: ({ y }) => y + half };
}

// The null of each row: a band from 0 to its 95% point, and a stroke at its mean.
function bandMarks(rows: readonly PlacedRow[], { top, bottom }: PlacedPanel): Plot.Markish[] {
  const bands = rows.filter(({ nullHigh }) => Number.isFinite(nullHigh));
  const ends = upright(bandHeight / 2);
  return [
    Plot.rect(bands, { x1: 0, x2: "nullHigh", ...ends, fill: colours.band }),
    Plot.link(bands, {
      x1: "nullMean",
      x2: "nullMean",
      ...ends,
      stroke: colours.bandTick,
      strokeWidth: 1.25,
    }),
    Plot.link([0], { x1: 0, x2: 0, y1: top, y2: bottom, stroke: colours.axis, strokeWidth: 1.5 }),
  ];
}

function marginMark(rows: readonly PlacedRow[]): Plot.Markish {
  return Plot.link(rows.filter(({ margin }) => Number.isFinite(margin)), {
    x1: "margin",
    x2: "margin",
    ...upright(bandHeight / 2 + 4),
    stroke: colours.ink,
    strokeWidth: 1.5,
    strokeDasharray: "4 3",
  });
}

/** Where a panel's axis has its numbers. */
export function ticksOfPanel({ domain }: PlacedPanel, layout: RowLayout): number[] {
  const width = layout.width - layout.marginLeft - layout.marginRight;
  return ticksOf(domain, Math.max(2, Math.min(7, Math.floor(width / 60))));
}

function gridMark(panel: PlacedPanel, layout: RowLayout): Plot.Markish {
  const { scale, top, bottom } = panel;
  const at = (tick: number) => tick * scale;
  return Plot.link(ticksOfPanel(panel, layout), {
    x1: at,
    x2: at,
    y1: top,
    y2: bottom,
    stroke: colours.grid,
  });
}

/** The axis of a panel that has another one below it, and the axis' name. */
function axisMarks(panel: PlacedPanel, layout: RowLayout): Plot.Markish[] {
  const ticks = ticksOfPanel(panel, layout);
  const decimals = tickDecimals(ticks);
  const width = layout.width - layout.marginLeft - layout.marginRight;
  const style = { layout, size: sizes.axis, fill: colours.quiet } as const;
  const place = (tick: number) => layout.marginLeft + tick / panel.domain[1] * width;
  const lines = wrapText(axisOf(panel.measure), layout.width - 36, style, 2);
  const widest = Math.max(...lines.map((line) => measureText(line, style)));
  const x = Math.max(18, Math.min(layout.marginLeft + (width - widest) / 2, layout.width - 18 - widest));
  return [
    gridMark(panel, layout),
    ...ticks.map((tick) =>
      textMark(writeNumber(tick, decimals), { x: place(tick), y: panel.bottom + 5 }, {
        ...style,
        anchor: "middle",
      })
    ),
    textMark(lines.join("\n"), { x, y: panel.bottom + 21 }, { ...style, fill: colours.ink }),
  ];
}
