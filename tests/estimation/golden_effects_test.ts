import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { columnOf, type Table, tableOf } from "@understudy/understudy/core";
import { estimateEffects, type EstimateEffectsOptions } from "@understudy/understudy/estimation";
import { agrees, goldenCases, goldenData } from "../stats/golden_cases.ts";

const cases = goldenCases("effects");
const rct = goldenData("rct");
const pairs = goldenData("pairs");
const withRows = (pair: string[], z: number[], y: number[]) => ({
  pair: [...pairs.pair!, ...pair],
  z: [...pairs.z!, ...z],
  y: [...pairs.y!, ...y],
});
const mixed = withRows(new Array(6).fill("big"), [1, 1, 1, 0, 0, 0], [1, 2, 3, 0.5, 0.2, 0.9]);

function checkCase(
  id: string,
  data: { [column: string]: unknown[] },
  options: EstimateEffectsOptions,
  row = 0,
): Table {
  const { expected, tol } = cases.get(id)!;
  const effects = estimateEffects(tableOf(data), options);
  for (const field of ["estimate", "std_error", "statistic", "p_value", "conf_low", "conf_high", "df"]) {
    const actual = effects.get(field, row) as number;
    assert(agrees(actual, expected[field], tol), `${id} ${field}: ${actual} is not ${expected[field]}`);
  }
  assertEquals(effects.get("n", row), expected.nobs);
  return effects;
}

Deno.test("estimateEffects(table) agrees with estimatr: standard", () => {
  const effects = checkCase("dim_standard", rct, { outcome: "y", arm: "z" });
  assertEquals([effects.get("arm", 0), effects.get("reference", 0), effects.get("design", 0)], [
    "1",
    "0",
    "standard",
  ]);
  const wide = checkCase("dim_alpha10", rct, { outcome: "y", arm: "z", alpha: 0.1 });
  assertEquals(wide.get("conf_level", 0), 0.9);
});

Deno.test("estimateEffects(table) agrees with estimatr: one of several arms", () => {
  const effects = checkCase(
    "dim_multiarm_t2_vs_ctl",
    rct,
    { outcome: "ya", arm: "arm", reference: "ctl" },
    1,
  );
  assertEquals(columnOf(effects, "arm"), ["t1", "t2"]);
});

Deno.test("estimateEffects(table) agrees with estimatr: blocked and matched pairs", () => {
  const blocked = checkCase("dim_blocked", rct, { outcome: "yb", arm: "zb", blocks: "block" });
  assertEquals(blocked.get("design", 0), "blocked");
  const matched = checkCase("dim_matched_pair", pairs, { outcome: "y", arm: "z", blocks: "pair" });
  assertEquals(matched.get("design", 0), "matched pairs");
});

Deno.test("estimateEffects(table) agrees with estimatr: clustered and weighted", () => {
  checkCase("dim_clustered", rct, { outcome: "yc", arm: "zc", clusters: "cl" });
  checkCase("dim_weighted", rct, { outcome: "y", arm: "z", weights: "w" });
  const both = checkCase("dim_weighted_clustered", rct, {
    outcome: "yc",
    arm: "zc",
    weights: "w",
    clusters: "cl",
  });
  assertEquals(both.get("design", 0), "clustered, weighted");
});

Deno.test("estimateEffects(table, mixedBlocks 'pairs') agrees with estimatr, and warns in notes", () => {
  const effects = checkCase("dim_mixed_pairs_warn", mixed, {
    outcome: "y",
    arm: "z",
    blocks: "pair",
    mixedBlocks: "pairs",
  });
  assertStringIncludes(effects.get("notes", 0), "12 pairs and 1 larger blocks; warning");
});

Deno.test("estimateEffects(table) adds the variance between pairs to that within larger blocks", () => {
  // The definition, from the golden standard error of the 12 pairs alone and Welch's variance in the large block.
  const { expected } = cases.get("dim_matched_pair")!;
  const variance = (y: number[]) => {
    const mean = y.reduce((a, b) => a + b, 0) / y.length;
    return y.reduce((total, value) => total + (value - mean) ** 2, 0) / (y.length - 1) / y.length;
  };
  const [v1, v0] = [variance([1, 2, 3]), variance([0.5, 0.2, 0.9])];
  const between = (24 / 30) ** 2 * expected.std_error ** 2;
  const within = (6 / 30) ** 2 * (v1 + v0);
  const df = (between + within) ** 2 / (between ** 2 / 11 + (6 / 30) ** 4 * (v1 ** 2 / 2 + v0 ** 2 / 2));
  const effects = estimateEffects(tableOf(mixed), { outcome: "y", arm: "z", blocks: "pair" });
  assert(agrees(effects.get("estimate", 0), cases.get("dim_mixed_pairs_warn")!.expected.estimate, 1e-12));
  assert(agrees(effects.get("std_error", 0), Math.sqrt(between + within), 1e-8));
  assert(agrees(effects.get("df", 0), df, 1e-7));
});

const wrong: {
  id: string;
  data: { [column: string]: unknown[] };
  options: EstimateEffectsOptions;
  says: string;
}[] = [
  {
    id: "dim_multiarm_error",
    data: rct,
    options: { outcome: "ya", arm: "arm" },
    says: "'reference' must be named where there are more than two arms",
  },
  {
    id: "dim_singleton_block_error",
    data: withRows(["solo"], [1], [1]),
    options: { outcome: "y", arm: "z", blocks: "pair" },
    says:
      "'blocks' must hold at least two units with values in every block: block 'solo' has 0 of '0' and 1 of '1'",
  },
  {
    id: "dim_pair_weights_error",
    data: { ...pairs, w: pairs.z!.map((_, i) => i + 1) },
    options: { outcome: "y", arm: "z", blocks: "pair", weights: "w" },
    says: "'weights' must not be given where blocks are pairs: 12 of 12 blocks are pairs",
  },
  {
    id: "dim_cluster_split_error",
    data: rct,
    options: { outcome: "y", arm: "z", clusters: "cl" },
    says: "'clusters' must lie in one arm each: cluster 'c01' has units in both",
  },
  {
    id: "dim_block_one_treated_error",
    data: {
      ...rct,
      zb: rct.zb!.map((z, i) => rct.block![i] !== "b4" ? z : i === rct.block!.indexOf("b4") ? 1 : 0),
    },
    options: { outcome: "yb", arm: "zb", blocks: "block" },
    says: "block 'b4' has 19 of '0' and 1 of '1'; join small blocks",
  },
];
for (const { id, data, options, says } of wrong) {
  Deno.test(`estimateEffects(table) refuses what estimatr refuses: ${id}`, () => {
    assert(typeof cases.get(id)!.expected.error === "string");
    const error = assertThrows(() => estimateEffects(tableOf(data), options), RangeError, says);
    assert(error.message.startsWith("Cannot estimate effects as "), error.message);
  });
}
