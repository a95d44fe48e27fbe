import { columnOf } from "../core/mod.ts";
import { type Coefficients, type World, worldEdges } from "../worlds/mod.ts";
import { textsOf } from "./figure_text.ts";
import { effectDetails, exposureDetails, predictorsOf } from "./world_details.ts";

/** A node of a world's graph. */
export interface WorldNode {
  readonly name: string;
  readonly kind: "attribute" | "stimulus" | "outcome" | "control";
  /** What stimuli do to it: its largest exposure, or their effects. */
  readonly details: readonly string[];
  /** Whether a stimulus changes who is imagined in this attribute. */
  readonly drifts: boolean;
}

/** An arrow of a world's graph, from cause to what it changes. */
export interface WorldArrow {
  readonly from: string;
  readonly to: string;
  /** Exposure runs from the stimulus to the attribute: as the respondent imagines, not as people meet it. */
  readonly kind: "parent" | "exposure" | "answer" | "effect" | "moderation";
  /** Of a moderation, the stimulus whose effect changes. */
  readonly via: string;
  /** The largest coefficient: log-odds, and for scales standard deviations of the latent noise. */
  readonly size: number;
  /** Whether the drift runs along it. */
  readonly drift: boolean;
}

/** A world's graph; an attribute and an item may share a name. */
export interface WorldGraph {
  readonly attributes: readonly WorldNode[];
  readonly stimuli: readonly WorldNode[];
  readonly items: readonly WorldNode[];
  readonly arrows: readonly WorldArrow[];
}

/** Reads the graph of a world, in the order of its declaration. */
export function worldGraph(world: World): WorldGraph {
  const arrows = arrowsOf(world);
  const changed = (by: WorldArrow["kind"]) =>
    new Set(arrows.filter(({ kind }) => kind === by).map(({ to }) => to));
  const [moved, shifted] = [changed("effect"), changed("exposure")];
  const attributes = Object.keys(world.attributes).map((name): WorldNode => ({
    name,
    kind: "attribute",
    details: exposureDetails(world, name),
    drifts: world.drift > 0 && shifted.has(name),
  }));
  const stimuli = Object.keys(world.stimuli).map((name): WorldNode => ({ ...still, name, kind: "stimulus" }));
  const items = Object.entries(world.items).map(([name, item]): WorldNode => ({
    ...still,
    name,
    kind: moved.has(name) ? "outcome" : "control",
    details: effectDetails(world, item),
  }));
  return { attributes, stimuli, items, arrows };
}

const still = { details: [], drifts: false };

function arrowsOf(world: World): WorldArrow[] {
  const edges = worldEdges(world);
  const [from, to, via] = ["from", "to", "via"].map((name) => textsOf(edges, name)) as [
    string[],
    string[],
    string[],
  ];
  const kinds = columnOf(edges, "kind") as WorldArrow["kind"][];
  const exposed = new Set(from.filter((_, i) => kinds[i] === "exposure"));
  return kinds.map((kind, i) => {
    const edge = { from: from[i]!, to: to[i]!, kind, via: via[i]! };
    const size = sizeOf(world, edge);
    if (kind === "exposure") return { ...edge, from: to[i]!, to: from[i]!, size, drift: world.drift > 0 };
    return { ...edge, size, drift: kind === "answer" && world.drift > 0 && exposed.has(from[i]!) };
  });
}

function sizeOf(
  world: World,
  { from, to, kind, via }: Pick<WorldArrow, "from" | "to" | "kind" | "via">,
): number {
  if (kind === "parent") return 0;
  if (kind === "exposure") return largestOf(world, from, world.exposure[to]);
  const item = world.items[to]!;
  // An attribute that is told as it is: nothing decides an answer more.
  if (item.kind === "attribute") return Infinity;
  const sizes = predictorsOf(item).map(({ effects, stimuli }) => {
    if (kind === "answer") return largestOf(world, from, effects);
    if (kind === "effect") return Math.abs(stimuli?.[from]?.effect ?? 0);
    return largestOf(world, from, stimuli?.[via]?.by);
  });
  return Math.max(...sizes) / (item.kind === "scale" ? item.sd : 1);
}

/** The largest coefficient of an attribute; a slope counts over half the range, as ±β does for two groups. */
function largestOf(world: World, attribute: string, coefficients: Coefficients | undefined): number {
  const levels = world.attributes[attribute]!.map(Number);
  const half = (Math.max(...levels) - Math.min(...levels)) / 2;
  const sizes = Object.entries(coefficients?.[attribute] ?? {}).map(([level, value]) =>
    Math.abs(value) * (level === "slope" ? half : 1)
  );
  return Math.max(0, ...sizes);
}
