import { lineHeight, sizes } from "./palette.ts";
import type { Strip } from "./repair_strips.ts";
import type { RowLayout, RowText } from "./row_layout.ts";
import { measureText, wrapText } from "./text_layout.ts";

/** Heights of strips, in pixels. */
export const stripHeights = { drift: 62, effect: 128 } as const;

/** Gives each row a height of its own: its texts stay in its middle, a heading at its top; all below moves down. */
export function growStrips(layout: RowLayout, rows: readonly RowText[], strips: readonly Strip[]): RowLayout {
  const extras = strips.map(({ kind }) => stripHeights[kind] - 34);
  const before = extras.map((_, row) => extras.slice(0, row).reduce((sum, extra) => sum + extra, 0));
  const total = extras.reduce((sum, extra) => sum + extra, 0);
  const above = (y: number) => layout.centres.filter((centre) => centre < y).length;
  return {
    ...layout,
    height: layout.height + total,
    centres: layout.centres.map((centre, row) => centre + before[row]! + extras[row]! / 2),
    rules: layout.rules.map((y) => y + (before[above(y)] ?? total)),
    blocks: layout.blocks.map((block) => {
      if (block.row < 0) return { ...block, y: block.y + (block.y < layout.marginTop ? 0 : total) };
      const heading = block.bold && block.lines.join(" ") === rows[block.row]!.heading;
      return { ...block, y: block.y + before[block.row]! + (heading ? 0 : extras[block.row]! / 2) };
    }),
  };
}

/** Moves what stands below the rows down, to make room for labels of several lines under the axis. */
export function growFoot(layout: RowLayout, extra: number): RowLayout {
  const bottom = layout.height - layout.marginBottom;
  return {
    ...layout,
    height: layout.height + extra,
    marginBottom: layout.marginBottom + extra,
    blocks: layout.blocks.map((block) =>
      block.row < 0 && block.y > bottom ? { ...block, y: block.y + extra } : block
    ),
  };
}

/**
 * The ends of the x axis: half a place beyond the last run, and before the first one at least as much as the numbers of
 * the strips' own axes need.
 */
export function runDomain(runs: number, layout: RowLayout): readonly [number, number] {
  const [width, needed] = [layout.width - layout.marginLeft - layout.marginRight, 30];
  return [-Math.max(0.5, needed * (runs - 0.5) / (width - needed)), runs - 0.5];
}

/** The labels of runs, broken into lines under their places; `null` where a word would have to be cut. */
export function wrapRunLabels(texts: readonly string[], layout: RowLayout): string[][] | null {
  const [low, high] = runDomain(texts.length, layout);
  const room = (layout.width - layout.marginLeft - layout.marginRight) / (high - low) - 3;
  const style = { size: sizes.detail };
  const words = texts.flatMap((text) => text.split(/[\s]+|(?<=[_/-])/));
  if (words.some((word) => measureText(word, style) > room)) return null;
  return texts.map((text) => wrapText(text, room, style, 4));
}

/** The height of the tallest of several texts. */
export function heightOfLabels(labels: readonly (readonly string[])[]): number {
  return Math.max(0, ...labels.map((lines) => lines.length)) * sizes.detail * lineHeight;
}
