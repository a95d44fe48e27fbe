import * as Plot from "@observablehq/plot";
import { colours } from "./palette.ts";

/** A point with its interval, at a height in pixels. */
export interface IntervalPoint {
  readonly value: number;
  readonly low: number;
  readonly high: number;
  readonly y: number;
  /** Whether the point departs from what it is compared with: drawn in another colour and shape. */
  readonly departs: boolean;
}

/** Draws intervals as lines with end strokes, and their points: circles, or squares for those that depart. */
export function intervalMarks(
  points: readonly IntervalPoint[],
  domain: readonly [number, number],
): Plot.Markish[] {
  const colour = (point: IntervalPoint) => (point.departs ? colours.departs : colours.agrees);
  // An end beyond the axis is drawn up to the axis' end, without an end stroke.
  const clamp = (value: number) => Math.min(domain[1], Math.max(domain[0], value));
  const whole = points.filter(({ low, high }) => !Number.isNaN(low) && !Number.isNaN(high));
  const ends = whole.flatMap((point) =>
    [point.low, point.high].filter((end) => end === clamp(end)).map((end) => ({ point, end }))
  );
  const drawn = points.filter(({ value }) => Number.isFinite(value));
  return [
    Plot.link(whole, {
      x1: ({ low }: IntervalPoint) => clamp(low),
      x2: ({ high }: IntervalPoint) => clamp(high),
      y1: "y",
      y2: "y",
      stroke: colour,
      strokeWidth: 2.5,
    }),
    Plot.link(ends, {
      x1: "end",
      x2: "end",
      y1: ({ point }: { point: IntervalPoint }) => point.y - 5,
      y2: ({ point }: { point: IntervalPoint }) => point.y + 5,
      stroke: ({ point }: { point: IntervalPoint }) => colour(point),
      strokeWidth: 2.5,
    }),
    Plot.dot(drawn.filter(({ departs }) => !departs), {
      x: "value",
      y: "y",
      r: 6,
      symbol: "circle",
      fill: colours.agrees,
      stroke: colours.card,
      strokeWidth: 1.5,
    }),
    Plot.dot(drawn.filter(({ departs }) => departs), {
      x: "value",
      y: "y",
      r: 6.5,
      symbol: "square",
      fill: colours.departs,
      stroke: colours.card,
      strokeWidth: 1.5,
    }),
  ];
}
