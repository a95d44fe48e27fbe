import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { type Table, tableOf, wideAnswers } from "@understudy/understudy/core";
import { assignTreatments, declareDesign } from "@understudy/understudy/designs";
import { estimateEffects } from "@understudy/understudy/estimation";
import { allocation, multipleChoice, ranking } from "@understudy/understudy/items";
import { simulatedRespondent } from "@understudy/understudy/respondents";
import { planExperiment, runExperiment } from "@understudy/understudy/runner";
import { declareTreatments } from "@understudy/understudy/treatments";
import { declareWorld, worldTruth } from "@understudy/understudy/worlds";
import { formatDelimited, parseDelimited } from "../../lib/core/delimited.ts";

const arms = ["control", "control", "control", "control", "threat", "threat", "threat", "threat"];

function answersOf(item_kind: string, value: readonly unknown[]): Table {
  return tableOf({
    persona_id: arms.map((_, i) => `p${i}`),
    arm: arms,
    item: arms.map(() => "budget"),
    item_kind: arms.map(() => item_kind),
    value,
    status: value.map((one) => one === null ? "refused" : "answered"),
  });
}

function effectOf(table: Table, category: string, outcome = "budget"): number {
  return estimateEffects(table, { outcome, category }).get("estimate", 0) as number;
}

const x = ["x", "y", "z"];
const y = ["y", "x", "z"];
const z = ["z", "y", "x"];

Deno.test("estimateEffects(category) of a ranking is the share that ranked it first", () => {
  const answers = answersOf("ranking", [x, y, y, y, x, x, z, null]);
  for (const table of [answers, parseDelimited("read", formatDelimited(answers, ","), ",", {})]) {
    assertAlmostEquals(effectOf(table, "x"), 2 / 3 - 1 / 4, 1e-12);
    assertAlmostEquals(effectOf(table, "y"), 0 - 3 / 4, 1e-12);
    assertAlmostEquals(effectOf(table, "z"), 1 / 3, 1e-12);
  }
  assertThrows(() => effectOf(answers, "xx"), RangeError, "did you mean 'x'?");
});

Deno.test("estimateEffects(category) of several choices is the share that chose it", () => {
  const answers = answersOf("multipleChoice", [["x", "y"], ["y"], [], ["x"], ["x"], ["x", "z"], ["x"], [
    "y",
  ]]);
  assertAlmostEquals(effectOf(answers, "x"), 3 / 4 - 2 / 4, 1e-12);
});

Deno.test("estimateEffects(category) of an allocation is the amount that it was given", () => {
  const give = (amount: number) => ({ x: amount, y: 100 - amount });
  const answers = answersOf(
    "allocation",
    [10, 20, 30, 40, 50, 60, 70, null].map((one) => one === null ? null : give(one)),
  );
  for (const table of [answers, parseDelimited("read", formatDelimited(answers, ","), ",", {})]) {
    assertAlmostEquals(effectOf(table, "x"), 60 - 25, 1e-12);
    assertAlmostEquals(effectOf(table, "y"), 40 - 75, 1e-12);
  }
  assertThrows(() => effectOf(answers, "w"), RangeError, 'the answers are "x", "y"');
  assertThrows(
    () => estimateEffects(answers, { outcome: "budget" }),
    TypeError,
    'for example { outcome: "budget", category: "x" }',
  );
});

Deno.test("wideAnswers() gives a ranking a column for each rank, of which estimators read the first", () => {
  const wide = wideAnswers(answersOf("ranking", [x, y, y, y, x, x, z, null]));
  assertEquals(wide.columnNames(), ["persona_id", "arm", "budget", "budget_rank_2", "budget_rank_3"]);
  assertEquals(wide.objects()[0], {
    persona_id: "p0",
    arm: "control",
    budget: "x",
    budget_rank_2: "y",
    budget_rank_3: "z",
  });
  assertEquals(wide.get("budget", 7), null);
  assertAlmostEquals(effectOf(wide, "x"), 2 / 3 - 1 / 4, 1e-12);
  const amounts = wideAnswers(answersOf("allocation", arms.map((_, i) => ({ x: i, y: 7 - i }))));
  assertAlmostEquals(effectOf(amounts, "x"), 4, 1e-12);
});

Deno.test("a world's ranking, allocation and choices go from the plan to the true effect", async () => {
  const options = ["schools", "roads", "parks"];
  const design = declareDesign({
    treatments: declareTreatments({ control: "It was a quiet exercise.", threat: "It was an incursion." }),
    items: [
      ranking("priorities", "What should the council do, from first to last?", options),
      allocation("budget", "Share out 100 coins.", options),
      multipleChoice("wishes", "What do you want?", options, { minimum: 1 }),
    ],
    stated: [],
  });
  const predictors = {
    schools: { stimuli: { threat: { effect: 1 } } },
    roads: { intercept: 0.3 },
    parks: {},
  };
  const item = { kind: "choice" as const, options: predictors };
  const world = declareWorld({
    name: "council",
    seed: 5,
    population: tableOf({ party: ["A", "B"], n: [1, 1] }),
    counts: "n",
    stimuli: { control: "exercise", threat: "incursion" },
    items: { priorities: item, budget: item, wishes: item },
  });
  const personas = tableOf({
    persona_id: Array.from({ length: 600 }, (_, i) => `p${i}`),
    weight: Array.from({ length: 600 }, () => 1),
  });
  const plan = planExperiment(assignTreatments(personas, design, { seed: 2 }), design, { seed: 3 });
  const answers = await runExperiment(plan, simulatedRespondent(world));
  assertEquals(new Set(answers.array("status")), new Set(["answered"]));
  for (const [outcome, unit] of [["priorities", 1], ["budget", 100], ["wishes", 1]] as const) {
    for (const category of options) {
      const truth = worldTruth(world, { outcome, category }).get("value", 0) as number;
      const [row] = estimateEffects(answers, { outcome, category }).objects() as {
        estimate: number;
        std_error: number;
      }[];
      assert(Math.abs(row!.estimate - unit * truth) < 4 * row!.std_error, `${outcome}: ${category}`);
    }
  }
});
