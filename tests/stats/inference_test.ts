import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { agrees, goldenCases } from "./golden_cases.ts";
import { findAgreement } from "../../lib/stats/inference.ts";
import { newcombeInterval, shareDifference } from "../../lib/stats/shares.ts";

Deno.test("shareDifference(first, second) has the intervals of Newcombe 1998, Table II, with Miettinen and Nurminen's factor", () => {
  const cases = [
    [[56, 70], [48, 80], 0.0528, 0.3382],
    [[9, 10], [3, 10], 0.17, 0.8406],
    [[10, 10], [0, 20], 0.7156, 1],
    [[10, 10], [0, 10], 0.6636, 1],
    [[5, 56], [0, 29], -0.0326, 0.1933],
  ] as const;
  for (const [first, second, low, high] of cases) {
    const found = shareDifference(first, second);
    assertAlmostEquals(found.low, low, 6e-5);
    assertAlmostEquals(found.high, high, 6e-5);
  }
});

Deno.test("shareDifference(first, second) is antisymmetric, and its statistic is that of the likeliest shares", () => {
  for (const [first, second] of [[[0, 30], [6, 300]], [[1.5, 7.2], [3, 11]], [[10, 10], [0, 20]]] as const) {
    const [one, other] = [shareDifference(first, second), shareDifference(second, first)];
    assertAlmostEquals(one.low, -other.high, 1e-12);
    assertAlmostEquals(one.high, -other.low, 1e-12);
    for (const tested of [-0.9, -0.1, 0, 0.013, 0.3, 0.8]) {
      const { statistic } = shareDifference(first, second, { null: tested });
      const slow = slowStatistic(first, second, tested);
      assertAlmostEquals(statistic, slow, 1e-5 * Math.max(1, Math.abs(slow)));
    }
  }
  assertEquals(shareDifference([0, 10], [0, 20]).pValue, 1);
});

/** The statistic at the likeliest shares of a fine grid, narrowed three times. */
function slowStatistic(
  [x1, n1]: readonly [number, number],
  [x0, n0]: readonly [number, number],
  tested: number,
): number {
  const part = (x: number, n: number, p: number) =>
    (x > 0 ? x * Math.log(p) : 0) + (n > x ? (n - x) * Math.log(1 - p) : 0);
  const ends = [Math.max(0, -tested), Math.min(1, 1 - tested)] as const;
  let [low, high]: readonly [number, number] = ends;
  let best = low;
  for (let round = 0; round < 4; round++) {
    let most = -Infinity;
    for (let step = 0; step <= 1000; step++) {
      const share = low + (high - low) * step / 1000;
      const likelihood = part(x0, n0, share) + part(x1, n1, share + tested);
      if (likelihood > most) [most, best] = [likelihood, share];
    }
    const width = (high - low) / 500;
    [low, high] = [Math.max(ends[0], best - width), Math.min(ends[1], best + width)];
  }
  const own = best + tested;
  const variance = (own * (1 - own) / n1 + best * (1 - best) / n0) * (n1 + n0) / (n1 + n0 - 1);
  return (x1 / n1 - x0 / n0 - tested) / Math.sqrt(variance);
}

// Summed over all outcomes, so that there is no Monte-Carlo error. Nominal .95 and .05.
const rare = [[30, 0.02, 300, 0.02], [10, 0.1, 200, 0.02], [15, 0.05, 150, 0.05], [
  20,
  0.1,
  20,
  0.1,
]] as const;
const rarer = [[30, 0.005, 300, 0.005], [15, 0.01, 150, 0.01], [10, 0.02, 100, 0.02]] as const;
for (
  const [name, compare, cases, least] of [
    ["shareDifference", shareDifference, rare, 0.94],
    ["newcombeInterval", newcombeInterval, [...rare, ...rarer], 0.94],
  ] as const
) {
  Deno.test(`${name}(first, second) covers and rejects at its level where shares are near 0, summed exactly`, () => {
    for (const [n1, p1, n0, p0] of cases) {
      let [covered, apart] = [0, 0];
      const [one, other] = [chances(n1, p1), chances(n0, p0)];
      one.forEach((chance, x1) =>
        other.forEach((second, x0) => {
          if (chance * second < 1e-8) return;
          const { low, high, pValue } = compare([x1, n1], [x0, n0]);
          if (low <= p1 - p0 && p1 - p0 <= high) covered += chance * second;
          if ((pValue < 0.05) !== (low > 0 || high < 0)) apart++;
        })
      );
      assert(covered > least && covered < 0.99, `${covered} of ${n1} at ${p1} and ${n0} at ${p0}`);
      assertEquals(apart, 0);
    }
  });
}

Deno.test("newcombeInterval(first, second) agrees with statsmodels and with Newcombe 1998, Table II", () => {
  const { expected, tol } = goldenCases("equivalence").get("prop_diff_sm")!;
  const found = newcombeInterval([45, 100], [30, 95]);
  assert(agrees(found.low, expected.newcomb[0], tol) && agrees(found.high, expected.newcomb[1], tol));
  const { low, high } = newcombeInterval([56, 70], [48, 80]);
  assertAlmostEquals(low, 0.0524, 1e-4);
  assertAlmostEquals(high, 0.3339, 1e-4);
});

/** Binomial probabilities. */
function chances(n: number, p: number): number[] {
  const found = [(1 - p) ** n];
  for (let x = 1; x <= n; x++) found.push(found[x - 1]! * (n - x + 1) / x * p / (1 - p));
  return found;
}

Deno.test("findAgreement(values) counts from the most common value, whichever row comes first", () => {
  for (const values of [[1, 1, 4, 4, 4, 4], [4, 1, 4, 1, 4, 4], [4, 4, 4, 4, 1, 1]]) {
    const found = findAgreement(Float64Array.from(values), new Uint8Array(6), 0)!;
    assertEquals([found.n, found.differing], [6, 2], `${values}`);
  }
});
