import { type Table, tableOfRows } from "../core/table.ts";
import type { World } from "./declaration.ts";
import { explainLevels, signed } from "./explain_world.ts";
import { predictorsOf, type WorldItem } from "./item_kinds.ts";
import type { Coefficients } from "./predictor.ts";

type Edge = {
  readonly from: string;
  readonly to: string;
  readonly kind: "parent" | "exposure" | "answer" | "effect" | "moderation";
  readonly via: string | null;
  readonly coefficients: string;
};

/**
 * The arrows of a world's causal graph, one row each: `from`, `to`, `kind` (`parent`: an attribute of an attribute;
 * `exposure`: an attribute of meeting a stimulus; `answer`: an attribute or factor of an item; `effect`: a stimulus of an
 * item; `moderation`: an attribute of the effect of the stimulus `via` on an item), `via` (else `null`), and
 * `coefficients` in words (of a choice, option by option; empty for parents). Where levels meet has no arrow.
 */
export function worldEdges(world: World): Table {
  const parents = Object.entries(world.parents).flatMap(([to, from]) =>
    from.map((parent): Edge => ({ from: parent, to, kind: "parent", via: null, coefficients: "" }))
  );
  const exposure = Object.entries(world.exposure).flatMap(([to, coefficients]) =>
    arrows(coefficients, { to, kind: "exposure", via: null })
  );
  const items = Object.entries(world.items).flatMap(([name, item]) => itemEdges(name, item));
  const columns = ["from", "to", "kind", "via", "coefficients"];
  return tableOfRows([...parents, ...exposure, ...mergeOptions(items)], columns);
}

function arrows(coefficients: Coefficients, edge: Pick<Edge, "to" | "kind" | "via">, option = ""): Edge[] {
  return Object.entries(coefficients).map(([from, byLevel]) => ({
    from,
    ...edge,
    coefficients: `${option}${explainLevels(byLevel)}`,
  }));
}

/** The arrows into an item; of a choice, those of each option. */
function itemEdges(to: string, item: WorldItem): Edge[] {
  if (item.kind === "attribute") {
    return [{ from: item.attribute, to, kind: "answer", via: null, coefficients: "told as it is" }];
  }
  const options = item.kind === "choice" ? Object.keys(item.options) : [];
  return predictorsOf(item).flatMap(({ effects = {}, stimuli = {} }, i) => {
    const option = options[i] === undefined ? "" : `${options[i]}: `;
    return [
      ...arrows(effects, { to, kind: "answer", via: null }, option),
      ...Object.entries(stimuli).flatMap(([stimulus, { effect, by = {} }]): Edge[] => [
        { from: stimulus, to, kind: "effect", via: null, coefficients: `${option}${signed(effect)}` },
        ...arrows(by, { to, kind: "moderation", via: stimulus }, option),
      ]),
    ];
  });
}

/** One arrow for all options of an item that it moves. */
function mergeOptions(edges: readonly Edge[]): Edge[] {
  const merged = new Map<string, Edge>();
  for (const edge of edges) {
    const key = JSON.stringify([edge.from, edge.to, edge.kind, edge.via]);
    const coefficients = [merged.get(key)?.coefficients, edge.coefficients].filter(Boolean).join("; ");
    merged.set(key, { ...edge, coefficients });
  }
  return [...merged.values()];
}
