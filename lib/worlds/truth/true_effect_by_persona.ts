import { checkColumns, columnOf, type Table, tableOf } from "../../core/mod.ts";
import { checkContrast, groupByStated, structuralContrasts, type WorldContrast } from "./contrast.ts";
import { imagine } from "../people/imagine.ts";
import type { World } from "../world.ts";

const action = "give true effects by persona";

/**
 * Gives the exact causal effect of a stimulus on each persona, averaged over what is not stated of it. As
 * `trueEffect`, whose number is the mean of these, weighted by the personas' weights; it takes the contrast of
 * `naiveEffect` too, and ignores how it is asked.
 *
 * @param world from `declareWorld`
 * @param options outcome, stimulus, reference, personas, and which attributes are stated
 * @returns one row per persona, in the order of `personas`: `persona_id`, `effect` (in units of the outcome)
 * @throws {RangeError} if a name does not exist in the world
 * @example
 * ```ts
 * import { assertAlmostEquals } from "@std/assert";
 * import { tableOf } from "@understudy/understudy/core";
 * import { declareWorld, trueEffectByPersona } from "@understudy/understudy/worlds";
 *
 * const effect = { effect: 0, by: { party: { B: Math.log(3) } } };
 * const world = declareWorld({
 *   name: "w",
 *   seed: 1,
 *   population: tableOf({ party: ["A", "B"], n: [1, 1] }),
 *   counts: "n",
 *   stimuli: { control: "exercise", threat: "incursion" },
 *   items: { fear: { kind: "yesNo", stimuli: { threat: effect } } },
 * });
 * const personas = tableOf({ persona_id: ["p1", "p2"], party: ["B", "A"] });
 * const effects = trueEffectByPersona(world, { outcome: "fear", stimulus: "threat", reference: "control", personas });
 * assertAlmostEquals(effects.get("effect", 0), 0.75 - 0.5, 1e-12);
 * ```
 */
export function trueEffectByPersona(world: World, options: WorldContrast): Table {
  checkContrast(action, world, options);
  checkColumns(action, options.personas, ["persona_id"], "personas");
  const contrasts = structuralContrasts(world, options);
  const effects: number[] = [];
  for (const group of groupByStated(action, world, options)) {
    const { cells, shares } = imagine(world, group.stated, []);
    const effect = cells.reduce((sum, cell, i) => sum + shares[i]! * contrasts[cell]!, 0);
    for (const row of group.rows) effects[row] = effect;
  }
  return tableOf({ persona_id: columnOf(options.personas, "persona_id"), effect: effects });
}
