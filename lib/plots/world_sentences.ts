import { columnOf, type Table } from "../core/mod.ts";
import { firstFew } from "./figure_text.ts";
import type { WorldGraph } from "./world_graph.ts";

/** The graph on one line: what moves which outcome, who is shifted, and which questions are controls. */
export function worldSentence(graph: WorldGraph): string {
  const told = (nodes: WorldGraph["items"]) =>
    nodes.map(({ name, details }) => `${name} (${details.join("; ")})`);
  const outcomes = told(graph.items.filter(({ kind }) => kind === "outcome"));
  const shifted = told(graph.attributes.filter(({ drifts }) => drifts));
  const controls = graph.items.filter((node) => node.kind !== "outcome").map(({ name }) => name);
  const parts = [
    outcomes.length === 0 ? "" : `Effect on ${firstFew(outcomes, 4)}.`,
    shifted.length === 0 ? "" : `Drift through ${firstFew(shifted, 4)}.`,
    controls.length === 0 ? "" : `Negative controls: ${firstFew(controls, 6)}.`,
  ];
  return parts.filter((part) => part !== "").join(" ");
}

/** Every arrow in words. */
export function arrowsInWords(table: Table): string {
  const [from, to, kind, via, coefficients] = ["from", "to", "kind", "via", "coefficients"].map((name) =>
    columnOf(table, name)
  ) as [unknown[], unknown[], unknown[], unknown[], unknown[]];
  return from.map((_, i) => {
    const target = via[i] === null ? to[i] : `${via[i]} on ${to[i]}`;
    return `${kind[i]} ${from[i]} to ${target}${coefficients[i] === "" ? "" : `: ${coefficients[i]}`}`;
  }).join(". ");
}
