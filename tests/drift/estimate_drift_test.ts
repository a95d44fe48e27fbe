import { assert, assertAlmostEquals, assertEquals, assertStringIncludes } from "@std/assert";
import { stream, type Table, tableOf, tableOfRows } from "@understudy/understudy/core";
import { totalVariation } from "@understudy/understudy/stats";
import { shareDifference } from "../../lib/stats/shares.ts";
import { agrees, goldenCases, goldenData } from "../stats/golden_cases.ts";
import { countedTable, driftRow, driftRows, longTable, type Row, rowsOf, study } from "./drift_tables.ts";

const cases = goldenCases("distances_permutation");

/** The first answers of each source from row 61 on. */
function ordinal(human: number, llm: number): { human: number[]; llm: number[] } {
  const { source, resp } = goldenData("ordinal");
  const of = (name: string) => resp!.filter((_, row) => source![row] === name).map(Number);
  return { human: of("human").slice(60, 60 + human), llm: of("llm").slice(60, 60 + llm) };
}

function shuffled(table: Table): Table {
  return tableOfRows(stream(4, "rows").shuffle(rowsOf(table)), table.columnNames());
}

function checkGolden(row: Row, id: string): void {
  const { expected, tol } = cases.get(id)!;
  assert(agrees(row.statistic as number, expected.statistic, tol));
  assert(agrees(row.p_value as number, expected.p, tol), `p ${row.p_value}`);
  assert(agrees(row.null_mean as number, expected.null_mean, tol), `null mean ${row.null_mean}`);
  assert(agrees(row.null_high as number, expected.null_q95, tol), `null 95% point ${row.null_high}`);
  assert(agrees(row.excess as number, expected.statistic - expected.null_mean, tol));
}

Deno.test("estimateDrift(answers) agrees with SciPy over all 24,310 assignments (perm_tvd_exact)", () => {
  const { human, llm } = ordinal(8, 9);
  const row = driftRow(tableOf({
    arm: [...human.map(() => "human"), ...llm.map(() => "llm")],
    control_item: [...human, ...llm],
  }));
  checkGolden(row, "perm_tvd_exact");
  assertStringIncludes(row.notes as string, "exact null: all 24310 assignments of arms across rows");
});

Deno.test("estimateDrift(answers) agrees with SciPy over all 1,024 swaps within personas", () => {
  const { human, llm } = ordinal(10, 10);
  const row = driftRow(tableOf({
    persona_id: [...human.keys(), ...llm.keys()],
    arm: [...human.map(() => "human"), ...llm.map(() => "llm")],
    control_item: [...human, ...llm],
  }));
  checkGolden(row, "perm_tvd_within_persona_exact");
  assertStringIncludes(row.notes as string, "exact null: all 1024 assignments of arms within personas");
  assertEquals(row.n, 10);
});

Deno.test("estimateDrift(answers) shows the plug-in bias of the distance without drift", () => {
  // Means and 95% points of ½ Σ|p − q| for two samples of n from k equal categories, by simulation elsewhere.
  const known = [
    { k: 5, n: 50, mean: 0.158, high: 0.26 },
    { k: 5, n: 100, mean: 0.113, high: 0.19 },
    { k: 5, n: 200, mean: 0.080, high: 0.13 },
    { k: 5, n: 500, mean: 0.050, high: 0.084 },
    { k: 2, n: 200, mean: 0.041, high: 0.10 },
    { k: 10, n: 200, mean: 0.119, high: 0.17 },
  ];
  for (const { k, n, mean, high } of known) {
    const even = Array<number>(k).fill(n / k);
    const row = driftRow(countedTable({ control: even, treated: even }), {
      permutations: 4000,
      bootstraps: 0,
    });
    assertEquals(row.statistic, 0);
    assertAlmostEquals(row.null_mean as number, mean, 0.003, `k ${k}, n ${n}: mean ${row.null_mean}`);
    // distances come in steps of 1/n, and the known points are rounded
    assertAlmostEquals(
      row.null_high as number,
      high,
      1 / n + 0.005,
      `k ${k}, n ${n}: 95% point ${row.null_high}`,
    );
  }
});

Deno.test("estimateDrift(answers, { blocks }) permutes within blocks: 6 x 6 assignments, each computed by hand", () => {
  const values = [1, 1, 2, 1, 2, 3, 3, 2];
  const arms = ["a", "a", "b", "b", "a", "a", "b", "b"];
  const table = tableOf({
    persona_id: values.map((_, i) => i),
    arm: arms,
    block: ["x", "x", "x", "x", "y", "y", "y", "y"],
    control_item: values,
  });
  const distance = (treated: readonly number[]) => {
    const counts = [[0, 0, 0], [0, 0, 0]];
    values.forEach((value, i) => counts[treated.includes(i) ? 0 : 1]![value - 1]!++);
    return totalVariation(counts[0]!, counts[1]!);
  };
  const pairs = [[0, 1], [0, 2], [0, 3], [1, 2], [1, 3], [2, 3]];
  const all = pairs.flatMap((x) => pairs.map((y) => distance([...x, ...y.map((i) => i + 4)])));
  const observed = distance([0, 1, 4, 5]);
  const row = driftRow(table, { blocks: "block" });
  assertAlmostEquals(row.statistic as number, observed, 1e-12);
  assertAlmostEquals(row.null_mean as number, all.reduce((a, b) => a + b) / 36, 1e-12);
  assertAlmostEquals(row.p_value as number, all.filter((d) => d >= observed - 1e-12).length / 36, 1e-12);
  assertStringIncludes(row.notes as string, "all 36 assignments of arms across personas within blocks");
  assertStringIncludes(driftRow(table).notes as string, "all 70 assignments of arms across");
});

Deno.test("estimateDrift(answers) moves all replicates of a persona together", () => {
  const once = rowsOf(countedTable({ control: [12, 9, 9], treated: [18, 8, 4] }));
  const four = [once, once, once, once].flat();
  const names = ["persona_id", "arm", "control_item"];
  // Four equal replies of each persona tell nothing new: the same draws give the same numbers.
  assertEquals(driftRow(tableOfRows(four, names)), driftRow(tableOfRows(once, names)));
  const asIfAlone = driftRow(tableOfRows(four.map((row, i) => ({ ...row, persona_id: i })), names));
  assert((asIfAlone.null_high as number) < 0.7 * (driftRow(tableOfRows(once, names)).null_high as number));
});

Deno.test("estimateDrift(answers) moves a cluster together where clusters were assigned", () => {
  const rows = rowsOf(countedTable({ control: [10, 10], treated: [10, 10] }));
  const clustered = tableOfRows(
    rows.map((row, i) => ({ ...row, cluster: Math.floor(i / 4) })),
    ["persona_id", "arm", "control_item", "cluster"],
  );
  // 10 clusters of 4, 5 in each arm: C(10, 5)
  const row = driftRow(clustered, { clusters: "cluster" });
  assertStringIncludes(row.notes as string, "all 252 assignments of arms across clusters");
  assertEquals(row.n, 10);
  const unclustered = tableOfRows(
    rows.map((row) => ({ ...row, cluster: null })),
    ["persona_id", "arm", "control_item", "cluster"],
  );
  assertStringIncludes(driftRow(unclustered, { clusters: "cluster" }).notes as string, "across personas");
});

Deno.test("estimateDrift(answers) permutes within personas who answered in both arms, else across", () => {
  const table = tableOf({
    persona_id: ["p1", "p1", "p2", "p2", "p3", "p4"],
    arm: ["a", "b", "a", "b", "a", "b"],
    control_item: [1, 2, 1, 2, 1, 2],
  });
  const row = driftRow(table);
  // two swaps within personas and one exchange across: 2 x 2 x 2; only all or none give a distance of 1
  assertAlmostEquals(row.p_value as number, 2 / 8, 1e-12);
  assertStringIncludes(
    row.notes as string,
    "within personas that answered in several arms, else across personas",
  );
});

Deno.test("estimateDrift(answers) gives Wald's interval where two categories differ clearly", () => {
  const row = driftRow(countedTable({ control: [400, 600], treated: [700, 300] }), { bootstraps: 4000 });
  const margin = 1.959964 * Math.sqrt(0.4 * 0.6 / 1000 + 0.7 * 0.3 / 1000);
  assertAlmostEquals(row.conf_low as number, 0.3 - margin, 0.003);
  assertAlmostEquals(row.conf_high as number, 0.3 + margin, 0.003);
});

Deno.test("estimateDrift(answers) gives the paired interval where personas answer in both arms", () => {
  // Of 1,000 personas 300 say 1 in both arms, 400 say 2 in both, 250 change from 1 to 2 and 50 from 2 to 1.
  const kinds = [[1, 1, 300], [2, 2, 400], [1, 2, 250], [2, 1, 50]] as const;
  const pairs = kinds.flatMap(([a, b, n]) => Array.from({ length: n }, () => [a, b] as const));
  const table = tableOf({
    persona_id: [...pairs.keys(), ...pairs.keys()],
    arm: [...pairs.map(() => "a"), ...pairs.map(() => "b")],
    control_item: [...pairs.map(([a]) => a), ...pairs.map(([, b]) => b)],
  });
  const row = driftRow(table, { bootstraps: 4000 });
  // Wald's interval of a difference of paired proportions: variance (b + c − (b − c)²/n)/n²
  const margin = 1.959964 * Math.sqrt(0.3 - 0.2 ** 2) / Math.sqrt(1000);
  assertAlmostEquals(row.conf_low as number, 0.2 - margin, 0.003);
  assertAlmostEquals(row.conf_high as number, 0.2 + margin, 0.003);
});

Deno.test("estimateDrift(answers) keeps an interval where arms have nothing in common", () => {
  const row = driftRow(countedTable({ control: [20, 0], treated: [0, 20] }));
  assertEquals([row.statistic, row.conf_high], [1, 1]);
  // Of 20, a share s that answers otherwise is missed with probability (1 − s)^20.
  assertAlmostEquals(row.conf_low as number, 0.025 ** (1 / 20), 1e-12);
});

Deno.test("estimateDrift(answers) does not depend on the order of rows", () => {
  const options = { controls: ["party", "paper"], blocks: "region", reference: "control" };
  assertEquals(driftRows(shuffled(study()), options), driftRows(study(), options));
});

Deno.test("estimateDrift(answers) gives the same for a long table as for a wide one", () => {
  const controls = ["party", "paper"];
  assertEquals(
    driftRows(longTable(study(), controls), { controls }),
    driftRows(study(), { controls }),
  );
});

Deno.test("estimateDrift(answers) compares an arm and a control alike whatever else is in the table", () => {
  const [row] = driftRows(study(), { controls: ["party", "paper"] });
  const two = study().filter("d => d.arm !== 'threat'");
  const alone = driftRows(two, { controls: "party" })[0]!;
  for (const name of ["statistic", "null_mean", "null_high", "p_value", "conf_low", "conf_high", "n"]) {
    assertEquals(alone[name], row![name], name);
  }
});

Deno.test("estimateDrift(answers, { seed }) draws again with another seed, 0 included", () => {
  const of = (seed: number) => driftRows(study(), { controls: "party", seed })[0]!.null_mean;
  assertEquals(of(0), of(0));
  assert(of(0) !== of(1));
});

Deno.test("estimateDrift(answers) adjusts by Holm and gives a joint p-value that knows copies", () => {
  const two = study().filter("d => d.arm !== 'promise'").derive({ copy: "d => d.party" });
  const [alone] = driftRows(two, { controls: "party" });
  const [first, second] = driftRows(two, { controls: ["party", "copy"] });
  assertEquals(alone!.p_joint, alone!.p_value);
  assertEquals(first!.p_joint, alone!.p_value);
  assertEquals(second!.p_joint, first!.p_joint);
  assertAlmostEquals(first!.p_adjusted as number, Math.min(1, 2 * (alone!.p_value as number)), 1e-12);
});

Deno.test("estimateDrift(answers) finds drift in one of two controls and one of two arms", () => {
  const random = stream(2, "drifting");
  const index = Array.from({ length: 300 }, (_, i) => i);
  const table = tableOf({
    persona_id: index,
    arm: index.map((i) => ["control", "threat", "promise"][i % 3]),
    still: index.map(() => random.integer(5)),
    moved: index.map((i) => i % 3 === 1 ? random.integer(3) : random.integer(5)),
  });
  const rows = driftRows(table, { controls: ["still", "moved"], permutations: 999 });
  assertEquals(rows.map((row) => `${row.arm} ${row.control}: ${row.verdict}`), [
    "promise still: not found",
    "promise moved: not found",
    "threat still: not found",
    "threat moved: found",
  ]);
  assertEquals(new Set(rows.map((row) => row.p_joint)).size, 1);
  assertEquals(rows[0]!.p_joint, 0.001);
  assert((rows[3]!.conf_low as number) > 0 && rows[0]!.conf_low === 0);
});

Deno.test("estimateDrift(answers) says beside 'not found' how much is not excluded", () => {
  const row = driftRow(countedTable({ a: [25, 25], b: [27, 23] }));
  assertEquals(row.verdict, "not found");
  const stated = (row.conf_high as number).toPrecision(2);
  assert((row.notes as string).startsWith(`a distance of up to ${stated} is not excluded; `));
  const found = driftRow(countedTable({ a: [45, 5], b: [10, 40] }));
  assertEquals([found.verdict, (found.notes as string).includes("excluded")], ["found", false]);
});

Deno.test("estimateDrift(answers) has the score interval of two answers, whose ends the permutations confirm", () => {
  // 0 of 40 v 4 of 400. For few units sizes count less: (n − 1)/n, and the normal for Student's quantile, squared.
  const few = driftRow(countedTable({ a: [40, 0], b: [396, 4] }));
  const less = 39 / 40 * (1.96 / 2.02) ** 2;
  const { low, high } = shareDifference([0, less * 40], [less * 4, less * 400]);
  assert(low < 0);
  assertEquals(few.conf_low, 0);
  assertAlmostEquals(few.conf_high as number, high, 0.001);
  // 1 of 40 v 0 of 400: the score interval begins at .0044, but 1 of 11 assignments is as extreme.
  assertEquals(driftRow(countedTable({ a: [39, 1], b: [400, 0] })).conf_low, 0);
});
