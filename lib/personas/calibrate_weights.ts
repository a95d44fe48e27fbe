import {
  cannot,
  checkColumns,
  checkOneOf,
  checkOptions,
  checkRows,
  checkWeights,
  checkWhole,
  columnOf,
  type Columns,
  type Table,
  tableOf,
} from "../core/mod.ts";
import { type CalibrationDesign, type CalibrationTargets, readCalibration } from "./calibration_design.ts";
import { calibrationDistance, fitCalibration } from "./calibration_fit.ts";

/** Options of {@linkcode calibrateWeights}. */
export interface CalibrateWeightsOptions {
  /**
   * How weights move: `linear` (GREG; may become negative without bounds), `raking` (multiplied, stays positive) or
   * `logit` (stays within `bounds`, smoothly).
   * @default "raking"
   */
  readonly method?: "linear" | "raking" | "logit";
  /**
   * The smallest and the largest factor by which a base weight may be multiplied, below and above 1.
   * @default none; `logit` needs them
   */
  readonly bounds?: readonly [number, number];
  /**
   * The column of base weights.
   * @default every row starts with the same weight
   */
  readonly weights?: string;
  /**
   * What the weights sum to.
   * @default the number of rows where targets are proportions or means, else the total of the counts
   */
  readonly total?: number;
  /**
   * Largest error of any share, or of any mean in standard deviations, at which calibration has converged.
   * @default 1e-10
   */
  readonly tolerance?: number;
  /**
   * Most Newton steps.
   * @default 100
   */
  readonly maximumIterations?: number;
}

const action = "calibrate weights";

/**
 * Calibrates weights to known shares and means, changing base weights as little as the targets allow.
 *
 * Does what `rakeWeights` does and more: means of numeric attributes, other measures of how little, and bounds on how
 * much a weight may change. `raking` without bounds and means gives the weights of `rakeWeights`. It converges or says
 * why not: weights that miss a target are never returned.
 *
 * @param table one row per person; needs a column for each attribute, without missing values
 * @param targets for each attribute the share, or count, of every level, or a number: the mean
 * @param options see {@linkcode CalibrateWeightsOptions} (defaults there)
 * @returns the table with a column `weight`, which replaces one of that name
 * @throws {RangeError} if shares do not share a total, a level is needed and empty, bounds do not hold 1, or no weights
 * within the bounds meet all targets
 * @see Deville and Särndal 1992, Journal of the American Statistical Association 87: 376-382
 * @example A share and a mean
 * ```ts
 * import { assertAlmostEquals } from "@std/assert";
 * import { columnOf, tableOf } from "@understudy/understudy/core";
 * import { calibrateWeights } from "@understudy/understudy/personas";
 *
 * const table = tableOf({ sex: ["F", "F", "F", "M"], age: [20, 30, 40, 50] });
 * const calibrated = calibrateWeights(table, { sex: { F: 0.6, M: 0.4 }, age: 38 });
 * const weights = columnOf<number>(calibrated, "weight");
 * assertAlmostEquals(weights[3]!, 1.6, 1e-9);
 * assertAlmostEquals((20 * weights[0]! + 30 * weights[1]! + 40 * weights[2]! + 50 * weights[3]!) / 4, 38, 1e-8);
 * ```
 */
export function calibrateWeights(
  table: Table,
  targets: CalibrationTargets,
  options: CalibrateWeightsOptions = {},
): Table {
  const bounds = checkCalibration(table, options);
  const base = readBase(table, options.weights);
  const design = readCalibration(action, table, targets, base, options.total);
  const weight = computeWeights(base, design, bounds, options);
  const columns: Columns = Object.fromEntries(
    table.columnNames().map((name) => [name, columnOf(table, name)]),
  );
  return tableOf({ ...columns, weight });
}

function checkCalibration(table: Table, options: CalibrateWeightsOptions): readonly [number, number] {
  const known = ["method", "bounds", "weights", "total", "tolerance", "maximumIterations"];
  checkOptions(action, options, known);
  const { method = "raking", tolerance = 1e-10, maximumIterations = 100 } = options;
  checkOneOf(action, "method", method, ["linear", "raking", "logit"]);
  checkPositive("tolerance", tolerance);
  if (options.total !== undefined) checkPositive("total", options.total);
  checkWhole(action, "maximumIterations", maximumIterations, 1);
  checkColumns(action, table, []);
  checkRows(action, table);
  const bounds: unknown = options.bounds ?? (method === "logit" ? [] : [-Infinity, Infinity]);
  const [low, high] = Array.isArray(bounds) && bounds.length === 2 ? bounds as [number, number] : [NaN, NaN];
  if (!(low < 1 && high > 1) || (method === "logit" && !Number.isFinite(high - low))) {
    const rule = "hold a factor below 1 and one above, as in { bounds: [0.3, 3] }";
    throw new RangeError(cannot(action, "bounds", rule, options.bounds));
  }
  return [low, high];
}

function checkPositive(argument: string, value: unknown): void {
  if (typeof value !== "number" || !Number.isFinite(value) || !(value > 0)) {
    throw new RangeError(cannot(action, argument, "be a positive number", value));
  }
}

function readBase(table: Table, name: string | undefined): Float64Array {
  if (name === undefined) return new Float64Array(table.numRows()).fill(1);
  checkColumns(action, table, [name]);
  const base = columnOf(table, name);
  checkWeights(action, name, base);
  return Float64Array.from(base);
}

function computeWeights(
  base: Float64Array,
  design: CalibrationDesign,
  bounds: readonly [number, number],
  options: CalibrateWeightsOptions,
): Float64Array {
  const { method = "raking", tolerance = 1e-10, maximumIterations = 100 } = options;
  // Factors are counted from weights that already have the total.
  const sum = base.reduce((total, weight) => total + weight, 0);
  const start = base.map((weight) => weight * design.total / sum);
  const distance = calibrationDistance(method, bounds);
  const { weights, errors } = fitCalibration(start, design.totals, distance, {
    tolerance,
    maximumIterations,
  });
  const missed = design.totals
    .map(({ name }, k) => ({ name, error: Math.abs(errors[k]!) }))
    .filter(({ error }) => !(error <= tolerance));
  if (missed.length > 0) {
    const shown = missed.slice(0, 5).map(({ name, error }) => `${name} ${error.toPrecision(3)}`).join(", ");
    throw new RangeError(
      `Cannot ${action} as 'targets' must be met together to ${tolerance} within the bounds and ` +
        `${maximumIterations} iterations: the errors reached are ${shown}; loosen the bounds or drop a target`,
    );
  }
  return weights;
}
