import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { permutationPValue, permuteLabels } from "@understudy/understudy/stats";
import { stream } from "@understudy/understudy/core";

const random = () => stream(5, "permutation test");

Deno.test("permuteLabels(labels) visits every distinct assignment once where they are few", () => {
  const seen: string[] = [];
  const visited = permuteLabels([0, 1, 2, 1, 0, 2], (labels) => seen.push(labels.join("")), {
    random: random(),
  });
  // 6! / (2! 2! 2!)
  assertEquals(visited, { exact: true, count: 90 });
  assertEquals(new Set(seen).size, 90);
  assert(seen.includes("012102"));
});

Deno.test("permuteLabels(labels, { groups }) moves labels within groups only", () => {
  const seen = new Set<string>();
  const groups = [7, 3, 7, 3, 7, 3];
  const labels = [0, 1, 0, 1, 1, 1];
  const visited = permuteLabels(labels, (permuted) => seen.add(permuted.join("")), {
    groups,
    random: random(),
  });
  assertEquals(visited, { exact: true, count: 3 });
  assertEquals([...seen].sort(), ["010111", "011101", "110101"]);
  assertEquals(labels, [0, 1, 0, 1, 1, 1]);
});

Deno.test("permuteLabels(labels) draws each assignment equally often where they are many", () => {
  const counts = new Map<string, number>();
  const visited = permuteLabels([0, 0, 1, 1], (labels) => {
    const key = labels.join("");
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }, { random: random(), permutations: 6000, exactLimit: 5 });
  assertEquals(visited, { exact: false, count: 6000 });
  assertEquals(counts.size, 6);
  let chiSquare = 0;
  for (const count of counts.values()) chiSquare += (count - 1000) ** 2 / 1000;
  // 99.9% point of chi-squared with 5 degrees of freedom
  assert(chiSquare < 20.52, `chi-squared ${chiSquare}`);
});

Deno.test("permuteLabels(labels) never enumerates more than the limit", () => {
  // C(40, 20) = 1.4e11
  const labels = Array.from({ length: 40 }, (_, i) => i % 2);
  const visited = permuteLabels(labels, () => {}, { random: random(), permutations: 10 });
  assertEquals(visited, { exact: false, count: 10 });
});

Deno.test("permuteLabels(labels) refuses groups of another length and no permutations", () => {
  assertThrows(
    () => permuteLabels([0, 1], () => {}, { random: random(), groups: [1] }),
    RangeError,
    "'groups' must be as long as 'labels', 2",
  );
  assertThrows(
    () => permuteLabels([0, 1], () => {}, { random: random(), permutations: 0 }),
    RangeError,
    "Cannot permute labels as 'permutations' must be a whole number of at least 1: current value is 0",
  );
});

Deno.test("permutationPValue(observed, permuted) counts ties, leaves out NaN, and is never 0 at random", () => {
  const permuted = Float64Array.of(0.1, 0.3 - 1e-13, 0.3, 0.5, NaN);
  assertAlmostEquals(permutationPValue(0.1 + 0.2, permuted), 4 / 5, 1e-15);
  assertAlmostEquals(permutationPValue(0.1 + 0.2, permuted, { exact: true }), 3 / 4, 1e-15);
  assertAlmostEquals(permutationPValue(9, permuted), 1 / 5, 1e-15);
  assertEquals(permutationPValue(NaN, permuted), NaN);
  assertEquals(permutationPValue(1, []), NaN);
});
