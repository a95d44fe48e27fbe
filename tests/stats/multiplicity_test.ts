import { assert, assertEquals, assertThrows } from "@std/assert";
import { type AdjustmentMethod, adjustPValues } from "@understudy/understudy/stats";
import { agrees, goldenCases, goldenData } from "./golden_cases.ts";

Deno.test("adjustPValues(p, method) agrees with R's p.adjust, NaN kept and not counted", () => {
  const { expected, tol } = goldenCases("multiplicity").get("p_adjust_R")!;
  const p = goldenData("pvals").p as number[];
  const missing = p.findIndex(Number.isNaN);
  assert(missing >= 0);
  for (const method of ["holm", "hochberg", "bonferroni", "BH", "BY"] as AdjustmentMethod[]) {
    const adjusted = adjustPValues(p, method);
    assert(Number.isNaN(adjusted[missing]));
    adjusted.filter((value) => !Number.isNaN(value)).forEach((value, i) => {
      assert(agrees(value, expected[method][i], tol), `${method} ${i}: ${value}`);
    });
    assertEquals(adjusted.length, p.length);
  }
});

Deno.test("adjustPValues(p, 'sidak') is 1 - (1 - p)^tests", () => {
  assertEquals(adjustPValues([0.5, NaN, 0.5], "sidak"), [0.75, NaN, 0.75]);
  // statsmodels 0.13.5 multipletests(method="sidak") on the 15 p-values of the golden case
  const p = (goldenData("pvals").p as number[]).filter((value) => !Number.isNaN(value));
  assert(agrees(adjustPValues(p, "sidak")[0]!, 0.00598322908508673, 1e-14));
});

Deno.test("adjustPValues(p) uses Holm, never lowers a p-value and never passes 1", () => {
  const p = [0.04, 0.9, 0.01, 0.01, 1, 0];
  assertEquals(adjustPValues(p), adjustPValues(p, "holm"));
  adjustPValues(p).forEach((value, i) => assert(value >= p[i]! && value <= 1));
  assertEquals(adjustPValues([]), []);
  assertEquals(adjustPValues([NaN]), [NaN]);
});

Deno.test("adjustPValues(p) refuses what is not a p-value, and an unknown method", () => {
  assertThrows(() => adjustPValues([0.2, 1.2]), RangeError, "must hold numbers from 0 to 1, or NaN");
  assertThrows(() => adjustPValues([0.2], "fdr" as AdjustmentMethod), RangeError, "'method' must be one of");
});
