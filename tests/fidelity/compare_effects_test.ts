import { assert, assertAlmostEquals, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { fromCSV } from "arquero";
import { columnOf, type RandomStream, stream, type Table, tableOf } from "@understudy/understudy/core";
import { compareEffects } from "@understudy/understudy/fidelity";
import { chiSquareQuantile, chiSquareUpper } from "@understudy/understudy/stats";
import { type Effects, fullCorrelation, fullLikelihood, fullSlope } from "./restricted_likelihood.ts";

type Row = {
  readonly study: string;
  readonly outcome: string;
  readonly reference: string;
  readonly arm: string;
  readonly estimate: number;
  readonly std_error: number;
  readonly cov_shared: number | null;
};

/** Studies of unequal size with one to four arms against a control, and what somebody predicts of them. */
function studies(random: RandomStream, count: number): { human: Row[]; predicted: Row[] } {
  const human: Row[] = [];
  const predicted: Row[] = [];
  for (let study = 0; study < count; study++) {
    const shared = 0.06 / (30 + random.integer(300));
    const control = Math.sqrt(shared) * random.normal();
    const arms = 1 + study % 4;
    for (let arm = 0; arm < arms; arm++) {
      const own = 0.06 / (30 + random.integer(300));
      const prediction = 0.08 * random.normal();
      const truth = 0.01 + 0.5 * prediction + 0.03 * random.normal();
      const row = { study: `s${study}`, outcome: "y", reference: "control", arm: `a${arm}` };
      const estimate = truth + Math.sqrt(own) * random.normal() - control;
      human.push({
        ...row,
        estimate,
        std_error: Math.sqrt(own + shared),
        cov_shared: arms > 1 ? shared : null,
      });
      predicted.push({ ...row, estimate: prediction, std_error: NaN, cov_shared: null });
    }
  }
  return { human, predicted };
}

function effectsOf(human: readonly Row[], predicted: readonly Row[]): Effects {
  const group = ({ study, outcome, reference }: Row) => JSON.stringify([study, outcome, reference]);
  return {
    human: human.map(({ estimate }) => estimate),
    synthetic: predicted.map(({ estimate }) => estimate),
    covariance: human.map((row, i) =>
      human.map((other, j) =>
        i === j ? row.std_error ** 2 : group(row) === group(other) ? row.cov_shared! : 0
      )
    ),
  };
}

function estimatesOf(table: Table): { [measure: string]: number } {
  return Object.fromEntries(
    columnOf<string>(table, "measure").map((name, row) => [name, table.get("estimate", row)]),
  );
}

Deno.test("compareEffects(human, synthetic) gives the correlation and the slope of the full restricted likelihood", () => {
  for (let repetition = 0; repetition < 5; repetition++) {
    const { human, predicted } = studies(stream(1, "full", repetition), 14);
    const found = estimatesOf(compareEffects(tableOf(human), tableOf(predicted)));
    const effects = effectsOf(human, predicted);
    assertAlmostEquals(found.r_adj!, fullCorrelation(effects), 1e-8);
    assertAlmostEquals(found.slope!, fullSlope(effects), 1e-8);
  }
});

Deno.test("the ends of the interval of r_adj are where the full likelihood, profiled, has fallen by half of chi-square (with Bartlett's factor)", () => {
  const { human, predicted } = studies(stream(2, "profile"), 12);
  const table = compareEffects(tableOf(human), tableOf(predicted));
  const effects = effectsOf(human, predicted);
  const best = (r: number) =>
    climb(([t1, t2]) => fullLikelihood(effects, [Math.exp(t1!), r, Math.exp(t2!)]), [-3, -2.5]);
  const [r, low, high] = ["estimate", "conf_low", "conf_high"].map((name) => table.get(name, 0) as number);
  const most = best(r!);
  const factor = 2 * (human.length - 2.5) / (human.length - 1);
  for (const end of [low!, high!]) {
    assertAlmostEquals(factor * (most - best(end)), chiSquareQuantile(0.95, 1), 1e-5);
  }
  assertAlmostEquals(table.get("p_value", 0), chiSquareUpper(factor * (most - best(0)), 1), 1e-8);
});

/** The maximum of a smooth function of two numbers, by ever finer steps along both. */
function climb(of: (at: readonly number[]) => number, start: readonly number[]): number {
  let [at, value, step] = [start, of(start), 0.5];
  while (step > 1e-4) {
    const steps = [[1, 0], [-1, 0], [0, 1], [0, -1], [1, 1], [1, -1], [-1, 1], [-1, -1]].map((
      [x, y],
    ) => [at[0]! + step * x!, at[1]! + step * y!]);
    const values = steps.map(of);
    const most = values.indexOf(Math.max(...values));
    if (values[most]! > value) [at, value] = [steps[most]!, values[most]!];
    else step /= 2;
  }
  return value;
}

Deno.test("the measures that are not adjusted are what their definitions say", () => {
  const arm = ["a", "b", "c", "d"];
  const [h, s, se] = [[0.3, -0.1, 0.2, 0], [0.5, 0.1, 0.3, 0.2], 0.05];
  const found = estimatesOf(
    compareEffects(
      tableOf({ arm, estimate: h, std_error: h.map(() => se) }),
      tableOf({ arm: arm.toReversed(), estimate: s.toReversed() }),
    ),
  );
  const squares = h.map((value, i) => (value - s[i]!) ** 2).reduce((sum, value) => sum + value, 0) / 4;
  const [hMean, sMean] = [0.1, 0.275];
  const product = h.reduce((sum, value, i) => sum + (value - hMean) * (s[i]! - sMean), 0);
  const spread = (values: readonly number[], mean: number) =>
    values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  const r = product / Math.sqrt(spread(h, hMean) * spread(s, sMean));
  assertAlmostEquals(found.r!, r);
  assertAlmostEquals(found.r_moment!, r / Math.sqrt(1 - se ** 2 / (spread(h, hMean) / 3)));
  assertAlmostEquals(found.simple_slope!, product / spread(s, sMean));
  assertAlmostEquals(found.shrinkage!, 0.2 / 0.39);
  assertAlmostEquals(found.rmse!, Math.sqrt(squares));
  assertAlmostEquals(found.rmse_adj!, Math.sqrt(squares - se ** 2));
  // The same sign twice, another once, and a human effect of 0 that counts half.
  assertAlmostEquals(found.sign_agreement!, (2 + 0 + 0.5) / 4);
});

Deno.test("a bootstrap of studies has an interval for every measure, the same for the same seed", () => {
  const { human, predicted } = studies(stream(2, "bootstrap"), 24);
  const options = { interval: "bootstrap", resamples: 200 } as const;
  const [one, same, other] = [{}, {}, { seed: 2 }].map((seed) =>
    compareEffects(tableOf(human), tableOf(predicted), { ...options, ...seed })
  );
  assertEquals(one!.array("conf_low"), same!.array("conf_low"));
  assert(one!.get("conf_low", 0) !== other!.get("conf_low", 0));
  one!.scan((row) => {
    const [low, estimate, high] = ["conf_low", "estimate", "conf_high"].map((name) => one!.get(name, row!));
    assert(low < estimate && estimate < high);
  });
  const few = compareEffects(tableOf(human.slice(0, 9)), tableOf(predicted), options);
  assertEquals(few.array("conf_low").every(Number.isNaN), true);
  assertStringIncludes(few.get("reason", 0), "at least 10 studies");
});

Deno.test("what cannot be computed is NaN and says why", () => {
  const table = (estimate: readonly number[], std_error = estimate.map(() => 0.1)) =>
    tableOf({ arm: estimate.map((_, i) => `a${i}`), estimate, std_error });
  const reasonOf = (human: Table, synthetic: Table, measure: string) => {
    const rows = compareEffects(human, synthetic);
    const row = columnOf(rows, "measure").indexOf(measure);
    assertEquals(rows.get("estimate", row), NaN);
    return rows.get("reason", row);
  };
  const effects = [0.5, -0.3, 0.4, 0.1];
  assertEquals(reasonOf(table([0.1]), table([0.2]), "r_adj"), "fewer than 3 contrasts: 1");
  assertAlmostEquals(estimatesOf(compareEffects(table([0.1]), table([0.2]))).rmse!, 0.1);
  assertEquals(reasonOf(table(effects), table([1, 1, 1, 1]), "slope"), "the synthetic effects do not vary");
  assertEquals(reasonOf(table([1, 1, 1, 1]), table(effects), "r"), "the human effects do not vary");
  assertEquals(
    reasonOf(table(effects), table([0, 0, 0, 0]), "shrinkage"),
    "the synthetic effects do not vary",
  );
  assertStringIncludes(
    reasonOf(table(effects), table(effects), "rmse_adj"),
    "sampling errors alone",
  );
  assertStringIncludes(
    reasonOf(table(effects, [1, 1, 1, 1]), table(effects), "r_moment"),
    "sampling errors alone",
  );
});

Deno.test("human effects that vary no more than by sampling put r_adj at its bound, and the interval says how little that is", () => {
  const arm = ["a", "b", "c", "d", "e"];
  const human = tableOf({ arm, estimate: [0.1, 0.12, 0.1, 0.13, 0.14], std_error: arm.map(() => 0.1) });
  const table = compareEffects(human, tableOf({ arm, estimate: [1, 2, 3, 4, 5] }));
  assertEquals([table.get("estimate", 0), table.get("conf_low", 0), table.get("conf_high", 0)], [1, -1, 1]);
  assertStringIncludes(table.get("notes", 0), "r_adj is at its bound");
});

Deno.test("contrasts that are left out are counted, and wrong tables are refused in words that say what to do", () => {
  const human = tableOf({ arm: ["a", "b", "c", "d"], estimate: [1, 2, 4, 3], std_error: [1, 0, 1, 1] });
  const synthetic = tableOf({
    arm: ["a", "b", "c", "e"],
    estimate: [1, 2, null, 3],
    std_error: [1, 1, 1, 1],
  });
  const { notes, n } = compareEffects(human, synthetic).objects()[0] as { notes: string; n: number };
  assertEquals(n, 1);
  assertStringIncludes(notes, "human contrasts without a synthetic one: 1");
  assertStringIncludes(notes, "synthetic contrasts without a human one: 1");
  assertStringIncludes(notes, "lack an effect or a standard error above 0: 2");
  assertStringIncludes(
    notes,
    "synthetic effects with a standard error, which counts as the model's error: 1",
  );
  const arm = ["a", "b", "c"];
  const base = { arm, estimate: [1, 2, 4], std_error: [1, 1, 1] };
  const predicted = tableOf({ arm, estimate: [1, 2, 3] });
  const refuses = (human: Table, synthetic: Table, words: string, options = {}) =>
    assertThrows(() => compareEffects(human, synthetic, options), RangeError, words);
  refuses(tableOf({ ...base, std_error: [1, -1, 1] }), predicted, "'std_error' must be at least 0");
  refuses(
    tableOf(base),
    tableOf({ arm: ["x"], estimate: [1] }),
    'name contrasts of both tables (human: ["a"]; synthetic: ["x"]): current value is ["arm"]',
  );
  const values = assertThrows(() => compareEffects(tableOf(base), tableOf({ arm: ["x"], estimate: [1] })));
  assert(!(values as Error).message.includes("rename"), "columns have the same names");
  refuses(tableOf(base), tableOf({ condition: arm, estimate: [1, 2, 3] }), "rename({ condition");
  refuses(tableOf({ ...base, arm: ["a", "a", "b"] }), predicted, "2 names, 3 rows, by arm, of a several");
  const pairs = { arm: ["a", "a", "b", "b"], basis: ["calibrated", "human", "calibrated", "human"] };
  refuses(
    tableOf({ ...pairs, estimate: [1, 2, 3, 4], std_error: [1, 1, 1, 1] }),
    predicted,
    "human.filter(\"d => d.basis === 'calibrated'\") keeps one basis",
  );
  const many = tableOf({
    arm: Array.from({ length: 50_001 }, (_, at) => at),
    ...{ estimate: Array(50_001).fill(1), std_error: Array(50_001).fill(1) },
  });
  refuses(many, many, "share at most 50000 contrasts");
  refuses(tableOf(base), predicted, "no column 'covariance'", { covariance: "covariance" });
  for (const cov_shared of [[2, 2, 2], [0.1, 0.2, 0.1], [-1, -1, -1], [0.1, null, 0.1], [null, 0.1, 0.1]]) {
    refuses(
      tableOf({ ...base, reference: ["r", "r", "r"], cov_shared }),
      predicted,
      "'cov_shared' must be at least 0",
    );
  }
  const [arms, one] = [Array.from({ length: 6000 }, (_, at) => at), Array(6000).fill(1)];
  const wide = tableOf({ arm: arms, reference: one, estimate: arms.map((at) => at % 7), std_error: one });
  const start = performance.now();
  assertEquals(compareEffects(wide, wide).get("n", 0), 6000);
  assert(performance.now() - start < 4000, "contrasts without a covariance take time in proportion");
  const without = compareEffects(tableOf({ ...base, reference: ["r", "r", "r"] }), predicted);
  assertStringIncludes(without.get("notes", 0), "taken as independent, as no covariance is given: 1");
});

const archive = new URL("../../../shared/data/hewitt2026/human_effects.csv", import.meta.url);

Deno.test("r_adj of the archive of 71 survey experiments is that of the full likelihood to 1e-8", async (t) => {
  const text = await Deno.readTextFile(archive).catch(() => null);
  if (text === null) {
    await t.step("skipped: the archive of Hewitt et al. 2026 is not beside the repository", () => {});
    return;
  }
  const rows = (fromCSV(text) as Table).rename({ condition: "arm" }).objects() as Row[];
  const random = stream(4, "archive");
  // As in the paper: one outcome and one reference of each study; the full likelihood of all of them takes its time.
  const count = Deno.env.get("UNDERSTUDY_LONG") === "1" ? 70 : 30;
  const human = [...Map.groupBy(rows, ({ study }) => study).values()].slice(0, count).flatMap((study) => {
    const groups = [...Map.groupBy(study, (row) => JSON.stringify([row.outcome, row.reference])).values()];
    return groups[random.integer(groups.length)]!;
  });
  const predicted = human.map((row) => ({ ...row, estimate: 0.8 * row.estimate + 0.06 * random.normal() }));
  const table = compareEffects(tableOf(human), tableOf(predicted));
  assertEquals([table.get("n", 0), table.get("studies", 0)], [human.length, count]);
  assertAlmostEquals(estimatesOf(table).r_adj!, fullCorrelation(effectsOf(human, predicted)), 1e-8);
  assertAlmostEquals(estimatesOf(table).slope!, fullSlope(effectsOf(human, predicted)), 1e-8);
});
