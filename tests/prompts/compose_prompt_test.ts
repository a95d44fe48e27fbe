import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { columnOf, requestKey, tableOf } from "@understudy/understudy/core";
import { assignTreatments, declareDesign } from "@understudy/understudy/designs";
import { choice, likert, yesNo } from "@understudy/understudy/items";
import { composePrompt } from "@understudy/understudy/prompts";
import { planExperiment, type PlanExperimentOptions } from "@understudy/understudy/runner";
import { declareTreatments } from "@understudy/understudy/treatments";

const personas = tableOf({
  persona_id: ["p1", "p2", "p3", "p4"],
  weight: [1, 1, 1, 1],
  town: ["Ulm", "Bonn", "Kiel", "Jena"],
  party: ["A", "B", "A", "B"],
});

const design = declareDesign({
  treatments: declareTreatments({
    control: "All is quiet in {{ town }}.",
    threat: "Troops march on {{ town }}.",
  }),
  items: [
    likert("support", "Support it?", { points: 7 }),
    choice("news", "News?", ["tv", "web", "paper"]),
    yesNo("fear", "Afraid?"),
  ],
  stated: ["town", "party"],
  subjects: "within",
});

function planFor(options: PlanExperimentOptions = {}, stated: readonly string[] = design.stated) {
  const stating = { ...design, stated };
  return planExperiment(assignTreatments(personas, design, { seed: 1 }), stating, { seed: 2, ...options });
}

Deno.test("composePrompt() puts the persona in the system message and treatment and questions in the user message", () => {
  const plan = planFor({}, ["party"]);
  const { messages, schema, replicate } = composePrompt(plan, "p2:threat:w1:r1");
  assertEquals(messages.map(({ role }) => role), ["system", "user"]);
  assertEquals(messages[0]!.content, "Your party is B.");
  assertStringIncludes(messages[1]!.content, "Troops march on Bonn.");
  assertEquals(messages[1]!.content.includes("quiet"), false);
  assertEquals(schema?.schema.additionalProperties, false);
  assertEquals(replicate, 1);
});

Deno.test("composePrompt() shows questions and options in the recorded order, in text and schema alike", () => {
  const plan = planFor();
  const orders = columnOf<string>(plan.trials, "item_order");
  columnOf<string>(plan.trials, "trial_id").forEach((id, row) => {
    const { messages, schema } = composePrompt(plan, id);
    const names = [...messages[1]!.content.matchAll(/^\d+\. \[(\w+)\]/gm)].map((match) => match[1]);
    assertEquals(names, JSON.parse(orders[row]!));
    assertEquals(Object.keys(schema!.schema.properties as object), names);
    const shown = [...messages[1]!.content.matchAll(/^[A-C]\. (\w+)$/gm)].map((match) => match[1]);
    assertEquals((schema!.schema.properties as { news: { enum: string[] } }).news.enum, shown as string[]);
  });
});

Deno.test("composePrompt() asks a persona the same questions in the same order in each of its arms", () => {
  const plan = planFor();
  const questions = (id: string) => composePrompt(plan, id).messages[1]!.content.split("\n\n").slice(1);
  for (const persona of ["p1", "p2", "p3", "p4"]) {
    assertEquals(questions(`${persona}:control:w1:r1`), questions(`${persona}:threat:w1:r1`));
  }
});

Deno.test("composePrompt() never tells the model its arm, its weight or its identifier", () => {
  const plan = planFor();
  const texts = columnOf<string>(plan.trials, "trial_id").map((id) =>
    JSON.stringify(composePrompt(plan, id).messages)
  );
  for (const text of texts) {
    assertEquals(/threat|control|p[1-4]|weight|arm/.test(text.replace("march", "")), false);
  }
});

Deno.test("composePrompt() tells what the design states and no other column, whatever the table holds", () => {
  const hidden = tableOf({
    persona_id: ["p1", "p2"],
    "": [1111, 2222],
    town: ["Ulm", "Bonn"],
    party: ["Reds", "Blues"],
    "support before": ["secret", "secret"],
    tone: ["angry", "calm"],
  });
  const assigned = assignTreatments(hidden, design, { seed: 1 });
  const textsOf = (stated: readonly string[], persona: PlanExperimentOptions["persona"] = {}) => {
    const plan = planExperiment(assigned, { ...design, stated }, { persona });
    return columnOf<string>(plan.trials, "trial_id").map((id) =>
      composePrompt(plan, id).messages[0]!.content
    );
  };
  assertEquals(new Set(textsOf([])), new Set([""]));
  assertEquals(new Set(textsOf(["party"])), new Set(["Your party is Reds.", "Your party is Blues."]));
  const whole = textsOf(["party"], (told) => JSON.stringify(told));
  assertEquals(new Set(whole), new Set(['{"party":"Reds"}', '{"party":"Blues"}']));
  assertEquals(textsOf(["party", "town"])[0], "Your party is Reds. Your town is Ulm.");
});

Deno.test("planExperiment() says which stated attributes the table has not, and where attributes are chosen", () => {
  const assigned = assignTreatments(personas, design, { seed: 1 });
  const plan = (stated: unknown, options: object = {}) => () =>
    planExperiment(assigned, { ...design, stated: stated as string[] }, options);
  assertThrows(plan(["prty"]), RangeError, 'current value is "prty"');
  assertThrows(plan(undefined), TypeError, "'design.stated' must list the attributes");
  assertThrows(plan(["party"], { persona: { attributes: ["party"] } }), TypeError, "stated: [ … ]");
  assertThrows(
    () => planExperiment(assigned, undefined as never),
    TypeError,
    "planExperiment(assigned, design",
  );
});

Deno.test("composePrompt() states attributes, fills slots and asks questions that are called like what objects inherit", () => {
  for (const name of ["constructor", "toString", "__proto__"]) {
    const odd = tableOf(Object.fromEntries([["persona_id", ["p1", "p2"]], [name, ["this", "that"]]]));
    const declared = declareDesign({
      treatments: declareTreatments({ control: "It.", threat: `It is {{ ${name} }}.` }),
      items: [yesNo("valueOf", "Afraid?")],
      stated: [name],
      subjects: "within",
    });
    const plan = planExperiment(assignTreatments(odd, declared), declared);
    const { messages } = composePrompt(plan, "p2:threat:w1:r1");
    assertEquals(messages[0]!.content, `Your ${name.replaceAll("_", " ")} is that.`);
    assertStringIncludes(messages[1]!.content, "It is that.");
  }
});

Deno.test("composePrompt(nothing) says where a plan comes from, and a wrong trial which was meant", () => {
  assertThrows(
    () => composePrompt(undefined as never, "p1"),
    TypeError,
    "it comes from planExperiment(assigned",
  );
  assertThrows(
    () => composePrompt(planFor(), "p1:treat:w1:r1"),
    RangeError,
    "did you mean 'p1:threat:w1:r1'?",
  );
});

Deno.test("composePrompt() takes any function for the persona text and any instruction", () => {
  const plan = planFor({ persona: (row) => `A person from ${row.town}.`, instruction: "Go." });
  const { messages } = composePrompt(plan, "p3:control:w1:r1");
  assertEquals(messages[0]!.content, "A person from Kiel.");
  assertEquals(messages[1]!.content.split("\n\n")[1], "Go.");
});

Deno.test("composePrompt() gives every call of a plan another key", () => {
  const plan = planFor({ replicates: 3 });
  const identity = { endpoint: "e", model: "m", parameters: {} };
  const keys = columnOf<string>(plan.trials, "trial_id").map((id) =>
    requestKey(identity, composePrompt(plan, id))
  );
  assertEquals(new Set(keys).size, 24);
});

Deno.test("a text that cannot be written stops the plan, not a run that is half paid", () => {
  const gap = assignTreatments(
    tableOf({ persona_id: ["p1", "p2"], town: ["Ulm", null], party: ["A", "B"] }),
    design,
    {
      seed: 1,
    },
  );
  assertThrows(
    () => planExperiment(gap, design),
    RangeError,
    "slot 'town' of arm 'control' has no value for persona p2",
  );
  const assigned = assignTreatments(personas, design, { seed: 1 });
  const plan = (persona: PlanExperimentOptions["persona"]) => () =>
    planExperiment(assigned, design, { persona: persona! });
  assertThrows(plan({ phrases: { party: { A: "You vote A." } } }), RangeError, "also B");
  assertThrows(plan(() => 7 as never), TypeError, "'persona' must give a text");
});
