import { assert, assertAlmostEquals, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { stream, type Table, tableOf } from "@understudy/understudy/core";
import { type DriftMeasureName, estimateDrift } from "@understudy/understudy/drift";
import {
  energyDistance,
  jensenShannon,
  kolmogorovSmirnov,
  totalVariation,
  wasserstein,
} from "@understudy/understudy/stats";
import { agrees, goldenCases, goldenData } from "../stats/golden_cases.ts";
import { countedTable, driftRow, driftRows, type Row, rowsOf } from "./drift_tables.ts";

const every: DriftMeasureName[] = [
  "total variation",
  "Jensen-Shannon",
  "Wasserstein",
  "energy",
  "Kolmogorov-Smirnov",
];

function statistics(rows: readonly Row[]): { [measure: string]: number } {
  return Object.fromEntries(rows.map((row) => [row.measure, row.statistic as number]));
}

Deno.test("estimateDrift(answers, { measures }) agrees with SciPy on an ordinal item (dist_ordinal)", () => {
  const { source, resp } = goldenData("ordinal");
  const table = tableOf({ arm: source!, answer: resp!.map(Number) });
  const rows = driftRows(table, { controls: "answer", reference: "human", measures: every, bootstraps: 0 });
  const { expected, tol } = goldenCases("distances_permutation").get("dist_ordinal")!;
  const found = statistics(rows);
  assert(agrees(found["total variation"]!, expected.tvd_via_half_l1, tol));
  assert(agrees(found["Jensen-Shannon"]!, expected.jsd_base2, tol));
  assert(agrees(found["Wasserstein"]!, expected.wasserstein1, tol));
  assert(agrees(Math.sqrt(found["energy"]!), expected.energy_distance_scipy, tol));
  assert(agrees(found["Kolmogorov-Smirnov"]!, expected.ks, tol));
});

Deno.test("estimateDrift(answers, { measures }) gives what the distances of stats give, one row each", () => {
  const [control, threat] = [[12, 5, 9, 0, 4], [3, 8, 9, 6, 14]];
  const rows = driftRows(countedTable({ control, threat }), { controls: "control_item", measures: every });
  assertEquals(rows.map((row) => row.measure), every);
  const found = statistics(rows);
  assertAlmostEquals(found["total variation"]!, totalVariation(control, threat), 1e-12);
  assertAlmostEquals(found["Jensen-Shannon"]!, jensenShannon(control, threat), 1e-12);
  assertAlmostEquals(found["Wasserstein"]!, wasserstein(control, threat), 1e-12);
  assertAlmostEquals(found["energy"]!, energyDistance(control, threat), 1e-12);
  assertAlmostEquals(found["Kolmogorov-Smirnov"]!, kolmogorovSmirnov(control, threat), 1e-12);
  for (const row of rows) {
    assert((row.conf_low as number) <= (row.statistic as number), `${row.measure}: ${row.conf_low}`);
    assert((row.conf_high as number) >= (row.statistic as number) * 0.7, `${row.measure}: ${row.conf_high}`);
    assertEquals(row.verdict, "found");
  }
});

Deno.test("estimateDrift(answers, { measures }) has an exact null for every measure where assignments are few", () => {
  const table = countedTable({ a: [3, 1, 0], b: [0, 2, 2] });
  for (const row of driftRows(table, { controls: "control_item", measures: every })) {
    assertStringIncludes(row.notes as string, "exact null: all 70 assignments");
    assertAlmostEquals((row.p_value as number) * 70, Math.round((row.p_value as number) * 70), 1e-9);
  }
});

Deno.test("estimateDrift(answers, { levels }) takes the order of an ordinal control from its levels", () => {
  const arm = ["a", "a", "a", "b", "b", "b"];
  const answers = tableOf({ arm, trust: ["low", "low", "middle", "middle", "high", "high"] });
  const row = driftRows(answers, {
    controls: "trust",
    measures: "Wasserstein",
    levels: { trust: ["low", "middle", "high"] },
  })[0]!;
  assertAlmostEquals(row.statistic as number, wasserstein([2, 1, 0], [0, 1, 2]), 1e-12);
  assertThrows(
    () => estimateDrift(answers, { controls: "trust", measures: "Wasserstein" }),
    RangeError,
    "needs the order of the categories of 'trust': say { levels: { trust:",
  );
  assertThrows(
    () => estimateDrift(answers, { controls: "trust", levels: { trust: ["low", "high"] } }),
    RangeError,
    `Cannot estimate drift as 'levels.trust' must name every category, also "middle"`,
  );
});

Deno.test("estimateDrift(answers) orders numbers as numbers, and takes two categories in any order", () => {
  const numbers = tableOf({ arm: ["a", "a", "b", "b"], years: [2, 10, 10, 100] });
  const row = driftRows(numbers, { controls: "years", measures: "Wasserstein" })[0]!;
  assertAlmostEquals(row.statistic as number, (100 + 10 - 10 - 2) / 2, 1e-12);
  const two = tableOf({ arm: ["a", "a", "b", "b"], gun: ["yes", "no", "yes", "yes"] });
  assertEquals(driftRows(two, { controls: "gun", measures: "Wasserstein" })[0]!.statistic, 0.5);
});

function continuous(n: number, shift: number): Table {
  const random = stream(3, "continuous");
  return tableOf({
    arm: Array.from({ length: n }, (_, i) => i % 2 === 0 ? "a" : "b"),
    hours: Array.from({ length: n }, (_, i) => random.normal() + (i % 2) * shift),
  });
}

Deno.test("estimateDrift(answers) compares many distinct numbers by their distribution functions", () => {
  const row = driftRows(continuous(200, 1), { controls: "hours" })[0]!;
  assertEquals([row.measure, row.verdict], ["Kolmogorov-Smirnov", "found"]);
  assertEquals(driftRows(continuous(200, 0), { controls: "hours" })[0]!.verdict, "not found");
});

Deno.test("estimateDrift(answers) puts very many distinct numbers into groups, says so, and keeps their distance", () => {
  const table = continuous(2000, 0.5);
  const [row] = driftRows(table, { controls: "hours", measures: "Wasserstein", bootstraps: 20 });
  assertStringIncludes(row!.notes as string, "2000 distinct numbers, put into 256 groups");
  const hours = table.array("hours") as number[];
  const of = (odd: number) => hours.filter((_, i) => i % 2 === odd).sort((a, b) => a - b);
  // Of equally many numbers the Wasserstein distance is the mean difference of those of the same rank.
  const exact = of(1).reduce((sum, value, i) => sum + Math.abs(value - of(0)[i]!), 0) / 1000;
  assertAlmostEquals(row!.statistic as number, exact, 0.01);
});

Deno.test("estimateDrift(answers, { margin }) says that drift is below the margin, also where it is not 0", () => {
  const still = countedTable({ a: [500, 500], b: [505, 495] });
  const none = driftRow(still, { margin: 0.1 });
  assertEquals([none.verdict, none.margin], ["within margin", 0.1]);
  assert((none.p_equivalence as number) <= 0.05);
  const small = driftRow(countedTable({ a: [5000, 5000], b: [5300, 4700] }), { margin: 0.1 });
  assertEquals(small.verdict, "within margin");
  assert((small.p_value as number) <= 0.05);
  assertStringIncludes(small.notes as string, "small, but not 0");
  const large = driftRow(countedTable({ a: [500, 500], b: [700, 300] }), { margin: 0.1 });
  assertEquals(large.verdict, "found");
  const few = driftRow(countedTable({ a: [10, 10], b: [11, 9] }), { margin: 0.1 });
  assertEquals(few.verdict, "not found");
});

Deno.test("estimateDrift(answers) has no margin and no p_equivalence unless a margin is given", () => {
  const row = driftRow(countedTable({ a: [5, 5], b: [8, 2] }));
  assertEquals([row.margin, row.p_equivalence], [NaN, NaN]);
  const answers = countedTable({ a: [5, 5], b: [8, 2] });
  for (const margin of [0, 1, 10, NaN, ".1" as unknown as number]) {
    assertThrows(
      () => driftRow(answers, { margin }),
      RangeError,
      margin === 1 || margin === 10
        ? "Cannot estimate drift as 'margin' must lie between 0 and 1, in units of the measure (total variation)"
        : "Cannot estimate drift as 'margin' must be a number above 0, in units of the measure",
    );
  }
  assertThrows(
    () => driftRow(answers, { margin: 0.1, measures: ["total variation", "Jensen-Shannon"] }),
    RangeError,
    "'margin' must come with one measure, in whose units it is",
  );
  assertEquals(driftRow(answers, { margin: 1.5, measures: "Wasserstein" }).margin, 1.5);
  assertThrows(
    () =>
      estimateDrift(countedTable({ a: [5, 5], b: [8, 2] }), {
        controls: "control_item",
        measures: "tvd" as DriftMeasureName,
      }),
    RangeError,
    "Cannot estimate drift as 'measures' must be one of",
  );
});

Deno.test("estimateDrift(answers) has the same null whether it draws counts or moves personas", () => {
  const random = stream(9, "null");
  const arm = Array.from({ length: 800 }, (_, i) => i < 400 ? "a" : "b");
  const party = arm.map(() => random.integer(5));
  const table = tableOf({ arm, party });
  const options = { permutations: 4000, bootstraps: 0 };
  const alone = rowsOf(estimateDrift(table, { controls: "party", ...options }))[0]!;
  // ½ Σ E|p − q| of five normal differences.
  const mean = 0.5 * 5 * Math.sqrt(2 / Math.PI) * Math.sqrt(0.2 * 0.8 * 2 / 400);
  assertAlmostEquals(alone.null_mean as number, mean, 0.03 * mean);
  const replicated = tableOf({
    persona_id: [...arm.keys(), ...arm.keys()],
    arm: [...arm, ...arm],
    party: [...party, ...party],
  });
  // Each answer given twice by the same persona: the same shares, and the same null.
  const twice = rowsOf(estimateDrift(replicated, { controls: "party", ...options }))[0]!;
  assertEquals(twice.statistic, alone.statistic);
  assertAlmostEquals(twice.null_mean as number, alone.null_mean as number, 0.03 * mean);
  assertAlmostEquals(twice.null_high as number, alone.null_high as number, 0.06 * mean);
});

Deno.test("estimateDrift(answers) permutes counts within pairs as it swaps personas", () => {
  const random = stream(10, "pairs");
  const persona = Array.from({ length: 300 }, (_, i) => i);
  const first = persona.map(() => random.integer(3));
  const second = first.map((value) => random.integer(3) === 0 ? random.integer(3) : value);
  const table = tableOf({
    persona_id: [...persona, ...persona],
    arm: [...persona.map(() => "a"), ...persona.map(() => "b")],
    party: [...first, ...second],
  });
  const options = { permutations: 4000, bootstraps: 0 };
  const counted = rowsOf(estimateDrift(table, { controls: "party", ...options }))[0]!;
  // Each persona's answers change sides or do not, one by one.
  const swaps = Array.from({ length: 4000 }, () => {
    const counts = [0, 0, 0];
    persona.forEach((i) => {
      if (random.integer(2) === 0) return;
      counts[first[i]!]! -= 1;
      counts[second[i]!]! += 1;
    });
    const observed = [0, 1, 2].map((k) =>
      first.filter((value) => value === k).length - second.filter((value) => value === k).length
    );
    return observed.reduce((sum, d, k) => sum + Math.abs(d + 2 * counts[k]!), 0) / 600;
  });
  const mean = swaps.reduce((sum, value) => sum + value, 0) / swaps.length;
  assertAlmostEquals(counted.null_mean as number, mean, 0.05 * mean);
});
