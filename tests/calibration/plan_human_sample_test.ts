import { assert, assertAlmostEquals, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import {
  planHumanSample,
  type PlanHumanSampleOptions,
  planMixedSubjects,
} from "@understudy/understudy/calibration";
import { stream, type Table, tableOf } from "@understudy/understudy/core";
import { agrees, goldenCases, goldenData } from "../stats/golden_cases.ts";

const target = { costPrediction: 0.05, budget: 200 };

/** A pilot with a given true correlation within arms; the arms' means differ, in people and in the model. */
function pilot(n: number, correlation: number, seed = 1): [human: Table, synthetic: Table] {
  const random = stream(seed, "pilot");
  const persona_id = Array.from({ length: n }, (_, i) => `p${i}`);
  const arm = persona_id.map((_, i) => i % 2 === 0 ? "control" : "letter");
  const said = persona_id.map(() => random.normal());
  const support = said.map((value, i) =>
    correlation * value + Math.sqrt(1 - correlation ** 2) * random.normal() + 3 * (i % 2)
  );
  const synthetic = said.map((value, i) => 2 * value - 5 * (i % 2));
  return [tableOf({ persona_id, arm, support }), tableOf({ persona_id, arm, support: synthetic })];
}

function plan(tables: [Table, Table], options: Partial<PlanHumanSampleOptions> = {}): Table {
  return planHumanSample(...tables, { outcome: "support", ...target, ...options });
}

Deno.test("planHumanSample(…) finds the correlation and the plan that ppi_py finds for a mean", () => {
  const { y, yhat } = goldenData("ppi_labeled");
  const { expected, tol } = goldenCases("planning").get("ppi_mean_power")!;
  const persona_id = y!.map((_, i) => i);
  const found = plan([tableOf({ persona_id, support: y! }), tableOf({ persona_id, support: yhat! })], {
    ...{ estimand: "mean", costPrediction: 0.02, budget: 300 },
  });
  assert(agrees(found.get("correlation", 0) as number, expected.ppi_corr, tol));
  const exact = ["n_human_exact", "n_synthetic_exact"].map((name) =>
    Math.round(found.get(name, 0) as number)
  );
  assertEquals(exact, [expected.n, expected.N]);
});

Deno.test("planHumanSample(…) plans at the estimate and at both ends of its interval, around the means of arms", () => {
  const found = plan(pilot(60, 0.7), { budget: [100, 200] });
  assertEquals(found.array("at"), ["estimate", "estimate", "low", "low", "high", "high"]);
  const [estimate, , low, , high] = found.array("correlation") as number[];
  // Fisher's z with 60 people in two arms
  assertAlmostEquals(Math.atanh(high!) - Math.atanh(estimate!), 1.959964 / Math.sqrt(56), 1e-6);
  assertAlmostEquals(Math.atanh(estimate!) - Math.atanh(low!), 1.959964 / Math.sqrt(56), 1e-6);
  assert(low! < 0.7 && 0.7 < high!);
  const sd = found.get("sd", 0) as number;
  assert(sd > 0.8 && sd < 1.2);
  for (const [at, correlation] of [estimate, low, high].entries()) {
    const own = planMixedSubjects({ ...target, budget: [100, 200], correlation: correlation!, sd });
    for (const column of ["n_human", "n_synthetic", "std_error"]) {
      assertEquals(found.get(column, 2 * at + 1), own.get(column, 2));
    }
  }
});

Deno.test("planHumanSample(…) tells what the plan at the estimate is worth where the correlation is lower or higher", () => {
  const found = plan(pilot(40, 0.8));
  const [own, low, high] = found.array("std_error_bought") as number[];
  assertAlmostEquals(own!, found.get("std_error", 0) as number, 1e-12);
  assert(low! > own! && own! > high!);
  const [n, N, sd] = ["n_human", "n_synthetic", "sd"].map((name) => found.get(name, 0) as number);
  const correlation = found.get("correlation", 1) as number;
  const expected = 2 * sd! / Math.sqrt(n!) * Math.sqrt(1 - correlation ** 2 * N! / (n! + N!));
  assertAlmostEquals(low!, expected, 1e-3 * expected);
  // Whoever plans for a correlation that turns out to be this one does no worse.
  assert((found.get("std_error", 1) as number) <= low! * (1 + 1e-3));
});

Deno.test("planHumanSample(…) has a verdict on whether the model saves anything", () => {
  const verdicts = (n: number, correlation: number) => plan(pilot(n, correlation)).array("verdict");
  assertEquals(verdicts(200, 0.8), ["found", "found", "found"]);
  assertEquals(verdicts(200, -0.8), ["found", "found", "found"]);
  assertEquals(verdicts(400, 0.1), ["within margin", "within margin", "within margin"]);
  assertEquals(verdicts(20, 0.4), ["not found", "not found", "not found"]);
  const negative = plan(pilot(200, -0.8));
  assert((negative.get("correlation", 0) as number) < -0.7);
  assert((negative.get("n_synthetic", 0) as number) > 0);
});

Deno.test("planHumanSample(…): the interval holds the true correlation in 95 of 100 pilots of 24, and a model at the threshold is rarely found to save", () => {
  const draws = 600;
  let [held, found] = [0, 0];
  for (let draw = 0; draw < draws; draw++) {
    const correlation = 0.4259177;
    const pilots = plan(pilot(24, correlation, draw));
    const [, low, high] = pilots.array("correlation") as number[];
    if (low! <= correlation && correlation <= high!) held++;
    if (pilots.get("verdict", 0) === "found") found++;
  }
  assert(Math.abs(held / draws - 0.95) < 4 * Math.sqrt(0.95 * 0.05 / draws), `${held / draws}`);
  assert(found / draws < 0.025 + 4 * Math.sqrt(0.025 * 0.975 / draws), `${found / draws}`);
});

Deno.test("planHumanSample(…) plans people alone where the pilot cannot tell what the model is worth, and says why", () => {
  const [human, synthetic] = pilot(30, 0.5);
  const same = synthetic.derive({ support: () => 4 }) as Table;
  const found = plan([human, same]);
  assertEquals(found.array("verdict"), ["cannot tell", "cannot tell", "cannot tell"]);
  assertEquals(found.array("n_synthetic"), [0, 0, 0]);
  assert(Number.isNaN(found.get("correlation", 0)));
  assertStringIncludes(found.get("reason", 0) as string, "the model's answers do not differ");
  const few = plan([human.slice(0, 4) as Table, synthetic]);
  assertEquals([few.get("verdict", 0), few.get("reason", 0)], ["cannot tell", "fewer than 4 people"]);
});

Deno.test("planHumanSample(…) takes one table with a column, and names what is wrong with its arguments", () => {
  const [human, synthetic] = pilot(30, 0.5);
  const both = tableOf([
    ...human.objects().map((row) => ({ ...row, basis: "human" })),
    ...synthetic.objects().map((row) => ({ ...row, basis: "synthetic" })),
  ]);
  const one = planHumanSample(both, "basis", { outcome: "support", ...target });
  assertEquals(one.array("correlation"), plan([human, synthetic]).array("correlation"));
  const alike = human.derive({ support: () => 1 }) as Table;
  assertThrows(() => plan([alike, synthetic]), RangeError, "'human' must hold answers that differ");
  assertThrows(() => plan([human, synthetic.slice(5) as Table]), RangeError, "must hold each 'persona_id'");
  assertThrows(() => plan([human, synthetic], { sd: 2 } as never), TypeError, "option 'sd' is unknown");
});
