import { assert, assertAlmostEquals, assertEquals, assertMatch } from "@std/assert";
import { type Table, tableOf } from "@understudy/understudy/core";
import { estimateBalancedEffects, estimateRobustness } from "@understudy/understudy/estimation";

const places = Array.from({ length: 40 }, (_, i) => i);
const arm = places.map((i) => i < 20 ? "control" : "threat");
const x = places.map((i) => (i * 7) % 5);
const noise = places.map((i) => Math.sin(i * i));

function answersOf(columns: { [name: string]: readonly unknown[] }): Table {
  return tableOf({ arm, x, ...columns });
}

Deno.test("robustness values rise to 1 with the estimate, and are not lost in rounding where the fit is nearly exact", () => {
  const robustnessAt = (size: number) => {
    const y = places.map((i) => (i < 20 ? 0 : 1) + x[i]! + size * noise[i]!);
    const table = estimateRobustness(answersOf({ y }), { outcome: "y", covariates: "x", strengths: [1] });
    return ["robustness_value", "robustness_value_alpha", "extreme_value", "partial_r2"]
      .map((name) => table.get(name, 0) as number);
  };
  const found = [1e-3, 1e-6, 1e-9, 0].map(robustnessAt);
  for (const measure of [0, 1, 2, 3]) {
    const values = found.map((row) => row[measure]!);
    assert(values.every((value, i) => i === 0 || value >= values[i - 1]!), String(values));
    assert(values[0]! > 0.99);
    assertAlmostEquals(values[3]!, 1, 1e-12);
  }
});

Deno.test("where covariates fit the outcome exactly and the arm adds nothing, no number is made of rounding", () => {
  const answers = answersOf({ y: x.map((value) => value / 3 + 0.1) });
  const robust = estimateRobustness(answers, { outcome: "y", covariates: "x", strengths: [1] });
  assertEquals(robust.get("estimate", 0), 0);
  for (const name of ["p_value", "robustness_value", "partial_r2"]) assertEquals(robust.get(name, 0), NaN);
  assertMatch(robust.get("reason", 0), /fitted exactly/);
  const balanced = estimateBalancedEffects(answers, { outcome: "y", covariates: "x" });
  for (const row of [1, 2]) {
    assertEquals([balanced.get("estimate", row), balanced.get("p_value", row)], [0, NaN]);
    assertMatch(balanced.get("reason", row), /fitted exactly/);
  }
});
