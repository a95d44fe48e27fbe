import { type RespondentRequest, type Table, tableOf } from "../../core/mod.ts";
import { contextOf } from "./answer_context.ts";
import { answerDistribution } from "./answer_distribution.ts";
import { itemsAsked } from "../prompt/items_asked.ts";
import type { AnswerContext } from "./latent_scores.ts";
import { imaginedPeople, type ImaginedPerson } from "../people/people_asked.ts";
import { readPrompt } from "../prompt/read_prompt.ts";
import { itemOf, possibleAnswers } from "./structural_answers.ts";
import type { World } from "../world.ts";

/**
 * Gives the exact probability of every answer to a request, by enumeration of everybody that the world's respondent
 * may imagine: what the shares of its replies to this request, over seeds, converge to.
 *
 * @param world from `declareWorld`
 * @param request messages and schema; seed and replicate do not matter
 * @returns one row per item asked and answer: `item`, `value`, `status` (`answered`; and for each item one row
 * `refused` and one `unparsed`, whose value is `null`), `probability`; they sum to 1 for each item
 * @throws {RangeError} if the text states something impossible in the world, or asks an item that it does not have
 * @example
 * ```ts
 * import { assertAlmostEquals } from "@std/assert";
 * import { tableOf } from "@understudy/understudy/core";
 * import { answerProbabilities, declareWorld } from "@understudy/understudy/worlds";
 *
 * const world = declareWorld({
 *   name: "w",
 *   seed: 1,
 *   population: tableOf({ party: ["A", "B"], n: [3, 1] }),
 *   counts: "n",
 *   stimuli: { control: "exercise" },
 *   items: { own_party: { kind: "attribute", attribute: "party" } },
 * });
 * const messages = [{ role: "user" as const, content: "Which party do you vote for? [own_party]" }];
 * const table = answerProbabilities(world, { messages, replicate: 1 });
 * assertAlmostEquals(table.get("probability", 0), 0.75, 1e-12);
 * ```
 */
export function answerProbabilities(world: World, request: RespondentRequest): Table {
  const asked = itemsAsked(world, request);
  const reading = readPrompt(world, request.messages);
  const people = imaginedPeople(world, reading);
  const rows = asked.flatMap(({ name }, place) => {
    const context = contextOf(world, reading, [], [asked, place]);
    const shares = readableShares(world, [name, context], people);
    return [
      ...possibleAnswers(world, itemOf(world, name)).map((value, k) => [name, value, "answered", shares[k]!]),
      [name, null, "refused", people.reduce((sum, { refused }) => sum + refused, 0)],
      [name, null, "unparsed", people.reduce((sum, { unparsed }) => sum + unparsed, 0)],
    ];
  });
  const names = ["item", "value", "status", "probability"];
  return tableOf(Object.fromEntries(names.map((name, i) => [name, rows.map((row) => row[i])])));
}

/** The probability that the reply can be read and gives each of an item's answers. */
function readableShares(
  world: World,
  [name, context]: readonly [string, AnswerContext],
  people: readonly ImaginedPerson[],
): number[] {
  const sums: number[] = [];
  for (const { levels, stated, readable } of people) {
    answerDistribution(world, name, levels, { ...context, stated }).probabilities.forEach(
      (probability, k) => {
        sums[k] = (sums[k] ?? 0) + readable * probability;
      },
    );
  }
  return sums;
}
