import { type colours, lineHeight, sizes } from "./palette.ts";
import { measureText, type TextStyle, wrapText } from "./text_layout.ts";
import type { WorldNode } from "./world_graph.ts";

/** Lines of text, and where the first one starts. */
export interface GraphText {
  readonly lines: readonly string[];
  readonly x: number;
  readonly y: number;
  readonly size: number;
  readonly bold: boolean;
  readonly tone: keyof typeof colours;
}

/** A node as a box with its texts. */
export interface GraphBox extends WorldNode {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly texts: readonly GraphText[];
}

/** How a text is set, and in which colour. */
export type Tone = TextStyle & { readonly tone: GraphText["tone"] };

/** The least distance of two boxes. */
export const boxGap = 10;

/** Small print. */
export const detailStyle: TextStyle = { size: sizes.detail };

const padding = 7;
const nameStyle: TextStyle = { size: sizes.label, bold: true };

/** Sets a text from a place on, in lines of at most its width. */
export function placeText(
  text: string,
  place: { x: number; y: number; width: number },
  style: Tone,
  most = 6,
): GraphText {
  const { size, bold = false, tone } = style;
  return { lines: wrapText(text, place.width, style, most), x: place.x, y: place.y, size, bold, tone };
}

/** Where a text ends. */
export function bottomOf({ lines, y, size }: GraphText): number {
  return y + lines.length * size * lineHeight;
}

/** The width that the longest text of a column asks for. */
export function columnWidth(nodes: readonly WorldNode[]): number {
  const widths = nodes.flatMap(({ name, details }) => [
    measureText(name, nameStyle),
    ...details.map((detail) => measureText(detail, detailStyle)),
  ]);
  return Math.ceil(Math.max(56, ...widths)) + 2 * padding;
}

/** A node's box with its texts, as high as they need. */
function boxOf(node: WorldNode, place: { x: number; y: number; width: number }): GraphBox {
  const within = { x: place.x + padding, width: place.width - 2 * padding };
  const tone = node.kind === "stimulus" ? "card" : "ink";
  const texts = [
    placeText(node.name, { ...within, y: place.y + 5 }, { ...fitting(node.name, within.width), tone }),
  ];
  const detailTone = node.kind === "outcome" ? "agrees" : node.drifts ? "departs" : "quiet";
  for (const detail of node.details) {
    texts.push(
      placeText(detail, { ...within, y: bottomOf(texts.at(-1)!) }, { ...detailStyle, tone: detailTone }),
    );
  }
  return { ...node, ...place, height: bottomOf(texts.at(-1)!) + 6 - place.y, texts };
}

/** The style of a name: smaller, rather than broken within a word. */
function fitting(name: string, width: number): TextStyle {
  const longest = Math.max(...name.split(/[\s_/-]+/).map((word) => measureText(word, nameStyle)));
  return longest <= width ? nameStyle : { ...nameStyle, size: sizes.detail };
}

/** Boxes below each other. */
export function stackBoxes(
  nodes: readonly WorldNode[],
  place: { x: number; y: number; width: number },
  gap: number,
): GraphBox[] {
  let y = place.y;
  return nodes.map((node) => {
    const box = boxOf(node, { ...place, y });
    y += box.height + gap;
    return box;
  });
}

/** Where the lowest box ends. */
export function lowest(boxes: readonly GraphBox[]): number {
  return Math.max(0, ...boxes.map(({ y, height }) => y + height));
}
