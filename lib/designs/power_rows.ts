import { distinct, type Table, tableOfRows } from "../core/mod.ts";
import { designEffect, powerFormulas, type PowerFound } from "./power_formulas.ts";
import type { ArmSizes, Scenario } from "./power_scenario.ts";

/** The power of a scenario at given sizes. */
export function powerAt(scenario: Scenario, sizes: ArmSizes): PowerFound {
  return powerFormulas[scenario.test](scenario, sizes);
}

/** Splits a number of personas between the arms, without rounding. */
export function splitSizes({ numbers }: Scenario, total: number): ArmSizes {
  return { total, treatment: total * numbers.share, reference: total * (1 - numbers.share) };
}

/** The columns that every planning verb ends with. */
const computed = [
  "n_treatment",
  "n_reference",
  "clusters",
  "calls",
  "design_effect",
  "std_error",
  "df",
  "power",
  "reason",
];

const twoArms = ["difference_in_means", "proportions", "equivalence"];
const paired = ["paired", "paired_equivalence"];

/** One row of a plan: what was given, the sizes, and what they come to. */
export function describePlan(
  scenario: Scenario,
  sizes: ArmSizes,
  found: PowerFound,
  more: { readonly [name: string]: unknown } = {},
): { [name: string]: unknown } {
  const { test, given, numbers } = scenario;
  const split = twoArms.includes(test);
  const asked = !["correlation", "chi_square", "regression"].includes(test);
  return {
    ...given,
    test,
    alpha: numbers.alpha,
    effect: numbers.effect,
    n: sizes.total,
    n_treatment: split ? sizes.treatment : NaN,
    n_reference: split ? sizes.reference : NaN,
    clusters: given.cluster_size === undefined ? NaN : sizes.total / numbers.cluster_size,
    calls: sizes.total * numbers.replicates * (paired.includes(test) ? 2 : 1),
    design_effect: asked ? designEffect(scenario) : NaN,
    std_error: found.stdError,
    df: found.df,
    power: found.power,
    reason: Number.isNaN(found.power)
      ? `too few to test anything: ${Number(found.df.toPrecision(3))} degrees of freedom`
      : "",
    ...more,
  };
}

/** Rows as a table: what was given first, then what was computed. */
export function plansTable(
  rows: readonly { readonly [name: string]: unknown }[],
  more: readonly string[] = [],
): Table {
  const first = ["label", "test", "n", "effect", "alpha"];
  const all = distinct(rows.flatMap((row) => Object.keys(row)));
  const names = [
    ...first.filter((name) => all.includes(name)),
    ...all.filter((name) => ![...first, ...computed, ...more].includes(name)),
    ...more,
    ...computed,
  ];
  return tableOfRows(rows, names);
}
