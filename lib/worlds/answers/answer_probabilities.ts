import { type RespondentRequest, type Table, tableOfRows } from "../../core/mod.ts";
import { contextOf } from "./answer_context.ts";
import { answerDistribution } from "./answer_distribution.ts";
import { itemsAsked } from "../prompt/items_asked.ts";
import type { AnswerContext } from "./latent_scores.ts";
import { failures, imagineFor, rememberings } from "../people/people_asked.ts";
import { type PromptReading, readPrompt } from "../prompt/read_prompt.ts";
import { itemOf, possibleAnswers } from "./structural_answers.ts";
import type { World } from "../world.ts";

/** The chances of one item's answers to a request. */
export interface AskedProbabilities {
  /** The item. */
  readonly item: string;
  /** Its answers. */
  readonly values: readonly (number | string)[];
  /** The probability that the reply can be read and gives each of them. */
  readonly probabilities: readonly number[];
}

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
  const { items, refused, unparsed } = enumerateAnswers(world, request);
  const rows = items.flatMap(({ item, values, probabilities }) => [
    ...values.map((value, i) => ({ item, value, status: "answered", probability: probabilities[i]! })),
    { item, value: null, status: "refused", probability: refused },
    { item, value: null, status: "unparsed", probability: unparsed },
  ]);
  return tableOfRows(rows, ["item", "value", "status", "probability"]);
}

/** The chances of every answer, of a refusal, and of a reply that does not fit. */
export function enumerateAnswers(
  world: World,
  request: RespondentRequest,
): { readonly items: readonly AskedProbabilities[]; readonly refused: number; readonly unparsed: number } {
  const asked = itemsAsked(world, request);
  const reading = readPrompt(world, request.messages);
  const sums = asked.map(({ name }) => possibleAnswers(world, itemOf(world, name)).map(() => 0));
  const totals = { refused: 0, unparsed: 0 };
  const contexts = asked.map((_, place) => contextOf(world, reading, [], [asked, place]));
  forEachImagined(world, reading, (levels, share, stated) => {
    const { refused, unparsed } = failures(world, levels, reading.stimuli);
    totals.refused += share * refused;
    totals.unparsed += share * (1 - refused) * unparsed;
    const readable = share * (1 - refused) * (1 - unparsed);
    asked.forEach(({ name }, i) => {
      const context: AnswerContext = { ...contexts[i]!, stated };
      answerDistribution(world, name, levels, context).probabilities.forEach((probability, k) => {
        sums[i]![k]! += readable * probability;
      });
    });
  });
  const items = asked.map(({ name }, i) => ({
    item: name,
    values: possibleAnswers(world, itemOf(world, name)),
    probabilities: sums[i]!,
  }));
  return { items, ...totals };
}

/** Visits everybody whom a reading makes the respondent imagine, with the names of what it remembers as stated. */
function forEachImagined(
  world: World,
  reading: PromptReading,
  visit: (levels: { readonly [attribute: string]: string }, share: number, stated: readonly string[]) => void,
): void {
  for (const { stated, share } of rememberings(world, reading)) {
    const { cells, shares } = imagineFor(world, stated, reading);
    const names = Object.keys(stated);
    cells.forEach((cell, i) => visit(world.cells[cell]!.levels, share * shares[i]!, names));
  }
}
