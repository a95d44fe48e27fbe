import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { stream } from "@understudy/understudy/core";
import { moments, resampleUnits } from "@understudy/understudy/stats";
import {
  bootstrapInterval,
  type BootstrapIntervalMethod,
  jackknifeAcceleration,
} from "../../lib/stats/bootstrap.ts";
import { romanoWolf } from "../../lib/stats/multiplicity.ts";
import { orderQuantile } from "../../lib/stats/quantiles.ts";
import { bootstrapMean } from "./bootstrap_mean.ts";
import { agrees, goldenCases, goldenData } from "./golden_cases.ts";

const cases = goldenCases("bootstrap");
const x = goldenData("boot15").x as number[];

function recorded(name: string): { means: number[]; errors: number[] } {
  const url = new URL(`../golden/data/${name}.json`, import.meta.url);
  const rows = JSON.parse(Deno.readTextFileSync(url)) as number[][];
  const found = rows.map((row) => moments(row.map((place) => x[place]!)));
  return {
    means: found.map(({ mean }) => mean),
    errors: found.map(({ variance, n }) => Math.sqrt(variance / n)),
  };
}

const leftOut = x.map((_, out) => moments(x.filter((_, i) => i !== out)).mean);
const { mean, variance, n } = moments(x);

Deno.test("bootstrapInterval(draws) agrees with R's boot.ci on its own draws, all five kinds", () => {
  const { expected, tol } = cases.get("boot_ci_R")!;
  const { means, errors } = recorded("boot15_draws_R");
  const names = { norm: "normal", basic: "basic", student: "studentised", perc: "percentile", bca: "bca" };
  for (const [name, method] of Object.entries(names)) {
    const found = bootstrapInterval(means, {
      estimate: mean,
      method: method as BootstrapIntervalMethod,
      acceleration: jackknifeAcceleration(leftOut),
      stdError: Math.sqrt(variance / n),
      stdErrors: errors,
    });
    assert(agrees(found.low, expected[name][0], tol), `${name} ${found.low} is not ${expected[name][0]}`);
    assert(agrees(found.high, expected[name][1], tol), `${name} ${found.high} is not ${expected[name][1]}`);
    assert(agrees(found.bias, expected.bias, tol));
    assert(agrees(found.stdError, expected.se, tol));
  }
});

Deno.test("jackknifeAcceleration(leftOut) and the standard error of draws agree with SciPy", () => {
  const { expected, tol } = cases.get("bootstrap_ci_scipy")!;
  assert(agrees(jackknifeAcceleration(leftOut), expected.acceleration, tol));
  const { stdError } = bootstrapInterval(recorded("boot15_draws").means, { estimate: mean });
  assert(agrees(stdError, expected.se, tol));
});

Deno.test("bootstrapInterval(draws) has the p-value at which its interval begins to leave out 0", () => {
  const { means, errors } = recorded("boot15_draws_R");
  for (
    const method of ["percentile", "basic", "normal", "studentised", "symmetric_studentised", "bca"] as const
  ) {
    for (const shift of [2, 2.6, 3.1]) {
      const settings = {
        estimate: mean - shift,
        method,
        acceleration: jackknifeAcceleration(leftOut),
        stdError: Math.sqrt(variance / n),
        stdErrors: errors,
      };
      const draws = means.map((draw) => draw - shift);
      const { pValue } = bootstrapInterval(draws, settings);
      const covers = (alpha: number) => {
        const { low, high } = bootstrapInterval(draws, { ...settings, alpha });
        return low <= 0 && 0 <= high;
      };
      // A step of the draws is 2 / 1000.
      if (pValue > 0.008) assert(covers(pValue - 0.006), `${method} ${shift}: 0 is inside below p`);
      assert(!covers(Math.min(0.999, pValue + 0.006)), `${method} ${shift}: 0 is outside above p ${pValue}`);
    }
  }
});

Deno.test("bootstrapInterval(symmetric_studentised) has both ends at the quantile of |T*|, NaN where that is infinite", () => {
  const [draws, stdErrors] = [Array.from({ length: 19 }, (_, i) => i - 6), new Array<number>(19).fill(1)];
  const settings = {
    estimate: 1,
    method: "symmetric_studentised",
    alpha: 0.25,
    stdError: 2,
    stdErrors,
  } as const;
  // |T*| from 0 to 11, in order the 15th is 7: 1 ± 14; |1 / 2| is reached by 18 of 19.
  const { low, high, pValue } = bootstrapInterval(draws, settings);
  assertEquals([low, high, pValue], [-13, 15, 19 / 20]);
  const still = bootstrapInterval(draws, { ...settings, stdErrors: stdErrors.map((_, i) => i % 2) });
  assertEquals([still.low, still.pValue], [NaN, NaN]);
});

Deno.test("orderQuantile(sorted, probability) ends at the extremes", () => {
  assertEquals([orderQuantile([1, 2, 3], 0.001), orderQuantile([1, 2, 3], 0.5)], [1, 2]);
  assertEquals([orderQuantile([1, 2, 3], 0.999), orderQuantile([], 0.5)], [3, NaN]);
});

Deno.test("bootstrapInterval(draws) leaves out NaN, and is NaN where nothing is left", () => {
  const plain = bootstrapInterval([1, 2, 3, 4], { estimate: 2.5, method: "percentile" });
  assertEquals(bootstrapInterval([1, NaN, 2, 3, NaN, 4], { estimate: 2.5, method: "percentile" }), plain);
  const nothing = bootstrapInterval([NaN, 1], { estimate: 1 });
  assertEquals([nothing.low, nothing.high, nothing.pValue, nothing.draws], [NaN, NaN, NaN, 1]);
});

Deno.test("jackknifeAcceleration(leftOut) is the skewness of the influences over 6, and 0 where nothing varies", () => {
  const influence = x.map((value) => value - mean);
  const by = influence.reduce((sum, value) => sum + value ** 3, 0) /
    (6 * influence.reduce((sum, value) => sum + value ** 2, 0) ** 1.5);
  assertAlmostEquals(jackknifeAcceleration(leftOut), by, 1e-12);
  assertEquals(jackknifeAcceleration([2, 2, 2]), 0);
});

Deno.test("resampleUnits(count) draws every unit equally often", () => {
  // From 65,537 units on, numbers have 32 bits; beyond 2,097,152 they are drawn one by one.
  for (const size of [3, 10, 1000, 65_536, 65_537, 100_003, 2_097_153]) {
    const counts = new Float64Array(size);
    const replicates = Math.ceil(300_000 / size);
    resampleUnits(size, (units) => units.forEach((unit) => counts[unit]!++), {
      random: stream(5, "resample", size),
      replicates,
    });
    const chi = counts.reduce((sum, count) => sum + (count - replicates) ** 2 / replicates, 0);
    // Mean size - 1, standard deviation √(2 (size - 1))
    assert(Math.abs(chi - size + 1) < 4.5 * Math.sqrt(2 * size), `chi-square ${chi} of ${size}`);
  }
});

Deno.test("resampleUnits(strata) draws as many from each stratum as it has, from it alone", () => {
  const strata = [1, 0, 1, 2, 0, 1];
  const seen = new Set<string>();
  resampleUnits(6, (units) => {
    assertEquals([...units].map((unit) => strata[unit]), [1, 1, 1, 0, 0, 2]);
    seen.add([...units].join(""));
  }, { random: stream(2, "strata"), strata, replicates: 200 });
  // 27 × 4 × 1 resamples exist.
  assert(seen.size > 60 && seen.size <= 108);
});

Deno.test("resampleUnits(…) is the same for the same stream, and refuses strata of another length", () => {
  const draw = () => {
    const all: number[] = [];
    resampleUnits(7, (units) => all.push(...units), { random: stream(3, "x"), replicates: 5 });
    return all;
  };
  assertEquals(draw(), draw());
  const visit = () => {};
  assertThrows(() => resampleUnits(3, visit, { random: stream(1, "x"), strata: [1] }), RangeError, "3 units");
  assertThrows(() => resampleUnits(0, visit, { random: stream(1, "x") }), RangeError, "'count'");
  assertThrows(() => resampleUnits(3, visit, { random: stream(1, "x"), replicates: 0 }), RangeError);
});

Deno.test("bootstrapMean(values) has the mean and the variance that theory gives", () => {
  const means = moments(bootstrapMean(x, { random: stream(1, "mean"), replicates: 40_000 }));
  // The bootstrap variance of a mean is Σ(x - mean)² / n².
  const theory = variance * (n - 1) / n ** 2;
  assert(Math.abs(means.mean - mean) < 4 * Math.sqrt(theory / 40_000));
  assert(Math.abs(means.variance / theory - 1) < 0.04);
});

Deno.test("romanoWolf(statistics, resampled) agrees with wildrwolf's algorithm", () => {
  const { expected, tol, args } = cases.get("romano_wolf_bootstrap") as unknown as {
    expected: { p_rw: number[] };
    tol: number;
    args: { t_stats: number[]; boot_t: number[][] };
  };
  romanoWolf(args.t_stats, args.boot_t).forEach((p, test) => assert(agrees(p, expected.p_rw[test]!, tol)));
});

Deno.test("romanoWolf(statistics) keeps NaN, counts a missing resample against a finding", () => {
  assertEquals(romanoWolf([NaN, 2], [[9, 1], [9, 1], [9, 1]]), [NaN, 0.25]);
  assertEquals(romanoWolf([2], [[NaN], [0], [0]]), [0.5]);
});
