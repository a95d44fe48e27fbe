import type { WorldGraph, WorldNode } from "./world_graph.ts";
import {
  bottomOf,
  boxGap,
  detailStyle,
  type GraphBox,
  type GraphText,
  lowest,
  placeText,
  stackBoxes,
} from "./world_boxes.ts";

/** The two columns, and where they start. */
export interface Columns {
  readonly left: number;
  readonly leftWidth: number;
  readonly right: number;
  readonly rightWidth: number;
  readonly top: number;
}

/** A column with its boxes and headings. */
export interface PlacedColumn {
  readonly boxes: readonly GraphBox[];
  readonly texts: readonly GraphText[];
  readonly bottom: number;
}

/** Places attributes and items, the shorter column spread toward the height of the longer. */
export function placeColumns(
  graph: WorldGraph,
  { left, leftWidth, right, rightWidth, top }: Columns,
): { attributes: PlacedColumn; items: PlacedColumn } {
  const items = (["outcome", "control"] as const).map((kind): Group => [
    kind === "outcome" ? "Outcomes" : "Negative controls",
    graph.items.filter((node) => node.kind === kind),
  ]);
  const placeLeft = (gap: number) =>
    placeColumn([["Who answers", graph.attributes]], { x: left, width: leftWidth, top }, gap);
  const placeRight = (gap: number) => placeColumn(items, { x: right, width: rightWidth, top }, gap);
  const [short, long] = [placeLeft(boxGap).bottom, placeRight(boxGap).bottom];
  const room = (height: number, count: number) =>
    boxGap + Math.max(0, Math.min(30, height / Math.max(1, count - 1)));
  return {
    attributes: placeLeft(room(long - short, graph.attributes.length)),
    items: placeRight(room(short - long, graph.items.length)),
  };
}

type Group = readonly [string, readonly WorldNode[]];

function placeColumn(
  groups: readonly Group[],
  column: { x: number; width: number; top: number },
  gap: number,
): PlacedColumn {
  const boxes: GraphBox[] = [];
  const texts: GraphText[] = [];
  let y = column.top;
  for (const [name, nodes] of groups.filter(([, nodes]) => nodes.length > 0)) {
    const head = placeText(name, { x: column.x, y, width: column.width }, {
      ...detailStyle,
      bold: true,
      tone: "quiet",
    });
    const placed = stackBoxes(nodes, { x: column.x, y: bottomOf(head) + 4, width: column.width }, gap);
    texts.push(head);
    boxes.push(...placed);
    y = lowest(placed) + gap + 8;
  }
  return { boxes, texts, bottom: lowest(boxes) };
}
