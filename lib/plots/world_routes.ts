import type { WorldArrow, WorldGraph } from "./world_graph.ts";
import type { GraphBox } from "./world_boxes.ts";
import type { GraphLayout } from "./world_layout.ts";
import { type LegendRow, lookOf } from "./world_legend.ts";

/** An arrow as a line between two points. */
export interface Route {
  readonly look: LegendRow["look"];
  /** The width of the line, in pixels. */
  readonly width: number;
  readonly x1: number;
  readonly y1: number;
  readonly x2: number;
  readonly y2: number;
}

const [thinnest, widest] = [1, 4.5];

/** Where every arrow runs: from and to ports on the sides of boxes, in an order that spares crossings. */
export function routeArrows({ arrows }: WorldGraph, layout: GraphLayout): Route[] {
  const largest = Math.max(0, ...arrows.map(({ size }) => size).filter(Number.isFinite));
  const ports = portsOf(arrows, layout);
  const routes = new Map(arrows.map((arrow) => {
    const share = arrow.size === 0 ? 0 : Math.min(1, arrow.size / largest);
    const width = thinnest + (widest - thinnest) * share;
    const end = ports.get(arrow) ?? { x2: NaN, y2: NaN };
    return [arrow, { look: lookOf(arrow), width, ...startOf(arrow, layout), ...end }];
  }));
  return arrows.map((arrow) => {
    if (arrow.kind !== "moderation") return routes.get(arrow)!;
    const changed = arrows.find(({ kind, from, to }) =>
      kind === "effect" && from === arrow.via && to === arrow.to
    )!;
    return { ...routes.get(arrow)!, ...towardEnd(routes.get(changed)!) };
  });
}

/** A point of a curve toward its end, where the effects of one stimulus have parted. */
function towardEnd({ x1, y1, x2, y2 }: Route): { x2: number; y2: number } {
  const t = 0.7;
  // The curve's handles lie half-way across, at the heights of its ends.
  const before = (1 - t) ** 3 + 3 * t * (1 - t) ** 2;
  const handles = 3 * t * (1 - t);
  return {
    x2: (1 - t) ** 3 * x1 + (handles * (x1 + x2)) / 2 + t ** 3 * x2,
    y2: before * y1 + (1 - before) * y2,
  };
}

function named(boxes: readonly GraphBox[], name: string): GraphBox {
  return boxes.find((box) => box.name === name)!;
}

/** Where an arrow leaves its box: stimuli to the left for drift, to the right for effects. */
function startOf({ from, kind }: WorldArrow, layout: GraphLayout): { x1: number; y1: number } {
  if (kind === "exposure" || kind === "effect") {
    const { x, y, width, height } = named(layout.stimuli, from);
    return { x1: kind === "exposure" ? x : x + width, y1: y + height / 2 };
  }
  const { x, y, width, height } = named(layout.attributes, from);
  // Above the point of departure there is room for what arrives.
  return { x1: kind === "parent" ? x : x + width, y1: y + height * 0.7 };
}

/** Where arrows arrive: each at a place of its own, in the order in which they come. */
function portsOf(
  arrows: readonly WorldArrow[],
  layout: GraphLayout,
): Map<WorldArrow, { x2: number; y2: number }> {
  const ports = new Map<WorldArrow, { x2: number; y2: number }>();
  const spread = (own: readonly WorldArrow[], x2: number, [top, bottom]: readonly [number, number]) =>
    [...own].sort((a, b) => startOf(a, layout).y1 - startOf(b, layout).y1).forEach((arrow, place) =>
      ports.set(arrow, { x2, y2: top + ((bottom - top) * (place + 0.5)) / own.length })
    );
  const into = (name: string, kinds: readonly WorldArrow["kind"][]) =>
    arrows.filter(({ to, kind }) => to === name && kinds.includes(kind));
  for (const { name, x, y, width, height } of layout.attributes) {
    spread(into(name, ["exposure"]), x + width, [y, y + height * 0.55]);
    spread(into(name, ["parent"]), x, [y, y + height * 0.6]);
  }
  for (const { name, x, y, height } of layout.items) {
    spread(into(name, ["effect", "answer"]), x, [y + 3, y + height - 3]);
  }
  return ports;
}
