import type { LatentShift } from "./behaviour.ts";
import type { World } from "./declaration.ts";
import type { LatentItem, WorldAnswer, WorldItem } from "./item_kinds.ts";
import { answersFromScores, itemOf, possibleAnswers, spellAnswer } from "./item_kinds.ts";
import { evaluatePredictor, isMoved, type Levels, type LinearPredictor } from "./predictor.ts";
import { type AskedItem, type PromptReading, wordingShift } from "./read_prompt.ts";

/** What of a request, beside the person, decides how an item is answered. */
export interface AnswerContext extends Pick<PromptReading, "stimuli" | "profiles" | "opinions"> {
  readonly stated: readonly string[];
  readonly wording: number;
  readonly before: readonly string[];
  /** The answers in the order shown; empty where the request does not list them. */
  readonly shown: readonly string[];
  /** What others said of it, time after time; left out for nothing. */
  readonly heard?: readonly number[] | undefined;
}

/** The items that a request asks, and the place of one of them. */
export type AskedAt = readonly [asked: readonly AskedItem[], place: number];

export function contextOf(
  world: World,
  reading: PromptReading,
  stated: readonly string[],
  [asked, place]: AskedAt,
): AnswerContext {
  const { item, profile, shown } = asked[place]!;
  const about = profile === undefined ? [] : reading.profiles[profile]!.stimuli;
  return {
    stated,
    stimuli: [...reading.stimuli, ...about],
    profiles: reading.profiles,
    opinions: reading.opinions,
    wording: wordingShift(world, item, reading.wording),
    before: asked.slice(0, place).map((other) => other.item),
    shown: shown.map(String),
    heard: reading.heard[item],
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
  const values = possibleAnswers(world, item, context.profiles.map(({ label }) => label));
  const said = item.kind === "attribute"
    ? recalledLevel(world, values, levels[item.attribute])
    : rememberedAnswers(world, [name, item], levels, context);
  return placeAnswers(world, [name, item], [values, said], context.shown);
}

/** The person's own level, or by a recall error one of the others. */
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
    const answers = answersFromScores(item, scores, spread);
    answers.forEach((probability, i) => mixed[i] = (mixed[i] ?? 0) + share * probability);
  }
  return mixed;
}

/** For some stimuli, an effect in place of the world's; and how often. */
type Memory = Readonly<{ share: number; remembered: { readonly [stimulus: string]: LatentShift } }>;

function memories(world: World, name: string, stimuli: readonly string[]): Memory[] {
  let all: Memory[] = [{ share: 1, remembered: {} }];
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
  [context, remembered]: readonly [AnswerContext, Memory["remembered"]],
): number[] {
  const { compression = 0, focalism = 1 } = world.behaviour;
  const weightOf = focalism === 1
    ? undefined
    : (attribute: string) => (context.stated.includes(attribute) ? focalism : 1);
  return optionsOf(name, item, context).map(({ predictor, option, stimuli }) => {
    const effectOf = (stimulus: string): number | undefined =>
      remembered[stimulus] === undefined ? undefined : shiftOf(remembered[stimulus], option);
    let score = evaluatePredictor(predictor, levels, stimuli, { weightOf, effectOf });
    score += subgroupError(world, name, option, [levels, stimuli]);
    if (compression > 0) {
      const mean = meanScore(world, predictor, stimuli);
      score = mean + (1 - compression) * (score - mean);
    }
    const wording = context.wording !== 0 && isMoved(world, predictor) ? context.wording : 0;
    score += styleShift(world, [name, item], option, context) + wording;
    // x ← (1 − w) x + w · mean heard (DeGroot 1974, Reaching a Consensus), once for each time.
    const heard = context.heard ?? [];
    return heard.reduce((latent, mean) => latent + world.influence[name]! * (mean - latent), score);
  });
}

/** What each latent value of an item is of: its predictor, the option, and the stimuli that count for it. */
function optionsOf(
  name: string,
  item: LatentItem,
  { stimuli, profiles }: AnswerContext,
): { readonly predictor: LinearPredictor; readonly option?: string; readonly stimuli: readonly string[] }[] {
  const named = (options: { readonly [option: string]: LinearPredictor }) =>
    Object.entries(options).map(([option, predictor]) => ({ predictor, option, stimuli }));
  if (item.kind === "choice") return named(item.options);
  if (item.kind !== "profile") return [{ predictor: item, stimuli }];
  if (profiles.length === 0) throw new RangeError(`'${name}' is asked of a text that shows no profiles`);
  const shown = profiles.map(({ label, stimuli: own }) => {
    return { predictor: item, option: label, stimuli: [...stimuli, ...own] };
  });
  return [...shown, ...named(item.others ?? {})];
}

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
  let shift = option === undefined ? acquiescence * unit : 0;
  for (const phrase of context.opinions) {
    const direction = deference?.opinions[phrase]?.[name];
    if (typeof direction === "number") shift += deference!.strength * direction * unit;
    else if (direction !== undefined && direction === option) shift += deference!.strength;
  }
  for (const other of context.before) shift += shiftOf(orderEffects?.[name]?.after[other] ?? 0, option);
  return shift;
}

const means = new WeakMap<World, Map<LinearPredictor, Map<string, number>>>();

/** The latent mean of everybody in the world who has met the same stimuli. */
function meanScore(world: World, predictor: LinearPredictor, stimuli: readonly string[]): number {
  const ofWorld = means.get(world) ?? new Map<LinearPredictor, Map<string, number>>();
  means.set(world, ofWorld);
  const known = ofWorld.get(predictor) ?? new Map<string, number>();
  ofWorld.set(predictor, known);
  const key = JSON.stringify(stimuli);
  const mean = known.get(key) ?? world.cells.reduce(
    (sum, { levels, probability }) => sum + probability * evaluatePredictor(predictor, levels, stimuli),
    0,
  );
  known.set(key, mean);
  return mean;
}

/** What the place of an option, and an answer on which the respondent falls back, do to the probabilities. */
function placeAnswers(
  world: World,
  [name, item]: readonly [string, WorldItem],
  [values, probabilities]: readonly [readonly WorldAnswer[], readonly number[]],
  shown: readonly string[],
): readonly number[] {
  const { position, collapse } = world.behaviour;
  let placed = probabilities;
  if (position !== undefined && shown.length > 0 && position.items?.includes(name) !== false) {
    const option = shown.at(position.slot === "first" ? 0 : -1);
    const at = values.findIndex((value) => spellAnswer(item, value) === option);
    // Log-odds of one option against the others: its odds are multiplied.
    const weights = placed.map((share, i) => i === at ? share * Math.exp(position.strength) : share);
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    placed = weights.map((weight) => weight / total);
  }
  const collapsed = collapse?.[name];
  if (collapsed === undefined) return placed;
  const at = values.indexOf(collapsed.answer);
  if (at < 0) return placed;
  return placed.map((share, i) => (1 - collapsed.share) * share + (i === at ? collapsed.share : 0));
}
