import { checkOneOf, checkOptions } from "../core/mod.ts";
import { answerDistribution } from "./answer_distribution.ts";
import { forEachImagined, groupByStated, type StatedGroup, type WorldPersonas } from "./contrast.ts";
import type { World } from "./world.ts";

/** Options of {@linkcode trueDrift}. */
export interface TrueDriftOptions extends WorldPersonas {
  /** The negative control: an item. */
  control: string;
  /** One arm's stimulus. */
  stimulus: string;
  /** The other arm's stimulus. */
  reference: string;
}

const action = "give a true drift";

/**
 * Gives the exact total variation distance between two arms' answers to a negative control, among those who do not
 * refuse: TVD = ½ Σ |p − q|.
 *
 * @param world from `declareWorld`
 * @param options control, stimuli, personas, and which attributes their texts state
 * @returns the distance, from 0 to 1
 * @throws {RangeError} if a name does not exist in the world
 * @example Exposure that depends on party moves party
 * ```ts
 * import { assertAlmostEquals } from "@std/assert";
 * import { tableOf } from "@understudy/understudy/core";
 * import { declareWorld, trueDrift } from "@understudy/understudy/worlds";
 *
 * const world = declareWorld({
 *   name: "w",
 *   seed: 1,
 *   population: tableOf({ party: ["A", "B"], n: [1, 1] }),
 *   counts: "n",
 *   stimuli: { control: "exercise", threat: "incursion" },
 *   exposure: { threat: { party: { B: Math.log(3) } } },
 *   items: { own_party: { kind: "attribute", attribute: "party" } },
 * });
 * // P(threat | A) = 1/2, P(threat | B) = 3/4: P(B | threat) = 3/5, P(B | control) = 1/3.
 * const drift = trueDrift(world, {
 *   control: "own_party",
 *   stimulus: "threat",
 *   reference: "control",
 *   personas: tableOf({ persona_id: ["p1"] }),
 * });
 * assertAlmostEquals(drift, 3 / 5 - 1 / 3, 1e-12);
 * ```
 */
export function trueDrift(world: World, options: TrueDriftOptions): number {
  checkOptions(action, options, ["control", "stimulus", "reference", "personas", "stated"]);
  checkOneOf(action, "control", options.control, Object.keys(world.items));
  checkOneOf(action, "stimulus", options.stimulus, Object.keys(world.stimuli));
  checkOneOf(action, "reference", options.reference, Object.keys(world.stimuli));
  const groups = groupByStated(action, world, options);
  const p = armShares(world, groups, options.control, options.stimulus);
  const q = armShares(world, groups, options.control, options.reference);
  return p.reduce((sum, share, i) => sum + Math.abs(share - q[i]!) / 2, 0);
}

function armShares(
  world: World,
  groups: readonly StatedGroup[],
  control: string,
  stimulus: string,
): number[] {
  const shares: number[] = [];
  let total = 0;
  forEachImagined(world, groups, stimulus, (levels, share) => {
    answerDistribution(world, control, levels, [stimulus]).probabilities.forEach((probability, i) => {
      shares[i] = (shares[i] ?? 0) + share * probability;
    });
    total += share;
  });
  return shares.map((share) => share / total);
}
