import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import {
  energyDistance,
  hellinger,
  jensenShannon,
  kolmogorovSmirnov,
  totalVariation,
  wasserstein,
} from "@understudy/understudy/stats";
import { stream } from "@understudy/understudy/core";
import { agrees, goldenCases, goldenData } from "./golden_cases.ts";

const cases = goldenCases("distances_permutation");

/** How often each point of a 7-point scale was given. */
function scaleCounts(source: string): number[] {
  const { source: sources, resp } = goldenData("ordinal");
  const counts = Array<number>(7).fill(0);
  sources!.forEach((value, row) => value === source ? counts[Number(resp![row]) - 1]!++ : 0);
  return counts;
}

/** Two count vectors over `k` categories. */
function randomCounts(seed: number, k: number): [number[], number[]] {
  const random = stream(seed, "distance test");
  const draw = () => Array.from({ length: k }, () => random.integer(20) + 1);
  return [draw(), draw()];
}

Deno.test("distances of count vectors agree with SciPy (dist_ordinal)", () => {
  const { expected, tol } = cases.get("dist_ordinal")!;
  const [p, q] = [scaleCounts("human"), scaleCounts("llm")];
  const found = {
    tvd_via_half_l1: totalVariation(p, q),
    jsd_base2: jensenShannon(p, q),
    js_distance_base2: Math.sqrt(jensenShannon(p, q)),
    hellinger: hellinger(p, q),
    wasserstein1: wasserstein(p, q),
    energy_distance_scipy: Math.sqrt(energyDistance(p, q)),
    ks: kolmogorovSmirnov(p, q),
  };
  for (const [name, value] of Object.entries(found)) {
    assert(agrees(value, expected[name], tol), `${name}: ${value}, SciPy has ${expected[name]}`);
  }
});

Deno.test("jensenShannon(p, q) takes counts of different totals (dist_unnormalised)", () => {
  const { expected, tol } = cases.get("dist_unnormalised")!;
  // the case is in nats and the square root
  const found = Math.sqrt(jensenShannon([3, 1, 2], [10, 5, 5]) * Math.LN2);
  assert(agrees(found, expected.js_distance_nats, tol));
});

Deno.test("distances are 0 for equal shares, symmetric, and 1 for nothing in common where bounded by 1", () => {
  for (const distance of [totalVariation, jensenShannon, hellinger, kolmogorovSmirnov]) {
    assertAlmostEquals(distance([1, 2, 3], [2, 4, 6]), 0, 1e-12);
    assertAlmostEquals(distance([4, 0, 0], [0, 3, 5]), 1, 1e-12);
  }
  for (
    const distance of [
      totalVariation,
      jensenShannon,
      hellinger,
      kolmogorovSmirnov,
      wasserstein,
      energyDistance,
    ]
  ) {
    const [p, q] = randomCounts(1, 6);
    assertAlmostEquals(distance(p, q), distance(q, p), 1e-12);
    assert(distance(p, q) > 0);
  }
});

Deno.test("totalVariation(p, q) is the largest difference that a set of categories shows", () => {
  const [p, q] = randomCounts(2, 6);
  const [n, m] = [p, q].map((counts) => counts.reduce((a, b) => a + b));
  let largest = 0;
  for (let set = 0; set < 64; set++) {
    let difference = 0;
    for (let k = 0; k < 6; k++) if (set & (1 << k)) difference += p[k]! / n! - q[k]! / m!;
    largest = Math.max(largest, difference);
  }
  assertAlmostEquals(totalVariation(p, q), largest, 1e-12);
});

Deno.test("energyDistance(p, q, { scores }) equals its definition over all pairs of answers", () => {
  const [p, q] = randomCounts(3, 5);
  const scores = [-2, 0, 1, 5, 9];
  const [n, m] = [p, q].map((counts) => counts.reduce((a, b) => a + b));
  const meanDistance = (a: number[], total: number, b: number[], other: number) => {
    let sum = 0;
    a.forEach((x, i) => b.forEach((y, j) => sum += x * y * Math.abs(scores[i]! - scores[j]!)));
    return sum / (total * other);
  };
  const slow = 2 * meanDistance(p, n!, q, m!) - meanDistance(p, n!, p, n!) - meanDistance(q, m!, q, m!);
  assertAlmostEquals(energyDistance(p, q, { scores }), slow, 1e-12);
});

Deno.test("wasserstein(p, q, { scores }) equals the mean distance of sorted answers", () => {
  // 0, 0, 10, 15 become 10, 15, 15, 15, one to one
  assertAlmostEquals(
    wasserstein([2, 1, 1], [0, 1, 3], { scores: [0, 10, 15] }),
    (10 + 15 + 5 + 0) / 4,
    1e-12,
  );
});

Deno.test("distances refuse counts that are no counts, and say which", () => {
  assertThrows(() => totalVariation([1, 2], [1]), RangeError, "'q' must have as many categories as 'p', 2");
  assertThrows(() => hellinger([1, -2], [1, 1]), RangeError, "'p' must hold finite counts");
  assertThrows(() => jensenShannon([1, NaN], [1, 1]), RangeError, "current value is NaN");
  assertThrows(() => totalVariation([1, 1], [0, 0]), RangeError, "'q' must have a positive sum");
  assertThrows(
    () => wasserstein([1, 1], [1, 1], { scores: [1] }),
    RangeError,
    "one number for each of the 2",
  );
  assertThrows(
    () => energyDistance([1, 1], [1, 1], { scores: [2, 2] }),
    RangeError,
    "be finite and increase",
  );
  assertEquals(wasserstein([1], [5]), 0);
});
