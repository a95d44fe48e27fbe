import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { columnOf, type Columns, type Table, tableOf } from "@understudy/understudy/core";
import {
  checkSharpNull,
  type CheckSharpNullOptions,
  estimateConstantEffect,
  sampleRandomizations,
} from "@understudy/understudy/estimation";
import { moments } from "@understudy/understudy/stats";
import { agrees, goldenCases, goldenData } from "../stats/golden_cases.ts";

const golden = goldenCases("randomization");
const tiny = tableOf(goldenData("tiny"));

function first(table: Table): { [column: string]: unknown } {
  return table.object(0) as { [column: string]: unknown };
}

function check(table: Table, options: CheckSharpNullOptions): { [column: string]: unknown } {
  return first(checkSharpNull(table, options));
}

function same(actual: unknown, expected: number, tolerance: number, message?: string): void {
  assert(agrees(actual as number, expected, tolerance), `${message ?? ""} ${actual} is not ${expected}`);
}

const statistics: { [id: string]: CheckSharpNullOptions["statistic"] } = {
  diff_means: "difference_in_means",
  studentized_t: "studentized",
  log_variance_ratio: (arm, reference) => Math.log(moments(arm).variance / moments(reference).variance),
  ks: "kolmogorov_smirnov",
  wasserstein: (arm, reference) => {
    const [one, other] = [arm.toSorted(), reference.toSorted()];
    return one.reduce((sum, value, i) => sum + Math.abs(value - other[i]!) / one.length, 0);
  },
  energy: (arm, reference) => {
    const apart = (one: Float64Array, other: Float64Array) =>
      one.reduce((sum, x) => sum + other.reduce((part, y) => part + Math.abs(x - y), 0), 0) /
      (one.length * other.length);
    return Math.sqrt(2 * apart(arm, reference) - apart(arm, arm) - apart(reference, reference));
  },
};
const alternatives = { "two-sided": "two_sided", greater: "greater", less: "less" } as const;

for (const [id, statistic] of Object.entries(statistics)) {
  Deno.test(`checkSharpNull(tiny, { statistic: ${id} }) agrees with scipy's exact permutation test`, () => {
    const { expected, tol } = golden.get("perm_exact")!;
    for (const [name, alternative] of Object.entries(alternatives)) {
      const wanted = expected[id][name];
      if (wanted === undefined) continue;
      // scipy's two-sided p-value is twice the smaller tail.
      const found = check(tiny, {
        outcome: "y",
        arm: "z",
        blocks: [],
        statistic: statistic!,
        alternative,
        twoSided: "doubling",
      });
      same(found.statistic, wanted.statistic, tol, name);
      same(found.p_value, wanted.p, tol, name);
      assertEquals([found.assignments, found.exact], [wanted.n_null, true]);
    }
  });
}

Deno.test("checkSharpNull(twoSided) has Gerber and Green's and scipy's p-values of table 2.2", () => {
  const { args, expected, tol } = golden.get("ri_gerber_green_t2_2")! as unknown as {
    args: { y: number[]; d: number[] };
    expected: { [name: string]: number };
    tol: number;
  };
  const table = tableOf({ y: args.y, arm: args.d });
  const absolute = check(table, { outcome: "y" });
  same(absolute.statistic, expected.statistic!, tol);
  same(absolute.p_value, expected.p_two_abs!, tol);
  assertEquals(absolute.alternative, "two-sided, |T*| ≥ |T|");
  same(check(table, { outcome: "y", twoSided: "doubling" }).p_value, expected.p_two_doubling_scipy!, tol);
  same(check(table, { outcome: "y", alternative: "greater" }).p_value, expected.p_upper!, tol);
  same(check(table, { outcome: "y", alternative: "less" }).p_value, expected.p_lower!, tol);
});

Deno.test("checkSharpNull(complete assignment) agrees with coin's exact test and its mid-p-value", () => {
  const { expected, tol } = golden.get("ri_exact_complete")!;
  for (const [name, alternative] of Object.entries(alternatives)) {
    const options = { outcome: "y", arm: "z", alternative, twoSided: "standardized" } as const;
    const found = check(tiny, options);
    const wanted = expected[name.replace("-", "_")];
    same(found.p_value, wanted.p, tol);
    same(
      ((found.statistic as number) - (found.null_mean as number)) / (found.null_sd as number),
      wanted.z,
      tol,
    );
    const draws = columnOf<number>(sampleRandomizations(tiny, options), "statistic");
    const extreme = (value: number) =>
      alternative === "two_sided" ? Math.abs(value) : alternative === "less" ? -value : value;
    const ties = draws.filter((draw) =>
      Math.abs(extreme(draw) - extreme(found.statistic as number)) < 1e-9
    ).length;
    same((found.p_value as number) - ties / 252 / 2, wanted.midp, tol);
  }
  same(check(tiny, { outcome: "y", arm: "z" }).p_value, expected.exactRankTests_two_sided, tol);
});

Deno.test("checkSharpNull(blocks) has coin's mean and variance of the stratified sum, by enumeration", () => {
  const { expected, tol } = golden.get("ri_blocked_asymptotic")!;
  const total = (values: Float64Array) => values.reduce((sum, value) => sum + value, 0);
  const found = check(tiny, { outcome: "y", arm: "z", blocks: "b", statistic: total });
  assertEquals([found.assignments, found.exact], [100, true]);
  same(found.null_mean, expected.expectation, tol);
  same((found.null_sd as number) ** 2, expected.variance, tol);
  same(((found.statistic as number) - expected.expectation) / (found.null_sd as number), expected.z, tol);
});

const pairs = tableOf(goldenData("pairs"));

Deno.test("checkSharpNull(pairs) flips the arms of each pair, as blocks and as personas", () => {
  const { expected, tol } = golden.get("perm_pairs_exact")!;
  const twice = Object.fromEntries(
    ["pair", "z", "y"].map((name) => [name === "pair" ? "persona_id" : name, columnOf(pairs, name)]),
  );
  for (const [table, options] of [[pairs, { blocks: "pair" }], [tableOf(twice), {}]] as const) {
    const found = check(table, { outcome: "y", arm: "z", ...options });
    same(found.statistic, expected.statistic, tol);
    same(found.p_value, expected.two_sided, tol);
    assertEquals(found.assignments, 4096);
    const greater = check(table, { outcome: "y", arm: "z", alternative: "greater", ...options });
    same(greater.p_value, expected.greater, tol);
  }
});

Deno.test("checkSharpNull(own statistic) agrees with scipy's exact test of a difference in entropy", () => {
  const { expected, tol } = golden.get("perm_entropy_exact")!;
  const table = ordinalRows();
  const entropy = (values: Float64Array) => {
    const counts = new Map<number, number>();
    for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
    return -[...counts.values()].reduce(
      (sum, n) => sum + (n / values.length) * Math.log(n / values.length),
      0,
    );
  };
  const found = check(table, {
    outcome: "y",
    reference: "llm",
    statistic: (arm, reference) => entropy(arm) - entropy(reference),
    alternative: "greater",
  });
  same(found.statistic, expected.statistic, tol);
  same(found.p_value, expected.p, tol);
  assertEquals(found.assignments, expected.n_null);
});

/** Rows 61 to 68 of the people and 61 to 69 of the model, counted from 0. */
function ordinalRows(): Table {
  const columns = goldenData("ordinal") as Columns;
  const source = Array.from(columns.source as string[]);
  const value = Array.from(columns.resp as number[]);
  const of = (name: string, from: number, to: number) =>
    value.filter((_, row) => source[row] === name).slice(from, to);
  const [human, model] = [of("human", 60, 68), of("llm", 60, 69)];
  return tableOf({
    arm: [...human.map(() => "human"), ...model.map(() => "llm")],
    y: [...human, ...model],
  });
}

Deno.test("checkSharpNull(rank) agrees with R's exact Wilcoxon test", () => {
  const { expected } = golden.get("wilcoxon")!;
  same(
    check(tiny, { outcome: "y", arm: "z", statistic: "rank" }).p_value,
    expected.exact_tiny.p_value,
    1e-12,
  );
});

Deno.test("checkSharpNull(several outcomes) has the p-values of the step-down largest statistic", () => {
  const { args, expected, tol } = golden.get("wy_max_t_exact")! as unknown as {
    args: { z: number[]; outcomes: number[][] };
    expected: { t: number[]; p: number[]; p_adjusted: number[] };
    tol: number;
  };
  const names = args.outcomes.map((_, j) => `y${j}`);
  const table = tableOf({
    arm: args.z,
    ...Object.fromEntries(names.map((name, j) => [name, args.outcomes[j]])),
  } as Columns);
  const found = checkSharpNull(table, { outcome: names, statistic: "studentized" });
  for (const [column, key] of [["statistic", "t"], ["p_value", "p"], ["p_adjusted", "p_adjusted"]] as const) {
    columnOf<number>(found, column).forEach((value, j) => same(value, expected[key][j]!, tol, column));
  }
});

Deno.test("estimateConstantEffect(tiny) ends where full enumeration stops rejecting", () => {
  const { expected, tol } = golden.get("constant_effect_inversion")!;
  for (const [id, wanted] of Object.entries<{ [name: string]: number }>(expected)) {
    const [design, twoSided] = id.split("_") as ["complete" | "blocked", "absolute" | "doubling"];
    const found = first(estimateConstantEffect(tiny, {
      outcome: "y",
      arm: "z",
      alpha: 0.1,
      twoSided,
      ...(design === "blocked" ? { blocks: "b" } : {}),
    }));
    same(found.estimate, wanted.estimate!, tol, id);
    same(found.conf_low, wanted.conf_low!, tol, id);
    same(found.conf_high, wanted.conf_high!, tol, id);
    same(found.p_value, wanted.p!, tol, id);
    assertAlmostEquals(found.conf_level as number, 0.9);
  }
});
