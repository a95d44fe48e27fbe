import { armAnswers } from "./arm_answers.ts";
import { answerScores, checkContrast, type WorldContrast } from "./contrast.ts";
import type { World } from "../world.ts";

const action = "give a naive effect";

/**
 * Gives the exact number that the difference in means converges to when an experiment asks the world's respondent once
 * for each persona, among the answers that can be read: the causal effect together with drift and with all that the
 * world's behaviour adds. (With replicates, `estimateEffects` averages within personas first; where refusals depend
 * on what is stated, that is another mean.)
 *
 * It enumerates everything that chance decides: who is imagined, who refuses, in which place an option stands, how a
 * treatment is worded. What the prompt decides must be said: the treatments (or their texts), the questions asked before,
 * earlier replies. A question asked alone, by a text that holds nothing but its stimulus, is the default.
 *
 * @param world from `declareWorld`
 * @param options outcome, stimulus, reference, personas, which attributes their texts state, and how it is asked
 * @returns the expected difference in means, in units of the outcome; minus `trueEffect` it is the bias
 * @throws {RangeError} if a name does not exist in the world
 * @example Without exposure there is no drift bias
 * ```ts
 * import { assertAlmostEquals } from "@std/assert";
 * import { tableOf } from "@understudy/understudy/core";
 * import { declareWorld, naiveEffect, trueEffect } from "@understudy/understudy/worlds";
 *
 * const world = declareWorld({
 *   name: "w",
 *   seed: 1,
 *   population: tableOf({ party: ["A", "B"], n: [1, 1] }),
 *   counts: "n",
 *   stimuli: { control: "exercise", threat: "incursion" },
 *   items: { fear: { kind: "yesNo", effects: { party: { B: 1 } }, stimuli: { threat: { effect: 1 } } } },
 * });
 * const contrast = { outcome: "fear", stimulus: "threat", reference: "control", personas: tableOf({ persona_id: ["p1"] }) };
 * assertAlmostEquals(naiveEffect(world, contrast), trueEffect(world, contrast), 1e-12);
 * ```
 */
export function naiveEffect(world: World, options: WorldContrast): number {
  checkContrast(action, world, options);
  const scores = answerScores(world, options);
  const mean = (stimulus: string): number =>
    armAnswers(action, world, [options.outcome, stimulus], options)
      .reduce((sum, probability, i) => sum + probability * scores[i]!, 0);
  return mean(options.stimulus) - mean(options.reference);
}
