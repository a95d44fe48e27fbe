import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import type { Item, RespondentRequest } from "@understudy/understudy/core";
import { allocation, multipleChoice, parseReply, ranking, replySchema } from "@understudy/understudy/items";
import type { World } from "@understudy/understudy/worlds";
import { answerAsWorld } from "../../lib/worlds/answer_as_world.ts";
import { answerDistribution, contextOf } from "../../lib/worlds/answer_distribution.ts";
import { imaginedPeople } from "../../lib/worlds/people.ts";
import { itemsAsked, readPrompt } from "../../lib/worlds/read_prompt.ts";
import { behaving } from "./fixtures.ts";

const messages = [{ role: "user" as const, content: "There was an incursion." }];
const options = ["them", "us", "nobody"];

function requestFor(items: readonly Item[]): RespondentRequest {
  return { messages, schema: replySchema(items), replicate: 1 };
}

/** The parsed answers to the first item, over seeds. */
function answersOver<Value>(world: World, items: readonly Item[], draws: number): Value[] {
  return Array.from({ length: draws }, (_, seed) => {
    const [answer] = parseReply(items, answerAsWorld(world, { ...requestFor(items), seed }));
    assertEquals(answer?.status, "answered", answer?.reason);
    return answer!.value as Value;
  });
}

/** For everybody who may be imagined, a weight and the probability of each single answer. */
function peopleOf(world: World, items: readonly Item[]): { weight: number; probabilities: number[] }[] {
  const request = requestFor(items);
  const reading = readPrompt(world, messages);
  const context = contextOf(world, reading, [], [itemsAsked(world, request, reading), 0]);
  return imaginedPeople(world, reading).map(({ levels, stated, readable }) => ({
    weight: readable,
    probabilities: [...answerDistribution(world, items[0]!.name, levels, { ...context, stated })],
  }));
}

/** Luce's choice axiom, written out: each rank goes to one of those left by their odds. */
function rankingProbability(probabilities: readonly number[], order: readonly string[]): number {
  let left = 1;
  return order.reduce((product, option) => {
    const probability = probabilities[options.indexOf(option)]!;
    const share = left < 1e-9 ? 1 : probability / left;
    left -= probability;
    return product * share;
  }, 1);
}

const orders = options.flatMap((a) =>
  options.filter((b) => b !== a).map((b) => [a, b, options.find((c) => c !== a && c !== b)!])
);

Deno.test("a world ranks by drawing each rank among the options that are left", () => {
  const draws = 3000;
  for (const world of [behaving({}), behaving({ position: { strength: 1.2, slot: "last" } })]) {
    const item = ranking("blame", "Who is to blame, from most to least?", options, { order: "fixed" });
    const seen = new Map<string, number>();
    for (const answer of answersOver<string[]>(world, [item], draws)) {
      seen.set(answer.join(), (seen.get(answer.join()) ?? 0) + 1 / draws);
    }
    for (const order of orders) {
      const expected = peopleOf(world, [item]).reduce(
        (sum, { weight, probabilities }) => sum + weight * rankingProbability(probabilities, order),
        0,
      );
      const error = Math.abs((seen.get(order.join()) ?? 0) - expected);
      assert(error < 4 * Math.sqrt(expected * (1 - expected) / draws), `${order}: ${error}`);
    }
  }
});

Deno.test("a world ranks the first options, and never one that its question does not offer", () => {
  const item = ranking("blame", "Who?", options, { first: 2 });
  for (const answer of answersOver<string[]>(behaving({}), [item], 30)) assertEquals(answer.length, 2);
  // One answer gets all the probability: those after it are drawn alike.
  const collapsed = behaving({ collapse: { blame: { share: 1, answer: "us" } } });
  const full = ranking("blame", "Who?", options);
  const seconds = answersOver<string[]>(collapsed, [full], 200).map((answer) => {
    assertEquals(answer[0], "us");
    return answer[1];
  });
  assertEquals(new Set(seconds), new Set(["them", "nobody"]));
  const wide = ranking("blame", "Who?", [...options, "all"]);
  assertThrows(() => answerAsWorld(behaving({}), requestFor([wide])), RangeError, "the world has 3");
});

Deno.test("a world shares out a total: whole amounts, exactly the sum, the true shares on average", () => {
  const draws = 1500;
  for (const [total, whole] of [[100, true], [7, true], [1, false]] as const) {
    const item = allocation("blame", "Share it out.", options, { total, whole, order: "fixed" });
    const world = behaving({});
    const means = [0, 0, 0];
    const squares = [0, 0, 0];
    for (const answer of answersOver<{ [option: string]: number }>(world, [item], draws)) {
      const amounts = options.map((option) => answer[option]!);
      assertAlmostEquals(amounts.reduce((sum, amount) => sum + amount, 0), total, 1e-9);
      amounts.forEach((amount, i) => {
        assert(!whole || Number.isInteger(amount));
        means[i]! += amount / draws;
        squares[i]! += amount ** 2 / draws;
      });
    }
    options.forEach((option, i) => {
      const share = peopleOf(world, [item]).reduce(
        (sum, { weight, probabilities }) => sum + weight * probabilities[i]!,
        0,
      );
      const error = Math.sqrt((squares[i]! - means[i]! ** 2) / draws);
      assert(Math.abs(means[i]! - total * share) < 4 * error, `${option} of ${total}: ${means[i]}`);
    });
  }
});

Deno.test("a world chooses as many options as a question wants at least", () => {
  const pick = (minimum: number) => multipleChoice("blame", "Who?", options, { minimum });
  const counts = (minimum: number) =>
    new Set(answersOver<string[]>(behaving({}), [pick(minimum)], 20).map((answer) => answer.length));
  assertEquals([counts(0), counts(2), counts(3)], [new Set([1]), new Set([2]), new Set([3])]);
});
