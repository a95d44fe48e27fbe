import * as Plot from "@observablehq/plot";
import { textMark } from "./draw_rows.ts";
import { colours, sizes } from "./palette.ts";
import type { RowLayout } from "./row_layout.ts";
import type { StabilityCurve, StabilityPoint } from "./stability_curves.ts";
import { type PlacedLabel, scoreHeight } from "./stability_layout.ts";

// The reference in grey, the other arms in Okabe and Ito's colours, dark enough to be read as text on white.
const armColours = [colours.quiet, colours.agrees, colours.departs, "#00795a", "#8f4580", colours.ink];

/** The colour of an arm by its place. */
function armColour(place: number): string {
  return armColours[place % armColours.length]!;
}

/** Draws the panel: bands, no-persona levels, curves, half-lives and the labels at the curves' ends. */
export function stabilityMarks(
  curves: readonly StabilityCurve[],
  placed: readonly PlacedLabel[],
  layout: RowLayout,
): Plot.Markish[] {
  const y = (score: number): number => scoreHeight(score, layout);
  return [
    ...panelMarks(layout),
    ...floorName(curves, layout),
    ...curves.map((curve, i) => bandMark(curve, armColour(i), y)),
    ...curves.flatMap(({ floor }, i) =>
      Number.isNaN(floor)
        ? []
        : [Plot.ruleY([y(floor)], { stroke: armColour(i), strokeWidth: 1.5, strokeDasharray: "5 4" })]
    ),
    ...curves.flatMap((curve, i) => curveMarks(curve, armColour(i), y)),
    ...curves.flatMap((curve, i) => halfLifeMarks(curve, armColour(i), y)),
    ...placed.flatMap((label, i) => labelMarks(label, armColour(i), layout)),
  ];
}

type Height = (score: number) => number;

function bandMark({ points }: StabilityCurve, colour: string, y: Height): Plot.Markish {
  return Plot.areaY(points.filter(({ low, high }) => !Number.isNaN(low + high)), {
    x: "turn",
    y1: ({ low }: StabilityPoint) => y(low),
    y2: ({ high }: StabilityPoint) => y(high),
    fill: colour,
    fillOpacity: 0.14,
  });
}

function curveMarks({ points }: StabilityCurve, colour: string, y: Height): Plot.Markish[] {
  const at = { x: "turn", y: ({ value }: StabilityPoint) => y(value) };
  return [
    Plot.line(points, { ...at, stroke: colour, strokeWidth: 2.5 }),
    Plot.dot(points, { ...at, r: 3, fill: colour }),
  ];
}

function labelMarks({ lines, x }: PlacedLabel, colour: string, layout: RowLayout): Plot.Markish[] {
  return lines.map(({ text, y, bold }) =>
    textMark(text, { x, y }, { layout, size: bold ? sizes.label : sizes.detail, fill: colour, bold })
  );
}

function panelMarks(layout: RowLayout): Plot.Markish[] {
  const levels = [0, 0.25, 0.5, 0.75, 1];
  return [
    Plot.ruleY(levels.slice(1).map((level) => scoreHeight(level, layout)), {
      stroke: colours.grid,
      strokeWidth: 1,
    }),
    Plot.ruleY([scoreHeight(0, layout)], { stroke: colours.axis, strokeWidth: 1 }),
    ...levels.map((level) =>
      textMark(`${level * 100}%`, {
        x: layout.marginLeft - 6,
        y: scoreHeight(level, layout) - sizes.axis * 0.65,
      }, { layout, size: sizes.axis, fill: colours.quiet, anchor: "end" })
    ),
  ];
}

/** Names the dashed lines where curves, which start high, leave room. */
function floorName(curves: readonly StabilityCurve[], layout: RowLayout): Plot.Markish[] {
  const known = curves.filter(({ floor }) => !Number.isNaN(floor));
  if (known.length === 0) return [];
  const levels = known.map(({ floor }) => floor);
  // Below the lines where there is room above the axis, so that lines down to them cross no word.
  const [lowest, highest] = [Math.min(...levels), Math.max(...levels)];
  const y = lowest >= 0.09
    ? scoreHeight(lowest, layout) + sizes.detail * 0.25
    : scoreHeight(highest, layout) - sizes.detail * 1.4;
  const name = known.some(({ floorMeasured }) => floorMeasured) ? "no persona" : "floor";
  return [
    textMark(name, { x: layout.marginLeft + 4, y }, { layout, size: sizes.detail, fill: colours.quiet }),
  ];
}

/** A circle on the curve where half of the distance to the no-persona level is gone. */
function halfLifeMarks(
  curve: StabilityCurve,
  colour: string,
  y: Height,
): Plot.Markish[] {
  const value = valueAt(curve.points, curve.half.value);
  if (curve.verdict !== "decay" || Number.isNaN(value)) return [];
  const at = [{ x: curve.half.value, y1: y(value), y2: y(Number.isNaN(curve.floor) ? 0 : curve.floor) }];
  return [
    Plot.link(at, { x1: "x", x2: "x", y1: "y1", y2: "y2", stroke: colour, strokeWidth: 1.25 }),
    Plot.dot(at, { x: "x", y: "y1", r: 6, fill: colours.card, stroke: colour, strokeWidth: 2 }),
  ];
}

/** The height of the drawn line at a turn; `NaN` beyond its ends. */
function valueAt(points: readonly StabilityPoint[], turn: number): number {
  const right = points.findIndex((point) => point.turn >= turn);
  if (!(right > 0)) return NaN;
  const [from, to] = [points[right - 1]!, points[right]!];
  return from.value + (to.value - from.value) * (turn - from.turn) / (to.turn - from.turn);
}
