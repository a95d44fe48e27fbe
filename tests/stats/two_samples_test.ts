import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { type RandomStream, stream } from "@understudy/understudy/core";
import {
  energyDistance,
  kolmogorovSmirnovTest,
  maximumMeanDiscrepancy,
  permuteLabels,
  sampleEnergyDistance,
  sampleKolmogorovSmirnov,
  sampleWasserstein,
  wasserstein,
} from "@understudy/understudy/stats";
import { agrees, goldenCases, goldenData } from "./golden_cases.ts";

const cases = goldenCases("distances_permutation");

/** The two groups' values of some columns of a data file; points where there are several columns. */
function groups(data: string, by: string, ...columns: string[]): [number[][], number[][]] {
  const table = goldenData(data);
  const names = [...new Set(table[by]!)];
  const of = (name: string | number) =>
    table[by]!.flatMap((value, row) =>
      value === name ? [columns.map((column) => Number(table[column]![row]))] : []
    );
  return [of(names[0]!), of(names[1]!)];
}

function numbers(data: string, by: string, column: string): [number[], number[]] {
  const [first, second] = groups(data, by, column);
  return [first.flat(), second.flat()];
}

function same(found: number, id: string, name: string): void {
  const { expected, tol } = cases.get(id)!;
  assert(agrees(found, expected[name], tol), `${id}.${name}: ${found}, expected ${expected[name]}`);
}

Deno.test("sampleWasserstein, sampleEnergyDistance and sampleKolmogorovSmirnov agree with SciPy (two_sample_cont)", () => {
  const [x, y] = numbers("cont2", "g", "v1");
  same(sampleWasserstein(x, y), "two_sample_cont", "wasserstein");
  same(Math.sqrt(sampleEnergyDistance(x, y)), "two_sample_cont", "energy");
  same(sampleKolmogorovSmirnov(x, y), "two_sample_cont", "ks_stat");
});

Deno.test("kolmogorovSmirnovTest(x, y) counts ties, which SciPy's exact p-value ignores (ks_R, two_sample_cont)", () => {
  const [x, y] = numbers("cont2", "g", "v1");
  const found = kolmogorovSmirnovTest(x, y);
  same(found.statistic, "ks_R", "v1_D");
  same(found.pValue, "ks_R", "v1_p_exact");
  assertEquals(found.exact, true);
  same(kolmogorovSmirnovTest(x, y, { exactLimit: 0 }).pValue, "ks_R", "v1_p_asym");
  // The same ranks with ties broken by moving values apart: the orders that SciPy counts, at its distance.
  const { expected, tol } = cases.get("two_sample_cont")!;
  assert(new Set([...x, ...y]).size < x.length + y.length);
  assert(!agrees(found.pValue, expected.ks_p, tol));
  const first = x.map((value, i) => value + i * 1e-9);
  const second = y.map((value, i) => value + (x.length + i) * 1e-9);
  const broken = kolmogorovSmirnovTest(first, second);
  same(broken.statistic, "two_sample_cont", "ks_stat");
  same(broken.pValue, "two_sample_cont", "ks_p");
});

Deno.test("kolmogorovSmirnovTest(answers on a scale) agrees with R's exact p-value (ks_R)", () => {
  const [human, llm] = numbers("ordinal", "source", "resp");
  const { statistic, pValue } = kolmogorovSmirnovTest(human, llm);
  same(statistic, "ks_R", "ordinal_D");
  same(pValue, "ks_R", "ordinal_p_exact_ties");
});

Deno.test("sampleEnergyDistance(x, y) times nm/(n + m) agrees with R's energy (energy_R)", () => {
  const scaled = (x: number[] | number[][], y: number[] | number[][]) =>
    x.length * y.length / (x.length + y.length) * sampleEnergyDistance(x, y);
  same(scaled(...numbers("cont2", "g", "v1")), "energy_R", "estat_v1");
  same(scaled(...groups("cont2", "g", "v1")), "energy_R", "estat_v1");
  same(scaled(...groups("cont2", "g", "v1", "v2")), "energy_R", "estat_v1v2");
  same(scaled(...numbers("ordinal", "source", "resp")), "energy_R", "estat_ordinal");
});

Deno.test("maximumMeanDiscrepancy(x, y) agrees with R's kernlab (mmd_R, first order)", () => {
  const [x, y] = groups("cont2", "g", "v1", "v2");
  same(maximumMeanDiscrepancy(x, y, { sigma: 0.5 }), "mmd_R", "mmd_biased_1st_order");
});

Deno.test("maximumMeanDiscrepancy(x, y, { unbiased }) differs from kernlab's by the pairs that kernlab leaves out", () => {
  const [all, y] = groups("cont2", "g", "v1", "v2");
  // kernlab's third-order statistic (Gretton et al. 2012, eq. 4) takes as many points of each sample, here the first
  // 35, and leaves out the pairs of the two samples with one number. Ours (eq. 3) takes all points and pairs.
  const x = all.slice(0, y.length);
  const n = y.length;
  const kernel = (a: number[], b: number[]) => Math.exp(-0.5 * ((a[0]! - b[0]!) ** 2 + (a[1]! - b[1]!) ** 2));
  const between = x.map((a) => y.map((b) => kernel(a, b)).reduce((sum, k) => sum + k)).reduce((sum, k) =>
    sum + k
  );
  const numbered = x.reduce((sum, a, i) => sum + kernel(a, y[i]!), 0);
  const ours = maximumMeanDiscrepancy(x, y, { sigma: 0.5, unbiased: true });
  const theirs = ours + 2 * between / n ** 2 - 2 * (between - numbered) / (n * (n - 1));
  same(theirs, "mmd_R", "third_order");
});

const draw = (random: RandomStream, n: number) => Array.from({ length: n }, () => random.integer(12) / 4);
const points = (random: RandomStream, n: number) => Array.from({ length: n }, () => draw(random, 3));

Deno.test("distances of samples are metrics: 0 with itself, symmetric, within the triangle", () => {
  const random = stream(1, "two samples");
  const distances = [
    sampleWasserstein,
    sampleKolmogorovSmirnov,
    (x: number[], y: number[]) => Math.sqrt(sampleEnergyDistance(x, y)),
    (x: number[], y: number[]) => maximumMeanDiscrepancy(x, y, { sigma: 0.7 }),
  ];
  for (let round = 0; round < 20; round++) {
    const [x, y, z] = [draw(random, 9), draw(random, 14), draw(random, 11)];
    for (const distance of distances) {
      assertAlmostEquals(distance(x, [...x, ...x]), 0, 1e-7);
      assertAlmostEquals(distance(x, y), distance(y, x), 1e-12);
      assert(distance(x, z) <= distance(x, y) + distance(y, z) + 1e-12);
    }
  }
});

Deno.test("distances of samples follow moves and stretches of the numbers", () => {
  const random = stream(2, "two samples");
  const [x, y] = [draw(random, 30), draw(random, 20)];
  const moved = (values: number[]) => values.map((value) => 5 - 3 * value);
  assertAlmostEquals(sampleWasserstein(moved(x), moved(y)), 3 * sampleWasserstein(x, y), 1e-12);
  assertAlmostEquals(sampleEnergyDistance(moved(x), moved(y)), 3 * sampleEnergyDistance(x, y), 1e-12);
  assertAlmostEquals(sampleKolmogorovSmirnov(moved(x), moved(y)), sampleKolmogorovSmirnov(x, y), 1e-12);
  assertAlmostEquals(
    maximumMeanDiscrepancy(moved(x), moved(y), { sigma: 1 / 9 }),
    maximumMeanDiscrepancy(x, y, { sigma: 1 }),
    1e-12,
  );
});

Deno.test("sampleEnergyDistance(points) does not change under a rotation, and is that of numbers along a line", () => {
  const random = stream(3, "two samples");
  const [x, y] = [points(random, 12), points(random, 15)];
  const [c, s] = [Math.cos(0.7), Math.sin(0.7)];
  const turn = (list: number[][]) => list.map(([a, b, d]) => [c * a! - s * b!, s * a! + c * b!, d!]);
  assertAlmostEquals(sampleEnergyDistance(turn(x), turn(y)), sampleEnergyDistance(x, y), 1e-10);
  const [u, v] = [draw(random, 10), draw(random, 13)];
  const line = (list: number[]) => list.map((value) => [0.6 * value, 0.8 * value]);
  assertAlmostEquals(sampleEnergyDistance(line(u), line(v)), sampleEnergyDistance(u, v), 1e-10);
});

Deno.test("distances of samples are those of counts over the values", () => {
  const random = stream(4, "two samples");
  const [x, y] = [draw(random, 40), draw(random, 25)];
  const scores = Array.from({ length: 12 }, (_, k) => k / 4);
  const counts = (list: number[]) => scores.map((score) => list.filter((value) => value === score).length);
  const [p, q] = [counts(x), counts(y)];
  assertAlmostEquals(sampleWasserstein(x, y), wasserstein(p, q, { scores }), 1e-12);
  assertAlmostEquals(sampleEnergyDistance(x, y), energyDistance(p, q, { scores }), 1e-12);
});

Deno.test("kolmogorovSmirnovTest(x, y) is the share of all assignments of the pooled values, with ties and without", () => {
  const random = stream(5, "two samples");
  for (const [n, m] of [[4, 6], [5, 5], [7, 3]] as const) {
    const pooled = Array.from({ length: n + m }, () => random.integer(n));
    const split = (labels: ArrayLike<number>): [number[], number[]] => [
      pooled.filter((_, i) => labels[i] === 0),
      pooled.filter((_, i) => labels[i] === 1),
    ];
    const labels = pooled.map((_, i) => i < n ? 0 : 1);
    const observed = sampleKolmogorovSmirnov(...split(labels));
    let [far, all] = [0, 0];
    permuteLabels(labels, (permuted) => {
      all++;
      if (sampleKolmogorovSmirnov(...split(permuted)) >= observed - 1e-9) far++;
    }, { random });
    assertAlmostEquals(kolmogorovSmirnovTest(...split(labels)).pValue, far / all, 1e-12);
  }
});

Deno.test("kolmogorovSmirnovTest(large samples) nears the exact p-value, on both sides of z = 1", () => {
  const random = stream(6, "two samples");
  for (const shift of [0.01, 0.12]) {
    const x = Array.from({ length: 900 }, () => random.uniform());
    const y = Array.from({ length: 1100 }, () => random.uniform() + shift);
    const exact = kolmogorovSmirnovTest(x, y).pValue;
    const limit = kolmogorovSmirnovTest(x, y, { exactLimit: 0 });
    assertEquals(limit.exact, false);
    assertAlmostEquals(limit.pValue, exact, 0.03);
  }
});

Deno.test("distances of samples refuse what is no sample, and say which", () => {
  assertThrows(() => sampleWasserstein([], [1]), RangeError, "'x' must hold at least one value");
  assertThrows(() => sampleEnergyDistance([1], [NaN, 2]), RangeError, "'y' must hold finite numbers");
  assertThrows(() => sampleKolmogorovSmirnov([1, -Infinity], [1]), RangeError, "current value is -Infinity");
  assertThrows(() => sampleEnergyDistance([[1, 2]], [[1]]), RangeError, "as many coordinates as 'x', 2");
  assertThrows(
    () => sampleEnergyDistance([[1, 2], [1]], [[1, 2]]),
    RangeError,
    "points of 2 coordinates each",
  );
  assertThrows(
    () => maximumMeanDiscrepancy([1], [2], { sigma: 0 }),
    RangeError,
    "'sigma' must be a finite number above 0",
  );
  assertThrows(
    () => maximumMeanDiscrepancy([1], [2, 3], { sigma: 1, unbiased: true }),
    RangeError,
    "fewer than two points",
  );
});
