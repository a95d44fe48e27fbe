import type { World } from "../worlds/mod.ts";
import type { WorldGraph } from "./world_graph.ts";
import { legendOf, type LegendRow } from "./world_legend.ts";
import { rootsTogether } from "./world_roots.ts";

/** The texts around the graph. */
export interface WorldTexts {
  readonly title: string;
  readonly subtitle: string;
  /** Beside the stimuli: a name and what it says of the drift, and of the effect. */
  readonly driftHead: readonly [string, string];
  readonly effectHead: readonly [string, string];
  readonly legend: readonly LegendRow[];
  readonly notes: readonly string[];
}

/** The texts around the graph of a world. */
export function worldTexts(
  world: World,
  graph: WorldGraph,
  options: { title?: string; subtitle?: string },
): WorldTexts {
  const [drifts, moves] = [graph.attributes.some((node) => node.drifts), graph.items.some(isOutcome)];
  return {
    title: options.title ?? titleOf(drifts, moves),
    subtitle: options.subtitle ?? subtitleOf(world, graph),
    driftHead: drifts ? ["Drift", "changes who is imagined"] : ["No drift", "nobody else is imagined"],
    effectHead: moves ? ["Effect", "changes a person’s answer"] : ["No effect", "no answer is changed"],
    legend: legendOf(graph),
    notes: notesOf(world, graph),
  };
}

function isOutcome({ kind }: { kind: string }): boolean {
  return kind === "outcome";
}

function titleOf(drifts: boolean, moves: boolean): string {
  if (drifts && moves) return "A stimulus changes what people answer, and who is imagined to answer";
  if (moves) return "A stimulus changes what people answer, not who is imagined to answer";
  if (drifts) return "No stimulus changes what people answer, only who is imagined to answer";
  return "No stimulus changes what people answer, or who is imagined to answer";
}

function subtitleOf(world: World, { attributes, stimuli, items }: WorldGraph): string {
  const outcomes = items.filter(isOutcome).length;
  return `The world “${world.name}”: ${counted(attributes.length, "attribute")}, ${
    counted(stimuli.length, "stimulus", "stimuli")
  }, ${counted(outcomes, "outcome")}, ${counted(items.length - outcomes, "negative control")}`;
}

function counted(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}

function notesOf(world: World, graph: WorldGraph): string[] {
  const numbers = [...graph.attributes, ...graph.items].some(({ details }) => details.length > 0);
  const sized = graph.arrows.some(({ size }) => size > 0);
  return [
    ...(sized ? ["The wider an arrow, the larger its largest coefficient."] : []),
    ...(numbers ? ["Numbers are largest coefficients: log-odds, or for scales values of the scale."] : []),
    ...driftNotes(world, graph),
    ...(rootsTogether(world)
      ? ["Attributes that depend on no other go together, as in their count table."]
      : []),
    ...behaviourNotes(world),
  ];
}

function driftNotes(world: World, { attributes }: WorldGraph): string[] {
  if (!attributes.some(({ drifts }) => drifts)) return [];
  return [
    "What goes along with a shifted attribute shifts too; what the text states cannot shift.",
    ...(world.drift === 1
      ? []
      : [`The drift is tempered: ${world.drift} of the log-odds of exposure count.`]),
  ];
}

function behaviourNotes({ behaviour }: World): string[] {
  const names = Object.entries(behaviour).filter(([, part]) => part !== undefined).map(([name]) =>
    inWords(name)
  );
  return names.length === 0 ? [] : [`Not drawn: what the respondent does beside (${names.join(", ")}).`];
}

function inWords(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}
