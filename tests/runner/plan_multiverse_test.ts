import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import {
  assignTreatments,
  declareDesign,
  declareTreatments,
  likert,
  type Respondent,
  type Table,
  tableOf,
  yesNo,
} from "@understudy/understudy";
import { composePrompt } from "@understudy/understudy/prompts";
import { ask, declareProtocol, tell, treatment } from "@understudy/understudy/protocols";
import {
  type MultiverseChoices,
  planMultiverse,
  type PlanMultiverseOptions,
} from "@understudy/understudy/runner";

const treatments = declareTreatments({
  control: ["It is quiet.", "Nothing happens."],
  threat: "Troops cross the border.",
});
const items = (points: number) => [
  yesNo("fear", "Are you afraid?"),
  likert("trust", "Do you trust them?", { points }),
];
const design = declareDesign({ treatments, items: items(7), stated: ["age"], itemOrder: "fixed" });
const personas = tableOf({
  persona_id: Array.from({ length: 80 }, (_, i) => `p${i}`),
  age: Array.from({ length: 80 }, (_, i) => 20 + i % 40),
});
const assigned = assignTreatments(personas, design, { seed: 1 });

/** A model of a known price that must not be called. */
function priced(model: string): Respondent {
  const respond = () => Promise.reject(new Error("nobody may be asked"));
  return {
    name: model,
    identity: () => ({ endpoint: "https://api.openai.com/v1", model, parameters: {} }),
    respond,
  };
}

const model = { small: priced("gpt-4o-mini"), large: priced("gpt-4o") };
const choices: MultiverseChoices = {
  model,
  wording: [1, 2],
  item_order: ["fixed", "reversed"],
  persona: { prose: {}, list: { person: "list" } },
  stated: { age: ["age"], nothing: [] },
  ask: ["together", "apart"],
  elicit: ["answer", "percentages"],
  scale: { seven: items(7), five: items(5) },
};
const planOf = (options: PlanMultiverseOptions) => planMultiverse(assigned, design, options);
const column = (table: Table, name: string) => table.array(name) as unknown[];

Deno.test("planMultiverse(…) has every combination once, the base first, of the same people in the same arms", async () => {
  const { configurations, runs } = await planOf({
    choices: { model, ask: choices.ask!, stated: choices.stated! },
    seed: 3,
  });
  assertEquals(column(configurations, "configuration"), [
    ...[
      "base",
      "stated: nothing",
      "ask: apart",
      "ask: apart, stated: nothing",
      "model: large",
      "model: large, stated: nothing",
    ],
    ...["model: large, ask: apart", "model: large, ask: apart, stated: nothing"],
  ]);
  assertEquals(column(configurations, "is_base"), [true, ...Array(7).fill(false)]);
  assertEquals(runs.map(({ configuration }) => configuration), column(configurations, "configuration"));
  assert(runs.every(({ plan }) => plan.assigned === assigned && plan.seed === 3));
  assertEquals(runs.map(({ respondent }) => respondent.name), [
    ...Array(4).fill("gpt-4o-mini"),
    ...Array(4).fill("gpt-4o"),
  ]);
  // Models are asked the very same.
  assert(runs[0]!.plan === runs[4]!.plan && runs[0]!.plan !== runs[1]!.plan);
});

Deno.test("each choice changes what is asked, and nothing else does", async () => {
  const { configurations, runs } = await planOf({ choices, subset: "one at a time" });
  assertEquals(runs.length, 9);
  const own = assigned.objects().find((row) => (row as { arm: string }).arm === "control") as {
    persona_id: string;
  };
  const texts = new Map(runs.map(({ configuration, plan }) => {
    const trial = (plan.trials.objects() as { persona_id: string; trial_id: string }[])
      .find(({ persona_id }) => persona_id === own.persona_id)!;
    const { messages } = composePrompt(plan, trial.trial_id);
    return [configuration, messages.map(({ content }) => content).join("\n")];
  }));
  const of = (configuration: string) => texts.get(configuration)!;
  assertEquals(of("model: large"), of("base"));
  assertStringIncludes(of("base"), "Your age is");
  assertStringIncludes(of("persona: list"), "- age:");
  assert(!of("stated: nothing").includes("age"));
  assert(of("base").includes("It is quiet.") && of("wording: 2").includes("Nothing happens."));
  assert(of("base").indexOf("afraid") < of("base").indexOf("trust"));
  assert(of("item_order: reversed").indexOf("afraid") > of("item_order: reversed").indexOf("trust"));
  assert(!of("ask: apart").includes("trust"));
  assertStringIncludes(of("elicit: percentages"), "a percentage from 0 to 100");
  assertStringIncludes(of("scale: five"), "from 1 to 5");
  assertEquals(column(configurations, "calls")[texts.keys().toArray().indexOf("ask: apart")], 160);
});

Deno.test("a fraction has as many different configurations as asked for, the base among them, alternatives about equally often", async () => {
  const fraction = (seed: number) => planOf({ choices, subset: "fraction", maximum: 32, seed });
  const { configurations } = await fraction(1);
  const names = column(configurations, "configuration");
  assertEquals([new Set(names).size, names[0]], [32, "base"]);
  for (const choice of Object.keys(choices)) {
    const first = column(configurations, choice).filter((label) =>
      label === column(configurations, choice)[0]
    ).length;
    assert(Math.abs(first - 16) <= 4, `${choice}: ${first} of 32`);
  }
  assertEquals(column((await fraction(1)).configurations, "configuration"), names);
  assert(column((await fraction(2)).configurations, "configuration").join() !== names.join());
  const all = await planOf({ choices: { model, ask: choices.ask! }, subset: "fraction", maximum: 50 });
  assertEquals(all.runs.length, 4);
});

Deno.test("configurations are counted and priced before anybody is asked", async () => {
  const { configurations } = await planOf({ choices: { model, ask: choices.ask! }, replicates: 2 });
  const [calls, costs] = [column(configurations, "calls"), column(configurations, "cost") as number[]];
  assertEquals(calls, [160, 320, 160, 320]);
  assertEquals(column(configurations, "currency"), Array(4).fill("USD"));
  assert(costs[1]! > costs[0]! && costs[2]! > 5 * costs[0]!, String(costs));
  const unknown = { ...priced("x"), identity: () => ({ endpoint: "world:x", model: "x", parameters: {} }) };
  const { configurations: free } = await planOf({ choices: { model: { unknown } } });
  assert(Number.isNaN(free.get("cost", 0)));
  assertStringIncludes(String(free.get("reason", 0)), "no price is known for x");
});

Deno.test("planMultiverse(…) says what is wrong with its choices", async () => {
  const wrong = (given: object, more: object = {}) => () =>
    planOf({ choices: { model, ...given } as never, ...more });
  await assertRejects(() => planOf({ choices: { ask: ["apart"] } as never }), TypeError, "have a 'model'");
  await assertRejects(wrong({ asks: [] }), TypeError, "option 'asks' is unknown");
  await assertRejects(wrong({ ask: [] }), RangeError, "choices.ask");
  await assertRejects(
    wrong({ ask: ["together", "aparts"] }),
    RangeError,
    "be one of 'together'".replaceAll("'", '"'),
  );
  await assertRejects(wrong({ ask: ["apart", "apart"] }), RangeError, "each once");
  await assertRejects(wrong({ wording: [1, 3] }), RangeError, "be one of 1, 2");
  await assertRejects(
    wrong({ scale: { a: items(7), b: [items(7)[0]] } }),
    RangeError,
    "have the questions fear,trust",
  );
  await assertRejects(wrong({ stated: { age: ["age"], no: ["nothing_such"] } }), RangeError, "nothing_such");
  await assertRejects(wrong(choices, { maximum: 10 }), RangeError, "'maximum' must be at least 256");
  const protocol = declareProtocol({ steps: [tell(treatment()), ask(items(7))] });
  const played = declareDesign({ treatments, protocol, stated: ["age"] });
  const plan = planMultiverse(assignTreatments(personas, played), played, {
    choices: { model, ask: ["apart"] },
  });
  await assertRejects(() => plan, RangeError, "whose steps say it");
});
