import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { fCritical, fUpper } from "../../lib/stats/distributions.ts";
import { goldenCases } from "./golden_cases.ts";

Deno.test("fUpper(statistic, numerator, denominator) agrees with R's pf in the diagnostics of instruments", () => {
  let compared = 0;
  for (const { expected } of goldenCases("instruments").values()) {
    for (const test of [expected.first_stage_F, expected.wu_hausman]) {
      if (test === undefined) continue;
      assertAlmostEquals(fUpper(test.value, test.nomdf ?? test.numdf, test.dendf) / test["p.value"], 1, 1e-9);
      compared++;
    }
  }
  assert(compared >= 10);
});

Deno.test("fUpper(statistic, 2, d) is (1 + 2 f / d)^(-d / 2), the closed form, for fractions too", () => {
  for (const [f, d] of [[0.3, 4], [3.7, 11.5], [80, 7.25], [1.2, 1e4]] as const) {
    assertAlmostEquals(fUpper(f, 2, d) / (1 + 2 * f / d) ** (-d / 2), 1, 1e-11);
  }
});

Deno.test("fUpper(statistic, d, Infinity) is chi-square, and edges are 0, 1 and NaN", () => {
  assertAlmostEquals(fUpper(3, 2, Infinity), Math.exp(-3), 1e-14);
  assertEquals([fUpper(0, 1, 5), fUpper(Infinity, 1, 5), fUpper(NaN, 1, 5), fUpper(1, 0, 5)], [
    1,
    0,
    NaN,
    NaN,
  ]);
});

Deno.test("fCritical(tail, numerator, denominator) is what fUpper leaves in the tail", () => {
  for (const [tail, a, b] of [[0.05, 1, 117], [0.01, 3, 29], [0.5, 2, 8.5]] as const) {
    assertAlmostEquals(fUpper(fCritical(tail, a, b), a, b), tail, 1e-12);
  }
  assertEquals(fCritical(0, 1, 5), NaN);
});
