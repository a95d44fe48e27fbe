import type { WorldGraph, WorldNode } from "./world_graph.ts";

const sweeps = 6;

/**
 * Orders the columns of a graph: causes above what depends on them, outcomes above negative controls, and within these
 * bounds each node near the middle of its neighbours, so that fewer arrows cross (Sugiyama, Tagawa and Toda 1981).
 */
export function orderGraph(graph: WorldGraph): WorldGraph {
  const depths = depthsOf(graph);
  const answers = graph.arrows.filter(({ kind }) => kind === "answer");
  let { attributes, items } = graph;
  for (let sweep = 0; sweep < sweeps; sweep++) {
    items = sortBy(
      items,
      centresOf(items, attributes, answers.map(({ from, to }) => [to, from])),
      ({ kind }) => kind === "outcome" ? 0 : 1,
    );
    attributes = sortBy(
      attributes,
      centresOf(attributes, items, answers.map(({ from, to }) => [from, to])),
      ({ name }) => depths.get(name)!,
    );
  }
  return { ...graph, attributes, items };
}

/** The longest way to each attribute from one that depends on none. */
function depthsOf({ attributes, arrows }: WorldGraph): Map<string, number> {
  const depths = new Map<string, number>();
  // Parents are declared first.
  for (const { name } of attributes) {
    const above = arrows.filter(({ kind, to }) => kind === "parent" && to === name).map(({ from }) =>
      depths.get(from)!
    );
    depths.set(name, above.length === 0 ? 0 : Math.max(...above) + 1);
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
