import { checkOptions } from "../../core/mod.ts";
import { armAnswers } from "./arm_answers.ts";
import { checkAsked, checkConditions, type WorldConditions } from "./conditions.ts";
import { checkArms, contrastOptions, type WorldPersonas } from "./contrast.ts";
import type { World } from "../world.ts";

/** Options of {@linkcode trueDrift}. */
export interface TrueDriftOptions extends WorldPersonas, WorldConditions {
  /** The negative control: an item, or an attribute. */
  control: string;
  /** One arm's stimulus. */
  stimulus: string;
  /** The other arm's stimulus. */
  reference: string;
  /** Ignored, so that the contrast of `naiveEffect` can be given with a `control`. */
  outcome?: string;
  /** Ignored, as `outcome` is. */
  category?: string;
}

const action = "give a true drift";

/**
 * Gives the exact total variation distance between two arms' answers to a negative control, among the answers that can
 * be read: TVD = ½ Σ |p − q|. All that the world's behaviour adds counts, as in `naiveEffect`, whose contrast it takes with
 * a control: `trueDrift(world, { ...contrast, control })`. Texts, turns and the order of questions count as they do there;
 * `orders` is then how the control's options are ordered.
 *
 * @param world from `declareWorld`
 * @param options control, stimuli, personas, which attributes their texts state, and how it is asked
 * @returns the distance, from 0 to 1; exactly 0 where nothing but rounding differs
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
  checkOptions(action, options, ["control", ...contrastOptions]);
  checkAsked(action, world, ["control", options.control]);
  checkArms(action, world, options);
  checkConditions(action, world, [options.control, options]);
  const p = armAnswers(action, world, [options.control, options.stimulus], options);
  const q = armAnswers(action, world, [options.control, options.reference], options);
  const distance = p.reduce((sum, share, i) => sum + Math.abs(share - q[i]!) / 2, 0);
  // Shares that are sums of the same numbers in another order differ in their last digits.
  return distance < 1e-14 ? 0 : distance;
}
