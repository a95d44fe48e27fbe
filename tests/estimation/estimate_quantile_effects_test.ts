import { incompleteBeta } from "../../lib/stats/distributions.ts";
import { agrees, goldenCases, goldenData } from "../stats/golden_cases.ts";
import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { stream, type Table, tableOf } from "@understudy/understudy/core";
import {
  estimateQuantileEffects,
  type EstimateQuantileEffectsOptions,
} from "@understudy/understudy/estimation";

const cases = goldenCases("quantiles");
const rct = tableOf(goldenData("rct"));

function estimate(options: Partial<EstimateQuantileEffectsOptions>, table: Table = rct): Table {
  return estimateQuantileEffects(table, { outcome: "y", arm: "z", reference: 0, ...options });
}

for (const tau of [0.25, 0.5]) {
  Deno.test(`estimateQuantileEffects(table) agrees with R's quantiles and quantreg at ${tau}`, () => {
    const { expected, tol } = cases.get(`rq_tau${tau}`)!;
    const vertex = estimate({ quantiles: [tau], type: 1, replicates: 50 });
    assert(agrees(vertex.get("estimate", 0), expected.quantile_type1_diff, tol));
    assert(agrees(vertex.get("estimate", 0), expected.unadjusted.z, tol));
    const linear = estimate({ quantiles: [tau], replicates: 50 });
    assert(agrees(linear.get("estimate", 0), expected.quantile_type7_diff, tol));
    assert(agrees(vertex.get("reference_value", 0), expected.unadjusted["(Intercept)"], tol));
  });
}

/** The bootstrap variance of an order statistic in closed form: Maritz and Jarrett 1978, with k of n. */
function exactVariance(sorted: readonly number[], k: number): number {
  const n = sorted.length;
  const below = (i: number) => incompleteBeta(i / n, 1 - i / n, k, n - k + 1);
  const weight = sorted.map((_, i) => below(i + 1) - below(i));
  const mean = sorted.reduce((total, value, i) => total + weight[i]! * value, 0);
  return sorted.reduce((total, value, i) => total + weight[i]! * (value - mean) ** 2, 0);
}

Deno.test("estimateQuantileEffects(table, type 1) has the standard error of the exact bootstrap", () => {
  const random = stream(2, "quantiles");
  const [control, treated] = [21, 31].map((n) => Array.from({ length: n }, () => random.normal()));
  const table = tableOf({
    z: [...control!.map(() => 0), ...treated!.map(() => 1)],
    y: [...control!, ...treated!],
  });
  const order = (values: number[]) => [...values].sort((a, b) => a - b);
  // The 0.3 quantile of type 1 is the 7th of 21 and the 10th of 31.
  const exact = Math.sqrt(exactVariance(order(control!), 7) + exactVariance(order(treated!), 10));
  const found = estimate({ quantiles: [0.3], type: 1, replicates: 20_000 }, table).get("std_error", 0);
  assert(Math.abs(found / exact - 1) < 0.03, `${found} is not ${exact}`);
});

Deno.test("estimateQuantileEffects(table) depends on the seed alone, not on the rows' order", () => {
  const once = estimate({ seed: 7, replicates: 200 });
  assertEquals(once.objects(), estimate({ seed: 7, replicates: 200 }).objects());
  assert(once.get("std_error", 0) !== estimate({ seed: 8, replicates: 200 }).get("std_error", 0));
});

Deno.test("estimateQuantileEffects(table) draws clusters, and personas in both arms as one", () => {
  const clustered = estimate({ outcome: "yc", arm: "zc", clusters: "cl", replicates: 100 });
  assertStringIncludes(clustered.get("notes", 0), "100 bootstrap samples of 30 clusters");
  const personas = Array.from({ length: 30 }, (_, i) => i);
  // A shift that is the same for everybody has no uncertainty when personas are drawn whole.
  const within = tableOf({
    persona_id: [...personas, ...personas],
    z: [...personas.map(() => 0), ...personas.map(() => 1)],
    y: [...personas, ...personas.map((value) => value + 5)],
  });
  const effects = estimate({ quantiles: [0.5], replicates: 50 }, within);
  assertEquals([effects.get("estimate", 0), effects.get("std_error", 0)], [5, 0]);
  assertStringIncludes(effects.get("reason", 0), "all bootstrap samples agree");
});

Deno.test("estimateQuantileEffects(table) warns of outcomes with few values, and of blocks with other shares", () => {
  const likert = estimate({ outcome: "yord", replicates: 20 });
  assertStringIncludes(likert.get("notes", 0), "5 distinct values, between which quantiles jump");
  const noteOf = (values: number, n: number) => {
    const random = stream(1, "scale", values, n);
    const arm = Array.from({ length: 2 * n }, (_, row) => row % 2);
    const y = arm.map(() => Math.round((values - 1) / 2 + values / 5 * random.normal()));
    return String(
      estimateQuantileEffects(tableOf({ arm, y }), { outcome: "y", reference: 0, replicates: 20 }).get(
        "notes",
        0,
      ),
    );
  };
  for (const [values, n] of [[5, 10], [11, 100], [41, 400]] as const) {
    assertStringIncludes(noteOf(values, n), "80 of 100");
  }
  assert(!noteOf(101, 100).includes("jump"));
  const table = tableOf({
    z: [0, 0, 0, 1, 0, 1, 1, 1],
    block: [1, 1, 1, 1, 2, 2, 2, 2],
    y: [1, 2, 3, 4, 5, 6, 7, 8],
  });
  const blocked = estimate({ blocks: "block", replicates: 20 }, table);
  assertStringIncludes(blocked.get("notes", 0), "the shares of the arms differ between blocks");
});

Deno.test("estimateQuantileEffects(table) says what it cannot compute", () => {
  const single = estimate({ quantiles: [0.5] }, tableOf({ z: [0, 0, 1], y: [1, 2, 3] }));
  assert(Number.isNaN(single.get("std_error", 0)));
  assertStringIncludes(single.get("reason", 0), "one unit in an arm shows no variance");
  const empty = estimate({ quantiles: [0.5] }, tableOf({ z: [0, 0, 1], y: [1, 2, null] }));
  assert(Number.isNaN(empty.get("estimate", 0)));
  assertStringIncludes(empty.get("reason", 0), "no unit of '1' has a value");
});

Deno.test("estimateQuantileEffects(table, options) refuses what it cannot mean", () => {
  assertThrows(() => estimate({ quantiles: [1] }), RangeError, "'quantiles' must lie between 0 and 1");
  assertThrows(() => estimate({ quantiles: [] }), TypeError, "'quantiles' must be a list of numbers");
  assertThrows(() => estimate({ type: 0 as never }), RangeError, "'type' must be one of");
  assertThrows(
    () => estimate({ replicates: 1 }),
    RangeError,
    "'replicates' must be a whole number of at least 2",
  );
});
