import { type Card, dashedLine, detailInk, drawAxis, drawCard } from "../card.ts";
import { drawKey, type KeyItem, type Placed } from "../card.ts";
import type { Figure } from "../figure.ts";
import { linearScale, type Scale, ticksOf, writeTicks } from "../numbers.ts";
import { colours, edge, type Look, sizes } from "../palette.ts";
import { areaMark, dotMark, lineMark, type Mark, textMark } from "../svg.ts";
import { bottomOf, setText, type TextBlock, widthOf } from "../text_layout.ts";

/** Curves of shares, or of what has no limit, in one panel, each named at its end. */
interface CurvePlot extends Omit<Card, "told"> {
  readonly curves: readonly Curve[];
  readonly axis: string;
  readonly domain: readonly [number, number];
  /** Where the axis has its numbers; at round ones if not given. */
  readonly ticks?: readonly number[];
  /** The ends of the axis upwards; those of shares if not given. */
  readonly rise?: readonly [number, number];
  /** A value to compare all curves with, as a dashed line. */
  readonly target?: number;
  readonly key: readonly KeyItem[];
}

export interface Curve {
  readonly name: string;
  /** What is said below its name, line by line. */
  readonly says: readonly string[];
  readonly look: Look;
  /** From left to right; `low` and `high` are the ends of an interval. */
  readonly points: readonly CurvePoint[];
  /** What lies between the points, if not straight lines. */
  readonly path?: readonly CurvePoint[];
  /** A share of its own to compare it with, as a dashed line. */
  readonly level?: number;
  /** A place on it that is told, and the share down to which a line leads the eye. */
  readonly mark?: { readonly x: number; readonly y: number; readonly foot: number };
  readonly told: string;
}

export interface CurvePoint {
  readonly x: number;
  readonly y: number;
  readonly low?: number;
  readonly high?: number;
}

export function drawCurves(plot: CurvePlot): Figure {
  const { asked: { width }, curves } = plot;
  const names = curves.map(({ name, says }) => ({ lines: [name, ...says], bold: true, size: sizes.label }));
  const widest = Math.min(width * 0.32, Math.max(60, ...names.map(widthOf)));
  const range = [edge + 36, width - edge - widest - 12] as const;
  const beside = curves.map((curve) => setName(curve, range[1] + 12, widest));
  // As high as the names need that stand beside it.
  const panelHeight = Math.max(236, beside.reduce((sum, { height }) => sum + height + 4, -8));
  return drawCard({ ...plot, told: curves.map(({ told }) => told) }, (start): Placed => {
    const key = drawKey(plot.key, start, width);
    const [top, bottom] = [key.bottom + 6, key.bottom + 6 + panelHeight];
    const x = linearScale(plot.domain, range);
    const y = linearScale(plot.rise ?? [0, 1], [bottom - 8, top + 14]);
    const ticks = plot.ticks === undefined ? {} : { ticks: { at: plot.ticks, format: String } };
    const axis = drawAxis({ scale: x, top, bottom, name: plot.axis, width, ...ticks });
    return {
      bottom: axis.bottom,
      marks: [
        ...key.marks,
        ...axis.grid,
        ...risingAxis(x, y, plot.rise),
        ...curves.map((curve) => bandMark(curve, x, y)),
        ...(plot.target === undefined ? [] : [dashedLine(across(plot.target, x, y))]),
        ...curves.flatMap((curve) => curveMarks(curve, x, y)),
        ...placeNames(beside, [top, bottom], y).map(textMark),
        ...axis.marks,
      ],
    };
  });
}

function across(share: number, x: Scale, y: Scale): [number, number][] {
  return [[x.range[0], y.at(share)], [x.range[1], y.at(share)]];
}

/** Lines at quarters, or at round numbers, with these on the left. */
export function risingAxis(x: Scale, y: Scale, rise: CurvePlot["rise"]): Mark[] {
  const at = rise === undefined ? [0, 0.25, 0.5, 0.75, 1] : ticksOf(rise, 5);
  const labels = rise === undefined ? at.map((share) => `${share * 100}%`) : writeTicks(at);
  const left = { x: x.range[0] - 6, anchor: "end" } as const;
  return at.flatMap((value, place) => [
    lineMark(across(value, x, y), { stroke: value === 0 ? colours.axis : colours.grid }),
    textMark({ ...detailInk, ...left, lines: [labels[place]!], y: y.at(value) - sizes.detail * 0.65 }),
  ]);
}

function bandMark({ points, look }: Curve, x: Scale, y: Scale): Mark {
  const ends = points.filter(({ low = NaN, high = NaN }) => Number.isFinite(low + high))
    .map((point) => ({ x: x.at(point.x), bottom: y.at(point.low!), top: y.at(point.high!) }));
  return areaMark(ends, { fill: look.colour, fillOpacity: 0.14 });
}

function curveMarks({ points, path = points, look, level = NaN, mark }: Curve, x: Scale, y: Scale): Mark[] {
  const place = (point: CurvePoint) => [x.at(point.x), y.at(point.y)] as const;
  const [stroke, dot] = [look.colour, { colour: look.colour, symbol: "circle" } as const];
  const dashes = { stroke, strokeWidth: 1.5, strokeDasharray: "5 4" };
  return [
    ...(Number.isFinite(level) ? [lineMark(across(level, x, y), dashes)] : []),
    lineMark(path.map(place), { stroke, strokeWidth: 2.5 }),
    ...points.map((point) => dotMark(place(point), dot, 3, { stroke: "none" })),
    ...(mark === undefined ? [] : [
      lineMark([place(mark), place({ x: mark.x, y: mark.foot })], { stroke, strokeWidth: 1.25 }),
      dotMark(place(mark), { ...dot, hollow: true }, 6),
    ]),
  ];
}

/** Sets a curve's name and what is said below it, from 0 down. */
function setName({ name, says, look, points }: Curve, x: number, width: number) {
  const fill = look.colour;
  const blocks = [setText(name, { x, y: 0, width }, { size: sizes.label, bold: true, fill }, 2)];
  for (const said of says) {
    blocks.push(setText(said, { x, y: bottomOf(blocks.at(-1)!), width }, { size: sizes.detail, fill }, 2));
  }
  return { blocks, height: bottomOf(blocks.at(-1)!), end: points.at(-1)?.y ?? 0.5 };
}

/** Places each curve's name beside its end, and moves names apart that would touch. */
function placeNames(
  names: readonly ReturnType<typeof setName>[],
  [top, bottom]: readonly [number, number],
  y: Scale,
): TextBlock[] {
  const set = names.map((name) => ({ ...name, top: y.at(name.end) - sizes.label * 0.65 }))
    .sort((a, b) => a.top - b.top);
  // Down from those above, then up from the panel's foot.
  let [free, limit] = [top, bottom + 4];
  for (const name of set) {
    name.top = Math.max(name.top, free);
    free = name.top + name.height + 4;
  }
  for (const name of set.toReversed()) {
    name.top = Math.min(name.top, limit - name.height);
    limit = name.top - 4;
  }
  return set.flatMap(({ blocks, top }) => blocks.map((block) => ({ ...block, y: top + block.y })));
}
