import fc from "fast-check";
import type { Comparison } from "../../lib/core/units.ts";
import { combineBlocks } from "../../lib/estimation/block_effects.ts";
import { agrees, goldenCases, goldenData } from "../stats/golden_cases.ts";
import { assert, assertAlmostEquals, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { columnOf, type Table, tableOf } from "@understudy/understudy/core";
import { estimateEffects, type EstimateEffectsOptions } from "@understudy/understudy/estimation";
import { leastSquares } from "@understudy/understudy/stats";

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
  const effects = estimateEffects(tableOf(data), { df: "residual", ...options });
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
  const blocked = checkCase("dim_blocked", rct, {
    outcome: "yb",
    arm: "zb",
    blocks: "block",
  });
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
  const residual = estimateEffects(tableOf(rct), { ...options, df: "residual" });
  assertEquals([residual.get("df", 0), effects.get("design", 0)], [
    new Set(rct.cl!).size - 2 * labels.length,
    "blocked and clustered",
  ]);
  const uncertainty = sum(({ n, fit }) => ((n / 120) ** 2 * fit.standardErrors[1]! ** 2) ** 2 / fit.df[1]!);
  assertAlmostEquals(effects.get("df", 0), variance ** 2 / uncertainty, 1e-9);
});

Deno.test("weighted blocks have shares by weight, HC2 within and units less two per block as residual df", () => {
  const options = { outcome: "yb", arm: "zb", blocks: "block", weights: "w", df: "residual" } as const;
  const effects = estimateEffects(tableOf(rct), options);
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
  const fit = leastSquares(columns, rct.y as number[], {
    weights: rct.w as number[],
  });
  assertAlmostEquals(effects.get("estimate", 0), fit.coefficients[1]!, 1e-13);
  assertAlmostEquals(effects.get("std_error", 0), fit.standardErrors[1]!, 1e-13);
});

Deno.test("the weighted difference in means has Kish's effective numbers in Welch's df", () => {
  const [z, w] = [rct.z, rct.w] as number[][];
  const parts = [0, 1].map((side) => {
    const rows = [...z!.keys()].filter((i) => z![i] === side);
    const total = rows.reduce((sum, i) => sum + w![i]!, 0);
    const share = rows.map((i) => w![i]! / total);
    const part = share.map((s) => s * s / (1 - s));
    const mean = rows.reduce((sum, i, at) => sum + share[at]! * (rct.y![i] as number), 0);
    const variance = rows.reduce((sum, i, at) => sum + part[at]! * (rct.y![i] as number - mean) ** 2, 0);
    return { variance, df: 1 / share.reduce((sum, s) => sum + s * s, 0) - 1 };
  });
  const total = parts[0]!.variance + parts[1]!.variance;
  const effects = estimateEffects(tableOf(rct), { outcome: "y", arm: "z", weights: "w" });
  assertAlmostEquals(effects.get("std_error", 0), Math.sqrt(total), 1e-12);
  const expected = total ** 2 / parts.reduce((sum, { variance, df }) => sum + variance ** 2 / df, 0);
  assertAlmostEquals(effects.get("df", 0), expected, 1e-9);
  const equal = estimateEffects(tableOf({ ...rct, w: w!.map(() => 3) }), {
    outcome: "y",
    arm: "z",
    weights: "w",
  });
  const plain = estimateEffects(tableOf(rct), { outcome: "y", arm: "z" });
  assertAlmostEquals(equal.get("df", 0), plain.get("df", 0), 1e-9);
});

Deno.test("blocks may be the combinations of several columns", () => {
  const number = rct.block!.map((block) => Number(String(block).slice(1)));
  const data = {
    ...rct,
    half: number.map((value) => value > 3),
    place: number.map((value) => value % 3),
  };
  const several = estimateEffects(tableOf(data), { outcome: "y", arm: "z", blocks: ["half", "place"] });
  const one = estimateEffects(tableOf(data), { outcome: "y", arm: "z", blocks: "block" });
  for (const field of ["estimate", "std_error", "df"]) {
    assertAlmostEquals(several.get(field, 0), one.get(field, 0), 1e-12);
  }
});

Deno.test("clusters of single units give the HC2 standard error, and blocks of one give the standard estimate", () => {
  const plain = estimateEffects(tableOf(rct), { outcome: "y", arm: "z" });
  const clustered = estimateEffects(tableOf(rct), { outcome: "y", arm: "z", clusters: "id" });
  const blocked = estimateEffects(
    tableOf({ ...rct, all: rct.id!.map(() => "all") }),
    {
      outcome: "y",
      arm: "z",
      blocks: "all",
    },
  );
  for (const other of [clustered, blocked]) {
    assertAlmostEquals(other.get("estimate", 0), plain.get("estimate", 0), 1e-12);
    assertAlmostEquals(other.get("std_error", 0), plain.get("std_error", 0), 1e-12);
  }
  // Bell and McCaffrey's df is not Welch's, which is scaled by the estimated variances; those of one block are Welch's.
  assertAlmostEquals(blocked.get("df", 0), plain.get("df", 0), 1e-9);
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
  const larger = { share: 0, effect: 0, pair: false, variance: 0, df: 1 };
  let average = 0;
  for (let signs = 0; signs < 16; signs++) {
    const pairs = shares.map((share, k) => {
      const effect = 7 + (signs >> k & 1 ? 1 : -1) * deviations[k]!;
      return { share, effect, pair: true, variance: NaN, df: NaN };
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

const settings = { seed: 1, numRuns: 150 };
interface Unit {
  arm: unknown;
  y: unknown;
  block: unknown;
  cluster: unknown;
  w: unknown;
  persona_id: unknown;
}
const tableFrom = (units: readonly Unit[], y: (unit: Unit) => unknown = (unit) => unit.y): Table =>
  tableOf({
    arm: units.map((unit) => unit.arm),
    y: units.map(y),
    block: units.map((unit) => unit.block),
    cluster: units.map((unit) => unit.cluster),
    w: units.map((unit) => unit.w),
    persona_id: units.map((unit) => unit.persona_id),
    row: units.map((_, row) => row),
  });

const odd = fc.oneof(
  fc.constantFrom<unknown>(null, undefined, NaN, "", "a", "control", true, 0, -1, Infinity),
  fc.double(),
);
const mostly = (usual: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> =>
  fc.oneof({ weight: 300, arbitrary: usual }, { weight: 1, arbitrary: odd });
const wildUnit: fc.Arbitrary<Unit> = fc.record({
  arm: mostly(fc.constantFrom("a", "control")),
  y: mostly(fc.oneof(fc.integer({ min: 0, max: 3 }), fc.double({ min: -1e9, max: 1e9, noNaN: true }))),
  block: mostly(fc.constantFrom("x", "y")),
  cluster: mostly(fc.integer({ min: 0, max: 30 })),
  w: mostly(fc.double({ min: 0, max: 9, noNaN: true })),
  persona_id: mostly(fc.integer({ min: 0, max: 90 })),
});
const wildChoices: EstimateEffectsOptions = {
  outcome: "y",
  reference: "a",
  blocks: ["block"],
  clusters: "cluster",
  weights: "w",
  category: 1,
  mixedBlocks: "pairs",
};
const wildOptions: fc.Arbitrary<EstimateEffectsOptions> = fc.tuple(
  fc.subarray(Object.keys(wildChoices).slice(1)),
  fc.boolean(),
).map(([chosen, rowsAreUnits]) => ({
  ...Object.fromEntries(Object.entries(wildChoices).filter(([key]) => chosen.includes(key))),
  outcome: "y",
  persona: rowsAreUnits ? "row" : "persona_id",
}));

Deno.test("estimateEffects(table) of any table is a table or an error that says what cannot be done", () => {
  let tables = 0;
  fc.assert(
    fc.property(fc.array(wildUnit, { minLength: 1, maxLength: 40 }), wildOptions, (units, options) => {
      try {
        const effects = estimateEffects(tableFrom(units), options);
        tables++;
        for (let row = 0; row < effects.numRows(); row++) {
          const [se, p] = [effects.get("std_error", row) as number, effects.get("p_value", row) as number];
          assert(Number.isNaN(se) || se >= 0);
          assert(Number.isNaN(p) ? effects.get("reason", row) !== "" : p >= 0 && p <= 1);
        }
      } catch (error) {
        assert(
          /^Cannot (estimate effects|fit) as /.test((error as Error).message),
          String((error as Error).stack),
        );
      }
    }),
    { seed: 1, numRuns: 3000 },
  );
  assert(tables > 800, `only ${tables} tables`);
});

/** Experiments that every design can be estimated from: 3 blocks of 2 arms of 2 clusters of 1 to 3 units. */
const experiment: fc.Arbitrary<Unit[]> = fc.array(
  fc.array(fc.tuple(fc.integer({ min: -1000, max: 1000 }), fc.integer({ min: 1, max: 20 })), {
    minLength: 1,
    maxLength: 3,
  }),
  { minLength: 12, maxLength: 12 },
).map((clusters) =>
  clusters.flatMap((units, cluster) =>
    units.map(([y, w], i) => ({
      arm: cluster % 2 === 0 ? "low" : "high",
      y: y / 8,
      w: w / 4,
      block: `b${Math.floor(cluster / 4)}`,
      cluster: `k${cluster}`,
      persona_id: `p${cluster}-${i}`,
    }))
  )
);
const designs: fc.Arbitrary<EstimateEffectsOptions> = fc.record({
  blocks: fc.constant("block"),
  clusters: fc.constant("cluster"),
  weights: fc.constant("w"),
}, { requiredKeys: [] }).map((design) => ({ outcome: "y", reference: "low", ...design }));

const close = (a: number, b: number, scale: number) =>
  Number.isNaN(a) && Number.isNaN(b) || Math.abs(a - b) <= 1e-9 * scale;

function sameEffects(
  left: Table,
  right: Table,
  change: { sign?: number; factor?: number; size?: number } = {},
): void {
  const { sign = 1, factor = 1, size = 1 } = change;
  const scale = Math.abs(factor) * 200 * size;
  const [low, high] = sign * factor > 0 ? ["conf_low", "conf_high"] : ["conf_high", "conf_low"];
  const value = (table: Table, field: string) => table.get(field, 0) as number;
  assert(close(value(left, "estimate") * sign * factor, value(right, "estimate"), scale), "estimate");
  assert(close(value(left, "std_error") * Math.abs(factor), value(right, "std_error"), scale), "std_error");
  assert(close(value(left, low!) * sign * factor, value(right, "conf_low"), scale * 100), "conf_low");
  assert(close(value(left, high!) * sign * factor, value(right, "conf_high"), scale * 100), "conf_high");
  if (value(left, "std_error") > 1e-3) {
    assert(close(value(left, "df"), value(right, "df"), value(left, "df") * 100), "df");
    assert(close(value(left, "p_value"), value(right, "p_value"), 1000), "p_value");
  }
}

Deno.test("estimateEffects(table) does not depend on the rows' order or on the names of blocks, clusters, personas", () => {
  fc.assert(
    fc.property(experiment, designs, fc.infiniteStream(fc.nat()), (units, options, order) => {
      const shuffled = units.map((unit) => ({ unit, key: order.next().value as number })).sort((a, b) =>
        a.key - b.key
      );
      const renamed = shuffled.map(({ unit }) => ({
        ...unit,
        block: `x${unit.block}`.split("").reverse().join(""),
        cluster: `x${unit.cluster}`.split("").reverse().join(""),
        persona_id: `q${unit.persona_id}`,
      }));
      sameEffects(estimateEffects(tableFrom(units), options), estimateEffects(tableFrom(renamed), options));
    }),
    settings,
  );
});

Deno.test("estimateEffects(table): a shift of the outcome changes nothing, a factor multiplies", () => {
  fc.assert(
    fc.property(
      experiment,
      designs,
      fc.integer({ min: -99, max: 99 }),
      fc.constantFrom(-3, 0.25, 8),
      (units, options, shift, factor) => {
        const plain = estimateEffects(tableFrom(units), options);
        sameEffects(plain, estimateEffects(tableFrom(units, (unit) => unit.y as number + shift), options));
        sameEffects(plain, estimateEffects(tableFrom(units, (unit) => unit.y as number * factor), options), {
          factor,
        });
      },
    ),
    settings,
  );
});

Deno.test("estimateEffects(table): with arms swapped the sign flips and nothing else", () => {
  fc.assert(
    fc.property(experiment, designs, (units, options) => {
      const swapped = units.map((unit) => ({ ...unit, arm: unit.arm === "low" ? "high" : "low" }));
      const [plain, turned] = [
        estimateEffects(tableFrom(units), options),
        estimateEffects(tableFrom(swapped), options),
      ];
      sameEffects(plain, turned, { sign: -1 });
      assert(columnOf(turned, "arm")[0] === "high");
    }),
    settings,
  );
});

Deno.test("estimateEffects(table): the scale of the weights plays no part", () => {
  fc.assert(
    fc.property(experiment, designs, fc.constantFrom(1e-6, 3, 1e5), (units, options, factor) => {
      const scaled = units.map((unit) => ({ ...unit, w: unit.w as number * factor }));
      sameEffects(estimateEffects(tableFrom(units), options), estimateEffects(tableFrom(scaled), options));
    }),
    settings,
  );
});
