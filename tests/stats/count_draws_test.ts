import { assert, assertEquals } from "@std/assert";
import { stream } from "@understudy/understudy/core";
import { drawBinomial, drawHypergeometric } from "../../lib/stats/resampling.ts";
import { chiSquareUpper } from "../../lib/stats/distributions.ts";

/** The chi-square p-value of counts against probabilities; rare values are put together. */
function fitsProbabilities(counts: readonly number[], probabilities: readonly number[]): number {
  const total = counts.reduce((sum, count) => sum + count, 0);
  let [statistic, groups, observed, expected] = [0, 0, 0, 0];
  probabilities.forEach((probability, k) => {
    observed += counts[k] ?? 0;
    expected += total * probability;
    if (expected < 10 && k + 1 < probabilities.length) return;
    statistic += (observed - expected) ** 2 / Math.max(expected, 1e-9);
    groups++;
    [observed, expected] = [0, 0];
  });
  return chiSquareUpper(statistic, groups - 1);
}

function choose(n: number, k: number): number {
  let value = 1;
  for (let i = 1; i <= k; i++) value *= (n - k + i) / i;
  return value;
}

for (const [n, p] of [[1, 0.3], [12, 0.5], [40, 0.05], [90, 0.9]] as const) {
  Deno.test(`drawBinomial(${n}, ${p}) follows the binomial probabilities`, () => {
    const random = stream(1, "binomial", n, p);
    const counts = Array<number>(n + 1).fill(0);
    for (let draw = 0; draw < 20_000; draw++) counts[drawBinomial(n, p, random)]!++;
    const probabilities = counts.map((_, k) => choose(n, k) * p ** k * (1 - p) ** (n - k));
    assert(fitsProbabilities(counts, probabilities) > 1e-4);
  });
}

for (const [total, marked, drawn] of [[10, 4, 5], [60, 50, 30], [100, 3, 97], [80, 40, 40]] as const) {
  Deno.test(`drawHypergeometric(${total}, ${marked}, ${drawn}) follows the hypergeometric probabilities`, () => {
    const random = stream(1, "hypergeometric", total, marked);
    const counts = Array<number>(drawn + 1).fill(0);
    for (let draw = 0; draw < 20_000; draw++) counts[drawHypergeometric(total, marked, drawn, random)]!++;
    const probabilities = counts.map((_, k) =>
      k > marked || drawn - k > total - marked
        ? 0
        : choose(marked, k) * choose(total - marked, drawn - k) / choose(total, drawn)
    );
    assert(fitsProbabilities(counts, probabilities) > 1e-4);
  });
}

Deno.test("drawBinomial and drawHypergeometric keep to what is possible at the edges, also for large numbers", () => {
  const random = stream(1, "edges");
  assertEquals([drawBinomial(5, 0, random), drawBinomial(5, 1, random), drawBinomial(0, 0.5, random)], [
    0,
    5,
    0,
  ]);
  assertEquals(drawHypergeometric(8, 8, 3, random), 3);
  assertEquals(drawHypergeometric(8, 0, 3, random), 0);
  let sum = 0;
  for (let draw = 0; draw < 400; draw++) sum += drawBinomial(1_000_000, 0.2, random);
  // Standard error of the mean: 400/√400 = 20.
  assert(Math.abs(sum / 400 - 200_000) < 80);
});
