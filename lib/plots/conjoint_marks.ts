import * as Plot from "@observablehq/plot";
import type { ConjointRow } from "./conjoint_plot_rows.ts";
import { pixelOf, textMark } from "./draw_rows.ts";
import { intervalMarks } from "./interval_marks.ts";
import { colours, sizes } from "./palette.ts";
import type { RowLayout } from "./row_layout.ts";
import { measureText } from "./text_layout.ts";

/** Where the marks stand. */
export interface ConjointFrame {
  readonly layout: RowLayout;
  readonly domain: readonly [number, number];
  /** Where the line of no effect stands; `NaN` for none. */
  readonly nullValue: number;
  readonly nullLabel: string;
}

/** Draws the line of no effect, the reference levels as rings on it, and each estimate with its interval. */
export function conjointMarks(rows: readonly ConjointRow[], frame: ConjointFrame): Plot.Markish[] {
  const { layout, domain } = frame;
  const placed = rows.map((row, index) => ({ row, y: layout.centres[index]! }));
  const estimated = placed.filter(({ row }) => !row.isReference && !Number.isNaN(row.estimate));
  return [
    ...(Number.isNaN(frame.nullValue) ? [] : nullMarks(frame)),
    Plot.dot(placed.filter(({ row }) => row.isReference), {
      x: ({ row }: { row: ConjointRow }) => row.estimate,
      y: "y",
      r: 4.5,
      fill: colours.card,
      stroke: colours.axis,
      strokeWidth: 2,
    }),
    ...intervalMarks(
      estimated.map(({ row, y }) => ({
        value: row.estimate,
        low: row.low,
        high: row.high,
        y,
        departs: row.isSecond,
      })),
      domain,
    ),
  ];
}

function nullMarks({ layout, domain, nullValue, nullLabel }: ConjointFrame): Plot.Markish[] {
  const style = { layout, size: sizes.detail, fill: colours.quiet };
  const width = measureText(nullLabel, { size: sizes.detail });
  const middle = pixelOf(nullValue, domain, layout) - width / 2;
  const x = Math.max(18, Math.min(middle, layout.width - layout.marginRight + 8 - width));
  return [
    Plot.ruleX([nullValue], { stroke: colours.axis, strokeWidth: 1.5 }),
    textMark(nullLabel, { x, y: layout.marginTop - sizes.detail * 1.3 - 4 }, style),
  ];
}
