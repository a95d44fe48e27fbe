import { type AnswerContext, type LatentItem, latentScores, type Remembered } from "./latent_scores.ts";
import { answersFromScores, itemOf, possibleAnswers } from "./structural_answers.ts";
import type { Cell, World, WorldAttribute, WorldItem } from "../world.ts";
import type { Slot } from "../world_behaviour.ts";

/** Every answer to an item and its probability. */
export interface AnswerDistribution {
  /** The answers: numbers of a scale, options, levels; 1 and 0 for yes and no. */
  readonly values: readonly (number | string)[];
  /** Their probabilities. */
  readonly probabilities: readonly number[];
}

/** How one kind of person answers an item through the respondent, all its behaviour included. */
export function answerDistribution(
  world: World,
  name: string,
  levels: Cell["levels"],
  context: AnswerContext,
): AnswerDistribution {
  const item = itemOf(world, name);
  const values = possibleAnswers(world, item);
  const said = item.kind === "attribute"
    ? recalledLevel(world, item, levels)
    : rememberedAnswers(world, [name, item], levels, context);
  const slots = slotsOf(item, values, context.shown);
  return {
    values,
    probabilities: collapse(world, name, [values, favourSlot(world, name, said, slots)], slots),
  };
}

/** How an answer reads in a list of options. */
export function spellAnswer(item: WorldItem, value: number | string): string {
  return item.kind === "yesNo" ? (value === 1 ? "yes" : "no") : String(value);
}

/** A mixture over which stimuli's effects are remembered ones. */
function rememberedAnswers(
  world: World,
  [name, item]: readonly [string, LatentItem],
  levels: Cell["levels"],
  context: AnswerContext,
): number[] {
  const spread = 1 - (world.behaviour.compression ?? 0);
  const mixed: number[] = [];
  for (const { share, remembered } of memories(world, name, context.stimuli)) {
    const scores = latentScores(world, [name, item], levels, [context, remembered]);
    answersFromScores(item, scores, spread).forEach((probability, i) => {
      mixed[i] = (mixed[i] ?? 0) + share * probability;
    });
  }
  return mixed;
}

/** Every combination of remembered effects, and its share. */
function memories(
  world: World,
  name: string,
  stimuli: readonly string[],
): { readonly share: number; readonly remembered: Remembered }[] {
  let all: { readonly share: number; readonly remembered: Remembered }[] = [{ share: 1, remembered: {} }];
  for (const stimulus of stimuli) {
    const memory = world.behaviour.memorised?.[stimulus]?.[name];
    if (memory === undefined) continue;
    all = all.flatMap(({ share, remembered }) => [
      { share: share * (1 - memory.share), remembered },
      { share: share * memory.share, remembered: { ...remembered, [stimulus]: memory.effect } },
    ]);
  }
  return all;
}

/** The person's own level, or with the probability of a recall error one of the others. */
function recalledLevel(world: World, item: WorldAttribute, levels: Cell["levels"]): number[] {
  const all = world.attributes[item.attribute]!;
  const wrong = all.length > 1 ? (world.behaviour.recallError ?? 0) / (all.length - 1) : 0;
  return all.map((level) => (level === levels[item.attribute] ? 1 - wrong * (all.length - 1) : wrong));
}

/** Which answer stands first and which last, as places among the values. */
function slotsOf(
  item: WorldItem,
  values: readonly (number | string)[],
  shown: readonly string[],
): { readonly [slot in Slot]: number } & { readonly listed: boolean } {
  if (shown.length === 0) return { first: 0, last: values.length - 1, listed: false };
  const place = (option: string): number => values.findIndex((value) => spellAnswer(item, value) === option);
  return { first: place(shown[0]!), last: place(shown[shown.length - 1]!), listed: true };
}

function favourSlot(
  world: World,
  name: string,
  probabilities: readonly number[],
  slots: ReturnType<typeof slotsOf>,
): readonly number[] {
  const { position } = world.behaviour;
  if (position === undefined || !slots.listed || position.items?.includes(name) === false) {
    return probabilities;
  }
  // Log-odds of one option against the others: its odds are multiplied.
  const weights = probabilities.map((probability, i) =>
    i === slots[position.slot] ? probability * Math.exp(position.strength) : probability
  );
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight) => weight / total);
}

function collapse(
  world: World,
  name: string,
  [values, probabilities]: readonly [readonly (number | string)[], readonly number[]],
  slots: ReturnType<typeof slotsOf>,
): readonly number[] {
  const collapsed = world.behaviour.collapse?.[name];
  if (collapsed === undefined) return probabilities;
  const at = "slot" in collapsed ? slots[collapsed.slot] : values.indexOf(collapsed.answer);
  return probabilities.map((probability, i) =>
    (1 - collapsed.share) * probability + (i === at ? collapsed.share : 0)
  );
}
