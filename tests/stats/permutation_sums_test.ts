import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { stream } from "@understudy/understudy/core";
import { permuteSums } from "../../lib/stats/permutation.ts";

Deno.test("permuteSums(values, marked) draws each set of units equally often", () => {
  // Powers of two: a sum tells which values were marked.
  for (const marked of [[1, 1, 0, 0, 0], [1, 1, 1, 0, 0]]) {
    const values = [1, 2, 4, 8, 16];
    const permutations = 10_000;
    const sums = permuteSums(values, marked, { random: stream(1, "sums"), permutations });
    const counts = new Map<number, number>();
    for (const sum of sums) counts.set(Math.round(sum), (counts.get(Math.round(sum)) ?? 0) + 1);
    assertEquals(counts.size, 10);
    let chiSquare = 0;
    for (const count of counts.values()) chiSquare += (count - 1000) ** 2 / 1000;
    // 99.9% point of chi-squared with 9 degrees of freedom
    assert(chiSquare < 27.88, `chi-squared ${chiSquare}`);
  }
});

Deno.test("permuteSums(groups) keeps the number of marks in each group", () => {
  const sums = permuteSums([1, 2, 4, 100, 200, 400], [1, 0, 0, 1, 1, 0], {
    random: stream(2, "sums"),
    groups: [7, 7, 7, 3, 3, 3],
    permutations: 500,
  });
  const expected = [1, 2, 4].flatMap((one) => [300, 500, 600].map((two) => one + two));
  assertEquals([...new Set(sums.map(Math.round))].sort((a, b) => a - b), expected.sort((a, b) => a - b));
});

Deno.test("permuteSums(values) has the mean and variance of sampling without replacement, and keeps digits", () => {
  const random = stream(3, "sums");
  const values = Array.from({ length: 50 }, () => random.normal());
  const marked = values.map((_, i) => i < 15 ? 1 : 0);
  const mean = values.reduce((sum, value) => sum + value, 0) / 50;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 49;
  const permutations = 20_000;
  const options = () => ({ random: stream(4, "sums"), permutations });
  const sums = permuteSums(values, marked, options());
  const average = sums.reduce((sum, value) => sum + value, 0) / permutations;
  const spread = sums.reduce((sum, value) => sum + (value - average) ** 2, 0) / permutations;
  const expected = 15 * (1 - 15 / 50) * variance;
  assertAlmostEquals(average, 15 * mean, 4.5 * Math.sqrt(expected / permutations));
  assertAlmostEquals(spread, expected, 4.5 * expected * Math.sqrt(2 / permutations));
  const shifted = permuteSums(values.map((value) => value + 1e8), marked, options());
  shifted.forEach((sum, draw) => assertAlmostEquals(sum - 15e8, sums[draw]!, 1e-5));
});

Deno.test("permuteSums(one stream) draws the same permutations whatever the values", () => {
  const marked = [1, 0, 1, 0, 0, 0, 1];
  const draw = (values: number[]) =>
    permuteSums(values, marked, { random: stream(5, "sums"), permutations: 50 });
  const values = [1, 2, 3, 4, 5, 6, 9];
  draw(values.map((value) => 10 * value)).forEach((sum, i) =>
    assertAlmostEquals(sum, 10 * draw(values)[i]!, 1e-9)
  );
});

Deno.test("permuteSums(nothing) is 0", () => {
  assertEquals(permuteSums([], [], { random: stream(1, "sums"), permutations: 2 }), new Float64Array(2));
});
