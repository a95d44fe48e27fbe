import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { countTokens } from "gpt-tokenizer";
import config from "../../deno.json" with { type: "json" };
import { tableOf } from "@understudy/understudy/core";
import { assignTreatments, declareDesign } from "@understudy/understudy/designs";
import { choice, text, yesNo } from "@understudy/understudy/items";
import { ask, declareProtocol, model, tell, treatment } from "@understudy/understudy/protocols";
import { composePrompt } from "@understudy/understudy/prompts";
import { scriptedRespondent } from "@understudy/understudy/respondents";
import { planCosts, planExperiment, runExperiment } from "@understudy/understudy/runner";
import { declareTreatments } from "@understudy/understudy/treatments";
import { priceTableDate } from "../../lib/runner/prices.ts";

function planFor(n: number, ask: "together" | "apart" | "in turn" = "together") {
  const design = declareDesign({
    treatments: declareTreatments({
      control: "It is quiet.",
      threat: "Troops cross the border of the country.",
    }),
    items: [yesNo("fear", "Are you afraid?"), choice("news", "Where from?", ["tv", "the evening paper"])],
    stated: ["age"],
    ask,
  });
  const rows = Array.from({ length: n }, (_, i) => i);
  const personas = tableOf({
    persona_id: rows.map((i) => `p${i}`),
    weight: rows.map(() => 1),
    age: rows.map((i) => 20 + i % 60),
  });
  return planExperiment(assignTreatments(personas, design, { seed: 1 }), design, { seed: 2 });
}

type End = "" | "_low" | "_high";
type Numbers = "calls" | `prompt_tokens${End}` | `completion_tokens${End}` | `cost${End}`;
type Texts = "currency" | "price_date" | "notes" | "reason";
const row = (table: Awaited<ReturnType<typeof planCosts>>, at: number) =>
  table.object(at) as never as Record<Numbers, number> & Record<Texts, string>;

Deno.test("planCosts() counts every prompt and prices it, by arm and in all", async () => {
  const plan = planFor(20);
  const costs = await planCosts(plan, {
    prices: { input: 2, output: 8, currency: "EUR", date: "2026-11-01" },
    completionTokens: [10, 120, 950],
  });
  const tokens = Array.from(
    plan.trials.array("trial_id") as string[],
    (id) => composePrompt(plan, id).messages.reduce((sum, { content }) => sum + 5 + countTokens(content), 0),
  );
  const all = row(costs, 2);
  assertEquals(all.prompt_tokens, tokens.reduce((sum, each) => sum + each, 0));
  assertEquals(row(costs, 0).prompt_tokens + row(costs, 1).prompt_tokens, all.prompt_tokens);
  assert(row(costs, 1).prompt_tokens > row(costs, 0).prompt_tokens);
  assertEquals([all.calls, all.completion_tokens_low, all.completion_tokens, all.completion_tokens_high], [
    20,
    200,
    2400,
    19_000,
  ]);
  assert(Math.abs(all.cost - (all.prompt_tokens * 2 + 2400 * 8) / 1e6) < 1e-12);
  assert(all.cost_low < all.cost && all.cost < all.cost_high);
  assertEquals([all.currency, all.price_date, all.reason], ["EUR", "2026-11-01", ""]);
});

Deno.test("planCosts() knows list prices by endpoint and model, dated as its table, and assumes none", async () => {
  const plan = planFor(4);
  const known = row(await planCosts(plan, { model: "gpt-5-mini", completionTokens: 20 }), 2);
  assert(Math.abs(known.cost - (known.prompt_tokens * 0.25 + 4 * 20 * 2) / 1e6) < 1e-12);
  assertEquals([known.currency, known.price_date], ["USD", priceTableDate]);
  for (
    const [model, endpoint] of [
      ["gpt-5-mini", "http://127.0.0.1:8080/v1"],
      ["gpt-5-mini", "https://models.example.org/v1"],
      ["gpt-99", "https://api.openai.com/v1"],
    ] as const
  ) {
    const respondent = {
      ...scriptedRespondent("x"),
      identity: () => ({ endpoint, model, parameters: {} }),
    };
    const none = row(await planCosts(plan, { respondent }), 2);
    assertEquals([none.cost_low, none.cost, none.cost_high, none.currency], [NaN, NaN, NaN, ""]);
    assertEquals(
      none.reason,
      `no price is known for ${model} at ${endpoint}: give prices: { input: …, output: … } per million tokens`,
    );
  }
  // A new version of the table has a new date.
  assertEquals(config.imports["@pydantic/genai-prices"], "npm:@pydantic/genai-prices@0.1.8");
});

Deno.test("planCosts(pilot) goes by what calls took, and says how sure that is", async () => {
  const respondent = scriptedRespondent(({ messages }) => ({
    text: '{"fear": "yes", "news": "tv"}',
    promptTokens: messages[1]!.content.includes("Troops") ? 120 : 100,
    completionTokens: messages[0]!.content.includes("21") ? 700 : 300,
  }));
  const pilot = await runExperiment(planFor(8), respondent);
  const costs = await planCosts(planFor(1000), { respondent, pilot, prices: { input: 1, output: 1 } });
  assertEquals([row(costs, 0).prompt_tokens, row(costs, 1).prompt_tokens], [50_000, 60_000]);
  assertEquals(row(costs, 2).completion_tokens, 1000 * (7 * 300 + 700) / 8);
  assert(row(costs, 2).completion_tokens_low < row(costs, 2).completion_tokens);
  assertMatch(row(costs, 0).notes, /^tokens of 4 calls of a pilot$/);
  const silent = await runExperiment(planFor(8), scriptedRespondent("x"));
  await assertRejects(
    () => planCosts(planFor(8), { model: "m", pilot: silent }),
    RangeError,
    "'pilot' must hold at least two calls of which the endpoint told the tokens",
  );
});

Deno.test("planCosts() counts each call of questions asked one by one, with what a conversation repeats", async () => {
  const prompt = async (ask: "together" | "apart" | "in turn") =>
    row(await planCosts(planFor(10, ask), { model: "m" }), 2);
  const [together, apart, turns] = [await prompt("together"), await prompt("apart"), await prompt("in turn")];
  assertEquals([together.calls, apart.calls, turns.calls], [10, 20, 20]);
  assert(turns.prompt_tokens > apart.prompt_tokens && apart.prompt_tokens > together.prompt_tokens);
});

Deno.test("planCosts() counts a thousand trials of a large arm, evenly spaced, and says so", async () => {
  const costs = await planCosts(planFor(3000), { model: "m" });
  const small = row(await planCosts(planFor(60), { model: "m" }), 2);
  assert(Math.abs(row(costs, 2).prompt_tokens / small.prompt_tokens / 50 - 1) < 0.01);
  assertMatch(row(costs, 0).notes, /of 1000 of 1500 trials/);
});

Deno.test("planCosts() takes what looks like a special token for text, and names what is wrong", async () => {
  const design = declareDesign({
    treatments: declareTreatments({ a: "<|endoftext|> <|im_start|>", b: "x" }),
    items: [text("why", "Why?")],
    stated: [],
  });
  const personas = tableOf({ persona_id: ["p1", "p2"], weight: [1, 1] });
  const plan = planExperiment(assignTreatments(personas, design, { seed: 1 }), design);
  assert(
    row(await planCosts(plan, { model: "m" }), 0).prompt_tokens >
      row(await planCosts(plan, { model: "m" }), 1).prompt_tokens,
  );
  await assertRejects(() => planCosts(plan, {}), TypeError, '{ model: "gpt-5-mini" }');
  await assertRejects(
    () => planCosts(plan, { model: "m", completionTokens: [3, 2, 1] }),
    RangeError,
    "three that rise",
  );
  await assertRejects(
    () => planCosts(plan, { model: "m", prices: { input: -1, output: 1 } }),
    RangeError,
    "'prices.input' must be a price of a million tokens",
  );
});

Deno.test("planCosts() says which role's calls are another respondent's", async () => {
  const protocol = declareProtocol({
    roles: { subject: "", judge: model("You judge.", { respondent: scriptedRespondent(() => "") }) },
    steps: [tell(treatment()), ask([yesNo("fear", "Are you afraid?")], { to: "judge" })],
  });
  const design = declareDesign({
    treatments: declareTreatments({ control: "It is quiet.", threat: "Troops cross the border." }),
    ...{ protocol, stated: [] },
  });
  const assigned = assignTreatments(tableOf({ persona_id: ["a", "b"] }), design, { seed: 1 });
  const costs = await planCosts(planExperiment(assigned, design), { model: "m" });
  assert(row(costs, 0).notes.includes("role judge has a respondent of its own"));
});
