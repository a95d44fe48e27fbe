import { goldenCases, goldenData } from "../stats/golden_cases.ts";
import { assert, assertAlmostEquals, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { columnOf, estimateColumns, stream, type Table, tableOf } from "@understudy/understudy/core";
import { assignTreatments, declareDesign } from "@understudy/understudy/designs";
import { estimateEffects, type EstimateEffectsOptions } from "@understudy/understudy/estimation";
import { yesNo } from "@understudy/understudy/items";
import { declareTreatments } from "@understudy/understudy/treatments";
import { newcombeInterval } from "../../lib/stats/shares.ts";

type Row = [
  persona: string,
  arm: string,
  item: string,
  value: unknown,
  status?: string,
  block?: string,
];
const answers = (rows: readonly Row[]) =>
  tableOf({
    persona_id: rows.map((row) => row[0]),
    arm: rows.map((row) => row[1]),
    item: rows.map((row) => row[2]),
    value: rows.map((row) => row[3]),
    status: rows.map((row) => row[4] ?? "answered"),
    party: rows.map((row) => row[5] ?? "none"),
  });
const numbers = (effects: ReturnType<typeof estimateEffects>, row = 0) =>
  ["estimate", "std_error", "df", "n"].map((field) => effects.get(field, row) as number);

Deno.test("estimateEffects(answers) takes the rows of one item and returns the contract's columns", () => {
  const table = answers([
    ["p1", "control", "support", 1],
    ["p1", "control", "fear", 7],
    ["p2", "control", "support", 3],
    ["p3", "threat", "support", 4],
    ["p3", "threat", "fear", 1],
    ["p4", "threat", "support", 8],
  ]);
  const effects = estimateEffects(table, { outcome: "support" });
  for (const name of Object.keys(estimateColumns)) assert(effects.columnNames().includes(name), name);
  const [estimate, stdError] = numbers(effects);
  assertEquals([estimate, effects.get("basis", 0), effects.get("reason", 0)], [4, "synthetic", ""]);
  assertAlmostEquals(stdError!, Math.sqrt(2 / 2 + 8 / 2), 1e-12);
});

Deno.test("estimateEffects(answers) leaves out rows without a value and counts them by arm and status", () => {
  const table = answers([
    ["p1", "control", "support", 1],
    ["p2", "control", "support", 3],
    ["p3", "control", "support", null, "refused"],
    ["p4", "threat", "support", 4],
    ["p5", "threat", "support", 8],
    ["p6", "threat", "support", null, "failed"],
    ["p7", "threat", "support", null, "refused"],
    ["p8", "threat", "support", 99, "truncated"],
    ["p9", "threat", "support", NaN],
    ["p10", "threat", "support", null, "refused"],
  ]);
  const effects = estimateEffects(table, { outcome: "support" });
  assertEquals([effects.get("estimate", 0), effects.get("n", 0)], [4, 4]);
  assertEquals(
    effects.get("notes", 0),
    "left out: control 1 refused; threat 1 failed, 2 refused, 1 truncated, 1 without a value",
  );
});

Deno.test("estimateEffects(wide) takes a column named status for an attribute", () => {
  const table = tableOf({
    arm: ["a", "a", "b", "b"],
    y: [1, 2, 3, 5],
    status: ["single", "married", "single", "x"],
  });
  assertEquals(numbers(estimateEffects(table, { outcome: "y" })).at(-1), 4);
});

Deno.test("estimateEffects(answers) averages the replies of a persona in an arm first", () => {
  const table = answers([
    ["p1", "control", "support", 0],
    ["p1", "control", "support", 2],
    ["p2", "control", "support", 3],
    ["p2", "control", "support", null, "failed"],
    ["p3", "threat", "support", 4],
    ["p3", "threat", "support", 4],
    ["p3", "threat", "support", 7],
    ["p4", "threat", "support", 9],
  ]);
  const effects = estimateEffects(table, { outcome: "support" });
  const means = estimateEffects(
    tableOf({ arm: ["control", "control", "threat", "threat"], y: [1, 3, 5, 9] }),
    {
      outcome: "y",
    },
  );
  assertEquals(numbers(effects), numbers(means));
  assertStringIncludes(
    effects.get("notes", 0),
    "averaged the replies of a persona in an arm first (2 averages",
  );
});

Deno.test("estimateEffects(answers) compares personas in both arms with themselves", () => {
  const { pair, z, y } = goldenData("pairs");
  const { expected } = goldenCases("effects").get("dim_matched_pair")!;
  const rows = pair!.map((
    name,
    i,
  ): Row => [`${name}`, z![i] === 1 ? "threat" : "control", "support", y![i]]);
  const broken: Row[] = [["q1", "control", "support", 100], [
    "q1",
    "threat",
    "support",
    null,
    "refused",
  ]];
  const effects = estimateEffects(answers([...rows, ...broken]), { outcome: "support", blocks: "party" });
  assertAlmostEquals(effects.get("estimate", 0), expected.estimate, 1e-12);
  assertAlmostEquals(effects.get("std_error", 0), expected.std_error, 1e-12);
  assertEquals([effects.get("df", 0), effects.get("n", 0), effects.get("design", 0)], [
    11,
    12,
    "matched pairs",
  ]);
  assertEquals(
    effects.get("notes", 0),
    "left out: threat 1 refused; 12 personas answered in both arms: each is compared with itself, which is finer " +
      "than the blocks; personas left out as they did not answer in both arms: 1",
  );
});

Deno.test("estimateEffects(answers) within subjects takes weights and clusters of personas", () => {
  const { pair, z, y } = goldenData("pairs");
  const build = (weight: (k: number) => number, cluster: (k: number) => string) =>
    tableOf({
      persona_id: pair!,
      arm: z!,
      y: y!,
      weight: pair!.map((_, i) => weight(Math.floor(i / 2))),
      home: pair!.map((_, i) => cluster(Math.floor(i / 2))),
    });
  const same = build(() => 2.5, (k) => `h${k}`);
  const { expected } = goldenCases("effects").get("dim_matched_pair")!;
  for (const options of [{ weights: "weight" }, { clusters: "home" }] as Partial<EstimateEffectsOptions>[]) {
    const effects = estimateEffects(same, { outcome: "y", ...options });
    assertAlmostEquals(effects.get("std_error", 0), expected.std_error, 1e-12);
    assertAlmostEquals(effects.get("df", 0), 11, 1e-9);
  }
  const uneven = estimateEffects(build((k) => k < 3 ? 4 : 1, (k) => `h${k % 5}`), {
    outcome: "y",
    weights: "weight",
    clusters: "home",
  });
  assertEquals(uneven.get("design", 0), "matched pairs, clustered, weighted");
  assert(uneven.get("df", 0) < 4 && uneven.get("std_error", 0) > 0);
  const changing = tableOf({
    persona_id: ["a", "a", "b", "b"],
    arm: [0, 1, 0, 1],
    y: [1, 2, 3, 5],
    w: [1, 2, 1, 1],
  });
  assertThrows(
    () => estimateEffects(changing, { outcome: "y", weights: "w" }),
    RangeError,
    "'weights' must be the same in both arms of a persona",
  );
});

Deno.test("estimateEffects(table) leaves out a pair whose partner has no value", () => {
  const { pair, z, y } = goldenData("pairs");
  const full = estimateEffects(tableOf({ pair: pair!.slice(2), z: z!.slice(2), y: y!.slice(2) }), {
    outcome: "y",
    arm: "z",
    blocks: "pair",
  });
  const lost = estimateEffects(tableOf({ pair: pair!, z: z!, y: [null, ...y!.slice(1)] }), {
    outcome: "y",
    arm: "z",
    blocks: "pair",
  });
  assertEquals(numbers(lost), numbers(full));
  assertStringIncludes(lost.get("notes", 0), "pairs left out as one of the two has no value: 1");
});

Deno.test("estimateEffects(answers, category) estimates the effect on the share of one answer", () => {
  const table = answers([
    ["p1", "control", "source", "paper"],
    ["p2", "control", "source", "tv"],
    ["p3", "threat", "source", "tv"],
    ["p4", "threat", "source", ["tv", "web"]],
    ["p5", "threat", "source", null, "refused"],
  ]);
  const effects = estimateEffects(table, { outcome: "source", category: "tv" });
  assertEquals([effects.get("outcome", 0), effects.get("estimate", 0)], ["source = tv", 0.5]);
  assertThrows(
    () => estimateEffects(table, { outcome: "source", category: "radio" }),
    RangeError,
    `'category' must be an answer to 'source': current value is "radio", the answers are "paper", "tv", "web"`,
  );
  const error = assertThrows(
    () => estimateEffects(table, { outcome: "source" }),
    TypeError,
    "'source' must hold numbers",
  );
  assertStringIncludes(error.message, `current value is "paper" (row 1)`);
});

Deno.test("estimateEffects(table) finds the reference: control, or the first of two arms whatever the rows' order", () => {
  const arms = ["b", "control", "a", "b", "control", "a"];
  const three = estimateEffects(tableOf({ arm: arms, y: [1, 2, 3, 4, 5, 7] }), { outcome: "y" });
  assertEquals([columnOf(three, "arm"), three.get("reference", 0), three.get("notes", 0)], [
    ["a", "b"],
    "control",
    "",
  ]);
  const two = estimateEffects(tableOf({ arm: ["10", "9", "9", "10"], y: [1, 2, 3, 5] }), { outcome: "y" });
  assertEquals(two.get("reference", 0), "9");
  assertStringIncludes(two.get("notes", 0), "the reference is '9', the first of two arms in sorted order");
});

Deno.test("estimateEffects(table) gives NaN with a reason where a value cannot be computed", () => {
  const one = estimateEffects(tableOf({ arm: ["a", "b", "b"], y: [1, 2, 4] }), {
    outcome: "y",
    reference: "a",
  });
  assertEquals([one.get("estimate", 0), one.get("std_error", 0), one.get("p_value", 0)], [2, NaN, NaN]);
  assertStringIncludes(
    one.get("reason", 0),
    "one unit in 'a' shows no variance; no standard error can be computed",
  );

  const still = estimateEffects(tableOf({ arm: ["a", "a", "b", "b"], y: [0.1, 0.1, 0.3, 0.3] }), {
    outcome: "y",
    reference: "a",
  });
  assertEquals([still.get("std_error", 0), still.get("statistic", 0), still.get("conf_low", 0)], [
    0,
    NaN,
    NaN,
  ]);
  assertStringIncludes(still.get("reason", 0), "the outcome does not vary");

  const none = estimateEffects(tableOf({ arm: ["a", "a", "b", "b"], y: [1, 2, null, NaN] }), {
    outcome: "y",
    reference: "a",
  });
  assertEquals([none.get("estimate", 0), none.get("n", 0)], [NaN, 2]);
  assertStringIncludes(none.get("notes", 0), "b 2 without a value");
  assertStringIncludes(none.get("reason", 0), "no unit of 'b' has a value");

  const data = tableOf({ arm: ["a", "a", "b", "b", "b"], y: [1, 2, 4, 6, 5], home: [1, 1, 2, 2, 3] });
  const cluster = estimateEffects(data, { outcome: "y", reference: "a", clusters: "home" });
  assertEquals([cluster.get("estimate", 0), cluster.get("std_error", 0)], [3.5, NaN]);
  assertEquals(cluster.get("notes", 0), "3 clusters");
  assertStringIncludes(cluster.get("reason", 0), "one cluster in 'a' shows no variance");

  const persona = tableOf({ persona_id: ["p", "p"], arm: ["a", "b"], y: [1, 4] });
  assertEquals(numbers(estimateEffects(persona, { outcome: "y", reference: "a" })), [3, NaN, NaN, 1]);
});

Deno.test("estimateEffects(table) of shares has Newcombe's interval and test, with df 'residual' Welch's", () => {
  const table = tableOf({
    arm: Array.from({ length: 330 }, (_, i) => i < 30 ? "a" : "control"),
    y: Array.from({ length: 330 }, (_, i) => i >= 30 && i < 36 ? 1 : 0),
    answer: Array.from({ length: 330 }, (_, i) => i >= 30 && i < 36 ? "yes" : "no"),
  });
  const score = newcombeInterval([0, 30], [6, 300]);
  for (const outcome of [{ outcome: "y" }, { outcome: "answer", category: "yes" }]) {
    const effects = estimateEffects(table, outcome);
    const [low, high, p] = ["conf_low", "conf_high", "p_value"].map((name) => effects.get(name, 0));
    assertEquals([low, high, p], [score.low, score.high, score.pValue]);
    assertStringIncludes(
      effects.get("notes", 0),
      "shares: Newcombe's interval from Wilson score intervals, and its test",
    );
    assertStringIncludes(
      effects.get("notes", 0),
      "fewer than 5 answers of 'a' differ from its most common one: 0 of 30",
    );
  }
  const welch = estimateEffects(table, { outcome: "y", df: "residual" });
  assertAlmostEquals(welch.get("conf_low", 0), -0.0359, 1e-4);
  assertStringIncludes(welch.get("notes", 0), "fewer than 5 answers of 'a'");
  assertEquals(welch.get("df", 0), 299);
});

Deno.test("estimateEffects(table) takes an arm that agrees for one with two answers more, in every design", () => {
  const n = 40;
  const columns = {
    arm: Array.from({ length: n }, (_, i) => i % 4 === 0 ? "a" : "control"),
    y: Array.from({ length: n }, (_, i) => i % 4 === 0 ? 4 : 1 + (i * 5) % 7),
    x: Array.from({ length: n }, (_, i) => (i * 7) % 11),
    block: Array.from({ length: n }, (_, i) => i < n / 2 ? "p" : "q"),
    w: Array.from({ length: n }, (_, i) => 1 + i % 2),
    cluster: Array.from({ length: n }, (_, i) => `${i % 4 === 0} ${i % 3}`),
  };
  const table = tableOf(columns);
  // Ten answers of 4, one of 1 and one of 7: Σ (y - 4)² = 18.
  const more = 18 / 11 / 12;
  const designs: [Partial<EstimateEffectsOptions>, number][] = [
    [{}, more],
    [{ blocks: "block" }, more],
    [{ estimator: "ols", covariates: "x" }, more],
    [{ estimator: "lin", covariates: "x" }, more],
    [{ estimator: "hajek" }, more],
    // Three clusters, one at 1 and one at 7.
    [{ clusters: "cluster" }, 18 / 4 / 5],
  ];
  for (const [design, wider] of designs) {
    const options = { outcome: "y", ...design };
    const [found, plain] = [
      estimateEffects(table, options),
      estimateEffects(table, { ...options, df: "residual" }),
    ];
    assertAlmostEquals(found.get("std_error", 0) ** 2, plain.get("std_error", 0) ** 2 + wider, 1e-12);
    assertStringIncludes(
      found.get("notes", 0),
      "'a' differ from its most common one: 0 of 10; its variance is taken for that with one more answer at 1 and at 7",
    );
    assert(found.get("df", 0) < 40);
  }
  const weighted = estimateEffects(
    tableOf({ ...columns, y: columns.y.map((y, i) => y + i / 10), w: columns.w.map((w) => w ** 4) }),
    { outcome: "y", weights: "w" },
  );
  assertStringIncludes(
    weighted.get("notes", 0),
    "weights: 30 answers of 'control' count as much as 21.2 of equal weight",
  );
});

Deno.test("estimateEffects(table) counts rows without an arm, a block or a weight that counts", () => {
  const table = tableOf({
    arm: ["a", "a", "a", "b", "b", "b", null],
    y: [1, 2, 50, 3, 5, 70, 9],
    w: [1, 1, 0, 2, 2, null, 1],
  });
  const effects = estimateEffects(table, { outcome: "y", reference: "a", weights: "w" });
  assertEquals([effects.get("estimate", 0), effects.get("n", 0)], [2.5, 4]);
  assertEquals(
    effects.get("notes", 0),
    "left out: a 1 with weight 0; b 1 without a weight; rows without an arm: 1",
  );
});

Deno.test("estimateEffects(table, options) names what is wrong", () => {
  const table = tableOf({
    arm: ["a", "a", "b", "b"],
    y: [1, 2, 3, 5],
    w: [1, 1, -1, 1],
    persona_id: ["p", "q", "", "r"],
  });
  const human = { outcome: "y", persona: "y" };
  const fails = (options: object, type: typeof RangeError | typeof TypeError, says: string) =>
    assertThrows(() => estimateEffects(table, options as EstimateEffectsOptions), type, says);
  fails({ outcome: "z" }, RangeError, "no column 'z': its columns are arm, y, w, persona_id");
  fails({ outcome: "y", arm: "group" }, RangeError, "no column 'group'");
  fails({ outcome: "y", blocks: ["arm", "party"] }, RangeError, "no column 'party'");
  fails(
    { outcome: "y" },
    RangeError,
    "'persona_id' must name a persona in every row: current value is \"nothing in row 3\"",
  );
  fails(
    { ...human, weights: "w" },
    RangeError,
    "'w' must hold finite numbers of at least 0: current value is -1",
  );
  fails(
    { ...human, reference: "c" },
    RangeError,
    `'reference' must be an arm: current value is "c", the arms are "a", "b"`,
  );
  fails(
    { ...human, refrence: "a" },
    TypeError,
    "option 'refrence' is unknown: the options are outcome, category, step, round, arm, reference",
  );
  fails({}, TypeError, "'outcome' must be a non-empty text");
  fails({ ...human, alpha: 5 }, RangeError, "'alpha' must lie between 0 and 1: current value is 5");
  fails({ ...human, basis: "guess" }, RangeError, "'basis' must be one of");
  const several = "'outcome' must name one outcome";
  fails({ ...human, outcome: ["y", "x"] as never }, TypeError, several);
  fails(
    { ...human, outcome: ["y"] as never },
    TypeError,
    "a call each and stack the tables: first.concat(second)",
  );
  fails({ ...human, estimator: "lasso" }, RangeError, "'estimator' must be one of \"difference_in_means\"");
  assertThrows(
    () => estimateEffects([] as never, { outcome: "y" }),
    TypeError,
    "'table' must be an Arquero table",
  );
  const single = tableOf({ arm: ["a", "a"], y: [1, 2] });
  assertThrows(
    () => estimateEffects(single, { outcome: "y" }),
    RangeError,
    'must hold at least two arms: its arms are "a"',
  );
  const infinite = tableOf({ arm: ["a", "b"], y: [1, Infinity] });
  assertThrows(() => estimateEffects(infinite, { outcome: "y" }), RangeError, "must hold finite numbers");
  const long = answers([["p1", "a", "support", 1], ["p2", "b", "support", 2]]);
  assertThrows(() => estimateEffects(long, { outcome: "fear" }), RangeError, "its items are support");
  const moving = answers([["p1", "a", "support", 1, "answered", "x"], [
    "p1",
    "a",
    "support",
    2,
    "answered",
    "y",
  ], [
    "p2",
    "b",
    "support",
    2,
  ]]);
  assertThrows(
    () => estimateEffects(moving, { outcome: "support", blocks: "party" }),
    RangeError,
    "'blocks' must be the same in all rows of a persona in an arm: current value is \"p1\"",
  );
});

Deno.test("importing estimation needs no permission", async () => {
  const entry = new URL("../../lib/estimation/mod.ts", import.meta.url).pathname;
  const args = ["run", "--no-prompt", "--no-check", entry];
  assert((await new Deno.Command(Deno.execPath(), { args }).output()).success);
});

const design = declareDesign({
  treatments: declareTreatments({ control: "x", threat: "y" }),
  items: [yesNo("fear", "?")],
  stated: [],
  blocks: ["region"],
});

/** A study in blocks of the given sizes with an effect of 1; `missing` answers are lost at random. */
function blockedStudy(sizes: readonly number[], seed: number, missing = 0): Table {
  const region = sizes.flatMap((size, block) => Array.from({ length: size }, () => `r${block}`));
  const personas = tableOf({ persona_id: region.map((_, i) => `p${i}`), region });
  const assigned = assignTreatments(personas, design, { seed });
  const arms = columnOf(assigned, "arm");
  return assigned.assign(tableOf({
    y: region.map((block, i) => {
      const random = stream(seed, "y", i);
      const value = random.normal() + Number(block.slice(1)) + (arms[i] === "threat" ? 1 : 0);
      return random.uniform() < missing ? null : value;
    }),
  }));
}

type EffectRow = {
  estimate: number;
  std_error: number;
  conf_low: number;
  conf_high: number;
  notes: string;
};
const effect = (table: Table, options = {}) =>
  estimateEffects(table, { outcome: "y", ...options }).object(0) as EffectRow;

Deno.test("estimateEffects() leaves out a recorded block that lost an arm to missing answers, and says so", () => {
  const table = blockedStudy([3, 40, 40], 5);
  const y = columnOf<number>(table, "y");
  const arms = columnOf(table, "arm");
  const thinned = table.assign(
    tableOf({ y: y.map((value, i) => i < 3 && arms[i] === "threat" ? null : value) }),
  );
  const found = effect(thinned);
  assert(found.std_error > 0);
  assertStringIncludes(found.notes, "left out: 1 of 3 blocks with too few answers in an arm (r0)");
  assertEquals(found.estimate, effect(thinned.slice(3)).estimate);
});

Deno.test("estimateEffects() pools recorded blocks with one unit in an arm", () => {
  const found = effect(blockedStudy([3, 3, 3, 3, 3, 3, 3, 3, 40], 6));
  assertStringIncludes(found.notes, "8 small blocks and 1 larger blocks");
  assert(found.std_error > 0);
});

Deno.test("estimateEffects() with small recorded blocks and missing answers covers its effect", () => {
  const studies = Deno.env.get("UNDERSTUDY_LONG") === "1" ? 4000 : 400;
  let covered = 0;
  let sum = 0;
  for (let seed = 0; seed < studies; seed++) {
    const found = effect(blockedStudy([3, 3, 4, 3, 5, 3, 12, 20, 3, 4], seed, 0.08));
    if (found.conf_low <= 1 && 1 <= found.conf_high) covered++;
    sum += found.estimate;
  }
  // Binomial bounds at 1 in 10,000 around .95; conservative intervals may cover more.
  assert(covered / studies > 0.95 - 3.9 * Math.sqrt(0.95 * 0.05 / studies), `coverage ${covered / studies}`);
  assert(covered / studies < 0.99, `coverage ${covered / studies}`);
  assertAlmostEquals(sum / studies, 1, 3.9 * 0.3 / Math.sqrt(studies));
});

Deno.test("estimateEffects() says that weights which vary are not used", () => {
  const table = blockedStudy([40], 1).assign(
    tableOf({ weight: Array.from({ length: 40 }, (_, i) => 1 + i % 2) }),
  );
  assertStringIncludes(effect(table, { blocks: [] }).notes, "column 'weight' varies and is not used");
  assertEquals(effect(table, { blocks: [], weights: "weight" }).notes.includes("not used"), false);
});

const parts = {
  treatments: declareTreatments({ control: "x", threat: "y" }),
  items: [yesNo("fear", "?")],
  stated: [],
};

function assignedStudy(declared: { blocks?: string; clusters?: string }): Table {
  const rows = Array.from({ length: 120 }, (_, i) => i);
  const personas = tableOf({
    persona_id: rows.map((i) => `p${i}`),
    party: rows.map((i) => "ABC"[i % 3]!),
    town: rows.map((i) => `t${i % 20}`),
  });
  const assigned = assignTreatments(personas, declareDesign({ ...parts, ...declared }), { seed: 3 });
  const arms = columnOf(assigned, "arm");
  return assigned.assign(
    tableOf({ y: rows.map((i) => stream(1, i).normal() + (arms[i] === "threat" ? 1 : 0)) }),
  );
}

Deno.test("estimateEffects() follows the blocks and clusters that assignTreatments recorded", () => {
  const design = (table: Table, options = {}) =>
    estimateEffects(table, { outcome: "y", ...options }).get("design", 0);
  assertEquals(design(assignedStudy({})), "standard");
  assertEquals(design(assignedStudy({ blocks: "party" })), "blocked");
  assertEquals(design(assignedStudy({ blocks: "party" }), { blocks: [] }), "standard");
  assertEquals(design(assignedStudy({ clusters: "town" })), "clustered");
  assertEquals(design(assignedStudy({ clusters: "town" }), { clusters: null }), "standard");
});

Deno.test("estimateEffects() takes a column 'block' of another's table for data, not for the assignment", () => {
  const table = assignedStudy({ blocks: "party" });
  const foreign = table.select(...table.columnNames().filter((name) => name !== "arm_probability"));
  assertEquals(estimateEffects(foreign, { outcome: "y" }).get("design", 0), "standard");
});

Deno.test("estimateEffects refuses the outcome as its own covariate, and takes rows without a weight for none that vary", () => {
  const table = tableOf({ arm: ["a", "a", "b", "b"], y: [1, 2, 3, 5], weight: [1, null, 1, 1] });
  assertThrows(
    () => estimateEffects(table, { outcome: "y", estimator: "lin", covariates: ["y"] }),
    RangeError,
    "'covariates' must not name the outcome",
  );
  const notes = String(estimateEffects(table, { outcome: "y" }).get("notes", 0));
  assertEquals(notes.includes("weight"), false);
});
