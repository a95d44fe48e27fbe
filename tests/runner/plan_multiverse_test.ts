import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
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

/** A model that must not be called. */
function silent(model: string): Respondent {
  const respond = () => Promise.reject(new Error("nobody may be asked"));
  return {
    name: model,
    identity: () => ({ endpoint: "https://api.openai.com/v1", model, parameters: {} }),
    respond,
  };
}

const model = { small: silent("gpt-4o-mini"), large: silent("gpt-4o") };
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

Deno.test("planMultiverse(…) has every combination once, the base first, of the same people in the same arms", () => {
  const { configurations, runs } = planOf({
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

Deno.test("each choice changes what is asked, and nothing else does", () => {
  const { configurations, runs } = planOf({ choices, subset: "one at a time" });
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

Deno.test("the calls of configurations are counted before anybody is asked", () => {
  const { configurations } = planOf({ choices: { model, ask: choices.ask! }, replicates: 2 });
  assertEquals(column(configurations, "calls"), [160, 320, 160, 320]);
});

Deno.test("planMultiverse(…) says what is wrong with its choices", () => {
  const wrong = (given: object, more: object = {}) => () =>
    planOf({ choices: { model, ...given } as never, ...more });
  assertThrows(() => planOf({ choices: { ask: ["apart"] } as never }), TypeError, "have a 'model'");
  assertThrows(wrong({ asks: [] }), TypeError, "option 'asks' is unknown");
  assertThrows(wrong({ ask: [] }), RangeError, "choices.ask");
  assertThrows(
    wrong({ ask: ["together", "aparts"] }),
    RangeError,
    "be one of 'together'".replaceAll("'", '"'),
  );
  assertThrows(wrong({ ask: ["apart", "apart"] }), RangeError, "each once");
  assertThrows(wrong({ wording: [1, 3] }), RangeError, "be one of 1, 2");
  assertThrows(
    wrong({ scale: { a: items(7), b: [items(7)[0]] } }),
    RangeError,
    "have the questions fear,trust",
  );
  assertThrows(wrong({ stated: { age: ["age"], no: ["nothing_such"] } }), RangeError, "nothing_such");
  const orders = { wording: [1, 2], item_order: ["fixed", "reversed", "shuffled"] as const };
  const many = Object.fromEntries(Array.from({ length: 90 }, (_, place) => [`${place}`, ["age"]]));
  assertThrows(wrong({ ...orders, stated: many }), RangeError, "current value is 1080");
  const protocol = declareProtocol({ steps: [tell(treatment()), ask(items(7))] });
  const played = declareDesign({ treatments, protocol, stated: ["age"] });
  const people = assignTreatments(personas, played);
  assertThrows(
    () => planMultiverse(people, played, { choices: { model, ask: ["apart"] } }),
    RangeError,
    "whose steps say it",
  );
});
