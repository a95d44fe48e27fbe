import * as Plot from "@observablehq/plot";
import { pixelOf, textMark } from "./draw_rows.ts";
import type { DriftRow } from "./drift_rows.ts";
import { intervalMarks } from "./interval_marks.ts";
import { colours, sizes } from "./palette.ts";
import type { RowLayout } from "./row_layout.ts";
import { measureText } from "./text_layout.ts";

const bandHeight = 18;

/** Draws each row's null as a band, and the observed distance with its interval. */
export function driftMarks(
  rows: readonly DriftRow[],
  layout: RowLayout,
  domain: readonly [number, number],
): Plot.Markish[] {
  return [...bandMarks(layout, domain, rows), ...intervalMarks(pointsOf(layout, rows), domain)];
}

function pointsOf(
  layout: RowLayout,
  rows: readonly DriftRow[],
): { value: number; low: number; high: number; y: number; departs: boolean }[] {
  return rows
    .map((row, index) => ({
      value: row.statistic,
      low: row.low,
      high: row.high,
      y: layout.centres[index]!,
      departs: row.drifts,
    }))
    .filter(({ value }) => !Number.isNaN(value));
}

// The null of each row: a band from 0 to its 95% point, and a stroke at its mean.
function bandMarks(
  layout: RowLayout,
  domain: readonly [number, number],
  rows: readonly DriftRow[],
): Plot.Markish[] {
  const bands = rows
    .map((row, index) => ({ ...row, y: layout.centres[index]! }))
    .filter(({ nullHigh }) => Number.isFinite(nullHigh));
  const key = "grey: what chance alone gives one control (95%)";
  const keyWidth = measureText(key, { size: sizes.detail });
  return [
    Plot.rect(bands, {
      x1: 0,
      x2: "nullHigh",
      y1: ({ y }: { y: number }) => y - bandHeight / 2,
      y2: ({ y }: { y: number }) => y + bandHeight / 2,
      fill: colours.band,
    }),
    Plot.link(bands, {
      x1: "nullMean",
      x2: "nullMean",
      y1: ({ y }: { y: number }) => y - bandHeight / 2,
      y2: ({ y }: { y: number }) => y + bandHeight / 2,
      stroke: colours.bandTick,
      strokeWidth: 1.25,
    }),
    Plot.ruleX([0], { stroke: colours.axis, strokeWidth: 1.5 }),
    textMark(
      key,
      {
        x: Math.min(pixelOf(0, domain, layout), layout.width - 18 - keyWidth),
        y: layout.marginTop - sizes.detail * 1.3 - 4,
      },
      { layout, size: sizes.detail, fill: colours.quiet },
    ),
  ];
}
