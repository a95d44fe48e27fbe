import { assert, assertAlmostEquals, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { columnOf, type Columns, stream, type Table, tableOf } from "@understudy/understudy/core";
import { assignTreatments, declareDesign } from "@understudy/understudy/designs";
import {
  checkSharpNull,
  type CheckSharpNullOptions,
  estimateConstantEffect,
  type EstimateConstantEffectOptions,
  estimateEffects,
  sampleRandomizations,
} from "@understudy/understudy/estimation";
import fc from "fast-check";
import { items, personasOf, treatmentsOf } from "../designs/fixtures.ts";

type Row = { [column: string]: unknown };

function rowsOf(table: Table): Row[] {
  return table.objects() as Row[];
}

function check(columns: Columns, options: Partial<CheckSharpNullOptions> = {}): Row {
  return rowsOf(checkSharpNull(tableOf(columns), { outcome: "y", ...options }))[0]!;
}

/** Units in blocks and clusters of unequal size, with a covariate. */
function study(seed = 1): { arm: string[]; y: number[]; x: number[]; block: string[]; cluster: string[] } {
  const random = stream(seed, "randomization study");
  const columns = { arm: [], y: [], x: [], block: [], cluster: [] } as {
    arm: string[];
    y: number[];
    x: number[];
    block: string[];
    cluster: string[];
  };
  for (let c = 0; c < 10; c++) {
    for (let i = 0; i < 1 + c % 3; i++) {
      const x = random.normal();
      columns.arm.push(c % 2 === 0 ? "control" : "treated");
      columns.block.push(c < 6 ? "k" : "l");
      columns.cluster.push(`c${c}`);
      columns.x.push(x);
      columns.y.push(100 + 2 * x + (c % 2) + random.normal());
    }
  }
  return columns;
}

Deno.test("checkSharpNull(three arms) permutes each arm against the reference on its own", () => {
  const random = stream(3, "three arms");
  const arm = Array.from({ length: 60 }, (_, i) => ["control", "a", "b"][i % 3]!);
  const y = arm.map((name) => random.normal() + (name === "b" ? 3 : 0));
  const options = { outcome: "y", permutations: 400 } as const;
  const three = rowsOf(checkSharpNull(tableOf({ arm, y }), options));
  assertEquals(three.map((row) => row.arm), ["a", "b"]);
  for (const [place, name] of (["a", "b"] as const).entries()) {
    const keep = [...arm.keys()].filter((i) => arm[i] === name || arm[i] === "control");
    const two = check({ arm: keep.map((i) => arm[i]), y: keep.map((i) => y[i]) }, options);
    assertEquals(three[place]!.p_value, two.p_value);
    assertEquals(three[place]!.null_sd, two.null_sd);
  }
  // A null that is never permuted would stay at the observed statistic.
  assert((three[1]!.null_sd as number) > 0.1 && Math.abs(three[1]!.null_mean as number) < 1);
  assertEquals(three[1]!.p_value, 1 / 401);
});

Deno.test("checkSharpNull(many units) has random assignments, a p-value above 0, and repeats itself", () => {
  const arm = Array.from({ length: 200 }, (_, i) => i % 2);
  const found = check({ arm, y: arm.map((z, i) => 100 * z + i % 7) }, { permutations: 99 });
  assertEquals([found.p_value, found.exact, found.assignments], [0.01, false, 99]);
  const y = arm.map((z, i) => Math.sin(i * i) + 0.1 * z);
  const [one, again, other] = [1, 1, 2].map((seed) => check({ arm, y }, { seed, permutations: 500 }));
  assertEquals(one, again);
  assert(one!.null_mean !== other!.null_mean);
});

Deno.test("checkSharpNull(random assignments) comes near the p-value of all of them, on either path", () => {
  const { arm, y, block } = study();
  const draws = 4000;
  for (const statistic of ["difference_in_means", "studentized", "rank"] as const) {
    const all = check({ arm, y, block }, { blocks: "block", statistic, exactLimit: 10_000_000 });
    const some = check({ arm, y, block }, { blocks: "block", statistic, permutations: draws, exactLimit: 0 });
    const p = all.p_value as number;
    assertEquals([all.exact, some.exact], [true, false]);
    assertAlmostEquals(some.p_value as number, p, 4.5 * Math.sqrt(p * (1 - p) / draws) + 1 / draws);
    assertAlmostEquals(some.null_sd as number, all.null_sd as number, 0.06 * (all.null_sd as number));
    assertAlmostEquals(some.statistic as number, all.statistic as number, 1e-12);
  }
});

Deno.test("checkSharpNull(difference_in_means, studentized) has the numbers of estimateEffects", () => {
  const columns = study();
  const table = tableOf(columns);
  for (
    const options of [{}, { blocks: "block" }, { clusters: "cluster" }, {
      blocks: "block",
      clusters: "cluster",
    }]
  ) {
    const effect = rowsOf(estimateEffects(table, { outcome: "y", ...options }))[0]!;
    const found = check(columns, options);
    assertAlmostEquals(found.statistic as number, effect.estimate as number, 1e-10);
    assertEquals(found.n, effect.n);
    if ("clusters" in options) continue;
    const t = check(columns, { ...options, statistic: "studentized" });
    assertAlmostEquals(t.statistic as number, effect.statistic as number, 1e-9);
  }
});

Deno.test("checkSharpNull(clusters) goes through all assignments of clusters", () => {
  const { arm, y, cluster } = study();
  const found = check({ arm, y, cluster }, { clusters: "cluster" });
  const names = [...new Set(cluster)];
  const difference = (treated: Set<string>) => {
    const mean = (keep: boolean) => {
      const list = y.filter((_, i) => treated.has(cluster[i]!) === keep);
      return list.reduce((sum, value) => sum + value, 0) / list.length;
    };
    return mean(true) - mean(false);
  };
  const observed = difference(new Set(cluster.filter((_, i) => arm[i] === "treated")));
  let [extreme, count] = [0, 0];
  for (let bits = 0; bits < 1024; bits++) {
    const treated = new Set(names.filter((_, k) => (bits >> k) & 1));
    if (treated.size !== 5) continue;
    count++;
    if (Math.abs(difference(treated)) >= Math.abs(observed) - 1e-9) extreme++;
  }
  assertEquals([found.assignments, count], [252, 252]);
  assertAlmostEquals(found.p_value as number, extreme / count, 1e-12);
});

Deno.test("checkSharpNull(answers) averages replies, leaves out what has no value and counts it", () => {
  const wide = { arm: ["control", "control", "control", "treated", "treated"], y: [1, 2, 4, 5, 7] };
  const answers = tableOf({
    persona_id: ["p1", "p1", "p2", "p3", "p4", "p5", "p6"],
    arm: ["control", "control", "control", "control", "treated", "treated", "treated"],
    item: new Array(7).fill("y"),
    value: [0, 2, 2, 4, 5, 7, null],
    status: ["answered", "answered", "answered", "answered", "answered", "answered", "refused"],
  });
  const found = rowsOf(checkSharpNull(answers, { outcome: "y" }))[0]!;
  const expected = check(wide);
  for (const column of ["statistic", "p_value", "assignments", "n"]) {
    assertEquals(found[column], expected[column]);
  }
  assertEquals(
    found.notes,
    "left out: treated 1 refused; averaged the replies of a persona in an arm first (1 averages of up to 2)",
  );
});

Deno.test("checkSharpNull(effect) does not reject the effect that was estimated", () => {
  const columns = study(4);
  const { statistic } = check(columns);
  assertEquals(check(columns, { effect: statistic as number, exactLimit: 0, permutations: 500 }).p_value, 1);
  const far = check(columns, { effect: (statistic as number) + 50, exactLimit: 0, permutations: 500 });
  assertEquals([far.p_value, far.verdict, far.effect], [1 / 501, "found", (statistic as number) + 50]);
});

Deno.test("checkSharpNull(assigned tables) reads blocks and clusters that assignTreatments recorded", () => {
  const columns = study();
  const assigned = tableOf({ ...columns, arm_probability: columns.arm.map(() => 0.5) });
  const read = rowsOf(checkSharpNull(assigned, { outcome: "y" }))[0]!;
  const named = check(columns, { blocks: "block", clusters: "cluster" });
  assertEquals(read.p_value, named.p_value);
  // C(6, 3) clusters of block k times C(4, 2) of block l.
  assertEquals(read.assignments, 120);
});

Deno.test("checkSharpNull(within subjects) changes arms within personas", () => {
  const design = declareDesign({
    treatments: treatmentsOf("control", "treated"),
    items,
    stated: [],
    subjects: "within",
  });
  const assigned = assignTreatments(personasOf(8), design, { seed: 1 });
  const random = stream(1, "within");
  const y = columnOf<string>(assigned, "arm").map((arm) => random.normal() + (arm === "treated" ? 1 : 0));
  const found = rowsOf(checkSharpNull(assigned.assign(tableOf({ y })) as Table, { outcome: "y" }))[0]!;
  assertEquals([found.assignments, found.n], [256, 16]);
  assertStringIncludes(found.notes as string, "8 personas answered in both arms");
  assertStringIncludes(found.notes as string, "arms change places within personas");
});

Deno.test("checkSharpNull(what cannot be computed) is NaN with a reason", () => {
  const apart = check({ arm: ["control", "treated"], y: [1, 2], b: ["k", "l"] }, { blocks: "b" });
  assertEquals([apart.statistic, apart.p_value, apart.assignments], [NaN, NaN, 0]);
  assertStringIncludes(apart.reason as string, "no block holds values of both 'control' and 'treated'");
  assertEquals(apart.verdict, "cannot tell");
  const single = check({ arm: ["control", "treated", "treated"], y: [1, 2, 3] }, {
    statistic: "studentized",
  });
  assertEquals(single.p_value, NaN);
  assertStringIncludes(single.reason as string, "too few units in a block for a standard error");
  const [empty] = rowsOf(
    checkSharpNull(tableOf({ arm: ["a", "a", "b"], y: [1, 2, null] }), { outcome: "y" }),
  );
  assertEquals(empty!.reason, "no unit of 'b' has a value");
});

Deno.test("checkSharpNull(too few assignments, or an outcome that does not vary) cannot tell", () => {
  const verdict = (y: number[]) => {
    const check = checkSharpNull(tableOf({ arm: ["a", "a", "b", "b"], y }), { outcome: "y" });
    return [check.get("verdict", 0), check.get("reason", 0)];
  };
  assertEquals(verdict([1, 2, 8, 9]), ["cannot tell", "of 6 assignments the smallest p-value is 0.33"]);
  assertEquals(verdict([1, 1, 1, 1]), ["cannot tell", "no assignment changes the statistic"]);
  const one = check(
    { arm: ["control", "treated", "control", "treated", "treated"], y: [1, 2, 3, 4, 9], b: [1, 1, 2, 2, 3] },
    { blocks: "b" },
  );
  assertEquals([one.assignments, one.n], [4, 4]);
  assertStringIncludes(one.notes as string, "blocks left out as they hold one arm only: 1");
  const constant = check({ arm: [0, 0, 1, 1], y: [5, 5, 5, 5] });
  assertEquals([constant.statistic, constant.p_value], [0, 1]);
});

Deno.test("checkSharpNull(large means) keeps its digits", () => {
  const { arm, y } = study();
  const plain = check({ arm, y });
  const shifted = check({ arm, y: y.map((value) => value + 1e9) });
  assertAlmostEquals(shifted.statistic as number, plain.statistic as number, 1e-6);
  assertAlmostEquals(shifted.null_sd as number, plain.null_sd as number, 1e-6);
});

Deno.test("sampleRandomizations(table) is what checkSharpNull counted", () => {
  const { arm, y } = study();
  const options = { outcome: "y", permutations: 300, exactLimit: 10 } as const;
  const draws = sampleRandomizations(tableOf({ arm, y }), options);
  const found = check({ arm, y }, options);
  assertEquals(draws.numRows(), 300);
  const size = Math.abs(found.statistic as number) * (1 - 1e-10);
  const extreme = columnOf<number>(draws, "statistic").filter((draw) => Math.abs(draw) >= size).length;
  assertAlmostEquals((1 + extreme) / 301, found.p_value as number, 1e-12);
  assertEquals(new Set(columnOf(draws, "p_value")), new Set([found.p_value]));
});

function constant(columns: Columns, options: Partial<EstimateConstantEffectOptions> = {}): Row {
  return rowsOf(estimateConstantEffect(tableOf(columns), { outcome: "y", ...options }))[0]!;
}

Deno.test("estimateConstantEffect(table) holds what checkSharpNull does not reject, and nothing else", () => {
  const columns = study(7);
  for (
    const options of [
      {},
      { blocks: "block", twoSided: "doubling" },
      { clusters: "cluster" },
    ] as const
  ) {
    const shared = { ...options, permutations: 600, exactLimit: 300 };
    const effect = constant(columns, shared);
    const [low, high] = [effect.conf_low as number, effect.conf_high as number];
    const p = (tested: number) => check(columns, { ...shared, effect: tested }).p_value as number;
    const step = 1e-6 * (high - low);
    assert(p(low + step) > 0.05 && p(high - step) > 0.05, JSON.stringify(options));
    assert(p(low - step) <= 0.05 && p(high + step) <= 0.05, JSON.stringify(options));
    assertAlmostEquals(effect.p_value as number, p(0), 1e-12);
  }
});

Deno.test("estimateConstantEffect(few assignments) has no bounds and says why", () => {
  const effect = constant({ arm: [0, 0, 1, 1], y: [1, 2, 3, 5] });
  assertEquals([effect.conf_low, effect.conf_high, effect.estimate], [-Infinity, Infinity, 2.5]);
  assertStringIncludes(effect.notes as string, "too few assignments to bound the interval");
  const none = constant({ arm: [0, 1], y: [1, NaN] });
  assertEquals([none.estimate, none.conf_low], [NaN, NaN]);
});

Deno.test("checkSharpNull and estimateConstantEffect(bad input) say what is wrong", () => {
  const columns = study();
  const checking = (options: object) => () => check(columns, options);
  assertThrows(checking({ statistics: "rank" }), TypeError, "option 'statistics' is unknown");
  assertThrows(checking({ outcome: "z" }), RangeError, "no column 'z'");
  assertThrows(checking({ outcome: [] }), TypeError, "'outcome' must name at least one outcome");
  assertThrows(checking({ outcome: ["y", "y"] }), RangeError, "'outcome' must name each outcome once");
  assertThrows(checking({ outcome: "arm" }), TypeError, "'arm'");
  assertThrows(checking({ statistic: "median" }), RangeError, "'statistic' must be one of");
  assertThrows(checking({ alternative: "upper" }), RangeError, "'alternative' must be one of");
  assertThrows(checking({ twoSided: "equal" }), RangeError, "'twoSided' must be one of");
  assertThrows(checking({ effect: "1" }), TypeError, "'effect' must be a finite number");
  assertThrows(
    checking({ permutations: 0 }),
    RangeError,
    "'permutations' must be a whole number of at least 1",
  );
  assertThrows(checking({ seed: "1" }), TypeError, "'seed' must be a whole number");
  assertThrows(checking({ alpha: 1 }), RangeError, "'alpha' must lie between 0 and 1");
  assertThrows(
    checking({ reference: "calm" }),
    RangeError,
    `'reference' must be an arm: current value is "calm"`,
  );
  assertThrows(checking({ arm: "x" }), RangeError, "'reference' must be named where there are more than two");
  assertThrows(
    () => check({ arm: ["control", "treated"], y: [1, 2], c: ["a", "a"] }, { clusters: "c" }),
    RangeError,
    "'clusters' must name clusters of one arm and one block",
  );
  assertThrows(() => check({ arm: ["a", "a"], y: [1, 2] }), RangeError, "must hold at least two arms");
  assertThrows(() => constant(columns, { effect: 1 } as never), TypeError, "option 'effect' is unknown");
});

Deno.test("checkSharpNull(random tables) gives a p-value, or NaN with a reason, or a clear error", () => {
  const value = fc.oneof(fc.integer({ min: -3, max: 3 }), fc.constantFrom(null, NaN, undefined, 1e9, 0.5));
  fc.assert(
    fc.property(
      fc.array(
        fc.record({
          arm: fc.constantFrom("control", "treated", "other", null),
          block: fc.constantFrom("k", "l", null),
          cluster: fc.constantFrom("c1", "c2", "c3", "c4"),
          y: value,
        }),
        { minLength: 1, maxLength: 12 },
      ),
      fc.constantFrom("difference_in_means", "studentized", "rank", "kolmogorov_smirnov"),
      fc.constantFrom({}, { blocks: "block" }, { clusters: "cluster" }),
      (rows, statistic, design) => {
        const column = (name: keyof typeof rows[number]) => rows.map((row) => row[name]);
        const table = tableOf({
          arm: column("arm"),
          block: column("block"),
          cluster: column("cluster"),
          y: column("y"),
        });
        let found: Row[];
        try {
          found = rowsOf(checkSharpNull(table, { outcome: "y", statistic, permutations: 20, ...design }));
        } catch (error) {
          assertStringIncludes((error as Error).message, "Cannot check the sharp null as '");
          return;
        }
        for (const row of found) {
          const p = row.p_value as number;
          assert(Number.isNaN(p) ? row.reason !== "" : p > 0 && p <= 1, JSON.stringify(row));
        }
      },
    ),
    { seed: 11, numRuns: 300 },
  );
});
