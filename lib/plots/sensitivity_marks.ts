import * as Plot from "@observablehq/plot";
import { pixelOf, textMark } from "./draw_rows.ts";
import { intervalMarks, type IntervalPoint } from "./interval_marks.ts";
import { colours, sizes } from "./palette.ts";
import type { RowLayout } from "./row_layout.ts";
import type { SensitivityRow } from "./sensitivity_rows.ts";
import { measureText } from "./text_layout.ts";

const bandHeight = 16;

type PlacedRow = SensitivityRow & { readonly y: number };

/** Draws the line at no effect, what the assumption allows as bands, and estimates with their intervals. */
export function sensitivityMarks(
  rows: readonly SensitivityRow[],
  layout: RowLayout,
  domain: readonly [number, number],
): Plot.Markish[] {
  const placed = rows.map((row, index) => ({ ...row, y: layout.centres[index]! }));
  const bands = placed.filter(({ boundLow, boundHigh }) => boundHigh > boundLow);
  return [
    bandMark(bands),
    Plot.ruleX([0], { stroke: colours.axis, strokeWidth: 1.5 }),
    ...intervalMarks(pointsOf(placed), domain),
    breakMark(placed.filter(({ breaks }) => breaks)),
    ...headMarks(layout, domain, bands.length > 0),
  ];
}

function pointsOf(rows: readonly PlacedRow[]): IntervalPoint[] {
  return rows.filter(({ breaks }) => !breaks).map(({ estimate, low, high, y, holdsZero }) => ({
    value: estimate,
    low,
    high,
    y,
    departs: holdsZero === true,
  }));
}

function bandMark(bands: readonly PlacedRow[]): Plot.Markish {
  return Plot.rect(bands, {
    x1: "boundLow",
    x2: "boundHigh",
    y1: ({ y }: PlacedRow) => y - bandHeight / 2,
    y2: ({ y }: PlacedRow) => y + bandHeight / 2,
    fill: colours.band,
  });
}

function breakMark(rows: readonly PlacedRow[]): Plot.Markish {
  return Plot.dot(rows, {
    x: 0,
    y: "y",
    r: 7,
    symbol: "diamond",
    fill: colours.card,
    stroke: colours.departs,
    strokeWidth: 2,
  });
}

function headMarks(layout: RowLayout, domain: readonly [number, number], banded: boolean): Plot.Markish[] {
  const line = sizes.detail * 1.3;
  const at = (text: string, x: number, lines: number) => {
    const width = measureText(text, { size: sizes.detail });
    const limit = layout.width - layout.marginRight + 8 - width;
    const place = { x: Math.max(18, Math.min(x - width / 2, limit)), y: layout.marginTop - lines * line - 4 };
    return textMark(text, place, { layout, size: sizes.detail, fill: colours.quiet });
  };
  const middle = (layout.marginLeft + layout.width - layout.marginRight) / 2;
  return [
    at("no effect", pixelOf(0, domain, layout), 1),
    ...(banded ? [at("grey: what κ allows; line: with sampling error", middle, 2)] : []),
  ];
}
