import { basisNote } from "../core/basis_note.ts";
import type { Table } from "../core/table.ts";
import { firstFew } from "./drawn_table.ts";
import { Figure } from "./figure.ts";
import { type Scale, ticksOf, writeTicks } from "./numbers.ts";
import { colours, edge, type Look, looks, sizes } from "./palette.ts";
import { dotMark, drawSvg, lineMark, type Mark, type Point, rectangleMark, textMark } from "./svg.ts";
import { bottomOf, setText, type TextBlock, widthOf } from "./text_layout.ts";

/** What stands around a drawing, and what is told of it. */
export interface Card {
  readonly table: Table;
  /** What the caller asked for: a title and subtitle of theirs stand in the place of these. */
  readonly asked: Readonly<{ title: string | undefined; subtitle: string | undefined; width: number }>;
  readonly title: string;
  readonly subtitle?: string;
  readonly notes?: readonly string[];
  /** The table whose basis is told, if not the one drawn. */
  readonly restsOn?: Table;
  /** What the figure shows, part by part. */
  readonly told: readonly string[];
  /** The same on one line, if not its first parts. */
  readonly summary?: string;
}

export interface Placed {
  readonly marks: readonly Mark[];
  readonly bottom: number;
}

export const detailInk = { size: sizes.detail, fill: colours.quiet } as const;

/** Draws a figure: title and subtitle, below them the body, and below it the notes. */
export function drawCard(card: Card, body: (top: number) => Placed): Figure {
  const { table, asked: { width, title = card.title, subtitle = card.subtitle ?? "" } } = card;
  const column = { x: edge, width: width - 2 * edge };
  const basis = basisNote(card.restsOn ?? table);
  const notes = [...card.notes ?? [], basis].filter((note) => note !== "");
  const bold = { size: sizes.title, bold: true, fill: colours.ink };
  const quiet = { size: sizes.subtitle, fill: colours.quiet };
  const heading = setText(title, { ...column, y: edge }, bold, 4);
  const below = setText(subtitle, { ...column, y: bottomOf(heading) + 4 }, quiet, 4);
  const drawn = body(bottomOf(below) + 8);
  let y = drawn.bottom + 8;
  const small = notes.map((note) => {
    const block = setText(note, { ...column, y }, detailInk, 8);
    y = bottomOf(block) + 3;
    return block;
  });
  const height = Math.ceil(y + edge - 6);
  const svg = drawSvg({
    width,
    height,
    marks: [...drawn.marks, ...[heading, below, ...small].map(textMark)],
    title,
    description: `${card.told.join("; ")}. ${notes.join(" ")}`,
  });
  const told = `${title}${/[.?!]$/.test(title) ? "" : ":"} ${card.summary ?? `${firstFew(card.told, 4)}.`}`;
  return new Figure({ svg, summary: basis === "" ? told : `${told} ${basis}`, table });
}

/** A sample of a mark and what it means. */
export interface KeyItem {
  readonly look: Look | "band" | "dashed" | null;
  readonly text: string;
}

export const verdictKey: readonly KeyItem[] = [
  { look: looks.departs, text: "found" },
  { look: looks.unproven, text: "not found (no proof of absence)" },
  { look: looks.shown, text: "within margin" },
];

/** Draws what the marks mean, one after another as they fit, between the edges of the card. */
export function drawKey(items: readonly KeyItem[], top: number, width: number): Placed {
  const [lineOf, gap] = [sizes.detail * 1.3 + 3, 16];
  let [x, y, bottom] = [edge as number, top, top];
  const marks = items.flatMap(({ look, text: said }) => {
    const indent = look === null ? 0 : 20;
    const widest = widthOf({ lines: [said], ...detailInk });
    if (x > edge && x + indent + widest > width - edge) [x, y] = [edge, bottom];
    const block = setText(said, { x: x + indent, y, width: width - edge - x - indent }, detailInk);
    const sample = look === null ? [] : sampleOf(look, x, y + sizes.detail * 0.62);
    x += indent + widthOf(block) + gap;
    bottom = Math.max(bottom, bottomOf(block) + 3, y + lineOf);
    return [...sample, textMark(block)];
  });
  return { marks, bottom };
}

function sampleOf(look: Look | "band" | "dashed", x: number, y: number): Mark[] {
  const key = { ariaLabel: () => "key" };
  if (look === "band") {
    return [rectangleMark({ x1: x, x2: x + 15, y1: y - 5.5, y2: y + 5.5 }, { fill: colours.band, ...key })];
  }
  if (look === "dashed") return [dashedLine([[x, y], [x + 15, y]], key)];
  return [dotMark([x + 7, y], look, 4.5, key)];
}

/** A line that marks a value to compare with. */
export function dashedLine(
  points: readonly Point[],
  style: { readonly ariaLabel?: () => string } = {},
): Mark {
  return lineMark(points, { stroke: colours.ink, strokeWidth: 1.5, strokeDasharray: "5 4", ...style });
}

export interface Axis {
  readonly scale: Scale;
  /** Where the panel begins and ends. */
  readonly top: number;
  readonly bottom: number;
  readonly name: string;
  readonly width: number;
  /** What stands at ticks, and where these are if not at round numbers. */
  readonly ticks?: { readonly format: (value: number) => string; readonly at?: readonly number[] };
}

/** Draws an axis: the lines of its grid, and below them its numbers and its name. */
export function drawAxis(axis: Axis): Placed & { readonly grid: readonly Mark[] } {
  const { scale, top, bottom, width } = axis;
  const [left, right] = scale.range;
  const few = Math.max(3, Math.min(7, Math.floor((right - left) / 60)));
  const at = (axis.ticks?.at ?? ticksOf(scale.domain, few)).filter((tick) => tick === scale.clamp(tick));
  const labels = axis.ticks === undefined ? writeTicks(at) : at.map(axis.ticks.format);
  const number = (label: string, x: number): TextBlock => {
    return { ...detailInk, lines: [label], x, y: bottom + 6, anchor: "middle" };
  };
  const ink = { size: sizes.detail, fill: colours.ink };
  const name = setText(axis.name, { x: 0, y: bottom + 24, width: width - 2 * edge }, ink, 2);
  // Below the middle of the axis, as far as the card's edges allow.
  const widest = widthOf(name);
  const x = Math.max(edge, Math.min((left + right - widest) / 2, width - edge - widest));
  return {
    grid: at.map((tick) =>
      lineMark([[scale.at(tick), top], [scale.at(tick), bottom]], { stroke: colours.grid })
    ),
    marks: [...at.map((tick, i) => textMark(number(labels[i]!, scale.at(tick)))), textMark({ ...name, x })],
    bottom: bottomOf(name),
  };
}
