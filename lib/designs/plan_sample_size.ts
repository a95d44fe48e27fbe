import type { Table } from "../core/mod.ts";
import { findRoot } from "../stats/find_root.ts";
import { readScenarios } from "./power_input.ts";
import { describePlan, plansTable, powerAt, splitSizes } from "./power_rows.ts";
import type { ArmSizes, PowerScenario, Scenario } from "./power_scenario.ts";

const most = 1e9;

/**
 * Plans how many personas a study needs to find an effect of a given size with a given power.
 *
 * Rounds up to whole personas (or clusters) in each arm, so that `power` is at least what was wanted; `n_exact` is the
 * solution before rounding. Where no number of personas suffices (a share of the variance lies between too few
 * clusters, the true difference is outside the bound), `n` is `NaN` with a reason.
 *
 * @param scenarios what is assumed: `effect` (or `bound`) at least; `power` is 0.8 if not given; see
 * {@linkcode PowerScenario} for every name, its unit and its default
 * @returns one row per scenario: what was given, then `power_wanted`, `n_exact` and the columns of `planPower`
 * @throws {TypeError} if a name is unknown or a value is not a number
 * @throws {RangeError} if a value is out of range, missing, or of no use for the test
 * @see Cohen 1988, Statistical Power Analysis for the Behavioral Sciences, 2nd edition
 * @example Three replies per persona save personas where replies vary
 * ```ts
 * import { assert, assertEquals } from "@std/assert";
 * import { columnOf } from "@understudy/understudy/core";
 * import { planSampleSize } from "@understudy/understudy/designs";
 *
 * const plan = planSampleSize({ effect: 0.3, sd: 1, reply_icc: 0.4, replicates: [1, 3] });
 * const [once, thrice] = columnOf<number>(plan, "n");
 * assertEquals(once, 352);
 * assert(thrice! < 0.7 * once!);
 * ```
 */
export function planSampleSize(scenarios: PowerScenario | Table): Table {
  const rows = readScenarios("plan a sample size", scenarios, "n").map(planRow);
  return plansTable(rows, ["power_wanted", "n_exact"]);
}

function planRow(scenario: Scenario): { [name: string]: unknown } {
  const wanted = scenario.numbers.power;
  // Where nothing can be tested there is no power.
  const excess = (logTotal: number): number => {
    const { power } = powerAt(scenario, splitSizes(scenario, Math.exp(logTotal)));
    return (Number.isNaN(power) ? 0 : power) - wanted;
  };
  const exact = Math.exp(findRoot(excess, Math.log(8), Math.log(500), [Math.log(2), Math.log(most)]));
  if (Number.isNaN(exact) || exact <= 2 * (1 + 1e-9)) return planUnsolved(scenario, exact, excess);
  const sizes = roundUp(scenario, exact);
  return describePlan(scenario, sizes, powerAt(scenario, sizes), { power_wanted: wanted, n_exact: exact });
}

/** Either two personas are enough by the formula, or no number is. */
function planUnsolved(
  scenario: Scenario,
  exact: number,
  excess: (logTotal: number) => number,
): { [name: string]: unknown } {
  const nothing: ArmSizes = { total: NaN, treatment: NaN, reference: NaN };
  const reason = excess(Math.log(most)) < 0
    ? `not even ${most} personas reach the power wanted`
    : "fewer personas than can be tested would reach the power wanted";
  const found = { power: NaN, stdError: NaN, df: NaN };
  return describePlan(scenario, nothing, found, {
    power_wanted: scenario.numbers.power,
    n_exact: exact > 2 * (1 + 1e-9) ? exact : NaN,
    reason,
  });
}

/** Whole clusters (personas are clusters of one) in each arm. */
function roundUp(scenario: Scenario, exact: number): ArmSizes {
  const { cluster_size, share, arms } = scenario.numbers;
  // A solution next to a whole number is that number.
  const up = (personas: number): number => Math.ceil((personas / cluster_size) * (1 - 1e-12)) * cluster_size;
  if (["difference_in_means", "proportions", "equivalence"].includes(scenario.test)) {
    const [treatment, reference] = [up(exact * share), up(exact * (1 - share))];
    return { total: treatment + reference, treatment, reference };
  }
  const groups = scenario.test === "anova" ? arms : 1;
  return { ...splitSizes(scenario, 0), total: up(exact / groups) * groups };
}
