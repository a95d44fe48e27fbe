import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { columnOf, stream, type Table, tableOf } from "@understudy/understudy/core";
import {
  assignTreatments,
  checkBalance,
  type CheckBalanceOptions,
  declareDesign,
} from "@understudy/understudy/designs";
import { agrees, goldenCases, goldenData } from "../stats/golden_cases.ts";
import { items, personasOf, treatmentsOf } from "./fixtures.ts";

const cases = goldenCases("survey_balance");
const rct = tableOf(goldenData("rct"));
const shared = { covariates: ["x1", "x3", "x2"], arm: "z", reference: 0, permutations: 0 } as const;

function rowsOf(table: Table): { [column: string]: unknown }[] {
  return table.objects() as { [column: string]: unknown }[];
}

function valueOf(table: Table, feature: string, column: string): number {
  return rowsOf(table).find((row) => row.covariate === feature || row.level === feature)![column] as number;
}

const denominators = {
  pooled: "pooled",
  treated: "arm",
  control: "reference",
  all: "all",
  weighted: "weighted",
  hedges: "hedges",
} as const;
for (const [scheme, weights] of [["unweighted", {}], ["weighted_w", { weights: "w" }]] as const) {
  Deno.test(`checkBalance(assigned) agrees with cobalt's balance_smd, ${scheme}`, () => {
    const { expected, tol } = cases.get("balance_smd")!;
    for (const [name, denominator] of Object.entries(denominators)) {
      if (expected[scheme][name] === undefined) continue;
      const balance = checkBalance(rct, { ...shared, ...weights, denominator });
      for (const [feature, smd] of Object.entries(expected[scheme][name])) {
        assert(agrees(valueOf(balance, feature, "statistic"), smd as number, tol), `${name} ${feature}`);
      }
    }
    const differences = expected[scheme === "unweighted" ? "raw_diff" : "raw_diff_weighted"];
    const balance = checkBalance(rct, { ...shared, ...weights });
    for (const [feature, difference] of Object.entries(differences)) {
      const own = valueOf(balance, feature, "mean_arm") - valueOf(balance, feature, "mean_reference");
      assert(agrees(own, difference as number, tol), feature);
    }
  });
}

Deno.test("checkBalance(assigned) agrees with balance_spread", () => {
  const { expected, tol } = cases.get("balance_spread")!;
  const plain = checkBalance(rct, shared);
  const weighted = checkBalance(rct, { ...shared, weights: "w" });
  for (const feature of ["x1", "x3"]) {
    assert(agrees(valueOf(plain, feature, "variance_ratio"), expected[feature].variance_ratio, tol));
    assert(agrees(valueOf(plain, feature, "ks"), expected[feature].ks, tol));
    const ratio = valueOf(weighted, feature, "variance_ratio");
    assert(agrees(ratio, expected[feature].variance_ratio_weighted, tol));
  }
  // For an indicator the distance of the distributions is the difference of the shares.
  assertAlmostEquals(valueOf(plain, "a", "ks"), 0.100250626566416, 1e-12);
});

Deno.test("checkBalance(few units) has the exact p-value of all assignments", () => {
  const table = tableOf({ arm: ["control", "control", "treated", "treated"], x: [1, 2, 3, 4] });
  const [row] = rowsOf(checkBalance(table, { covariates: "x" }));
  // Of 6 assignments two are as extreme: {1,2} against {3,4} and the reverse.
  assertAlmostEquals(row!.p_value as number, 2 / 6, 1e-12);
  assertAlmostEquals(row!.statistic as number, 2 / Math.sqrt(0.5), 1e-12);
  // |difference| is 2, 1, 0, 0, 1, 2 over pooled variances .5, (2 + 2)/2 = 2, (4.5 + .5)/2 = 2.5
  const values = [2 / Math.sqrt(0.5), 1 / Math.sqrt(2), 0];
  assertAlmostEquals(row!.null_mean as number, values.reduce((sum, value) => sum + value, 0) / 3, 1e-12);
});

Deno.test("checkBalance(block, cluster) permutes within blocks and by whole clusters", () => {
  const blocked = tableOf({
    arm: ["control", "treated", "control", "treated"],
    block: ["a", "a", "b", "b"],
    x: [1, 2, 11, 12],
  });
  // 4 assignments; only the observed and its mirror have a difference of 1.
  assertAlmostEquals(
    valueOf(checkBalance(blocked, { covariates: "x", blocks: "block" }), "x", "p_value"),
    0.5,
    1e-12,
  );
  const clustered = tableOf({
    arm: ["control", "control", "treated", "treated", "treated", "control"],
    cluster: ["a", "a", "b", "b", "b", "c"],
    x: [1, 1, 5, 6, 7, 2],
  });
  // 3 assignments of one cluster of three: b stands out most.
  assertAlmostEquals(
    valueOf(checkBalance(clustered, { covariates: "x", clusters: "cluster" }), "x", "p_value"),
    1 / 3,
    1e-12,
  );
  const torn = tableOf({ arm: ["control", "treated"], cluster: ["a", "a"], x: [1, 2] });
  assertThrows(
    () => checkBalance(torn, { covariates: "x", clusters: "cluster" }),
    RangeError,
    "one arm and one block",
  );
});

Deno.test("checkBalance(randomised) rejects balance of all covariates in 5% of assignments", () => {
  const chance = stream(1, "covariates");
  const personas = personasOf(24, {
    age: Array.from({ length: 24 }, () => chance.normal()),
    income: Array.from({ length: 24 }, () => Math.exp(2 * chance.normal())),
    b: Array.from({ length: 24 }, (_, row) => row < 9 ? "x" : "y"),
  });
  const design = declareDesign({
    treatments: treatmentsOf("control", "t1", "t2"),
    items,
    stated: [],
    blocks: "b",
  });
  const studies = 600;
  let [any, single] = [0, 0];
  for (let seed = 0; seed < studies; seed++) {
    const assigned = assignTreatments(personas, design, { seed });
    const balance = checkBalance(assigned, {
      covariates: ["age", "income"],
      permutations: 99,
      seed,
    });
    if (Math.min(...columnOf<number>(balance, "p_adjusted")) <= 0.05) any++;
    if (columnOf<number>(balance, "p_value")[0]! <= 0.05) single++;
  }
  // 30 expected, three binomial standard errors (5.3)
  assert(Math.abs(any - 30) <= 16, `${any} of ${studies} by the largest difference`);
  assert(Math.abs(single - 30) <= 16, `${single} of ${studies} by one difference`);
});

Deno.test("checkBalance(several arms) compares each with the reference", () => {
  const table = tableOf({
    arm: ["b", "b", "control", "control", "a", "a"],
    x: [1, 2, 3, 5, 8, 13],
    group: ["u", "v", "u", "v", "v", "v"],
  });
  const balance = checkBalance(table, { covariates: ["x", "group"] });
  assertEquals(
    rowsOf(balance).map((row) => [row.covariate, row.level, row.arm, row.reference, row.mean_arm]),
    [
      ["x", "", "a", "control", 10.5],
      ["x", "", "b", "control", 1.5],
      ["group", "u", "a", "control", 0],
      ["group", "u", "b", "control", 0.5],
      ["group", "v", "a", "control", 1],
      ["group", "v", "b", "control", 0.5],
    ],
  );
});

Deno.test("checkBalance(verdict) goes by the test, and notes say what is large", () => {
  const alternating = Array.from({ length: 200 }, (_, row) => row % 2);
  const table = tableOf({
    arm: alternating.map((odd) => odd ? "treated" : "control"),
    same: alternating.map((_, row) => row >> 1),
    apart: alternating.map((odd, row) => odd + (row >> 1) / 200),
    constant: alternating.map(() => 7),
    empty: alternating.map((odd, row) => odd ? null : row),
  });
  const balance = checkBalance(table, { covariates: ["same", "apart", "constant", "empty"] });
  assertEquals(columnOf(balance, "verdict"), ["not found", "found", "cannot tell", "cannot tell"]);
  assertEquals(columnOf(balance, "notes"), [
    "",
    "more than chance: look for a mistake in the assignment",
    "",
    "rows without a value, left out: 100",
  ]);
  assertEquals(columnOf(balance, "reason"), ["", "", "does not vary", "an arm has no values"]);
  assertEquals(columnOf(balance, "p_value")[1], 0.001);
  assert(Number.isNaN(columnOf<number>(balance, "statistic")[2]!));
  const chance = tableOf({ arm: ["control", "control", "treated", "treated"], x: [1, 2, 2, 3] });
  const [row] = rowsOf(checkBalance(chance, { covariates: "x" }));
  assertEquals([row!.verdict, row!.notes], [
    "not found",
    "beyond 0.1, but no more than random assignment allows",
  ]);
  const untested = rowsOf(checkBalance(chance, { covariates: "x", permutations: 0 }))[0]!;
  assertEquals([untested.verdict, untested.notes, untested.reason], [
    "cannot tell",
    "beyond 0.1",
    "no p-value: permutations is 0",
  ]);
});

Deno.test("checkBalance(within subjects) has no p-value and says why", () => {
  const design = declareDesign({ treatments: treatmentsOf("a", "b"), items, stated: [], subjects: "within" });
  const assigned = assignTreatments(personasOf(5, { age: [1, 2, 3, 4, 5] }), design, { seed: 1 });
  const [row] = rowsOf(checkBalance(assigned, { covariates: "age" }));
  assertEquals(row!.statistic, 0);
  assert(Number.isNaN(row!.p_value as number));
  assertEquals(row!.reason, "no p-value: within subjects every persona is in every arm");
});

Deno.test("checkBalance(bad input) says what is wrong", () => {
  const table = tableOf({ arm: ["a", "b"], x: [1, 2], w: [1, -1], one: ["a", "a"], gap: ["a", null] });
  const check = (options: object) => () =>
    checkBalance(table, { covariates: "x", ...options } as CheckBalanceOptions);
  assertThrows(
    check({ covariates: ["age"] }),
    RangeError,
    "'assigned' has no column 'age': its columns are arm, x",
  );
  assertThrows(check({ covariates: [] }), RangeError, "'covariates' must name at least one column");
  assertThrows(check({ covariates: ["arm"] }), RangeError, "'covariates' must not name the arms");
  assertThrows(check({ covariate: "x" }), TypeError, "option 'covariate' is unknown");
  assertThrows(check({ arm: "z" }), RangeError, "no column 'z'");
  assertThrows(check({ arm: "one" }), RangeError, 'must hold at least two arms: its arms are "a"');
  assertThrows(check({ arm: "gap" }), RangeError, "column 'gap' must not be empty: row 2");
  assertThrows(check({ reference: "c" }), RangeError, 'current value is "c", the arms are "a", "b"');
  assertThrows(check({ weights: "w" }), RangeError, "at least 0");
  assertThrows(check({ threshold: 0 }), RangeError, "'threshold' must be a positive number");
  assertThrows(check({ denominator: "sd" }), RangeError, "'denominator' must be one of");
  const twice = tableOf({ persona_id: ["p1", "p1", "p2"], arm: ["a", "a", "b"], x: [1, 1, 2] });
  assertThrows(() => checkBalance(twice, { covariates: "x" }), RangeError, "one row per persona and arm");
});
