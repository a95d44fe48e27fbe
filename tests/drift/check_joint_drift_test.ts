import { assert, assertAlmostEquals, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { stream, type Table, tableOf, tableOfRows } from "@understudy/understudy/core";
import { checkJointDrift, type CheckJointDriftOptions } from "@understudy/understudy/drift";
import { moments, permuteLabels } from "@understudy/understudy/stats";
import { pairwiseEnergy } from "../stats/pairwise_energy.ts";
import { longTable, type Row, rowsOf, study } from "./drift_tables.ts";

const controls = ["party", "paper"];

function joint(table: Table, options: Partial<CheckJointDriftOptions> = {}): Row[] {
  return rowsOf(checkJointDrift(table, { controls, permutations: 199, ...options }));
}

/** Two arms of personas whose two answers agree with the given probability. */
function agreeing(n: number, agree: { control: number; treated: number }): Table {
  const random = stream(3, "agreeing");
  const arm = Array.from({ length: n }, (_, i) => i % 2 === 0 ? "control" as const : "treated" as const);
  const first = arm.map(() => random.integer(2));
  return tableOf({
    persona_id: arm.map((_, i) => `p${i}`),
    arm,
    party: first,
    paper: first.map((value, i) => random.uniform() < agree[arm[i]!] ? value : 1 - value),
  });
}

/** Points whose Euclidean distance is that of replies: indicators over √2, numbers over √2 standard deviations. */
function pointsOf(rows: readonly Row[], ages: readonly number[]): number[][] {
  const sd = Math.sqrt(moments(ages).variance);
  return rows.map((row, i) => [
    ...[0, 1, 2, 3].map((level) => row.party === level ? Math.SQRT1_2 : 0),
    ...[0, 1, 2, 3].map((level) => row.paper === level ? Math.SQRT1_2 : 0),
    ages[i]! / sd * Math.SQRT1_2,
  ]);
}

Deno.test("checkJointDrift(answers) has the energy distance of indicators and standardised numbers", () => {
  const rows = rowsOf(study()).filter((row) => row.arm !== "promise");
  const random = stream(1, "ages");
  const ages = rows.map(() => 18 + random.integer(60));
  const table = tableOfRows(rows.map((row, i) => ({ ...row, age: ages[i] })), [
    "persona_id",
    "arm",
    ...controls,
    "age",
  ]);
  const points = pointsOf(rows, ages);
  const of = (arm: string) => points.filter((_, i) => rows[i]!.arm === arm);
  const [row] = joint(table, { controls: [...controls, "age"], numeric: "age" });
  assertAlmostEquals(row!.statistic as number, pairwiseEnergy(of("threat"), of("control")), 1e-10);
  assertEquals([row!.control, row!.measure], ["party × paper × age", "energy distance"]);
});

Deno.test("checkJointDrift(answers) visits all assignments where they are few, each computed by hand", () => {
  const values = [[0, 1], [0, 0], [1, 1], [1, 0], [0, 1], [1, 1], [0, 2], [1, 0], [0, 1]];
  const labels = [0, 0, 0, 0, 1, 1, 1, 1, 1];
  const table = tableOf({
    arm: labels.map((label) => label === 0 ? "control" : "treated"),
    party: values.map(([party]) => party),
    paper: values.map(([, paper]) => paper),
  });
  const points = values.map((value) =>
    [0, 1, 2].flatMap((level) => value.map((answer) => answer === level ? Math.SQRT1_2 : 0))
  );
  const distance = (dealt: ArrayLike<number>) =>
    pairwiseEnergy(points.filter((_, i) => dealt[i] === 1), points.filter((_, i) => dealt[i] === 0));
  const all: number[] = [];
  permuteLabels(labels, (dealt) => all.push(distance(dealt)), { random: stream(1, "joint") });
  const observed = distance(labels);
  const [row] = joint(table);
  assertAlmostEquals(row!.statistic as number, observed, 1e-12);
  assertAlmostEquals(row!.null_mean as number, all.reduce((a, b) => a + b) / 126, 1e-12);
  assertAlmostEquals(row!.p_value as number, all.filter((d) => d >= observed - 1e-12).length / 126, 1e-12);
  assertStringIncludes(row!.notes as string, "exact null: all 126 assignments of arms across rows");
});

Deno.test("checkJointDrift(answers, { blocks }) averages shares over blocks, in the distance and its null", () => {
  // One control of two levels: E = 2 d² for the difference d of shares, averaged over blocks of 6 and 4 replies.
  const values = [0, 0, 1, 1, 1, 1, 0, 1, 0, 0];
  const arms = ["a", "a", "b", "b", "b", "b", "a", "a", "a", "b"];
  const table = tableOf({
    arm: arms,
    block: values.map((_, i) => i < 6 ? "x" : "y"),
    party: values,
  });
  const [row] = joint(table, { controls: "party", reference: "b", blocks: "block" });
  const d = 0.6 * (0 - 1) + 0.4 * (1 / 3 - 0);
  assertAlmostEquals(row!.statistic as number, 2 * d ** 2, 1e-12);
  // C(6, 2) C(4, 3)
  assertStringIncludes(row!.notes as string, "all 60 assignments of arms across rows within blocks");
  assertStringIncludes(row!.notes as string, "averages over 2 blocks");
});

Deno.test("checkJointDrift(answers) sees how controls hang together", () => {
  const [still] = joint(agreeing(200, { control: 0.5, treated: 0.5 }));
  assertEquals(still!.verdict, "not found");
  const [moved] = joint(agreeing(200, { control: 0.2, treated: 0.8 }));
  assertEquals([moved!.verdict, moved!.p_value], ["found", 1 / 200]);
  assert((moved!.excess as number) > 0.1);
});

Deno.test("checkJointDrift(answers) gives the same for rows in any order, long or wide", () => {
  const rows = rowsOf(study());
  const names = ["persona_id", "arm", ...controls];
  const wide = tableOfRows(rows, names);
  const expected = joint(wide);
  assertEquals(joint(tableOfRows(stream(4, "rows").shuffle(rows), names)), expected);
  assertEquals(joint(longTable(wide, controls)), expected);
});

Deno.test("checkJointDrift(answers) moves all replies of a persona together", () => {
  const once = rowsOf(agreeing(60, { control: 0.4, treated: 0.6 }));
  const names = ["persona_id", "arm", ...controls];
  const [single] = joint(tableOfRows(once, names));
  const [quadruple] = joint(tableOfRows([once, once, once, once].flat(), names));
  assertAlmostEquals(quadruple!.p_value as number, single!.p_value as number, 1e-12);
  assertAlmostEquals(quadruple!.null_mean as number, single!.null_mean as number, 1e-12);
  assertEquals(quadruple!.n, 60);
});

Deno.test("checkJointDrift(answers) permutes within personas who were in both arms", () => {
  const rows = rowsOf(agreeing(60, { control: 0.2, treated: 0.9 })).map((row, i) => ({
    ...row,
    persona_id: `p${Math.floor(i / 2)}`,
  }));
  const [row] = joint(tableOfRows(rows, ["persona_id", "arm", ...controls]));
  assertEquals([row!.n, row!.verdict], [30, "found"]);
  assertStringIncludes(row!.notes as string, "random permutations of arms within personas");
});

Deno.test("checkJointDrift(answers, { numeric }) sees that numbers spread wider", () => {
  const random = stream(6, "spread");
  const arm = Array.from({ length: 200 }, (_, i) => i % 2 === 0 ? "control" : "treated");
  const score = arm.map((name) => random.normal() * (name === "control" ? 1 : 3));
  const [row] = joint(tableOf({ arm, score }), { controls: "score", numeric: ["score"] });
  assertEquals(row!.verdict, "found");
});

Deno.test("checkJointDrift(answers, { missing }) takes missing answers as a level, or leaves replies out", () => {
  const rows = rowsOf(agreeing(120, { control: 0.5, treated: 0.5 })).map((row, i) => ({
    ...row,
    paper: row.arm === "treated" && i % 3 === 0 ? null : row.paper,
  }));
  const table = tableOfRows(rows, ["persona_id", "arm", ...controls]);
  assertEquals(joint(table)[0]!.verdict, "found");
  const [listwise] = joint(table, { missing: false });
  assertEquals([listwise!.verdict, listwise!.n], ["not found", 100]);
  assertStringIncludes(listwise!.notes as string, "20 of 120 answers, over all arms, are missing");
});

Deno.test("checkJointDrift(answers) adjusts for the number of arms by Holm", () => {
  const rows = joint(study());
  assertEquals(rows.map((row) => row.arm).sort(), ["promise", "threat"]);
  const sorted = rows.toSorted((a, b) => (a.p_value as number) - (b.p_value as number));
  assertAlmostEquals(sorted[0]!.p_adjusted as number, Math.min(1, 2 * (sorted[0]!.p_value as number)), 1e-12);
});

Deno.test("checkJointDrift(answers) draws personas where patterns are too many for all distances, and says so", () => {
  const random = stream(2, "many");
  const arm = Array.from({ length: 5000 }, (_, i) => i % 2 === 0 ? "control" : "treated");
  const table = tableOf({
    arm,
    age: arm.map(() => random.uniform()),
    income: arm.map(() => random.uniform()),
  });
  const [row] = joint(table, { controls: ["age", "income"], numeric: ["age", "income"], permutations: 39 });
  assertStringIncludes(row!.notes as string, "distances among the patterns of rows drawn at random");
  assertStringIncludes(row!.notes as string, "left out: 1000");
  assertEquals(row!.verdict, "not found");
});

Deno.test("checkJointDrift(answers) says why nothing could be checked", () => {
  const same = tableOf({ arm: ["control", "treated"], party: [1, 1] });
  const [row] = joint(same, { controls: "party" });
  assertEquals([row!.verdict, row!.statistic, row!.p_value], ["cannot tell", NaN, NaN]);
  assertStringIncludes(row!.reason as string, "a control that does not vary cannot show drift");
  const few = tableOf({ arm: ["control", "control", "treated", "treated"], party: [1, 1, 2, 2] });
  const [small] = joint(few, { controls: "party" });
  assertEquals(small!.verdict, "cannot tell");
  assertStringIncludes(small!.reason as string, "the smallest possible p-value is 0.33");
});

Deno.test("checkJointDrift(answers, options) refuses what it cannot use, and names it", () => {
  const table = study();
  const wrong = (options: object, kind: typeof TypeError | typeof RangeError, text: string) =>
    assertThrows(
      () => checkJointDrift(table, { controls, ...options } as CheckJointDriftOptions),
      kind,
      text,
    );
  wrong({ methods: "energy" }, TypeError, "option 'methods' is unknown");
  wrong({ numeric: "age" }, RangeError, "'numeric' must name some of the controls");
  wrong({ controls: ["party", "colour"] }, RangeError, "no column 'colour'");
  wrong({ controls: ["party", "region"], numeric: "region" }, RangeError, "hold numbers, as 'region' must");
});
