import { assert, assertAlmostEquals, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { columnOf, type Table, tableOf } from "@understudy/understudy/core";
import { assignTreatments, declareConjoint, declareDesign } from "@understudy/understudy/designs";
import { choice, likert, text } from "@understudy/understudy/items";
import { composePrompt } from "@understudy/understudy/prompts";
import { scriptedRespondent, simulatedRespondent } from "@understudy/understudy/respondents";
import { planBaselines, runExperiment } from "@understudy/understudy/runner";
import { declareTreatments } from "@understudy/understudy/treatments";
import { declareWorld } from "@understudy/understudy/worlds";

const population = "adults in the town";
const party = choice("own_party", "Which party is yours?", ["A", "B"]);
const support = likert("support", "Do you support it?", { points: 3 });
const treatments = declareTreatments({
  control: "An exercise is held.",
  threat: "An incursion is reported.",
});
const personas = tableOf({
  persona_id: Array.from({ length: 40 }, (_, i) => `p${i}`),
  party: Array.from({ length: 40 }, (_, i) => i % 4 === 0 ? "B" : "A"),
  age: Array.from({ length: 40 }, (_, i) => 20 + i),
});
const design = declareDesign({ treatments, items: [party, support], stated: ["party", "age"] });
const assigned = assignTreatments(personas, design, { seed: 1 });

const world = declareWorld({
  name: "w",
  seed: 1,
  population: tableOf({ party: ["A", "B"], n: [3, 1] }),
  counts: "n",
  stimuli: { control: "exercise", threat: "incursion" },
  items: { own_party: { kind: "attribute", attribute: "party" } },
});

/** The rows of a table as objects. */
const rows = (table: Table) => table.objects() as { [column: string]: unknown }[];

Deno.test("the population query of a world is answered with its marginal distribution, in one call for each arm", async () => {
  const asked = { ...design, items: [party] };
  const plans = planBaselines(assigned, asked, { population });
  const answers = await runExperiment(plans.population, simulatedRespondent(world));
  assertEquals(columnOf(answers, "arm"), ["control", "threat"]);
  for (const row of rows(answers)) assertEquals(row.distribution, { A: 0.75, B: 0.25 });
});

Deno.test("with groups the population query asks each of them, and a world answers for each", async () => {
  const plans = planBaselines(assigned, { ...design, items: [party] }, { population, by: "party" });
  const answers = await runExperiment(plans.population, simulatedRespondent(world));
  assertEquals(answers.numRows(), 4);
  for (const row of rows(answers)) {
    assertAlmostEquals((row.distribution as { [answer: string]: number })[String(row.party)]!, 1);
  }
});

Deno.test("arms are among the groups of the population query anyway, whether they are named or not", () => {
  const calls = (by: string[]) =>
    planBaselines(assigned, { ...design, items: [party] }, { population, by }).population.trials.numRows();
  assertEquals([calls(["arm"]), calls(["arm", "party"])], [calls([]), calls(["party"])]);
});

Deno.test("the population query asks of 100 people how many give each answer, and reads the reply as shares", async () => {
  const plans = planBaselines(assigned, design, { population });
  const { messages } = composePrompt(plans.population, plans.population.trials.get("trial_id", 0) as string);
  assertEquals(messages[0]!.content, "Think of 100 adults in the town.");
  assertStringIncludes(messages[1]!.content, "An exercise is held.");
  assertStringIncludes(messages[1]!.content, "How many of the 100 would choose each?");
  const model = scriptedRespondent(() =>
    '{"own_party": {"A": 60, "B": 40}, "support": {"1": 10, "2": 20, "3": 70}}'
  );
  const answers = await runExperiment(plans.population, model);
  assertEquals(columnOf(answers, "status"), ["answered", "answered", "answered", "answered"]);
  const found = rows(answers).find(({ item }) => item === "support")!.distribution as {
    [answer: string]: number;
  };
  assertAlmostEquals(found["3"]!, 0.7);
});

Deno.test("an empty persona is told that it is a person, and nothing else", () => {
  const { empty } = planBaselines(assigned, design, { population });
  const { messages } = composePrompt(empty, empty.trials.get("trial_id", 3) as string);
  assertEquals(messages[0]!.content, "You are a person.");
});

Deno.test("a random persona is told each attribute of somebody else, shuffled by itself; its own keep their names", () => {
  const { random } = planBaselines(assigned, design, { population, seed: 4 });
  const told = columnOf<string>(random.assigned, "told_party");
  const ages = columnOf<number>(random.assigned, "told_age");
  assertEquals(told.toSorted(), columnOf<string>(assigned, "party").toSorted());
  assertEquals(ages.toSorted(), columnOf<number>(assigned, "age").toSorted());
  assertEquals(columnOf(random.assigned, "party"), columnOf(assigned, "party"));
  assert(told.some((value, row) => (value === "B") !== ((ages[row]! - 20) % 4 === 0)));
  const { messages } = composePrompt(random, random.trials.get("trial_id", 0) as string);
  assertEquals(messages[0]!.content, `Your party is ${told[0]}. Your age is ${ages[0]}.`);
  const again = planBaselines(assigned, design, { population, seed: 4 }).random.assigned;
  assertEquals(columnOf(again, "told_party"), told);
});

Deno.test("a persona function of the study describes random personas under the attributes' own names", () => {
  const persona = (stated: { readonly [name: string]: unknown }) => `${Object.keys(stated)}: ${stated.party}`;
  const { random } = planBaselines(assigned, design, { population, persona });
  const { messages } = composePrompt(random, random.trials.get("trial_id", 0) as string);
  assertEquals(messages[0]!.content, `party,age: ${random.assigned.get("told_party", 0)}`);
});

Deno.test("few personas of each arm are drawn by the seed, and the same are empty and random", () => {
  const { empty, random } = planBaselines(assigned, design, { population, perArm: 5, seed: 2 });
  assertEquals(empty.trials.numRows(), 10);
  assertEquals(columnOf(empty.trials, "persona_id"), columnOf(random.trials, "persona_id"));
  const other = planBaselines(assigned, design, { population, perArm: 5, seed: 3 }).empty;
  assert(columnOf(other.trials, "persona_id").join() !== columnOf(empty.trials, "persona_id").join());
});

Deno.test("within subjects the same few personas are asked in every arm, and told the same", () => {
  const within = declareDesign({ treatments, items: [support], stated: ["party"], subjects: "within" });
  const all = assignTreatments(personas, within, { seed: 1 });
  const { random } = planBaselines(all, within, { population, perArm: 6 });
  const byPersona = Map.groupBy(rows(random.assigned), ({ persona_id }) => persona_id);
  assertEquals(byPersona.size, 6);
  for (const own of byPersona.values()) {
    assertEquals([own.length, own[0]!.told_party], [2, own[1]!.told_party]);
  }
});

Deno.test("bad calls of planBaselines say what is wrong", () => {
  const plan = (options: object, of = design) => () => planBaselines(assigned, of, options as never);
  assertThrows(plan({}), TypeError, "'population'");
  assertThrows(plan({ population, by: "parti" }), RangeError, "did you mean 'party'");
  assertThrows(plan({ population, persons: 3 }), TypeError, "'persons'");
  assertThrows(
    plan({ population }, { ...design, items: [text("why", "Why?")] }),
    RangeError,
    "2 to 20 answers",
  );
  const conjoint = declareConjoint({ features: { age: ["young", "old"], job: ["nurse", "cook"] } });
  const profiles = declareDesign({
    conjoint,
    items: [choice("pick", "Whom?", ["Profile 1", "Profile 2"])],
    stated: [],
  });
  const shown = assignTreatments(tableOf({ persona_id: ["p1", "p2"] }), profiles);
  assertThrows(() => planBaselines(shown, profiles, { population }), RangeError, "conjoint");
});
