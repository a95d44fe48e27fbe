import { distinct } from "../../core/table.ts";
import type { World } from "../../worlds/declaration.ts";
import { signed } from "../../worlds/explain_world.ts";
import { predictorsOf, type WorldItem } from "../../worlds/item_kinds.ts";
import { type Coefficients, splitFactor } from "../../worlds/predictor.ts";

export interface WorldNode {
  readonly name: string;
  readonly kind: "attribute" | "stimulus" | "outcome" | "control";
  /** What stimuli do to it: its largest exposure to each, or their effects. */
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
  readonly via?: string;
  /** The largest coefficient: log-odds, and for scales standard deviations of the latent noise. */
  readonly size: number;
  /** That coefficient in words: `warning: left +0.8`. */
  readonly detail: string;
  /** What it is drawn as: the drift runs along exposure and along what the exposed attributes answer. */
  readonly look: "effect" | "drift" | "unused" | "answer" | "parent" | "moderation";
}

/** A world's graph: its items are outcomes, then negative controls; an attribute and an item may share a name. */
export type WorldGraph =
  & { readonly [part in "attributes" | "stimuli" | "items"]: readonly WorldNode[] }
  & { readonly arrows: readonly WorldArrow[] };

export function worldGraph(world: World): WorldGraph {
  const arrows = arrowsOf(world);
  const into = (name: string, kind: WorldArrow["kind"]) =>
    arrows.filter((arrow) => arrow.to === name && arrow.kind === kind);
  const items = Object.keys(world.items).map((name): WorldNode => {
    const details = into(name, "effect").map(({ detail }) => detail);
    return { name, kind: details.length > 0 ? "outcome" : "control", details, drifts: false };
  });
  return {
    arrows,
    attributes: Object.keys(world.attributes).map((name) => {
      const details = into(name, "exposure").map(({ detail }) => detail);
      return { name, kind: "attribute", details, drifts: world.drift > 0 && details.length > 0 };
    }),
    stimuli: distinct(Object.keys(world.stimuli).map(drawnStimulus))
      .map((name) => ({ name, kind: "stimulus", details: [], drifts: false })),
    items: items.toSorted((a, b) => Number(a.kind === "control") - Number(b.kind === "control")),
  };
}

/** All levels of a factor are drawn as one stimulus. */
function drawnStimulus(name: string): string {
  return splitFactor(name)[0] || name;
}

/** The arrows, one for all levels of a factor and all options of a choice: the largest. */
function arrowsOf(world: World): WorldArrow[] {
  const parents = Object.entries(world.parents).flatMap(([to, parents]) =>
    parents.map((from): WorldArrow => ({ from, to, kind: "parent", look: "parent", size: 0, detail: "" }))
  );
  const exposure = Object.entries(world.exposure).flatMap(([stimulus, coefficients]) =>
    Object.keys(coefficients).map((to): WorldArrow => {
      const { size, said } = largestOf(world, to, coefficients);
      const [from, look] = [drawnStimulus(stimulus), world.drift > 0 ? "drift" : "unused"] as const;
      return { from, to, kind: "exposure", look, size, detail: `${stimulus}: ${said}` };
    })
  );
  const items = Object.entries(world.items).flatMap(([name, item]) => itemArrows(world, name, item));
  const ends = ({ from, to, kind, via }: WorldArrow) => JSON.stringify([from, to, kind, via]);
  return [...Map.groupBy([...parents, ...exposure, ...items], ends).values()].map((same) =>
    same.reduce((most, arrow) => arrow.size > most.size ? arrow : most)
  );
}

function itemArrows(world: World, to: string, item: WorldItem): WorldArrow[] {
  const answered = (from: string, size: number): WorldArrow => {
    const drifts = world.drift > 0 && Object.values(world.exposure).some((own) => Object.hasOwn(own, from));
    return { from, to, kind: "answer", look: drifts ? "drift" : "answer", size, detail: "" };
  };
  // An attribute that is told as it is: nothing decides an answer more.
  if (item.kind === "attribute") return [answered(item.attribute, Infinity)];
  const unit = item.kind === "scale" ? item.sd : 1;
  const options = item.kind === "choice" ? Object.keys(item.options) : [];
  return predictorsOf(item).flatMap(({ effects = {}, stimuli = {} }, i) => {
    const moved = (from: string, size: number, said: string): WorldArrow => {
      const detail = `${from}${options[i] === undefined ? "" : `: ${options[i]}`}${said}`;
      return { from, to, kind: "effect", look: "effect", size: size / unit, detail };
    };
    return [
      ...Object.keys(effects).map((from) => {
        const { size, said } = largestOf(world, from, effects);
        if (!Object.hasOwn(world.factors, from)) return answered(from, size / unit);
        return moved(from, size, `${options[i] === undefined ? ":" : ","} ${said}`);
      }),
      ...Object.entries(stimuli).flatMap(([stimulus, { effect, by = {} }]) => {
        const [via, moderators] = [drawnStimulus(stimulus), Object.keys(by)];
        const said = moderators.length === 0 ? "" : `, by ${moderators.join(", ")}`;
        return [
          moved(via, Math.abs(effect), ` ${signed(effect)}${said}`),
          ...moderators.map((from): WorldArrow => {
            const size = largestOf(world, from, by).size / unit;
            return { from, to, kind: "moderation", look: "moderation", via, size, detail: "" };
          }),
        ];
      }),
    ];
  });
}

/**
 * The largest coefficient of an attribute or factor, of two as large the positive one; a slope counts over half the
 * range, as ±β does for two groups.
 */
function largestOf(world: World, name: string, coefficients: Coefficients): { size: number; said: string } {
  const levels = (world.attributes[name] ?? world.factors[name]!).map(Number);
  const half = (Math.max(...levels) - Math.min(...levels)) / 2;
  const [largest] = Object.entries(coefficients[name]!).map(([level, value]) =>
    level === "slope"
      ? { value, size: Math.abs(value) * half, said: `${signed(value)} a unit` }
      : { value, size: Math.abs(value), said: `${level} ${signed(value)}` }
  ).sort((a, b) => b.size - a.size || b.value - a.value);
  return largest ?? { size: 0, said: "" };
}
