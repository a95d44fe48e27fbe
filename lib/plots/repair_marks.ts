import * as Plot from "@observablehq/plot";
import { tickDecimals, ticksOf } from "./axis_ticks.ts";
import { pixelOf, textMark } from "./draw_rows.ts";
import { writeNumber } from "./figure_text.ts";
import { colours, sizes } from "./palette.ts";
import { stripHeights } from "./repair_layout.ts";
import { marginOf, type RepairStrips, type Strip, type StripPoint } from "./repair_strips.ts";
import type { RowLayout } from "./row_layout.ts";

/** Where strips stand. */
export interface StripFrame {
  readonly layout: RowLayout;
  /** The ends of the x axis: half a place beyond the first and the last run. */
  readonly domain: readonly [number, number];
  /** The ends of the strips' own axis for each measure, in its units. */
  readonly scales: ReadonlyMap<string, readonly [number, number]>;
}

/** Draws every strip: its axis, the null or the truth, and its points over the runs. */
export function repairMarks({ strips, ordered }: RepairStrips, frame: StripFrame): Plot.Markish[] {
  const { layout, domain } = frame;
  // Half of an end stroke, 5 pixels, in units of the x axis.
  const cap = 5 * (domain[1] - domain[0]) / (layout.width - layout.marginLeft - layout.marginRight);
  return strips.flatMap((strip, row) => {
    const place = (value: number) => heightOf(value, strip, row, frame);
    return [
      ...(strip.kind === "drift" ? nullMarks(strip, place, domain) : []),
      ...axisMarks(strip, place, frame),
      ...dashedOf(strip).map((value) => dashedMark(place(value))),
      ...pointMarks(strip, place, { ordered, cap }),
    ];
  });
}

/** The height of a value of a strip, in pixels; what lies beyond the strip's axis stands at its end. */
function heightOf(value: number, strip: Strip, row: number, { layout, scales }: StripFrame): number {
  const [low, high] = scales.get(strip.measure)!;
  const half = stripHeights[strip.kind] / 2 - 8;
  const part = (Math.min(high, Math.max(low, value)) - low) / (high - low);
  return layout.centres[row]! + half - 2 * half * part;
}

type Place = (value: number) => number;

function nullMarks({ points }: Strip, place: Place, domain: StripFrame["domain"]): Plot.Markish[] {
  const bands = points.filter(({ nullHigh }) => Number.isFinite(nullHigh));
  return [
    Plot.rect(bands, {
      x1: ({ run }: StripPoint) => run === 0 ? domain[0] : run - 0.5,
      x2: ({ run }: StripPoint) => run + 0.5,
      y1: place(0),
      y2: ({ nullHigh }: StripPoint) => place(nullHigh),
      fill: colours.band,
      // Neighbours overlap a little, or a seam would show.
      insetLeft: -0.5,
      insetRight: -0.5,
    }),
  ];
}

function axisMarks(strip: Strip, place: Place, frame: StripFrame): Plot.Markish[] {
  const { layout, scales } = frame;
  const ticks = ticksOf(scales.get(strip.measure)!, strip.kind === "drift" ? 3 : 4);
  const decimals = tickDecimals(ticks);
  return [
    Plot.ruleY(ticks.filter((tick) => tick !== 0).map(place), { stroke: colours.grid, strokeWidth: 1 }),
    Plot.ruleY([place(0)], { stroke: colours.axis, strokeWidth: 1.25 }),
    // Inside the panel: labels of rows reach up to its edge.
    ...tickPlaces(strip, ticks, place).map(({ tick, y }) =>
      textMark(tick === 0 ? "0" : writeNumber(tick, decimals), { x: layout.marginLeft + 2, y }, {
        layout,
        size: 10,
        fill: colours.quiet,
      })
    ),
  ];
}

/** The heights of ticks' numbers: above their lines, or below where a dashed line would strike them through. */
function tickPlaces(strip: Strip, ticks: readonly number[], place: Place): { tick: number; y: number }[] {
  const dashes = dashedOf(strip).map(place);
  const struck = (line: number) => dashes.some((dash) => dash > line - 15 && dash < line + 1);
  const places = ticks.filter((tick) => tick !== 0 || strip.kind === "effect").map((tick) => {
    const line = place(tick);
    return { tick, moved: struck(line), y: struck(line) ? line + 2 : line - 12 };
  });
  // A number that was moved may reach the next one, which then is left out: its line remains.
  return places.filter(({ moved, y }) =>
    moved || !places.some((other) => other.moved && Math.abs(other.y - y) < 11)
  );
}

/** What is drawn as a dashed line: the true effect, or the margin. */
function dashedOf(strip: Strip): number[] {
  return [strip.kind === "effect" ? strip.truth : marginOf(strip)].filter(Number.isFinite);
}

function dashedMark(y: number): Plot.Markish {
  return Plot.ruleY([y], { stroke: colours.ink, strokeWidth: 1.5, strokeDasharray: "5 4" });
}

function pointMarks(
  { kind, points }: Strip,
  place: Place,
  { ordered, cap }: { ordered: boolean; cap: number },
): Plot.Markish[] {
  const drawn = points.filter(({ value }) => Number.isFinite(value)).sort((a, b) => a.run - b.run);
  const radius = kind === "drift" ? 4.5 : 5;
  const at = { x: "run", y: ({ value }: StripPoint) => place(value) };
  const dot = { ...at, stroke: colours.card, strokeWidth: 1.5 };
  return [
    ...(ordered ? [Plot.line(drawn, { ...at, stroke: colours.bandTick })] : []),
    ...(kind === "drift" ? [] : intervalMarks(drawn, place, cap)),
    Plot.dot(drawn.filter(({ departs }) => !departs), {
      ...dot,
      r: radius,
      symbol: "circle",
      fill: colours.agrees,
    }),
    Plot.dot(drawn.filter(({ departs }) => departs), {
      ...dot,
      r: radius + 0.5,
      symbol: "square",
      fill: colours.departs,
    }),
  ];
}

function intervalMarks(drawn: readonly StripPoint[], place: Place, cap: number): Plot.Markish[] {
  const whole = drawn.filter(({ low, high }) => !Number.isNaN(low) && !Number.isNaN(high));
  const line = {
    stroke: ({ departs }: StripPoint) => (departs ? colours.departs : colours.agrees),
    strokeWidth: 2.5,
  };
  return [
    Plot.link(whole, {
      ...line,
      x1: "run",
      x2: "run",
      y1: ({ low }: StripPoint) => place(low),
      y2: ({ high }: StripPoint) => place(high),
    }),
    Plot.link(whole.flatMap((point) => [{ ...point, end: point.low }, { ...point, end: point.high }]), {
      ...line,
      x1: ({ run }: StripPoint) => run - cap,
      x2: ({ run }: StripPoint) => run + cap,
      y1: ({ end }: { end: number }) => place(end),
      y2: ({ end }: { end: number }) => place(end),
    }),
  ];
}

/** The labels of runs under the axis, and each run's verdict in its colour. */
export function runMarks(
  { runs }: RepairStrips,
  labels: {
    readonly names: readonly (readonly string[])[];
    readonly verdicts: readonly (readonly string[])[];
  },
  frame: StripFrame,
): Plot.Markish[] {
  const { layout, domain } = frame;
  const top = layout.height - layout.marginBottom + 6;
  const tallest = Math.max(...labels.names.map((lines) => lines.length));
  return runs.flatMap(({ verdict }, run) => {
    const x = pixelOf(run, domain, layout);
    const style = { layout, size: sizes.detail, anchor: "middle" } as const;
    const below = top + tallest * sizes.detail * 1.3 + 3;
    return [
      textMark(labels.names[run]!.join("\n"), { x, y: top }, { ...style, fill: colours.ink }),
      textMark(labels.verdicts[run]!.join("\n"), { x, y: below }, { ...style, fill: verdictColour(verdict) }),
    ];
  });
}

/** The colour in which a verdict is written. */
function verdictColour(verdict: string): string {
  if (verdict === "drift remains") return colours.departs;
  return verdict === "not checked" ? colours.quiet : colours.agrees;
}
