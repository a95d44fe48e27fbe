import type { Axis, Card, KeyItem, Placed } from "../card.ts";
import { detailInk, drawAxis, drawCard, drawKey } from "../card.ts";
import { capitalised, firstFew, joinTexts, sentence } from "../drawn_table.ts";
import type { Figure } from "../figure.ts";
import { decimalsOf, domainOf, linearScale, type Scale, writeInterval } from "../numbers.ts";
import { colours, edge, lineHeight, sizes } from "../palette.ts";
import { lineMark, type Mark, textMark } from "../svg.ts";
import type { TextBlock, TextStyle } from "../text_layout.ts";
import { bottomOf, heightOf, measureText, setText, widthOf, wrapText } from "../text_layout.ts";
import { bandMarks, dashMarks, type PlotRow, pointMarks, type RowPlace } from "./row.ts";

/** A row plot: labels on the left, marks in the middle, numbers on the right; narrow cards have numbers below labels. */
interface RowPlot extends Omit<Card, "told"> {
  readonly panels: readonly RowPanel[];
  /** What the numbers on the right are, line by line. */
  readonly valueHead: readonly string[];
  /** What the marks mean; those that no row has are left out. */
  readonly key?: readonly KeyItem[];
  /** What is said of a row without a value; "not computed" if not given. */
  readonly missing?: string;
}

export interface RowPanel {
  readonly title?: string | undefined;
  readonly axis: string;
  readonly rows: readonly PlotRow[];
  /** Where the axis begins, if that is fixed. */
  readonly from?: number | undefined;
  /** The ends of the axis, if not those of what is drawn. */
  readonly domain?: readonly [number, number];
  /** A line from top to bottom, such as that of no effect, and its name. */
  readonly zero?: { readonly value: number; readonly name?: string } | undefined;
  readonly ticks?: NonNullable<Axis["ticks"]>;
}

export function drawRows(plot: RowPlot): Figure {
  const panels = plot.panels.map((panel) => writePanel(panel, plot.missing ?? "not computed"));
  const rows = panels.flatMap((panel) => panel.rows);
  const columns = columnsOf(plot, rows);
  const told = rows.map(({ name, value, note }) => joinTexts([`${name} ${value}`.trim(), note]));
  const remarks = rows.map((row) => ({ what: whatIsMissing(row), name: row.name, reason: row.reason ?? "" }));
  const notes = [...remarksOn(remarks), ...plot.notes ?? []];
  return drawCard({ ...plot, notes, told }, (top) => {
    const head = columns.stacked && plot.valueHead.length > 0
      ? [{ look: null, text: plot.valueHead.join(", ") }]
      : [];
    const key = drawKey([...head, ...presentKey(plot.key ?? [], rows)], top, columns.width);
    let y = key.bottom + 4;
    const placed = panels.map((panel, index) => {
      const drawn = placePanel(panel, columns, { top: y, valueHead: index === 0 ? plot.valueHead : [] });
      y = drawn.bottom + 14;
      return drawn;
    });
    return { marks: [...key.marks, ...placed.flatMap(({ marks }) => marks)], bottom: placed.at(-1)!.bottom };
  });
}

function presentKey(key: readonly KeyItem[], rows: readonly PlotRow[]): KeyItem[] {
  const present = new Set(
    rows.flatMap(({ look, points = [], drawn = [] }) => [look, ...points.map(({ look }) => look), ...drawn]),
  );
  return key.filter(({ look }) => {
    if (look === "band") return rows.some(({ band }) => band !== undefined && band.high > band.low);
    if (look === "dashed") return rows.some(({ dashes = [] }) => dashes.some(Number.isFinite));
    return look === null || present.has(look);
  });
}

interface WrittenRow extends PlotRow {
  readonly value: string;
  readonly note: string;
  /** Its group, label and detail. */
  readonly name: string;
  /** The heading above it, where its group begins. */
  readonly heading: string;
  readonly indented: boolean;
}

type WrittenPanel = Omit<RowPanel, "rows" | "domain"> & {
  readonly rows: readonly WrittenRow[];
  readonly domain: readonly [number, number];
};

/** Finds the ends of a panel's axis, and writes its numbers with the decimals that these ask for. */
function writePanel(panel: RowPanel, missing: string): WrittenPanel {
  const reach = panel.rows.flatMap(({ points = [], band, dashes = [] }) => [
    ...points.flatMap(({ value, low, high }) => [value, low ?? NaN, high ?? NaN]),
    ...(band === undefined ? [] : [band.low, band.high]),
    ...dashes,
  ]);
  const domain = panel.domain ?? domainOf([panel.zero?.value ?? NaN, ...reach], panel.from);
  const decimals = decimalsOf(domain);
  const rows = panel.rows.map((row, place): WrittenRow => {
    const { group = "", detail = "" } = row;
    const { value, low = NaN, high = NaN } = row.points?.at(-1) ?? { value: NaN };
    const name = joinTexts([group, row.label]);
    return {
      ...row,
      value: row.value ?? (Number.isNaN(value) ? missing : writeInterval(value, low, high, decimals)),
      note: row.note ?? "",
      name: detail === "" ? name : `${name} (${detail})`,
      heading: group === panel.rows[place - 1]?.group ? "" : group,
      indented: group !== "",
    };
  });
  return { ...panel, rows, domain };
}

/** What is said of rows, such as why values are missing: each thing once, with what it is true of. */
export function remarksOn(
  rows: readonly { readonly what: string; readonly name: string; readonly reason: string }[],
): string[] {
  const open = rows.filter(({ reason }) => reason !== "");
  return [...Map.groupBy(open, ({ what, reason }) => `${what}\n${reason}`).values()].map((group) => {
    const { what, reason } = group[0]!;
    const names = firstFew([...new Set(group.map(({ name }) => name))], 6);
    return sentence(capitalised(`${what}: ${names}: ${reason}`));
  });
}

/** What a row is missing: its value, or only the interval; what is said of a row that has both is a note. */
function whatIsMissing({ points = [], value: written }: WrittenRow): string {
  const { value, low = NaN, high = NaN } = points.at(-1) ?? { value: NaN };
  if (Number.isNaN(value)) return written;
  return Number.isNaN(low + high) ? "no interval" : "note";
}

interface Columns {
  readonly width: number;
  /** Whether numbers stand below labels. */
  readonly stacked: boolean;
  readonly leftWidth: number;
  readonly rightWidth: number;
  readonly range: readonly [number, number];
}

const gap = 16;
const indent = 12;
const noteWidth = 170;
const bold: TextStyle = { size: sizes.label, bold: true };
const detail: TextStyle = { size: sizes.detail };

function columnsOf({ asked: { width }, valueHead }: RowPlot, rows: readonly WrittenRow[]): Columns {
  const stacked = width < 540;
  const inner = width - 2 * edge;
  const lefts = rows.flatMap((row) =>
    [
      ...[row.label, stacked ? row.value : ""].map((said) => measureText(said, bold)),
      measureText(row.detail ?? "", detail),
      Math.min(noteWidth, measureText(stacked ? row.note : "", detail)),
    ].map((own) => own + (row.indented ? indent : 0))
  );
  const headings = rows.map(({ heading }) => measureText(heading, bold));
  const rights = rows.flatMap(({ value, note }) => [
    measureText(value, bold),
    Math.min(noteWidth, measureText(note, detail)),
  ]);
  // Rounded up: a text must still fit once the indent is taken off again.
  const widest = Math.ceil(Math.max(40, ...lefts, ...headings));
  const leftWidth = Math.min(inner * (stacked ? 0.46 : 0.33), widest);
  const rightWidth = stacked
    ? 0
    : Math.min(inner * 0.4, Math.max(...rights, widthOf({ lines: valueHead, ...detail })));
  const range = [edge + leftWidth + gap, width - edge - (stacked ? 8 : rightWidth + gap)] as const;
  return { width, stacked, leftWidth, rightWidth, range };
}

/** Sets a panel: its title, its rows from top to bottom, and its axis. */
function placePanel(
  panel: WrittenPanel,
  columns: Columns,
  { top, valueHead }: { top: number; valueHead: readonly string[] },
): Placed {
  const { width, stacked, range } = columns;
  const ink = { ...bold, fill: colours.ink };
  const title = setText(panel.title ?? "", { x: edge, y: top + 6, width: width - 2 * edge }, ink);
  const lines = Math.max(panel.zero?.name === undefined ? 0 : 1, stacked ? 0 : valueHead.length);
  const first = (title.lines.length === 0 ? top : bottomOf(title)) + lines * sizes.detail * lineHeight + 4;
  const scale = linearScale(panel.domain, range);
  const rows = placeRows(panel.rows, columns, { top: first, scale });
  const bottom = rows.at(-1)!.bottom;
  const axis = drawAxis({ ...panel, scale, top: first, bottom, name: panel.axis, width });
  const head = {
    ...detailInk,
    lines: valueHead,
    x: width - edge - columns.rightWidth,
    y: first - 4 - valueHead.length * sizes.detail * lineHeight,
  };
  return {
    bottom: axis.bottom,
    marks: [
      ...axis.grid,
      ...rows.slice(1).filter(({ row }) => row.heading !== "" || !row.indented)
        .map(({ top }) => lineMark([[edge, top], [width - edge, top]], { stroke: colours.grid })),
      ...rows.flatMap((place) => bandMarks(place.row, place)),
      ...zeroMarks(panel, { scale, top: first, bottom, width }),
      ...dashMarks(rows),
      ...rows.flatMap((place) => pointMarks(place.row, place)),
      ...rows.flatMap(({ texts }) => texts.map(textMark)),
      ...axis.marks,
      ...(title.lines.length === 0 ? [] : [textMark(title)]),
      ...(stacked || valueHead.length === 0 ? [] : [textMark(head)]),
    ],
  };
}

function zeroMarks(
  { zero }: WrittenPanel,
  { scale, top, bottom, width }: { scale: Scale; top: number; bottom: number; width: number },
): Mark[] {
  if (zero === undefined) return [];
  const x = scale.at(zero.value);
  const rule = lineMark([[x, top], [x, bottom]], { stroke: colours.axis, strokeWidth: 1.5 });
  if (zero.name === undefined) return [rule];
  const half = measureText(zero.name, detail) / 2;
  // Neither the card's edge nor the head of the numbers may be run over.
  const middle = Math.max(edge + half, Math.min(x, Math.min(scale.range[1] + 8, width - edge) - half));
  const y = top - 4 - sizes.detail * lineHeight;
  return [rule, textMark({ ...detailInk, lines: [zero.name], x: middle, y, anchor: "middle" })];
}

interface SetRow extends RowPlace {
  readonly row: WrittenRow;
  readonly texts: readonly TextBlock[];
}

function placeRows(
  rows: readonly WrittenRow[],
  columns: Columns,
  { top: first, scale }: { top: number; scale: Scale },
): SetRow[] {
  let y = first;
  return rows.map((row) => {
    const top = y;
    const texts: TextBlock[] = [];
    if (row.heading !== "") {
      const place = { x: edge, y: y + 8, width: columns.leftWidth };
      texts.push(setText(row.heading, place, { ...bold, fill: colours.ink }));
      y = bottomOf(texts[0]!);
    }
    const { left, right } = textsOfRow(row, columns);
    const height = Math.max(stackHeight(left), stackHeight(right), row.height ?? 0, 16) +
      (row.indented ? 8 : 18);
    const middle = y + height / 2;
    texts.push(...stack(left, edge + (row.indented ? indent : 0), middle));
    texts.push(...stack(right, columns.width - edge - columns.rightWidth, middle));
    y += height;
    return { row, scale, top, middle, bottom: y, texts };
  });
}

type Unplaced = Omit<TextBlock, "x" | "y">;

function textsOfRow(row: WrittenRow, columns: Columns): { left: Unplaced[]; right: Unplaced[] } {
  const leftWidth = columns.leftWidth - (row.indented ? indent : 0);
  const rightWidth = columns.stacked ? leftWidth : columns.rightWidth;
  const set = (said: string, width: number, style: TextStyle, fill: string) =>
    said === "" ? [] : [{ ...style, fill, lines: wrapText(said, width, style) }];
  const label = [
    ...set(row.label, leftWidth, row.indented ? { size: sizes.label } : bold, colours.ink),
    ...set(row.detail ?? "", leftWidth, detail, colours.quiet),
  ];
  const values = [
    ...set(row.value, rightWidth, bold, row.look.colour),
    ...set(row.note, rightWidth, detail, row.look.colour),
  ];
  return columns.stacked ? { left: [...label, ...values], right: [] } : { left: label, right: values };
}

function stackHeight(blocks: readonly Unplaced[]): number {
  return blocks.reduce((sum, block) => sum + heightOf(block), 0);
}

/** Sets blocks below each other, around the middle of a row. */
function stack(blocks: readonly Unplaced[], x: number, middle: number): TextBlock[] {
  let y = middle - stackHeight(blocks) / 2;
  return blocks.map((block) => {
    const placed = { ...block, x, y };
    y = bottomOf(placed);
    return placed;
  });
}
