import { assert, assertAlmostEquals, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { columnOf, stream, type Table, tableOf, tableOfRows } from "@understudy/understudy/core";
import { assignTreatments, declareDesign } from "@understudy/understudy/designs";
import {
  estimateBalancedEffects,
  estimateEffects,
  estimateRobustness,
} from "@understudy/understudy/estimation";
import { choice, likert } from "@understudy/understudy/items";
import { calibrateWeights } from "@understudy/understudy/personas";
import { simulatedRespondent } from "@understudy/understudy/respondents";
import { planExperiment, runExperiment } from "@understudy/understudy/runner";
import { declareTreatments } from "@understudy/understudy/treatments";
import { declareWorld } from "@understudy/understudy/worlds";
import { effectOf, naiveOf } from "../worlds/fixtures.ts";

function draw(seed: number, n = 150): Table {
  const random = stream(seed, "balance");
  const arm = Array.from({ length: n }, (_, i) => i % 3 === 0 ? "control" : "threat");
  const age = arm.map((own) => 40 + (own === "threat" ? 5 : 0) + 10 * random.normal());
  return tableOf({
    arm,
    age,
    party: arm.map((own) => {
      const lean = (own === "threat" ? 0.5 : 0) + random.normal();
      return lean > 0.7 ? "right" : lean > -0.3 ? "middle" : "left";
    }),
    y: arm.map((own, i) => (own === "threat" ? 1 : 0) + age[i]! / 10 + random.normal()),
  });
}

const numbers = (table: Table, name: string) => columnOf<number>(table, name);
const rowsOf = (table: Table, arm: string) =>
  [...Array(table.numRows()).keys()].filter((row) => table.get("arm", row) === arm);

function pick(table: Table, rows: readonly number[]): Table {
  return tableOf(Object.fromEntries(
    table.columnNames().map((name) => {
      const values = columnOf(table, name);
      return [name, rows.map((row) => values[row])];
    }),
  ));
}

Deno.test("estimateBalancedEffects(covariates) weights each arm as calibrateWeights does to the pooled means", () => {
  const table = draw(1);
  const ages = numbers(table, "age");
  const parties = columnOf<string>(table, "party");
  const share = (party: string) => parties.filter((own) => own === party).length / parties.length;
  const targets = {
    age: ages.reduce((sum, age) => sum + age, 0) / ages.length,
    party: { left: share("left"), middle: share("middle"), right: share("right") },
  };
  const mean = (arm: string) => {
    const own = calibrateWeights(pick(table, rowsOf(table, arm)), targets);
    const weights = numbers(own, "weight");
    return numbers(own, "y").reduce((sum, y, row) => sum + y * weights[row]!, 0) / weights.length;
  };
  const effects = estimateBalancedEffects(table, { outcome: "y", covariates: ["age", "party"] });
  assertEquals(columnOf(effects, "estimator"), [
    "difference in means",
    "entropy balancing",
    "regression adjustment",
  ]);
  assertAlmostEquals(effects.get("estimate", 1) as number, mean("threat") - mean("control"), 1e-7);
  assert(Math.abs(effects.get("smd_before", 1) as number) > 0.2);
  assertAlmostEquals(effects.get("smd_after", 1) as number, 0, 1e-8);
  assertAlmostEquals(effects.get("smd_after", 2) as number, 0, 1e-8);
  assertAlmostEquals(effects.get("smd_after", 0) as number, effects.get("smd_before", 0) as number, 1e-12);
});

Deno.test("estimateBalancedEffects(covariates) has the difference in means and Lin's regression as estimateEffects has", () => {
  const table = draw(2);
  const effects = estimateBalancedEffects(table, { outcome: "y", covariates: ["age", "party"] });
  const plain = estimateEffects(table, { outcome: "y" });
  for (const name of ["estimate", "std_error", "df", "p_value", "conf_low", "conf_high"]) {
    assertAlmostEquals(effects.get(name, 0) as number, plain.get(name, 0) as number, 1e-9);
  }
  const lin = estimateEffects(table, { outcome: "y", estimator: "lin", covariates: ["age", "party"] });
  assertAlmostEquals(effects.get("estimate", 2) as number, lin.get("estimate", 0) as number, 1e-10);
  // Lin's variance takes the pooled means as known; ours adds their error, which differing slopes pass on.
  const [ours, theirs] = [effects.get("std_error", 2) as number, lin.get("std_error", 0) as number];
  assert(ours > theirs && ours < 1.1 * theirs);
});

Deno.test("estimateBalancedEffects(covariates) agrees with regression exactly where one attribute of two names is balanced", () => {
  const table = draw(3).assign({
    old: numbers(draw(3), "age").map((age) => age > 42 ? "old" : "young"),
  }) as Table;
  for (const target of ["pooled", "arm", "reference"] as const) {
    const effects = estimateBalancedEffects(table, { outcome: "y", covariates: "old", target });
    for (const name of ["estimate", "std_error", "effective_n", "max_weight"]) {
      assertAlmostEquals(effects.get(name, 1) as number, effects.get(name, 2) as number, 1e-7);
    }
  }
});

Deno.test("estimateBalancedEffects(target: arm) leaves the arm as it is and weights the reference to it", () => {
  const table = draw(4);
  const effects = estimateBalancedEffects(table, {
    outcome: "y",
    covariates: ["age", "party"],
    target: "arm",
  });
  assertAlmostEquals(effects.get("effective_n", 1) as number, 100, 1e-9);
  assert((effects.get("effective_n_reference", 1) as number) < 50);
  assert((effects.get("max_weight", 1) as number) > 1.2);
});

Deno.test("estimateBalancedEffects(target) takes the means of a table of personas, with weights", () => {
  const table = draw(5);
  const personas = tableOf({ age: [30, 60], party: ["left", "right"], weight: [3, 1] });
  const repeated = tableOf({ age: [30, 30, 30, 60], party: ["left", "left", "left", "right"] });
  const [one, other] = [personas, repeated].map((target) =>
    estimateBalancedEffects(table, { outcome: "y", covariates: ["age", "party"], target })
  );
  assertEquals(columnOf(one!, "target"), ["personas", "personas", "personas"]);
  for (const row of [1, 2]) {
    assertAlmostEquals(one!.get("estimate", row) as number, other!.get("estimate", row) as number, 1e-8);
    assert((one!.get("effective_n", row) as number) < 60);
  }
  const stranger = tableOf({ age: [30, 60], party: ["left", "green"] });
  assertThrows(
    () => estimateBalancedEffects(table, { outcome: "y", covariates: ["age", "party"], target: stranger }),
    RangeError,
    "'target.party' must hold only answers that were given",
  );
});

Deno.test("estimateBalancedEffects(answers) is NaN with its reason where no weights give the target's means", () => {
  const table = tableOf({
    arm: ["control", "control", "control", "threat", "threat", "threat"],
    age: [20, 25, 30, 60, 65, 70],
    y: [1, 2, 4, 3, 5, 4],
  });
  const effects = estimateBalancedEffects(table, { outcome: "y", covariates: "age" });
  assertEquals([effects.get("estimate", 1), effects.get("conf_low", 1)], [NaN, NaN]);
  assertStringIncludes(
    effects.get("reason", 1) as string,
    "no weights give the units of 'control' the target's means",
  );
  // Regression goes on beyond the data, and shows it by its weights.
  assert((effects.get("effective_n", 2) as number) < 0.5);
});

Deno.test("estimateBalancedEffects(answers) names covariates that follow from others, or cannot be told apart", () => {
  const table = draw(7).assign({ months: numbers(draw(7), "age").map((age) => 12 * age + 3) }) as Table;
  const effects = estimateBalancedEffects(table, { outcome: "y", covariates: ["age", "months"] });
  const alone = estimateBalancedEffects(table, { outcome: "y", covariates: "age" });
  assertStringIncludes(
    effects.get("notes", 1) as string,
    "left out as combinations of earlier covariates: months",
  );
  assertAlmostEquals(effects.get("estimate", 1) as number, alone.get("estimate", 1) as number, 1e-9);
  const apart = table.assign({
    told: columnOf(table, "arm").map((own, row) => own === "threat" && row % 2),
  }) as Table;
  const none = estimateBalancedEffects(apart, { outcome: "y", covariates: "told" });
  assertStringIncludes(none.get("reason", 2) as string, "cannot be told apart among the units of 'control'");
});

Deno.test("estimateBalancedEffects(answers) prints its assumption and its basis in every row", () => {
  const effects = estimateBalancedEffects(draw(8), { outcome: "y", covariates: ["age", "party"] });
  assertEquals(columnOf(effects, "basis"), ["synthetic", "synthetic", "synthetic"]);
  const reasons = columnOf<string>(effects, "notes");
  assertStringIncludes(reasons[0]!, "assumes that nothing that matters drifted");
  for (const reason of reasons.slice(1)) {
    assertStringIncludes(
      reason,
      "among age, party, measured without error and not moved by the treatment itself",
    );
  }
});

Deno.test("sensitivity analyses say which names were read as columns of the personas, and which as answers", () => {
  const random = stream(3, "columns");
  const ids = Array.from({ length: 80 }, (_, i) => i);
  const row = (item: string) =>
    ids.map((id) => ({
      persona_id: id,
      arm: id % 2 ? "threat" : "control",
      ideology: id % 3 === 0 ? "left" : "right",
      item,
      value: item === "news" ? id % 5 < 2 ? "tv" : "web" : random.normal(),
    }));
  const long = tableOfRows([...row("y"), ...row("news")], ["persona_id", "arm", "ideology", "item", "value"]);
  const reasons = (names: string[]) =>
    [
      estimateBalancedEffects(long, { outcome: "y", covariates: names }),
      estimateRobustness(long, { outcome: "y", covariates: names }),
    ].flatMap((table) => columnOf<string>(table, "notes"));
  for (const reason of reasons(["news", "ideology"])) {
    assertStringIncludes(reason, "read as columns of the table, not as answers: ideology (");
    assertStringIncludes(reason, "read as answers: news");
  }
  assert(reasons(["news"]).every((reason) => !reason.includes("read as")));
  const wide = tableOf({ arm: ids.map((id) => id % 2 ? "b" : "a"), x: ids.map((id) => id % 7), y: ids });
  const [reason] = columnOf<string>(
    estimateBalancedEffects(wide, { outcome: "y", covariates: "x" }),
    "notes",
  );
  assert(!reason!.includes("read as"), "a wide table does not say what is an answer");
});

Deno.test("estimateBalancedEffects(options) refuses what it cannot use, and says what it got", () => {
  const refuse = (options: object, message: string, type: ErrorConstructor = RangeError) =>
    assertThrows(
      () => estimateBalancedEffects(draw(1), { outcome: "y", covariates: "age", ...options }),
      type,
      message,
    );
  refuse({ covariates: [] }, "'covariates' must name at least one");
  refuse({ target: "all" }, "'target' must be one of");
  refuse({ target: tableOf({ height: [1] }) }, "age");
  refuse({ blocks: "party" }, "option 'blocks' is unknown", TypeError);
});

// A society in which conservatives read of incursions more often and support force more, whatever they read.
const world = declareWorld({
  name: "border",
  seed: 11,
  population: tableOf({ ideology: ["left", "middle", "right"], n: [35, 30, 35] }),
  counts: "n",
  stimuli: { control: "exercise", threat: "incursion" },
  exposure: { threat: { ideology: { left: -0.8, right: 0.8 } } },
  items: {
    support: {
      kind: "scale",
      range: [1, 7],
      sd: 1.2,
      intercept: 3.5,
      effects: { ideology: { left: -1, right: 1 } },
      stimuli: { threat: { effect: 0.6 } },
    },
    ideology: { kind: "attribute", attribute: "ideology" },
  },
});

Deno.test("estimateBalancedEffects(answers) takes out the bias of a drifting world that tells its ideology", async () => {
  const personas = tableOf({ persona_id: Array.from({ length: 1200 }, (_, i) => `p${i}`) });
  const design = declareDesign({
    treatments: declareTreatments({ control: "There was an exercise.", threat: "There was an incursion." }),
    items: [
      likert("support", "Do you support force?", { points: 7 }),
      choice("ideology", "What are your views?", ["left", "middle", "right"]),
    ],
    stated: [],
  });
  const assigned = assignTreatments(personas, design, { seed: 2 });
  const answers = await runExperiment(
    planExperiment(assigned, design, { seed: 3 }),
    simulatedRespondent(world),
  );
  const contrast = { outcome: "support", stimulus: "threat", reference: "control", personas };
  const [truth, naive] = [effectOf(world, contrast), naiveOf(world, contrast)];
  assert(naive > truth + 0.25);
  // The people as they are without a stimulus, whom the true effect is about.
  const target = tableOf({ ideology: ["left", "middle", "right"], weight: [35, 30, 35] });
  const effects = estimateBalancedEffects(answers, { outcome: "support", covariates: "ideology", target });
  const interval = (
    row: number,
  ) => [effects.get("conf_low", row) as number, effects.get("conf_high", row) as number];
  assert(interval(0)[0]! > truth, "the naive interval lies above the truth");
  assert(interval(0)[0]! < naive && naive < interval(0)[1]!);
  for (const row of [1, 2]) {
    assert(interval(row)[0]! < truth && truth < interval(row)[1]!);
    assertAlmostEquals(effects.get("estimate", row) as number, truth, 0.15);
  }
});

Deno.test("estimateBalancedEffects(answers) reads a name that is an item and a column as the item, and leaves other items be", () => {
  const ids = Array.from({ length: 60 }, (_, i) => i);
  const rowsOf = (item: string, value: (id: number) => unknown) =>
    ids.map((id) => ({
      persona_id: id,
      arm: id % 2 ? "threat" : "control",
      party: "left",
      age: 40,
      item,
      value: value(id),
    }));
  const rows = [...rowsOf("y", (id) => id % 7), ...rowsOf("party", (id) => id % 3 ? "left" : "right")];
  const names = ["persona_id", "arm", "party", "age", "item", "value"];
  const table = tableOfRows([...rows, ...rowsOf("age", (id) => id)], names);
  const wide = tableOf({
    arm: ids.map((id) => id % 2 ? "threat" : "control"),
    party: ids.map((id) => id % 3 ? "left" : "right"),
    y: ids.map((id) => id % 7),
  });
  const [long, expected] = [table, wide].map((answers) =>
    estimateBalancedEffects(answers, { outcome: "y", covariates: "party" })
  );
  assertEquals(numbers(long!, "estimate"), numbers(expected!, "estimate"));
});
