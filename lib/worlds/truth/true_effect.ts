import type { World } from "../world.ts";
import { checkContrast, groupByStated, structuralContrasts, type WorldContrast } from "./contrast.ts";
import { imagine } from "../people/imagine.ts";

const action = "give a true effect";

/**
 * Gives the exact average causal effect of a stimulus in a world: what an ideal experiment on these personas would
 * find. Everybody's attributes are held fixed, stated or not: E over P(X | stated) of E[Y | do(stimulus), X] −
 * E[Y | do(reference), X], by enumeration of all kinds of people. Nothing of the respondent's behaviour counts, and so nothing of how it is
 * asked: texts, treatments, orders, turns and opinions are accepted, as in the contrast of `naiveEffect`, and ignored.
 *
 * @param world from `declareWorld`
 * @param options outcome, stimulus, reference, personas, and which attributes are stated; how it is asked is ignored
 * @returns the effect, in units of the outcome
 * @throws {RangeError} if a name does not exist in the world
 * @example
 * ```ts
 * import { assertAlmostEquals } from "@std/assert";
 * import { tableOf } from "@understudy/understudy/core";
 * import { declareWorld, trueEffect } from "@understudy/understudy/worlds";
 *
 * const world = declareWorld({
 *   name: "w",
 *   seed: 1,
 *   population: tableOf({ party: ["A", "B"], n: [1, 1] }),
 *   counts: "n",
 *   stimuli: { control: "exercise", threat: "incursion" },
 *   items: { fear: { kind: "yesNo", intercept: 0, stimuli: { threat: { effect: Math.log(3) } } } },
 * });
 * const personas = tableOf({ persona_id: ["p1"] });
 * const effect = trueEffect(world, { outcome: "fear", stimulus: "threat", reference: "control", personas });
 * assertAlmostEquals(effect, 0.75 - 0.5, 1e-12);
 * ```
 */
export function trueEffect(world: World, options: WorldContrast): number {
  checkContrast(action, world, options);
  const contrasts = structuralContrasts(world, options);
  let effect = 0;
  let weight = 0;
  for (const group of groupByStated(action, world, options)) {
    const { cells, shares } = imagine(world, group.stated, []);
    cells.forEach((cell, i) => effect += group.weight * shares[i]! * contrasts[cell]!);
    weight += group.weight;
  }
  return effect / weight;
}
