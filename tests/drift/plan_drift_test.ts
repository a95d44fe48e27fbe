import { assert, assertAlmostEquals, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { planDrift, type PlanDriftOptions } from "@understudy/understudy/drift";
import { type Row, rowsOf } from "./drift_tables.ts";

/** Plans for tests of 400 permutations, not 2000, where nothing else is asked for. */
function plan(options: PlanDriftOptions): Row[] {
  return rowsOf(planDrift({ permutations: 400, ...options }));
}

Deno.test("planDrift({ distance: 0, n }) has the level as its power, and the known null of five equal categories", () => {
  // Means and 95% points of ½ Σ|p − q| without drift, by simulation elsewhere: .080 and .13 for 200 in each arm.
  const [row] = plan({ distance: 0, n: 400 });
  assert((row!.power as number) > 0.035 && (row!.power as number) <= 0.055, `power ${row!.power}`);
  assertAlmostEquals(row!.null_mean as number, 0.08, 0.002);
  assertAlmostEquals(row!.null_high as number, 0.13, 0.006);
});

Deno.test("planDrift({ n }) knows the power that NumPy found", () => {
  // 4,000 studies in NumPy 2.4 (multivariate hypergeometric null, 999 draws), 50 v 50: power .668
  const [row] = plan({ treatment: [0.4, 0.3, 0.1, 0.1, 0.1], n: 100, permutations: 999 });
  assertAlmostEquals(row!.distance as number, 0.3, 1e-12);
  assertAlmostEquals(row!.power as number, 0.668, 0.02);
  assertEquals([row!.shape, row!.n_treatment, row!.n_reference, row!.calls], ["given", 50, 50, 100]);
});

Deno.test("planDrift({ distance }) finds about the number of personas whose power it says is what is wanted", () => {
  const [row] = plan({ distance: 0.2 });
  const n = row!.n as number;
  assert((row!.power as number) >= 0.8 && (row!.power as number) < 0.83, `power ${row!.power}`);
  const [same, fewer] = plan({ distance: 0.2, n: [n, Math.round(n * 0.9)] });
  assertEquals(same!.power, row!.power);
  assert((fewer!.power as number) < 0.8, `power ${fewer!.power}`);
  assertEquals(plan({ distance: 0.3 }), plan({ distance: 0.3 }));
});

Deno.test("planDrift({ n }) has less power for what is harder to find, and planDrift({ power }) more personas", () => {
  const power = (options: PlanDriftOptions) =>
    plan({ distance: 0.2, n: 240, ...options })[0]!.power as number;
  const base = power({});
  assert(power({ shape: "two" }) > base + 0.02, "two categories");
  assert(power({ categories: 9 }) < base - 0.02, "nine categories");
  assert(power({ controls: 5 }) < base - 0.02, "five controls");
  assert(power({ allocation: 0.15 }) < base - 0.02, "arms of other sizes");
  assert(power({ alpha: 0.01 }) < base - 0.02, "a stricter level");
  const within = (correlation: number) => power({ subjects: "within", correlation, n: 126 });
  assert(within(0.6) > within(0.2) + 0.02 && within(0.2) > base - 0.01, "within subjects");
  const n = (wanted: number) => plan({ distance: 0.3, power: wanted })[0]!.n as number;
  assert(n(0.9) > n(0.7), "more power");
});

Deno.test("planDrift({ replicates }) counts replies that tell nothing new as one", () => {
  const [once, same] = [plan({ distance: 0.3 }), plan({ distance: 0.3, replicates: 3 })].map(([row]) => row!);
  assertEquals([same!.n, same!.calls], [once!.n, 3 * (once!.n as number)]);
  const [alone] = plan({ distance: 0.2, n: 240 });
  const [thrice] = plan({ distance: 0.2, n: 80, replicates: 3, replyCorrelation: 0 });
  assertAlmostEquals(thrice!.power as number, alone!.power as number, 0.02);
  assert((alone!.power_error as number) > 0 && (alone!.power_error as number) < 0.007);
});

Deno.test("planDrift({ allocation }) splits personas between arms", () => {
  const [row] = plan({ distance: 0.2, allocation: 0.25, n: 200 });
  assertEquals([row!.n_treatment, row!.n_reference], [50, 150]);
  const [solved] = plan({ distance: 0.3, allocation: 0.25 });
  assertEquals(solved!.n_treatment, Math.ceil((solved!.n_reference as number) / 3));
});

Deno.test("planDrift says why no number of personas is enough, and knows when four are", () => {
  const [row] = plan({ distance: 0 });
  assertEquals([row!.n, row!.power], [NaN, NaN]);
  assertStringIncludes(row!.reason as string, "a distance of 0 is found by mistake only");
  const [tiny] = plan({ distance: 0.005, categories: 2, alpha: 0.2 });
  assertEquals([tiny!.n, tiny!.power], [NaN, NaN]);
  assertStringIncludes(tiny!.reason as string, "not even 20000 personas in an arm");
  for (const [distance, power] of [[0.1, 0.8], [0.3, 0.95], [0.4, 0.5]] as const) {
    const [enough] = plan({ distance, power });
    assert((enough!.power as number) >= power, `${distance}, ${power}`);
  }
  const [huge] = plan({ treatment: [0, 1], shares: [1, 0] });
  assertEquals([huge!.n, huge!.power], [8, 1]);
});

Deno.test("planDrift refuses what does not fit together, and names it", () => {
  const wrong = (options: object, kind: typeof TypeError | typeof RangeError, text: string) =>
    assertThrows(() => planDrift({ distance: 0.1, ...options } as PlanDriftOptions), kind, text);
  wrong({ distance: undefined }, RangeError, "'distance' must be a number from 0 to 1");
  wrong({ distance: 0.3, shape: "two" }, RangeError, "leave no category with less than nobody");
  wrong({ shape: "three" }, RangeError, "'shape' must be one of");
  wrong({ categories: 1 }, RangeError, "'categories' must be a whole number of at least 2");
  wrong({ shares: [0.5, 0.6] }, RangeError, "'shares' must sum to 1");
  wrong({ treatment: [0.2, 0.2, 0.2, 0.2, 0.2] }, RangeError, "'distance' must be left out");
  wrong({ shares: [1] }, TypeError, "'shares' must be a list of at least two probabilities");
  wrong({ shares: [0.5, 0.5], categories: 3 }, RangeError, "'categories' must be the number of 'shares', 2");
  wrong(
    { distance: undefined, treatment: [0.5, 0.5] },
    RangeError,
    "have as many shares as the reference, 5",
  );
  wrong({ n: 100, power: 0.8 }, RangeError, "'power' must be left out");
  wrong({ subjects: "within", allocation: 0.3 }, RangeError, "'allocation' must be left out");
  wrong(
    { subjects: "within", replicates: 2, replyCorrelation: 0.3 },
    RangeError,
    "'correlation' must be at most",
  );
  wrong({ personas: 10 }, TypeError, "option 'personas' is unknown");
});
