import type { Cell } from "../world.ts";
import type { Coefficients, LinearPredictor } from "../world_predictor.ts";

/** The value of a linear predictor for a kind of person who has seen stimuli. */
export function evaluatePredictor(
  predictor: LinearPredictor,
  levels: Cell["levels"],
  stimuli: readonly string[],
): number {
  let value = (predictor.intercept ?? 0) + sumCoefficients(predictor.effects, levels);
  for (const stimulus of stimuli) value += stimulusEffect(predictor, levels, stimulus);
  return value;
}

/** What one stimulus does to a linear predictor: τ + Σ δ·x. */
export function stimulusEffect(predictor: LinearPredictor, levels: Cell["levels"], stimulus: string): number {
  const effect = predictor.stimuli?.[stimulus];
  return effect === undefined ? 0 : effect.effect + sumCoefficients(effect.by, levels);
}

/** Σ of the coefficients that a kind of person's levels pick; some attributes may count more. */
export function sumCoefficients(
  coefficients: Coefficients | undefined,
  levels: Cell["levels"],
  factorOf?: (attribute: string) => number,
): number {
  let sum = 0;
  for (const attribute in coefficients) {
    const byLevel = coefficients[attribute]!;
    const level = levels[attribute]!;
    // A level may have the name of something that every object inherits, such as the occupation "constructor".
    const own = Object.hasOwn(byLevel, level) ? byLevel[level]! : undefined;
    const value = own ?? (byLevel.slope === undefined ? 0 : byLevel.slope * Number(level));
    sum += factorOf === undefined ? value : value * factorOf(attribute);
  }
  return sum;
}

/** Probabilities from log-odds; the largest is taken out first so that nothing overflows. */
export function softmax(scores: readonly number[]): number[] {
  const largest = Math.max(...scores);
  const terms = scores.map((score) => Math.exp(score - largest));
  const total = terms.reduce((sum, term) => sum + term, 0);
  return terms.map((term) => term / total);
}

/** Probability from log-odds. */
export function logistic(score: number): number {
  return 1 / (1 + Math.exp(-score));
}
