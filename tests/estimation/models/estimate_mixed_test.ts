import { assert, assertAlmostEquals, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { columnOf, type Table, tableOf } from "@understudy/understudy/core";
import { estimateMixed, type EstimateMixedOptions } from "@understudy/understudy/estimation";
import { agrees, goldenCases, goldenData } from "../../stats/golden_cases.ts";

const cases = goldenCases("mixed_models");
const rct = tableOf(goldenData("rct"));

/** The items of a scale as one row per person and item; `reversed` ones as 6 less the answer. */
function longItems(reversed: readonly string[] = []): Table {
  const items = goldenData("items");
  const names = Object.keys(items).filter((name) => /^q\d$/.test(name));
  return tableOf({
    id: names.flatMap(() => items.id!),
    item: names.flatMap((name) => items.id!.map(() => name)),
    answer: names.flatMap((name) =>
      items[name]!.map((answer) => reversed.includes(name) ? 6 - Number(answer) : answer)
    ),
  });
}

interface Row {
  readonly [column: string]: number | string;
}

function rowOf(rows: Table, name: string, value: string): Row {
  const found = (rows.objects() as Row[]).find((row) => row[name] === value);
  assert(found !== undefined, `no ${value}`);
  return found;
}

/** statsmodels' names of terms. */
const ourTerm = (theirs: string) =>
  theirs.replace("Intercept", "(intercept)").replace(/^C\((\w+)\)/, "$1").replace(/\[T\.(\w+)\]/, " = $1");

const models: { readonly [id: string]: [Table, EstimateMixedOptions] } = {
  mixedlm_clusters: [rct, { outcome: "yc", terms: ["zc", "x1", "x2"], group: "cl" }],
  mixedlm_blocks: [rct, { outcome: "yb", terms: ["zb", "x1", "zb:x1"], group: "block" }],
  mixedlm_items: [longItems(), { outcome: "answer", terms: ["item"], group: "id" }],
};

for (const [id, [table, options]] of Object.entries(models)) {
  Deno.test(`estimateMixed(table, { df: "normal" }) agrees with statsmodels: ${id}`, () => {
    const { expected, tol } = cases.get(id)!;
    const rows = estimateMixed(table, { ...options, df: "normal" });
    for (
      const [name, term] of Object.entries(expected.terms as { [term: string]: { [field: string]: number } })
    ) {
      const row = rowOf(rows, "term", ourTerm(name));
      for (const [field, value] of Object.entries(term)) {
        const actual = row[field.replace(".", "_")] as number;
        assert(agrees(actual, value, tol), `${name} ${field}: ${actual} is not ${value}`);
      }
    }
    for (const quantity of ["group_variance", "residual_variance"]) {
      assert(agrees(rowOf(rows, "quantity", quantity).estimate as number, expected[quantity], tol));
    }
    assert(agrees(rows.get("log_likelihood", 0) as number, expected.log_likelihood, 1e-9));
    assertEquals(rows.get("n", 0), expected.n);
  });
}

Deno.test("estimateMixed(table) of items in persons gives psych's Cronbach's alpha: τ² over τ² + σ² / items", () => {
  const { expected, tol } = goldenCases("psychometrics").get("cronbach_alpha")!;
  const rows = estimateMixed(longItems(["q6"]), { outcome: "answer", terms: ["item"], group: "id" });
  const [person, residual] = ["group_variance", "residual_variance"].map((quantity) =>
    rowOf(rows, "quantity", quantity).estimate as number
  );
  assert(agrees(person! / (person! + residual! / 6), expected.total.raw_alpha, tol));
});

const ratings = tableOf({
  judge: ["a", "a", "b", "b", "c", "c", "d", "d"],
  text: [1, 2, 1, 2, 1, 2, 1, 2],
  long: [0, 1, 0, 1, 0, 1, 0, 1],
  rating: [1, 3, 4, 5, 5, 8, 2, 5],
});
const model: EstimateMixedOptions = { outcome: "rating", terms: ["text"], group: "judge" };

Deno.test("estimateMixed(table) has t tests with Satterthwaite's degrees of freedom, and variances with intervals", () => {
  const rows = estimateMixed(ratings, model);
  assertEquals(columnOf(rows, "term"), ["(intercept)", "text", "judge", "(residual)", "judge"]);
  assertEquals(columnOf(rows, "quantity").slice(2), [
    "group_variance",
    "residual_variance",
    "intraclass_correlation",
  ]);
  // Within judges the test is that of pairs: 4 differences of mean 9/4.
  assertAlmostEquals(rows.get("df", 1), 3, 1e-8);
  assertAlmostEquals(rows.get("estimate", 1), 9 / 4, 1e-10);
  assertAlmostEquals(
    rows.get("std_error", 1),
    Math.sqrt((0.25 ** 2 + 1.25 ** 2 + 2 * 0.75 ** 2) / 3 / 4),
    1e-8,
  );
  for (const at of [2, 3, 4]) {
    const [low, estimate, high] = ["conf_low", "estimate", "conf_high"].map((name) =>
      rows.get(name, at) as number
    );
    assert(low! >= 0 && low! < estimate! && estimate! < high!);
    assertEquals(rows.get("reason", at), "a variance is not tested");
  }
  assertEquals([rows.get("groups", 0), rows.get("n", 0), rows.get("basis", 0)], [4, 8, "synthetic"]);
});

Deno.test("estimateMixed(table) takes a variance between groups of 0 for an answer, and says so", () => {
  const even = tableOf({ ...columns(ratings), rating: [1, 3, 2, 2, 3, 1, 1, 3] });
  const rows = estimateMixed(even, { ...model, terms: [] });
  assertEquals([rows.get("estimate", 1), rows.get("conf_low", 1), rows.get("estimate", 3)], [0, 0, 0]);
  assertStringIncludes(
    rows.get("notes", 0) as string,
    "the variance between groups ('judge') is estimated as 0",
  );
  assert(rows.get("conf_high", 1) as number > 0);
  // As of independent rows: the variance of 8 numbers.
  assertAlmostEquals(rows.get("std_error", 0), Math.sqrt(6 / 7 / 8), 1e-9);
});

function columns(table: Table): { [name: string]: unknown[] } {
  return Object.fromEntries(table.columnNames().map((name) => [name, columnOf(table, name)]));
}

Deno.test("estimateMixed(table) leaves out rows without a group or a term, and terms that are combinations, saying so", () => {
  const gaps = tableOf({ ...columns(ratings), judge: ["a", "a", "b", "b", "c", "c", null, "d"] });
  const rows = estimateMixed(gaps, { ...model, terms: ["text", "long"] });
  assertStringIncludes(rows.get("notes", 0) as string, "left out: 1 without 'judge'");
  assertStringIncludes(rows.get("notes", 0) as string, "left out as combinations of earlier terms: long");
  assertEquals(rows.get("reason", 2), "this term is a combination of earlier ones");
  assert(Number.isFinite(rows.get("estimate", 1) as number));
  assertEquals(rows.get("groups", 0), 4);
});

const none = "the terms leave no differences between groups, or none within";

const hopeless: { readonly [what: string]: [object, string] } = {
  "one group": [{ judge: Array(8).fill("a") }, "there is only one group"],
  "groups of one row": [
    { judge: [..."abcdefgh"] },
    "each group has one row: groups and residuals are the same",
  ],
  "a constant outcome": [{ rating: Array(8).fill(3) }, "the outcome does not vary"],
  "no more rows than terms": [{ text: [..."abcdefgh"] }, "there are not more rows than terms"],
  "groups that are terms": [{ text: [..."aabbccdd"] }, none],
  "agreement within groups": [
    { rating: [1, 2, 3, 4, 5, 6, 7, 8] },
    none,
  ],
};

for (const [what, [change, reason]] of Object.entries(hopeless)) {
  Deno.test(`estimateMixed(table) says why nothing can be estimated: ${what}`, () => {
    const rows = estimateMixed(tableOf({ ...columns(ratings), ...change }), model);
    for (const column of ["estimate", "std_error", "conf_low", "p_value"]) {
      assertEquals(columnOf(rows, column).filter((value) => !Number.isNaN(value)), []);
    }
    assertEquals(new Set(columnOf(rows, "reason")), new Set([`nothing can be estimated: ${reason}`]));
  });
}

Deno.test("estimateMixed(table, options) refuses wrong options and columns in words", () => {
  assertThrows(
    () => estimateMixed(ratings, { ...model, group: "jugde" }),
    RangeError,
    "did you mean 'judge'?",
  );
  assertThrows(
    () => estimateMixed(ratings, { ...model, df: "residual" as "normal" }),
    RangeError,
    "'df' must be one of",
  );
  assertThrows(() => estimateMixed(ratings, { outcome: "rating", terms: [] } as never), TypeError, "'group'");
  assertThrows(
    () => estimateMixed(ratings, { ...model, weights: "text" } as never),
    TypeError,
    "option 'weights' is unknown",
  );
});
