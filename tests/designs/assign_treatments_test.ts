import { assert, assertAlmostEquals, assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import { columnOf, stream, type Table, tableOf } from "@understudy/understudy/core";
import { assignTreatments, declareDesign, type DeclareDesignOptions } from "@understudy/understudy/designs";
import { drawArmSizes } from "../../lib/designs/arm_sizes.ts";
import { systematicSample } from "../../lib/stats/resampling.ts";
import { goldenCases } from "../stats/golden_cases.ts";
import { items, personasOf, treatmentsOf } from "./fixtures.ts";

const treatments = treatmentsOf("control", "treated");

function assign(personas: Table, seed: number, options: Partial<DeclareDesignOptions> = {}): Table {
  return assignTreatments(personas, declareDesign({ treatments, items, stated: [], ...options }), { seed });
}

function armsOf(assigned: Table): string[] {
  return columnOf<string>(assigned, "arm");
}

const golden = goldenCases("assignment").get("randomizr_designs")!;
const blocks = [..."AAAABBBBBBCCCCC"];
const clusters = [..."aabbbcddeeeefff"];
const goldenDesigns: {
  [id: string]: [number, Partial<DeclareDesignOptions>, { [name: string]: unknown[] }?];
} = {
  complete_7_of_15: [15, { probabilities: { control: 8 / 15, treated: 7 / 15 } }],
  complete_odd: [15, {}],
  simple: [5, { assignment: "simple", probabilities: { control: 0.7, treated: 0.3 } }],
  three_arms: [7, { treatments: treatmentsOf("a", "b", "c") }],
  m_each: [9, { treatments: treatmentsOf("a", "b", "c"), probabilities: { a: 2 / 9, b: 3 / 9, c: 4 / 9 } }],
  blocked: [15, { blocks: ["blk"] }, { blk: blocks }],
  clustered: [15, { clusters: "cl", probabilities: { control: 2 / 3, treated: 1 / 3 } }, { cl: clusters }],
  block_clustered: [15, { blocks: ["blk"], clusters: "cl" }, {
    blk: clusters.map((cluster) => cluster < "d" ? "X" : "Y"),
    cl: clusters,
  }],
};

for (const [id, [n, options, columns]] of Object.entries(goldenDesigns)) {
  Deno.test(`assignTreatments(personas, design) agrees with randomizr's ${id}`, () => {
    const { prob, n_perms } = golden.expected[id];
    const personas = personasOf(n, columns);
    const draws = 1500;
    const arms = declareDesign({ treatments, items, stated: [], ...options }).treatments.arms.map((arm) =>
      arm.name
    );
    const counts = Array.from({ length: n }, () => new Array<number>(arms.length).fill(0));
    const seen = new Set<string>();
    for (let seed = 0; seed < draws; seed++) {
      const assigned = assign(personas, seed, options);
      const drawn = armsOf(assigned);
      seen.add(drawn.join());
      drawn.forEach((arm, row) => counts[row]![arms.indexOf(arm)]!++);
      const declared = columnOf<number>(assigned, "arm_probability");
      drawn.forEach((arm, row) => assertAlmostEquals(declared[row]!, prob[row][arms.indexOf(arm)], 1e-8));
    }
    counts.forEach((row, unit) =>
      row.forEach((count, arm) => {
        const p = prob[unit][arm];
        // 4.5 standard errors: about one false alarm in 2000 runs of this file with other seeds
        assertAlmostEquals(count / draws, p, 4.5 * Math.sqrt(p * (1 - p) / draws), `unit ${unit} arm ${arm}`);
      })
    );
    assert(seen.size <= n_perms, `${seen.size} different assignments, ${n_perms} possible`);
    if (n_perms < 300) assertEquals(seen.size, n_perms);
  });
}

Deno.test("assignTreatments(N = 7, four arms) realises the declared probabilities", () => {
  const declared = { a: 0.25, b: 0.25, c: 0.3, d: 0.2 };
  const design = declareDesign({
    treatments: treatmentsOf(..."abcd"),
    items,
    stated: [],
    probabilities: declared,
  });
  const personas = personasOf(7);
  const draws = 6000;
  const counts: { [arm: string]: number } = { a: 0, b: 0, c: 0, d: 0 };
  for (let seed = 0; seed < draws; seed++) {
    for (const arm of armsOf(assignTreatments(personas, design, { seed }))) counts[arm]!++;
  }
  for (const [arm, p] of Object.entries(declared)) {
    // An arm's size is floor or ceil of 7 p, so its standard deviation is at most 0.5.
    assertAlmostEquals(counts[arm]! / draws / 7, p, 4 * 0.5 / 7 / Math.sqrt(draws), arm);
  }
});

Deno.test("systematicSample(fractions) has exact probabilities for every order, integrated over the start", () => {
  // What N = 7 leaves of (.25, .25, .30, .20): two units for fractions .75 .75 .1 .4
  const fractions = [0.75, 0.75, 0.1, 0.4];
  const steps = 2000;
  for (const order of permutations([0, 1, 2, 3])) {
    const counts = [0, 0, 0, 0];
    for (let step = 0; step < steps; step++) {
      const drawn = systematicSample(fractions, order, 2, (step + 0.5) / steps);
      assertEquals(new Set(drawn).size, 2);
      for (const arm of drawn) counts[arm]!++;
    }
    counts.forEach((count, arm) => assertAlmostEquals(count / steps, fractions[arm]!, 1e-9));
  }
});

function permutations(items: number[]): number[][] {
  return items.length === 0
    ? [[]]
    : items.flatMap((item) =>
      permutations(items.filter((other) => other !== item)).map((rest) => [item, ...rest])
    );
}

Deno.test("drawArmSizes(n, p) is floor or ceil of n p and sums to n, also where n p is whole up to rounding", () => {
  const probabilities = [0.1, 0.2, 0.3, 0.4];
  for (let n = 1; n <= 60; n++) {
    const sizes = drawArmSizes(n, probabilities, stream(1, "sizes", n));
    assertEquals(sizes.reduce((sum, size) => sum + size, 0), n);
    sizes.forEach((size, arm) => assert(Math.abs(size - n * probabilities[arm]!) < 1 - 1e-9));
  }
  assertEquals(drawArmSizes(30, probabilities, stream(1, "sizes")), [3, 6, 9, 12]);
});

Deno.test("assignTreatments(blocks smaller than the number of arms) keeps the declared probabilities", () => {
  const probabilities = { a: 0.5, b: 0.3, c: 0.2 };
  const design = declareDesign({
    treatments: treatmentsOf("a", "b", "c"),
    items,
    stated: [],
    probabilities,
    blocks: "pair",
  });
  const personas = personasOf(4, { pair: ["x", "x", "y", "z"] });
  const draws = 3000;
  const counts: { [arm: string]: number }[] = Array.from({ length: 4 }, () => ({ a: 0, b: 0, c: 0 }));
  for (let seed = 0; seed < draws; seed++) {
    armsOf(assignTreatments(personas, design, { seed })).forEach((arm, row) => counts[row]![arm]!++);
  }
  counts.forEach((count) =>
    Object.entries(probabilities).forEach(([arm, p]) =>
      assertAlmostEquals(count[arm]! / draws, p, 4 * Math.sqrt(p * (1 - p) / draws))
    )
  );
});

Deno.test("assignTreatments(simple) changes nobody's arm when a persona is added", () => {
  const few = armsOf(assign(personasOf(50), 3, { assignment: "simple" }));
  assertEquals(armsOf(assign(personasOf(80), 3, { assignment: "simple" })).slice(0, 50), few);
});

Deno.test("assignTreatments(complete) does not depend on the order of the rows", () => {
  const forward = assign(personasOf(21), 8);
  const ids = columnOf<string>(forward, "persona_id");
  const backward = assign(tableOf({ persona_id: [...ids].reverse() }), 8);
  assertEquals(armsOf(backward).reverse(), armsOf(forward));
});

Deno.test("assignTreatments(blocks) leaves a block as it is when another grows", () => {
  const blockOf = (n: number) => Array.from({ length: n }, (_, row) => row < 10 ? "x" : "y");
  const small = armsOf(assign(personasOf(14, { b: blockOf(14) }), 2, { blocks: "b" }));
  const large = armsOf(assign(personasOf(31, { b: blockOf(31) }), 2, { blocks: "b" }));
  assertEquals(large.slice(0, 10), small.slice(0, 10));
});

Deno.test("assignTreatments(seed) repeats itself, and seed 0 is a seed", () => {
  assertEquals(armsOf(assign(personasOf(40), 0)), armsOf(assign(personasOf(40), 0)));
  assertNotEquals(armsOf(assign(personasOf(40), 0)), armsOf(assign(personasOf(40), 1)));
});

Deno.test("assignTreatments(blocks, clusters) records both and assigns clusters as one", () => {
  const personas = personasOf(8, {
    party: ["l", "l", "l", "l", "r", "r", "r", "r"],
    age: [1, 1, 1, 1, 2, 2, 2, 2],
    school: ["s1", "s1", "s2", "s2", "s3", "s3", "s3", "s4"],
  });
  const assigned = assign(personas, 1, { blocks: ["party", "age"], clusters: "school" });
  assertEquals(assigned.columnNames(), [
    "persona_id",
    "party",
    "age",
    "school",
    "arm",
    "arm_probability",
    "reference_arm",
    "block",
    "cluster",
  ]);
  assertEquals(columnOf(assigned, "block")[4], "r / 2");
  assertEquals(columnOf(assigned, "cluster"), columnOf(personas, "school"));
  const arms = armsOf(assigned);
  assert(arms[0] === arms[1] && arms[2] === arms[3] && arms[0] !== arms[2] && arms[4] !== arms[7]);
});

Deno.test("assignTreatments(within subjects) gives everybody every arm, in all orders equally often", () => {
  const design = { treatments: treatmentsOf("a", "b", "c"), subjects: "within" } as const;
  const assigned = assign(
    personasOf(3000, { age: Array.from({ length: 3000 }, (_, row) => row) }),
    1,
    design,
  );
  assertEquals(assigned.numRows(), 9000);
  assertEquals(assigned.columnNames(), [
    "persona_id",
    "age",
    "arm",
    "arm_probability",
    "reference_arm",
    "arm_order",
  ]);
  assertEquals(columnOf(assigned, "arm_order").slice(0, 6), [1, 2, 3, 1, 2, 3]);
  assertEquals(columnOf(assigned, "age").slice(0, 4), [0, 0, 0, 1]);
  assertEquals(new Set(columnOf(assigned, "arm_probability")), new Set([1]));
  const orders = new Map<string, number>();
  const arms = armsOf(assigned);
  for (let row = 0; row < 9000; row += 3) {
    const order = arms.slice(row, row + 3).join("");
    orders.set(order, (orders.get(order) ?? 0) + 1);
  }
  assertEquals(orders.size, 6);
  for (const count of orders.values()) assertAlmostEquals(count, 500, 4 * Math.sqrt(3000 * 5 / 36));
});

Deno.test("assignTreatments(bad input) says what is wrong", () => {
  const personas = personasOf(3, { party: ["l", null, "r"], school: ["a", "a", "b"], b: ["x", "y", "y"] });
  const assigning = (table: Table, options: Partial<DeclareDesignOptions> = {}) => () =>
    assign(table, 1, options);
  assertThrows(assigning(tableOf({ id: [1] })), RangeError, "'personas' has no column 'persona_id'");
  assertThrows(assigning(tableOf({ persona_id: ["a", "a"] })), RangeError, '"a" stands in rows 1 and 2');
  assertThrows(assigning(tableOf({ persona_id: ["a", ""] })), RangeError, "row 2 has no value");
  assertThrows(assigning(tableOf({ persona_id: [] })), RangeError, "at least one row");
  assertThrows(assigning(personas, { blocks: "age" }), RangeError, "no column 'age'");
  assertThrows(assigning(personas, { clusters: "age" }), RangeError, "no column 'age'");
  assertThrows(
    assigning(personas, { blocks: "party" }),
    RangeError,
    "column 'party' must not be empty: row 2",
  );
  assertThrows(assigning(personas, { blocks: "b", clusters: "school" }), RangeError, "cluster 'a' lies in 2");
  assertThrows(assigning(personasOf(1, { arm: ["a"] })), RangeError, "must not have a column 'arm' yet");
  assertThrows(assigning(personasOf(1, { block: ["a"] })), RangeError, "must not have a column 'block' yet");
  assertThrows(
    assigning(personasOf(1, { answer: ["a"] })),
    RangeError,
    "no item with the name of an attribute",
  );
  assertEquals(assign(personasOf(2, { block: ["a", "a"] }), 1, { blocks: "block" }).numRows(), 2);
  const design = declareDesign({ treatments, items, stated: [] });
  assertThrows(
    () => assignTreatments(personas, design, { seed: 1.5 }),
    TypeError,
    "'seed' must be a whole number",
  );
  assertThrows(
    () => assignTreatments(personas, {} as never, { seed: 1 }),
    TypeError,
    "the result of declareDesign",
  );
  assertThrows(
    () => assignTreatments(tableOf({ persona_id: [1, "1"] }), design),
    RangeError,
    '1 and "1" stand in rows 1 and 2',
  );
  assertEquals(
    armsOf(assignTreatments(personas, design)),
    armsOf(assignTreatments(personas, design, { seed: 1 })),
  );
});
