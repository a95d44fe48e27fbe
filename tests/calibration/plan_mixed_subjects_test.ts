import { assert, assertAlmostEquals, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { planMixedSubjects, type PlanMixedSubjectsOptions } from "@understudy/understudy/calibration";
import { stream } from "@understudy/understudy/core";
import { planPower, planSampleSize } from "@understudy/understudy/designs";
import { agrees, goldenCases } from "../stats/golden_cases.ts";

type Row = { readonly [column: string]: number } & { readonly design: string; readonly notes: string };

function rowsOf(options: Omit<PlanMixedSubjectsOptions, "estimand">): Row[] {
  return planMixedSubjects({ estimand: "mean", ...options }).objects() as Row[];
}

/** n0 = n(n+N) / (n + N(1-ρ²)): Broska, Howes and van Loon 2025. */
function effectiveSize(n: number, N: number, correlation: number): number {
  return n * (n + N) / (n + N * (1 - correlation ** 2));
}

Deno.test("planMixedSubjects(…) gives the published numbers, to the printed digits", () => {
  const [mixed, alone] = rowsOf({ correlation: 0.75, costPrediction: 0.05, effectiveN: 250 });
  assertEquals(mixed!.threshold!.toFixed(5), "0.42592");
  assertEquals(mixed!.n_human_exact!.toFixed(3), "137.107");
  assertEquals(mixed!.n_synthetic_exact!.toFixed(3), "558.151");
  assertEquals((mixed!.n_human_exact! * 1.05 + mixed!.n_synthetic_exact! * 0.05).toFixed(3), "171.869");
  assertEquals([alone!.n_human, alone!.n_synthetic, alone!.cost], [250, 0, 250]);
  const [budget] = rowsOf({ correlation: 0.75, costPrediction: 0.05, budget: 200 });
  const n0 = effectiveSize(budget!.n_human_exact!, budget!.n_synthetic_exact!, 0.75);
  assertEquals(n0.toFixed(3), "290.918");
  // n = 1000 and N = 10,000 are a plan where they are the best that this budget and this price buy.
  for (const [correlation, published] of [[0.7, "1803.28"], [0.9, "3793.10"]] as const) {
    assertEquals(effectiveSize(1000, 10_000, correlation).toFixed(2), published);
    const rest = 1 - correlation ** 2;
    // N*/n* = 10 at this price: n* = n0(1 - ρ² + √(γρ²(1-ρ²))) solved for γ.
    const costPrediction = (1000 / effectiveSize(1000, 10_000, correlation) - rest) ** 2 /
      (correlation ** 2 * rest);
    const [plan] = rowsOf({ correlation, costPrediction, budget: 1000 + 11_000 * costPrediction });
    assertEquals([plan!.n_human, plan!.n_synthetic], [1000, 10_000]);
    assertEquals(plan!.n_effective!.toFixed(2), published);
  }
});

// deno-lint-ignore no-explicit-any -- the arguments have a shape of their own
for (const [id, { args, expected, tol }] of goldenCases("planning") as Map<string, any>) {
  Deno.test(`planMixedSubjects(…) solves ${id} as ppi_py does, and buys whole numbers that keep what was asked`, () => {
    const [mixed, alone] = rowsOf({
      correlation: expected.ppi_corr,
      costPrediction: args.cost_Yhat,
      ...(args.budget === undefined ? { effectiveN: args.effective_n } : { budget: args.budget }),
    });
    const rounded = [Math.round(mixed!.n_human_exact!), Math.round(mixed!.n_synthetic_exact!)] as const;
    assertEquals(rounded, [expected.n, expected.N]);
    assert(
      agrees(
        rounded[0] * (expected.N > 0 ? 1 + args.cost_Yhat : 1) + rounded[1] * args.cost_Yhat,
        expected.cost,
        tol,
      ),
    );
    assertEquals(Math.round(effectiveSize(...rounded, expected.ppi_corr)), expected.effective_n);
    // ppi_py rounds to the nearest: its plan for a budget of 1000 costs 1000.3, that for 250 people is worth 249.8.
    if (args.budget !== undefined) assert(mixed!.cost! <= args.budget * (1 + 1e-12));
    else assert(mixed!.n_effective! >= args.effective_n - 1e-9);
    assert(mixed!.n_effective! >= alone!.n_effective! * (1 - 1e-12));
  });
}

Deno.test("planMixedSubjects(…): no other whole numbers meet the target for less, or are more precise within the budget", () => {
  const random = stream(3, "plans");
  for (let study = 0; study < 12; study++) {
    const correlation = 0.5 + 0.45 * random.uniform();
    const costPrediction = 0.02 + 0.05 * random.uniform();
    const effectiveN = 20 + Math.floor(60 * random.uniform());
    const [mixed] = rowsOf({ correlation, costPrediction, effectiveN });
    const budget = effectiveN;
    const [bought] = rowsOf({ correlation, costPrediction, budget });
    let [least, most] = [Infinity, 0];
    for (let n = 2; n <= effectiveN; n++) {
      for (let N = 0; N < 2000; N++) {
        const cost = N === 0 ? n : n * (1 + costPrediction) + N * costPrediction;
        const size = effectiveSize(n, N, correlation);
        if (size >= effectiveN - 1e-9) least = Math.min(least, cost);
        if (cost <= budget + 1e-9) most = Math.max(most, size);
      }
    }
    assertAlmostEquals(mixed!.cost!, least, 1e-9);
    assertAlmostEquals(bought!.n_effective!, most, 1e-9);
  }
});

Deno.test("planMixedSubjects(effect) has people alone planned as planSampleSize plans them", () => {
  for (const effect of [0.3, 0.9, 2]) {
    const plan = planMixedSubjects({ correlation: 0.8, costPrediction: 0.01, effect, sd: 1.5 });
    const sample = planSampleSize({ effect, sd: 1.5 });
    assertAlmostEquals(plan.get("n_human_exact", 1) as number, sample.get("n_exact", 0) as number, 1e-6);
    const [n, power] = ["n_human", "power"].map((name) => plan.get(name, 1) as number);
    const own = planPower({ effect, sd: 1.5, n: n!, share: Math.round(n! / 2) / n! });
    assertAlmostEquals(power!, own.get("power", 0) as number, 1e-9);
    assert(power! >= 0.8);
    assert((plan.get("power", 0) as number) >= 0.8);
    assert((plan.get("cost", 0) as number) < (plan.get("cost", 1) as number));
  }
});

Deno.test("planMixedSubjects(…) buys the standard error, the half width and the power that were wanted, and hardly more", () => {
  const shared = { correlation: [0.9, -0.9, 0.5], costPrediction: 0.02, estimand: "difference" } as const;
  const targets = [{ stdError: [0.3, 0.1] }, { halfWidth: [0.5, 0.2] }, { effect: 0.4, power: [0.6, 0.9] }];
  const columns = ["std_error", "half_width", "power"];
  targets.forEach((target, at) => {
    const rows = planMixedSubjects({ ...shared, ...target, treatmentProbability: 0.4 }).objects() as Row[];
    assertEquals(rows.length, 12);
    for (const { wanted, design, ...row } of rows) {
      const found = row[columns[at]!]! as number;
      const slack = (at === 2 ? found - wanted! : wanted! - found) / wanted!;
      assert(slack >= -1e-9 && slack < 0.08, `${design} ${columns[at]} ${wanted} ${found}`);
    }
    // What goes against people's answers is worth as much as what goes with them.
    assertEquals(rows.slice(0, 4).map((row) => row.cost), rows.slice(4, 8).map((row) => row.cost));
  });
});

Deno.test("planMixedSubjects(…) is people alone where the model is worth too little or is as dear as they are", () => {
  const [just] = rowsOf({ correlation: 0.42592, costPrediction: 0.05, effectiveN: 1e5 });
  const [below] = rowsOf({ correlation: 0.4259, costPrediction: 0.05, effectiveN: 1e5 });
  assert(just!.n_synthetic! > 0 && just!.cost! < 1e5);
  assertEquals([below!.n_human, below!.n_synthetic], [1e5, 0]);
  assertStringIncludes(below!.notes, "people alone are best: |correlation| is not above 0.426");
  // The published condition would have 0.9 > 2√4/(1+4) = 0.8.
  const [dear] = rowsOf({ correlation: 0.9, costPrediction: 4, effectiveN: 100 });
  assertEquals([dear!.n_human, dear!.n_synthetic, dear!.threshold], [100, 0, 1]);
});

Deno.test("planMixedSubjects(…) says where people are few, and what cannot be bought", () => {
  const [few] = rowsOf({ correlation: 0.9, costPrediction: 0.01, effect: 1.5 });
  assertStringIncludes(few!.notes, "few people: t with");
  const [none] = rowsOf({ correlation: 0.9, costPrediction: 0.01, budget: 1 });
  assert(Number.isNaN(none!.n_human) && Number.isNaN(none!.std_error));
  assertEquals(none!.reason as unknown, "no number of people reaches it");
});

Deno.test("planMixedSubjects(treatmentProbability): no other whole numbers meet a standard error for less, as far as arms are rounded", () => {
  const wanted = (n: number, N: number, correlation: number, share: number) => {
    const [treated, further] = [Math.round(n * share), Math.round(N * share)];
    const arms = [[treated, further], [n - treated, N - further]] as const;
    if (arms.some(([people, others]) => people < 2 || others === 1)) return Infinity;
    const rest = ([people, others]: readonly [number, number]) =>
      others / (people + others) * correlation ** 2;
    return Math.sqrt(arms.reduce((sum, arm) => sum + (1 - rest(arm)) / arm[0], 0));
  };
  const plans = [
    { treatmentProbability: 0.02, stdError: 0.25, correlation: 0.75, costPrediction: 0.05 },
    { treatmentProbability: 0.01, stdError: 0.3, correlation: 0.8, costPrediction: 0.03 },
    { treatmentProbability: 0.9, stdError: 0.2, correlation: 0.6, costPrediction: 0.02 },
  ];
  for (const plan of plans) {
    const { treatmentProbability: share, stdError, correlation, costPrediction } = plan;
    let [least, alone] = [Infinity, Infinity];
    for (let n = 4; n < 2000; n++) {
      const meets = (N: number) => wanted(n, N, correlation, share) <= stdError * (1 + 1e-12);
      if (meets(0)) alone = Math.min(alone, n);
      if (!meets(1 << 16)) continue;
      let [low, high] = [0, 1 << 16];
      while (high - low > 1) {
        const middle = (low + high) >> 1;
        if (meets(middle)) high = middle;
        else low = middle;
      }
      least = Math.min(least, n * (1 + costPrediction) + high * costPrediction);
    }
    const found = planMixedSubjects(plan);
    assertEquals(found.get("n_human", 1), alone);
    assertAlmostEquals(found.get("cost", 0) as number, Math.min(least, alone), 1e-9);
  }
});

Deno.test("planMixedSubjects(effect that the fewest people show) has people alone, in exact numbers too", () => {
  const [mixed, alone] = planMixedSubjects({ correlation: 0.75, costPrediction: 0.05, effect: 50 })
    .objects() as Row[];
  assertEquals([mixed!.n_human, mixed!.n_synthetic, mixed!.n_synthetic_exact], [4, 0, 0]);
  assertEquals(mixed!.n_human_exact, alone!.n_human_exact);
  assertStringIncludes(mixed!.notes, "people alone are best: so few are enough");
});

Deno.test("planMixedSubjects(…) names what is wrong with its options", () => {
  const ask = (options: object) => () =>
    planMixedSubjects({ correlation: 0.5, costPrediction: 0.1, effectiveN: 9, ...options });
  assertThrows(ask({ correlation: 1 }), RangeError, "'correlation' must be a number above -1 and below 1");
  assertThrows(ask({ budget: 10 }), RangeError, "'effect' must be given, or one of stdError");
  assertThrows(ask({ effectiveN: undefined }), RangeError, "'effect' must be given");
  assertThrows(ask({ costPrediction: 0 }), RangeError, "'costPrediction' must be a number above 0");
  assertThrows(ask({ effectiveN: [] }), RangeError, "'effectiveN' must be a number above 0");
  assertThrows(ask({ sd: [1, 2] }), RangeError, "'sd' must be");
  assertThrows(ask({ corelation: 0.5 }), TypeError, "did you mean 'correlation'?");
});
