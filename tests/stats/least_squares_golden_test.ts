import { assert, assertEquals } from "@std/assert";
import { type CovarianceType, leastSquares, type LeastSquaresFit } from "@understudy/understudy/stats";
import { agrees, goldenCases, goldenData } from "./golden_cases.ts";

const cases = goldenCases("regression");
const data = goldenData("rct");
const column = (name: string) => data[name] as number[];
const ones = column("id").map(() => 1);
const dummy = (name: string, level: string) => data[name]!.map((value) => value === level ? 1 : 0);
const x2 = [dummy("x2", "b"), dummy("x2", "c")];
const y = column("y");
const yc = column("yc");
const individual = [ones, column("z"), column("x1"), ...x2];
const clustered = [ones, column("zc"), column("x1"), ...x2];
const clusters = data.cl!;
const mean = (values: number[]) => values.reduce((total, value) => total + value, 0) / values.length;

function near(actual: number, expected: number | null, tolerance: number, what: string): void {
  if (expected !== null) assert(agrees(actual, expected, tolerance), `${what}: ${actual} is not ${expected}`);
}

function sameMatrix(fit: LeastSquaresFit, expected: number[][], tolerance: number, what: string): void {
  expected.forEach((row, i) =>
    row.forEach((value, j) => near(fit.covariance[i]![j]!, value, tolerance, `${what} ${i} ${j}`))
  );
}

/** Every number of an estimatr case: terms, fit, F and covariance. */
function checkCase(id: string, fit: LeastSquaresFit, meanWeight = 1): void {
  const { expected, tol } = cases.get(id)!;
  Object.values(expected.terms as { [term: string]: { [field: string]: number } }).forEach((term, j) => {
    near(fit.coefficients[j]!, term.estimate!, tol, `${id} estimate ${j}`);
    near(fit.standardErrors[j]!, term["std.error"]!, tol, `${id} std.error ${j}`);
    near(fit.df[j]!, term.df!, tol, `${id} df ${j}`);
  });
  if (expected.vcov !== undefined) sameMatrix(fit, expected.vcov, tol, `${id} vcov`);
  near(fit.residualDf, expected.df_residual, 0, `${id} df_residual`);
  near(fit.rSquared, expected.r_squared ?? null, tol, `${id} r_squared`);
  near(fit.withinRSquared, expected.proj_r_squared ?? null, tol, `${id} proj_r_squared`);
  if (expected.nobs === undefined) return;
  assertEquals([fit.n, fit.rank, fit.clusters], [expected.nobs, expected.rank, expected.nclusters]);
  // estimatr's residual variance grows with the scale of the weights; ours takes weights of mean 1.
  near(fit.residualVariance * meanWeight, expected.res_var, tol, `${id} res_var`);
  near(fit.adjustedRSquared, expected.adj_r_squared, tol, `${id} adj_r_squared`);
  const slopes = [...fit.coefficients.keys()].slice(fit.constant ? 1 : 0);
  const all = fit.test(slopes.map((j) => [...fit.coefficients.keys()].map((l) => l === j ? 1 : 0)), {
    method: "F",
  });
  near(all.statistic, expected.fstatistic.value, tol, `${id} F`);
  assertEquals([all.numeratorDf, all.denominatorDf], [expected.fstatistic.numdf, expected.fstatistic.dendf]);
}

for (const covarianceType of ["classical", "HC0", "HC1", "HC2", "HC3"] as CovarianceType[]) {
  Deno.test(`leastSquares(…, ${covarianceType}) agrees with estimatr: fit and F`, () => {
    checkCase(`lm_robust_${covarianceType}`, leastSquares(individual, y, { covarianceType }));
    if (covarianceType === "HC3") return;
    const weights = column("w");
    checkCase(
      `lm_robust_w_${covarianceType}`,
      leastSquares(individual, y, { covarianceType, weights }),
      mean(weights),
    );
  });
}

for (const covarianceType of ["CR0", "stata", "CR2"] as CovarianceType[]) {
  Deno.test(`leastSquares(…, clusters, ${covarianceType}) agrees with estimatr: fit and F`, () => {
    checkCase(`lm_robust_cl_${covarianceType}`, leastSquares(clustered, yc, { covarianceType, clusters }));
    if (covarianceType === "CR2") return;
    const weights = column("w");
    checkCase(
      `lm_robust_cl_w_${covarianceType}`,
      leastSquares(clustered, yc, { covarianceType, clusters, weights }),
      mean(weights),
    );
  });
}

Deno.test("leastSquares(…, fixedEffects) agrees with estimatr's absorbed fits, and Stata's areg factors", () => {
  const columns = [column("zb"), column("x1")];
  const fixedEffects = [data.block!];
  for (const covarianceType of ["classical", "HC1", "HC2", "HC3"] as CovarianceType[]) {
    checkCase(
      `lm_robust_fe_${covarianceType}`,
      leastSquares(columns, column("yb"), { covarianceType, fixedEffects }),
    );
  }
  const stata = leastSquares(columns, column("yb"), { covarianceType: "stata", clusters, fixedEffects });
  checkCase("lm_robust_fe_cl_stata", stata);
});

for (const type of ["HC4", "HC5"] as const) {
  Deno.test(`leastSquares(…, ${type}) agrees with sandwich`, () => {
    const { expected, tol } = cases.get(`vcovHC_${type}`)!;
    sameMatrix(leastSquares(individual, y, { covarianceType: type }), expected.vcov, tol, type);
  });
}

Deno.test("leastSquares(…, clusters) agrees with sandwich's vcovCL", () => {
  const types = { HC0: "CR1", HC1: "CR1S", HC2: "CR2", HC3: "CR3" } as const;
  for (const [theirs, covarianceType] of Object.entries(types)) {
    const { expected, tol } = cases.get(`vcovCL_${theirs}`)!;
    sameMatrix(leastSquares(clustered, yc, { covarianceType, clusters }), expected.vcov, tol, theirs);
  }
});

for (const covarianceType of ["CR0", "CR1", "CR1S", "CR2"] as const) {
  Deno.test(`leastSquares(…, ${covarianceType}) and its tests agree with clubSandwich`, () => {
    const { expected, tol } = cases.get(`clubSandwich_${covarianceType}`)!;
    const fit = leastSquares(clustered, yc, { covarianceType, clusters });
    sameMatrix(fit, expected.vcov, tol, covarianceType);
    const terms = Object.values(expected.coef_test as { [term: string]: { [field: string]: number } });
    terms.forEach((term, j) => {
      const unit = [terms.map((_, l) => l === j ? 1 : 0)];
      near(fit.standardErrors[j]!, term.SE!, tol, `SE ${j}`);
      near(fit.df[j]!, covarianceType === "CR2" ? term.df_Satt! : term.df_t!, tol, `df ${j}`);
      const alone = fit.test(unit, { method: "HTZ" });
      near(alone.denominatorDf, term.df_Satt!, tol, `df_Satt ${j}`);
      near(alone.pValue, term.p_Satt!, tol, `p_Satt ${j}`);
      near(fit.test(unit, { method: "F" }).pValue, term.p_t!, tol, `p_t ${j}`);
    });
    const both = [[0, 0, 0, 1, 0], [0, 0, 0, 0, 1]];
    for (const [method, theirs] of [["HTZ", "HTZ"], ["F", "Naive-F"]] as const) {
      const test = fit.test(both, { method });
      const wald = expected.wald_x2[theirs];
      near(test.statistic, wald.Fstat, tol, `${theirs} F`);
      near(test.denominatorDf, wald.df_denom, tol, `${theirs} df`);
      near(test.pValue, wald.p_val, tol, `${theirs} p`);
    }
    assertEquals(fit.test(both).method, covarianceType === "CR2" ? "HTZ" : "F");
  });
}

Deno.test("leastSquares(columns) agrees with statsmodels", () => {
  const { expected, tol } = cases.get("ols_cov_sm")!;
  const columns = [ones, column("zc"), column("x1")];
  const theirs = { classical: "nonrobust", HC0: "HC0", HC1: "HC1", HC2: "HC2", HC3: "HC3" } as const;
  for (const [covarianceType, name] of Object.entries(theirs)) {
    const fit = leastSquares(columns, yc, { covarianceType: covarianceType as CovarianceType });
    fit.standardErrors.forEach((se, j) => near(se, expected[name][j], tol, `${name} ${j}`));
  }
  for (const [covarianceType, name] of [["CR1S", "cluster"], ["CR0", "cluster_nocorr"]] as const) {
    const fit = leastSquares(columns, yc, { covarianceType, clusters });
    fit.standardErrors.forEach((se, j) => near(se, expected[name][j], tol, `${name} ${j}`));
  }
});

Deno.test("leastSquares(columns) leaves out the later collinear column, where estimatr leaves out the shorter", () => {
  const na = goldenData("rct_na");
  const complete = na.y!.map((_, row) => row).filter((row) =>
    ["y", "z", "x1", "x1dup"].every((name) => !Number.isNaN(na[name]![row]))
  );
  const take = (name: string) => complete.map((row) => na[name]![row] as number);
  const { expected, tol } = cases.get("lm_robust_na_collinear")!;
  const fit = leastSquares([complete.map(() => 1), take("z"), take("x1"), take("x1dup")], take("y"));
  assertEquals([fit.n, fit.rank, fit.dropped], [expected.nobs, expected.rank, [3]]);
  near(fit.coefficients[2]!, 2 * expected.terms.x1dup.estimate, tol, "x1");
  near(fit.standardErrors[2]!, 2 * expected.terms.x1dup["std.error"], tol, "x1 std.error");
  near(fit.coefficients[1]!, expected.terms.z.estimate, tol, "z");
  near(fit.rSquared, expected.r_squared, tol, "r_squared");
});
