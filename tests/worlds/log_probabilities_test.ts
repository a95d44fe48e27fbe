import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import type { RespondentRequest } from "@understudy/understudy/core";
import { choice, likert, replySchema, yesNo } from "@understudy/understudy/items";
import type { World } from "@understudy/understudy/worlds";
import { answerAsWorld } from "../../lib/worlds/answer_as_world.ts";
import { answerProbabilities, behaving } from "./fixtures.ts";

const support = likert("support", "How much?", { points: 5 });
const party = choice("own_party", "Your party?", ["A", "B"], { order: "fixed" });
const gun = yesNo("gun", "Do you own one?");
const messages = [{ role: "user" as const, content: "There was an incursion." }];

/** The shares of replies over seeds. */
function replyShares(world: World, request: RespondentRequest, draws: number): Map<string, number> {
  const counts = new Map<string, number>();
  for (let seed = 0; seed < draws; seed++) {
    const { text } = answerAsWorld(world, { ...request, seed });
    counts.set(text, (counts.get(text) ?? 0) + 1 / draws);
  }
  return counts;
}

Deno.test("answerAsWorld(logProbabilities) gives those of one question as answerProbabilities does", () => {
  const world = behaving({ refusal: { intercept: -1, effects: { ideology: { right: 2 } } } });
  const request = { messages, schema: replySchema([support]), replicate: 1, logProbabilities: 20 };
  const rows = answerProbabilities(world, request);
  const answered = rows.filter(({ status }) => status === "answered");
  const total = answered.reduce((sum, { probability }) => sum + probability, 0);
  const given = Array.from({ length: 20 }, (_, seed) => answerAsWorld(world, { ...request, seed }))
    .find(({ refusal }) => refusal === null)!.logProbabilities!;
  assertEquals(Object.keys(given), ["support"]);
  for (const { value, probability } of answered) {
    assertAlmostEquals(given.support![String(value)]!, Math.log(probability / total), 1e-12);
  }
});

Deno.test("answerAsWorld(logProbabilities) gives those of later answers given the earlier ones", () => {
  const world = behaving({});
  const request = { messages, schema: replySchema([party, gun]), replicate: 1, logProbabilities: 2 };
  const draws = 4000;
  const seen = replyShares(world, request, draws);
  for (const [text, share] of seen) {
    const answers = JSON.parse(text) as { own_party: string; gun: string };
    const seed = Array.from({ length: 200 }, (_, i) => i)
      .find((i) => answerAsWorld(world, { ...request, seed: i }).text === text)!;
    const given = answerAsWorld(world, { ...request, seed }).logProbabilities!;
    const joint = Math.exp(given.own_party![answers.own_party]! + given.gun![answers.gun]!);
    assert(
      Math.abs(share - joint) < 4 * Math.sqrt(joint * (1 - joint) / draws),
      `${text}: ${share}, not ${joint}`,
    );
  }
  assertEquals(seen.size, 4);
});

Deno.test("answerAsWorld(logProbabilities) gives the likeliest options and the one given", () => {
  const world = behaving({});
  const request = { messages, schema: replySchema([support]), replicate: 1, logProbabilities: 1 };
  for (let seed = 0; seed < 20; seed++) {
    const { text, logProbabilities } = answerAsWorld(world, { ...request, seed });
    const options = Object.keys(logProbabilities!.support!);
    assert(options.includes(String(JSON.parse(text).support)));
    assert(options.length <= 2);
  }
});

Deno.test("answerAsWorld(logProbabilities) changes no answer, and refusals have none", () => {
  const world = behaving({ refusal: { intercept: 0 } });
  for (let seed = 0; seed < 20; seed++) {
    const request = { messages, schema: replySchema([support, gun]), replicate: 1, seed };
    const { logProbabilities, ...reply } = answerAsWorld(world, { ...request, logProbabilities: 5 });
    assertEquals(answerAsWorld(world, request), reply);
    assertEquals(logProbabilities === undefined, reply.refusal !== null);
  }
});

Deno.test("answerAsWorld(logProbabilities) must be a number of options", () => {
  const request = { messages, schema: replySchema([support]), replicate: 1, seed: 1 };
  for (const logProbabilities of [0, 21, 1.5]) {
    assertThrows(
      () => answerAsWorld(behaving({}), { ...request, logProbabilities }),
      RangeError,
      "from 1 to 20",
    );
  }
});
