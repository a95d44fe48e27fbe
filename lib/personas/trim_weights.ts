import {
  cannot,
  checkColumns,
  checkOptions,
  checkRows,
  checkWeights,
  columnOf,
  type Columns,
  type Table,
  tableOf,
} from "../core/mod.ts";

/** Options of {@linkcode trimWeights}. */
export interface TrimWeightsOptions {
  /**
   * The smallest weight.
   * @default 0
   */
  readonly lower?: number;
  /**
   * The largest weight.
   * @default Infinity
   */
  readonly upper?: number;
  /**
   * The column of weights.
   * @default "weight"
   */
  readonly weights?: string;
}

const action = "trim weights";

/**
 * Trims weights to limits and spreads what was cut off evenly over the others, so that their sum stays.
 *
 * Use it after raking, where a few large weights cost precision. Weights that leave the limits by what they are given
 * are trimmed in turn. Margins that were met before are met no longer: `checkMargins` says by how much, and
 * `calibrateWeights` with `bounds` keeps both.
 *
 * @param table one row per person; needs the weights
 * @param options the limits; see {@linkcode TrimWeightsOptions} (defaults there)
 * @returns the table with a column `weight`, which replaces one of that name
 * @throws {RangeError} if the limits are not in order, or no weights within them have the same sum
 * @see Potter 1990, Proceedings of the Survey Research Methods Section, ASA: 225-230
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { columnOf, tableOf } from "@understudy/understudy/core";
 * import { trimWeights } from "@understudy/understudy/personas";
 *
 * const trimmed = trimWeights(tableOf({ weight: [1, 1, 1, 5] }), { upper: 2 });
 * assertEquals(columnOf(trimmed, "weight"), [2, 2, 2, 2]);
 * ```
 */
export function trimWeights(table: Table, options: TrimWeightsOptions): Table {
  checkOptions(action, options, ["lower", "upper", "weights"]);
  const { lower = 0, upper = Infinity, weights = "weight" } = options;
  if (typeof lower !== "number" || !(lower >= 0)) {
    throw new RangeError(cannot(action, "lower", "be a number of at least 0", lower));
  }
  if (typeof upper !== "number" || !(upper > lower)) {
    throw new RangeError(cannot(action, "upper", `be a number above 'lower', ${lower}`, upper));
  }
  checkColumns(action, table, [weights]);
  checkRows(action, table);
  const base = columnOf(table, weights);
  checkWeights(action, weights, base);
  const values = Float64Array.from(base);
  const mean = values.reduce((total, weight) => total + weight, 0) / values.length;
  if (mean < lower || mean > upper) {
    throw new RangeError(cannot(action, "lower and upper", `hold the mean weight, ${mean}`, [lower, upper]));
  }
  const columns: Columns = Object.fromEntries(
    table.columnNames().map((name) => [name, columnOf(table, name)]),
  );
  return tableOf({ ...columns, weight: trim(values, lower, upper) });
}

function trim(weights: Float64Array, lower: number, upper: number): Float64Array {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const trimmed = weights.slice();
  let free = Uint8Array.from(weights, () => 1);
  for (;;) {
    let excess = 0;
    for (let i = 0; i < trimmed.length; i++) {
      const limited = Math.min(upper, Math.max(lower, trimmed[i]!));
      if (limited === trimmed[i]) continue;
      excess += trimmed[i]! - limited;
      trimmed[i] = limited;
      free[i] = 0;
    }
    if (Math.abs(excess) <= 1e-14 * total) return trimmed;
    // Where all are at a limit, those at the other limit still have room.
    const roomy = excess > 0 ? lower : upper;
    if (!free.includes(1)) free = Uint8Array.from(trimmed, (weight) => weight === roomy ? 1 : 0);
    const share = excess / free.reduce((count, one) => count + one, 0);
    for (let i = 0; i < trimmed.length; i++) if (free[i] === 1) trimmed[i]! += share;
  }
}
