import type { Table } from "../core/mod.ts";
import { readScenarios } from "./power_input.ts";
import { describePlan, plansTable, powerAt, splitSizes } from "./power_rows.ts";
import type { PowerScenario } from "./power_scenario.ts";

/**
 * Plans the power of a study: the probability that it finds an effect of a given size.
 *
 * For a difference in means (Welch or pooled, arms of any share), the same personas in both arms, shares, several
 * arms, and equivalence within a bound; with clusters, blocks or covariates, and replicates per persona. One object
 * is a scenario, or, where it holds lists, a grid of scenarios; a table holds one scenario per row. Both tails count:
 * a significant result of the wrong sign is part of the power, as it is of any study. Formulas are exact for normal
 * outcomes and equal variances; for Welch, clusters and shares they are close, from about 10 units per arm.
 *
 * The power of a synthetic experiment says how surely it finds what the model does, not what people do: replicates and
 * personas make it as large as one can pay for.
 *
 * @param scenarios what is assumed: `n` and `effect` (and `bound` for equivalence) at least; see
 * {@linkcode PowerScenario} for every name, its unit and its default
 * @returns one row per scenario: what was given, then `n_treatment`, `n_reference`, `clusters`, `calls` (to the
 * respondent), `design_effect` (variance relative to as many unrelated personas with one reply), `std_error` (of the
 * effect, in units of the outcome), `df`, `power`, `reason`
 * @throws {TypeError} if a name is unknown or a value is not a number
 * @throws {RangeError} if a value is out of range, missing, or of no use for the test
 * @see Cohen 1988, Statistical Power Analysis for the Behavioral Sciences, 2nd edition
 * @example Power for three numbers of personas
 * ```ts
 * import { assertAlmostEquals } from "@std/assert";
 * import { columnOf } from "@understudy/understudy/core";
 * import { planPower } from "@understudy/understudy/designs";
 *
 * const plan = planPower({ effect: 0.5, sd: 1, n: [100, 200, 400] });
 * const power = columnOf<number>(plan, "power");
 * assertAlmostEquals(power[0]!, 0.6968934, 1e-7);
 * ```
 */
export function planPower(scenarios: PowerScenario | Table): Table {
  const rows = readScenarios("plan power", scenarios, "power").map((scenario) => {
    const sizes = splitSizes(scenario, scenario.numbers.n);
    return describePlan(scenario, sizes, powerAt(scenario, sizes));
  });
  return plansTable(rows);
}
