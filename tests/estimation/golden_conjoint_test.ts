import { assert, assertEquals, assertThrows } from "@std/assert";
import { columnOf, type Table, tableOf } from "@understudy/understudy/core";
import {
  compareAmces,
  estimateAmce,
  type EstimateAmceOptions,
  estimateMarginalMeans,
} from "@understudy/understudy/estimation";
import { normalQuantile } from "@understudy/understudy/stats";
import { agrees, goldenCases, goldenData } from "../stats/golden_cases.ts";

const cases = goldenCases("conjoint");
const profiles = tableOf(goldenData("conjoint"));
const features = {
  education: ["NoSchool", "HighSchool", "College"],
  job: ["Janitor", "Teacher", "Doctor"],
  language: ["Fluent", "Broken"],
  origin: ["Germany", "Mexico", "Iraq"],
};
const base: EstimateAmceOptions = { outcome: "chosen", features, clusters: "resp", basis: "human" };

const fields = [
  ["estimate", "estimate"],
  ["std_error", "std.error"],
  ["statistic", "z"],
  ["p_value", "p"],
  ["conf_low", "lower"],
  ["conf_high", "upper"],
] as const;

interface GoldenRow {
  readonly [field: string]: number | string | null;
}

/** Compares every row of a case, by (feature, level). */
function agree(id: string, found: Table, leave: readonly string[] = []): void {
  const { expected, tol } = cases.get(id)!;
  const rows = found.objects() as { [column: string]: unknown }[];
  for (const wanted of expected.rows as GoldenRow[]) {
    const row = rows.find(({ feature, level }) => feature === wanted.feature && level === wanted.level);
    assert(row !== undefined, `${id}: no row for ${wanted.feature} ${wanted.level}`);
    for (const [ours, theirs] of fields) {
      if (leave.includes(ours)) continue;
      const [actual, golden] = [row[ours] as number, wanted[theirs] as number | null];
      const same = golden === null ? Number.isNaN(actual) : agrees(actual, golden, tol);
      assert(same, `${id} ${wanted.level} ${ours}: ${actual} is not ${golden}`);
    }
  }
}

Deno.test("estimateAmce(table) agrees with cregg: respondents as clusters, choice and rating", () => {
  agree("amce_clustered", estimateAmce(profiles, base));
  agree("amce_rating", estimateAmce(profiles, { ...base, outcome: "rating" }));
});

Deno.test("estimateAmce(table, clusters null) agrees with cregg's independent rows", () => {
  agree("amce_unclustered", estimateAmce(profiles, { ...base, clusters: null }));
});

Deno.test("estimateAmce(table, average coefficients) agrees with cregg's constrained features, but with 95% limits", () => {
  const found = estimateAmce(profiles, {
    ...base,
    interactions: [["education", "job"]],
    average: "coefficients",
  });
  // cregg gives constrained features normal limits at 1 - alpha: 90% intervals labelled 95%.
  agree("amce_constrained", found, ["conf_low", "conf_high"]);
  const z = normalQuantile(0.975);
  for (const row of found.objects() as { [column: string]: number }[]) {
    if (Number.isNaN(row.std_error)) continue;
    assert(agrees(row.conf_low!, row.estimate! - z * row.std_error!, 1e-12));
    assert(agrees(row.conf_high!, row.estimate! + z * row.std_error!, 1e-12));
  }
  const { rows } = cases.get("amce_constrained")!.expected;
  const theirs = rows[1] as { [field: string]: number };
  const ninety = theirs.estimate! - normalQuantile(0.95) * theirs["std.error"]!;
  assert(agrees(theirs.lower!, ninety, 1e-8), "the reference's interval is the 90% one");
});

Deno.test("estimateAmce(by, differences) agrees with cregg's amce_diffs", () => {
  const found = estimateAmce(profiles, { ...base, by: "party", differences: true });
  agree("amce_diffs_party", found);
  assertEquals(found.numRows(), 7);
  assertEquals(new Set(columnOf(found, "reference_group")), new Set(["Left"]));
});

Deno.test("estimateMarginalMeans(table) agrees with cregg's mm, also against another value than 0", () => {
  const { outcome, clusters } = { outcome: "chosen", clusters: "resp" };
  agree("mm_clustered", estimateMarginalMeans(profiles, { outcome, features, clusters }));
  agree("mm_h0", estimateMarginalMeans(profiles, { outcome, features, clusters, nullValue: 0.5 }));
});

Deno.test("estimateMarginalMeans(table) counts the profiles that show a level, as cregg's cj_freqs", () => {
  const found = estimateMarginalMeans(profiles, { outcome: "chosen", features, clusters: "resp" });
  const { rows } = cases.get("cj_freqs")!.expected;
  assertEquals(
    columnOf<number>(found, "n"),
    (rows as { estimate: number }[]).map(({ estimate }) => estimate),
  );
});

Deno.test("compareAmces(covariance classical) agrees with cregg's F test; clustered, the test is another", () => {
  const { expected, tol } = cases.get("cj_anova_party")!;
  const options = { outcome: "chosen", features, clusters: "resp", by: "party", level: true } as const;
  const classical = compareAmces(profiles, { ...options, covariance: "classical" }).objects().at(-1) as {
    [column: string]: number;
  };
  assert(agrees(classical.statistic!, expected.F, tol), `${classical.statistic} is not ${expected.F}`);
  assert(agrees(classical.p_value!, expected.p_value, tol));
  assertEquals([classical.df, classical.df_residual], [expected.df, expected.resid_df[1]]);
  const clustered = compareAmces(profiles, options).objects().at(-1) as { [column: string]: number };
  assert(Math.abs(clustered.statistic! - expected.F) > 0.01);
});

Deno.test("estimateAmce(table) takes texts for features, and refuses what has no levels", () => {
  assert(typeof cases.get("amce_nonfactor_error")!.expected.error === "string");
  // The reference refuses texts, which have no first level; ours sorts levels and says which one it took.
  const named = estimateAmce(profiles, { ...base, features: Object.keys(features) });
  assertEquals(columnOf<string>(named, "reference").slice(3, 6), ["Doctor", "Doctor", "Doctor"]);
  const doctor = columnOf<number>(named, "estimate")[4]!;
  const { rows } = cases.get("amce_clustered")!.expected;
  assert(agrees(doctor, -(rows[5] as { estimate: number }).estimate, 1e-8));
  const error = assertThrows(
    () => estimateAmce(tableOf({ y: [1, 2, 3], job: [{}, {}, {}] }), { outcome: "y", features: ["job"] }),
    TypeError,
  );
  assertEquals(
    error.message,
    "Cannot estimate AMCEs as 'job' must hold texts, numbers, true or false: current value is {}",
  );
});
