import { assert, assertAlmostEquals, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { type Table, tableOf } from "@understudy/understudy/core";
import { assignTreatments, declareDesign } from "@understudy/understudy/designs";
import { scoreFidelity } from "@understudy/understudy/fidelity";
import { samplePersonas } from "@understudy/understudy/personas";
import { simulatedRespondent } from "@understudy/understudy/respondents";
import { planBaselines, planExperiment, runExperiment } from "@understudy/understudy/runner";
import { declareReadyStudy } from "@understudy/understudy/worlds";
import { goldenCases } from "../stats/golden_cases.ts";

interface Row {
  readonly item: string;
  readonly measure: string;
  readonly source: string;
  readonly estimate: number;
  readonly conf_low: number;
  readonly conf_high: number;
  readonly n: number;
  readonly notes: string;
  readonly reason: string;
}

/** The row of a measure. */
function rowOf(scores: Table, measure: string, { source = "twin", item = "all items" } = {}): Row {
  const rows = scores.objects() as Row[];
  return rows.find((row) => row.measure === measure && row.source === source && row.item === item)!;
}

const ids = (count: number) => Array.from({ length: count }, (_, person) => `p${person}`);
const trust = (values: number[], persona_id: unknown[] = ids(values.length)) =>
  tableOf({ persona_id, trust: values });
const options = { items: "trust", scale: [1, 7] } as const;

const golden = goldenCases("fidelity").get("person_fidelity")!;
const { human, twin, expected, tol } = golden as typeof golden & { human: number[]; twin: number[] };

Deno.test("scoreFidelity gives SciPy's correlation with its Fisher interval, and NumPy's ratios", () => {
  const scores = scoreFidelity(trust(human), trust(twin), options);
  const r = rowOf(scores, "correlation", { item: "trust" });
  assertAlmostEquals(r.estimate, expected.r, tol);
  assertAlmostEquals(r.conf_low, expected.low, tol);
  assertAlmostEquals(r.conf_high, expected.high, tol);
  const names = {
    "SD ratio": "sd_ratio",
    "Glass": "glass",
    "variance ratio": "variance_ratio",
    "accuracy": "accuracy",
  };
  for (const [measure, name] of Object.entries(names)) {
    assertAlmostEquals(rowOf(scores, measure).estimate, expected[name], tol, measure);
  }
});

Deno.test("the ends of the variance ratio's interval are those at which Pitman's test of equal spread is just rejected", () => {
  const { conf_low, conf_high } = rowOf(scoreFidelity(trust(human), trust(twin), options), "variance ratio");
  for (const ratio of [conf_low, conf_high]) {
    // With the twins' spread divided by the ratio's root, sums and differences correlate at the 5% point of t, 38 df.
    const scaled = twin.map((value) => value / Math.sqrt(ratio));
    const sums = scaled.map((value, at) => value + human[at]!);
    const differences = scaled.map((value, at) => value - human[at]!);
    const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
    const cross = (a: number[], b: number[]) =>
      mean(a.map((value, at) => (value - mean(a)) * (b[at]! - mean(b))));
    const r = cross(sums, differences) / Math.sqrt(cross(sums, sums) * cross(differences, differences));
    assertAlmostEquals(Math.abs(r) * Math.sqrt(38 / (1 - r * r)), 2.0243941639119702, 1e-9);
  }
});

Deno.test("accuracy divides by the scale and not by the range of the answers", () => {
  const [people, others] = [trust([3, 4, 4, 5]), trust([4, 4, 4, 4])];
  assertAlmostEquals(rowOf(scoreFidelity(people, others, options), "accuracy").estimate, 1 - 0.5 / 6);
  assertAlmostEquals(
    rowOf(scoreFidelity(people, others, { ...options, scale: [1, 5] }), "accuracy").estimate,
    0.875,
  );
  assertThrows(() => scoreFidelity(people, others, { items: "trust" }), RangeError, "{ scale: [1, 7] }");
});

Deno.test("the scale is known from the options that long answers say they were shown", () => {
  const others = tableOf({
    persona_id: ids(4),
    item: Array(4).fill("trust"),
    value: [4, 4, 4, 4],
    option_order: Array(4).fill('["5","4","3","2","1"]'),
  });
  assertAlmostEquals(rowOf(scoreFidelity(trust([3, 4, 4, 5]), others), "accuracy").estimate, 0.875);
});

Deno.test("normalised accuracy divides each person's accuracy by its own consistency, and then averages", () => {
  const retest = trust([1, 4, 7]);
  const scores = scoreFidelity(trust([1, 7, 4]), trust([4, 4, 4]), { ...options, baselines: { retest } });
  // Accuracy: .5, .5, 1; consistency: 1, .5, .5.
  assertAlmostEquals(rowOf(scores, "normalised accuracy").estimate, (0.5 + 1 + 2) / 3);
  assertAlmostEquals(rowOf(scores, "accuracy", { source: "human retest" }).estimate, (1 + 0.5 + 0.5) / 3);
  const without = scoreFidelity(trust([1, 7, 4]), trust([4, 4, 4]), options);
  assertStringIncludes(rowOf(without, "normalised accuracy").reason, "nobody was asked again");
});

Deno.test("of several items the correlation is the mean of Fisher's z, weighted by how many persons answered", () => {
  const columns = { trust: [1, 2, 3, 4, 5, 6], fear: [2, 1, 4, 3, null, null] };
  const others = { trust: [2, 1, 4, 3, 6, 5], fear: [1, 1, 2, 1, 1, 1] };
  const table = (own: object) => tableOf({ persona_id: ids(6), ...own });
  const scores = scoreFidelity(table(columns), table(others), { items: ["trust", "fear"], scale: [1, 7] });
  const [one, two] = ["trust", "fear"].map((item) => rowOf(scores, "correlation", { item }));
  assertEquals([one!.n, two!.n], [6, 4]);
  const z = (6 * Math.atanh(one!.estimate) + 4 * Math.atanh(two!.estimate)) / 10;
  assertAlmostEquals(rowOf(scores, "correlation").estimate, Math.tanh(z), 1e-12);
  const ratios = ["trust", "fear"].map((item) => rowOf(scores, "SD ratio", { item }).estimate);
  assertAlmostEquals(rowOf(scores, "SD ratio").estimate, (ratios[0]! + ratios[1]!) / 2, 1e-12);
  assertStringIncludes(rowOf(scores, "correlation").reason, "of 2 of 2 items");
  assertStringIncludes(rowOf(scores, "accuracy").notes, "'fear': 2 persons are in one table only");
});

Deno.test("twins who all say the same have no correlation, and a reason; people who do have no ratio", () => {
  const constant = scoreFidelity(trust([1, 2, 3, 4]), trust([4, 4, 4, 4]), options);
  assert(Number.isNaN(rowOf(constant, "correlation").estimate));
  assertStringIncludes(
    rowOf(constant, "correlation", { item: "trust" }).reason,
    "the others all answer the same",
  );
  assertEquals(rowOf(constant, "SD ratio").estimate, 0);
  const alike = scoreFidelity(trust([4, 4, 4, 4]), trust([1, 2, 3, 4]), options);
  for (const measure of ["correlation", "SD ratio", "Glass", "variance ratio"]) {
    assert(Number.isNaN(rowOf(alike, measure, { item: "trust" }).estimate));
    assertStringIncludes(rowOf(alike, measure, { item: "trust" }).reason, "people all answer the same");
  }
});

Deno.test("of answers that are probabilities the expected one counts", () => {
  const others = tableOf({
    persona_id: ids(3),
    item: ["trust", "trust", "trust"],
    value: [1, 1, 1],
    distribution: [{ 1: 0.5, 3: 0.5 }, { 1: 0, 7: 1 }, { 4: 1 }],
  });
  const scores = scoreFidelity(trust([2, 7, 4]), others, { scale: [1, 7] });
  assertAlmostEquals(rowOf(scores, "accuracy").estimate, 1, 1e-12);
});

Deno.test("where both tables have arms, a person is compared with its twin in each arm", () => {
  const persona_id = ["a", "a", "b", "b", "c", "c"];
  const arm = ["x", "y", "x", "y", "x", "y"];
  const people = tableOf({ persona_id, arm, trust: [1, 2, 3, 4, 5, 6] });
  const others = tableOf({
    persona_id: persona_id.toReversed(),
    arm: arm.toReversed(),
    trust: [6, 5, 4, 3, 2, 1],
  });
  const row = rowOf(scoreFidelity(people, others, options), "accuracy");
  assertEquals([row.estimate, row.n], [1, 3]);
});

Deno.test("persons who answer alike in four arms count once: intervals are those of one arm", () => {
  const [people, others] = [[1, 2, 3, 4, 5, 4, 3, 2, 1, 5], [2, 3, 3, 3, 4, 4, 2, 1, 3, 2]];
  const inArms = (arms: string[], values: number[]) =>
    tableOf({
      persona_id: arms.flatMap(() => ids(10)),
      arm: arms.flatMap((arm) => values.map(() => arm)),
      trust: arms.flatMap(() => values),
    });
  const score = (...arms: string[]) => scoreFidelity(inArms(arms, people), inArms(arms, others), options);
  for (const measure of ["accuracy", "correlation", "SD ratio", "Glass", "variance ratio"]) {
    const [one, four] = [rowOf(score("a"), measure), rowOf(score("a", "b", "c", "d"), measure)];
    assertEquals(four.n, 10);
    assertAlmostEquals(four.conf_low, one.conf_low, 1e-12, measure);
    assertAlmostEquals(four.conf_high, one.conf_high, 1e-12, measure);
  }
});

Deno.test("names of persons and arms are not run together", () => {
  const people = tableOf({ persona_id: ["p in a", "p"], arm: ["b", "a in b"], trust: [1, 2] });
  assertEquals(rowOf(scoreFidelity(people, people, options), "accuracy").n, 2);
});

Deno.test("an item whose answers lie on one line has a correlation and no intervals, and the mean over items survives", () => {
  const table = (b: number[]) => tableOf({ persona_id: ids(5), a: [1, 2, 3, 4, 5], b });
  const scores = scoreFidelity(table([1, 2, 3, 4, 5]), table([5, 4, 1, 2, 1]), {
    items: ["a", "b"],
    scale: [1, 5],
  });
  for (const measure of ["correlation", "SD ratio", "Glass", "variance ratio"]) {
    const own = rowOf(scores, measure, { item: "a" });
    assertEquals(own.estimate, measure === "Glass" ? 0 : 1);
    assert(Number.isNaN(own.conf_low) && Number.isNaN(own.conf_high));
    assertStringIncludes(own.reason, "lie on one line");
  }
  const other = rowOf(scores, "correlation", { item: "b" });
  assertEquals(other.reason, "");
  assertAlmostEquals(rowOf(scores, "correlation").estimate, (1 + other.estimate) / 2, 1e-12);
  const own = table([1, 2, 3, 5, 4]);
  const perfect = scoreFidelity(own, own, { items: ["a", "b"], scale: [1, 5] });
  assertEquals(rowOf(perfect, "correlation").estimate, 1);
});

Deno.test("persons whose second answers tell nothing are left out of the normalised accuracy, and counted", () => {
  const baselines = { retest: trust([7, 2, 3, 4, 4]) };
  const scores = scoreFidelity(trust([1, 2, 3, 4, 5]), trust([2, 2, 3, 4, 4]), { ...options, baselines });
  const row = rowOf(scores, "normalised accuracy");
  assertEquals(row.n, 4);
  assertStringIncludes(row.notes, "left out: 1 who");
});

Deno.test("baselines that are missing are named; those that are there are scored", () => {
  const scores = scoreFidelity(trust(human), trust(twin), {
    ...options,
    baselines: { empty: trust(human.map(() => 4)) },
  });
  assert(rowOf(scores, "accuracy", { source: "empty persona" }).estimate > 0.5);
  assertStringIncludes(
    rowOf(scores, "accuracy", { source: "random persona" }).reason,
    "planBaselines plans it",
  );
});

Deno.test("bad calls of scoreFidelity say what is wrong", () => {
  const people = trust([1, 2, 3]);
  const score = (others: unknown, more: object = {}) => () =>
    scoreFidelity(people, others as Table, { ...options, ...more } as never);
  assertThrows(
    score(trust([1, 2, 3], ["x", "y", "z"])),
    RangeError,
    "persons of 'human' (p0, p1, p2) for 'trust': current value is \"x, y, z\"",
  );
  assertThrows(score(tableOf({ trust: [1, 2] })), RangeError, "'persona_id'");
  assertThrows(score(trust([1, 2, 8])), RangeError, "lie on its scale, 1 to 7: current value is 8");
  assertThrows(
    score(tableOf({ persona_id: ids(3), trust: ["a", "b", "c"] })),
    TypeError,
    "compareDistributions takes others",
  );
  assertThrows(score(people, { baselines: { crowd: people } }), TypeError, "'baselines.crowd'");
  assertThrows(score(people, { scale: [1] }), RangeError, "[lowest, highest]");
  assertThrows(score(people, { alpha: 2 }), RangeError, "'alpha'");
  assertThrows(score(7), TypeError, "'synthetic'");
});

Deno.test("in a ready world twins are scored from plan to table, beside empty and random personas", async () => {
  const { treatments, items, stated, population, world } = declareReadyStudy("clean", { seed: 1 });
  const design = declareDesign({ treatments, items, stated: [...stated, "ideology"] });
  const assigned = assignTreatments(
    samplePersonas(population, { n: 300, seed: 1, weights: "share" }),
    design,
  );
  const run = (plan: Parameters<typeof runExperiment>[0]) => runExperiment(plan, simulatedRespondent(world));
  const people = await run(planExperiment(assigned, design, { seed: 1 }));
  const plans = planBaselines(assigned, design, { population: "people", seed: 2, perArm: 150 });
  const baselines = { empty: await run(plans.empty), random: await run(plans.random) };
  const twins = await run(planExperiment(assigned, design, { seed: 2 }));
  const scores = scoreFidelity(people, twins, { items: ["support", "fee"], baselines });
  const of = (measure: string, source: string) => rowOf(scores, measure, { source, item: "support" });
  assert(of("correlation", "twin").conf_low > 0.05);
  for (const source of ["empty persona", "random persona"]) {
    assert(of("correlation", source).conf_low < 0);
    assert(Math.abs(of("accuracy", source).estimate - of("accuracy", "twin").estimate) < 0.06);
  }
});

Deno.test("scoreFidelity() says whose arms do not meet, and where the arms of a twin are averaged", () => {
  const options = { items: "trust", scale: [1, 5] } as const;
  const persona_id = ids(6);
  const people = { persona_id, trust: [1, 2, 3, 4, 5, 3] };
  const human = tableOf({ ...people, arm: ["a", "a", "a", "b", "b", "b"] });
  const twin = tableOf({ persona_id, trust: [1, 2, 3, 4, 4, 2], arm: ["a", "a", "b", "b", "b", "a"] });
  const apart = rowOf(scoreFidelity(human, twin, options), "accuracy").notes;
  assertStringIncludes(
    apart,
    '2 people have answers in another arm only: subjects: "within" asks in every arm',
  );
  const averaged = rowOf(scoreFidelity(tableOf(people), twin, options), "accuracy").notes;
  assertStringIncludes(averaged, "people have no arms, so answers in a, b are averaged");
  assertEquals(rowOf(scoreFidelity(human, human, options), "accuracy").notes, "");
  const other = twin.derive({ arm: "d => d.arm + '2'" });
  assertThrows(() => scoreFidelity(human, other, options), RangeError, "(p0 in a, p1 in a, p2 in a)");
});

Deno.test("scoreFidelity() takes the answers of all three baseline plans, and names a baseline in errors", () => {
  const answers = trust([1, 2, 4, 5]);
  const score = (baselines: object, items: unknown = "trust") =>
    scoreFidelity(answers, answers, { items: items as string, scale: [1, 5], baselines });
  const all = { empty: answers, random: answers, population: tableOf({ trust: [3] }) };
  assertEquals(rowOf(score(all), "accuracy", { source: "random persona" }).estimate, 1);
  assertThrows(() => score({ emtpy: answers }), TypeError, "option 'baselines.emtpy' is unknown");
  const other = tableOf({ persona_id: ids(4), y: [1, 2, 3, 4] });
  assertThrows(() => score({ empty: other }), RangeError, "'baselines.empty' has no column 'trust'");
  const nobody = tableOf({ trust: [1] });
  assertThrows(() => score({ random: nobody }), RangeError, "'baselines.random' has no column 'persona_id'");
  assertThrows(() => score({}, [{ name: "trust" }]), TypeError, 'name at least one item, as in ["trust"]');
});
