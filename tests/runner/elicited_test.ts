import { assert, assertAlmostEquals, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import {
  columnOf,
  type Design,
  type RespondentRequest,
  type Table,
  tableOf,
} from "@understudy/understudy/core";
import { assignTreatments, declareConjoint, declareDesign } from "@understudy/understudy/designs";
import { choice, likert, text, yesNo } from "@understudy/understudy/items";
import { samplePersonas } from "@understudy/understudy/personas";
import {
  openAiRespondent,
  scriptedRespondent,
  serveRespondent,
  simulatedRespondent,
} from "@understudy/understudy/respondents";
import { planCosts, planExperiment, runExperiment } from "@understudy/understudy/runner";
import { memoryStore } from "@understudy/understudy/store";
import { declareTreatments } from "@understudy/understudy/treatments";
import { declareReadyStudy, worldPeople, worldTruth } from "@understudy/understudy/worlds";

const { world, treatments, items, stated } = declareReadyStudy("clean", { seed: 1 });

function planOf(change: Pick<Design, "ask" | "elicit">, n = 12) {
  const design = declareDesign({ treatments, items, stated, ...change });
  const personas = samplePersonas(worldPeople(world), { n, seed: 1, weights: "share" });
  return planExperiment(assignTreatments(personas, design, { seed: 1 }), design, { seed: 1 });
}

/** For each arm and answer the mean probability over personas. */
function meanShares(answers: Table, item: string, arm: string): { [answer: string]: number } {
  const rows = (answers.objects() as { [column: string]: unknown }[])
    .filter((row) => row.item === item && row.arm === arm);
  const sums: { [answer: string]: number } = {};
  for (const { distribution } of rows) {
    for (const [answer, share] of Object.entries(distribution as { [answer: string]: number })) {
      sums[answer] = (sums[answer] ?? 0) + share / rows.length;
    }
  }
  return sums;
}

for (const [elicit, ask] of [["log-probabilities", "apart"], ["percentages", "together"]] as const) {
  Deno.test(`${elicit} asked ${ask} of a world are its true distribution, in process and over HTTP`, async () => {
    const plan = planOf({ elicit, ask });
    const answers = await runExperiment(plan, simulatedRespondent(world));
    assertEquals(new Set(answers.array("status")), new Set(["answered"]));
    const arms = plan.design.treatments.arms.map(({ name }) => name);
    for (const arm of arms) {
      const asked = plan.assigned.objects().filter((row) => Object(row).arm === arm);
      const personas = tableOf(asked as { [column: string]: unknown }[]);
      for (const item of ["support", "payer", "fee"]) {
        const truth = worldTruth(world, {
          what: "naive shares",
          outcome: item,
          stimulus: arm,
          personas,
          stated,
        });
        const shares = meanShares(answers, item, arm);
        assertAlmostEquals(Object.values(shares).reduce((sum, share) => sum + share), 1, 1e-12);
        for (const row of truth.objects() as { category: unknown; value: number }[]) {
          assertAlmostEquals(
            shares[String(row.category)]!,
            row.value,
            elicit === "percentages" ? 1e-4 : 1e-12,
          );
        }
      }
    }
    await using served = await serveRespondent(simulatedRespondent(world));
    const http = await runExperiment(plan, openAiRespondent(served.connection));
    assertEquals(http.array("distribution"), answers.array("distribution"));
    assertEquals(http.array("item_kind"), answers.array("item_kind"));
  });
}

Deno.test("values are drawn from the distribution, the same in a second run, and follow into the next question", async () => {
  const plan = planOf({ elicit: "log-probabilities", ask: "in turn" }, 4);
  const asked: RespondentRequest[] = [];
  const respondent = simulatedRespondent(world);
  const heard = {
    ...respondent,
    respond: (request: RespondentRequest) => {
      asked.push(request);
      return respondent.respond(request);
    },
  };
  const store = memoryStore();
  const answers = await runExperiment(plan, heard, { store, concurrency: 1 });
  const again = await runExperiment(plan, heard, { store });
  assertEquals(again.array("value"), answers.array("value"));
  assert(asked.every((request) => request.schema === undefined && request.maxTokens === 8));
  const last = asked.find(({ messages }) => messages.length === 2 * items.length)!;
  const letters = last.messages.filter(({ role }) => role === "assistant").map(({ content }) => content);
  assertEquals(letters.map((letter) => letter.length), new Array(items.length - 1).fill(1));
});

Deno.test("planCosts() knows how short replies by tokens are, and how long percentages", async () => {
  const mean = async (change: Pick<Design, "ask" | "elicit">) => {
    const plan = planOf(change, 2);
    const costs = await planCosts(plan, { model: "gpt-4o-mini" });
    const [last] = costs.objects().slice(-1) as { calls: number; completion_tokens: number }[];
    return last!.completion_tokens / last!.calls;
  };
  assertEquals(await mean({ ask: "apart", elicit: "log-probabilities" }), 8);
  const [percentages, answers] = await Promise.all(
    (["percentages", "answer"] as const).map((elicit) => mean({ ask: "apart", elicit })),
  );
  assert(percentages! > 2 * answers!);
});

const people = tableOf({ persona_id: ["p1"], weight: [1] });
const arms = declareTreatments({ control: "It is quiet.", threat: "Troops cross." });

Deno.test("questions without a few answers are asked as usual beside those that have", async () => {
  const design = declareDesign({
    treatments: arms,
    items: [text("why", "Why?"), yesNo("fear", "Afraid?")],
    stated: [],
    itemOrder: "fixed",
    elicit: "percentages",
  });
  const plan = planExperiment(assignTreatments(people, design), design);
  const answers = await runExperiment(
    plan,
    scriptedRespondent('{"why": "It is near.", "fear": {"yes": 75, "no": 25}}'),
  );
  assertEquals(answers.array("status"), ["answered", "answered"]);
  assertEquals([answers.get("value", 0), answers.get("distribution", 0)], ["It is near.", null]);
  assertEquals(answers.get("distribution", 1), { 0: 0.25, 1: 0.75 });
  assertEquals(answers.array("item_kind"), ["text", "yesNo"]);
});

Deno.test("a choice between profiles is the probability that each is chosen", async () => {
  const conjoint = declareConjoint({ features: { job: ["janitor", "doctor"] }, tasks: 1 });
  const design = declareDesign({
    conjoint,
    items: [choice("admitted", "Which?", conjoint.labels)],
    stated: [],
    elicit: "percentages",
  });
  const plan = planExperiment(assignTreatments(people, design), design);
  const [first, second] = conjoint.labels;
  const reply = JSON.stringify({ admitted: { [first!]: 80, [second!]: 20 } });
  const answers = await runExperiment(plan, scriptedRespondent(reply));
  assertEquals(columnOf<{ 1: number }>(answers, "distribution").map((each) => each[1]), [0.8, 0.2]);
  assertEquals(columnOf<number>(answers, "value").reduce((sum, value) => sum + value), 1);
});

Deno.test("declareDesign(elicit) and planExperiment() refuse what cannot be elicited", () => {
  const support = likert("support", "?", { points: 7 });
  const declare = (change: object) =>
    declareDesign({ treatments: arms, items: [support], stated: [], ...change });
  assertThrows(() => declare({ elicit: "log-probabilities" }), RangeError, '"in turn" or "apart"');
  assertThrows(() => declare({ elicit: "logprobs" }), RangeError, "elicit");
  const words = declare({ elicit: "percentages", items: [text("why", "Why?")] });
  const error = assertThrows(() => planExperiment(assignTreatments(people, words), words), RangeError);
  assertStringIncludes(error.message, '"answer" where no question has 2 to 20 answers');
});

Deno.test("an endpoint without log-probabilities leaves no answer and says what to do", async () => {
  const design = declareDesign({
    treatments: arms,
    items: [yesNo("fear", "Afraid?")],
    stated: [],
    ask: "apart",
    elicit: "log-probabilities",
  });
  const plan = planExperiment(assignTreatments(people, design), design);
  const answers = await runExperiment(plan, scriptedRespondent("A"));
  assertEquals([answers.get("status", 0), answers.get("value", 0)], ["unparsed", null]);
  assertStringIncludes(String(answers.get("reason", 0)), "gave no log-probabilities");
});
