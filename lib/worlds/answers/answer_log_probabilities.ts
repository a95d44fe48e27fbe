import { cannot, type LogProbabilities } from "../../core/mod.ts";
import { contextOf } from "./answer_context.ts";
import { answerDistribution, spellAnswer } from "./answer_distribution.ts";
import type { AnswerContext } from "./latent_scores.ts";
import type { AskedItem } from "../prompt/items_asked.ts";
import { imaginedPeople, type ImaginedPerson } from "../people/people_asked.ts";
import type { PromptReading } from "../prompt/read_prompt.ts";
import { itemOf, possibleAnswers } from "./structural_answers.ts";
import type { World } from "../world.ts";

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
  const people = imaginedPeople(world, reading).map((person) => ({ person, weight: person.readable }));
  return Object.fromEntries(asked.map(({ name }, place) => {
    const context = contextOf(world, reading, [], [asked, place]);
    const values = possibleAnswers(world, itemOf(world, name));
    const at = values.indexOf(given[place]!);
    const shares = learn(world, [name, context], people, at);
    return [name, likeliest(world, [name, shares], [at, count])];
  }));
}

/** The shares of an item's answers; leaves people weighed by how well the answer at a place fits them. */
function learn(
  world: World,
  [name, context]: readonly [string, AnswerContext],
  people: readonly { readonly person: ImaginedPerson; weight: number }[],
  at: number,
): number[] {
  const sums: number[] = [];
  for (const possible of people) {
    const { levels, stated } = possible.person;
    const { probabilities } = answerDistribution(world, name, levels, { ...context, stated });
    probabilities.forEach((probability, k) => sums[k] = (sums[k] ?? 0) + possible.weight * probability);
    possible.weight *= probabilities[at]!;
  }
  const total = sums.reduce((sum, share) => sum + share, 0);
  return sums.map((share) => share / total);
}

/** The log-probabilities of the likeliest answers, and of the one at a place. */
function likeliest(
  world: World,
  [name, shares]: readonly [string, readonly number[]],
  [at, count]: readonly [number, number],
): { [option: string]: number } {
  const item = itemOf(world, name);
  const ranked = possibleAnswers(world, item)
    .map((value, k) => ({ option: spellAnswer(item, value), share: shares[k]!, k }))
    .filter(({ share }) => share > 0)
    .sort((a, b) => b.share - a.share)
    .filter(({ k }, rank) => rank < count || k === at);
  return Object.fromEntries(ranked.map(({ option, share }) => [option, Math.log(share)]));
}
