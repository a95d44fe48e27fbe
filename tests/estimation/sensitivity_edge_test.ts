import { assert, assertAlmostEquals, assertEquals, assertMatch } from "@std/assert";
import { columnOf, type Table, tableOf } from "@understudy/understudy/core";
import {
  estimateBalancedEffects,
  estimateControlBounds,
  estimateRobustness,
} from "@understudy/understudy/estimation";

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

Deno.test("a control that the arm alone decides gives no bounds, and is not left out of all controls", () => {
  const y = places.map((i) => (i < 20 ? 0 : 1) + noise[i]!);
  for (const told of [places.map((i) => i < 20 ? "left" : "right"), places.map((i) => i < 20 ? 0.1 : 0.7)]) {
    const bounds = estimateControlBounds(answersOf({ y, told }), {
      outcome: "y",
      controls: ["x", "told"],
      kappa: [1],
    });
    assertEquals(columnOf(bounds, "control"), ["x", "told", "all controls"]);
    assertEquals(columnOf<number>(bounds, "bound_low").map(Number.isNaN), [false, true, true]);
    assertEquals(columnOf<number>(bounds, "control_effect").slice(1), [Infinity, Infinity]);
    assertMatch(bounds.get("reason", 2), /the arm alone decides the control.*told/);
  }
});

Deno.test("a control that nobody answered in one arm is said to be left out of all controls", () => {
  const y = places.map((i) => (i < 20 ? 0 : 1) + noise[i]!);
  const half = places.map((i) => i < 20 ? NaN : i % 3);
  const bounds = estimateControlBounds(answersOf({ y, half }), {
    outcome: "y",
    controls: ["x", "half"],
    kappa: [1],
  });
  assertMatch(bounds.get("notes", 2), /controls without values to compare, left out: half/);
});

Deno.test("an effect of 0 has breakdown κ 0, also where the control did not move", () => {
  const y = places.map((i) => i % 20);
  const still = places.map((i) => i % 4);
  const bounds = estimateControlBounds(answersOf({ y, still }), {
    outcome: "y",
    controls: "still",
    kappa: [1],
  });
  assertEquals([bounds.get("breakdown_kappa", 0), bounds.get("breakdown_kappa_estimate", 0)], [0, 0]);
});

Deno.test("bounds without a standard error say whether units are too few or the effect does not vary", () => {
  const y = places.map((i) => (i < 20 ? 0 : 1) + noise[i % 20]!);
  const reasonOf = (columns: { [name: string]: readonly unknown[] }, clusters?: string) =>
    estimateControlBounds(answersOf({ y, ...columns }), {
      outcome: "y",
      controls: "x",
      kappa: [1],
      ...(clusters === undefined ? {} : { clusters }),
    }).get("reason", 0) as string;
  assertMatch(reasonOf({ town: places.map(() => "one") }, "town"), /too few units or clusters/);
  assertMatch(reasonOf({ persona_id: places.map((i) => `p${i % 20}`) }), /the effect shows no variance/);
});
