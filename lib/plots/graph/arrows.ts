import { colours, looks } from "../palette.ts";
import { dotMark, lineMark, type Mark, type Point } from "../svg.ts";
import type { GraphLayout } from "./boxes.ts";
import type { WorldArrow, WorldGraph } from "./world_graph.ts";

interface Route {
  readonly look: WorldArrow["look"];
  /** The width of the line, in pixels. */
  readonly width: number;
  readonly from: Point;
  readonly to: Point;
}

const [thinnest, widest] = [1, 4.5];

/** Where every arrow runs: from and to ports on the sides of boxes, in an order that spares crossings. */
export function routeArrows({ arrows }: WorldGraph, layout: GraphLayout): Route[] {
  const largest = Math.max(0, ...arrows.map(({ size }) => size).filter(Number.isFinite));
  const ports = portsOf(arrows, layout);
  const routeOf = (arrow: WorldArrow): Route => {
    const share = arrow.size === 0 ? 0 : Math.min(1, arrow.size / largest);
    const from = startOf(arrow, layout);
    const changed = arrows.find(({ kind, from, to }) =>
      kind === "effect" && from === arrow.via && to === arrow.to
    );
    // Toward the end of the effect that it changes, where the effects of one stimulus have parted.
    const to = changed === undefined ? ports.get(arrow)! : along(routeOf(changed), 0.7);
    return { look: arrow.look, width: thinnest + (widest - thinnest) * share, from, to };
  };
  return arrows.map(routeOf);
}

/** Where an arrow leaves its box: stimuli to the left for drift, to the right for effects. */
function startOf({ from, kind }: WorldArrow, layout: GraphLayout): Point {
  const isStimulus = kind === "exposure" || kind === "effect";
  const boxes = isStimulus ? layout.stimuli : layout.attributes;
  const { x, y, width, height } = boxes.find(({ name }) => name === from)!;
  // Above the point where an attribute's arrows depart there is room for what arrives.
  return [kind === "exposure" || kind === "parent" ? x : x + width, y + height * (isStimulus ? 0.5 : 0.7)];
}

/** Where arrows arrive: each at a place of its own, in the order in which they come. */
function portsOf(arrows: readonly WorldArrow[], layout: GraphLayout): Map<WorldArrow, Point> {
  const ports = new Map<WorldArrow, Point>();
  const spread = (own: readonly WorldArrow[], x: number, top: number, bottom: number) =>
    own.toSorted((a, b) => startOf(a, layout)[1] - startOf(b, layout)[1]).forEach((arrow, place) =>
      ports.set(arrow, [x, top + ((bottom - top) * (place + 0.5)) / own.length])
    );
  const into = (name: string, ...kinds: WorldArrow["kind"][]) =>
    arrows.filter(({ to, kind }) => to === name && kinds.includes(kind));
  for (const { name, x, y, width, height } of layout.attributes) {
    spread(into(name, "exposure"), x + width, y, y + height * 0.55);
    spread(into(name, "parent"), x, y, y + height * 0.6);
  }
  for (const { name, x, y, height } of layout.items) {
    spread(into(name, "effect", "answer"), x, y + 3, y + height - 3);
  }
  return ports;
}

/** A point of the curve from one box to another, whose handles lie half-way across, at the heights of its ends. */
function along({ from: [x1, y1], to: [x2, y2] }: Route, t: number): Point {
  const [before, handles] = [(1 - t) ** 3 + 3 * t * (1 - t) ** 2, 3 * t * (1 - t)];
  return [(1 - t) ** 3 * x1 + (handles * (x1 + x2)) / 2 + t ** 3 * x2, before * y1 + (1 - before) * y2];
}

// In the order in which they are drawn one over the other: what the figure is about comes last.
const strokes: { readonly [look in WorldArrow["look"]]: string } = {
  parent: colours.axis,
  answer: colours.axis,
  unused: colours.axis,
  drift: looks.departs.colour,
  effect: looks.plain.colour,
  moderation: looks.plain.colour,
};

/** Draws arrows; those between attributes reach as far to the left as the gutter. */
export function arrowMarks(routes: readonly Route[], gutter: number): Mark[] {
  return Object.keys(strokes).flatMap((look) => {
    const own = routes.filter((route) => route.look === look);
    if (look === "moderation") return own.flatMap(moderationMarks);
    if (look === "parent" && gutter > 0) return parentMarks(own, gutter);
    // A white edge lifts the two paths off whatever they cross.
    const halos = look === "effect" || look === "drift" ? own.map(haloMark) : [];
    return [...halos, ...own.map(shaftMark), ...own.map(headMark)];
  });
}

// The height of an arrow's head, by the width of its line.
function headOf({ width }: Route): number {
  return 5 + 1.3 * width;
}

/** The ends of an arrow's line: up to its head. */
function shaft(route: Route): [Point, Point] {
  const { from, to: [x, y] } = route;
  return [from, [x - Math.sign(x - from[0]) * (headOf(route) - 1), y]];
}

function haloMark(route: Route): Mark {
  return lineMark(shaft(route), { curve: "bump-x", stroke: colours.card, strokeWidth: route.width + 2.5 });
}

function shaftMark(route: Route): Mark {
  return lineMark(shaft(route), {
    curve: "bump-x",
    stroke: strokes[route.look],
    strokeWidth: route.width,
    strokeOpacity: strokes[route.look] === colours.axis ? 0.75 : 1,
    ...(route.look === "unused" ? { strokeDasharray: "4 3" } : {}),
  });
}

/** An arrowhead whose tip touches the box. */
function headMark(route: Route): Mark {
  return arrowHead(route.to, Math.sign(route.to[0] - route.from[0]), headOf(route), strokes[route.look]);
}

/** An arrowhead at its tip, toward the right (1) or the left (-1). */
export function arrowHead([x, y]: Point, direction: number, height: number, colour: string): Mark {
  // A triangle of radius r has the area of a circle: height² / √3 = π r². Its centre is two thirds from its tip.
  const radius = height / Math.sqrt(Math.PI * Math.sqrt(3));
  const style = { rotate: direction * 90, stroke: "none", r: radius };
  return dotMark([x - (direction * 2 * height) / 3, y], { colour, symbol: "triangle" }, radius, style);
}

/** Arrows between attributes: arcs to the left of their column, the wider the further they go. */
function parentMarks(routes: readonly Route[], gutter: number): Mark[] {
  const reach = ({ from, to }: Route) => Math.abs(to[1] - from[1]);
  const longest = Math.max(...routes.map(reach));
  return routes.flatMap((route) => {
    const { from: [x1, y1], to: [x2, y2] } = route;
    const depth = (gutter - 2) * (0.45 + (0.55 * reach(route)) / longest);
    const end = x2 - headOf(route) + 1;
    const arc: Point[] = [[x1, y1], [x1 - depth, y1], [x1 - depth, y2], [end, y2]];
    return [
      lineMark(arc, { curve: "basis", stroke: strokes.parent, strokeWidth: 1.25 }),
      headMark({ ...route, from: [end - 1, y2] }),
    ];
  });
}

function moderationMarks({ from, to, width }: Route): Mark[] {
  const colour = strokes.moderation;
  return [
    lineMark([from, to], { stroke: colour, strokeWidth: width, strokeDasharray: "5 4" }),
    dotMark(to, { colour, symbol: "circle", hollow: true }, 4.5),
  ];
}
