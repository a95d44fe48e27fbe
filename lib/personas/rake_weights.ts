import { checkColumns, checkRows, rowWeights } from "../core/checks.ts";
import { readOptions, type RulesFor, type WeightOptions, weightRules, whole } from "../core/options.ts";
import type { Table } from "../core/table.ts";
import type { CheckedTargets, MarginTargets } from "./margin_targets.ts";
import { marginCodes, positive, readTargets, withWeights } from "./margin_targets.ts";

/** Options of {@linkcode rakeWeights}: `weights` are base weights, changed as little as the margins allow. */
export interface RakeWeightsOptions extends WeightOptions {
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
   * @default the number of rows where targets are proportions or means, else the total of the counts
   */
  readonly total?: number;
}

const action = "rake weights";

const rules = {
  ...weightRules,
  tolerance: positive(1e-10),
  maximumIterations: whole(1000),
  total: positive(undefined),
} as const satisfies RulesFor<RakeWeightsOptions>;

/**
 * Rakes weights to known margins by iterative proportional fitting.
 *
 * To make a sample stand for a population of which the margins are known. Targets are proportions where they sum to 1 and
 * counts otherwise. Combinations that are empty in the data stay empty. It converges or says why not: weights that miss a
 * margin are never returned.
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
 * import { columnOf, rakeWeights, tableOf } from "@understudy/understudy";
 *
 * const table = tableOf({ sex: ["F", "F", "F", "M"] });
 * const weights = columnOf<number>(rakeWeights(table, { sex: { F: 0.5, M: 0.5 } }), "weight");
 * assertAlmostEquals(weights[0]!, 2 / 3);
 * assertAlmostEquals(weights[3]!, 2);
 * ```
 */
export function rakeWeights(table: Table, targets: MarginTargets, options: RakeWeightsOptions = {}): Table {
  const read = readOptions(action, options, rules);
  const checked = readTargets(action, targets);
  checkColumns(action, table, checked.margins.map((margin) => margin.name));
  checkRows(action, table);
  const total = read.total ?? (checked.total === 1 ? table.numRows() : checked.total);
  const base = rowWeights(action, table, read.weights);
  const codes = checked.margins.map((margin) => marginCodes(action, table, margin, base));
  return withWeights(table, computeWeights(base, checked, codes, total, read));
}

function computeWeights(
  base: ArrayLike<number>,
  checked: CheckedTargets,
  codes: readonly Int32Array[],
  total: number,
  { tolerance, maximumIterations }: { readonly tolerance: number; readonly maximumIterations: number },
): Float64Array {
  // Rows of one cell keep the proportions of their base weights, so the cells alone are fitted.
  const { cells, rowOf } = findCells(codes, base.length);
  const start = new Float64Array(rowOf.length);
  for (let row = 0; row < cells.length; row++) start[cells[row]!]! += base[row]!;
  const margins = checked.margins.map((margin, index): CellMargin => ({
    codes: Int32Array.from(rowOf, (row) => codes[index]![row]!),
    targets: margin.shares.map((share) => share * total),
  }));
  const fitted = start.slice();
  const errors = fitMargins(fitted, margins, tolerance, maximumIterations);
  if (!(Math.max(...errors) <= tolerance)) {
    const reached = checked.margins.map(({ name }, at) => `${name} ${errors[at]!.toPrecision(3)}`).join(", ");
    throw new RangeError(
      `Cannot ${action} as 'targets' must be met together to a relative error of ${tolerance} within ` +
        `${maximumIterations} iterations: the errors reached are ${reached}; the targets contradict each ` +
        `other where combinations of levels are empty in the data`,
    );
  }
  const weights = new Float64Array(base.length);
  for (let row = 0; row < weights.length; row++) {
    const cell = cells[row]!;
    if (start[cell]! > 0) weights[row] = base[row]! * fitted[cell]! / start[cell]!;
  }
  return weights;
}

/** One margin over the cells of a table: the level of each cell, and the target of each level. */
type CellMargin = Readonly<{ codes: Int32Array; targets: Float64Array }>;

/** Rows with the same levels of every margin share a cell: returns the cell of each row, and a row of each cell. */
function findCells(codes: readonly Int32Array[], rows: number): { cells: Int32Array; rowOf: number[] } {
  let cells = new Int32Array(rows);
  for (const levels of codes) {
    const seen = new Map<number, number>();
    const next = new Int32Array(rows);
    for (let row = 0; row < rows; row++) {
      const key = cells[row]! * 1048576 + levels[row]!;
      let cell = seen.get(key);
      if (cell === undefined) seen.set(key, cell = seen.size);
      next[row] = cell;
    }
    cells = next;
  }
  const rowOf: number[] = [];
  for (let row = 0; row < rows; row++) if (cells[row] === rowOf.length) rowOf.push(row);
  return { cells, rowOf };
}

/**
 * Fits the cells' weights to every margin in turn, in place, until the largest relative error of any margin is at
 * most `tolerance`: w <- w T_l / sum of w in level l (Deming and Stephan 1940, Annals of Mathematical Statistics 11).
 * Returns the largest relative error of each margin.
 */
function fitMargins(
  weights: Float64Array,
  margins: readonly CellMargin[],
  tolerance: number,
  maximumIterations: number,
): number[] {
  let errors = margins.map((margin) => marginError(weights, margin));
  for (let cycle = 0; cycle < maximumIterations && !(Math.max(...errors) <= tolerance); cycle++) {
    for (const margin of margins) fitMargin(weights, margin);
    errors = margins.map((margin) => marginError(weights, margin));
  }
  return errors;
}

function levelSums(weights: Float64Array, { codes, targets }: CellMargin): Float64Array {
  const sums = new Float64Array(targets.length);
  for (let cell = 0; cell < weights.length; cell++) sums[codes[cell]!]! += weights[cell]!;
  return sums;
}

function fitMargin(weights: Float64Array, margin: CellMargin): void {
  // A level without weight stays so: a cell that is empty in the data cannot be filled.
  const factors = levelSums(weights, margin)
    .map((sum, level) => sum > 0 ? margin.targets[level]! / sum : 0);
  for (let cell = 0; cell < weights.length; cell++) weights[cell]! *= factors[margin.codes[cell]!]!;
}

function marginError(weights: Float64Array, margin: CellMargin): number {
  let largest = 0;
  levelSums(weights, margin).forEach((sum, level) => {
    const target = margin.targets[level]!;
    const error = target > 0 ? Math.abs(sum / target - 1) : sum > 0 ? Infinity : 0;
    if (!(error <= largest)) largest = error;
  });
  return largest;
}
