import { assert, assertAlmostEquals, assertEquals, assertStringIncludes } from "@std/assert";
import { columnOf, type Table, tableOf } from "@understudy/understudy/core";
import { estimateRegression, type EstimateRegressionOptions } from "@understudy/understudy/estimation";
import { agrees, goldenCases, goldenData } from "../stats/golden_cases.ts";

const cases = goldenCases("regression");
const rct = tableOf(goldenData("rct"));
const rctNa = tableOf(goldenData("rct_na"));

/** estimatr's names of terms. */
const ourTerm = (theirs: string) =>
  theirs.replace("(Intercept)", "(intercept)").replace(/^x2([abc])$/, "x2 = $1");

function rowOf(rows: Table, term: string): number {
  const at = columnOf(rows, "term").indexOf(term);
  assert(at >= 0, `no row '${term}' in ${columnOf(rows, "term").join(", ")}`);
  return at;
}

function checkCase(id: string, options: EstimateRegressionOptions, table = rct, only?: string[]): Table {
  const { expected, tol } = cases.get(id)!;
  const rows = estimateRegression(table, options);
  const fields = ["estimate", "std.error", "statistic", "p.value", "conf.low", "conf.high", "df"];
  for (
    const [name, term] of Object.entries(expected.terms as { [term: string]: { [field: string]: number } })
  ) {
    if (only !== undefined && !only.includes(name)) continue;
    for (const field of fields) {
      const actual = rows.get(field.replace(".", "_"), rowOf(rows, ourTerm(name))) as number;
      assert(agrees(actual, term[field]!, tol), `${id} ${name} ${field}: ${actual} is not ${term[field]}`);
    }
  }
  assert(agrees(rows.get("r_squared", 0), expected.r_squared ?? rows.get("r_squared", 0), tol));
  return rows;
}

for (const covarianceType of ["classical", "HC0", "HC1", "HC2", "HC3"] as const) {
  Deno.test(`estimateRegression(table) agrees with estimatr: ${covarianceType}`, () => {
    const model = { outcome: "y", terms: ["z", "x1", "x2"], covarianceType };
    checkCase(`lm_robust_${covarianceType}`, model);
    if (covarianceType !== "HC3") checkCase(`lm_robust_w_${covarianceType}`, { ...model, weights: "w" });
    if (covarianceType === "HC0") return;
    checkCase(`lm_robust_fe_${covarianceType}`, {
      outcome: "yb",
      terms: ["zb", "x1"],
      fixedEffects: "block",
      covarianceType,
    });
  });
}

Deno.test("estimateRegression(table) agrees with estimatr: clusters, weights, fixed effects, no constant", () => {
  const model = { outcome: "yc", terms: ["zc", "x1", "x2"], clusters: "cl" };
  const rows = checkCase("lm_robust_cl_CR2", model);
  assertEquals([rows.get("covariance_type", 0), rows.get("notes", 0)], ["CR2", "30 clusters (cl)"]);
  for (const covarianceType of ["CR0", "stata"] as const) {
    checkCase(`lm_robust_cl_${covarianceType}`, { ...model, covarianceType });
    checkCase(`lm_robust_cl_w_${covarianceType}`, { ...model, covarianceType, weights: "w" });
  }
  checkCase("lm_robust_fe_cl_stata", {
    outcome: "yb",
    terms: ["zb", "x1"],
    fixedEffects: ["block"],
    clusters: "cl",
    covarianceType: "stata",
  });
  const dummies = tableOf({
    ...goldenData("rct"),
    ...Object.fromEntries(["a", "b", "c"].map((level) => [
      `x2${level}`,
      goldenData("rct").x2!.map((own) => own === level),
    ])),
  });
  const noint = cases.get("lm_robust_noint")!;
  const bare = estimateRegression(dummies, {
    outcome: "y",
    terms: ["x2a", "x2b", "x2c", "z"],
    intercept: false,
  });
  Object.values(noint.expected.terms as { [term: string]: { [field: string]: number } }).forEach(
    (term, at) => {
      assert(agrees(bare.get("estimate", at), term.estimate!, noint.tol));
      assert(agrees(bare.get("p_value", at), term["p.value"]!, noint.tol));
    },
  );
});

Deno.test("estimateRegression(table) agrees with estimatr where rows and clusters are missing", () => {
  const model = { outcome: "y", terms: ["z", "x1"], clusters: "cl" };
  // R read the one empty cluster as a cluster with an empty name; ours is a row without a cluster.
  const named = goldenData("rct_na");
  const rows = checkCase(
    "lm_robust_na_cluster",
    model,
    tableOf({ ...named, cl: named.cl!.map((own) => Number.isNaN(own) ? "unnamed" : own) }),
  );
  assertStringIncludes(rows.get("notes", 0), "31 clusters (cl)");
  const without = estimateRegression(rctNa, model);
  assertEquals([rows.get("n", 0), without.get("n", 0)], [115, 114]);
  assertStringIncludes(without.get("notes", 0), "1 without a cluster");
  // estimatr leaves out x1 and keeps the longer x1dup = 2 x1; the later column is the one to go.
  const { expected, tol } = cases.get("lm_robust_na_collinear")!;
  const collinear = checkCase(
    "lm_robust_na_collinear",
    { outcome: "y", terms: ["z", "x1", "x1dup"] },
    rctNa,
    [
      "(Intercept)",
      "z",
    ],
  );
  assert(agrees(collinear.get("estimate", 2), 2 * expected.terms.x1dup.estimate, tol));
  assert(agrees(collinear.get("p_value", 2), expected.terms.x1dup["p.value"], tol));
  assert(Number.isNaN(collinear.get("estimate", 3)));
  assertStringIncludes(collinear.get("notes", 0), "left out as combinations of earlier terms: x1dup");
});

Deno.test("estimateRegression(table) takes the part of a row that is fitted exactly as 0, and says so", () => {
  const seventh = tableOf({ ...goldenData("rct"), seventh: goldenData("rct").id!.map((id) => id === 7) });
  const { expected, tol } = cases.get("lm_robust_leverage1")!;
  const rows = estimateRegression(seventh, { outcome: "y", terms: ["z", "seventh"] });
  Object.values(expected.terms as { [term: string]: { [field: string]: number } }).forEach((term, at) => {
    assert(agrees(rows.get("std_error", at), term["std.error"]!, tol));
  });
  assertStringIncludes(
    rows.get("notes", 0),
    "rows fitted exactly, whose part of the variance is taken as 0: 1",
  );
});

Deno.test("estimateRegression(hypotheses) agrees with estimatr's linear hypothesis", () => {
  const { expected, tol } = cases.get("lh_robust")!;
  const weights = { weights: { z: 1, "z:x1": 1 } };
  const rows = estimateRegression(rct, {
    outcome: "y",
    terms: ["z", "x1", "z:x1"],
    hypotheses: ["z + z:x1 = 0", weights, "z = -z:x1", "2*z + 2 * z:x1", "z + z:x1 = 0.5"],
  });
  for (const at of [4, 5, 6]) {
    for (const field of ["estimate", "std_error", "statistic", "p_value", "conf_low", "conf_high", "df"]) {
      assert(agrees(rows.get(field, at), expected[field], tol), `${field} of row ${at}`);
    }
  }
  assertEquals(rows.get("term", 4), "z + z:x1 = 0");
  assertAlmostEquals(rows.get("estimate", 7), 2 * expected.estimate, 1e-10);
  assertAlmostEquals(rows.get("estimate", 8), expected.estimate - 0.5, 1e-10);
  assertAlmostEquals(rows.get("conf_low", 8), expected.conf_low - 0.5, 1e-8);
});

Deno.test("estimateRegression(hypotheses) agrees with clubSandwich: Satterthwaite, HTZ, naive F", () => {
  const model = { outcome: "yc", terms: ["zc", "x1", "x2"], clusters: "cl" };
  const { expected, tol } = cases.get("clubSandwich_CR2")!;
  const rows = estimateRegression(rct, { ...model, hypotheses: [["b = 0", "c"], "x2 = b = 0"] });
  for (
    const [theirs, test] of Object.entries(
      expected.coef_test as { [term: string]: { [field: string]: number } },
    )
  ) {
    const at = rowOf(rows, ourTerm(theirs));
    assert(agrees(rows.get("p_value", at), test.p_Satt!, tol));
    assert(agrees(rows.get("df", at), test.df_Satt!, tol));
  }
  const joint = rowOf(rows, "b = 0, c");
  const { HTZ } = expected.wald_x2;
  assert(agrees(rows.get("statistic", joint), HTZ.Fstat, tol));
  assert(agrees(rows.get("df", joint), HTZ.df_denom, tol));
  assert(agrees(rows.get("p_value", joint), HTZ.p_val, tol));
  assertStringIncludes(rows.get("notes", joint), "joint test: F with 2 and 24.68 degrees of freedom (HTZ)");
  assert(agrees(rows.get("df", rowOf(rows, "x2 = b = 0")), expected.coef_test.x2b.df_Satt, tol));
  const naive = cases.get("clubSandwich_CR1")!.expected.wald_x2["Naive-F"];
  const plain = estimateRegression(rct, { ...model, covarianceType: "CR1", hypotheses: [["b", "c"]] });
  assert(agrees(plain.get("p_value", 5), naive.p_val, tol));
});

Deno.test("estimateRegression(factors) takes numbers for names, and products of factors have all their columns", () => {
  const table = tableOf({
    dose: [1, 1, 2, 2, 3, 3, 1, 1, 2, 2, 3, 3],
    arm: [...new Array(6).fill("control"), ...new Array(6).fill("threat")],
    y: [1, 2, 4, 3, 6, 8, 2, 4, 7, 6, 13, 12],
  });
  const rows = estimateRegression(table, {
    outcome: "y",
    terms: ["dose", "arm", "dose:arm"],
    factors: ["dose"],
    hypotheses: ["3:threat - 2:threat"],
  });
  assertEquals(columnOf(rows, "term"), [
    "(intercept)",
    "dose = 2",
    "dose = 3",
    "arm = threat",
    "dose = 2:arm = threat",
    "dose = 3:arm = threat",
    "3:threat - 2:threat",
  ]);
  // Cell means: 1.5, 3.5, 7 and 3, 6.5, 12.5.
  [1.5, 2, 5.5, 1.5, 1.5, 4, 2.5].forEach((value, at) =>
    assertAlmostEquals(rows.get("estimate", at), value, 1e-12)
  );
});

Deno.test("estimateRegression(answers) reads long tables, counts by status, and clusters repeated personas", () => {
  const answers = tableOf({
    persona_id: ["p1", "p1", "p2", "p2", "p3", "p3", "p4", "p4", "p1"],
    item: [...new Array(8).fill("support"), "other"],
    value: [1, 2, 3, 3, 2, 4, 5, null, 9],
    status: [...new Array(7).fill("answered"), "refused", "answered"],
    age: [30, 30, 40, 40, 50, 50, 70, 70, 30],
  });
  const rows = estimateRegression(answers, { outcome: "support", terms: ["age"] });
  assertEquals(rows.get("n", 0), 7);
  assertEquals(rows.get("covariance_type", 0), "CR2");
  assertStringIncludes(rows.get("notes", 0), "left out: 1 refused; 4 clusters (persona_id)");
});

Deno.test("estimateRegression(table) is NaN with a reason where nothing can be tested", () => {
  const exact = tableOf({ x: [1, 2, 3, 4], y: [2, 4, 6, 8], one: ["k", "k", "k", "k"] });
  const says = (options: EstimateRegressionOptions, reason: string) => {
    const rows = estimateRegression(exact, options);
    assert(Number.isNaN(rows.get("p_value", 1)) && Number.isNaN(rows.get("conf_low", 1)));
    assertStringIncludes(rows.get("reason", 1), reason);
  };
  says({ outcome: "y", terms: ["x"] }, "the terms fit the outcome exactly");
  says({ outcome: "y", terms: ["x"], clusters: "one" }, "one cluster shows no variance");
  const two = tableOf({ x: [1, 2], y: [2, 5] });
  const rows = estimateRegression(two, { outcome: "y", terms: ["x"] });
  assertEquals(rows.get("estimate", 1), 3);
  assertStringIncludes(rows.get("reason", 1), "no degrees of freedom are left");
});
