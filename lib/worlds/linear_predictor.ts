import type { Cell, Coefficients, LinearPredictor } from "./world.ts";

/** The value of a linear predictor for a kind of person who has seen stimuli. */
export function evaluatePredictor(
  predictor: LinearPredictor,
  levels: Cell["levels"],
  stimuli: readonly string[],
): number {
  let value = (predictor.intercept ?? 0) + sumCoefficients(predictor.effects ?? {}, levels);
  for (const stimulus of stimuli) {
    const effect = predictor.stimuli?.[stimulus];
    if (effect) value += effect.effect + sumCoefficients(effect.by ?? {}, levels);
  }
  return value;
}

/** Σ of the coefficients that a kind of person's levels pick. */
export function sumCoefficients(coefficients: Coefficients, levels: Cell["levels"]): number {
  let sum = 0;
  for (const [attribute, byLevel] of Object.entries(coefficients)) sum += byLevel[levels[attribute]!] ?? 0;
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
