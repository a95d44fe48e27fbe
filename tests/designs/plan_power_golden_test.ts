import { assert, assertEquals } from "@std/assert";
import {
  planMinimumEffect,
  planPower,
  planSampleSize,
  type PowerScenario,
} from "@understudy/understudy/designs";
import { agrees, goldenCases } from "../stats/golden_cases.ts";

const cases = goldenCases("power");
const number = (table: ReturnType<typeof planPower>, column: string) => table.get(column, 0) as number;
const power = (scenario: PowerScenario) => number(planPower(scenario), "power");
const exact = (scenario: PowerScenario) => number(planSampleSize(scenario), "n_exact");
const minimum = (scenario: PowerScenario) => number(planMinimumEffect(scenario), "effect");

const shares = { test: "proportions", reference_share: 0.25, effect: 0.15 } as const;
const h = 2 * Math.asin(Math.sqrt(0.4)) - 2 * Math.asin(Math.sqrt(0.25));

// Ours count the personas of all arms; the references those of one. The golden file names results, not arguments:
// these are the arguments, found by solving for them.
const golden: readonly (readonly [id: string, key: string, ours: () => number])[] = [
  ["power_sm", "t_power_n50_d05", () => power({ effect: 0.5, n: 100 })],
  ["power_sm", "t_n_d05_p80", () => exact({ effect: 0.5 }) / 2],
  ["power_sm", "t_n1_ratio2", () => exact({ effect: 0.5, share: 2 / 3, variance: "pooled" }) / 3],
  ["power_sm", "t_mde_n100", () => minimum({ n: 200 })],
  [
    "power_sm",
    "t_power_ratio15_larger",
    () => power({ effect: 0.3, n: 150, share: 0.6, sides: 1, variance: "pooled" }),
  ],
  ["power_sm", "anova_power_f025_N120_k3", () => power({ test: "anova", effect: 0.25, n: 120, arms: 3 })],
  ["power_sm", "anova_N_f025_k3", () => exact({ test: "anova", effect: 0.25, arms: 3 })],
  ["power_sm", "prop_effect_h_04_025", () => h],
  ["power_sm", "prop_n", () => exact({ ...shares, variance: "arcsine" }) / 2],
  ["power_sm", "paired_power", () => power({ test: "paired", effect: 0.4, n: 30 })],
  ["power_R", "t_n", () => exact({ effect: 0.5 }) / 2],
  ["power_R", "t_power", () => power({ effect: 1, n: 40 })],
  ["power_R", "t_power_strict", () => power({ effect: 0.2, n: 40 })],
  ["power_R", "t_mde", () => minimum({ n: 200 })],
  ["power_R", "paired_n", () => exact({ test: "paired", effect: 0.3, power: 0.9 })],
  ["power_R", "one_sided_n", () => exact({ effect: 0.3, power: 0.9, sides: 1 }) / 2],
  ["power_R", "prop_n", () => exact({ ...shares, variance: "pooled" }) / 2],
  // R leaves the far tail out, as one test at half the level does; ours counts it (next test).
  [
    "power_R",
    "prop_power",
    () => power({ ...shares, variance: "pooled", n: 160, sides: 1, alpha: 0.025 }),
  ],
  ["power_R", "anova_n", () => exact({ test: "anova", effect: Math.sqrt(0.25 / 3), arms: 3 }) / 3],
  ["power_R", "pwr_t2n", () => power({ effect: 0.5, n: 130, share: 90 / 130, variance: "pooled" })],
  [
    "power_R",
    "pwr_t2n_solve",
    () => exact({ effect: 0.5, share: 68.0266814606961 / 128.0266814606961, variance: "pooled" }) - 60,
  ],
  ["power_R", "pwr_2p2n", () => arcsine(0.3, 80, 120)],
  ["power_R", "pwr_anova", () => exact({ test: "anova", effect: 0.25, arms: 4 }) / 4],
  ["power_R", "es_h", () => h],
];

/** The power at a given h: the share that is h away from one half. */
function arcsine(distance: number, treated: number, reference: number): number {
  const share = Math.sin((2 * Math.asin(Math.sqrt(0.5)) + distance) / 2) ** 2;
  const n = treated + reference;
  return power({ test: "proportions", effect: share - 0.5, n, share: treated / n, variance: "arcsine" });
}

for (const [id, key, ours] of golden) {
  const { expected, tol, produced_by } = cases.get(id)!;
  Deno.test(`planPower and its inverses agree with ${produced_by}: ${key}`, () => {
    const found = ours();
    assert(agrees(found, expected[key], tol), `${found} is not ${expected[key]}`);
  });
}

Deno.test("planPower(proportions) counts the far tail, which power.prop.test leaves out unless strict", () => {
  const both = power({ ...shares, variance: "pooled", n: 160 });
  const near = power({ ...shares, variance: "pooled", n: 160, sides: 1, alpha: 0.025 });
  assert(both > near && both - near < 1e-4);
});

/** Correlations, tables and regressions are no comparisons of arms: they are not planned. */
const unplanned = ["chi2_power", "pwr_r", "pwr_f2", "pwr_chisq"];

Deno.test("every number of the golden cases of power is compared, where it is of a comparison of arms", () => {
  for (const id of ["power_sm", "power_R"]) {
    const compared = golden.filter(([of]) => of === id).map(([, key]) => key);
    const given = Object.keys(cases.get(id)!.expected).filter((key) => !unplanned.includes(key));
    assertEquals(compared.sort(), given.sort());
  }
});

Deno.test("planPower(equivalence) is exact (Owen's Q), as TOSTER's", () => {
  const { expected, tol } = cases.get("toster_power")!;
  const equivalence = { test: "equivalence" } as const;
  const found = [
    power({ ...equivalence, n: 200, bound: 0.4 }),
    exact({ ...equivalence, bound: 0.4 }) / 2,
    exact({ ...equivalence, bound: 0.5, effect: 0.1, power: 0.9 }) / 2,
    power({ test: "paired_equivalence", n: 40, bound: 0.5 }),
  ];
  const theirs = [
    expected.power_n100.power,
    expected.n_for_80.n,
    expected.n_for_90_delta01.n,
    expected.paired.power,
  ];
  found.forEach((value, i) => assert(agrees(value, theirs[i], tol), `${value} is not ${theirs[i]}`));
});
