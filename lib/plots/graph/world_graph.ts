import { columnOf, distinct, type Table } from "../../core/table.ts";
import type { World } from "../../worlds/declaration.ts";
import { signed } from "../../worlds/explain_world.ts";
import { predictorsOf, type WorldItem } from "../../worlds/item_kinds.ts";
import { type Coefficients, splitFactor } from "../../worlds/predictor.ts";
import { drawnRows, joinTexts } from "../drawn_table.ts";

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
  /** What it is drawn as: the drift runs along exposure and along what the exposed attributes answer. */
  readonly look: "effect" | "drift" | "unused" | "answer" | "parent" | "moderation";
}

/** A world's graph; an attribute and an item may share a name. */
export interface WorldGraph {
  readonly attributes: readonly WorldNode[];
  readonly stimuli: readonly WorldNode[];
  readonly items: readonly WorldNode[];
  readonly arrows: readonly WorldArrow[];
}

/** Reads the graph of a world from its edges, its columns in an order that spares crossings. */
export function worldGraph(world: World, edges: Table): WorldGraph {
  const arrows = arrowsOf(world, edges);
  const changed = (kind: WorldArrow["kind"]) =>
    new Set(arrows.filter((arrow) => arrow.kind === kind).map(({ to }) => to));
  const [moved, shifted] = [changed("effect"), changed("exposure")];
  const still = { details: [], drifts: false };
  return orderGraph({
    arrows,
    attributes: Object.keys(world.attributes).map((name) => ({
      name,
      kind: "attribute",
      details: exposureDetails(world, name),
      drifts: world.drift > 0 && shifted.has(name),
    })),
    stimuli: distinct(Object.keys(world.stimuli).map((name) => splitFactor(name)[0] || name))
      .map((name) => ({ ...still, name, kind: "stimulus" })),
    items: Object.entries(world.items).map(([name, item]) => ({
      ...still,
      name,
      kind: moved.has(name) ? "outcome" : "control",
      details: effectDetails(world, item),
    })),
  });
}

/** The arrows, one for all levels of a factor, which is a stimulus too. */
function arrowsOf(world: World, edges: Table): WorldArrow[] {
  const kinds = columnOf<WorldArrow["kind"]>(edges, "kind");
  const rows = drawnRows(edges, ["from", "to", "via"], []).map((row, place) => ({
    ...row,
    kind: kinds[place]!,
  }));
  const exposed = new Set(rows.filter(({ kind }) => kind === "exposure").map(({ from }) => from));
  const factors = Object.keys(world.factors);
  const arrows = rows.map((edge): WorldArrow => {
    const { from, to, kind } = edge;
    const size = sizeOf(world, edge);
    if (kind === "exposure") {
      const stimulus = factors.find((factor) => to.startsWith(`${factor}.`)) ?? to;
      return { ...edge, from: stimulus, to: from, size, look: world.drift > 0 ? "drift" : "unused" };
    }
    if (factors.includes(from)) return { ...edge, kind: "effect", size, look: "effect" };
    return {
      ...edge,
      size,
      look: kind === "answer" && world.drift > 0 && exposed.has(from) ? "drift" : kind,
    };
  });
  return [...Map.groupBy(arrows, ({ from, to, kind, via }) => JSON.stringify([from, to, kind, via])).values()]
    .map((same) => same.reduce((most, arrow) => arrow.size > most.size ? arrow : most));
}

function sizeOf(world: World, { from, to, kind, via }: Omit<WorldArrow, "size" | "look">): number {
  if (kind === "parent") return 0;
  if (kind === "exposure") return largestOf(world, from, world.exposure[to]);
  const item = world.items[to]!;
  // An attribute that is told as it is: nothing decides an answer more.
  if (item.kind === "attribute") return Infinity;
  const sizes = predictorsOf(item).map(({ effects, stimuli }) => {
    if (kind === "effect") return Math.abs(stimuli?.[from]?.effect ?? 0);
    return largestOf(world, from, kind === "answer" ? effects : stimuli?.[via]?.by);
  });
  return Math.max(...sizes) / (item.kind === "scale" ? item.sd : 1);
}

/** The largest coefficient of an attribute or factor; a slope counts over half the range, as ±β does for two groups. */
function largestOf(world: World, name: string, coefficients: Coefficients | undefined): number {
  const levels = (world.attributes[name] ?? []).map(Number);
  const half = (Math.max(...levels) - Math.min(...levels)) / 2;
  const sizes = Object.entries(coefficients?.[name] ?? {})
    .map(([level, value]) => Math.abs(value) * (level === "slope" ? half : 1));
  return Math.max(0, ...sizes);
}

/** For each stimulus the level that it makes more, or less, likely: `warning: left +0.8`. */
function exposureDetails(world: World, attribute: string): string[] {
  return Object.entries(world.exposure).flatMap(([stimulus, coefficients]) =>
    largest(Object.entries(coefficients[attribute] ?? {})).map(([level, value]) =>
      `${stimulus}: ${level === "slope" ? `${signed(value)} a unit` : `${level} ${signed(value)}`}`
    )
  );
}

/** For each stimulus its effect, of a choice or factor where it is largest: `warning +0.6, by ideology`. */
function effectDetails(world: World, item: WorldItem): string[] {
  const options = item.kind === "choice" ? Object.keys(item.options) : [""];
  const predictors = predictorsOf(item).map((predictor, i) => [options[i]!, predictor] as const);
  const write = (name: string, effects: readonly (readonly [string, number])[], by: readonly string[] = []) =>
    largest(effects).map(([where, value]) => {
      const moderators = by.length === 0 ? "" : `, by ${by.join(", ")}`;
      return `${name}${where === "" ? "" : `: ${where}`} ${signed(value)}${moderators}`;
    });
  return [
    ...Object.keys(world.stimuli).flatMap((name) => {
      const own = predictors.flatMap(([option, { stimuli }]) =>
        stimuli?.[name] === undefined ? [] : [[option, stimuli[name]] as const]
      );
      const by = distinct(own.flatMap(([, stimulus]) => Object.keys(stimulus.by ?? {})));
      return write(name, own.map(([option, { effect }]) => [option, effect]), by);
    }),
    ...Object.keys(world.factors).flatMap((name) =>
      write(
        name,
        predictors.flatMap(([option, { effects }]) =>
          Object.entries(effects?.[name] ?? {}).map(([level, effect]) =>
            [joinTexts([option, level]), effect] as const
          )
        ),
      )
    ),
  ];
}

/** The entry of largest size, of two as large the positive one; none of none. */
function largest(entries: readonly (readonly [string, number])[]): (readonly [string, number])[] {
  return [...entries].sort(([, a], [, b]) => Math.abs(b) - Math.abs(a) || b - a).slice(0, 1);
}

/**
 * Orders the columns of a graph: causes above what depends on them, outcomes above negative controls, and within these
 * bounds each node near the middle of its neighbours, so that fewer arrows cross (Sugiyama, Tagawa and Toda 1981).
 */
function orderGraph(graph: WorldGraph): WorldGraph {
  const depths = depthsOf(graph);
  const links = graph.arrows.filter(({ kind }) => kind === "answer").map(({ from, to }) =>
    [from, to] as const
  );
  let { attributes, items } = graph;
  for (let sweep = 0; sweep < 6; sweep++) {
    const toItems = centresOf(items, attributes, links.map(([from, to]) => [to, from]));
    items = sortBy(items, toItems, ({ kind }) => kind === "outcome" ? 0 : 1);
    attributes = sortBy(attributes, centresOf(attributes, items, links), ({ name }) => depths.get(name)!);
  }
  return { ...graph, attributes, items };
}

/** The longest way to each attribute from one that depends on none. */
function depthsOf({ attributes, arrows }: WorldGraph): Map<string, number> {
  const depths = new Map<string, number>();
  // Parents are declared first.
  for (const { name } of attributes) {
    const above = arrows.filter(({ kind, to }) => kind === "parent" && to === name)
      .map(({ from }) => depths.get(from)! + 1);
    depths.set(name, Math.max(0, ...above));
  }
  return depths;
}

/** The mean place of each node's neighbours, as a share of their column; its own place where it has none. */
function centresOf(
  nodes: readonly WorldNode[],
  others: readonly WorldNode[],
  links: readonly (readonly [string, string])[],
): Map<string, number> {
  const places = new Map(others.map(({ name }, place) => [name, (place + 0.5) / others.length]));
  return new Map(nodes.map(({ name }, place) => {
    const found = links.filter(([own]) => own === name).map(([, other]) => places.get(other)!);
    const own = (place + 0.5) / nodes.length;
    return [name, found.length === 0 ? own : found.reduce((sum, at) => sum + at, 0) / found.length];
  }));
}

function sortBy(
  nodes: readonly WorldNode[],
  centres: ReadonlyMap<string, number>,
  rank: (node: WorldNode) => number,
): readonly WorldNode[] {
  return [...nodes].sort((a, b) => rank(a) - rank(b) || centres.get(a.name)! - centres.get(b.name)!);
}
