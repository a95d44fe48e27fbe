import { lineHeight, sizes } from "./palette.ts";
import { measureText, type TextStyle, wrapText } from "./text_layout.ts";

/** One row of a row plot: a label on the left, marks in the middle, values on the right. */
export interface RowText {
  /** What the row is about; empty for none. */
  readonly label: string;
  /** What tells it from its neighbours, in small print; empty for none. */
  readonly detail: string;
  /** The values, as numbers. */
  readonly value: string;
  /** What the values say, in small print; empty for none. */
  readonly note: string;
  /** A heading that starts a new group of rows above this one; empty for none. */
  readonly heading: string;
  /** Whether the label stands inside a group, below its heading. */
  readonly indented: boolean;
}

/** The texts around the rows. */
export interface RowPlotTexts {
  readonly title: string;
  readonly subtitle: string;
  readonly axis: string;
  /** What the values on the right are, line by line. */
  readonly valueHead: readonly string[];
  readonly notes: readonly string[];
}

/** A block of lines and where its first line starts. */
export interface Block {
  readonly lines: readonly string[];
  readonly x: number;
  readonly y: number;
  readonly size: number;
  readonly bold: boolean;
  readonly tone: "ink" | "quiet" | "row";
  /** The row to which the block belongs; -1 for the whole figure. */
  readonly row: number;
}

/** Where everything stands, in pixels. */
export interface RowLayout {
  readonly width: number;
  readonly height: number;
  readonly marginLeft: number;
  readonly marginRight: number;
  readonly marginTop: number;
  readonly marginBottom: number;
  /** The middle of each row. */
  readonly centres: readonly number[];
  /** Where thin lines part rows or groups. */
  readonly rules: readonly number[];
  readonly blocks: readonly Block[];
}

const edge = 18;
const gap = 16;
const indent = 12;
const labelStyle: TextStyle = { size: sizes.label, bold: true };
const detailStyle: TextStyle = { size: sizes.detail };

interface SetRow {
  readonly left: readonly Omit<Block, "x" | "y" | "row">[];
  readonly right: readonly Omit<Block, "x" | "y" | "row">[];
}

/** Sets a row plot: measures and wraps every text, and gives each row the height that it needs. */
export function layOutRows(
  texts: RowPlotTexts,
  rows: readonly RowText[],
  options: {
    width: number;
    headHeight: number;
    /** From how many pixels on notes beside values are wrapped. */
    noteWidth?: number;
  },
): RowLayout {
  const { width, headHeight, noteWidth = 140 } = options;
  const stacked = width < 540;
  const inner = width - 2 * edge;
  const rightWidth = stacked ? 0 : rightColumn(texts, rows, { inner, noteWidth });
  const leftWidth = leftColumn(rows, inner, stacked);
  const marginLeft = edge + leftWidth + gap;
  const marginRight = edge + (stacked ? 8 : rightWidth + gap);
  const head = placeHead(texts, { inner, width, headHeight, rightWidth });
  const body = placeRows(rows, { stacked, leftWidth, rightWidth, top: head.bottom, width });
  const foot = placeFoot(texts, {
    inner,
    width,
    top: body.bottom,
    middle: (marginLeft + width - marginRight) / 2,
  });
  const height = Math.ceil(foot.bottom + edge - 6);
  return {
    width,
    height,
    marginLeft,
    marginRight,
    marginTop: head.bottom,
    marginBottom: height - body.bottom,
    centres: body.centres,
    rules: body.rules,
    blocks: [...head.blocks, ...body.blocks, ...foot.blocks],
  };
}

interface Placed {
  readonly blocks: Block[];
  readonly bottom: number;
}

// A text across the whole card.
function placeWhole(
  text: string,
  y: number,
  style: TextStyle & { readonly inner: number; readonly tone: "ink" | "quiet"; readonly most: number },
): Placed {
  const lines = wrapText(text, style.inner, style, style.most);
  if (lines.length === 0) return { blocks: [], bottom: y };
  const { size, bold = false, tone } = style;
  return {
    blocks: [{ lines, x: edge, y, size, bold, tone, row: -1 }],
    bottom: y + lines.length * size * lineHeight,
  };
}

function placeHead(
  texts: RowPlotTexts,
  card: { inner: number; width: number; headHeight: number; rightWidth: number },
): Placed {
  const { inner, width, rightWidth } = card;
  const title = placeWhole(texts.title, edge, { size: sizes.title, bold: true, inner, tone: "ink", most: 4 });
  const subtitleStyle = { size: sizes.subtitle, inner, tone: "quiet", most: 4 } as const;
  const subtitle = placeWhole(texts.subtitle, title.bottom + 4, subtitleStyle);
  const bottom = subtitle.bottom + 8 + card.headHeight;
  const blocks = [...title.blocks, ...subtitle.blocks];
  if (rightWidth > 0) {
    const y = bottom - 4 - texts.valueHead.length * sizes.detail * lineHeight;
    const place = { x: width - edge - rightWidth, y, size: sizes.detail, bold: false };
    blocks.push({ lines: texts.valueHead, ...place, tone: "quiet", row: -1 });
  }
  return { blocks, bottom };
}

function placeFoot(
  texts: RowPlotTexts,
  card: { inner: number; width: number; top: number; middle: number },
): Placed {
  const style = { size: sizes.axis };
  const lines = wrapText(texts.axis, card.inner, style, 2);
  const widest = Math.max(0, ...lines.map((line) => measureText(line, style)));
  // Below the middle of the axis, as far as the card's edges allow.
  const x = Math.max(edge, Math.min(card.middle - widest / 2, card.width - edge - widest));
  const blocks: Block[] = [
    { lines, x, y: card.top + 24, size: sizes.axis, bold: false, tone: "ink", row: -1 },
  ];
  let bottom = card.top + 24 + lines.length * sizes.axis * lineHeight + 10;
  for (const note of texts.notes) {
    const placed = placeWhole(note, bottom, { size: sizes.note, inner: card.inner, tone: "quiet", most: 8 });
    blocks.push(...placed.blocks);
    bottom = placed.bottom + 3;
  }
  return { blocks, bottom };
}

function rightColumn(
  texts: RowPlotTexts,
  rows: readonly RowText[],
  { inner, noteWidth }: { inner: number; noteWidth: number },
): number {
  const widths = rows.flatMap((row) => [
    measureText(row.value, labelStyle),
    Math.min(noteWidth, measureText(row.note, detailStyle)),
  ]);
  const heads = texts.valueHead.map((line) => measureText(line, detailStyle));
  return Math.min(inner * 0.4, Math.max(...widths, ...heads));
}

function leftColumn(rows: readonly RowText[], inner: number, stacked: boolean): number {
  const widths = rows.flatMap((row) => [
    measureText(row.label, labelStyle) + (row.indented ? indent : 0),
    measureText(row.detail, detailStyle) + (row.indented ? indent : 0),
    measureText(row.heading, labelStyle),
    ...(stacked ? [measureText(row.value, labelStyle) + (row.indented ? indent : 0)] : []),
  ]);
  // Rounded up: a text must still fit once the indent is taken off again.
  return Math.min(inner * (stacked ? 0.46 : 0.33), Math.ceil(Math.max(40, ...widths)));
}

interface Columns {
  readonly stacked: boolean;
  readonly leftWidth: number;
  readonly rightWidth: number;
  readonly top: number;
  readonly width: number;
}

function placeRows(
  rows: readonly RowText[],
  columns: Columns,
): { blocks: Block[]; centres: number[]; rules: number[]; bottom: number } {
  const blocks: Block[] = [];
  const centres: number[] = [];
  const rules: number[] = [];
  let y = columns.top;
  rows.forEach((row, index) => {
    if (index > 0 && (row.heading !== "" || !row.indented)) rules.push(y);
    if (row.heading !== "") {
      const lines = wrapText(row.heading, columns.leftWidth, labelStyle);
      blocks.push({ lines, x: edge, y: y + 8, size: sizes.label, bold: true, tone: "ink", row: index });
      y += 8 + lines.length * sizes.label * lineHeight;
    }
    const set = setRow(row, columns);
    const height = Math.max(heightOf(set.left), heightOf(set.right), 16) + (row.indented ? 10 : 18);
    const left = edge + (row.indented ? indent : 0);
    blocks.push(...stack(set.left, left, y + height / 2, index));
    blocks.push(...stack(set.right, columns.width - edge - columns.rightWidth, y + height / 2, index));
    centres.push(y + height / 2);
    y += height;
  });
  return { blocks, centres, rules, bottom: y };
}

function setRow(row: RowText, columns: Columns): SetRow {
  const leftWidth = columns.leftWidth - (row.indented ? indent : 0);
  const rightWidth = columns.stacked ? leftWidth : columns.rightWidth;
  const block = (text: string, width: number, style: TextStyle, tone: Block["tone"]) =>
    text === ""
      ? []
      : [{ lines: wrapText(text, width, style), size: style.size, bold: style.bold ?? false, tone }];
  const label = [
    ...block(row.label, leftWidth, row.indented ? { size: sizes.label } : labelStyle, "ink"),
    ...block(row.detail, leftWidth, detailStyle, "quiet"),
  ];
  const values = [
    ...block(row.value, rightWidth, labelStyle, "row"),
    ...block(row.note, rightWidth, detailStyle, "row"),
  ];
  return columns.stacked ? { left: [...label, ...values], right: [] } : { left: label, right: values };
}

function heightOf(blocks: SetRow["left"]): number {
  return blocks.reduce((sum, block) => sum + block.lines.length * block.size * lineHeight, 0);
}

function stack(blocks: SetRow["left"], x: number, centre: number, row: number): Block[] {
  let y = centre - heightOf(blocks) / 2;
  return blocks.map((block) => {
    const placed = { ...block, x, y, row };
    y += block.lines.length * block.size * lineHeight;
    return placed;
  });
}
