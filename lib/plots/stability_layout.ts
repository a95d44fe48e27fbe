import { lineHeight, sizes } from "./palette.ts";
import { layOutRows, type RowLayout, type RowPlotTexts } from "./row_layout.ts";
import { growRows } from "./randomization_marks.ts";
import { measureText, wrapText } from "./text_layout.ts";

/** A label at the end of a curve. */
export interface CurveLabel {
  readonly arm: string;
  readonly lines: readonly string[];
  /** Where its curve ends, from 0 to 1. */
  readonly end: number;
}

/** A label with its place in pixels. */
export interface PlacedLabel {
  readonly lines: readonly { readonly text: string; readonly y: number; readonly bold: boolean }[];
  readonly x: number;
}

const edge = 18;
const panelHeight = 250;
const nameStyle = { size: sizes.label, bold: true };
const lineStyle = { size: sizes.detail };

/** Lays out one panel with room for numbers on its left and for labels at the ends of its curves. */
export function stabilityLayout(
  texts: RowPlotTexts,
  labels: readonly CurveLabel[],
  width: number,
): { layout: RowLayout; placed: PlacedLabel[] } {
  const empty = { label: "", detail: "", value: "", note: "", heading: "", indented: false };
  const rows = growRows(layOutRows(texts, [empty], { width, headHeight: 6 }), panelHeight - 34);
  const widest = Math.min(labelWidth(labels), width * 0.32);
  const marginLeft = edge + 36;
  const marginRight = edge + widest + 12;
  const layout = {
    ...rows,
    marginLeft,
    marginRight,
    blocks: rows.blocks.filter(({ row }) => row < 0).map((block) =>
      block.lines.join(" ") === texts.axis
        ? { ...block, x: centred(block.lines, block.size, (marginLeft + width - marginRight) / 2) }
        : block
    ),
  };
  return { layout, placed: placeLabels(labels, layout, widest) };
}

/** The place of a score from 0 to 1 in the panel, in pixels. */
export function scoreHeight(score: number, { centres }: RowLayout): number {
  const half = panelHeight / 2 - 14;
  return centres[0]! + half - 2 * half * score;
}

function centred(lines: readonly string[], size: number, middle: number): number {
  return middle - Math.max(...lines.map((line) => measureText(line, { size }))) / 2;
}

function labelWidth(labels: readonly CurveLabel[]): number {
  return Math.max(
    60,
    ...labels.flatMap(({ arm, lines }) => [
      measureText(arm, nameStyle),
      ...lines.map((line) => measureText(line, lineStyle)),
    ]),
  );
}

/** Sets each label beside its curve's end, and moves labels apart that would touch. */
function placeLabels(labels: readonly CurveLabel[], layout: RowLayout, widest: number): PlacedLabel[] {
  const set = labels.map(({ arm, lines, end }, index) => {
    const texts = [
      ...wrapText(arm, widest, nameStyle, 2).map((text) => ({ text, size: sizes.label, bold: true })),
      ...lines.flatMap((line) => wrapText(line, widest, lineStyle, 2))
        .map((text) => ({ text, size: sizes.detail, bold: false })),
    ];
    const height = texts.reduce((sum, { size }) => sum + size * lineHeight, 0);
    return { index, texts, height, top: scoreHeight(end, layout) - sizes.label * lineHeight / 2 };
  }).sort((a, b) => a.top - b.top);
  const bottom = layout.height - layout.marginBottom;
  set.forEach((label, i) => {
    const above = set[i - 1];
    if (above !== undefined) label.top = Math.max(label.top, above.top + above.height + 4);
  });
  for (let i = set.length - 1; i >= 0; i--) {
    const below = set[i + 1];
    const limit = (below === undefined ? bottom : below.top - 4) - set[i]!.height;
    set[i]!.top = Math.min(set[i]!.top, limit);
  }
  const x = layout.width - layout.marginRight + 12;
  return set.sort((a, b) => a.index - b.index).map(({ texts, top }) => {
    let y = top;
    return {
      x,
      lines: texts.map(({ text, size, bold }) => {
        const line = { text, y, bold };
        y += size * lineHeight;
        return line;
      }),
    };
  });
}
