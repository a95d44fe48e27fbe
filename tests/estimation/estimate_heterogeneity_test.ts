import { goldenData } from "../stats/golden_cases.ts";
import { assert, assertAlmostEquals, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { type Table, tableOf } from "@understudy/understudy/core";
import {
  estimateEffects,
  estimateHeterogeneity,
  type EstimateHeterogeneityOptions,
} from "@understudy/understudy/estimation";
import { adjustPValues, leastSquares } from "@understudy/understudy/stats";

const data = goldenData("rct");
const rct = tableOf(data);
type Row = { [column: string]: number } & {
  subgroup: string;
  quantity: string;
  by: string;
  notes: string;
  reason: string;
};

function rowsOf(options: Partial<EstimateHeterogeneityOptions>, table: Table = rct): Row[] {
  const full = { outcome: "y", arm: "z", reference: 0, by: "x2", ...options };
  return estimateHeterogeneity(table, full).objects() as Row[];
}
const of = (rows: readonly Row[], quantity: string) => rows.filter((row) => row.quantity === quantity);

Deno.test("estimateHeterogeneity(table) has estimateEffects' effect in each subgroup, with Holm's p-values", () => {
  const rows = of(rowsOf({}), "subgroup_effect");
  assertEquals(rows.map(({ subgroup }) => subgroup), ["a", "b", "c"]);
  for (const row of rows) {
    const keep = [...data.x2!.keys()].filter((i) => data.x2![i] === row.subgroup);
    const own = tableOf({ z: keep.map((i) => data.z![i]), y: keep.map((i) => data.y![i]) });
    const effect = estimateEffects(own, { outcome: "y", arm: "z", reference: 0 });
    for (const field of ["estimate", "std_error", "df", "p_value", "n"]) {
      assertEquals(row[field], effect.get(field, 0));
    }
  }
  assertEquals(rows.map(({ p_adjusted }) => p_adjusted), adjustPValues(rows.map(({ p_value }) => p_value!)));
});

Deno.test("estimateHeterogeneity(table): differences are those of the subgroups' effects", () => {
  const rows = rowsOf({});
  const effects = of(rows, "subgroup_effect").map(({ estimate }) => estimate!);
  of(rows, "effect_difference").forEach((row, j) => {
    assertAlmostEquals(row.estimate!, effects[j + 1]! - effects[0]!, 1e-10);
  });
});

Deno.test("estimateHeterogeneity(table): the average effect weighs subgroups' effects by their sizes", () => {
  const rows = rowsOf({});
  const expected = of(rows, "subgroup_effect").reduce(
    (total, row) => total + row.estimate! * row.n! / 120,
    0,
  );
  assertAlmostEquals(of(rows, "average_effect")[0]!.estimate!, expected, 1e-10);
});

Deno.test("estimateHeterogeneity(table): of a number, the interaction of the plain regression, HC2", () => {
  const [y, z, x1] = ["y", "z", "x1"].map((name) => data[name] as number[]);
  const fit = leastSquares([z!.map(() => 1), z!, x1!, z!.map((value, i) => value * x1![i]!)], y!);
  const [row] = of(rowsOf({ by: "x1" }), "effect_difference");
  assertAlmostEquals(row!.estimate!, fit.coefficients[3]!, 1e-10);
  assertAlmostEquals(row!.std_error!, fit.standardErrors[3]!, 1e-10);
  const joint = of(rowsOf({ by: "x1" }), "equal_effects")[0]!;
  assertAlmostEquals(joint.statistic!, row!.statistic! ** 2, 1e-9);
  assertAlmostEquals(joint.p_value!, row!.p_value!, 1e-9);
});

Deno.test("estimateHeterogeneity(table) takes several moderators and arms, clusters and weights", () => {
  const rows = rowsOf({ outcome: "ya", arm: "arm", reference: "ctl", by: ["x2", "x1"], weights: "w" });
  assertEquals(of(rows, "subgroup_effect").length, 6);
  assertEquals(of(rows, "effect_difference").length, 6);
  const clustered = rowsOf({ outcome: "yc", arm: "zc", clusters: "cl", by: "x1" });
  assert(of(clustered, "effect_difference")[0]!.df! < 30);
});

Deno.test("estimateHeterogeneity(table) says where a subgroup has one arm, and counts rows without a moderator", () => {
  const table = tableOf({
    place: ["a", "a", "a", "a", "a", "b", "b", null],
    z: [0, 0, 1, 1, 1, 1, 1, 0],
    y: [1, 2, 3, 4, 6, 5, 7, 1],
  });
  const rows = rowsOf({ by: "place" }, table);
  assertStringIncludes(of(rows, "subgroup_effect")[1]!.reason, "the subgroup lacks '0'");
  assertStringIncludes(of(rows, "average_effect")[0]!.notes, "0 1 without 'place'");
});

Deno.test("estimateHeterogeneity(table, options) refuses what it cannot mean", () => {
  assertThrows(() => rowsOf({ by: [] }), RangeError, "'by' must name at least one column");
  assertThrows(() => rowsOf({ by: "mood" }), RangeError, "has no column 'mood'");
  assertThrows(() => rowsOf({ adjustment: "none" as never }), RangeError, "'adjustment' must be one of");
  const table = tableOf({ persona_id: [1, 1, 2], z: [0, 0, 1], y: [1, 2, 3], place: ["a", "b", "a"] });
  assertThrows(() => rowsOf({ by: "place" }, table), RangeError, "must be the same in all rows of a persona");
});

Deno.test("estimateHeterogeneity(category) has a subgroup in which nobody gave the answer, and names arms that agree", () => {
  const n = 80;
  const place = Array.from({ length: n }, (_, i) => i % 4 < 2 ? "x" : "y");
  const table = tableOf({
    arm: Array.from({ length: n }, (_, i) => i % 2 ? "letter" : "control"),
    place,
    answer: place.map((own, i) => own === "x" && i % 3 === 0 ? "yes" : "no"),
  });
  const rows = estimateHeterogeneity(table, { outcome: "answer", category: "yes", by: "place" })
    .objects() as Row[];
  const [x, y] = of(rows, "subgroup_effect");
  assert(x!.conf_low! < x!.estimate! && x!.estimate! < x!.conf_high!);
  assertEquals([y!.estimate, y!.conf_low], [0, NaN]);
  assertStringIncludes(
    of(rows, "effect_difference")[0]!.notes,
    "by place: y in 'control', y in 'letter'; differences and their joint test may claim too much",
  );
});

Deno.test("estimateHeterogeneity(table) has residual degrees of freedom and the F test where they are asked for", () => {
  const rows = rowsOf({ df: "residual" });
  const [difference] = of(rows, "effect_difference");
  const [joint] = of(rows, "equal_effects");
  assertEquals([difference!.df, joint!.df], [120 - 6, 120 - 6]);
  const own = rowsOf({});
  assert(of(own, "equal_effects")[0]!.df! < 114 && of(own, "effect_difference")[0]!.df! < 114);
  assertEquals(of(own, "effect_difference")[0]!.std_error, difference!.std_error);
});

Deno.test("estimateHeterogeneity(table) has no interval that leans on a unit alone in an arm of its subgroup", () => {
  const table = tableOf({
    place: ["a", "a", "a", "a", "a", "b", "b", "b", "b", "c", "c", "c", "c"],
    z: [0, 0, 1, 1, 1, 0, 0, 1, 1, 0, 1, 1, 1],
    y: [1, 2, 3, 5, 4, 2, 5, 6, 9, 1, 2, 4, 7],
  });
  const rows = estimateHeterogeneity(table, { outcome: "y", arm: "z", reference: 0, by: "place" })
    .objects() as Row[];
  const [b, c] = of(rows, "effect_difference");
  assert(Number.isFinite(b!.conf_low!));
  assertEquals([c!.conf_low, of(rows, "equal_effects")[0]!.p_value], [NaN, NaN]);
  assertStringIncludes(c!.reason, "no degrees of freedom are left");
  assertStringIncludes(c!.notes, "units alone in an arm of their subgroup, without a variance: 1");
});

Deno.test("estimateHeterogeneity(arms that agree) has no test of what is nothing but rounding", () => {
  const rows = Array.from({ length: 26 }, (_, i) => i);
  for (const shift of [0, 3, 7]) {
    const table = tableOf({
      arm: rows.map((i) => i % 2 === 0 ? "control" : "threat"),
      age: rows.map((i) => ((i + shift) * 5) % 7),
      y: rows.map((i) => i % 2),
    });
    for (const row of estimateHeterogeneity(table, { outcome: "y", by: "age" }).objects() as Row[]) {
      assert(Number.isNaN(row.p_value), `${row.quantity}: ${row.p_value}`);
      assert(row.reason !== "", row.quantity);
    }
  }
});
