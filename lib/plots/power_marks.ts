import * as Plot from "@observablehq/plot";
import { textMark } from "./draw_rows.ts";
import { colours, sizes } from "./palette.ts";
import type { PowerCurve } from "./power_curves.ts";
import type { RowLayout } from "./row_layout.ts";

/** Where the curves stand. */
export interface PowerFrame {
  readonly layout: RowLayout;
  readonly domain: readonly [number, number];
  readonly target: number;
  /** The height of one curve's panel, in pixels. */
  readonly rowHeight: number;
}

/** Draws each curve in a panel from 0 to 1, the target as a dashed line, and where it is reached. */
export function powerMarks(curves: readonly PowerCurve[], frame: PowerFrame): Plot.Markish[] {
  return curves.flatMap((curve, row) => {
    const place = (power: number) => heightOf(power, row, frame);
    const [points, line] = [curve.points, curve.line].map((list) =>
      list.map(({ x, power }) => ({ x, y: place(power) }))
    ) as [{ x: number; y: number }[], { x: number; y: number }[]];
    return [
      ...panelMarks(row, frame),
      ...reachedMarks(curve, frame, place),
      Plot.line(line, { x: "x", y: "y", stroke: colours.agrees, strokeWidth: 2.5 }),
      Plot.dot(points, { x: "x", y: "y", r: 3, fill: colours.agrees }),
      ...(curve.extent === "within"
        ? [Plot.dot([curve], {
          x: "reached",
          y: place(frame.target),
          r: 6.5,
          fill: colours.card,
          stroke: colours.ink,
          strokeWidth: 2,
        })]
        : []),
    ];
  });
}

function heightOf(power: number, row: number, { layout, rowHeight }: PowerFrame): number {
  const half = rowHeight / 2 - 14;
  return layout.centres[row]! + half - 2 * half * power;
}

function panelMarks(row: number, frame: PowerFrame): Plot.Markish[] {
  const { layout, target } = frame;
  const [base, top, line] = [0, 1, target].map((power) => heightOf(power, row, frame)) as [
    number,
    number,
    number,
  ];
  const text = (power: number, y: number) =>
    textMark(`${Number((power * 100).toPrecision(3))}%`, {
      x: layout.marginLeft + 2,
      y: y + 2,
    }, { layout, size: sizes.detail, fill: colours.quiet });
  return [
    Plot.ruleY([base], { stroke: colours.axis, strokeWidth: 1 }),
    Plot.ruleY([top], { stroke: colours.grid, strokeWidth: 1 }),
    Plot.ruleY([line], { stroke: colours.ink, strokeWidth: 1.5, strokeDasharray: "5 4" }),
    text(target, line),
    // Where the target is close to the top, its own label is enough.
    ...(line - top > 2.4 * sizes.detail ? [text(1, top)] : []),
    text(0, base),
  ];
}

function reachedMarks(
  curve: PowerCurve,
  frame: PowerFrame,
  place: (power: number) => number,
): Plot.Markish[] {
  if (curve.extent !== "within") return [];
  const drop = [{ x: curve.reached, y1: place(frame.target), y2: place(0) }];
  return [Plot.link(drop, { x1: "x", x2: "x", y1: "y1", y2: "y2", stroke: colours.ink, strokeWidth: 1.5 })];
}
