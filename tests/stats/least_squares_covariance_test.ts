import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { type CovarianceType, leastSquares, type LeastSquaresOptions } from "@understudy/understudy/stats";
import { type RandomStream, stream } from "@understudy/understudy/core";
import { denseCr2 } from "./dense_least_squares.ts";

const normals = (random: RandomStream, n: number) => Array.from({ length: n }, () => random.normal());

/** Columns and an outcome that is alike within clusters; `size` units in each. */
function clusteredData(random: RandomStream, clusters: number, size: number, columns: number) {
  const n = clusters * size;
  const cluster = Array.from({ length: n }, (_, i) => i % clusters);
  const level = normals(random, clusters);
  const X = Array.from(
    { length: columns },
    (_, j) => j === 0 ? new Array<number>(n).fill(1) : normals(random, n),
  );
  const y = normals(random, n).map((noise, i) => noise + level[cluster[i]!]! + X[1]![i]!);
  return { X, y, cluster, weights: y.map(() => 0.2 + random.uniform()) };
}

for (const [name, clusters, size] of [["little", 60, 3], ["much", 6, 4]] as const) {
  Deno.test(`CR2 and HTZ agree with their n × n definition where clusters have ${name} leverage`, () => {
    const { X, y, cluster, weights } = clusteredData(stream(1, "cr2", name), clusters, size, 3);
    for (const given of [undefined, weights]) {
      const fit = leastSquares(X, y, {
        clusters: cluster,
        ...(given === undefined ? {} : { weights: given }),
      });
      const slow = denseCr2(X, y, cluster, given ?? y.map(() => 1));
      fit.standardErrors.forEach((se, j) => assertAlmostEquals(se, slow.standardErrors[j]!, 1e-9));
      fit.df.forEach((df, j) => assertAlmostEquals(df, slow.df[j]!, 1e-7));
      const contrasts = [[0, 1, 0], [0.5, -1, 2]];
      const test = fit.test(contrasts);
      assertAlmostEquals(test.denominatorDf + 1, slow.hotelling(contrasts), 1e-7);
      const alone = fit.test([contrasts[1]!]);
      assertAlmostEquals(alone.denominatorDf, slow.hotelling([contrasts[1]!]), 1e-7);
      const estimate = 0.5 * fit.coefficients[0]! - fit.coefficients[1]! + 2 * fit.coefficients[2]!;
      assertAlmostEquals(alone.statistic, (estimate / alone.standardErrors[0]!) ** 2, 1e-9);
      assertEquals([test.method, test.numeratorDf], ["HTZ", 2]);
    }
  });
}

Deno.test("the F of all slopes with the classical covariance is that of the R²", () => {
  const { X, y } = clusteredData(stream(2, "f"), 10, 5, 4);
  const fit = leastSquares(X, y, { covarianceType: "classical" });
  const test = fit.test([[0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]]);
  assertAlmostEquals(test.statistic, fit.rSquared / 3 / ((1 - fit.rSquared) / 46), 1e-10);
  assertEquals([test.numeratorDf, test.denominatorDf, test.method], [3, 46, "F"]);
});

Deno.test("CR3 is the jackknife that leaves out one cluster at a time", () => {
  const { X, y, cluster, weights } = clusteredData(stream(3, "cr3"), 8, 4, 3);
  const fit = leastSquares(X, y, { clusters: cluster, weights, covarianceType: "CR3" });
  let total = 0;
  for (let g = 0; g < 8; g++) {
    const rows = cluster.flatMap((own, i) => own === g ? [] : [i]);
    const take = (values: number[]) => rows.map((i) => values[i]!);
    const without = leastSquares(X.map(take), take(y), { weights: take(weights) });
    total += (without.coefficients[1]! - fit.coefficients[1]!) ** 2;
  }
  assertAlmostEquals(fit.standardErrors[1]!, Math.sqrt(total), 1e-10);
  assertEquals(fit.df[1], 7);
});

Deno.test("HC3 is the jackknife that leaves out one row at a time, and HC1 is HC0 · n / (n - k)", () => {
  const { X, y } = clusteredData(stream(4, "hc"), 5, 4, 3);
  const of = (covarianceType: CovarianceType) => leastSquares(X, y, { covarianceType });
  const squares = y.reduce((total, _, left) => {
    const take = (values: number[]) => values.filter((_, i) => i !== left);
    return total + (leastSquares(X.map(take), take(y)).coefficients[1]! - of("HC0").coefficients[1]!) ** 2;
  }, 0);
  assertAlmostEquals(of("HC3").standardErrors[1]!, Math.sqrt(squares), 1e-10);
  assertAlmostEquals(of("HC1").covariance[0]![1]!, of("HC0").covariance[0]![1]! * 20 / 17, 1e-12);
  assertAlmostEquals(of("stata").covariance[0]![1]!, of("HC1").covariance[0]![1]!, 1e-15);
});

/** The same fit with a dummy for each level, the first factor's instead of the constant. */
function withDummies(X: number[][], factors: number[][]): number[][] {
  const dummies = factors.flatMap((factor, f) =>
    [...new Set(factor)].slice(f === 0 ? 0 : 1).map((level) => factor.map((own) => own === level ? 1 : 0))
  );
  return [...X, ...dummies];
}

const types: readonly [CovarianceType, boolean][] = [
  ["classical", false],
  ["HC0", false],
  ["HC1", false],
  ["HC2", false],
  ["HC3", false],
  ["HC4", false],
  ["HC5", false],
  ["CR0", true],
  ["CR1", true],
  ["CR1S", true],
  ["CR2", true],
  ["CR3", true],
];
for (const [covarianceType, isClustered] of types) {
  // The jackknife cannot leave out a cluster whose levels lie nowhere else: it has a test of its own.
  for (const nested of isClustered && covarianceType !== "CR3" ? [false, true] : [false]) {
    Deno.test(`fixed effects give what dummies give: ${covarianceType}${nested ? ", factor within clusters" : ""}`, () => {
      const { X, y, cluster, weights } = clusteredData(stream(5, "effects"), 12, 5, 3);
      const slopes = X.slice(1);
      // Within clusters: each cluster has two levels.
      const inner = cluster.map((own, i) => 2 * own + (i % 24 < 12 ? 0 : 1));
      const outer = y.map((_, i) => (i * 7 + Math.floor(i / 12)) % 4);
      const other = y.map((_, i) => (i * 5 + Math.floor(i / 7)) % 3);
      const sets = nested ? [[inner], [inner, outer]] : [[outer], [outer, other]];
      for (const factors of sets) {
        for (const weighted of [false, true]) {
          const options: LeastSquaresOptions = {
            covarianceType,
            ...(isClustered ? { clusters: cluster } : {}),
            ...(weighted ? { weights } : {}),
          };
          const absorbed = leastSquares(slopes, y, { ...options, fixedEffects: factors });
          const explicit = leastSquares(withDummies(slopes, factors), y, options);
          for (const j of [0, 1]) {
            assertAlmostEquals(absorbed.coefficients[j]!, explicit.coefficients[j]!, 1e-10);
            assertAlmostEquals(absorbed.standardErrors[j]!, explicit.standardErrors[j]!, 1e-10);
            assertAlmostEquals(absorbed.df[j]!, explicit.df[j]!, 1e-7);
          }
          assertEquals(absorbed.residualDf, explicit.residualDf);
          absorbed.residuals.forEach((value, i) => assertAlmostEquals(value, explicit.residuals[i]!, 1e-9));
          const both = [[1, 0], [0, 1]];
          const wide = both.map((row) => [...row, ...new Array(explicit.coefficients.length - 2).fill(0)]);
          const [left, right] = [absorbed.test(both), explicit.test(wide)];
          assertAlmostEquals(left.statistic, right.statistic, 1e-6 * right.statistic);
          assertAlmostEquals(left.denominatorDf, right.denominatorDf, 1e-6);
        }
      }
    });
  }
}

Deno.test("the jackknife absorbs what lies within clusters", () => {
  const { X, y, cluster } = clusteredData(stream(6, "inner"), 10, 6, 3);
  const fit = leastSquares(X.slice(1), y, {
    clusters: cluster,
    covarianceType: "CR3",
    fixedEffects: [cluster],
  });
  let total = 0;
  for (let g = 0; g < 10; g++) {
    const rows = cluster.flatMap((own, i) => own === g ? [] : [i]);
    const take = (values: number[]) => rows.map((i) => values[i]!);
    const without = leastSquares(X.slice(1).map(take), take(y), { fixedEffects: [take(cluster)] });
    total += (without.coefficients[0]! - fit.coefficients[0]!) ** 2;
  }
  assertAlmostEquals(fit.standardErrors[0]!, Math.sqrt(total), 1e-10);
});

Deno.test("three factors in separate parts count their rank, and a column within fixed effects is left out", () => {
  const random = stream(7, "rank");
  const n = 80;
  // Two halves that share no level of the first two factors: one level is lost for each half.
  const first = Array.from({ length: n }, (_, i) => (i < 40 ? 0 : 10) + i % 3);
  const second = Array.from({ length: n }, (_, i) => (i < 40 ? 0 : 10) + i % 4);
  const [x, y] = [normals(random, n), normals(random, n)];
  const within = first.map((level) => level * level);
  const fit = leastSquares([x, within], y, { fixedEffects: [first, second], covarianceType: "HC1" });
  assertEquals([fit.dropped, fit.fixedEffectsRank], [[1], 6 + 8 - 2]);
  const constant = leastSquares([x.map(() => 1), x], y, { fixedEffects: [first], covarianceType: "HC1" });
  assertEquals(constant.dropped, [0]);
  assert(constant.withinRSquared < constant.rSquared);
});

Deno.test("a fit's test names what is wrong, and is NaN where a column that was left out takes part", () => {
  const { X, y, cluster } = clusteredData(stream(8, "test"), 6, 4, 3);
  const fit = leastSquares([...X, X[1]!], y, { clusters: cluster });
  assert(Number.isNaN(fit.test([[0, 1, 0, -1]]).pValue));
  assert(fit.test([[0, 1, 0, 0]]).pValue < 1);
  assert(Number.isNaN(fit.test([[0, 1, 0, 0], [0, 2, 0, 0]], { method: "F" }).pValue));
  assertThrows(() => fit.test([]), RangeError, "'combinations' must have a row");
  assertThrows(() => fit.test([[1, 0]]), RangeError, "'combinations' must have 4 rows");
  assertThrows(() => fit.test([[0, 0, 0, 0]]), RangeError, "must name a coefficient in every row");
  assertThrows(() => fit.test([[0, 1, 0, 0]], { values: [1, 2] }), RangeError, "'values' must have 1 rows");
  assertThrows(() => fit.test([[0, 1, 0, 0]], { value: [1] } as object), TypeError, "'value' is unknown");
  const rows = leastSquares(X, y, { covarianceType: "HC3" });
  assertThrows(() => rows.test([[0, 1, 0]], { method: "HTZ" }), RangeError, "'method' must be one of \"F\"");
});

Deno.test("leastSquares(satterthwaite) with HC2 has the degrees of freedom and HTZ test of rows as clusters", () => {
  const { X, y } = clusteredData(stream(9, "rows"), 8, 4, 3);
  const fit = leastSquares(X, y, { satterthwaite: [0, 2] });
  const slow = leastSquares(X, y, { clusters: y.map((_, row) => row) });
  assertAlmostEquals(fit.df[0]!, slow.df[0]!, 1e-9);
  assertAlmostEquals(fit.df[2]!, slow.df[2]!, 1e-9);
  assertEquals(fit.df[1], fit.residualDf);
  const combinations = [[0, 1, 0], [0, 1, 1]];
  const [own, other] = [fit.test(combinations, { method: "HTZ" }), slow.test(combinations)];
  assertAlmostEquals(own.statistic, other.statistic, 1e-9);
  assertAlmostEquals(own.denominatorDf, other.denominatorDf, 1e-9);
  assertEquals(fit.test(combinations).method, "F");
});

Deno.test("leastSquares(satterthwaite) absorbs fixed effects as it does dummies, also with weights", () => {
  const { X, y } = clusteredData(stream(10, "absorbed"), 8, 4, 3);
  const level = y.map((_, row) => row % 5);
  const dummies = [1, 2, 3, 4].map((own) => level.map((value) => value === own ? 1 : 0));
  for (const weights of [undefined, y.map((_, row) => 1 + row % 3)]) {
    const weighting = weights === undefined ? {} : { weights };
    const absorbed = leastSquares(X.slice(1), y, {
      ...weighting,
      fixedEffects: [level],
      satterthwaite: [0, 1],
    });
    const explicit = leastSquares([...X, ...dummies], y, { ...weighting, satterthwaite: [1, 2] });
    for (const j of [0, 1]) assertAlmostEquals(absorbed.df[j]!, explicit.df[j + 1]!, 1e-8);
  }
});
