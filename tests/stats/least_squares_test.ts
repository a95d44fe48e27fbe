import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { type CovarianceType, leastSquares, type LeastSquaresFit } from "@understudy/understudy/stats";
import { stream } from "@understudy/understudy/core";
import { denseCr2 } from "./dense_least_squares.ts";
import { agrees, goldenCases, goldenData } from "./golden_cases.ts";

const data = goldenData("rct");
const column = (name: string) => data[name] as number[];
const ones = column("id").map(() => 1);
const dummy = (name: string, level: string | number) => data[name]!.map((value) => value === level ? 1 : 0);
const covariates = [ones, column("z"), column("x1"), dummy("x2", "b"), dummy("x2", "c")];
const clustered = [ones, column("zc"), column("x1"), dummy("x2", "b"), dummy("x2", "c")];
const cases = goldenCases("effects");

function checkAgainst(id: string, fit: LeastSquaresFit): void {
  const { expected, tol } = cases.get(id)!;
  Object.values(expected.terms as { [term: string]: { [field: string]: number } }).forEach((term, j) => {
    const pairs: [number, number][] = [
      [fit.coefficients[j]!, term.estimate!],
      [fit.standardErrors[j]!, term["std.error"]!],
      [fit.df[j]!, term.df!],
    ];
    for (const [actual, wanted] of pairs) {
      assert(agrees(actual, wanted, tol), `${id}, coefficient ${j}: ${actual} is not ${wanted}`);
    }
  });
  (expected.vcov as number[][]).forEach((row, i) =>
    row.forEach((value, j) =>
      assert(agrees(fit.covariance[i]![j]!, value, tol), `${id} covariance ${i} ${j}`)
    )
  );
}

for (const covarianceType of ["classical", "HC0", "HC1", "HC2", "HC3"] as CovarianceType[]) {
  Deno.test(`leastSquares(…, ${covarianceType}) agrees with estimatr`, () => {
    checkAgainst(`lm_robust_${covarianceType}`, leastSquares(covariates, column("y"), { covarianceType }));
  });
}

for (const covarianceType of ["classical", "HC0", "HC1", "HC2"] as CovarianceType[]) {
  Deno.test(`leastSquares(…, weights, ${covarianceType}) agrees with estimatr`, () => {
    const weights = column("w");
    checkAgainst(
      `lm_robust_w_${covarianceType}`,
      leastSquares(covariates, column("y"), { covarianceType, weights }),
    );
  });
}

Deno.test("leastSquares(…, clusters) agrees with estimatr's CR0, stata and CR2", () => {
  const clusters = data.cl!;
  const y = column("yc");
  checkAgainst("lm_robust_cl_CR2", leastSquares(clustered, y, { clusters }));
  for (const covarianceType of ["CR0", "stata"] as CovarianceType[]) {
    checkAgainst(`lm_robust_cl_${covarianceType}`, leastSquares(clustered, y, { clusters, covarianceType }));
    const weighted = leastSquares(clustered, y, { clusters, covarianceType, weights: column("w") });
    checkAgainst(`lm_robust_cl_w_${covarianceType}`, weighted);
  }
});

Deno.test("leastSquares(columns) needs no constant", () => {
  const columns = [dummy("x2", "a"), dummy("x2", "b"), dummy("x2", "c"), column("z")];
  checkAgainst("lm_robust_noint", leastSquares(columns, column("y")));
});

Deno.test("leastSquares(columns) takes the part of a row that is fitted exactly as 0, and counts it", () => {
  const fit = leastSquares([ones, column("z"), dummy("id", 7)], column("y"));
  checkAgainst("lm_robust_leverage1", fit);
  assertEquals(fit.exactRows, 1);
});

Deno.test("leastSquares(columns) leaves out the later of two collinear columns and says so", () => {
  const double = column("x1").map((value) => 2 * value);
  const fit = leastSquares([ones, column("z"), column("x1"), double, column("x3")], column("y"));
  const without = leastSquares([ones, column("z"), column("x1"), column("x3")], column("y"));
  assertEquals([fit.rank, fit.dropped], [4, [3]]);
  assert(Number.isNaN(fit.coefficients[3]) && Number.isNaN(fit.standardErrors[3]));
  assertAlmostEquals(fit.coefficients[4]!, without.coefficients[3]!, 1e-12);
  assertAlmostEquals(fit.standardErrors[4]!, without.standardErrors[3]!, 1e-12);
});

Deno.test("leastSquares(…, clusters) of single rows is HC2", () => {
  const rows = leastSquares(covariates, column("y"));
  const clusters = leastSquares(covariates, column("y"), { clusters: column("id") });
  rows.standardErrors.forEach((se, j) => assertAlmostEquals(clusters.standardErrors[j]!, se, 1e-12));
});

Deno.test("the fast CR2 agrees with its n × n definition, weighted, with covariates that vary within clusters", () => {
  for (let seed = 0; seed < 5; seed++) {
    const random = stream(seed, "cr2");
    const n = 24;
    const clusters = Array.from({ length: n }, (_, i) => i < 6 ? i % 3 : random.integer(5));
    const columns = [0, 1, 2].map((j) => Array.from({ length: n }, () => j === 0 ? 1 : random.normal()));
    const y = Array.from({ length: n }, () => random.normal());
    for (const weights of [undefined, Array.from({ length: n }, () => 0.2 + random.uniform())]) {
      const fit = leastSquares(columns, y, { clusters, ...(weights ? { weights } : {}) });
      const slow = denseCr2(columns, y, clusters, weights ?? new Array(n).fill(1));
      fit.df.forEach((df, j) => {
        assertAlmostEquals(fit.standardErrors[j]!, slow.standardErrors[j]!, 1e-9);
        assertAlmostEquals(df, slow.df[j]!, 1e-8);
      });
    }
  }
});

Deno.test("leastSquares(columns, outcome) names what is wrong", () => {
  const y = [1, 2, 3];
  const one = [1, 1, 1];
  assertThrows(() => leastSquares([[1, 1]], y), RangeError, "'columns' must have 3 rows");
  assertThrows(() => leastSquares([one], [1, NaN, 2]), RangeError, "'outcome' must hold finite numbers");
  assertThrows(() => leastSquares([one], y, { weights: [1, 0, 1] }), RangeError, "'weights' must be above 0");
  assertThrows(() => leastSquares([one], y, { weights: [1, -1, 1] }), RangeError, "at least 0");
  assertThrows(() => leastSquares([one], y, { clusters: [1] }), RangeError, "'clusters' must have 3 rows");
  assertThrows(() => leastSquares([one], y, { covarianceType: "CR2" }), RangeError, "must be one of");
  const clusters = [1, 1, 2];
  assertThrows(
    () => leastSquares([one], y, { clusters, covarianceType: "HC2" }),
    RangeError,
    "must be one of",
  );
  assertThrows(
    () => leastSquares([one], y, { cluster: clusters } as object),
    TypeError,
    "'cluster' is unknown",
  );
});
