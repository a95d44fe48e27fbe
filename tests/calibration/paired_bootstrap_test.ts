import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { stream } from "@understudy/understudy/core";
import { sampleQuantile } from "@understudy/understudy/stats";
import { pairedBootstrap, type PairedBootstrapRequest } from "../../lib/calibration/paired_bootstrap.ts";
import { agrees, goldenCases, goldenData } from "../stats/golden_cases.ts";

const labelled = goldenData("ppi_labeled") as { [column: string]: number[] };
const unlabelled = goldenData("ppi_unlabeled") as { [column: string]: number[] };

/** The mean, where each value counts so many times. */
function meanOf(values: readonly number[], times: Int32Array): number {
  let [sum, count] = [0, 0];
  times.forEach((each, at) => {
    sum += each * values[at]!;
    count += each;
  });
  return sum / count;
}

function means(y: readonly number[], f: readonly number[], pool: readonly number[]) {
  const statistic: PairedBootstrapRequest["statistic"] = (people, others) => ({
    outcome: [meanOf(y, people)],
    prediction: [meanOf(f, people)],
    pool: [meanOf(pool, others)],
  });
  return { sizes: [y.length, pool.length] as const, statistic };
}

const first = means(labelled.y!.slice(0, 20), labelled.yhat!.slice(0, 20), unlabelled.yhat!.slice(0, 45));

Deno.test("pairedBootstrap(mean) agrees with ppi_py's ppboot on the draws that it recorded", () => {
  const { expected, tol } = goldenCases("ppi").get("ppboot_mean_recorded")!;
  const recorded = JSON.parse(
    Deno.readTextFileSync(new URL("../golden/data/ppboot_draws.json", import.meta.url)),
  ) as number[][];
  const [mean] = pairedBootstrap({
    ...first,
    lambda: null,
    tuning: 50,
    replicates: 200,
    random: stream(1, "ppboot"),
    draw: (visit) => {
      for (let at = 0; at < recorded.length; at += 2) {
        visit([...recorded[at]!, ...recorded[at + 1]!.map((unit) => unit + 20)]);
      }
    },
  });
  const sorted = mean!.draws.toSorted();
  const ends = [0.05, 0.95].map((p) => sampleQuantile(sorted, p));
  ends.forEach((end, side) => assert(agrees(end, expected.percentile[side], tol)));
  assert(agrees(2 * mean!.estimate - ends[1]!, expected.basic[0], tol));
  assert(agrees(2 * mean!.estimate - ends[0]!, expected.basic[1], tol));
});

Deno.test("pairedBootstrap(mean, λ = 1) has one-sided ends at quantiles of its draws, not at the extreme ones as ppi_py's", () => {
  const { expected } = goldenCases("ppi").get("ppboot_onesided_defect")!;
  // The reference's seed is not recorded, and its ends are extreme draws: among so many more, ours lie well within.
  const [mean] = pairedBootstrap({ ...first, lambda: 1, replicates: 2000, random: stream(1, "one-sided") });
  const sorted = mean!.draws.toSorted();
  assert(
    sampleQuantile(sorted, 0.1) > expected.smaller[0] && sampleQuantile(sorted, 0.9) < expected.larger[1],
  );
});

Deno.test("pairedBootstrap(mean) spreads as the formula says: λ, the standard error, and that of people alone", () => {
  const [y, f, pool] = [labelled.y!, labelled.yhat!, unlabelled.yhat!];
  const variance = (values: readonly number[]) => {
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    return values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  };
  const spread = (draws: Float64Array) => Math.sqrt(variance([...draws]));
  const [mean] = pairedBootstrap({
    ...means(y, f, pool),
    lambda: null,
    replicates: 4000,
    random: stream(2, "mean"),
  });
  const covariance = (variance(y.map((value, at) => value + f[at]!)) - variance(y) - variance(f)) / 2;
  const lambda = covariance / y.length / (variance(f) / y.length + variance(pool) / pool.length);
  assertAlmostEquals(mean!.lambda, lambda, 0.05);
  const residual = y.map((value, at) => value - mean!.lambda * f[at]!);
  const error = Math.sqrt(variance(residual) / y.length + mean!.lambda ** 2 * variance(pool) / pool.length);
  assertAlmostEquals(spread(mean!.draws) / error, 1, 0.04);
  assertAlmostEquals(spread(mean!.alone.draws) / Math.sqrt(variance(y) / y.length), 1, 0.04);
  assertAlmostEquals(mean!.correlation, covariance / Math.sqrt(variance(y) * variance(f)), 0.03);
});

Deno.test("pairedBootstrap(constant predictions) leaves people alone, and a resample without a value is left out of λ", () => {
  const constant = means(labelled.y!, labelled.y!.map(() => 3), [3, 3, 3]);
  const random = () => stream(3, "constant");
  const [mean] = pairedBootstrap({ ...constant, lambda: null, replicates: 50, random: random() });
  assertEquals([mean!.lambda, mean!.estimate], [0, mean!.alone.estimate]);
  let calls = 0;
  const sometimes: PairedBootstrapRequest["statistic"] = (people, others) => {
    const found = first.statistic(people, others);
    return ++calls % 3 === 0 ? { ...found, outcome: [NaN] } : found;
  };
  const [some] = pairedBootstrap({
    ...first,
    statistic: sometimes,
    lambda: null,
    replicates: 300,
    random: random(),
  });
  assert(Number.isFinite(some!.lambda));
  assertEquals(some!.draws.filter(Number.isFinite).length, 200);
});
