import { assert, assertEquals, assertThrows } from "@std/assert";
import { type AdjustmentMethod, adjustmentMethods, adjustPValues } from "@understudy/understudy/stats";
import { agrees, goldenCases, goldenData } from "./golden_cases.ts";

Deno.test("adjustPValues(p, method) agrees with R's p.adjust, NaN kept and not counted", () => {
  const { expected, tol } = goldenCases("multiplicity").get("p_adjust_R")!;
  const p = goldenData("pvals").p as number[];
  const missing = p.findIndex(Number.isNaN);
  assert(missing >= 0);
  for (const method of ["holm", "hochberg", "hommel", "bonferroni", "BH", "BY"] as AdjustmentMethod[]) {
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

Deno.test("adjustPValues(p, method) agrees with statsmodels, two-stage methods included", () => {
  const { expected, tol } = goldenCases("bootstrap").get("multitest_sm")!;
  const p = (goldenData("pvals").p as number[]).filter((value) => !Number.isNaN(value));
  const names: { [statsmodels: string]: AdjustmentMethod } = {
    "bonferroni": "bonferroni",
    "sidak": "sidak",
    "holm-sidak": "holm-sidak",
    "holm": "holm",
    "simes-hochberg": "hochberg",
    "hommel": "hommel",
    "fdr_bh": "BH",
    "fdr_by": "BY",
    "fdr_tsbh": "TSBH",
    "fdr_tsbky": "TSBKY",
  };
  assertEquals(Object.keys(expected).sort(), Object.keys(names).sort());
  for (const [name, method] of Object.entries(names)) {
    const adjusted = adjustPValues(p, method);
    adjusted.forEach((value, i) => {
      assert(agrees(value, expected[name].p_adj[i], tol), `${name} ${i}: ${value}`);
      assertEquals(value <= 0.05, expected[name].reject[i], `${name} ${i}`);
    });
  }
});

Deno.test("adjustPValues(p, 'hommel') is the closed test with Simes' test of every subset", () => {
  const p = [0.011, 0.02, 0.024, 0.3, 0.041];
  const closed = p.map((_, i) => {
    let worst = 0;
    for (let subset = 1; subset < 32; subset++) {
      if (!(subset & (1 << i))) continue;
      const members = p.filter((_, j) => subset & (1 << j)).sort((a, b) => a - b);
      worst = Math.max(worst, Math.min(...members.map((value, k) => value * members.length / (k + 1))));
    }
    return worst;
  });
  adjustPValues(p, "hommel").forEach((value, i) => assert(agrees(value, closed[i]!, 1e-14)));
});

Deno.test("adjustPValues(p) of none, one or equal p-values is defined for every method", () => {
  for (const method of adjustmentMethods) {
    assertEquals(adjustPValues([], method), []);
    assertEquals(adjustPValues([NaN], method), [NaN]);
    const [alone] = adjustPValues([0.2], method, { alpha: 0.1 });
    assert(agrees(alone!, method === "TSBKY" ? 0.22 : 0.2, 1e-14), `${method}: ${alone}`);
    assertEquals(new Set(adjustPValues([0.5, 0.5, 0.5], method)).size, 1, method);
  }
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
