import { type Table, tableOf } from "../../core/table.ts";
import { checkTestOptions } from "./check_test_options.ts";
import type { CheckSharpNullOptions } from "./randomization_options.ts";
import { nameExtremes, randomizationPValue } from "./randomization_p_value.ts";
import { memberValues } from "./member_values.ts";
import { prepareStatistic } from "./randomization_statistics.ts";
import { readOutcomes, readProblems, runProblem } from "./randomization_problems.ts";

const action = "sample randomizations";

/**
 * Draws the randomisation distribution of a statistic: its value under each assignment that could have been.
 *
 * The same assignments as `checkSharpNull` with the same options; for `plotRandomization` and for looking closer.
 *
 * @param table one row per answer (with `item` and `value`) or per unit; needs the arm and the outcomes
 * @param options see {@linkcode CheckSharpNullOptions} (defaults there)
 * @returns one row per arm other than the reference, outcome and assignment: `outcome`, `term`, `reference`, `test`,
 * `alternative`, `assignment` (from 1), `statistic` (under this assignment), `observed`, `p_value`, `exact`, `basis`
 * @throws {RangeError} if a column, arm or item is missing, or clusters or the rule are not those of the assignment
 * @throws {TypeError} if an option is unknown or the outcome is not numeric
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { columnOf, tableOf } from "@understudy/understudy/core";
 * import { sampleRandomizations } from "@understudy/understudy/estimation";
 *
 * const units = tableOf({ arm: ["control", "control", "treated"], y: [1, 2, 6] });
 * const draws = sampleRandomizations(units, { outcome: "y" });
 * assertEquals(columnOf<number>(draws, "statistic").sort((a, b) => a - b), [-3, -1.5, 4.5]);
 * ```
 */
export function sampleRandomizations(table: Table, options: CheckSharpNullOptions): Table {
  const { basis, extremes, test } = checkTestOptions(action, options);
  const outcomes = readOutcomes(action, options.outcome);
  const parts = readProblems(action, table, outcomes, options).flatMap((problem) => {
    if (problem.contrast.members.length === 0) return [];
    const statistics = outcomes.map((_, outcome) =>
      prepareStatistic(
        options.statistic ?? "difference_in_means",
        memberValues(problem.contrast, outcome, options.effect ?? 0),
      )
    );
    const { observed, values, exact } = runProblem(problem, statistics);
    return outcomes.map((outcome, place) => ({
      rows: values[place]!.length,
      draws: values[place]!,
      constants: {
        outcome,
        term: problem.term,
        reference: problem.reference,
        test,
        alternative: nameExtremes(extremes),
        observed: observed[place]!,
        p_value: randomizationPValue(observed[place]!, values[place]!, extremes, exact),
        exact,
        basis,
      },
    }));
  });
  const constant = (name: keyof typeof parts[number]["constants"]) =>
    parts.flatMap(({ rows, constants }) => new Array(rows).fill(constants[name]));
  return tableOf({
    outcome: constant("outcome"),
    term: constant("term"),
    reference: constant("reference"),
    test: constant("test"),
    alternative: constant("alternative"),
    assignment: parts.flatMap(({ rows }) => Array.from({ length: rows }, (_, draw) => draw + 1)),
    statistic: parts.flatMap(({ draws }) => [...draws]),
    observed: constant("observed"),
    p_value: constant("p_value"),
    exact: constant("exact"),
    basis: constant("basis"),
  });
}
