import { assert, assertEquals, assertThrows } from "@std/assert";
import { sampleQuantile } from "@understudy/understudy/stats";
import { agrees, goldenCases, goldenData } from "./golden_cases.ts";

const { expected, tol } = goldenCases("quantiles").get("quantile_types")!;
const sorted = (goldenData("boot15").x as number[]).sort((a, b) => a - b);

const names = {
  1: "inverted_cdf",
  2: "averaged_inverted_cdf",
  6: "weibull",
  7: "linear",
  8: "median_unbiased",
  9: "normal_unbiased",
} as const;
for (const [number, name] of Object.entries(names)) {
  Deno.test(`sampleQuantile(sorted, p, ${number}) agrees with numpy's ${name}`, () => {
    [0.1, 0.25, 0.5, 0.9].forEach((p, j) => {
      assert(agrees(sampleQuantile(sorted, p, Number(number) as 1), expected[name][j], tol));
    });
  });
}

Deno.test("sampleQuantile(sorted, p, type) follows Hyndman and Fan's definitions of types 3, 4 and 5", () => {
  const values = [10, 20, 30, 40];
  // n p = 1.5, a tie that type 3 gives to the even place; n p - 0 = 1.5; n p + 0.5 = 2.
  assertEquals([3, 4, 5].map((type) => sampleQuantile(values, 0.375, type as 3)), [20, 15, 20]);
  assertEquals([3, 4, 5].map((type) => sampleQuantile(values, 0.625, type as 3)), [20, 25, 30]);
});

Deno.test("sampleQuantile(sorted, p) has the smallest and largest value at its ends, and NaN of nothing", () => {
  for (const type of [1, 2, 3, 4, 5, 6, 7, 8, 9] as const) {
    assertEquals([sampleQuantile([3, 5, 9], 0, type), sampleQuantile([3, 5, 9], 1, type)], [3, 9]);
    assertEquals(sampleQuantile([7], 0.4, type), 7);
  }
  assertEquals(sampleQuantile([], 0.5), NaN);
});

Deno.test("sampleQuantile(sorted, p, 1) is not moved by rounding of n p", () => {
  // 0.1 * 30 and 0.7 * 10 are not whole in floating point.
  const values = Array.from({ length: 30 }, (_, i) => i + 1);
  assertEquals([sampleQuantile(values, 0.1, 1), sampleQuantile(values.slice(0, 10), 0.7, 1)], [3, 7]);
});

Deno.test("sampleQuantile(sorted, p) refuses what is no probability or type", () => {
  assertThrows(() => sampleQuantile([1], 1.5), RangeError, "'probability' must lie from 0 to 1");
  assertThrows(() => sampleQuantile([1], 0.5, 10 as 1), RangeError, "'type' must be one of");
});
