import { assert, assertAlmostEquals, assertThrows } from "@std/assert";
import { stream } from "@understudy/understudy/core";
import { normalCdf, rerandomizedDistribution } from "@understudy/understudy/stats";

Deno.test("rerandomizedDistribution(R² = 0, or a wide threshold) is the normal distribution", () => {
  for (
    const options of [{ rSquared: 0, covariates: 3, threshold: 0.2 }, {
      rSquared: 0.9,
      covariates: 3,
      threshold: 500,
    }]
  ) {
    const { cdf, quantile, variance } = rerandomizedDistribution(options);
    for (const value of [-3, -1, 0, 0.5, 2]) assertAlmostEquals(cdf(value), normalCdf(value), 1e-10);
    assertAlmostEquals(quantile(0.975), 1.959963984540054, 1e-8);
    assertAlmostEquals(variance, 1, 1e-10);
  }
});

Deno.test("rerandomizedDistribution(R² = 1, one covariate) is the truncated normal distribution", () => {
  const { quantile, variance } = rerandomizedDistribution({ rSquared: 1, covariates: 1, threshold: 1 });
  // Truncated to [-1, 1]: variance 1 − 2 φ(1) / (2 Φ(1) − 1) = 0.2911250947
  assertAlmostEquals(variance, 0.29112509477279, 1e-9);
  // With nothing but the truncated part, the distribution function has steps between the points of integration.
  assertAlmostEquals(quantile(0.5), 0, 0.01);
});

Deno.test("rerandomizedDistribution(options) is what drawing until accepted gives", () => {
  const options = { rSquared: 0.6, covariates: 3, threshold: 0.8 };
  const { cdf, quantile, variance } = rerandomizedDistribution(options);
  const random = stream(1, "rerandomized");
  const draws: number[] = [];
  while (draws.length < 40_000) {
    const direction = [random.normal(), random.normal(), random.normal()];
    if (direction.reduce((sum, value) => sum + value * value, 0) > options.threshold) continue;
    draws.push(Math.sqrt(0.4) * random.normal() + Math.sqrt(0.6) * direction[0]!);
  }
  for (const value of [-1.5, -0.5, 0.3, 1.2]) {
    const share = draws.filter((draw) => draw <= value).length / draws.length;
    assertAlmostEquals(cdf(value), share, 4.5 * Math.sqrt(share * (1 - share) / draws.length));
  }
  const spread = draws.reduce((sum, draw) => sum + draw * draw, 0) / draws.length;
  assertAlmostEquals(variance, spread, 4.5 * variance * Math.sqrt(2 / draws.length));
  assertAlmostEquals(cdf(quantile(0.9)), 0.9, 1e-10);
});

Deno.test("rerandomizedDistribution(bad input) says what is wrong", () => {
  const describe = (options: object) => () =>
    rerandomizedDistribution({ rSquared: 0.5, covariates: 2, threshold: 1, ...options });
  assertThrows(describe({ rSquared: 1.2 }), RangeError, "'rSquared' must lie from 0 to 1");
  assertThrows(describe({ covariates: 0 }), RangeError, "'covariates' must be above 0");
  assertThrows(describe({ threshold: NaN }), RangeError, "'threshold' must be above 0");
  assert(Number.isNaN(rerandomizedDistribution({ rSquared: 0.5, covariates: 2, threshold: 1 }).quantile(1)));
});
