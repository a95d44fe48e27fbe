import { agrees, goldenCases, goldenData } from "../stats/golden_cases.ts";
import { assert, assertAlmostEquals, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { stream, type Table, tableOf } from "@understudy/understudy/core";
import { estimateEffects, type EstimateEffectsOptions } from "@understudy/understudy/estimation";

const cases = goldenCases("weighting");
const data = goldenData("rct");
const rct = tableOf({
  ...data,
  varying: (data.x1 as number[]).map((x) => x > 0 ? 0.5 : 0.3),
  rest: (data.x1 as number[]).map((x) => x > 0 ? 0.5 : 0.7),
});

function estimate(options: Partial<EstimateEffectsOptions>, table: Table = rct): Table {
  return estimateEffects(table, { outcome: "y", arm: "z", reference: 0, estimator: "hajek", ...options });
}

function checkCase(id: string, options: Partial<EstimateEffectsOptions>): void {
  const { expected, tol } = cases.get(id)!;
  const effects = estimate({ estimator: "horvitz_thompson", df: "residual", ...options });
  for (const field of ["estimate", "std_error", "statistic", "p_value", "conf_low", "conf_high"]) {
    const actual = effects.get(field, 0) as number;
    assert(agrees(actual, expected[field], tol), `${id} ${field}: ${actual} is not ${expected[field]}`);
  }
  assertEquals([effects.get("n", 0), effects.get("df", 0)], [expected.nobs, Infinity]);
}

const simple = { outcome: "ys", arm: "zs", assignment: "simple" } as const;
const golden: [string, Partial<EstimateEffectsOptions>][] = [
  ["ht_simple_learned", simple],
  ["ht_simple_p40", { ...simple, probabilities: { 0: 0.6, 1: 0.4 } }],
  ["ht_simple_constant", { ...simple, probabilities: { 0: 0.6, 1: 0.4 }, variance: "constant" }],
  ["ht_simple_varying_pr", { ...simple, probabilities: { 0: "rest", 1: "varying" } }],
  ["ht_complete", {}],
  ["ht_ra_declaration_complete", { probabilities: { 0: 63 / 120, 1: 57 / 120 } }],
  ["ht_blocked", { outcome: "yb", arm: "zb", blocks: "block" }],
  ["ht_clustered_complete", { outcome: "yc", arm: "zc", clusters: "cl" }],
  ["ht_clustered_simple", {
    outcome: "yc",
    arm: "zc",
    clusters: "cl",
    assignment: "simple",
    probabilities: { 0: 0.5, 1: 0.5 },
  }],
];
for (const [id, options] of golden) {
  Deno.test(`estimateEffects(table, horvitz_thompson) agrees with estimatr: ${id}`, () => {
    checkCase(id, options);
  });
}

Deno.test("estimateEffects(table): clusters of one unit are units; estimatr returns 0 with error 0", () => {
  assertEquals(cases.get("ht_single_clusters")!.expected.std_error, 0);
  checkCase("ht_complete", { clusters: "id" });
});

Deno.test("estimateEffects(table): a probability of 0 or 1 is refused; estimatr divides by zero for 1", () => {
  assert(typeof cases.get("ht_pr_error")!.expected.error === "string");
  for (const p of [0, 1]) {
    assertThrows(
      () => estimate({ ...simple, probabilities: { 0: 1 - p, 1: p } }),
      RangeError,
      "Cannot estimate effects as 'probabilities' must lie strictly between 0 and 1",
    );
  }
  const sure = tableOf({ arm: ["a", "b", "a", "b"], arm_probability: [0.5, 1, 0.5, 0.5], y: [1, 2, 3, 4] });
  assertThrows(
    () => estimateEffects(sure, { outcome: "y", estimator: "hajek" }),
    RangeError,
    "lie strictly between 0 and 1",
  );
});

/** Young's bound from its definition, pair by pair, with joint probabilities counted over all assignments. */
function definition(y: readonly number[], z: readonly number[], m: number): number {
  const n = y.length;
  const counts = { one: 0, both: 0, split: 0, neither: 0, all: 0 };
  for (let set = 0; set < 2 ** n; set++) {
    const drawn = Array.from({ length: n }, (_, i) => set >> i & 1);
    if (drawn.reduce((total, value) => total + value, 0) !== m) continue;
    counts.all++;
    counts.one += drawn[0]!;
    counts.both += drawn[0]! * drawn[1]!;
    counts.split += drawn[0]! * (1 - drawn[1]!);
    counts.neither += (1 - drawn[0]!) * (1 - drawn[1]!);
  }
  const [p, both, split, neither] = [counts.one, counts.both, counts.split, counts.neither]
    .map((count) => count / counts.all) as [number, number, number, number];
  let total = 0;
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < n; k++) {
      const a = z[i] === 1 ? y[i]! / p : y[i]! / (1 - p);
      const b = z[k] === 1 ? y[k]! / p : y[k]! / (1 - p);
      if (i === k) total += a * a;
      else if (z[i] === 1 && z[k] === 1) total += a * b * (both - p * p) / both;
      else if (z[i] === 0 && z[k] === 0) total += a * b * (neither - (1 - p) ** 2) / neither;
      else total -= a * b * (split - p * (1 - p)) / split;
    }
  }
  return total / n ** 2;
}

Deno.test("estimateEffects(table, horvitz_thompson) is its double sum, with all assignments enumerated", () => {
  const y = [1.5, -2, 3.25, 0.5, 4, 7, -1];
  const z = [1, 0, 0, 1, 0, 1, 0];
  const effects = estimate({ estimator: "horvitz_thompson" }, tableOf({ y, z }));
  assertAlmostEquals(effects.get("std_error", 0) ** 2, definition(y, z, 3), 1e-12);
});

Deno.test("estimateEffects(table, hajek) with equal probabilities is the difference in means", () => {
  const plain = estimateEffects(rct, { outcome: "y", arm: "z", reference: 0 });
  const weighted = estimate({});
  assertAlmostEquals(weighted.get("estimate", 0), plain.get("estimate", 0), 1e-12);
  // Neyman's variance but for the (n - 1) / n of Young's bound on deviations.
  assert(Math.abs(weighted.get("std_error", 0) / plain.get("std_error", 0) - 1) < 0.01);
});

Deno.test("estimateEffects(table, hajek) is unmoved by a shift of the outcome", () => {
  const options = { ...simple, probabilities: { 0: "rest", 1: "varying" } } as const;
  const moved = rct.assign({ ys: (data.ys as number[]).map((y) => y + 1000) });
  const [here, there] = [estimate(options), estimate(options, moved)];
  for (const field of ["estimate", "std_error"]) {
    assertAlmostEquals(here.get(field, 0), there.get(field, 0), 1e-9);
  }
});

Deno.test("estimateEffects(table, aipw) with a saturated model is the post-stratified difference", () => {
  const block = (data.block as string[]).map((name) => name === "b1" || name === "b2" ? 1 : 0);
  const table = rct.assign({ half: block });
  const effects = estimate({ estimator: "aipw", covariates: ["half"] }, table);
  const [y, z] = [data.y as number[], data.z as number[]];
  const mean = (half: number, arm: number) => {
    const own = y.filter((_, row) => block[row] === half && z[row] === arm);
    return own.reduce((total, value) => total + value, 0) / own.length;
  };
  const share = block.reduce((total: number, value) => total + value, 0) / block.length;
  const expected = share * (mean(1, 1) - mean(1, 0)) + (1 - share) * (mean(0, 1) - mean(0, 0));
  assertAlmostEquals(effects.get("estimate", 0), expected, 1e-10);
});

Deno.test("estimateEffects(table) takes the probabilities that assignTreatments recorded, by default", () => {
  const table = rct.assign({
    arm_probability: (data.zs as number[]).map((z, row) => {
      const p = (data.x1 as number[])[row]! > 0 ? 0.5 : 0.3;
      return z === 1 ? p : 1 - p;
    }),
  });
  const { expected, tol } = cases.get("ht_simple_varying_pr")!;
  const effects = estimateEffects(table, {
    outcome: "ys",
    arm: "zs",
    reference: 0,
    estimator: "horvitz_thompson",
  });
  assert(agrees(effects.get("std_error", 0), expected.std_error, tol));
  assertEquals(effects.get("design", 0), "simple, blocked");
});

Deno.test("estimateEffects(table) takes two of several arms for an experiment of their own", () => {
  const arms = (data.arm as string[]).filter((arm) => arm !== "t1");
  const y = (data.ya as number[]).filter((_, row) => data.arm![row] !== "t1");
  const alone = estimateEffects(tableOf({ arm: arms, y }), {
    outcome: "y",
    reference: "ctl",
    estimator: "hajek",
  });
  const among = estimateEffects(rct.assign({ arm_probability: data.arm!.map(() => 1 / 3) }), {
    outcome: "ya",
    reference: "ctl",
    estimator: "hajek",
  });
  assertEquals(among.get("arm", 1), "t2");
  assertAlmostEquals(among.get("estimate", 1), alone.get("estimate", 0), 1e-12);
});

Deno.test("estimateEffects(table) averages a persona's replies and counts what is left out", () => {
  const table = tableOf({
    persona_id: ["a", "a", "b", "c", "d", "e"],
    arm: ["x", "x", "x", "control", "control", "control"],
    y: [1, 3, 4, 1, null, 2],
  });
  const effects = estimateEffects(table, { outcome: "y", estimator: "hajek" });
  assertAlmostEquals(effects.get("estimate", 0), 3 - 1.5, 1e-12);
  assertStringIncludes(effects.get("notes", 0), "1 without a value");
  assertEquals(effects.get("n", 0), 4);
});

Deno.test("estimateEffects(table, options) refuses what it cannot mean", () => {
  const wrong: [Partial<EstimateEffectsOptions>, string][] = [
    [{ probabilities: { 0: 0.4, 1: 0.5 } }, "'probabilities' must sum to 1 over the arms"],
    [{ probabilities: { 1: 0.5 } }, "have an entry for every arm, also '0'"],
    [{ probabilities: { 0: "rest", 1: "varying" }, assignment: "complete" }, "'assignment' must be simple"],
    [{ estimator: "aipw" }, "'covariates' must name at least one column for aipw"],
    [{ covariates: ["x1"] }, "'covariates' must be left out with hajek"],
    [{ estimator: "horvitz_thompson", variance: "constant" }, "'variance' must be youngs unless"],
    [{ clusters: "block" }, "'clusters' must lie in one arm each"],
    [{ outcome: "yc", arm: "zc", clusters: "cl", blocks: "id" }, "'clusters' must lie in one block each"],
    [
      { outcome: "yc", arm: "zc", clusters: "cl", probabilities: { 0: "rest", 1: "varying" } },
      "'probabilities' must be the same in all rows of a cluster",
    ],
    [
      { outcome: "ya", arm: "arm", reference: "ctl", probabilities: "varying" },
      "'probabilities' must name each arm's column where they differ",
    ],
    [{ estimator: "difference_in_means", assignment: "simple" }, "'assignment' must be left out with"],
    [
      { estimator: "lin", covariates: "x1", probabilities: "varying" },
      "'probabilities' must be left out with lin",
    ],
  ];
  for (const [options, says] of wrong) assertThrows(() => estimate(options), RangeError, says);
  for (const probabilities of [5, null, ["p"], ""]) {
    assertThrows(
      () => estimate({ probabilities } as never),
      TypeError,
      "'probabilities' must be a column's name",
    );
  }
  assertThrows(() => estimate({ weights: "w" }), RangeError, "'weights' must be left out with hajek");
  const within = tableOf({ persona_id: [1, 1, 2, 2], arm: ["a", "b", "a", "b"], y: [1, 2, 3, 4] });
  assertThrows(
    () => estimateEffects(within, { outcome: "y", estimator: "hajek" }),
    RangeError,
    "'estimator' must be difference_in_means where personas are in both arms",
  );
});

Deno.test("estimateEffects(table, horvitz_thompson) takes 200,000 units without a matrix of pairs", () => {
  const random = stream(1, "many units");
  const z = random.shuffle(Array.from({ length: 200_000 }, (_, i) => i % 2));
  const y = z.map((value) => value + random.normal());
  const effects = estimate({ estimator: "horvitz_thompson" }, tableOf({ y, z }));
  assert(Math.abs(effects.get("estimate", 0) - 1) < 0.05);
});

Deno.test("estimateEffects(horvitz_thompson) has an interval where nobody's answer differs, as arms differ in size", () => {
  for (const answer of [5, 0.1, 0.7]) {
    const table = tableOf({ z: Array.from({ length: 20 }, (_, i) => i % 2), y: Array(20).fill(answer) });
    const options = {
      probabilities: { 0: 0.5, 1: 0.5 },
      assignment: "simple",
      estimator: "horvitz_thompson",
    } as const;
    const effect = estimate(options, table);
    assertAlmostEquals(effect.get("std_error", 0) as number, answer / Math.sqrt(5), 1e-12);
    assertEquals([effect.get("df", 0), effect.get("reason", 0)], [18, ""]);
  }
});

Deno.test("estimateEffects(horvitz_thompson) takes a variance that is rounding for none", () => {
  const rows = Array.from({ length: 20 }, (_, i) => i);
  for (const shift of rows) {
    const table = tableOf({
      z: rows.map((i) => ((i + shift) % 20) % 2),
      block: rows.map((i) => ((i + shift) % 20) < 8 ? "a" : "b"),
      y: rows.map(() => 4.1),
    });
    const effect = estimate({ estimator: "horvitz_thompson", blocks: "block" }, table);
    assertEquals(effect.get("std_error", 0), 0);
    assertStringIncludes(String(effect.get("reason", 0)), "does not vary");
  }
});
