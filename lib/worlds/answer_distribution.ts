import type { LatentShift, Slot } from "./behaviour.ts";
import type { World } from "./declaration.ts";
import {
  answersFromScores,
  itemOf,
  type LatentItem,
  possibleAnswers,
  predictorsOf,
  spellAnswer,
  type WorldAnswer,
  type WorldItem,
} from "./item_kinds.ts";
import { imagine } from "./people.ts";
import { evaluatePredictor, isMoved, type Levels } from "./predictor.ts";
import { type AskedItem, type PromptReading, wordingShift } from "./read_prompt.ts";

/** What of a request, beside the person, decides how an item is answered. */
export interface AnswerContext {
  /** The attributes that the text states. */
  readonly stated: readonly string[];
  /** The stimuli that the text contains. */
  readonly stimuli: readonly string[];
  /** The phrases in it that express an opinion. */
  readonly opinions: readonly string[];
  /** What its wording adds to the latent value. */
  readonly wording: number;
  /** The items asked before this one. */
  readonly before: readonly string[];
  /** The answers in the order shown; empty where the request does not list them. */
  readonly shown: readonly string[];
}

/** What of a request decides how the item at a place is answered. */
export function contextOf(
  world: World,
  reading: PromptReading,
  stated: readonly string[],
  [asked, place]: readonly [readonly AskedItem[], number],
): AnswerContext {
  const { name, shown } = asked[place]!;
  return {
    stated,
    stimuli: reading.stimuli,
    opinions: reading.opinions,
    wording: wordingShift(world, name, reading.wording),
    before: asked.slice(0, place).map((item) => item.name),
    shown: shown.map(String),
  };
}

/** The probability of each possible answer of one kind of person through the respondent, all its behaviour included. */
export function answerDistribution(
  world: World,
  name: string,
  levels: Levels,
  context: AnswerContext,
): readonly number[] {
  const item = itemOf(world, name);
  const values = possibleAnswers(world, item);
  const said = item.kind === "attribute"
    ? recalledLevel(world, values, levels[item.attribute])
    : rememberedAnswers(world, [name, item], levels, context);
  const slots = slotsOf(item, values, context.shown);
  return collapse(world, name, [values, favourSlot(world, name, said, slots)], slots);
}

/** The person's own level, or with the probability of a recall error one of the others. */
function recalledLevel(world: World, values: readonly WorldAnswer[], own: string | undefined): number[] {
  const others = values.length - 1;
  const wrong = others > 0 ? (world.behaviour.recallError ?? 0) / others : 0;
  return values.map((level) => (level === own ? 1 - wrong * others : wrong));
}

/** A mixture over which stimuli's effects are remembered ones. */
function rememberedAnswers(
  world: World,
  [name, item]: readonly [string, LatentItem],
  levels: Levels,
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

/** For some stimuli, an effect in place of the world's. */
type Remembered = { readonly [stimulus: string]: LatentShift };

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

/** The latent values of an item with everything that the respondent adds; one for each option of a choice. */
function latentScores(
  world: World,
  [name, item]: readonly [string, LatentItem],
  levels: Levels,
  [context, remembered]: readonly [AnswerContext, Remembered],
): number[] {
  const { compression = 0, focalism = 1 } = world.behaviour;
  const means = compression > 0 ? meanScores(world, [name, item], context.stimuli) : [];
  const options = item.kind === "choice" ? Object.keys(item.options) : [];
  const weightOf = focalism === 1
    ? undefined
    : (attribute: string) => (context.stated.includes(attribute) ? focalism : 1);
  return predictorsOf(item).map((predictor, i) => {
    const option = options[i];
    const effectOf = (stimulus: string): number | undefined =>
      remembered[stimulus] === undefined ? undefined : shiftOf(remembered[stimulus], option);
    let score = evaluatePredictor(predictor, levels, context.stimuli, { weightOf, effectOf });
    score += subgroupError(world, name, option, [levels, context.stimuli]);
    if (compression > 0) score = means[i]! + (1 - compression) * (score - means[i]!);
    const wording = context.wording !== 0 && isMoved(world, predictor) ? context.wording : 0;
    return score + styleShift(world, [name, item], option, context) + wording;
  });
}

/** A shift of the latent value, or of one option's. */
function shiftOf(shift: LatentShift, option: string | undefined): number {
  if (typeof shift === "number") return shift;
  return Object.hasOwn(shift, option!) ? shift[option!]! : 0;
}

function subgroupError(
  world: World,
  name: string,
  option: string | undefined,
  [levels, stimuli]: readonly [Levels, readonly string[]],
): number {
  const error = world.behaviour.subgroupError?.[name];
  if (error === undefined) return 0;
  if (!("options" in error)) return evaluatePredictor(error, levels, stimuli);
  return Object.hasOwn(error.options, option!)
    ? evaluatePredictor(error.options[option!]!, levels, stimuli)
    : 0;
}

/** What style, opinions and the questions before add, whoever answers. */
function styleShift(
  world: World,
  [name, item]: readonly [string, LatentItem],
  option: string | undefined,
  context: AnswerContext,
): number {
  const { acquiescence = 0, deference, orderEffects } = world.behaviour;
  const unit = item.kind === "scale" ? item.sd : 1;
  let shift = item.kind === "choice" ? 0 : acquiescence * unit;
  for (const phrase of context.opinions) {
    const direction = deference?.opinions[phrase]?.[name];
    if (typeof direction === "number") shift += deference!.strength * direction * unit;
    else if (direction !== undefined && direction === option) shift += deference!.strength;
  }
  for (const other of context.before) shift += shiftOf(orderEffects?.[name]?.after[other] ?? 0, option);
  return shift;
}

const means = new WeakMap<World, Map<string, number[]>>();

/** The latent means of everybody in the world who has met the same stimuli. */
function meanScores(
  world: World,
  [name, item]: readonly [string, LatentItem],
  stimuli: readonly string[],
): number[] {
  const known = means.get(world) ?? new Map<string, number[]>();
  means.set(world, known);
  const key = JSON.stringify([name, stimuli]);
  const found = known.get(key);
  if (found) return found;
  const { cells, shares } = imagine(world, {}, []);
  const sums = predictorsOf(item).map((predictor) => {
    let sum = 0;
    cells.forEach((cell, i) => {
      sum += shares[i]! * evaluatePredictor(predictor, world.cells[cell]!.levels, stimuli);
    });
    return sum;
  });
  known.set(key, sums);
  return sums;
}

type Slots = { readonly [slot in Slot]: number } & { readonly listed: boolean };

/** Which answer stands first and which last, as places among the values. */
function slotsOf(item: WorldItem, values: readonly WorldAnswer[], shown: readonly string[]): Slots {
  if (shown.length === 0) return { first: 0, last: values.length - 1, listed: false };
  const place = (option: string): number => values.findIndex((value) => spellAnswer(item, value) === option);
  return { first: place(shown[0]!), last: place(shown[shown.length - 1]!), listed: true };
}

function favourSlot(
  world: World,
  name: string,
  probabilities: readonly number[],
  slots: Slots,
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
  [values, probabilities]: readonly [readonly WorldAnswer[], readonly number[]],
  slots: Slots,
): readonly number[] {
  const collapsed = world.behaviour.collapse?.[name];
  if (collapsed === undefined) return probabilities;
  const at = "slot" in collapsed ? slots[collapsed.slot] : values.indexOf(collapsed.answer);
  return probabilities.map((probability, i) =>
    (1 - collapsed.share) * probability + (i === at ? collapsed.share : 0)
  );
}
