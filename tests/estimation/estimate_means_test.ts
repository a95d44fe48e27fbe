import fc from "fast-check";
import { agrees, goldenCases, goldenData } from "../stats/golden_cases.ts";
import { assert, assertAlmostEquals, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { columnOf, stream, type Table, tableOf } from "@understudy/understudy/core";
import {
  estimateMeans,
  type EstimateMeansOptions,
  estimateRegression,
} from "@understudy/understudy/estimation";
import { rakeWeights } from "@understudy/understudy/personas";
import { leastSquares, studentTQuantile } from "@understudy/understudy/stats";
import { wilson } from "../../lib/stats/shares.ts";

const cases = goldenCases("survey_means");
const rct = tableOf(goldenData("rct"));
const raking = tableOf(goldenData("raking"));
const withColumn = (table: Table, name: string, values: unknown[]): Table =>
  tableOf({
    ...Object.fromEntries(table.columnNames().map((column) => [column, columnOf(table, column)])),
    [name]: values,
  });

const designs: { [id: string]: Partial<EstimateMeansOptions> } = {
  svy_w: {},
  svy_wcl: { clusters: "cl" },
  svy_wst: { clusters: "cl", strata: "block" },
};
for (const [id, design] of Object.entries(designs)) {
  Deno.test(`estimateMeans(table) agrees with R's survey: ${id}`, () => {
    const { expected, tol } = cases.get(id)!;
    const [mean] = estimateMeans(rct, { outcome: "y", weights: "w", ...design }).objects() as {
      [column: string]: number;
    }[];
    assert(agrees(mean!.estimate!, expected.mean_y, tol));
    assert(agrees(mean!.std_error!, expected.se, tol));
    assert(agrees(mean!.design_effect!, expected.deff_replace, tol));
    assertEquals(mean!.df, expected.degf);
    assertEquals(mean!.n, 120);
    const half = studentTQuantile(0.975, expected.degf) * expected.se;
    assert(agrees(mean!.conf_low!, expected.mean_y - half, tol));
    assert(agrees(mean!.conf_high!, expected.mean_y + half, tol));
  });
}

Deno.test("estimateMeans(table, calibratedTo) agrees with R's survey on a raked sample", () => {
  const { expected, tol } = cases.get("svymean_raked")!;
  const targets: { [margin: string]: { [level: string]: number } } = {};
  const { variable, level, prop } = goldenData("raking_targets");
  variable!.forEach((name, row) => (targets[name] ??= {})[level![row]!] = Number(prop![row]));
  const raked = rakeWeights(raking, targets);
  const mean = estimateMeans(raked, {
    outcome: "y",
    weights: "weight",
    calibratedTo: ["sex", "age", "edu"],
  });
  assert(agrees(mean.get("estimate", 0), expected.mean, tol));
  assert(agrees(mean.get("std_error", 0), expected.se_calibrated, tol));
  assertEquals(mean.get("estimator", 0), "calibrated_mean");
});

Deno.test("estimateMeans(table, calibratedTo) agrees with R's survey on a post-stratified sample", () => {
  const { expected, tol } = cases.get("poststratify")!;
  const weights = columnOf(raking, "sex").map((sex) => sex === "F" ? expected.weights_F : expected.weights_M);
  const mean = estimateMeans(withColumn(raking, "weight", weights), {
    outcome: "y",
    weights: "weight",
    calibratedTo: ["sex"],
  });
  assert(agrees(mean.get("estimate", 0), expected.svymean_y, tol));
  assert(agrees(mean.get("std_error", 0), expected.se, tol));
});

const first = Object.fromEntries(["y", "w"].map((name) => [name, columnOf(rct, name).slice(0, 21)]));
const lonely = tableOf({ ...first, s: Array.from({ length: 21 }, (_, row) => row < 20 ? "s1" : "s2") });
const lonelyOptions = { outcome: "y", weights: "w", strata: "s" };
for (const lonelyCluster of ["adjust", "remove"] as const) {
  Deno.test(`estimateMeans(table, lonelyCluster) agrees with R's survey: ${lonelyCluster}`, () => {
    const { expected, tol } = cases.get("svy_lonely_psu")!;
    const mean = estimateMeans(lonely, { ...lonelyOptions, lonelyCluster });
    assert(agrees(mean.get("std_error", 0), expected[lonelyCluster], tol));
    assertStringIncludes(mean.get("notes", 0), "1 stratum with a single row (s2)");
    assertEquals(mean.get("df", 0), 19);
  });
}

Deno.test("estimateMeans(table) names a stratum with a single cluster, and what can be done", () => {
  assertThrows(
    () => estimateMeans(lonely, lonelyOptions),
    RangeError,
    `Cannot estimate means as 'strata' must hold at least two rows each: stratum "s2" has one; merge it ` +
      `with another, or give { lonelyCluster: "adjust" } or { lonelyCluster: "remove" }`,
  );
});

Deno.test("estimateMeans(table, remove) has no standard error, and adjust no interval, where every stratum has one cluster", () => {
  const table = tableOf({ y: [1, 2, 4], s: ["a", "b", "c"] });
  const removed = estimateMeans(table, { outcome: "y", strata: "s", lonelyCluster: "remove" });
  assert(Number.isNaN(removed.get("std_error", 0)));
  assertStringIncludes(removed.get("reason", 0), "fewer than two rows with a value enter the variance");
  const adjusted = estimateMeans(table, { outcome: "y", strata: "s", lonelyCluster: "adjust" });
  // Distances from 7/3: 4/3, 1/3 and 5/3, each over 3.
  assertAlmostEquals(adjusted.get("std_error", 0), Math.sqrt((16 + 1 + 25) / 81), 1e-14);
  assertStringIncludes(adjusted.get("reason", 0), "no degrees of freedom are left");
});

Deno.test("estimateMeans(category) has Wilson's interval, also where everybody or nobody gave the answer", () => {
  const votes = (yes: number, n: number) =>
    tableOf({ vote: Array.from({ length: n }, (_, i) => i < yes ? "yes" : "no") });
  const interval = (table: Table, options: Partial<EstimateMeansOptions> = {}) => {
    const mean = estimateMeans(table, { outcome: "vote", category: "yes", ...options });
    return ["estimate", "conf_low", "conf_high"].map((column) => Number(mean.get(column, 0).toFixed(12)));
  };
  const expected = (yes: number, n: number) =>
    wilson([yes, n], studentTQuantile(0.975, n - 1)).map((value) => Number(value.toFixed(12)));
  for (const yes of [3, 100, 0]) assertEquals(interval(votes(yes, 100)), expected(yes, 100));
  const none = estimateMeans(votes(0, 100), { outcome: "vote", category: "yes" });
  assertStringIncludes(none.get("notes", 0), "nobody answered 'yes'");
  assertEquals(none.get("reason", 0), "no variance is left, so there is no test");
  // Ten clusters that each agree are ten answers; numbers of 1 alone are not known to be shares.
  const clustered = withColumn(votes(50, 50), "cl", Array.from({ length: 50 }, (_, i) => i % 10));
  assertEquals(interval(clustered, { clusters: "cl" }), expected(10, 10));
  const ones = estimateMeans(tableOf({ y: [1, 1, 1] }), { outcome: "y" });
  assertEquals(ones.get("conf_low", 0), NaN);
});

Deno.test("estimateMeans(table) without a design is the mean and s / sqrt(n)", () => {
  const mean = estimateMeans(tableOf({ y: [1, 2, 4, 9] }), { outcome: "y" });
  assertAlmostEquals(mean.get("estimate", 0), 4);
  assertAlmostEquals(mean.get("std_error", 0), Math.sqrt(38 / 3 / 4), 1e-14);
  assertAlmostEquals(mean.get("design_effect", 0), 1, 1e-14);
  assertEquals([mean.get("df", 0), mean.get("term", 0), mean.get("reason", 0)], [3, "mean", ""]);
});

Deno.test("estimateMeans(table, by) is the regression on groups with clusters, C / (C - 1)", () => {
  const groups = ["a", "b", "c"];
  const dummies = groups.map((group) => columnOf(rct, "x2").map((value) => value === group ? 1 : 0));
  const table = groups.reduce((so, group, at) => withColumn(so, `is_${group}`, dummies[at]!), rct);
  const model = estimateRegression(table, {
    outcome: "y",
    terms: groups.map((group) => `is_${group}`),
    intercept: false,
    weights: "w",
    clusters: "cl",
    covarianceType: "CR0",
  });
  const means = estimateMeans(rct, { outcome: "y", by: "x2", weights: "w", clusters: "cl" });
  assertEquals(columnOf(means, "by"), ["x2", "x2", "x2"]);
  assertEquals(columnOf(means, "term"), groups);
  groups.forEach((_, at) => {
    assertAlmostEquals(means.get("estimate", at), model.get("estimate", at), 1e-12);
    assertAlmostEquals(means.get("std_error", at), model.get("std_error", at) * Math.sqrt(30 / 29), 1e-12);
  });
});

Deno.test("estimateMeans(table) keeps rows without a value in the sample, as rows of another group", () => {
  const y = columnOf<number>(rct, "y").map((value, row) => row % 7 === 0 ? null : value);
  const design = { weights: "w", clusters: "cl", strata: "block", calibratedTo: ["x2"] };
  const missing = estimateMeans(withColumn(rct, "y", y), { outcome: "y", ...design });
  const has = withColumn(rct, "has", y.map((value) => value === null ? 0 : 1));
  const grouped = estimateMeans(has, { outcome: "y", by: "has", ...design });
  for (const column of ["estimate", "std_error", "df", "n", "design_effect"]) {
    assertEquals(missing.get(column, 0), grouped.get(column, 1));
  }
  assertStringIncludes(missing.get("notes", 0), "left out: 18 without a value");
});

Deno.test("estimateMeans(table, baseWeights) takes residuals by the weights before calibration", () => {
  const random = stream(3, "base weights");
  const base = columnOf(raking, "bw").map((weight) => weight as number);
  const raked = rakeWeights(raking, {
    sex: { F: 0.5, M: 0.5 },
    age: { "18-34": 0.3, "35-54": 0.4, "55+": 0.3 },
  }, {
    weights: "bw",
  });
  const y = base.map((weight) => weight + random.normal());
  const weights = columnOf<number>(raked, "weight");
  const total = weights.reduce((so, weight) => so + weight, 0);
  const mean = weights.reduce((so, weight, row) => so + weight * y[row]! / total, 0);
  const [sex, age] = [columnOf(raking, "sex"), columnOf(raking, "age")];
  const columns = [
    y.map(() => 1),
    sex.map((value) => value === "F" ? 1 : 0),
    age.map((value) => value === "18-34" ? 1 : 0),
    age.map((value) => value === "55+" ? 1 : 0),
  ];
  const { coefficients } = leastSquares(
    columns.map((column) => Float64Array.from(column)),
    Float64Array.from(y),
    {
      weights: Float64Array.from(base),
    },
  );
  const scores = y.map((value, row) =>
    weights[row]! / total *
    (value - columns.reduce((so, column, j) => so + column[row]! * coefficients[j]!, 0))
  );
  const n = scores.length;
  const centre = scores.reduce((so, score) => so + score, 0) / n;
  const variance = n / (n - 1) * scores.reduce((so, score) => so + (score - centre) ** 2, 0);
  const found = estimateMeans(withColumn(raked, "y", y), {
    outcome: "y",
    weights: "weight",
    calibratedTo: ["sex", "age"],
    baseWeights: "bw",
  });
  assertAlmostEquals(found.get("estimate", 0), mean, 1e-12);
  assertAlmostEquals(found.get("std_error", 0), Math.sqrt(variance), 1e-12);
});

Deno.test("estimateMeans(table, calibratedTo) has no variance where the margins explain the outcome", () => {
  const y = columnOf(raking, "sex").map((sex) => sex === "F" ? 0.1 : 0.7);
  const table = withColumn(withColumn(raking, "y", y), "weight", y.map(() => 1));
  const mean = estimateMeans(table, { outcome: "y", weights: "weight", calibratedTo: ["sex", "age"] });
  assertEquals(mean.get("std_error", 0), 0);
  assertStringIncludes(mean.get("reason", 0), "no variance is left");
});

const answers = tableOf({
  persona_id: ["p1", "p1", "p2", "p2", "p3", "p3", "p3", "p3"],
  replicate: [1, 2, 1, 2, 1, 2, 1, 2],
  item: ["vote", "vote", "vote", "vote", "vote", "vote", "age", "age"],
  value: ["yes", "yes", "no", "yes", null, "no", 3, 4],
  status: ["answered", "answered", "answered", "answered", "refused", "answered", "answered", "answered"],
});

Deno.test("estimateMeans(answers, category) estimates a share, with personas as clusters", () => {
  const share = estimateMeans(answers, { outcome: "vote", category: "yes" });
  assertAlmostEquals(share.get("estimate", 0), 0.6);
  assertEquals(
    share.get("notes", 0),
    "left out: 1 refused; 3 clusters (persona_id); share: Wilson's interval",
  );
  // Sums of scores: 2 (0.4) / 5, (0.4 - 0.6) / 5 and -0.6 / 5.
  assertAlmostEquals(share.get("std_error", 0), Math.sqrt(1.5 * (0.64 + 0.04 + 0.36) / 25), 1e-14);
  assertEquals([share.get("df", 0), share.get("n", 0)], [2, 5]);
  assertEquals(estimateMeans(answers, { outcome: "vote", category: "yes", clusters: null }).get("df", 0), 4);
});

Deno.test("estimateMeans(table) does not depend on the order of rows, the scale of weights or units", () => {
  const options = { outcome: "y", by: "x2", weights: "w", clusters: "cl", strata: "block" };
  const once = estimateMeans(rct, options);
  const order = stream(4, "order").shuffle(Array.from({ length: 120 }, (_, row) => row));
  const turned = tableOf(
    Object.fromEntries(
      rct.columnNames().map((name) => {
        const values = columnOf<number>(rct, name);
        const scaled = (value: number) => name === "w" ? value * 1e300 : name === "y" ? value * 1e200 : value;
        return [name, order.map((row) => scaled(values[row]!))];
      }),
    ),
  );
  const again = estimateMeans(turned, options);
  for (let row = 0; row < 3; row++) {
    assertAlmostEquals(again.get("estimate", row) / 1e200, once.get("estimate", row), 1e-12);
    assertAlmostEquals(again.get("std_error", row) / 1e200, once.get("std_error", row), 1e-12);
    assertAlmostEquals(again.get("design_effect", row), once.get("design_effect", row), 1e-12);
  }
});

Deno.test("estimateMeans(table) says what is wrong", () => {
  const table = tableOf({
    y: [1, 2, 3, 4],
    w: [1, 1, -1, 1],
    c: ["a", "a", "b", "c"],
    s: ["k", "l", "l", "k"],
  });
  const fails = (options: object, message: string) =>
    assertThrows(() => estimateMeans(table, { outcome: "y", ...options }), Error, message);
  fails({ weight: "w" }, "Cannot estimate means as option 'weight' is unknown");
  fails({ weights: "v" }, "Cannot estimate means as 'table' has no column 'v': its columns are y, w, c, s");
  fails({ weights: "w" }, "Cannot estimate means as 'w' must hold finite numbers of at least 0");
  fails(
    { clusters: "c", strata: "s" },
    `Cannot estimate means as 'clusters' must lie within one stratum each: "a" lies in "k" and in "l"`,
  );
  fails({ calibratedTo: ["s"] }, "as 'calibratedTo' must come with 'weights'");
  fails({ weights: "w", baseWeights: "w" }, "as 'baseWeights' must come with 'calibratedTo'");
  fails({ calibratedTo: 5 }, "as 'calibratedTo' must be a column's name or a list of them");
  fails({ lonelyCluster: "average" }, `as 'lonelyCluster' must be one of "error", "adjust", "remove"`);
  fails({ alpha: 5 }, "as 'alpha' must lie between 0 and 1");
  fails({ outcome: "c" }, "as outcome 'c' must hold numbers");
});

Deno.test("estimateMeans(table) gives NaN and a reason for a mean that cannot be computed", () => {
  const table = tableOf({ y: [1, 3, 5, null, 2, 2], g: ["a", "a", "b", "c", "d", "d"] });
  const means = estimateMeans(table, { outcome: "y", by: "g" });
  const reasons = columnOf<string>(means, "reason");
  assertStringIncludes(reasons[1]!, "fewer than two rows with a value enter the variance");
  assertStringIncludes(reasons[2]!, "no row with a value");
  assertStringIncludes(reasons[3]!, "no variance is left");
  assertEquals(columnOf(means, "estimate"), [2, 5, NaN, 2]);
  assertEquals(columnOf(means, "n"), [2, 1, 0, 2]);
  assert(Number.isNaN(means.get("std_error", 1)) && means.get("std_error", 3) === 0);
});

const odd = fc.constantFrom<unknown>(null, undefined, NaN, "", "a", true, 0, -1, Infinity, 1e300);
const mostly = (usual: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> =>
  fc.oneof({ weight: 100, arbitrary: usual }, { weight: 1, arbitrary: odd });
const unit = fc.record({
  y: mostly(fc.oneof(fc.integer({ min: 0, max: 3 }), fc.double({ min: -1e6, max: 1e6, noNaN: true }))),
  w: mostly(fc.double({ min: 0, max: 9, noNaN: true })),
  g: mostly(fc.constantFrom("a", "b", 3)),
  m: mostly(fc.constantFrom("x", "z")),
  s: mostly(fc.constantFrom("p", "q")),
  c: mostly(fc.integer({ min: 0, max: 9 })),
});
const choices = fc.record({
  by: fc.constant("g"),
  strata: fc.constant("s"),
  clusters: fc.constantFrom("c", null),
  calibratedTo: fc.constantFrom(["m"], ["m", "g"]),
  lonelyCluster: fc.constantFrom("adjust", "remove", "error"),
}, { requiredKeys: [] });
Deno.test("estimateMeans(table) of any table is a table or an error that says what cannot be done", () => {
  let tables = 0;
  fc.assert(
    fc.property(fc.array(unit, { minLength: 1, maxLength: 20 }), choices, (rows, options) => {
      const names = ["y", "w", "g", "m", "s", "c"] as const;
      const table = tableOf(Object.fromEntries(names.map((name) => [name, rows.map((row) => row[name])])));
      try {
        const means = estimateMeans(
          table,
          { outcome: "y", weights: "w", ...options } as EstimateMeansOptions,
        );
        tables++;
        for (const row of means.objects() as { [column: string]: number }[]) {
          assert(Number.isNaN(row.std_error) || row.std_error! >= 0);
          assert(row.std_error !== Infinity && Math.abs(row.estimate!) !== Infinity);
          assert(
            Number.isNaN(row.p_value) ? String(row.reason) !== "" : row.p_value! >= 0 && row.p_value! <= 1,
          );
          assert(!(row.conf_low! > row.conf_high!));
        }
      } catch (error) {
        assert(/^Cannot [a-z' -]+ as /.test((error as Error).message), String((error as Error).stack));
      }
    }),
    { seed: 1, numRuns: 500 },
  );
  assert(tables > 100, `only ${tables} tables`);
});
