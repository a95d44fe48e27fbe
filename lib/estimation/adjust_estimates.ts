import { checkColumns } from "../core/checks.ts";
import { cannot } from "../core/errors.ts";
import { columns as columnsRule, intervalRules, oneOf, readOptions, type RulesFor } from "../core/options.ts";
import { columnOf, groupRows, heldColumns, type Table, tableOf } from "../core/table.ts";
import { type AdjustmentMethod, adjustmentMethods, adjustPValues } from "../stats/multiplicity.ts";

/** Options of {@linkcode adjustEstimates}. */
export interface AdjustEstimatesOptions {
  /**
   * The adjustment; see `adjustPValues`.
   * @default {"holm"}
   */
  method?: AdjustmentMethod;
  /**
   * The column, or columns, whose combinations are the families of tests: estimates are adjusted for their number
   * within a family.
   * @default {undefined} all rows are one family
   */
  by?: string | readonly string[];
  /**
   * The level of the first stage of `TSBH` and `TSBKY`.
   * @default {0.05}
   */
  alpha?: number;
}

const rules = {
  method: oneOf(adjustmentMethods, "holm"),
  by: columnsRule,
  alpha: intervalRules.alpha,
} as const satisfies RulesFor<AdjustEstimatesOptions>;

const action = "adjust estimates";

/**
 * Adjusts the p-values of a table of estimates for their number.
 *
 * For the rows of any estimator, also of several tables stacked. A family is what one would report as one finding if
 * any of its tests rejected. A p-value of `NaN` stays so and does not count as a test. Intervals are left as they are.
 * For the outcomes of the same people, `estimateEffectFamily` uses their dependence and finds more.
 *
 * @param estimates one row per estimate; needs `p_value`
 * @param options the method and the families; see {@linkcode AdjustEstimatesOptions}
 * @returns the table with the columns `p_adjusted` and `adjustment` (the method and the number of tests), which replace
 * columns of these names
 * @throws {RangeError} if a column is missing, a p-value is not from 0 to 1, or the method is unknown
 * @see Holm 1979; Benjamini and Hochberg 1995
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { columnOf, tableOf } from "@understudy/understudy/core";
 * import { adjustEstimates } from "@understudy/understudy/estimation";
 *
 * const estimates = tableOf({ outcome: ["trust", "trust", "vote"], p_value: [0.0625, 0.25, 0.125] });
 * const adjusted = adjustEstimates(estimates, { by: "outcome", method: "bonferroni" });
 * assertEquals(columnOf(adjusted, "p_adjusted"), [0.125, 0.5, 0.125]);
 * ```
 */
export function adjustEstimates(estimates: Table, options: AdjustEstimatesOptions = {}): Table {
  const { method, alpha, by: asked } = readOptions(action, options, rules);
  const by = [asked ?? []].flat();
  checkColumns(action, estimates, ["p_value", ...by], "estimates");
  const pValues = columnOf(estimates, "p_value").map(readPValue);
  const keys = by.map((name) => columnOf(estimates, name));
  const family = (_: number, row: number) => JSON.stringify(keys.map((values) => String(values[row])));
  const families = groupRows(pValues.map(family));
  const adjusted = new Array<number>(pValues.length).fill(NaN);
  const adjustment = new Array<string>(pValues.length).fill("");
  for (const rows of families.values()) {
    const family = rows.map((row) => pValues[row]!);
    const tests = family.filter((p) => !Number.isNaN(p)).length;
    adjustPValues(family, method, { alpha }).forEach((p, i) => adjusted[rows[i]!] = p);
    for (const row of rows) adjustment[row] = `${method} over ${tests} test${tests === 1 ? "" : "s"}`;
  }
  return tableOf({ ...heldColumns(estimates), p_adjusted: adjusted, adjustment });
}

function readPValue(value: unknown, row: number): number {
  if (value === null || value === undefined) return NaN;
  if (typeof value === "number" && !(value < 0 || value > 1)) return value;
  const wrong = cannot(action, "p_value", "hold numbers from 0 to 1, or NaN", value);
  throw new RangeError(`${wrong} (row ${row + 1})`);
}
