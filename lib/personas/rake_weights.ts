import {
  cannot,
  checkColumns,
  checkOptions,
  checkRows,
  checkWeights,
  checkWhole,
  columnOf,
  type Columns,
  type Table,
  tableOf,
} from "../core/mod.ts";
import { type CheckedTargets, marginCodes, type MarginTargets, readTargets } from "./margin_targets.ts";
import { checkLevels } from "./margin_levels.ts";
import { type CellMargin, findCells, fitMargins } from "./raking.ts";

/** Options of {@linkcode rakeWeights}. */
export interface RakeWeightsOptions {
  /**
   * The column of base weights, which raking changes as little as the margins allow.
   * @default every row starts with the same weight
   */
  readonly weights?: string;
  /**
   * Largest relative error of any margin at which raking has converged.
   * @default 1e-10
   */
  readonly tolerance?: number;
  /**
   * Most cycles over the margins.
   * @default 1000
   */
  readonly maximumIterations?: number;
  /**
   * What the weights sum to.
   * @default the number of rows where targets are proportions, else the total of the counts
   */
  readonly total?: number;
}

const action = "rake weights";

/**
 * Rakes weights to known margins by iterative proportional fitting.
 *
 * Use it to make a sample stand for a population of which the margins are known. Targets are proportions where they
 * sum to 1 and counts otherwise (percentages are counts with a total of 100). Combinations that are empty in the data
 * stay empty; a level with a target of 0 gets weights of 0. It converges or says why not: weights that miss a margin
 * are never returned.
 *
 * @param table one row per person; needs a column for each margin, without missing values
 * @param targets for each margin the share, or count, of every level; levels are compared as texts
 * @param options see {@linkcode RakeWeightsOptions} (defaults there)
 * @returns the table with a column `weight`, which replaces one of that name
 * @throws {RangeError} if margins do not share a total, a level is needed and empty or present and without a target,
 * or no weights meet all margins (the message has the error reached for each)
 * @see Deming and Stephan 1940, Annals of Mathematical Statistics 11: 427-444
 * @example
 * ```ts
 * import { assertAlmostEquals } from "@std/assert";
 * import { columnOf, tableOf } from "@understudy/understudy/core";
 * import { rakeWeights } from "@understudy/understudy/personas";
 *
 * const table = tableOf({ sex: ["F", "F", "F", "M"] });
 * const weights = columnOf<number>(rakeWeights(table, { sex: { F: 0.5, M: 0.5 } }), "weight");
 * assertAlmostEquals(weights[0]!, 2 / 3);
 * assertAlmostEquals(weights[3]!, 2);
 * ```
 */
export function rakeWeights(table: Table, targets: MarginTargets, options: RakeWeightsOptions = {}): Table {
  const { base, checked, codes, total } = checkRaking(table, targets, options);
  const weight = computeWeights(base, checked, codes, total, options);
  const columns: Columns = {};
  for (const name of table.columnNames()) columns[name] = columnOf(table, name);
  return tableOf({ ...columns, weight });
}

interface Raking {
  readonly base: ArrayLike<number>;
  readonly checked: CheckedTargets;
  readonly codes: readonly Int32Array[];
  readonly total: number;
}

function checkRaking(table: Table, targets: MarginTargets, options: RakeWeightsOptions): Raking {
  checkOptions(action, options, ["weights", "tolerance", "maximumIterations", "total"]);
  checkPositive("tolerance", options.tolerance ?? 1e-10);
  checkWhole(action, "maximumIterations", options.maximumIterations ?? 1000, 1);
  const checked = readTargets(action, targets);
  checkColumns(action, table, checked.margins.map((margin) => margin.name));
  checkRows(action, table);
  const rows = table.numRows();
  const total = options.total ?? (checked.total === 1 ? rows : checked.total);
  checkPositive("total", total);
  const base = readBase(table, options.weights);
  const codes = checked.margins.map((margin) => {
    const levels = marginCodes(action, table, margin);
    checkLevels(action, table, margin, levels, base);
    return levels;
  });
  return { base, checked, codes, total };
}

function checkPositive(argument: string, value: unknown): void {
  if (typeof value !== "number" || !Number.isFinite(value) || !(value > 0)) {
    throw new RangeError(cannot(action, argument, "be a positive number", value));
  }
}

function readBase(table: Table, name: string | undefined): ArrayLike<number> {
  if (name === undefined) return new Float64Array(table.numRows()).fill(1);
  checkColumns(action, table, [name]);
  const base = columnOf(table, name);
  checkWeights(action, name, base);
  return base;
}

function computeWeights(
  base: ArrayLike<number>,
  checked: CheckedTargets,
  codes: readonly Int32Array[],
  total: number,
  options: RakeWeightsOptions,
): Float64Array {
  const { tolerance = 1e-10, maximumIterations = 1000 } = options;
  // Rows of one cell keep the proportions of their base weights, so the cells alone are fitted.
  const { cells, rowOf } = findCells(codes, base.length);
  const start = new Float64Array(rowOf.length);
  for (let row = 0; row < cells.length; row++) start[cells[row]!]! += base[row]!;
  const margins = checked.margins.map((margin, index): CellMargin => ({
    codes: Int32Array.from(rowOf, (row) => codes[index]![row]!),
    targets: margin.shares.map((share) => share * total),
  }));
  const fitted = start.slice();
  const { errors } = fitMargins(fitted, margins, { tolerance, maximumIterations });
  if (!(Math.max(...errors) <= tolerance)) throw contradiction(checked, errors, tolerance, maximumIterations);
  const weights = new Float64Array(base.length);
  for (let row = 0; row < weights.length; row++) {
    const cell = cells[row]!;
    if (start[cell]! > 0) weights[row] = base[row]! * fitted[cell]! / start[cell]!;
  }
  return weights;
}

function contradiction(
  checked: CheckedTargets,
  errors: readonly number[],
  tolerance: number,
  maximumIterations: number,
): RangeError {
  const reached = checked.margins.map(({ name }, index) => `${name} ${errors[index]!.toPrecision(3)}`).join(
    ", ",
  );
  return new RangeError(
    `Cannot ${action} as 'targets' must be met together to a relative error of ${tolerance} within ` +
      `${maximumIterations} iterations: the errors reached are ${reached}; the targets contradict each other where ` +
      `combinations of levels are empty in the data`,
  );
}
