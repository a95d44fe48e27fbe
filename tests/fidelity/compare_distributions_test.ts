import { assert, assertAlmostEquals, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { columnOf, stream, type Table, tableOf } from "@understudy/understudy/core";
import { assignTreatments, declareDesign } from "@understudy/understudy/designs";
import { compareDistributions } from "@understudy/understudy/fidelity";
import { samplePersonas } from "@understudy/understudy/personas";
import { simulatedRespondent } from "@understudy/understudy/respondents";
import { planBaselines, planExperiment, runExperiment } from "@understudy/understudy/runner";
import { declareReadyStudy } from "@understudy/understudy/worlds";
import { goldenCases, goldenData } from "../stats/golden_cases.ts";

interface Row {
  readonly measure: string;
  readonly source: string;
  readonly estimate: number;
  readonly null_mean: number;
  readonly p_value: number;
  readonly n: number;
  readonly cells: number;
  readonly notes: string;
  readonly reason: string;
}

/** The row of a measure and a source. */
function rowOf(scores: Table, measure: string, source = "synthetic"): Row {
  return (scores.objects() as Row[]).find((row) => row.measure === measure && row.source === source)!;
}

const estimateOf = (scores: Table, measure: string, source?: string) =>
  rowOf(scores, measure, source).estimate;

const few = { resamples: 20 };

/** The golden sample of people, or of a model; some of its answers. */
function ordinal(source: string, first = 0, end = 1000): Table {
  const { source: sources, resp } = goldenData("ordinal");
  return tableOf({ resp: resp!.filter((_, row) => sources![row] === source).slice(first, end) });
}

Deno.test("compareDistributions gives SciPy's distances of two samples on a scale of seven points", () => {
  const { expected, tol } = goldenCases("distances_permutation").get("dist_ordinal")!;
  const options = { items: "resp", scale: [1, 7], ...few } as const;
  const scores = compareDistributions(ordinal("human"), ordinal("llm"), options);
  assertAlmostEquals(estimateOf(scores, "total variation"), expected.tvd_via_half_l1, tol);
  assertAlmostEquals(estimateOf(scores, "Jensen-Shannon"), expected.jsd_base2, tol);
  assertAlmostEquals(estimateOf(scores, "Hellinger"), expected.hellinger, tol);
  assertAlmostEquals(estimateOf(scores, "Wasserstein"), expected.wasserstein1 / 6, tol);
});

Deno.test("deals of one small cell give SciPy's exact p-value and null mean of total variation", () => {
  const { expected, tol } = goldenCases("distances_permutation").get("perm_tvd_exact")!;
  const options = { items: "resp", scale: [1, 7], resamples: 25_000 } as const;
  const scores = compareDistributions(ordinal("human", 60, 68), ordinal("llm", 60, 69), options);
  const row = rowOf(scores, "total variation");
  assertAlmostEquals(row.estimate, expected.statistic, tol);
  assertAlmostEquals(row.p_value, expected.p, tol);
  assertAlmostEquals(row.null_mean, expected.null_mean, tol);
});

Deno.test("compareDistributions gives the Population Fidelity Score and its parts of the package popfidelity", () => {
  const golden = goldenCases("fidelity").get("population_fidelity")!;
  const { human, synthetic, expected, tol } = golden as
    & typeof golden
    & {
      readonly [side in "human" | "synthetic"]: [string, number][];
    };
  const table = (rows: [string, number][]) =>
    tableOf({ group: rows.map(([group]) => group), trust: rows.map(([, value]) => value) });
  const options = { items: "trust", by: "group", scale: [1, 5], ...few } as const;
  const scores = compareDistributions(table(human), table(synthetic), options);
  for (const [measure, value] of Object.entries<number>(expected)) {
    assertAlmostEquals(estimateOf(scores, measure), value, tol, measure);
  }
  assertEquals([rowOf(scores, "accuracy").cells, rowOf(scores, "accuracy").n], [4, 125]);
});

Deno.test("SimBench is 0 for equally likely answers and 100 for the people's own, F1 and accuracy then are 1", () => {
  const human = tableOf({ news: ["tv", "tv", "tv", "web", "paper", "tv"] });
  const scores = compareDistributions(human, human, { items: "news", ...few });
  assertAlmostEquals(estimateOf(scores, "SimBench score", "uniform"), 0, 1e-12);
  assertAlmostEquals(estimateOf(scores, "SimBench score"), 100, 1e-12);
  for (const measure of ["weighted F1", "accuracy"]) {
    assertAlmostEquals(estimateOf(scores, measure), 1, 1e-12);
  }
  // p = (4, 1, 1)/6 against thirds: F1 is 2/3 where p is 2/3, else 2/3.
  assertAlmostEquals(estimateOf(scores, "weighted F1", "uniform"), 2 / 3, 1e-12);
  // Names are all 1 apart.
  assertAlmostEquals(
    estimateOf(scores, "Wasserstein", "uniform"),
    estimateOf(scores, "total variation", "uniform"),
    1e-12,
  );
});

Deno.test("a baseline that is missing is named in its rows, of each measure", () => {
  const human = tableOf({ trust: [1, 2, 3, 4, 5] });
  const scores = compareDistributions(human, human, { items: "trust", scale: [1, 5], ...few });
  for (const source of ["population query", "empty persona", "random persona"]) {
    const rows = (scores.objects() as Row[]).filter((row) => row.source === source);
    assertEquals(rows.length, 10);
    for (const row of rows) assert(Number.isNaN(row.estimate));
    assertStringIncludes(rows[0]!.reason, `no ${source} was asked: planBaselines plans it`);
  }
});

Deno.test("answers that are probabilities count as distributions, and have no p-value", () => {
  const human = tableOf({ trust: [1, 2, 2, 3] });
  const synthetic = tableOf({
    item: ["trust", "trust"],
    persona_id: ["a", "b"],
    value: [1, 3],
    distribution: [{ 1: 0.5, 2: 0.5, 3: 0 }, { 1: 0, 2: 0.5, 3: 0.5 }],
  });
  const row = rowOf(
    compareDistributions(human, synthetic, { scale: [1, 3], ...few, items: "trust" }),
    "total variation",
  );
  assertAlmostEquals(row.estimate, 0, 1e-12);
  assert(Number.isNaN(row.p_value));
  assertStringIncludes(row.reason, "probabilities");
});

Deno.test("people's weights count, and are named as why there is no p-value", () => {
  const human = tableOf({ trust: [0, 1, 1], weight: [2, 1, 1] });
  const synthetic = tableOf({ trust: [0, 1] });
  const options = { items: "trust", scale: [0, 1], weights: "weight", ...few } as const;
  const row = rowOf(compareDistributions(human, synthetic, options), "total variation");
  assertAlmostEquals(row.estimate, 0, 1e-12);
  assertStringIncludes(row.reason, "weighted");
});

Deno.test("one population query without groups stands for each of them, and does not tell them apart", () => {
  const group = ["a", "a", "b", "b", "c", "c", "a", "b", "c"];
  const human = tableOf({ group, trust: [1, 1, 2, 2, 3, 3, 2, 3, 1] });
  const population = tableOf({ item: ["trust"], value: [2], distribution: [{ 1: 0.25, 2: 0.5, 3: 0.25 }] });
  const options = { items: "trust", by: "group", scale: [1, 3], baselines: { population }, ...few } as const;
  const scores = compareDistributions(human, human, options);
  assertEquals(rowOf(scores, "accuracy", "population query").cells, 3);
  for (const measure of ["adaptability", "structure", "Population Fidelity Score"]) {
    assertEquals(estimateOf(scores, measure, "population query"), 0);
    assertAlmostEquals(estimateOf(scores, measure), 1, 1e-12);
  }
});

Deno.test("a population query that cannot be read is named as such, with how many answers were left out", () => {
  const human = tableOf({ trust: [1, 2, 3] });
  const population = tableOf({ item: ["trust"], value: [null], status: ["unparsed"] });
  const scores = compareDistributions(human, human, { items: "trust", baselines: { population }, ...few });
  const row = rowOf(scores, "total variation", "population query");
  assert(Number.isNaN(row.estimate) && Number.isNaN(row.p_value));
  assertEquals([row.reason, row.notes], ["no usable answers", "'trust': left out: 1 unparsed"]);
});

Deno.test("a score of groups that are too few says so", () => {
  const human = tableOf({ trust: [1, 2, 3] });
  const row = rowOf(
    compareDistributions(human, human, { items: "trust", ...few }),
    "Population Fidelity Score",
  );
  assert(Number.isNaN(row.estimate));
  assertStringIncludes(row.reason, "three groups");
});

Deno.test("of 600 groups distances to each other are not taken, and the rest is; of 100 they take no time", () => {
  const grouped = (groups: number) =>
    tableOf({
      arm: Array.from({ length: 1200 }, (_, at) => `g${at % groups}`),
      trust: Array.from({ length: 1200 }, (_, at) => 1 + (at * at + Math.floor(at / groups)) % 5),
    });
  const score = (groups: number) =>
    compareDistributions(grouped(groups), grouped(groups), { items: "trust", scale: [1, 5], ...few });
  const many = score(600);
  assertEquals(estimateOf(many, "total variation"), 0);
  assertEquals(rowOf(many, "structure").reason, "needs three groups ('by') that differ, at most 200");
  const start = performance.now();
  assertAlmostEquals(estimateOf(score(100), "structure"), 1, 1e-12);
  assert(performance.now() - start < 4000);
});

Deno.test("people whose answers are spread evenly have no SimBench score, and it is said why", () => {
  const scores = compareDistributions(tableOf({ u: ["a", "b", "c"] }), tableOf({ u: ["a", "b", "b"] }), {
    items: "u",
    ...few,
  });
  for (const source of ["synthetic", "uniform"]) {
    const row = rowOf(scores, "SimBench score", source);
    assert(Number.isNaN(row.estimate) && Number.isNaN(row.p_value), source);
    assertStringIncludes(row.reason, "spread evenly");
  }
});

Deno.test("the same seed gives the same halves and deals, another seed others", () => {
  const human = tableOf({ trust: Array.from({ length: 60 }, (_, i) => i * i % 7) });
  const synthetic = tableOf({ trust: Array.from({ length: 60 }, (_, i) => i % 5) });
  const floor = (seed: number) => {
    const scores = compareDistributions(human, synthetic, { items: "trust", scale: [0, 6], seed, ...few });
    return [
      estimateOf(scores, "total variation", "human split half"),
      rowOf(scores, "total variation").null_mean,
    ];
  };
  assertEquals(floor(3), floor(3));
  assert(floor(3)[0] !== floor(4)[0] && floor(3)[1] !== floor(4)[1]);
});

Deno.test("bad calls of compareDistributions say what is wrong", () => {
  const human = tableOf({ trust: [1, 2, 3], party: ["a", "a", "b"] });
  const compare = (synthetic: unknown, options: object = { items: "trust" }, people: unknown = human) => () =>
    compareDistributions(people as Table, synthetic as Table, { ...few, ...options });
  assertThrows(compare(human, {}), RangeError, "'items'");
  assertThrows(compare(human, { items: "trsut" }), RangeError, "did you mean 'trust'");
  assertThrows(
    compare(human, { items: "trust", scale: [7, 1] }),
    RangeError,
    "'scale' must be [lowest, highest]",
  );
  assertThrows(
    compare(human, { items: "trust", scale: [2, 7] }),
    RangeError,
    'of 2, 3, 4, 5, 6, 7: current value is "1"',
  );
  assertThrows(
    compare(human, { items: "trust", by: "party", baselines: { crowd: human } }),
    TypeError,
    "'baselines.crowd'",
  );
  assertThrows(compare(human, { items: "trust", baselines: { empty: [1] } }), TypeError, "'baselines.empty'");
  assertThrows(
    compare(tableOf({ trust: [1] }), { items: "trust", by: "party" }),
    RangeError,
    "'synthetic' has no column 'party'",
  );
  assertThrows(compare({}), TypeError, "'synthetic'");
  assertThrows(compare(human, { items: "trust" }, {}), TypeError, "'human'");
  assertThrows(
    compare(tableOf({ trust: [1], party: ["z"] }), { items: "trust", by: "party" }),
    RangeError,
    "answers in a group",
  );
  assertThrows(compare(tableOf({ trust: [["a", "b"]] })), RangeError, "several at once");
  assertThrows(compare(tableOf({ trust: [null, null, null] })), RangeError, "answers in a group");
});

Deno.test("in a ready world the whole way from plans to the table works, and the model with a fault scores worse", async () => {
  const people = declareReadyStudy("clean", { seed: 1 });
  const model = declareReadyStudy("subgroup error", { seed: 1 });
  const { treatments, items, stated, population } = model;
  const design = declareDesign({ treatments, items, stated });
  const assign = (seed: number) =>
    assignTreatments(samplePersonas(population, { n: 200, seed, weights: "share" }), design, { seed });
  const run = (plan: Parameters<typeof runExperiment>[0], study = model) =>
    runExperiment(plan, simulatedRespondent(study.world));
  const human = await run(planExperiment(assign(1), design), people);
  const assigned = assign(2);
  const plans = planBaselines(assigned, design, {
    population: "people of the town",
    by: "age_group",
    perArm: 40,
  });
  const baselines = {
    population: await run(plans.population),
    empty: await run(plans.empty),
    random: await run(plans.random),
  };
  const by = ["arm", "age_group"];
  const options = { baselines, by, items: ["support", "news_source", "fee"], resamples: 60 } as const;
  const faulty = compareDistributions(human, await run(planExperiment(assigned, design)), options);
  const faultless = compareDistributions(human, await run(planExperiment(assigned, design), people), options);
  assert(columnOf<number>(faulty, "estimate").every((value) => !Number.isNaN(value)));
  assertEquals(rowOf(faulty, "total variation", "population query").cells, 18);
  assert(estimateOf(faulty, "total variation") > estimateOf(faultless, "total variation"));
  assert(rowOf(faultless, "total variation").p_value > 0.05);
});

Deno.test("people in one arm each and personas in every arm have a null: groups are dealt one by one", () => {
  const random = stream(3, "people of one arm");
  const arms = ["control", "threat"];
  const places = [...Array(60).keys()];
  const human = tableOf({
    persona_id: places,
    arm: places.map((at) => arms[at % 2]),
    age_group: places.map((at) => at % 4 < 2 ? "young" : "old"),
    support: places.map(() => 1 + random.integer(7)),
  });
  const twice = [...places, ...places];
  const within = (answer: () => number) =>
    tableOf({
      persona_id: twice,
      arm: twice.map((_, row) => arms[row < 60 ? 0 : 1]),
      age_group: twice.map((at) => at % 4 < 2 ? "young" : "old"),
      support: twice.map(answer),
    });
  const options = { items: "support", scale: [1, 7], resamples: 199 } as const;
  const seven = within(() => 7);
  const baselines = { empty: seven, random: tableOf({ persona_id: places, support: places.map(() => 7) }) };
  for (const by of ["arm", ["arm", "age_group"]]) {
    const scores = compareDistributions(human, seven, { ...options, by, baselines });
    for (const source of ["synthetic", "empty persona", "random persona"]) {
      const { null_mean, p_value, notes } = rowOf(scores, "total variation", source);
      assert(null_mean > 0.1 && null_mean < 0.35, `${source}: ${null_mean}`);
      assertEquals(p_value, 1 / 200);
      assertStringIncludes(notes, "groups are dealt one by one");
    }
  }
  const alike = compareDistributions(human, within(() => 1 + random.integer(7)), options);
  assert(rowOf(alike, "total variation").p_value > 0.05);
});
