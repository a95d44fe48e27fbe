import { agrees, goldenCases, goldenData } from "../../stats/golden_cases.ts";
import { assert, assertAlmostEquals, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { type Table, tableOf } from "@understudy/understudy/core";
import {
  estimateLogit,
  estimateOrderedLogit,
  type EstimateOrderedLogitOptions,
} from "@understudy/understudy/estimation";

const cases = goldenCases("logit");
const data = goldenData("rct");
const rct = tableOf(data);
type Row = { [column: string]: number } & { term: string; quantity: string; reason: string };

function rowsOf(options: Partial<EstimateOrderedLogitOptions>, table: Table = rct): Row[] {
  const full = { outcome: "yord", predictors: ["z", "x1"], ...options };
  return estimateOrderedLogit(table, full).objects() as Row[];
}
const find = (rows: readonly Row[], term: string, quantity = "log_odds_ratio") =>
  rows.find((row) => row.term === term && row.quantity === quantity)!;

Deno.test("estimateOrderedLogit(table) agrees with ordinal::clm", () => {
  const { expected, tol } = cases.get("ordered_logit")!;
  const rows = rowsOf({});
  for (const [term, value] of Object.entries({ ...expected.coef, ...expected.thresholds })) {
    const row = rows.find((one) =>
      one.term.replaceAll(" ", "") === term && one.quantity !== "proportional_odds_test"
    )!;
    assert(agrees(row.estimate!, value as number, tol), `${term}: ${row.estimate} is not ${value}`);
    assert(agrees(row.std_error!, expected.std_error[term], tol));
  }
});

Deno.test("estimateOrderedLogit(table) agrees with statsmodels' OrderedModel", () => {
  const { expected, tol } = cases.get("ordered_logit_sm")!;
  const rows = rowsOf({});
  ["z", "x1"].forEach((term, j) => {
    assert(agrees(find(rows, term).estimate!, expected.beta[j], tol));
    assert(agrees(find(rows, term).std_error!, expected.bse_beta[j], tol));
  });
});

Deno.test("estimateOrderedLogit(table) tests proportional odds as ordinal::nominal_test", () => {
  const { expected, tol } = cases.get("ordered_logit_parallel_lines")!;
  const rows = rowsOf({});
  for (const test of expected.table.slice(1)) {
    const row = find(rows, test._row, "proportional_odds_test");
    assert(agrees(row.statistic!, test.LRT, tol));
    assert(agrees(row.p_value!, test["Pr(>Chi)"], tol));
    assertEquals(row.df, test.Df);
  }
});

Deno.test("estimateOrderedLogit(table) of two categories is the logit", () => {
  const binary = estimateLogit(rct, { outcome: "ybin", predictors: ["z", "x1"], covarianceType: "HC1" })
    .objects() as Row[];
  const rows = rowsOf({ outcome: "ybin", covarianceType: "HC1" });
  for (const term of ["z", "x1"]) {
    assertAlmostEquals(find(rows, term).estimate!, find(binary, term).estimate!, 1e-9);
    assertAlmostEquals(find(rows, term).std_error!, find(binary, term).std_error!, 1e-9);
  }
  assertAlmostEquals(
    find(rows, "0 | 1", "threshold").estimate!,
    -find(binary, "(intercept)").estimate!,
    1e-9,
  );
  assertStringIncludes(find(rows, "z", "proportional_odds_test").reason, "nothing to test");
});

Deno.test("estimateOrderedLogit(table): every row its own cluster gives HC0 times n / (n - 1)", () => {
  const [each, plain] = [rowsOf({ clusters: "id" }), rowsOf({ covarianceType: "HC0" })];
  assertAlmostEquals(
    find(each, "z").std_error! ** 2,
    find(plain, "z").std_error! ** 2 * 120 / 119,
    1e-10,
  );
});

Deno.test("estimateOrderedLogit(table) keeps its digits on badly scaled columns", () => {
  const table = rct.assign({ x1: (data.x1 as number[]).map((value) => 1e4 + 1e-2 * value) });
  const { expected } = cases.get("ordered_logit")!;
  assertAlmostEquals(find(rowsOf({}, table), "x1").estimate! / 100, expected.coef.x1, 1e-6);
});

Deno.test("estimateOrderedLogit(table) reads names in the order given and drops categories nobody chose", () => {
  const names = ["never", "rarely", "sometimes", "often", "always"];
  const table = rct.assign({ word: (data.yord as number[]).map((value) => names[value - 1]) });
  const rows = rowsOf({ outcome: "word", levels: { word: ["not at all", ...names] } }, table);
  assertAlmostEquals(find(rows, "z").estimate!, cases.get("ordered_logit")!.expected.coef.z, 1e-6);
  assertEquals(
    rows.filter(({ quantity }) => quantity === "threshold").map(({ term }) => term)[0],
    "never | rarely",
  );
  assertThrows(() => rowsOf({ outcome: "word" }, table), TypeError, "for names give their order");
  assertThrows(
    () => rowsOf({ outcome: "word", levels: { word: ["never"] } }, table),
    RangeError,
    "'levels' must hold every value of 'word'",
  );
});

Deno.test("estimateOrderedLogit(table) detects perfect separation", () => {
  const table = tableOf({ yord: [1, 1, 1, 2, 2, 2, 3, 3, 3, 3], x: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10] });
  const rows = rowsOf({ predictors: ["x"] }, table);
  assert(rows.every((row) => Number.isNaN(row.estimate)));
  assertStringIncludes(rows[0]!.reason, "perfect separation: 'x' orders the outcomes without error");
});

Deno.test("estimateOrderedLogit(table) says why nothing can be estimated", () => {
  const rows = rowsOf({ predictors: ["x"] }, tableOf({ yord: [2, 2, 2], x: [1, 2, 3] }));
  assertStringIncludes(rows[0]!.reason, "nothing can be estimated: the outcome does not vary");
});
