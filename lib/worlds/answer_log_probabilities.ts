import { cannot, type LogProbabilities } from "../core/mod.ts";
import { contextOf } from "./answer_context.ts";
import { answerDistribution, spellAnswer } from "./answer_distribution.ts";
import type { AskedItem } from "./items_asked.ts";
import { failures, imagineFor, rememberings } from "./people_asked.ts";
import type { PromptReading } from "./read_prompt.ts";
import { itemOf, possibleAnswers } from "./structural_answers.ts";
import type { Cell, World } from "./world.ts";

/** Somebody who may have been imagined, with the probability of it given the answers so far. */
interface Possible {
  readonly levels: Cell["levels"];
  readonly stated: readonly string[];
  weight: number;
}

/**
 * The log-probabilities of the answers of a reply, exact by enumeration: each given that the reply can be read and given
 * the answers before it, which tell who has been imagined. `count` options of each item, and the one given.
 */
export function answerLogProbabilities(
  world: World,
  reading: PromptReading,
  asked: readonly AskedItem[],
  [given, count]: readonly [readonly (number | string)[], number],
): LogProbabilities {
  if (!Number.isInteger(count) || count < 1 || count > 20) {
    throw new RangeError(cannot("answer", "logProbabilities", "be a whole number from 1 to 20", count));
  }
  const people = possiblePeople(world, reading);
  return Object.fromEntries(asked.map(({ name }, place) => {
    const context = contextOf(world, reading, [], [asked, place]);
    const item = itemOf(world, name);
    const values = possibleAnswers(world, item);
    const at = values.indexOf(given[place]!);
    const sums = values.map(() => 0);
    for (const person of people) {
      const { probabilities } = answerDistribution(world, name, person.levels, {
        ...context,
        stated: person.stated,
      });
      probabilities.forEach((probability, k) => sums[k]! += person.weight * probability);
      person.weight *= probabilities[at]!;
    }
    const total = sums.reduce((sum, share) => sum + share, 0);
    const likeliest = values.map((value, k) => ({
      option: spellAnswer(item, value),
      share: sums[k]! / total,
      k,
    }))
      .filter(({ share }) => share > 0)
      .sort((a, b) => b.share - a.share);
    const shown = likeliest.filter(({ k }, rank) => rank < count || k === at);
    return [name, Object.fromEntries(shown.map(({ option, share }) => [option, Math.log(share)]))];
  }));
}

/** Everybody who may be imagined, among those whose reply can be read. */
function possiblePeople(world: World, reading: PromptReading): Possible[] {
  return rememberings(world, reading).flatMap(({ stated, share }) => {
    const { cells, shares } = imagineFor(world, stated, reading);
    return Array.from(cells, (cell, i) => {
      const { levels } = world.cells[cell]!;
      const { refused, unparsed } = failures(world, levels, reading.stimuli);
      return {
        levels,
        stated: Object.keys(stated),
        weight: share * shares[i]! * (1 - refused) * (1 - unparsed),
      };
    });
  });
}
