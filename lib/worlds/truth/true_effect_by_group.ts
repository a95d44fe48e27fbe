import { checkOneOf, type Table, tableOfRows } from "../../core/mod.ts";
import {
  checkContrast,
  contrastOptions,
  groupByStated,
  structuralContrasts,
  type WorldContrast,
} from "./contrast.ts";
import { imagine } from "../people/imagine.ts";
import type { World } from "../world.ts";

/** Options of {@linkcode trueEffectByGroup}. */
export interface TrueEffectByGroupOptions extends WorldContrast {
  /** The attribute whose levels are the groups; it need not be stated. */
  by: string;
}

const action = "give true effects by group";

/**
 * Gives the exact average causal effect of a stimulus in each level of an attribute: the truth of heterogeneous
 * effects. As `trueEffect`, whose number is the mean of these, weighted by `share`; it takes the contrast of
 * `naiveEffect` too, and ignores how it is asked.
 *
 * @param world from `declareWorld`
 * @param options outcome, stimulus, reference, personas, which attributes are stated, and the attribute
 * @returns one row per level: `attribute`, `level`, `share` (of the people meant), `effect` (in units of the outcome;
 * `NaN` for a level that nobody has)
 * @throws {RangeError} if a name does not exist in the world
 * @example
 * ```ts
 * import { assertAlmostEquals } from "@std/assert";
 * import { tableOf } from "@understudy/understudy/core";
 * import { declareWorld, trueEffectByGroup } from "@understudy/understudy/worlds";
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
 * const personas = tableOf({ persona_id: ["p1"] });
 * const contrast = { outcome: "fear", stimulus: "threat", reference: "control", personas };
 * const effects = trueEffectByGroup(world, { ...contrast, by: "party" });
 * assertAlmostEquals(effects.get("effect", 1), 0.75 - 0.5, 1e-12);
 * ```
 */
export function trueEffectByGroup(world: World, options: TrueEffectByGroupOptions): Table {
  checkContrast(action, world, options, [...contrastOptions, "by"]);
  checkOneOf(action, "by", options.by, Object.keys(world.attributes));
  const contrasts = structuralContrasts(world, options);
  const levels = world.attributes[options.by]!;
  const sums = levels.map(() => ({ share: 0, effect: 0 }));
  let total = 0;
  for (const group of groupByStated(action, world, options)) {
    const { cells, shares } = imagine(world, group.stated, []);
    cells.forEach((cell, i) => {
      const sum = sums[levels.indexOf(world.cells[cell]!.levels[options.by]!)]!;
      sum.share += group.weight * shares[i]!;
      sum.effect += group.weight * shares[i]! * contrasts[cell]!;
    });
    total += group.weight;
  }
  const rows = sums.map(({ share, effect }, i) => ({
    attribute: options.by,
    level: levels[i]!,
    share: share / total,
    effect: effect / share,
  }));
  return tableOfRows(rows, ["attribute", "level", "share", "effect"]);
}
