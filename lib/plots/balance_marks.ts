import * as Plot from "@observablehq/plot";
import type { BalancePlotRow } from "./balance_points.ts";
import { samplesOf } from "./balance_texts.ts";
import { textMark } from "./draw_rows.ts";
import { writeNumber } from "./figure_text.ts";
import { intervalMarks } from "./interval_marks.ts";
import { colours, sizes } from "./palette.ts";
import type { RowLayout } from "./row_layout.ts";
import { measureText } from "./text_layout.ts";

const bandHeight = 16;

/** Where the marks of a balance plot stand. */
export interface BalanceFrame {
  readonly layout: RowLayout;
  readonly domain: readonly [number, number];
  readonly threshold: number | undefined;
  readonly absolute: boolean;
}

/** Draws what chance allows, the threshold, and each sample's difference: the last filled, those before it as rings. */
export function balanceMarks(rows: readonly BalancePlotRow[], frame: BalanceFrame): Plot.Markish[] {
  const { layout, domain } = frame;
  const placed = rows.flatMap((row, index) =>
    row.points.map((point, place) => ({
      ...point,
      y: layout.centres[index]!,
      last: place === row.points.length - 1,
    }))
  );
  const finite = placed.filter(({ statistic }) => Number.isFinite(statistic));
  const filled = finite.filter(({ last }) => last).map(({ statistic, y, departs }) => ({
    value: statistic,
    low: NaN,
    high: NaN,
    y,
    departs,
  }));
  return [
    bandMark(placed.filter(({ last }) => last), frame.absolute),
    ...thresholdMarks(frame),
    Plot.ruleX([0], { stroke: colours.axis, strokeWidth: 1.5 }),
    Plot.dot(finite.filter(({ last }) => !last), {
      x: "statistic",
      y: "y",
      r: 5,
      fill: colours.card,
      stroke: colours.quiet,
      strokeWidth: 1.75,
    }),
    ...intervalMarks(filled, domain),
    ...keyMarks(rows, frame),
  ];
}

function bandMark(
  points: readonly { readonly nullHigh: number; readonly y: number }[],
  absolute: boolean,
): Plot.Markish {
  return Plot.rect(points.filter(({ nullHigh }) => Number.isFinite(nullHigh)), {
    x1: ({ nullHigh }: { nullHigh: number }) => absolute ? 0 : -nullHigh,
    x2: "nullHigh",
    y1: ({ y }: { y: number }) => y - bandHeight / 2,
    y2: ({ y }: { y: number }) => y + bandHeight / 2,
    fill: colours.band,
  });
}

function thresholdMarks({ threshold, absolute, layout }: BalanceFrame): Plot.Markish[] {
  if (threshold === undefined) return [];
  const lines = (absolute ? [threshold] : [-threshold, threshold]).map((x) => ({
    x,
    top: layout.marginTop,
    bottom: layout.height - layout.marginBottom,
  }));
  return [
    Plot.link(lines, {
      x1: "x",
      x2: "x",
      y1: "top",
      y2: "bottom",
      stroke: colours.ink,
      strokeWidth: 1.25,
      strokeDasharray: "5 4",
    }),
  ];
}

/** What rings, points and dashes are, above the rows and as far left as it must. */
function keyMarks(rows: readonly BalancePlotRow[], { layout, threshold }: BalanceFrame): Plot.Markish[] {
  const samples = samplesOf(rows);
  const parts = [
    ...(samples.length > 1 ? [`ring: ${samples.slice(0, -1).join(", ")}`, `filled: ${samples.at(-1)}`] : []),
    ...(threshold === undefined ? [] : [`dashes: ${writeNumber(threshold, threshold < 0.1 ? 3 : 2)}`]),
  ];
  if (parts.length === 0) return [];
  const text = parts.join(" · ");
  const width = measureText(text, { size: sizes.detail });
  const x = Math.max(18, Math.min(layout.marginLeft, layout.width - layout.marginRight - width));
  const y = layout.marginTop - sizes.detail * 1.3 - 4;
  return [textMark(text, { x, y }, { layout, size: sizes.detail, fill: colours.quiet })];
}
