import * as Plot from "@observablehq/plot";
import { colours } from "./palette.ts";
import type { LegendRow } from "./world_legend.ts";
import type { Route } from "./world_routes.ts";

const strokes: { readonly [look in LegendRow["look"]]: string } = {
  effect: colours.agrees,
  moderation: colours.agrees,
  drift: colours.departs,
  unused: colours.axis,
  answer: colours.axis,
  parent: colours.axis,
};

const ends = { x1: "x1", y1: "y1", x2: "x2", y2: "y2" } as const;

/** Draws arrows of one look; those between attributes reach as far to the left as the gutter. */
export function arrowMarks(
  routes: readonly Route[],
  look: LegendRow["look"],
  gutter: number,
): Plot.Markish[] {
  if (routes.length === 0) return [];
  if (look === "parent" && gutter > 0) return parentMarks(routes, gutter);
  if (look === "moderation") return moderationMarks(routes);
  const heads = routes.map((route) => ({ ...route, direction: Math.sign(route.x2 - route.x1) }));
  const lines = heads.map((head) => ({ ...head, x2: head.x2 - head.direction * (headOf(head.width) - 1) }));
  const grey = look !== "effect" && look !== "drift";
  // A white edge lifts the two paths off whatever they cross.
  const halo = Plot.link(lines, {
    ...ends,
    curve: "bump-x",
    stroke: colours.card,
    strokeWidth: ({ width }: Route) => width + 2.5,
  });
  const line = Plot.link(lines, {
    ...ends,
    curve: "bump-x",
    stroke: strokes[look],
    strokeWidth: "width",
    strokeOpacity: grey ? 0.75 : 1,
    ...(look === "unused" ? { strokeDasharray: "4 3" } : {}),
  });
  return [...(grey ? [] : [halo]), line, headMark(heads, strokes[look])];
}

// The height of an arrow's head, by the width of its line.
function headOf(width: number): number {
  return 5 + 1.3 * width;
}

type Head = Pick<Route, "x2" | "y2" | "width"> & { readonly direction: number };

/** Arrowheads whose tips touch the box. A triangle's centre is two thirds of its height from its tip. */
function headMark(heads: readonly Head[], stroke: string): Plot.Markish {
  return Plot.dot(heads, {
    x: ({ x2, direction, width }: Head) => x2 - (direction * 2 * headOf(width)) / 3,
    y: "y2",
    symbol: "triangle",
    rotate: ({ direction }: Head) => direction * 90,
    // A triangle of radius r has the area of a circle: height² / √3 = π r².
    r: ({ width }: Head) => headOf(width) / Math.sqrt(Math.PI * Math.sqrt(3)),
    fill: stroke,
  });
}

/** Arrows between attributes: arcs to the left of their column, the wider the further they go. */
function parentMarks(routes: readonly Route[], gutter: number): Plot.Markish[] {
  const longest = Math.max(...routes.map(({ y1, y2 }) => Math.abs(y2 - y1)));
  const points = routes.flatMap((route, arc) => {
    const share = 0.45 + (0.55 * Math.abs(route.y2 - route.y1)) / longest;
    return arcPoints(route, (gutter - 2) * share).map((point) => ({ ...point, arc }));
  });
  return [
    Plot.line(points, { x: "x", y: "y", z: "arc", stroke: strokes.parent, strokeWidth: 1.25 }),
    headMark(routes.map((route) => ({ ...route, direction: 1 })), strokes.parent),
  ];
}

function arcPoints({ x1, y1, x2, y2 }: Route, depth: number): { x: number; y: number }[] {
  // A cubic curve reaches three quarters as far as its handles.
  const handle = x1 - depth / 0.75;
  const end = x2 - headOf(1) + 1;
  return Array.from({ length: 21 }, (_, step) => {
    const t = step / 20;
    const [a, b, c, d] = [(1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t ** 2 * (1 - t), t ** 3] as const;
    return { x: a * x1 + (b + c) * handle + d * end, y: (a + b) * y1 + (c + d) * y2 };
  });
}

function moderationMarks(routes: readonly Route[]): Plot.Markish[] {
  const stroke = strokes.moderation;
  return [
    Plot.link(routes, { ...ends, stroke, strokeWidth: "width", strokeDasharray: "5 4" }),
    Plot.dot(routes, { x: "x2", y: "y2", r: 4.5, fill: colours.card, stroke, strokeWidth: 2 }),
  ];
}
