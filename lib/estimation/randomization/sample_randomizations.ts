import { type Columns, type Table, tableOf } from "../../core/table.ts";
import { type CheckSharpNullOptions, type OutcomeTest, testEach } from "./check_sharp_null.ts";

/**
 * Draws the randomisation distribution of a statistic: its value under each assignment that could have been.
 *
 * The same assignments as `checkSharpNull` with the same options; for `plotRandomization` and for looking closer.
 *
 * @param table one row per answer (with `item` and `value`) or per unit; needs the arm and the outcomes
 * @param options see {@linkcode CheckSharpNullOptions} (defaults there)
 * @returns one row per arm other than the reference, outcome and assignment: `outcome`, `arm`, `reference`, `test`,
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
  const { settings, tests } = testEach("sample randomizations", table, options);
  const each = <Value>(value: (one: OutcomeTest, draw: number) => Value): Value[] =>
    tests.flatMap((one) => Array.from(one.draws, (_, draw) => value(one, draw)));
  const columns: Columns = {};
  for (const name of ["outcome", "arm", "reference", "test", "alternative"] as const) {
    columns[name] = each(({ named }) => named[name]);
  }
  return tableOf({
    ...columns,
    assignment: each((_, draw) => draw + 1),
    statistic: each(({ draws }, draw) => draws[draw]!),
    observed: each(({ observed }) => observed),
    p_value: each(({ pValue }) => pValue),
    exact: each(({ exact }) => exact),
    basis: each(() => settings.basis),
  });
}
