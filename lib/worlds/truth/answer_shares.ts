import { checkOneOf, checkOptions, type Table, tableOf } from "../../core/mod.ts";
import { armAnswers } from "./arm_answers.ts";
import { checkAsked, checkConditions, type WorldConditions } from "./conditions.ts";
import { contrastOptions, groupByStated, type WorldPersonas } from "./contrast.ts";
import { imagine } from "../people/imagine.ts";
import { itemOf, possibleAnswers, structuralAnswers } from "../answers/structural_answers.ts";
import type { World } from "../world.ts";

/** Options of {@linkcode answerShares}. */
export interface AnswerSharesOptions extends WorldPersonas, WorldConditions {
  /** The item, or an attribute. */
  outcome: string;
  /** The stimulus that everybody meets. */
  stimulus: string;
  /** Ignored, so that the contrast of `naiveEffect` can be given: `{ ...contrast, stimulus: contrast.reference }`. */
  reference?: string;
  /** Ignored: every answer has its row. */
  category?: string;
}

const action = "give shares of answers";

/**
 * Gives the exact share of each answer to an item: among the people meant, and among the replies of the world's
 * respondent. Where they differ, the respondent misrepresents its society: by whom it imagines, or by its behaviour.
 * How it is asked counts for the replies alone.
 *
 * @param world from `declareWorld`
 * @param options outcome, stimulus, personas, which attributes their texts state, and how it is asked
 * @returns one row per answer: `value`, `true_share` (had everybody meant met the stimulus), `naive_share` (of the
 * replies that can be read)
 * @throws {RangeError} if a name does not exist in the world
 * @example
 * ```ts
 * import { assertAlmostEquals } from "@std/assert";
 * import { tableOf } from "@understudy/understudy/core";
 * import { answerShares, declareWorld } from "@understudy/understudy/worlds";
 *
 * const world = declareWorld({
 *   name: "w",
 *   seed: 1,
 *   population: tableOf({ party: ["A", "B"], n: [1, 1] }),
 *   counts: "n",
 *   stimuli: { control: "exercise" },
 *   items: { fear: { kind: "yesNo" } },
 *   behaviour: { acquiescence: Math.log(3) },
 * });
 * const personas = tableOf({ persona_id: ["p1"] });
 * const shares = answerShares(world, { outcome: "fear", stimulus: "control", personas });
 * assertAlmostEquals(shares.get("true_share", 0), 0.5, 1e-12);
 * assertAlmostEquals(shares.get("naive_share", 0), 0.75, 1e-12);
 * ```
 */
export function answerShares(world: World, options: AnswerSharesOptions): Table {
  checkOptions(action, options, contrastOptions);
  checkAsked(action, world, ["outcome", options.outcome]);
  checkOneOf(action, "stimulus", options.stimulus, Object.keys(world.stimuli));
  checkConditions(action, world, [options.outcome, options]);
  return tableOf({
    value: [...possibleAnswers(world, itemOf(world, options.outcome))],
    true_share: trueShares(world, options),
    naive_share: armAnswers(action, world, [options.outcome, options.stimulus], options),
  });
}

function trueShares(world: World, options: AnswerSharesOptions): number[] {
  const item = itemOf(world, options.outcome);
  const sums = possibleAnswers(world, item).map(() => 0);
  let total = 0;
  for (const group of groupByStated(action, world, options)) {
    const { cells, shares } = imagine(world, group.stated, []);
    cells.forEach((cell, i) => {
      structuralAnswers(world, item, world.cells[cell]!.levels, [options.stimulus])
        .forEach((probability, k) => sums[k]! += group.weight * shares[i]! * probability);
    });
    total += group.weight;
  }
  return sums.map((sum) => sum / total);
}
