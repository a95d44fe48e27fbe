import type { Table } from "../core/mod.ts";
import { findRoot } from "../stats/find_root.ts";
import { readScenarios } from "./power_input.ts";
import { describePlan, plansTable, powerAt, splitSizes } from "./power_rows.ts";
import type { PowerScenario, Scenario } from "./power_scenario.ts";

/**
 * Plans the smallest effect that a study of a given size finds with a given power.
 *
 * For the equivalence tests it is the smallest bound within which the effect can be shown to lie. Effects are positive;
 * a negative one of the same size is found as often, except for shares, which are bounded.
 *
 * @param scenarios what is assumed: `n` at least; `power` is 0.8 if not given; see {@linkcode PowerScenario} for every
 * name, its unit and its default
 * @returns one row per scenario: what was given, then `power_wanted`, `effect` (or `bound`: the answer),
 * `effect_sd` (in standard deviations of one reply in the reference arm) and the columns of `planPower`
 * @throws {TypeError} if a name is unknown or a value is not a number
 * @throws {RangeError} if a value is out of range, missing, or of no use for the test
 * @see Bloom 1995, Evaluation Review 19: 547-556
 * @example
 * ```ts
 * import { assertAlmostEquals } from "@std/assert";
 * import { planMinimumEffect } from "@understudy/understudy/designs";
 *
 * const plan = planMinimumEffect({ n: 200, sd: 1 });
 * assertAlmostEquals(plan.get("effect", 0) as number, 0.39814, 1e-5);
 * ```
 */
export function planMinimumEffect(scenarios: PowerScenario | Table): Table {
  const rows = readScenarios("plan a minimum effect", scenarios, "effect").map(planRow);
  return plansTable(rows, ["power_wanted", "effect_sd"]);
}

function planRow(scenario: Scenario): { [name: string]: unknown } {
  const { numbers, test } = scenario;
  const equivalence = test.endsWith("equivalence");
  const solved = equivalence ? "bound" : "effect";
  const sizes = splitSizes(scenario, numbers.n);
  const withSize = (size: number): Scenario => ({ ...scenario, numbers: { ...numbers, [solved]: size } });
  const [lowest, highest] = limitsOf(scenario);
  const size = findRoot(
    (candidate) => powerAt(withSize(candidate), sizes).power - numbers.power,
    lowest,
    Math.min(numbers.sd / 2, highest),
    [lowest, highest],
  );
  const found = powerAt(withSize(Number.isNaN(size) ? lowest : size), sizes);
  return describePlan(withSize(size), sizes, Number.isNaN(size) ? { ...found, power: NaN } : found, {
    power_wanted: numbers.power,
    [solved]: size,
    effect_sd: ["correlation", "chi_square", "regression", "proportions"].includes(test)
      ? NaN
      : size / numbers.sd,
    ...(Number.isNaN(size)
      ? {
        reason: Number.isNaN(found.power)
          ? "too few to test anything"
          : "no effect within its limits suffices",
      }
      : {}),
  });
}

/** The smallest and the largest size that an effect can have. */
function limitsOf({ test, numbers }: Scenario): readonly [number, number] {
  if (test === "proportions") return [0, 1 - numbers.reference_share];
  if (test === "correlation") return [0, 1 - 1e-12];
  if (test.endsWith("equivalence")) return [Math.abs(numbers.effect), Infinity];
  return [0, Infinity];
}
