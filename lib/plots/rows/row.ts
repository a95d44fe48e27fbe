import { dashedLine } from "../card.ts";
import type { Scale } from "../numbers.ts";
import { colours, type Look } from "../palette.ts";
import { dotMark, lineMark, type Mark, rectangleMark } from "../svg.ts";

export interface PlotRow {
  /** The heading below which it stands, together with the rows before and after that have the same. */
  readonly group?: string;
  readonly label: string;
  /** What tells it from its neighbours, in small print. */
  readonly detail?: string;
  /** Its numbers; those of its last point if not given. */
  readonly value?: string | undefined;
  /** What they say, in small print. */
  readonly note?: string;
  /** Why a value or an interval is missing; empty where none is. */
  readonly reason?: string;
  /** The look of its numbers, and of points that have none of their own. */
  readonly look: Look;
  readonly points?: readonly RowPoint[];
  readonly joined?: boolean;
  /** What was to be expected, as a grey band, and its middle. */
  readonly band?: { readonly low: number; readonly high: number; readonly middle?: number };
  /** Values to compare with, as dashed lines. */
  readonly dashes?: readonly number[];
  /** The least height in pixels. */
  readonly height?: number;
  /** Marks of a kind of its own, and the looks of those that the key explains. */
  readonly draw?: (place: RowPlace) => readonly Mark[];
  readonly drawn?: readonly Look[];
}

export interface RowPoint {
  readonly value: number;
  readonly low?: number;
  readonly high?: number;
  readonly look?: Look;
}

export interface RowPlace {
  readonly scale: Scale;
  readonly top: number;
  readonly middle: number;
  readonly bottom: number;
}

const bandHeight = 18;

export function bandMarks({ band }: PlotRow, { scale, middle }: RowPlace): Mark[] {
  if (band === undefined || !(band.high > band.low)) return [];
  const [y1, y2] = [middle - bandHeight / 2, middle + bandHeight / 2];
  const [x1, x2] = [band.low, band.high].map((end) => scale.at(scale.clamp(end))) as [number, number];
  const x = scale.at(band.middle ?? NaN);
  const tick = { stroke: colours.bandTick, strokeWidth: 1.25 };
  return [
    rectangleMark({ x1, x2, y1, y2 }, { fill: colours.band }),
    ...(Number.isNaN(x) ? [] : [lineMark([[x, y1], [x, y2]], tick)]),
  ];
}

/** Draws the values that rows are compared with; rows with the same one share a line, so that its dashes run through. */
export function dashMarks(rows: readonly (RowPlace & { readonly row: PlotRow })[]): Mark[] {
  const lines: { x: number; top: number; bottom: number }[] = [];
  for (const { row, scale, top, bottom } of rows) {
    for (const value of new Set(row.dashes?.filter(Number.isFinite))) {
      const x = scale.at(scale.clamp(value));
      const above = lines.find((own) => own.x === x && own.bottom === top);
      if (above === undefined) lines.push({ x, top, bottom });
      else above.bottom = bottom;
    }
  }
  return lines.map(({ x, top, bottom }) => dashedLine([[x, top], [x, bottom]]));
}

export function pointMarks({ points = [], look, joined = false, draw }: PlotRow, place: RowPlace): Mark[] {
  const { scale, middle } = place;
  const known = points.filter(({ value }) => !Number.isNaN(value));
  const places = known.map(({ value }) => scale.at(scale.clamp(value)));
  const ends = [Math.min(...places), Math.max(...places)].map((x) => [x, middle] as const);
  const style = { stroke: colours.bandTick, strokeWidth: 2.5 };
  return [
    ...(joined && known.length > 1 ? [lineMark(ends, style)] : []),
    ...known.flatMap((point) => intervalMarks(point, point.look ?? look, place)),
    ...known.map((point) => pointMark(point, point.look ?? look, place, joined)),
    ...(draw?.(place) ?? []),
  ];
}

/** An interval with end strokes; an end beyond the axis is drawn up to the axis' end, without a stroke. */
function intervalMarks({ low = NaN, high = NaN }: RowPoint, look: Look, place: RowPlace): Mark[] {
  if (Number.isNaN(low) || Number.isNaN(high)) return [];
  const { scale, middle } = place;
  const style = { stroke: look.colour, strokeWidth: 2.5 };
  const ends = [low, high].map((end) => ({
    x: scale.at(scale.clamp(end)),
    within: end === scale.clamp(end),
  }));
  return [
    lineMark(ends.map(({ x }) => [x, middle] as const), style),
    ...ends.filter(({ within }) => within)
      .map(({ x }) => lineMark([[x, middle - 5], [x, middle + 5]], style)),
  ];
}

/** A point; one beyond the axis is a triangle at the axis' end that points outward. */
function pointMark({ value }: RowPoint, look: Look, { scale, middle }: RowPlace, joined: boolean): Mark {
  const end = scale.clamp(value);
  // A ring among joined points shows what lies beneath it.
  const open = look.hollow && joined ? { fill: "none" } : {};
  if (value === end) return dotMark([scale.at(value), middle], look, look.hollow ? 5.5 : 6, open);
  const rotate = value > end ? 90 : -90;
  return dotMark([scale.at(end), middle], { ...look, symbol: "triangle" }, 6, { rotate });
}
