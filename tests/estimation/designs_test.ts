import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { tableOf } from "@understudy/understudy/core";
import { estimateEffects } from "@understudy/understudy/estimation";
import { leastSquares } from "@understudy/understudy/stats";
import { combineBlocks } from "../../lib/estimation/block_effects.ts";
import type { Comparison } from "../../lib/core/units.ts";
import { goldenData } from "../stats/golden_cases.ts";

const rct = goldenData("rct");

Deno.test("pairs of clusters follow Imai, King and Nall 2009, equation 6", () => {
  const data = goldenData("pairs_clustered");
  const effects = estimateEffects(tableOf(data), { outcome: "y", arm: "z", blocks: "pair", clusters: "cl" });
  const labels = [...new Set(data.pair!)];
  const N = data.y!.length;
  const B = labels.length;
  const parts = labels.map((label) => {
    const rows = [...data.y!.keys()].filter((i) => data.pair![i] === label);
    const mean = (arm: number) => {
      const own = rows.filter((i) => data.z![i] === arm).map((i) => data.y![i] as number);
      return own.reduce((a, b) => a + b, 0) / own.length;
    };
    return { n: rows.length, d: mean(1) - mean(0) };
  });
  const d = parts.reduce((total, part) => total + (part.n / N) * part.d, 0);
  const squares = parts.reduce((total, part) => total + (part.n * part.d - (N * d) / B) ** 2, 0);
  assertAlmostEquals(effects.get("estimate", 0), d, 1e-12);
  assertAlmostEquals(effects.get("std_error", 0), Math.sqrt(B / ((B - 1) * N ** 2) * squares), 1e-12);
  assertEquals([effects.get("df", 0), effects.get("design", 0), effects.get("n", 0)], [
    B - 1,
    "pairs of clusters",
    N,
  ]);
});

Deno.test("clusters within blocks combine each block's CR2 fit by its share of units", () => {
  const options = { outcome: "ybc", arm: "zbc", blocks: "block", clusters: "cl" };
  const effects = estimateEffects(tableOf(rct), options);
  const labels = [...new Set(rct.block!)];
  const fits = labels.map((label) => {
    const rows = [...rct.id!.keys()].filter((i) => rct.block![i] === label);
    const take = (name: string) => rows.map((i) => rct[name]![i] as number);
    return {
      n: rows.length,
      fit: leastSquares([rows.map(() => 1), take("zbc")], take("ybc"), { clusters: take("cl") }),
    };
  });
  const sum = (of: (part: typeof fits[number]) => number) =>
    fits.reduce((total, part) => total + of(part), 0);
  const variance = sum(({ n, fit }) => (n / 120) ** 2 * fit.standardErrors[1]! ** 2);
  assertAlmostEquals(effects.get("estimate", 0), sum(({ n, fit }) => n / 120 * fit.coefficients[1]!), 1e-12);
  assertAlmostEquals(effects.get("std_error", 0), Math.sqrt(variance), 1e-12);
  assertEquals([effects.get("df", 0), effects.get("design", 0)], [
    new Set(rct.cl!).size - 2 * labels.length,
    "blocked and clustered",
  ]);
});

Deno.test("weighted blocks have shares by weight, HC2 within and units less two per block as df", () => {
  const effects = estimateEffects(tableOf(rct), { outcome: "yb", arm: "zb", blocks: "block", weights: "w" });
  const weights = rct.w as number[];
  const total = weights.reduce((a, b) => a + b, 0);
  let estimate = 0;
  let variance = 0;
  for (const label of new Set(rct.block!)) {
    const rows = [...weights.keys()].filter((i) => rct.block![i] === label);
    const take = (name: string) => rows.map((i) => rct[name]![i] as number);
    const fit = leastSquares([rows.map(() => 1), take("zb")], take("yb"), { weights: take("w") });
    const share = take("w").reduce((a, b) => a + b, 0) / total;
    estimate += share * fit.coefficients[1]!;
    variance += share ** 2 * fit.standardErrors[1]! ** 2;
  }
  assertAlmostEquals(effects.get("estimate", 0), estimate, 1e-12);
  assertAlmostEquals(effects.get("std_error", 0), Math.sqrt(variance), 1e-12);
  assertEquals([effects.get("df", 0), effects.get("design", 0)], [108, "blocked, weighted"]);
});

Deno.test("the weighted difference in means is the weighted least squares slope with HC2", () => {
  const effects = estimateEffects(tableOf(rct), { outcome: "y", arm: "z", weights: "w" });
  const columns = [rct.z!.map(() => 1), rct.z as number[]];
  const fit = leastSquares(columns, rct.y as number[], { weights: rct.w as number[] });
  assertAlmostEquals(effects.get("estimate", 0), fit.coefficients[1]!, 1e-13);
  assertAlmostEquals(effects.get("std_error", 0), fit.standardErrors[1]!, 1e-13);
});

Deno.test("blocks may be the combinations of several columns", () => {
  const number = rct.block!.map((block) => Number(String(block).slice(1)));
  const data = { ...rct, half: number.map((value) => value > 3), place: number.map((value) => value % 3) };
  const several = estimateEffects(tableOf(data), { outcome: "y", arm: "z", blocks: ["half", "place"] });
  const one = estimateEffects(tableOf(data), { outcome: "y", arm: "z", blocks: "block" });
  for (const field of ["estimate", "std_error", "df"]) {
    assertAlmostEquals(several.get(field, 0), one.get(field, 0), 1e-12);
  }
});

Deno.test("clusters of single units give the HC2 standard error, and blocks of one give the standard estimate", () => {
  const plain = estimateEffects(tableOf(rct), { outcome: "y", arm: "z" });
  const clustered = estimateEffects(tableOf(rct), { outcome: "y", arm: "z", clusters: "id" });
  const blocked = estimateEffects(tableOf({ ...rct, all: rct.id!.map(() => "all") }), {
    outcome: "y",
    arm: "z",
    blocks: "all",
  });
  for (const other of [clustered, blocked]) {
    assertAlmostEquals(other.get("estimate", 0), plain.get("estimate", 0), 1e-12);
    assertAlmostEquals(other.get("std_error", 0), plain.get("std_error", 0), 1e-12);
  }
  // Bell and McCaffrey's df is not Welch's, which is scaled by the estimated variances; the df of the block is N - 2.
  assertEquals(blocked.get("df", 0), 118);
});

Deno.test("pairs of unequal clusters beside larger blocks use the unequal-share variance, and say when they cannot", () => {
  const build = (sizes: readonly number[]) => {
    const data: { [column: string]: (number | string)[] } = { y: [], z: [], pair: [], cl: [] };
    const add = (pair: string, cluster: string, z: number, y: number) => {
      data.pair!.push(pair);
      data.cl!.push(cluster);
      data.z!.push(z);
      data.y!.push(y);
    };
    sizes.forEach((size, k) => {
      for (let i = 0; i < size; i++) {
        add(`p${k}`, `p${k}${i % 2}`, i % 2, (i % 2) * (k + 1) + (i > 1 ? 0.5 : -0.5));
      }
    });
    for (let i = 0; i < 12; i++) add("big", `big${i % 4}`, i % 2, Math.sin(3 * i));
    return data;
  };
  const options = { outcome: "y", arm: "z", blocks: "pair", clusters: "cl" };
  const effects = estimateEffects(tableOf(build([4, 4, 8, 6])), options);
  assertEquals(effects.get("design", 0), "blocked and clustered, some pairs");
  assert(effects.get("std_error", 0) > 0 && effects.get("df", 0) > 3);
  const two = estimateEffects(tableOf(build([4, 8])), options);
  assert(Number.isNaN(two.get("std_error", 0)) && two.get("reason", 0).includes("too few pairs"));
});

Deno.test("the variance between pairs of unequal shares is unbiased where pairs have the same effect", () => {
  // Four independent pairs, each ± its standard deviation with equal chance: all 16 outcomes average to Σ share² sd².
  const shares = [0.1, 0.2, 0.3, 0.4];
  const deviations = [3, 1, 0.5, 2];
  const comparison = {
    cluster: null,
    weight: null,
    outcome: new Float64Array(2),
    notes: [],
  } as unknown as Comparison;
  const larger = { share: 0, effect: 0, pair: false, variance: 0, uncertainty: 0 };
  let average = 0;
  for (let signs = 0; signs < 16; signs++) {
    const pairs = shares.map((share, k) => {
      const effect = 7 + (signs >> k & 1 ? 1 : -1) * deviations[k]!;
      return { share, effect, pair: true, variance: NaN, uncertainty: NaN };
    });
    average += combineBlocks([...pairs, larger], comparison, { mixedBlocks: "hybrid", smallBlocks: "error" })
          .stdError ** 2 / 16;
  }
  assertAlmostEquals(
    average,
    shares.reduce((sum, share, k) => sum + share ** 2 * deviations[k]! ** 2, 0),
    1e-12,
  );
});

Deno.test("a cluster in two blocks, and a block without an arm, are errors that name them", () => {
  const data = { y: [1, 2, 3, 4], z: [0, 1, 0, 1], block: ["a", "a", "b", "b"], cl: ["k", "l", "k", "m"] };
  assertThrows(
    () => estimateEffects(tableOf(data), { outcome: "y", arm: "z", blocks: "block", clusters: "cl" }),
    RangeError,
    "'clusters' must lie in one block each: cluster 'k' lies in several",
  );
  assertThrows(
    () => estimateEffects(tableOf({ ...data, z: [0, 1, 1, 1] }), { outcome: "y", arm: "z", blocks: "block" }),
    RangeError,
    "block 'b' has 0 of '0' and 2 of '1'",
  );
});
