import { imagine } from "../people/imagine.ts";
import { evaluatePredictor, stimulusEffect, sumCoefficients } from "../people/linear_predictor.ts";
import { predictorsOf } from "./structural_answers.ts";
import type { Cell, World, WorldItem } from "../world.ts";
import type { LatentShift } from "../world_behaviour.ts";
import type { LinearPredictor } from "../world_predictor.ts";

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

/** An item that has a latent value. */
export type LatentItem = Exclude<WorldItem, { kind: "attribute" }>;

/** For some stimuli, an effect in place of the world's. */
export type Remembered = { readonly [stimulus: string]: LatentShift };

/** The latent values of an item with everything that the respondent adds; one for each option of a choice. */
export function latentScores(
  world: World,
  [name, item]: readonly [string, LatentItem],
  levels: Cell["levels"],
  [context, remembered]: readonly [AnswerContext, Remembered],
): number[] {
  const { compression = 0, focalism = 1 } = world.behaviour;
  const means = compression > 0 ? meanScores(world, [name, item], context.stimuli) : [];
  const factorOf = focalism === 1
    ? undefined
    : (attribute: string) => (context.stated.includes(attribute) ? focalism : 1);
  const options = item.kind === "choice" ? Object.keys(item.options) : [];
  return predictorsOf(item).map((predictor, i) => {
    let score = (predictor.intercept ?? 0) + sumCoefficients(predictor.effects, levels, factorOf);
    for (const stimulus of context.stimuli) {
      const memory = remembered[stimulus];
      score += memory !== undefined
        ? shiftOf(memory, options[i])
        : stimulusEffect(predictor, levels, stimulus);
    }
    score += subgroupError(world, name, options[i], [levels, context.stimuli]);
    if (compression > 0) score = means[i]! + (1 - compression) * (score - means[i]!);
    return score + shiftsOf(world, [name, item], options[i], context) +
      (isMoved(predictor) ? context.wording : 0);
  });
}

/** Whether a stimulus moves what a predictor predicts. */
export function isMoved(predictor: LinearPredictor): boolean {
  return Object.keys(predictor.stimuli ?? {}).length > 0;
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
  [levels, stimuli]: readonly [Cell["levels"], readonly string[]],
): number {
  const error = world.behaviour.subgroupError?.[name];
  if (error === undefined) return 0;
  const predictor = "options" in error ? error.options[option!] : error;
  return predictor === undefined ? 0 : evaluatePredictor(predictor, levels, stimuli);
}

/** What style, opinions and the questions before add, whoever answers. */
function shiftsOf(
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
