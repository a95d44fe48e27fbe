import { detailInk } from "../card.ts";
import { colours, edge, looks, sizes } from "../palette.ts";
import { type Mark, rectangleMark, textMark } from "../svg.ts";
import { bottomOf, measureText, setText, type TextBlock, type TextStyle } from "../text_layout.ts";
import type { WorldGraph, WorldNode } from "./world_graph.ts";

export type GraphBox =
  & WorldNode
  & { readonly [name in "x" | "y" | "width" | "height"]: number }
  & { readonly texts: readonly TextBlock[] };

/** Where everything stands, in pixels. */
export interface GraphLayout {
  readonly attributes: readonly GraphBox[];
  readonly stimuli: readonly GraphBox[];
  readonly items: readonly GraphBox[];
  /** Headings of columns, and what is said beside the stimuli. */
  readonly texts: readonly TextBlock[];
  /** How far the arrows between attributes reach to the left of them. */
  readonly gutter: number;
  readonly bottom: number;
}

const nameStyle: TextStyle = { size: sizes.label, bold: true };
const padding = 7;
const boxGap = 10;
// What a curve beside a stimulus needs to turn down.
const lane = 20;
// What the longest heading of a column needs.
const narrowest = 112;

/** Sets the graph: attributes left, items right, stimuli above and between. */
export function layOutGraph(graph: WorldGraph, width: number, top: number): GraphLayout {
  const narrow = width < 540;
  const gutter = graph.arrows.some(({ kind }) => kind === "parent") ? (narrow ? 18 : 30) : 0;
  const most = (width - 2 * edge) * (narrow ? 0.32 : 0.3);
  const wide = (nodes: readonly WorldNode[]) => Math.max(narrowest, columnWidth(nodes));
  const left = { x: edge + gutter, width: Math.min(most - gutter, wide(graph.attributes)) };
  const rightWidth = Math.min(most, wide(graph.items));
  const right = { x: width - edge - rightWidth, width: rightWidth };
  const between = { x: left.x + left.width, width: right.x - left.x - left.width };
  const stimulusWidth = Math.min(between.width - 2 * lane, columnWidth(graph.stimuli));
  const middle = { x: between.x + (between.width - stimulusWidth) / 2, width: stimulusWidth };
  const stimuli = stackBoxes(graph.stimuli, middle, top, boxGap);
  const outer = { x: edge, width: between.x - edge };
  const corners = [
    ...graph.attributes.some(({ drifts }) => drifts)
      ? corner(["Drift", "changes who is imagined"], outer, top, looks.departs.colour)
      : corner(["No drift", "nobody else is imagined"], outer, top, colours.quiet),
    ...graph.items.some(({ kind }) => kind === "outcome")
      ? corner(["Effect", "changes a person’s answer"], right, top, looks.plain.colour)
      : corner(["No effect", "no answer is changed"], right, top, colours.quiet),
  ];
  const below = Math.max(lowest(stimuli), ...corners.map(bottomOf)) + 14;
  const groups: { readonly [side in "left" | "right"]: readonly Group[] } = {
    left: [["Who answers", graph.attributes]],
    right: [
      ["Outcomes", graph.items.filter(({ kind }) => kind === "outcome")],
      ["Negative controls", graph.items.filter(({ kind }) => kind === "control")],
    ],
  };
  const place = (side: "left" | "right", gap: number) =>
    placeColumn(groups[side], side === "left" ? left : right, below, gap);
  // The shorter column is spread toward the height of the longer.
  const spare = place("right", boxGap).bottom - place("left", boxGap).bottom;
  const room = (spare: number, { length }: readonly WorldNode[]) =>
    boxGap + Math.max(0, Math.min(30, spare / Math.max(1, length - 1)));
  const attributes = place("left", room(spare, graph.attributes));
  const items = place("right", room(-spare, graph.items));
  return {
    attributes: attributes.boxes,
    stimuli,
    items: items.boxes,
    texts: [...corners, ...attributes.texts, ...items.texts],
    gutter,
    bottom: Math.max(attributes.bottom, items.bottom),
  };
}

type Column = Pick<GraphBox, "x" | "width">;

function columnWidth(nodes: readonly WorldNode[]): number {
  const widths = nodes.flatMap(({ name, details }) => [
    measureText(name, nameStyle),
    ...details.map((detail) => measureText(detail, detailInk)),
  ]);
  return Math.ceil(Math.max(56, ...widths)) + 2 * padding;
}

/** Boxes below each other, as high as their texts need. */
function stackBoxes(nodes: readonly WorldNode[], column: Column, top: number, gap: number): GraphBox[] {
  let y = top;
  return nodes.map((node) => {
    const box = boxOf(node, column, y);
    y += box.height + gap;
    return box;
  });
}

function boxOf(node: WorldNode, { x, width }: Column, y: number): GraphBox {
  const within = { x: x + padding, width: width - 2 * padding };
  const moved = node.drifts ? looks.departs.colour : colours.quiet;
  const tone = node.kind === "outcome" ? looks.plain.colour : moved;
  // A name is smaller, rather than broken within a word.
  const longest = Math.max(...node.name.split(/[\s_/-]+/).map((word) => measureText(word, nameStyle)));
  const size = longest <= within.width ? sizes.label : sizes.detail;
  const fill = node.kind === "stimulus" ? colours.card : colours.ink;
  const texts = [setText(node.name, { ...within, y: y + 5 }, { size, bold: true, fill }, 6)];
  for (const detail of node.details) {
    texts.push(setText(detail, { ...within, y: bottomOf(texts.at(-1)!) }, { ...detailInk, fill: tone }, 6));
  }
  return { ...node, x, y, width, height: bottomOf(texts.at(-1)!) + 6 - y, texts };
}

function lowest(boxes: readonly GraphBox[]): number {
  return Math.max(0, ...boxes.map(({ y, height }) => y + height));
}

type Group = readonly [heading: string, nodes: readonly WorldNode[]];

function placeColumn(groups: readonly Group[], column: Column, top: number, gap: number) {
  const boxes: GraphBox[] = [];
  const texts: TextBlock[] = [];
  let y = top;
  for (const [heading, nodes] of groups.filter(([, nodes]) => nodes.length > 0)) {
    const head = setText(heading, { ...column, y }, { ...detailInk, bold: true });
    texts.push(head);
    boxes.push(...stackBoxes(nodes, column, bottomOf(head) + 4, gap));
    y = lowest(boxes) + gap + 8;
  }
  return { boxes, texts, bottom: lowest(boxes) };
}

/** What is said of the drift, left of the stimuli, or of the effect, right of them. */
function corner([name, says]: readonly [string, string], column: Column, y: number, fill: string) {
  const first = setText(name, { ...column, y }, { size: sizes.title, bold: true, fill });
  return [first, setText(says, { ...column, y: bottomOf(first) }, { ...detailInk, fill })];
}

export function boxMarks({ kind, drifts, x, y, width, height, texts }: GraphBox): Mark[] {
  const style = {
    stimulus: { fill: colours.ink },
    outcome: { fill: colours.card, stroke: looks.plain.colour, strokeWidth: 2 },
    control: { fill: colours.grid, stroke: colours.axis, strokeWidth: 1.5, strokeDasharray: "4 3" },
    attribute: {
      fill: colours.card,
      stroke: drifts ? looks.departs.colour : colours.axis,
      strokeWidth: drifts ? 2 : 1,
    },
  }[kind];
  return [
    rectangleMark({ x1: x, y1: y, x2: x + width, y2: y + height }, { rx: 5, ...style }),
    ...texts.map(textMark),
  ];
}
