import { assert, assertAlmostEquals, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import fc from "fast-check";
import { columnOf, stream, type Table, tableOf } from "@understudy/understudy/core";
import {
  adjustEstimates,
  type AdjustEstimatesOptions,
  estimateBootstrap,
  type EstimateBootstrapOptions,
  estimateEffectFamily,
  estimateEffects,
} from "@understudy/understudy/estimation";
import { adjustPValues } from "@understudy/understudy/stats";
import { goldenData } from "../stats/golden_cases.ts";

const rct = tableOf(goldenData("rct"));

Deno.test("estimateBootstrap(difference) agrees with the difference in means and its standard error", () => {
  const designs: { options: Partial<EstimateBootstrapOptions>; outcome: string; arm: string }[] = [
    { outcome: "y", arm: "z", options: {} },
    { outcome: "yb", arm: "zb", options: { blocks: "block" } },
    { outcome: "yc", arm: "zc", options: { clusters: "cl" } },
    { outcome: "y", arm: "z", options: { weights: "w" } },
  ];
  for (const { outcome, arm, options } of designs) {
    const { replicates: _, ...assignment } = options;
    const formula = estimateEffects(rct, { outcome, arm, reference: 0, ...assignment as object });
    const found = estimateBootstrap(rct, {
      outcome,
      arm,
      reference: 0,
      interval: "normal",
      replicates: 4000,
      ...options,
    });
    assertAlmostEquals(found.get("estimate", 0), formula.get("estimate", 0), 1e-12);
    const ratio = (found.get("std_error", 0) as number) / (formula.get("std_error", 0) as number);
    // A bootstrap divides by n; with the few units of these designs that costs up to a few percent.
    assert(ratio > 0.88 && ratio < 1.06, `${JSON.stringify(options)}: ${ratio}`);
    assertEquals(found.get("df", 0), Infinity);
  }
});

Deno.test("estimateBootstrap(studentised) uses the standard error of Welch", () => {
  // Three to an arm and one resample after another by hand would be long: an arm without variance shows the formula.
  const table = tableOf({ arm: ["a", "a", "a", "b", "b", "b"], y: [0, 3, 6, 0, 0, 0] });
  const found = estimateBootstrap(table, { outcome: "y", reference: "b", interval: "studentised", seed: 4 });
  // t* = (m* - 3) / s*: whole resamples of one value have no spread and are left out.
  assertStringIncludes(found.get("notes", 0), "resampled 6 rows");
  assertAlmostEquals(found.get("estimate", 0), 3, 1e-12);
  assert((found.get("conf_high", 0) as number) > 3 && (found.get("conf_low", 0) as number) < 3);
});

Deno.test("estimateBootstrap(function) is the named statistic where it computes the same", () => {
  const mean = (table: Table, arm: number) => {
    const [arms, y] = [columnOf<number>(table, "z"), columnOf<number>(table, "y")];
    const values = y.filter((_, row) => arms[row] === arm);
    return values.reduce((sum, value) => sum + value, 0) / values.length;
  };
  const shared = { outcome: "y", arm: "z", replicates: 300, seed: 5 } as const;
  for (const interval of ["percentile", "bca"] as const) {
    const named = estimateBootstrap(rct, { ...shared, interval, reference: 0 });
    const own = estimateBootstrap(rct, {
      ...shared,
      interval,
      statistic: (table) => ({ difference: mean(table, 1) - mean(table, 0) }),
    });
    assertEquals(own.get("term", 0), "difference");
    for (const column of ["estimate", "std_error"]) {
      assertAlmostEquals(own.get(column, 0), named.get(column, 0), 0.02);
    }
  }
});

Deno.test("estimateBootstrap(answers) draws personas with all their replies, and counts who is left out", () => {
  const random = stream(3, "answers");
  const personas = Array.from({ length: 50 }, (_, i) => `p${i}`);
  const rows = personas.flatMap((persona_id, i) => {
    const level = 3 * random.normal();
    return [1, 2, 3, 4].map((replicate) => ({
      persona_id,
      arm: i % 2 ? "threat" : "control",
      replicate,
      item: "support",
      value: i === 0 ? null : level + random.normal(),
      status: i === 0 ? "refused" : "answered",
    }));
  });
  const names = Object.keys(rows[0]!) as (keyof typeof rows[0])[];
  const table = tableOf(Object.fromEntries(names.map((name) => [name, rows.map((row) => row[name])])));
  const found = estimateBootstrap(table, { outcome: "support", interval: "normal" });
  const formula = estimateEffects(table, { outcome: "support" });
  assertAlmostEquals(found.get("estimate", 0), formula.get("estimate", 0), 1e-12);
  const ratio = (found.get("std_error", 0) as number) / (formula.get("std_error", 0) as number);
  assert(ratio > 0.9 && ratio < 1.05, `${ratio}`);
  assertStringIncludes(found.get("notes", 0), "control 4 refused");
  assertStringIncludes(found.get("notes", 0), "resampled 49 personas");
});

Deno.test("estimateBootstrap(personas in both arms) draws each with both of its answers", () => {
  const random = stream(9, "within");
  const levels = Array.from({ length: 60 }, () => 5 * random.normal());
  const table = tableOf({
    persona_id: [...levels.keys(), ...levels.keys()],
    arm: [...levels.map(() => "control"), ...levels.map(() => "threat")],
    y: [...levels, ...levels.map((level) => level + 1 + random.normal())],
  });
  const found = estimateBootstrap(table, { outcome: "y", interval: "percentile" });
  const formula = estimateEffects(table, { outcome: "y" });
  assertAlmostEquals(found.get("estimate", 0), formula.get("estimate", 0), 1e-10);
  const ratio = (found.get("std_error", 0) as number) / (formula.get("std_error", 0) as number);
  assert(ratio > 0.9 && ratio < 1.08, `${ratio}`);
});

Deno.test("estimateBootstrap(mean, median of a table) needs no arms, and a seed gives the same table again", () => {
  const table = tableOf({ x: goldenData("boot15").x! });
  const mean = estimateBootstrap(table, { outcome: "x", statistic: "mean" });
  assertAlmostEquals(mean.get("estimate", 0), 4.313133333333333, 1e-8);
  assertEquals([mean.get("term", 0), mean.get("reference", 0), mean.get("n", 0)], ["mean", "", 15]);
  const median = (drawn: Table) => {
    const sorted = columnOf<number>(drawn, "x").sort((a, b) => a - b);
    return (sorted[Math.floor((sorted.length - 1) / 2)]! + sorted[Math.floor(sorted.length / 2)]!) / 2;
  };
  const middle = estimateBootstrap(table, { outcome: "x", statistic: median, interval: "percentile" });
  assertEquals(middle.get("estimate", 0), 2.287);
  assertEquals(estimateBootstrap(table, { outcome: "x", statistic: "mean" }).objects(), mean.objects());
  const other = estimateBootstrap(table, { outcome: "x", statistic: "mean", seed: 2 });
  assert(other.get("conf_low", 0) !== mean.get("conf_low", 0));
});

Deno.test("estimateBootstrap(no variation) has no interval, and says why", () => {
  const table = tableOf({ arm: ["a", "a", "control", "control"], y: [2, 2, 1, 1] });
  const found = estimateBootstrap(table, { outcome: "y" });
  assertEquals([found.get("estimate", 0), found.get("std_error", 0), found.get("p_value", 0)], [1, 0, NaN]);
  assertStringIncludes(found.get("reason", 0), "the resamples do not vary");
});

Deno.test("estimateBootstrap(few units) is symmetric and studentised for means, says so, and names arms that agree", () => {
  const table = (n: number) =>
    tableOf({
      arm: Array.from({ length: 2 * n }, (_, i) => i % 2 ? "a" : "control"),
      y: Array.from({ length: 2 * n }, (_, i) => i % 2 && i > 7 ? 3 : i % 7),
      home: Array.from({ length: 2 * n }, (_, i) => i % 10),
    });
  const few = estimateBootstrap(table(40), { outcome: "y", replicates: 99 });
  assertEquals(few.get("interval", 0), "symmetric_studentised");
  assertStringIncludes(few.get("notes", 0), "few units: 40 rows in the smallest arm");
  assertStringIncludes(few.get("notes", 0), "fewer than 5 answers of 'a' differ from its most common one");
  const clusters = estimateBootstrap(table(40), { outcome: "y", clusters: "home", replicates: 99 });
  assertStringIncludes(clusters.get("notes", 0), "few units: 5 clusters in the smallest arm");
  const bca = estimateBootstrap(table(40), { outcome: "y", replicates: 99, interval: "bca" });
  assertStringIncludes(bca.get("notes", 0), "intervals of skewed outcomes may cover too seldom");
  const many = estimateBootstrap(table(200), { outcome: "y", replicates: 99 });
  assertEquals(many.get("interval", 0), "bca");
  assert(!many.get("notes", 0).includes("few units"));
});

Deno.test("estimateBootstrap(studentised) has the same standard errors of rows as of clusters of one", () => {
  const table = tableOf({
    arm: Array.from({ length: 60 }, (_, i) => i % 2),
    y: Array.from({ length: 60 }, (_, i) => 1e6 * (i % 2) + (i * 7) % 11),
    block: Array.from({ length: 60 }, (_, i) => i % 3),
    w: new Array(60).fill(2),
  });
  for (const options of [{}, { blocks: "block" }]) {
    const settings = {
      outcome: "y",
      reference: 0,
      replicates: 99,
      interval: "studentised",
      ...options,
    } as const;
    const [plain, slow] = [
      estimateBootstrap(table, settings),
      estimateBootstrap(table, { ...settings, weights: "w" }),
    ];
    for (const field of ["conf_low", "conf_high"]) {
      assertAlmostEquals(plain.get(field, 0), slow.get(field, 0), 1e-5);
    }
  }
});

Deno.test("estimateBootstrap(…) names what is wrong with its arguments", () => {
  const run = (options: unknown) => () => estimateBootstrap(rct, options as EstimateBootstrapOptions);
  const start = "Cannot estimate by bootstrap as ";
  assertThrows(run({}), TypeError, `${start}'outcome' must be a non-empty text`);
  assertThrows(run({ outcome: "y", arm: "arm" }), RangeError, "'reference' must be named");
  assertThrows(
    run({ outcome: "y", arm: "z", interval: "bc" }),
    RangeError,
    `${start}'interval' must be one of`,
  );
  assertThrows(
    run({ outcome: "y", arm: "z", statistic: () => 1, interval: "studentised" }),
    RangeError,
    "not be studentised where the statistic has no standard error",
  );
  assertThrows(run({ outcome: "y", arm: "z", replicates: 5 }), RangeError, `${start}'replicates'`);
  assertThrows(run({ outcome: "y", arm: "z", draws: 5 }), TypeError, "option 'draws' is unknown");
  assertThrows(run({ statistic: () => "a" }), TypeError, "return a number, or numbers by name");
  assertThrows(run({ statistic: () => 1, weights: "w" }), RangeError, `${start}'weights' must not be given`);
});

Deno.test("estimateBootstrap(any table) is a table or an error that says what cannot be done", () => {
  const odd = fc.constantFrom<unknown>(null, undefined, NaN, "", "a", true, -1, Infinity);
  const mostly = (usual: fc.Arbitrary<unknown>) =>
    fc.oneof({ weight: 200, arbitrary: usual }, { weight: 1, arbitrary: odd });
  const unit = fc.record({
    arm: mostly(fc.constantFrom("a", "control")),
    y: mostly(fc.oneof(fc.integer({ min: 0, max: 2 }), fc.double({ min: -1e6, max: 1e6, noNaN: true }))),
    cluster: mostly(fc.integer({ min: 0, max: 9 })),
    w: mostly(fc.integer({ min: 0, max: 3 })),
  });
  const choice = fc.record({
    statistic: fc.constantFrom("mean", "difference_in_means"),
    interval: fc.constantFrom("percentile", "basic", "normal", "studentised", "symmetric_studentised", "bca"),
    clusters: fc.constantFrom("cluster", null),
    weights: fc.constantFrom("w", undefined),
  });
  let tables = 0;
  fc.assert(
    fc.property(fc.array(unit, { minLength: 1, maxLength: 25 }), choice, (units, { weights, ...options }) => {
      try {
        const found = estimateBootstrap(
          tableOf({
            arm: units.map((one) => one.arm),
            y: units.map((one) => one.y),
            cluster: units.map((one) => one.cluster),
            w: units.map((one) => one.w),
          }),
          {
            outcome: "y",
            replicates: 40,
            ...options,
            ...(weights === undefined ? {} : { weights }),
          } as EstimateBootstrapOptions,
        );
        tables++;
        for (const row of found.objects() as { p_value: number; std_error: number; reason: string }[]) {
          assert(Number.isNaN(row.p_value) ? row.reason !== "" : row.p_value >= 0 && row.p_value <= 1);
          assert(Number.isNaN(row.std_error) || row.std_error >= 0);
        }
      } catch (error) {
        assert(
          /^Cannot estimate by bootstrap as /.test((error as Error).message),
          String((error as Error).stack),
        );
      }
    }),
    { seed: 1, numRuns: 500 },
  );
  assert(tables > 150, `only ${tables} tables`);
});

Deno.test("adjustEstimates(estimates, by) adjusts within families and says how many tests they hold", () => {
  const p = [0.01, 0.04, NaN, 0.03, null];
  const table = tableOf({ outcome: ["a", "b", "a", "a", "b"], p_value: p, p_adjusted: [9, 9, 9, 9, 9] });
  const all = adjustEstimates(table, { method: "BH" });
  assertEquals(columnOf(all, "p_adjusted"), adjustPValues([0.01, 0.04, NaN, 0.03, NaN], "BH"));
  const by = adjustEstimates(table, { by: "outcome" });
  assertEquals(columnOf(by, "p_adjusted"), [0.02, 0.04, NaN, 0.03, NaN]);
  assertEquals(columnOf(by, "adjustment").slice(0, 2), ["holm over 2 tests", "holm over 1 test"]);
  assertEquals(by.columnNames(), ["outcome", "p_value", "p_adjusted", "adjustment"]);
  assertEquals(adjustEstimates(tableOf({ p_value: [] })).numRows(), 0);
});

Deno.test("adjustEstimates(…) names what is wrong with its arguments", () => {
  const table = tableOf({ p_value: [0.1, 1.5], x: [1, 2] });
  const run = (options: unknown, data = table) => () =>
    adjustEstimates(data, options as AdjustEstimatesOptions);
  assertThrows(
    run({}),
    RangeError,
    "'p_value' must hold numbers from 0 to 1, or NaN: current value is 1.5 (row 2)",
  );
  assertThrows(run({ by: "q" }), RangeError, "no column 'q'");
  assertThrows(run({}, tableOf({ p: [1] })), RangeError, "no column 'p_value'");
  assertThrows(run({ method: "fdr" }, tableOf({ p_value: [] })), RangeError, "'method' must be one of");
  assertThrows(run({ alhpa: 1 }), TypeError, "option 'alhpa' is unknown");
});

function family(outcomes: number, same: number, effect: number, seed: number): Table {
  const random = stream(seed, "family");
  const n = 60;
  const arm = random.shuffle(Array.from({ length: n }, (_, i) => i % 2 ? "threat" : "control"));
  const level = arm.map(() => random.normal());
  const columns = Object.fromEntries(
    Array.from({ length: outcomes }, (_, k) => [
      `y${k}`,
      arm.map((name, i) =>
        same * level[i]! + Math.sqrt(1 - same ** 2) * random.normal() +
        (k === 0 && name === "threat" ? effect : 0)
      ),
    ]),
  );
  return tableOf({ arm, ...columns });
}

Deno.test("estimateEffectFamily(outcomes) costs little where outcomes are alike, and as Holm where they are not", () => {
  const outcomes = ["y0", "y1", "y2", "y3", "y4"];
  const alike = estimateEffectFamily(family(5, 0.999, 0, 2), { outcomes });
  const p = columnOf<number>(alike, "p_value");
  columnOf<number>(alike, "p_adjusted").forEach((adjusted, k) => assert(adjusted < 1.5 * p[k]! + 0.03));
  const apart = estimateEffectFamily(family(5, 0, 0.8, 3), { outcomes });
  const [smallest] = columnOf<number>(apart, "p_adjusted");
  const [holm] = adjustPValues(columnOf<number>(apart, "p_value"), "holm");
  assert(Math.abs(Math.log(smallest! / holm!)) < 0.7, `${smallest} beside ${holm}`);
});

Deno.test("estimateEffectFamily(outcomes) holds the rows of estimateEffects, several arms and missing answers included", () => {
  const table = tableOf({
    persona_id: Array.from({ length: 90 }, (_, i) => i),
    arm: Array.from({ length: 90 }, (_, i) => ["control", "a", "b"][i % 3]),
    y: Array.from({ length: 90 }, (_, i) => i % 11 === 0 ? null : (i * 7) % 13),
    x: Array.from({ length: 90 }, (_, i) => (i * 5) % 17),
  });
  const found = estimateEffectFamily(table, { outcomes: ["y", "x"], replicates: 200 });
  assertEquals(columnOf(found, "outcome"), ["y", "y", "x", "x"]);
  assertEquals(columnOf(found, "arm"), ["a", "b", "a", "b"]);
  const single = estimateEffects(table, { outcome: "x" });
  assertEquals(columnOf(found, "p_value").slice(2), columnOf(single, "p_value"));
  const names = found.columnNames();
  assertEquals(names.indexOf("p_adjusted"), names.indexOf("p_value") + 1);
  columnOf<number>(found, "p_adjusted").forEach((p) => assert(p > 0 && p <= 1));
  assertStringIncludes(found.get("notes", 0), "Romano-Wolf over 4 tests, 200 resamples of 90 personas");
  const again = estimateEffectFamily(table, { outcomes: ["y", "x"], replicates: 200 });
  assertEquals(again.objects(), found.objects());
});

Deno.test("estimateEffectFamily(…) names what is wrong with its arguments", () => {
  const table = family(2, 0, 0, 1);
  assertThrows(() => estimateEffectFamily(table, { outcomes: [] }), RangeError, "name one outcome or more");
  assertThrows(() => estimateEffectFamily(table, { outcomes: ["y0", "y0"] }), RangeError, "each once");
  assertThrows(() => estimateEffectFamily(table, { outcomes: ["q"] }), RangeError, "no column 'q'");
  const answers = tableOf({
    arm: ["control", "a", "control", "a"],
    item: ["y", "y", "x", "x"],
    value: [1, 2, 3, 5],
  });
  assertThrows(
    () => estimateEffectFamily(answers, { outcomes: ["y", "x"] }),
    RangeError,
    "'persona' must name",
  );
});
