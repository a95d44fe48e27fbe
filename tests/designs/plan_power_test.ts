import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { columnOf, tableOf } from "@understudy/understudy/core";
import {
  planMinimumEffect,
  planPower,
  planSampleSize,
  type PowerScenario,
} from "@understudy/understudy/designs";

const number = (table: ReturnType<typeof planPower>, column: string) => table.get(column, 0) as number;
const power = (scenario: PowerScenario) => number(planPower(scenario), "power");
const minimum = (scenario: PowerScenario) => number(planMinimumEffect(scenario), "effect");

Deno.test("planPower(effect = 0) is the level of the test: both tails count", () => {
  for (const test of ["difference_in_means", "paired", "anova"] as const) {
    assertAlmostEquals(power({ test, effect: 0, n: 40, alpha: 0.1 }), 0.1, 1e-10);
  }
  assertAlmostEquals(power({ effect: 0, n: 40, sides: 1, alpha: 0.1 }), 0.1, 1e-10);
});

Deno.test("planPower(cluster_size, icc) has the design effect 1 + (m - 1) icc and the clusters' degrees of freedom", () => {
  const plan = planPower({ effect: 0.3, n: 800, cluster_size: 20, icc: 0.05 });
  assertAlmostEquals(number(plan, "design_effect"), 1.95, 1e-12);
  assertAlmostEquals(number(plan, "std_error"), Math.sqrt((1.95 * 4) / 800), 1e-12);
  assertAlmostEquals(number(plan, "df"), 38, 1e-9);
  assertEquals(number(plan, "clusters"), 40);
  const uneven = planPower({ effect: 0.3, n: 800, cluster_size: 20, icc: 0.05, cluster_cv: 0.5 });
  assertAlmostEquals(number(uneven, "design_effect"), 1 + (1.25 * 20 - 1) * 0.05, 1e-12);
});

Deno.test("planPower(replicates) averages what differs from draw to draw: between + within / replicates", () => {
  const once = planPower({ effect: 0.3, n: 200, reply_icc: 0.4 });
  const often = planPower({ effect: 0.3, n: 200, reply_icc: 0.4, replicates: 4 });
  assertAlmostEquals(number(once, "design_effect"), 1, 1e-12);
  assertAlmostEquals(number(often, "design_effect"), 0.4 + 0.6 / 4, 1e-12);
  assertEquals([number(once, "calls"), number(often, "calls")], [200, 800]);
  const paired = planPower({
    test: "paired",
    effect: 0.3,
    n: 50,
    correlation: 0.4,
    reply_icc: 0.5,
    replicates: 5,
  });
  assertAlmostEquals(number(paired, "std_error"), Math.sqrt((2 * (0.5 + 0.1) - 0.8) / 50), 1e-12);
  assertEquals(number(paired, "calls"), 500);
});

Deno.test("planPower(r_squared, blocks) takes out what blocks explain, and their degrees of freedom", () => {
  const plan = planPower({ effect: 0.3, n: 200, r_squared: 0.36, blocks: 10 });
  assertAlmostEquals(number(plan, "std_error"), 0.8 * Math.sqrt(4 / 200), 1e-12);
  assertEquals(number(plan, "df"), 180);
});

Deno.test("planPower(object with lists) crosses them; a table gives one row per scenario", () => {
  const grid = planPower({ effect: [0.2, 0.4], n: [100, 200, 300] });
  assertEquals(columnOf(grid, "effect"), [0.2, 0.2, 0.2, 0.4, 0.4, 0.4]);
  assertEquals(columnOf(grid, "n"), [100, 200, 300, 100, 200, 300]);
  const table = tableOf({
    label: ["means", "shares"],
    test: ["difference_in_means", "proportions"],
    effect: [0.3, 0.1],
    n: [100, 400],
    reference_share: [null, 0.3],
  });
  const plan = planPower(table);
  assertEquals(columnOf(plan, "label"), ["means", "shares"]);
  assertEquals(number(plan, "power"), power({ effect: 0.3, n: 100 }));
  assertEquals(
    plan.get("power", 1),
    power({ test: "proportions", effect: 0.1, n: 400, reference_share: 0.3 }),
  );
});

Deno.test("planSampleSize(…) rounds up to whole personas and clusters, and reaches the power wanted", () => {
  const plan = planSampleSize({ effect: 0.3, share: 0.3, power: 0.9 });
  assert(number(plan, "power") >= 0.9);
  assertEquals(number(plan, "n_treatment") + number(plan, "n_reference"), number(plan, "n"));
  assertEquals(number(plan, "n_treatment"), Math.ceil(0.3 * number(plan, "n_exact")));
  const clusters = planSampleSize({ effect: 0.3, cluster_size: 25, icc: 0.02 });
  assertEquals(number(clusters, "n_treatment") % 25, 0);
  assert(number(clusters, "power") >= 0.8);
  const fewer = planPower({ effect: 0.3, cluster_size: 25, icc: 0.02, n: number(clusters, "n") - 50 });
  assert(number(fewer, "power") < 0.8);
});

Deno.test("planSampleSize(…) says where no number of personas is enough", () => {
  const inside = planSampleSize({ test: "equivalence", bound: 0.2, effect: 0.2 });
  assertEquals(number(inside, "n"), NaN);
  assertEquals(inside.get("reason", 0), "not even 1000000000 personas reach the power wanted");
  const none = planSampleSize({ effect: 0 });
  assertEquals(number(none, "n"), NaN);
});

Deno.test("planMinimumEffect(…) is the inverse of planPower", () => {
  const scenarios: PowerScenario[] = [
    { n: 100, power: 0.9, sides: 1 },
    { n: 60, test: "paired", correlation: 0.7 },
    { n: 400, test: "proportions", reference_share: 0.2 },
    { n: 400, test: "proportions", reference_share: 0.2, variance: "arcsine" },
    { n: 300, test: "anova", arms: 5, sd: 2 },
    { n: 400, cluster_size: 10, icc: 0.1, share: 0.4, sd: 3, sd_treatment: 4 },
  ];
  for (const scenario of scenarios) {
    assertAlmostEquals(
      power({ ...scenario, power: null as never, effect: minimum(scenario) }),
      (scenario.power as number | undefined) ?? 0.8,
      1e-9,
    );
  }
  const bound = number(planMinimumEffect({ test: "equivalence", n: 200, effect: 0.1 }), "bound");
  assertAlmostEquals(power({ test: "equivalence", n: 200, effect: 0.1, bound }), 0.8, 1e-9);
});

Deno.test("planMinimumEffect(…) says where no effect is large enough", () => {
  const plan = planMinimumEffect({ test: "proportions", reference_share: 0.9, n: 20, power: 0.99 });
  assertEquals([number(plan, "effect"), plan.get("reason", 0)], [
    NaN,
    "no effect within its limits suffices",
  ]);
});

Deno.test("planPower(…) has no power where there are too few to test, and says so", () => {
  const plan = planPower({ effect: 0.5, n: 40, cluster_size: 20, icc: 0.1 });
  assertEquals(number(plan, "power"), NaN);
  assert((plan.get("reason", 0) as string).startsWith("too few to test anything"));
});

Deno.test("planPower(scenario) names what is wrong with it", () => {
  const wrong: readonly [unknown, new () => Error, string][] = [
    [{ n: 100 }, RangeError, "'effect' must be given for the test 'difference_in_means'"],
    [{ effect: 1 }, RangeError, "'n' must be given"],
    [{ effect: 1, n: 0 }, RangeError, "'n' must be a finite number above 0: current value is 0"],
    [{ effect: 1, n: 10, alpha: 1.2 }, RangeError, "'alpha' must lie between 0 and 1"],
    [{ effect: 1, n: 10, sides: 3 }, RangeError, "'sides' must be 1 or 2"],
    [{ effect: "large", n: 10 }, TypeError, "'effect' must be a finite number"],
    [{ effect: 1, n: 10, arms: 3 }, RangeError, "'arms' must be left out for the test 'difference_in_means'"],
    [{ effect: 1, n: [] }, RangeError, "'n' must hold at least one value"],
    [{ effect: 1, n: 10, test: "z" }, RangeError, "'test' must be one of"],
    [{ effect: 1, n: 10, sampleSize: 5 }, TypeError, "option 'sampleSize' is unknown"],
    [{ effect: 1, n: 10, variance: "arcsine" }, RangeError, "'variance' must be one of"],
    [{ test: "proportions", n: 10, effect: 0.6 }, RangeError, "leave a share from 0 to 1"],
    [
      { effect: 1, n: 10, icc: 0.5, reply_icc: 0.3, replicates: 2, cluster_size: 5 },
      RangeError,
      "'icc' must be at most",
    ],
    [{ test: "equivalence", n: 10 }, RangeError, "'bound' must be given"],
  ];
  for (const [scenario, type, text] of wrong) {
    assertThrows(() => planPower(scenario as PowerScenario), type, text);
  }
  assertThrows(
    () => planSampleSize({ effect: 1, n: 10 }),
    RangeError,
    "'n' must be left out, as it is what is asked",
  );
  assertThrows(() => planMinimumEffect({ effect: 1, n: 10 }), RangeError, "'effect' must be left out");
  assertThrows(() => planPower(tableOf({ n: [] })), RangeError, "at least one row");
});

Deno.test("planPower(anything) gives a table of probabilities or a clear error", () => {
  const value = fc.oneof(
    fc.double(),
    fc.integer({ min: -3, max: 300 }),
    fc.double({ min: 0, max: 1 }),
    fc.constantFrom(null, undefined, "x", true),
  );
  const tests = [
    "difference_in_means",
    "paired",
    "proportions",
    "anova",
    "equivalence",
  ];
  const names = [
    "n",
    "effect",
    "alpha",
    "sides",
    "sd",
    "share",
    "cluster_size",
    "icc",
    "replicates",
    "bound",
    "blocks",
  ];
  const scenario = fc.record(
    { test: fc.constantFrom(...tests), ...Object.fromEntries(names.map((name) => [name, value])) },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(scenario, (given) => {
      try {
        const found = power(given as PowerScenario);
        assert(Number.isNaN(found) || (found >= 0 && found <= 1 + 1e-12), String(found));
      } catch (error) {
        assert(error instanceof RangeError || error instanceof TypeError, String(error));
        assert(error.message.startsWith("Cannot plan power as "), error.message);
      }
    }),
    { seed: 7, numRuns: 400 },
  );
});
