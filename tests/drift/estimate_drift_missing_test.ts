import { assert, assertAlmostEquals, assertEquals, assertStringIncludes } from "@std/assert";
import { stream, tableOf } from "@understudy/understudy/core";
import { totalVariation } from "@understudy/understudy/stats";
import { agrees, goldenCases, goldenData } from "../stats/golden_cases.ts";
import { driftRow, driftRows, type Row } from "./drift_tables.ts";

const cases = goldenCases("distances_permutation");
const { source, resp } = goldenData("ordinal");
const answersOf = (name: string) => resp!.filter((_, row) => source![row] === name).map(Number).slice(60);

function checkGolden(row: Row, id: string): void {
  const { expected, tol } = cases.get(id)!;
  assert(agrees(row.statistic as number, expected.statistic, tol), `statistic ${row.statistic}`);
  assert(agrees(row.p_value as number, expected.p, tol), `p ${row.p_value}`);
  assert(agrees(row.null_mean as number, expected.null_mean, tol), `null mean ${row.null_mean}`);
  assert(agrees(row.null_high as number, expected.null_q95, tol), `null 95% point ${row.null_high}`);
}

Deno.test("estimateDrift(answers) permutes only those who answered: SciPy's numbers, whoever else refused", () => {
  const [human, llm] = [answersOf("human").slice(0, 8), answersOf("llm").slice(0, 9)];
  const silent = Array<null>(30).fill(null);
  const row = driftRow(
    tableOf({
      arm: [...human.map(() => "human"), ...llm.map(() => "llm"), ...silent.map(() => "llm")],
      control_item: [...human, ...llm, ...silent],
    }),
    { missing: false },
  );
  checkGolden(row, "perm_tvd_exact");
  assertStringIncludes(row.notes as string, "exact null: all 24310 assignments of arms across rows");
  assertStringIncludes(row.notes as string, "only rows that answered change places");
});

Deno.test("estimateDrift(answers) leaves out personas that were in both arms and answered in one", () => {
  const [human, llm] = [answersOf("human").slice(0, 10), answersOf("llm").slice(0, 10)];
  const table = tableOf({
    persona_id: [...human.keys(), 10, 11, ...llm.keys(), 10, 11],
    arm: [...human.map(() => "human"), "human", "human", ...llm.map(() => "llm"), "llm", "llm"],
    control_item: [...human, 1, 1, ...llm, null, null],
  });
  const row = driftRow(table, { missing: false });
  checkGolden(row, "perm_tvd_within_persona_exact");
  assertEquals(row.n, 10);
  assertStringIncludes(
    row.notes as string,
    "personas left out as they were in both arms and answered in one: 2",
  );
});

Deno.test("estimateDrift(answers) gives the same as for a table without the rows that have no answer", () => {
  const random = stream(5, "silent");
  const index = Array.from({ length: 120 }, (_, i) => i);
  const columns = (rows: readonly number[], answer: (i: number) => number | null) =>
    tableOf({
      persona_id: rows.map((i) => `p${String(i).padStart(3, "0")}`),
      arm: rows.map((i) => i < 60 ? "control" : "threat"),
      block: rows.map((i) => i % 3),
      control_item: rows.map(answer),
    });
  const values = index.map(() => random.integer(4));
  const refused = index.map((i) => i >= 60 && random.uniform() < 0.6);
  const options = { missing: false, blocks: [], permutations: 4000, bootstraps: 0 };
  const all = driftRow(columns(index, (i) => refused[i] ? null : values[i]!), options);
  const kept = driftRow(columns(index.filter((i) => !refused[i]), (i) => values[i]!), options);
  for (const name of ["statistic", "n"]) assertEquals(all[name], kept[name], name);
  // other draws of the same null
  for (const name of ["null_mean", "null_high", "p_value"]) {
    assertAlmostEquals(all[name] as number, kept[name] as number, 0.03, name);
  }
});

Deno.test("estimateDrift(answers) draws a complete control alike beside one with missing answers", () => {
  const random = stream(6, "beside");
  const index = Array.from({ length: 100 }, (_, i) => i);
  const full = index.map(() => random.integer(4));
  const table = tableOf({
    persona_id: index,
    arm: index.map((i) => i % 2 === 0 ? "control" : "threat"),
    full,
    holes: full.map((value, i) => i % 2 === 1 && i % 3 === 0 ? null : value),
  });
  const options = { missing: false, bootstraps: 0 };
  const alone = driftRows(table, { controls: "full", ...options })[0]!;
  const beside = driftRows(table, { controls: ["full", "holes"], ...options })[0]!;
  for (const name of ["statistic", "null_mean", "null_high", "p_value"]) {
    assertEquals(beside[name], alone[name]);
  }
});

Deno.test("estimateDrift(answers) permutes controls by one order of the personas, whoever refused which", () => {
  // 200 personas drift a little on one control; its copies lack the answers of a few, each of others.
  const random = stream(7, "copies");
  const index = Array.from({ length: 200 }, (_, i) => i);
  const value = index.map((i) => random.uniform() < (i % 2 === 0 ? 0.5 : 0.68) ? 1 : 2);
  const copies = Object.fromEntries(
    Array.from(
      { length: 8 },
      (_, c) => [`copy_${c}`, value.map((v, i) => i % 25 === c && i % 2 === 1 ? null : v)],
    ),
  );
  const table = tableOf({
    persona_id: index,
    arm: index.map((i) => i % 2 === 0 ? "control" : "threat"),
    ...copies,
  });
  const rows = driftRows(table, {
    controls: Object.keys(copies),
    missing: false,
    permutations: 4000,
    bootstraps: 0,
  });
  const least = Math.min(...rows.map((row) => row.p_value as number));
  assert(least > 0.001 && least < 0.1, `p ${least}`);
  // One test eight times: independent draws would give about 8 p.
  assert((rows[0]!.p_joint as number) < 2 * least, `joint ${rows[0]!.p_joint}, alone ${least}`);
  assertAlmostEquals(rows[0]!.p_adjusted as number, Math.min(1, 8 * (rows[0]!.p_value as number)), 0.3);
});

Deno.test("estimateDrift(answers) leaves out, within personas of three arms, only those without the pair", () => {
  const random = stream(8, "three");
  const personas = Array.from({ length: 30 }, (_, i) => i);
  const arms = ["control", "threat", "promise"];
  const table = (dropped: readonly number[]) => {
    const rows = personas.filter((i) => !dropped.includes(i)).flatMap((i) =>
      arms.map((arm) => ({ i, arm, value: (i * 7 + arms.indexOf(arm) * i) % 4 }))
    );
    return tableOf({
      persona_id: rows.map(({ i }) => i + 100),
      arm: rows.map(({ arm }) => arm),
      // personas 0 to 4 refuse under threat
      control_item: rows.map(({ i, arm, value }) => arm === "threat" && i < 5 ? null : value),
      other: rows.map(() => random.integer(3)),
    });
  };
  const options = { controls: "control_item", missing: false, bootstraps: 0, permutations: 4000 };
  const [promise, threat] = driftRows(table([]), options);
  const [, kept] = driftRows(table([0, 1, 2, 3, 4]), options);
  assertEquals([threat!.arm, threat!.n, promise!.n], ["threat", 25, 30]);
  assertEquals(threat!.statistic, kept!.statistic);
  assertAlmostEquals(threat!.null_mean as number, kept!.null_mean as number, 0.01);
  assert((threat!.p_joint as number) > 0 && threat!.p_joint === promise!.p_joint);
});

Deno.test("estimateDrift(answers) says why nobody can be compared", () => {
  const table = tableOf({
    persona_id: [1, 2, 3, 4, 1, 2, 3, 4],
    arm: ["a", "a", "a", "a", "b", "b", "b", "b"],
    control_item: [1, 2, null, null, null, null, 1, 2],
  });
  const row = driftRow(table);
  assertEquals([row.verdict, row.statistic, row.p_value, row.n], ["cannot tell", NaN, NaN, 0]);
  assertStringIncludes(row.reason as string, "nobody can be compared: none of the personas answered in both");
});

Deno.test("estimateDrift(answers) gives no more answers than the persona whose place another takes", () => {
  // Three replies each under control; one under threat, where the others are refused. All replies are independent.
  const random = stream(9, "thin");
  const rows = Array.from({ length: 400 }, (_, i) => i).flatMap((i) => [0, 1, 2].map((r) => ({ i, r })));
  const table = tableOf({
    persona_id: rows.map(({ i }) => i),
    arm: rows.map(({ i }) => i % 2 === 0 ? "control" : "threat"),
    control_item: rows.map(({ i, r }) => i % 2 === 1 && r > 0 ? null : random.integer(2)),
  });
  const row = driftRow(table, { missing: false, permutations: 2000, bootstraps: 0 });
  assertStringIncludes(
    row.notes as string,
    "a unit in the place of another gives at most as many",
  );
  // The difference of two shares of 1/2 from n = 600 and m = 200 answers has standard deviation σ = √(1/4 (1/n + 1/m)),
  // and |d| the mean σ √(2/π): .0326. Whole personas would give 400 v 400 answers: .0282.
  assert((row.null_mean as number) >= 0.0320 && (row.null_mean as number) < 0.0385, `${row.null_mean}`);
});

Deno.test("estimateDrift(answers, { blocks }) compares within blocks where arms have other shares in each", () => {
  // Block x: a 10, b 40, four fifths say 1 in both arms; block y: a 40, b 10, one fifth in both. Nobody drifted.
  const cells = [["x", "a", 8, 2], ["x", "b", 32, 8], ["y", "a", 8, 32], ["y", "b", 2, 8]] as const;
  const rows = cells.flatMap(([block, arm, ones, twos]) => [
    ...Array.from({ length: ones }, () => ({ block, arm, value: 1 })),
    ...Array.from({ length: twos }, () => ({ block, arm, value: 2 })),
  ]);
  const columns = {
    persona_id: rows.map((_, i) => i),
    arm: rows.map(({ arm }) => arm),
    control_item: rows.map(({ value }) => value),
  };
  const blocked = driftRow(tableOf({ ...columns, block: rows.map(({ block }) => block) }), {
    blocks: "block",
  });
  assertAlmostEquals(blocked.statistic as number, 0, 1e-12);
  assertEquals([blocked.p_value, blocked.conf_low, blocked.verdict], [1, 0, "not found"]);
  assertStringIncludes(blocked.notes as string, "shares are averages over 2 blocks");
  const pooled = driftRow(tableOf(columns));
  assertAlmostEquals(pooled.statistic as number, totalVariation([16, 34], [34, 16]), 1e-12);
  assertEquals(pooled.verdict, "found");
});

Deno.test("estimateDrift(answers, { blocks }) weights blocks by their units: each assignment by hand", () => {
  // Block x: 2 units, 1 in each arm; block y: 3 units, 1 in a; z has no answer in b.
  const values = [1, 2, 1, 2, 2, 2, 2];
  const table = tableOf({
    persona_id: values.map((_, i) => i),
    arm: ["a", "b", "a", "b", "b", "a", "b"],
    block: ["x", "x", "y", "y", "y", "z", "z"],
    control_item: [1, 2, 1, 2, 2, 1, null],
  });
  const row = driftRow(table, { missing: false, blocks: "block" });
  // x: 1 v 0 say 1; y: 1 v 0
  assertAlmostEquals(row.statistic as number, 1, 1e-12);
  // x swapped: -1; y: the unit in a says 2, those in b say 1 and 2: -1/2 (two ways). Weights 2/5 and 3/5.
  const all = [1, -1].flatMap((x) => [1, -0.5, -0.5].map((y) => Math.abs(0.4 * x + 0.6 * y)));
  assertAlmostEquals(row.null_mean as number, all.reduce((a, b) => a + b) / 6, 1e-12);
  assertAlmostEquals(row.p_value as number, 1 / 6, 1e-12);
  assertStringIncludes(
    row.notes as string,
    "exact null: all 6 assignments of arms across personas within blocks",
  );
  assertStringIncludes(row.notes as string, "an arm has no answer there: 1, personas in them: 1");
});

Deno.test("estimateDrift(answers, { blocks }) has Wald's interval of the average over blocks, pairs included", () => {
  const study = (sizes: readonly (readonly [number, number, number, number])[]) => {
    const rows = sizes.flatMap(([aOnes, aTwos, bOnes, bTwos], block) => [
      ...Array.from({ length: aOnes + aTwos }, (_, i) => ({ block, arm: "a", value: i < aOnes ? 1 : 2 })),
      ...Array.from({ length: bOnes + bTwos }, (_, i) => ({ block, arm: "b", value: i < bOnes ? 1 : 2 })),
    ]);
    return tableOf({
      persona_id: rows.map((_, i) => i),
      arm: rows.map(({ arm }) => arm),
      block: rows.map(({ block }) => block),
      control_item: rows.map(({ value }) => value),
    });
  };
  // 1,000 units in each block; shares of 1: .8 v .5 of 200 v 800, .5 v .2 of 800 v 200
  const two = driftRow(study([[160, 40, 400, 400], [400, 400, 40, 160]]), {
    bootstraps: 4000,
    blocks: "block",
  });
  const margin = 1.96 * Math.sqrt((0.16 / 200 + 0.25 / 800 + 0.25 / 800 + 0.16 / 200) / 4);
  assertAlmostEquals(two.statistic as number, 0.3, 1e-12);
  assertAlmostEquals(two.conf_low as number, 0.3 - margin, 0.003);
  assertAlmostEquals(two.conf_high as number, 0.3 + margin, 0.003);
  // 400 pairs show no variance within: they are drawn from each other, as without blocks
  const kinds = [[1, 0, 1, 0, 120], [1, 0, 0, 1, 160], [0, 1, 1, 0, 40], [0, 1, 0, 1, 80]] as const;
  const pairs = driftRow(
    study(kinds.flatMap(([p, q, r, s, n]) => Array.from({ length: n }, () => [p, q, r, s] as const))),
    { bootstraps: 4000, blocks: "block" },
  );
  const wide = 1.96 * Math.sqrt((0.7 * 0.3 + 0.4 * 0.6) / 400);
  assertAlmostEquals(pairs.conf_low as number, 0.3 - wide, 0.004);
  assertAlmostEquals(pairs.conf_high as number, 0.3 + wide, 0.004);
});

Deno.test("estimateDrift(answers, { clusters }) has the interval of Student's t where clusters are few", () => {
  // 10 clusters of 50 in each arm: 0, .1, … .9 of one say 1, and .1, .2, … 1 of the other.
  const rows = Array.from({ length: 20 }, (_, cluster) => cluster).flatMap((cluster) =>
    Array.from({ length: 50 }, (_, i) => ({
      cluster,
      arm: cluster < 10 ? "a" : "b",
      value: i < 5 * (cluster < 10 ? cluster : cluster - 9) ? 1 : 2,
    }))
  );
  const row = driftRow(
    tableOf({
      persona_id: rows.map((_, i) => i),
      arm: rows.map(({ arm }) => arm),
      cluster: rows.map(({ cluster }) => cluster),
      control_item: rows.map(({ value }) => value),
    }),
    { bootstraps: 20000, clusters: "cluster" },
  );
  // s² = .0917 in each arm, standard error √(2 s²/10) = .1354, t with 18 degrees of freedom 2.101. Under a difference of D
  // the likeliest shares are .5 ± D/2, with a variance of ½ − D²/2 in place of .495: D − .1 = 2.101 × .1354 √(…/.495)
  // is solved by .3655; √(N/(N − 1)) with the effective N of Miettinen and Nurminen adds .003.
  assertAlmostEquals(row.statistic as number, 0.1, 1e-12);
  assertAlmostEquals(row.conf_high as number, 0.3685, 0.004);
});
