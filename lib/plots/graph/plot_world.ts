import { cannot } from "../../core/errors.ts";
import { readOptions } from "../../core/options.ts";
import { tableOfRows } from "../../core/table.ts";
import type { World } from "../../worlds/declaration.ts";
import { predictorsOf } from "../../worlds/item_kinds.ts";
import { drawCard, type Placed } from "../card.ts";
import { firstFew } from "../drawn_table.ts";
import { type Figure, type FigureOptions, figureRules } from "../figure.ts";
import { colours, edge, lineHeight, sizes } from "../palette.ts";
import { textMark } from "../svg.ts";
import { bottomOf, setText } from "../text_layout.ts";
import { arrowMarks, routeArrows } from "./arrows.ts";
import { boxMarks, layOutGraph } from "./boxes.ts";
import { type WorldArrow, type WorldGraph, worldGraph } from "./world_graph.ts";

const action = "plot a world";

/**
 * Draws the causal graph of a world: the path of the effect in blue, the path of the drift in orange.
 *
 * For a look at what a simulated respondent will do; `explainWorld` says the same in words, with every coefficient.
 * Attributes stand on the left, causes above what depends on them; items on the right, negative controls below outcomes;
 * stimuli above. Exposure is drawn as the respondent imagines people, from the stimulus to the attribute, which is the way
 * that the drift takes. What the respondent does beside (`behaviour`) is named below. The width of an arrow is its largest
 * coefficient: log-odds, and for scales standard deviations of the latent noise (a slope over half the attribute's range).
 *
 * @param world from `declareWorld`, or of a ready study
 * @param options see {@linkcode FigureOptions}
 * @returns a {@linkcode Figure}; its table has one row per arrow: `from`, `to`, `kind`, `via` (of a `moderation`, the
 *   stimulus whose effect changes), `size` (the largest coefficient)
 * @throws {TypeError} if `world` is no world, or an option is unknown
 * @throws {RangeError} if the width is out of range
 * @example
 * ```ts
 * import { assertStringIncludes } from "@std/assert";
 * import { plotWorld } from "@understudy/understudy/plots";
 * import { declareReadyStudy } from "@understudy/understudy/worlds";
 *
 * const figure = plotWorld(declareReadyStudy("user drift").world);
 * assertStringIncludes(figure.summary, "Drift through ideology (control: right +0.8; warning: left +0.8).");
 * ```
 */
export function plotWorld(world: World, options: FigureOptions = {}): Figure {
  checkIsWorld(world);
  const asked = readOptions(action, options, figureRules);
  const graph = worldGraph(world);
  const told = worldSentence(graph);
  const arrows = graph.arrows.map(({ via = null, ...arrow }) => ({ ...arrow, via }));
  return drawCard({
    table: tableOfRows(arrows, ["from", "to", "kind", "via", "size"]),
    asked,
    title: titleOf(graph),
    subtitle: `The world “${world.name}”`,
    notes: [notesOf(world, graph).join(" ")],
    told: [told],
    summary: told,
  }, (top) => {
    const layout = layOutGraph(graph, asked.width, top + 8);
    const boxes = [...layout.attributes, ...layout.stimuli, ...layout.items];
    const legend = drawLegend(graph, layout.bottom + 18, asked.width);
    return {
      bottom: legend.bottom,
      marks: [
        ...arrowMarks(routeArrows(graph, layout), layout.gutter),
        ...boxes.flatMap(boxMarks),
        ...legend.marks,
        ...layout.texts.map(textMark),
      ],
    };
  });
}

function checkIsWorld(world: unknown): void {
  const parts = ["cells", "attributes", "parents", "stimuli", "exposure", "items"];
  if (typeof world === "object" && world !== null && parts.every((part) => part in world)) return;
  throw new TypeError(cannot(action, "world", "be a world, such as declareReadyStudy('clean').world", world));
}

const says: { readonly [look in WorldArrow["look"]]: string } = {
  effect: "The effect: a stimulus changes the answer of the same person.",
  drift:
    "The drift: those who meet a stimulus differ, so it changes who is imagined, and with them what is " +
    "answered, also to controls.",
  unused: "Those who meet a stimulus differ, but the respondent does not learn from it (drift 0).",
  moderation: "An attribute changes the size of an effect.",
  answer: "An attribute changes an answer, or on the left another attribute.",
  parent: "An attribute changes another attribute.",
};

/** Draws what those kinds of arrows say that the graph has. */
function drawLegend({ arrows }: WorldGraph, top: number, width: number): Placed {
  const present = new Set(arrows.map(({ look }) => look));
  // Both are grey: one row says both.
  if (present.has("answer")) present.delete("parent");
  const sample = 30;
  let y = top;
  const rows = (Object.entries(says) as [WorldArrow["look"], string][]).filter(([look]) => present.has(look))
    .map(([look, said]) => {
      const place = { x: edge + sample + 10, y, width: width - 2 * edge - sample - 10 };
      const block = setText(said, place, { size: sizes.detail, fill: colours.ink });
      const middle = y + (sizes.detail * lineHeight) / 2;
      y = bottomOf(block) + 3;
      // A moderation ends in a ring, which takes room.
      const end = edge + sample - (look === "moderation" ? 5 : 0);
      const width_ = look === "effect" || look === "drift" ? 3 : 1.5;
      return { block, route: { look, width: width_, from: [edge, middle], to: [end, middle] } as const };
    });
  return {
    marks: rows.flatMap(({ block, route }) => [...arrowMarks([route], 0), textMark(block)]),
    bottom: y,
  };
}

function titleOf({ attributes, items }: WorldGraph): string {
  const [drifts, moves] = [attributes.some((node) => node.drifts), items.some(isOutcome)];
  if (drifts && moves) return "A stimulus changes what people answer, and who is imagined to answer";
  if (moves) return "A stimulus changes what people answer, not who is imagined to answer";
  if (drifts) return "No stimulus changes what people answer, only who is imagined to answer";
  return "No stimulus changes what people answer, or who is imagined to answer";
}

function isOutcome({ kind }: { readonly kind: string }): boolean {
  return kind === "outcome";
}

function notesOf(world: World, { attributes, items, arrows }: WorldGraph): string[] {
  const numbers = [...attributes, ...items].some(({ details }) => details.length > 0);
  const drifts = attributes.some((node) => node.drifts);
  const isTempered = drifts && world.drift !== 1;
  const behaviour = Object.entries(world.behaviour).filter(([, part]) => part !== undefined)
    .map(([name]) => name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`));
  const meets = Object.values(world.items).some((item) =>
    predictorsOf(item).some(({ interactions = [] }) => interactions.length > 0)
  );
  return [
    arrows.some(({ size }) => size > 0) ? "The wider an arrow, the larger its largest coefficient." : "",
    numbers ? "Numbers are largest coefficients: log-odds, or for scales values of the scale." : "",
    drifts ? "What goes along with a shifted attribute shifts too; what the text states cannot shift." : "",
    isTempered ? `The drift is tempered: ${world.drift} of the log-odds of exposure count.` : "",
    rootsTogether(world) ? "Attributes that depend on no other go together, as in their count table." : "",
    meets ? "Not drawn: what is added where levels meet." : "",
    behaviour.length === 0 ? "" : `Not drawn: what the respondent does beside (${behaviour.join(", ")}).`,
  ].filter(Boolean);
}

/** Whether the attributes without parents are dependent: their joint shares are not the products of their own. */
function rootsTogether({ attributes, parents, cells }: World): boolean {
  const roots = Object.keys(attributes).filter((name) => parents[name]!.length === 0);
  const shares = new Map<string, number>();
  const add = (key: string, share: number) => shares.set(key, (shares.get(key) ?? 0) + share);
  for (const { levels, probability } of cells) {
    for (const name of roots) add(JSON.stringify([name, levels[name]]), probability);
    add(JSON.stringify(roots.map((name) => levels[name])), probability);
  }
  return roots.length > 1 && cells.some(({ levels }) => {
    const product = roots.reduce((all, name) => all * shares.get(JSON.stringify([name, levels[name]]))!, 1);
    return Math.abs(shares.get(JSON.stringify(roots.map((name) => levels[name])))! - product) > 1e-9;
  });
}

/** The graph on one line: what moves which outcome, who is shifted, and which questions are controls. */
function worldSentence({ items, attributes }: WorldGraph): string {
  const told = (nodes: WorldGraph["items"]) =>
    nodes.map(({ name, details }) => `${name} (${details.join("; ")})`);
  const controls = items.filter((node) => !isOutcome(node)).map(({ name }) => name);
  const say = (what: string, list: string[], most: number) =>
    list.length > 0 && `${what} ${firstFew(list, most)}.`;
  return [
    say("Effect on", told(items.filter(isOutcome)), 4),
    say("Drift through", told(attributes.filter(({ drifts }) => drifts)), 4),
    say("Negative controls:", controls, 6),
  ].filter(Boolean).join(" ");
}
