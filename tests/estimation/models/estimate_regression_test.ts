import fc from "fast-check";
import { agrees, goldenCases, goldenData } from "../../stats/golden_cases.ts";
import { assert, assertAlmostEquals, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { columnOf, type Columns, type Table, tableOf } from "@understudy/understudy/core";
import { estimateRegression, type EstimateRegressionOptions } from "@understudy/understudy/estimation";

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

function checkCase(
  id: string,
  options: EstimateRegressionOptions,
  table = rct,
  only?: string[],
): Table {
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
  const rows = estimateRegression(rct, {
    ...model,
    hypotheses: [["b = 0", "c"], "x2 = b = 0"],
  });
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
  const plain = estimateRegression(rct, {
    ...model,
    covarianceType: "CR1",
    hypotheses: [["b", "c"]],
  });
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

const voters = {
  party: ["left", "centre", "right", "left", "centre", "right", "left", "right"],
  arm: ["a", "b", "control", "a", "b", "control", "a", "b"],
  y: [1, 4, 9, 2, 5, 8, 0, 7],
};
const partyTerms = (options: Partial<EstimateRegressionOptions>, columns: Columns = voters) =>
  columnOf(estimateRegression(tableOf(columns), { outcome: "y", terms: ["party"], ...options }), "term")
    .slice(1);

Deno.test("estimateRegression(levels, reference) takes names in the order declared, and compares with the one told", () => {
  assertEquals(partyTerms({}), ["party = left", "party = right"]);
  const levels = { party: ["left", "centre", "right"] };
  assertEquals(partyTerms({ levels }), ["party = centre", "party = right"]);
  assertEquals(partyTerms({ reference: "right" }), ["party = centre", "party = left"]);
  assertEquals(partyTerms({ levels, reference: { party: "right" } }), ["party = left", "party = centre"]);
  const order = { party: ["right", "none", "left", "centre"] };
  const rows = estimateRegression(tableOf(voters), { outcome: "y", terms: ["party"], levels: order });
  assertEquals(columnOf(rows, "term"), ["(intercept)", "party = left", "party = centre"]);
  // The mean of the right is 8, of the left 1.
  assertAlmostEquals(rows.get("estimate", 0), 8, 1e-12);
  assertAlmostEquals(rows.get("estimate", 1), 1 - 8, 1e-12);
});

Deno.test("estimateRegression(terms) compares arms with the control, or with the reference that was recorded", () => {
  assertEquals(partyTerms({ terms: ["arm"] }), ["arm = a", "arm = b"]);
  const recorded = { ...voters, reference_arm: voters.arm.map(() => "b") };
  assertEquals(partyTerms({ terms: ["arm"] }, recorded), ["arm = a", "arm = control"]);
  assertEquals(partyTerms({ terms: ["arm"], reference: "a" }, recorded), ["arm = b", "arm = control"]);
});

Deno.test("estimateRegression(levels, reference) says what is wrong, and what may have been meant", () => {
  const fails = (options: object, type: typeof RangeError | typeof TypeError, says: string) =>
    assertThrows(() => partyTerms(options as Partial<EstimateRegressionOptions>), type, says);
  fails({ levels: { partie: ["left"] } }, RangeError, "did you mean 'party'?");
  fails({ levels: { party: ["left", "right"] } }, RangeError, "'levels' must hold every value of 'party'");
  fails({ levels: ["left"] }, TypeError, "for example { levels: { party: [");
  fails(
    { levels: { party: ["left", "left"] } },
    TypeError,
    "'levels.party' must be a list of distinct names",
  );
  fails({ reference: "rigth" }, RangeError, "did you mean 'right'?");
  fails({ reference: { party: "up" } }, RangeError, "'reference.party' must be one of centre, left, right");
  fails({ reference: { part: "left" } }, RangeError, "did you mean 'party'?");
  fails({ reference: { party: null } }, TypeError, "'reference' must be a name, or for each column one");
  const twice = { ...voters, side: voters.party };
  assertThrows(
    () => partyTerms({ terms: ["party", "side"], reference: "left" }, twice),
    RangeError,
    `as in { party: "left" }`,
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

Deno.test("estimateRegression(table) refuses what estimatr refuses", () => {
  const model = { outcome: "y", terms: ["z"] };
  const fails = (options: EstimateRegressionOptions, says: string, table = rct) => {
    const error = assertThrows(() => estimateRegression(table, options), RangeError, says);
    assert(error.message.startsWith("Cannot "), error.message);
  };
  for (const id of ["lm_robust_bad_se_type", "lm_robust_bad_se_type_cl", "lm_robust_negative_weights"]) {
    assert(typeof cases.get(id)!.expected.error === "string");
  }
  fails({ ...model, covarianceType: "CR2" }, "'covarianceType' must be one of \"classical\"");
  fails(
    { ...model, clusters: "cl", covarianceType: "HC2" },
    "'covarianceType' with 'clusters' must be one of \"CR0\"",
  );
  const lowered = tableOf({ ...goldenData("rct"), w: (goldenData("rct").w as number[]).map((w) => w - 1) });
  fails({ ...model, weights: "w" }, "'w' must hold finite numbers of at least 0", lowered);
});

Deno.test("estimateRegression(table, options) names what is wrong", () => {
  const model = { outcome: "y", terms: ["z", "x2"] };
  const fails = (options: object, type: typeof RangeError | typeof TypeError, says: string) =>
    assertThrows(
      () => estimateRegression(rct, options as EstimateRegressionOptions),
      type,
      says,
    );
  fails({ ...model, terms: "z" }, TypeError, "'terms' must be a list of columns' names");
  fails({ ...model, terms: ["q"] }, RangeError, "no column 'q'");
  fails({ ...model, terms: ["z:"] }, RangeError, "'terms' must name columns beside every ':'");
  fails({ ...model, terms: ["z:z"] }, RangeError, "'terms' must multiply different columns");
  fails({ ...model, terms: [], intercept: false }, RangeError, "'terms' must name a column");
  fails({ ...model, fixedEffects: "z" }, RangeError, "'fixedEffects' must name columns that are not terms");
  fails({ ...model, factors: ["block"] }, RangeError, "'factors' must name columns among the terms");
  fails({ ...model, term: ["z"] }, TypeError, "option 'term' is unknown");
  fails({ ...model, hypotheses: "z" }, TypeError, "'hypotheses' must be a list");
  fails(
    { ...model, hypotheses: ["w = 0"] },
    RangeError,
    "'hypotheses' must name terms: current value is \"w = 0\"",
  );
  fails(
    { ...model, hypotheses: [{ weights: { w: 1 } }] },
    RangeError,
    "the terms are (intercept), z, x2 = b, x2 = c",
  );
  fails({ ...model, hypotheses: [{}] }, TypeError, "must hold texts, or weights by term");
  fails(
    { ...model, hypotheses: [{ weights: { z: NaN } }] },
    RangeError,
    "'weights.z' must be a finite number",
  );
  fails({ ...model, hypotheses: [{ weights: { z: 1 }, value: Infinity }] }, RangeError, "'value' must be");
  fails({ ...model, hypotheses: ["0*z"] }, RangeError, "'hypotheses' must name a coefficient");
  fails({ ...model, hypotheses: [[]] }, RangeError, "'hypotheses' must hold no empty list");
  for (const text of ["", "z +", "z = ", "= z", "z = 0 = 0", "2 3 z", "z z", "2* = 1", "z -- ", "3"]) {
    fails({ ...model, hypotheses: [text] }, RangeError, "Cannot estimate a regression as 'hypotheses' must");
  }
});

const odd = fc.constantFrom<unknown>(null, undefined, NaN, "", "b", true, 0, -1, 1e200, Infinity);
const cell = fc.oneof({ weight: 60, arbitrary: fc.integer({ min: 0, max: 4 }) }, {
  weight: 1,
  arbitrary: odd,
});
const label = fc.oneof({ weight: 60, arbitrary: fc.constantFrom("a", "b", "c") }, {
  weight: 1,
  arbitrary: odd,
});
const unit = fc.record({ y: cell, x: cell, z: cell, g: label, k: label, w: cell });
const choices: Partial<EstimateRegressionOptions> = {
  clusters: "k",
  weights: "w",
  fixedEffects: ["k"],
  factors: ["z"],
  intercept: false,
  hypotheses: ["x = 0", ["x", "2*x - 1"]],
};

Deno.test("estimateRegression(any table) is a table or an error that says what cannot be done", () => {
  let tables = 0;
  fc.assert(
    fc.property(
      fc.array(unit, { minLength: 1, maxLength: 25 }),
      fc.subarray(Object.keys(choices)),
      fc.constantFrom<CovarianceName | undefined>(undefined, "HC3", "CR1S", "CR3", "stata"),
      (units, chosen, covarianceType) => {
        const options = {
          outcome: "y",
          terms: ["x", "z", "g", "x:g"],
          ...Object.fromEntries(Object.entries(choices).filter(([key]) => chosen.includes(key))),
          ...(covarianceType === undefined ? {} : { covarianceType }),
        } as EstimateRegressionOptions;
        const names = ["y", "x", "z", "g", "k", "w"] as const;
        const table = tableOf(Object.fromEntries(names.map((name) => [name, units.map((own) => own[name])])));
        try {
          const rows = estimateRegression(table, options);
          tables++;
          for (let row = 0; row < rows.numRows(); row++) {
            const p = rows.get("p_value", row) as number;
            assert(Number.isNaN(p) ? rows.get("reason", row) !== "" : p >= 0 && p <= 1, `${p}`);
          }
        } catch (error) {
          assert(/^Cannot (estimate|fit) /.test((error as Error).message), String((error as Error).stack));
        }
      },
    ),
    { seed: 1, numRuns: 2000 },
  );
  assert(tables > 500, `only ${tables} tables`);
});
type CovarianceName = NonNullable<EstimateRegressionOptions["covarianceType"]>;
