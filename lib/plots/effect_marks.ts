import * as Plot from "@observablehq/plot";
import { pixelOf, textMark } from "./draw_rows.ts";
import type { EffectRow } from "./effect_rows.ts";
import { writeNumber } from "./figure_text.ts";
import { intervalMarks } from "./interval_marks.ts";
import { colours, sizes } from "./palette.ts";
import type { RowLayout } from "./row_layout.ts";
import { measureText } from "./text_layout.ts";

/** Where the marks of a forest plot stand. */
export interface EffectFrame {
  readonly layout: RowLayout;
  readonly domain: readonly [number, number];
  /** The distinct true effects. */
  readonly truths: readonly number[];
  readonly decimals: number;
}

/** Draws the line at no effect, the truth, and each estimate with its interval. */
export function effectMarks(rows: readonly EffectRow[], frame: EffectFrame): Plot.Markish[] {
  const { layout, domain, truths, decimals } = frame;
  return [
    ...zeroMarks(layout, domain, truths, decimals),
    ...truthMarks(layout, rows),
    ...intervalMarks(pointsOf(layout, rows), domain),
  ];
}

function pointsOf(
  layout: RowLayout,
  rows: readonly EffectRow[],
): { value: number; low: number; high: number; y: number; departs: boolean }[] {
  return rows
    .map((row, index) => ({
      value: row.estimate,
      low: row.low,
      high: row.high,
      y: layout.centres[index]!,
      departs: row.covers === false,
    }))
    .filter(({ value }) => !Number.isNaN(value));
}

function zeroMarks(
  layout: RowLayout,
  domain: readonly [number, number],
  truths: readonly number[],
  decimals: number,
): Plot.Markish[] {
  const labels: HeadLabel[] = [{ text: "no effect", value: 0, fill: colours.quiet, bold: false }];
  if (truths.length > 0) {
    const text = truths.length === 1 ? `true effect ${writeNumber(truths[0]!, decimals)}` : "true effects";
    labels.push({ text, value: truths[0]!, fill: colours.ink, bold: true });
  }
  return [
    Plot.ruleX([0], { stroke: colours.axis, strokeWidth: 1.5 }),
    ...headLabels(labels, layout, domain),
  ];
}

interface HeadLabel {
  readonly text: string;
  readonly value: number;
  readonly fill: string;
  readonly bold: boolean;
}

// Two labels share the band above the rows: each above its line, pushed apart where the lines stand close.
function headLabels(
  labels: readonly HeadLabel[],
  layout: RowLayout,
  domain: readonly [number, number],
): Plot.Markish[] {
  const set = labels
    .map((label) => {
      const width = measureText(label.text, { size: sizes.detail, bold: label.bold });
      return { ...label, width, x: pixelOf(label.value, domain, layout) - width / 2 };
    })
    .sort((a, b) => a.x + a.width / 2 - (b.x + b.width / 2));
  const [left, right] = set;
  if (right !== undefined) {
    const excess = Math.max(0, left!.x + left!.width + 10 - right.x);
    left!.x -= excess / 2;
    right.x += excess / 2;
  }
  // Neither the card's edge nor the values' heading may be run over.
  let limit = layout.width - layout.marginRight + 8;
  for (const label of set.toReversed()) {
    label.x = Math.max(18, Math.min(label.x, limit - label.width));
    limit = label.x - 10;
  }
  const y = layout.marginTop - sizes.detail * 1.3 - 4;
  return set.map(({ text, x, fill, bold }) =>
    textMark(text, { x, y }, { layout, size: sizes.detail, fill, bold })
  );
}

function truthMarks(layout: RowLayout, rows: readonly EffectRow[]): Plot.Markish[] {
  const edges = [
    layout.marginTop,
    ...layout.centres.slice(1).map((centre, index) => (layout.centres[index]! + centre) / 2),
    layout.height - layout.marginBottom,
  ];
  const segments: { truth: number; top: number; bottom: number }[] = [];
  rows.forEach(({ truth }, index) => {
    const [last, top, bottom] = [segments.at(-1), edges[index]!, edges[index + 1]!];
    // Rows with the same truth share one line, so that its dashes run through.
    if (last?.truth === truth && last.bottom === top) last.bottom = bottom;
    else if (!Number.isNaN(truth)) segments.push({ truth, top, bottom });
  });
  const line = { stroke: colours.ink, strokeWidth: 1.75, strokeDasharray: "5 4" };
  return [Plot.link(segments, { x1: "truth", x2: "truth", y1: "top", y2: "bottom", ...line })];
}
