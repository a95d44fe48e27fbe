import { assert, assertAlmostEquals, assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import { columnOf } from "@understudy/understudy/core";
import {
  type Assignment,
  assignTreatments,
  declareAssignment,
  type DeclareAssignmentOptions,
  declareDesign,
} from "@understudy/understudy/designs";
import fc from "fast-check";
import { goldenCases } from "../stats/golden_cases.ts";
import { items, personasOf, treatmentsOf } from "./fixtures.ts";

const golden = goldenCases("assignment");
const blocks = [..."AAAABBBBBBCCCCC"];
const clusters = [..."aabbbcddeeeefff"];
const clusterBlocks = clusters.map((cluster) => cluster < "d" ? "X" : "Y");
const designs: { [id: string]: DeclareAssignmentOptions } = {
  complete_7_of_15: { n: 15, sizes: { treated: 7 } },
  complete_odd: { n: 15 },
  complete_prob_03: { n: 15, probabilities: { treated: 0.3 } },
  simple: { n: 5, assignment: "simple", probabilities: { treated: 0.3 } },
  three_arms: { n: 7, arms: ["a", "b", "c"] },
  m_each: { n: 9, arms: ["a", "b", "c"], sizes: { a: 2, b: 3, c: 4 } },
  blocked: { blocks },
  blocked_prob: {
    blocks,
    blockProbabilities: { A: { treated: 0.25 }, B: { treated: 0.5 }, C: { treated: 0.4 } },
  },
  clustered: { clusters, sizes: { treated: 2 } },
  block_clustered: { clusters, blocks: clusterBlocks },
};

for (const [id, options] of Object.entries(designs)) {
  Deno.test(`declareAssignment(options) has randomizr's probabilities and number of assignments: ${id}`, () => {
    const { expected, tol } = golden.get("randomizr_designs")!;
    const assignment = declareAssignment(options);
    assignment.probabilities.forEach((row, unit) =>
      row.forEach((p, arm) => assertAlmostEquals(p, expected[id].prob[unit][arm], tol))
    );
    // For p = 0.3 of 15 units 4 or 5 are treated: C(15, 4) + C(15, 5) = 4368.
    assertEquals(assignment.count, BigInt(expected[id].n_perms));
  });
}

Deno.test("declareAssignment(options) covers every design of the golden file", () => {
  assertEquals(Object.keys(designs).sort(), Object.keys(golden.get("randomizr_designs")!.expected).sort());
});

const small: { [name: string]: DeclareAssignmentOptions } = {
  "two of five": { n: 5, sizes: { treated: 2 } },
  "half of five": { n: 5 },
  "a remainder of one, unequal": { n: 4, arms: [..."abc"], probabilities: { a: 0.3, b: 0.3, c: 0.4 } },
  "a remainder of two, unequal": {
    n: 7,
    arms: [..."abcd"],
    probabilities: { a: 0.25, b: 0.25, c: 0.3, d: 0.2 },
  },
  "blocks smaller than arms": { blocks: ["x", "x", "y", "z"], arms: ["a", "b", "c"] },
  "clusters in blocks": {
    clusters: [..."aabbccdde"],
    blocks: [..."xxxxyyyyy"],
    probabilities: { treated: 0.4 },
  },
  "simple clusters": { clusters: [..."aabc"], assignment: "simple", probabilities: { treated: 0.3 } },
  "nobody in an arm": { n: 4, sizes: { treated: 0 } },
};

for (const [name, options] of Object.entries(small)) {
  Deno.test(`declareAssignment(options).assign draws each arm as often as declared: ${name}`, () => {
    const assignment = declareAssignment(options);
    const draws = 1200;
    const single = new Map<string, number>();
    const seen = new Set<string>();
    for (let seed = 0; seed < draws; seed++) {
      const arms = assignment.assign(seed);
      seen.add(arms.join());
      arms.forEach((arm, i) => single.set(`${i} ${arm}`, (single.get(`${i} ${arm}`) ?? 0) + 1));
    }
    // Where there are few assignments each of them is drawn, and nothing else ever is.
    const count = options.arms?.length === 4 ? null : assignment.count;
    if (count !== null && count < 100n) assertEquals(BigInt(seen.size), count);
    assert(count === null || BigInt(seen.size) <= count);
    for (let i = 0; i < assignment.n; i++) {
      assignment.arms.forEach((arm, a) => {
        const p = assignment.probabilities[i]![a]!;
        const share = (single.get(`${i} ${arm}`) ?? 0) / draws;
        assertAlmostEquals(share, p, 4.5 * Math.sqrt(p * (1 - p) / draws), `${i} ${arm}`);
      });
    }
  });
}

Deno.test("declareAssignment(p = .95 of 10) keeps the declared probability, where rounding down gives .9", () => {
  const assignment = declareAssignment({ n: 10, probabilities: { treated: 0.95 } });
  assertAlmostEquals(assignment.probabilities[0]![1]!, 0.95, 1e-12);
  assertEquals(assignment.count, 11n);
  const treated = Array.from(
    { length: 1000 },
    (_, seed) => assignment.assign(seed).filter((arm) => arm === "treated").length,
  );
  assert(treated.every((number) => number === 9 || number === 10));
  assertAlmostEquals(
    treated.reduce((sum, number) => sum + number, 0) / 10_000,
    0.95,
    4.5 * 0.05 / Math.sqrt(1000),
  );
});

Deno.test("declareAssignment(units).assign is the draw of assignTreatments for the same personas", () => {
  const party = Array.from({ length: 20 }, (_, row) => row % 3 === 0 ? "l" : "r");
  const personas = personasOf(20, { party });
  const design = declareDesign({
    treatments: treatmentsOf("control", "treated"),
    items,
    stated: [],
    blocks: "party",
  });
  const units = columnOf<string>(personas, "persona_id");
  for (const seed of [0, 1, 2]) {
    const drawn = columnOf<string>(assignTreatments(personas, design, { seed }), "arm");
    assertEquals(declareAssignment({ units, blocks: party }).assign(seed), drawn);
  }
});

Deno.test("declareAssignment(n) counts large designs without going through them", () => {
  const { count } = declareAssignment({ n: 60, sizes: { treated: 30 } });
  assertEquals(count, 118264581564861424n);
});

Deno.test("declareAssignment(bad input) refuses what randomizr refuses, in its own words", () => {
  const refuse: { [id: string]: [DeclareAssignmentOptions, string] } = {
    m_gt_N: [{ n: 5, sizes: { treated: 6 } }, "'sizes.treated' must be a whole number from 0 to 5"],
    m_and_prob: [
      { n: 5, sizes: { treated: 2 }, probabilities: { treated: 0.4 } },
      "'sizes' must be left out where 'probabilities' is given",
    ],
    prob_gt1: [{ n: 5, probabilities: { treated: 1.2 } }, "'probabilities.treated' must lie from 0 to 1"],
    each_sum: [{ n: 5, probabilities: { control: 0.2, treated: 0.2 } }, "'probabilities' must sum to 1"],
    m_each_sum: [
      { n: 5, arms: ["a", "b", "c"], sizes: { a: 1, b: 1, c: 1 } },
      "'sizes' must sum to the number of units (or clusters) assigned together, 5",
    ],
    blocks_N_mismatch: [{ n: 3, blocks: ["x", "y"] }, "'blocks' must have one entry per unit, 3"],
    block_m_len: [
      { blocks: ["x", "x", "y", "y"], blockSizes: { x: { treated: 1 } } },
      "'blockSizes' must name every block once (x, y)",
    ],
    cond_len: [{ n: 5, arms: ["a"] }, "'arms' must name at least two arms"],
  };
  assertEquals(Object.keys(refuse).sort(), Object.keys(golden.get("randomizr_errors")!.expected).sort());
  for (const [options, message] of Object.values(refuse)) {
    assertThrows(() => declareAssignment(options), RangeError, message);
  }
});

Deno.test("declareAssignment(bad input) says what is wrong", () => {
  const declare = (options: object) => () => declareAssignment(options as DeclareAssignmentOptions);
  assertThrows(
    declare({}),
    RangeError,
    "'n' must be a whole number of at least 1: current value is undefined",
  );
  assertThrows(declare({ n: 3, prob: 0.5 }), TypeError, "option 'prob' is unknown");
  assertThrows(declare({ blocks: "party" }), TypeError, "'blocks' must be a list, one entry per unit");
  assertThrows(
    declare({ blocks: ["x", null] }),
    RangeError,
    "'blocks' must not be empty: entry 2 has no value",
  );
  assertThrows(declare({ n: 3, sizes: { other: 1 } }), RangeError, `be one of "control", "treated"`);
  assertThrows(declare({ n: 3, sizes: [1, 2] }), TypeError, "'sizes' must be an object of numbers by arm");
  assertThrows(
    declare({ n: 3, arms: ["a", "b", "c"], sizes: { a: 1 } }),
    RangeError,
    "name every arm, or all but",
  );
  assertThrows(
    declare({ n: 3, blockSizes: { x: {} } }),
    RangeError,
    "be left out where there are no 'blocks'",
  );
  assertThrows(
    declare({ clusters: ["a", "a"], blocks: ["x", "y"] }),
    RangeError,
    "'clusters' must lie in one block each; cluster 'a' lies in 2",
  );
  assertThrows(
    declare({ n: 2, assignment: "simple", sizes: { treated: 1 } }),
    RangeError,
    "where 'assignment' is",
  );
  assertThrows(declare({ units: ["a", "a"] }), RangeError, "'units' must be distinct");
  const { assign } = declareAssignment({ n: 3 });
  assertThrows(() => assign(0.5), TypeError, "'seed' must be a whole number");
  const uneven = Object.fromEntries([..."abcdefghijkl"].map((arm, k) => [arm, (k + 1) / 78]));
  const many = declareAssignment({ n: 5, arms: Object.keys(uneven), probabilities: uneven });
  assertEquals(many.assign(1).length, 5);
  assertThrows(
    () => many.count,
    RangeError,
    "leave equal remainders to the arms, or one unit",
  );
});

Deno.test("declareAssignment(random options) is a consistent assignment or a clear error", () => {
  fc.assert(
    fc.property(
      fc.record({
        n: fc.option(fc.integer({ min: -1, max: 8 }), { nil: undefined }),
        blocks: fc.option(fc.array(fc.constantFrom("x", "y", ""), { maxLength: 6 }), { nil: undefined }),
        probabilities: fc.option(
          fc.dictionary(fc.constantFrom("control", "treated"), fc.double({ min: -0.2, max: 1.2 })),
          { nil: undefined },
        ),
      }),
      (options) => {
        const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
        let assignment: Assignment;
        try {
          assignment = declareAssignment(given);
        } catch (error) {
          assert(error instanceof RangeError || error instanceof TypeError);
          assert((error as Error).message.startsWith("Cannot declare an assignment as '"));
          return;
        }
        assignment.probabilities.forEach((row) =>
          assertAlmostEquals(row.reduce((sum, p) => sum + p, 0), 1, 1e-9)
        );
        assertEquals(assignment.assign(3).length, assignment.n);
        assert(assignment.count >= 1n);
      },
    ),
    { seed: 7, numRuns: 300 },
  );
});

Deno.test("declareAssignment(options) is frozen and repeats its draws", () => {
  const assignment = declareAssignment({ n: 30 });
  assert(Object.isFrozen(assignment) && Object.isFrozen(assignment.probabilities));
  assertEquals(assignment.assign(4), assignment.assign(4));
  assertNotEquals(assignment.assign(4), assignment.assign(5));
});
