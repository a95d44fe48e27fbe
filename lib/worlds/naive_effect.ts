import type { World } from "./world.ts";
import {
  checkContrast,
  expectedAnswer,
  forEachImagined,
  groupByStated,
  type StatedGroup,
  type WorldContrast,
} from "./contrast.ts";

const action = "give a naive effect";

/**
 * Gives the exact number that the difference in means converges to when an experiment asks the world's respondent once
 * for each persona: the causal effect and the drift bias together, among those who do not refuse. (With replicates,
 * `estimateEffects` averages within personas first; where refusals depend on what is stated, that is another mean.)
 *
 * @param world from `declareWorld`
 * @param options outcome, stimulus, reference, personas, and which attributes their texts state
 * @returns the expected difference in means, in units of the outcome; minus `trueEffect` it is the drift bias
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
  const groups = groupByStated(action, world, options);
  return armMean(world, options, groups, options.stimulus) -
    armMean(world, options, groups, options.reference);
}

function armMean(
  world: World,
  options: WorldContrast,
  groups: readonly StatedGroup[],
  stimulus: string,
): number {
  let sum = 0;
  let total = 0;
  forEachImagined(world, groups, stimulus, (levels, share) => {
    sum += share * expectedAnswer(world, options, levels, stimulus);
    total += share;
  });
  return sum / total;
}
