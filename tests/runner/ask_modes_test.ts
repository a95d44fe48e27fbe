import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { RespondentError, type RespondentRequest, tableOf } from "@understudy/understudy/core";
import { assignTreatments, declareDesign } from "@understudy/understudy/designs";
import { likert, yesNo } from "@understudy/understudy/items";
import { composePrompt } from "@understudy/understudy/prompts";
import { scriptedRespondent, simulatedRespondent } from "@understudy/understudy/respondents";
import { samplePersonas } from "@understudy/understudy/personas";
import { planExperiment, runExperiment } from "@understudy/understudy/runner";
import { declareTreatments } from "@understudy/understudy/treatments";
import { declareReadyStudy, worldPeople } from "@understudy/understudy/worlds";

const people = tableOf({ persona_id: ["p1"], weight: [1], age: [31] });

function planOf(ask: "together" | "in turn" | "apart") {
  const design = declareDesign({
    treatments: declareTreatments({ control: "It is quiet.", threat: "Troops cross." }),
    items: [yesNo("fear", "Are you afraid?"), likert("support", "Support it?", { points: 7 })],
    stated: ["age"],
    itemOrder: "fixed",
    ask,
  });
  return planExperiment(assignTreatments(people, design, { seed: 1 }), design, { seed: 2 });
}

const texts = ({ messages }: RespondentRequest) => messages.map(({ content }) => content);

Deno.test("questions asked apart are calls of their own, each with the treatment and nothing of the others", async () => {
  const asked: RespondentRequest[] = [];
  const plan = planOf("apart");
  assertEquals(plan.summary.get("calls", 0), 2);
  const answers = await runExperiment(
    plan,
    scriptedRespondent((request) => {
      asked.push(request);
      return asked.length === 1 ? "Yes" : "4";
    }),
    { concurrency: 1 },
  );
  assertEquals(answers.array("value"), [1, 4]);
  assertEquals(answers.array("turn"), [1, 1]);
  assertEquals(asked.map(({ messages }) => messages.length), [2, 2]);
  assertStringIncludes(texts(asked[1]!)[1]!, "Support it?");
  assertEquals(texts(asked[1]!)[1]!.includes("afraid"), false);
  assertEquals(Object.keys(Object(asked[1]!.schema!.schema.properties)), ["support"]);
  assertEquals(new Set(asked.map(({ seed }) => seed)).size, 2);
  assertEquals(new Set(answers.array("request_key")).size, 2);
});

Deno.test("questions asked in turn follow those before with their replies", async () => {
  const asked: RespondentRequest[] = [];
  const plan = planOf("in turn");
  const answers = await runExperiment(
    plan,
    scriptedRespondent((request) => {
      asked.push(request);
      return asked.length === 1 ? "Yes, very" : "4";
    }),
    { concurrency: 1 },
  );
  assertEquals(answers.array("turn"), [1, 2]);
  assertEquals(texts(asked[1]!).slice(1, 3), [texts(asked[0]!)[1]!, "Yes, very"]);
  assertStringIncludes(texts(asked[1]!)[3]!, "Support it?");
  const trial = plan.trials.get("trial_id", 0) as string;
  assertEquals(composePrompt(plan, trial, { item: "support", replies: ["Yes, very"] }), asked[1]);
  assertEquals(texts(composePrompt(plan, trial, { item: "support" }))[2], "…");
  assertThrows(() => composePrompt(plan, trial, { item: "suport" }), RangeError, "support");
});

Deno.test("what follows a question without a reply is asked apart, and not in turn", async () => {
  for (const [ask, second] of [["apart", "answered"], ["in turn", "failed"]] as const) {
    const respondent = scriptedRespondent(({ schema }) => {
      if (JSON.stringify(schema).includes("support")) return "4";
      throw new RespondentError("too long", { kind: "malformed", transient: false });
    });
    const answers = await runExperiment(planOf(ask), respondent, { concurrency: 1 });
    assertEquals(answers.array("status"), ["failed", second]);
    assertEquals(answers.get("status_detail", 0), "endpoint");
    if (ask === "in turn") {
      assertEquals(answers.get("reason", 1), "not asked: a question before it got no reply");
    }
  }
});

Deno.test("a world answers one question at a time", async () => {
  const { world, treatments, items, stated } = declareReadyStudy("clean", { seed: 1 });
  for (const ask of ["apart", "in turn"] as const) {
    const design = declareDesign({ treatments, items, stated, ask });
    const assigned = assignTreatments(
      samplePersonas(worldPeople(world), { n: 20, seed: 1, weights: "share" }),
      design,
      { seed: 1 },
    );
    const answers = await runExperiment(
      planExperiment(assigned, design, { seed: 1 }),
      simulatedRespondent(world),
    );
    assertEquals(new Set(answers.array("status")), new Set(["answered"]));
  }
});
