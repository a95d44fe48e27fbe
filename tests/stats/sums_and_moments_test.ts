import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { moments, sum } from "@understudy/understudy/stats";
import { stream } from "@understudy/understudy/core";

Deno.test("sum(values) keeps what plain addition loses", () => {
  assertEquals(sum([]), 0);
  assertEquals(sum([1, 1e100, 1, -1e100]), 2);
  assertEquals(sum(new Float64Array(10).fill(0.1)), 1);
  assertEquals(sum([Infinity, 1]), Infinity);
  assert(Number.isNaN(sum([1, NaN])));
});

Deno.test("sum(values) does not depend on the order", () => {
  const random = stream(1, "sum");
  const values = Array.from({ length: 10000 }, () => random.normal() * 10 ** random.integer(12));
  assertEquals(sum(values), sum(random.shuffle(values)));
});

Deno.test("moments(values) are exact beside a large mean", () => {
  const { mean, variance } = moments([1e9 + 4, 1e9 + 7, 1e9 + 13, 1e9 + 16]);
  assertEquals([mean, variance], [1e9 + 10, 30]);
});

Deno.test("moments(values) of equal values have a variance of exactly 0", () => {
  assertEquals(moments(new Array(7).fill(0.1)), { n: 7, weight: 7, mean: 0.1, variance: 0 });
});

Deno.test("moments(values) of one value have no variance, of none no mean", () => {
  assertEquals(moments([3]), { n: 1, weight: 1, mean: 3, variance: NaN });
  assertEquals(moments([]), { n: 0, weight: 0, mean: NaN, variance: NaN });
});

Deno.test("moments(values, weights) follow the definition, whatever the weights' scale", () => {
  const values = [2, 3.5, -1, 7];
  const weights = [1, 0.5, 2, 1.5];
  const total = 5;
  const mean = (2 + 1.75 - 2 + 10.5) / total;
  let squares = 0;
  values.forEach((value, i) => squares += weights[i]! * (value - mean) ** 2);
  const variance = (squares * total) / (total ** 2 - (1 + 0.25 + 4 + 2.25));
  for (const scale of [1, 1e-6, 37]) {
    const result = moments(values, weights.map((weight) => weight * scale));
    assertAlmostEquals(result.mean, mean, 1e-14);
    assertAlmostEquals(result.variance, variance, 1e-13);
  }
  assertAlmostEquals(moments(values, [3, 3, 3, 3]).variance, moments(values).variance, 1e-13);
});

Deno.test("moments(values, weights) asks for one weight per value", () => {
  assertThrows(
    () => moments([1, 2], [1]),
    RangeError,
    "Cannot compute moments as 'weights' must hold 2 numbers",
  );
});
