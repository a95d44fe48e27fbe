import { checkColumns, checkRows, rowWeights } from "../core/checks.ts";
import { cannot } from "../core/errors.ts";
import type { RulesFor, WeightOptions } from "../core/options.ts";
import { oneOf, readOptions, rule, weightRules, whole } from "../core/options.ts";
import { columnOf, type Table } from "../core/table.ts";
import { calibrationDistance, type CalibrationTotal, fitCalibration } from "./calibration_fit.ts";
import { marginCodes, type MarginTargets, positive, readTargets, withWeights } from "./margin_targets.ts";
import type { RakeWeightsOptions } from "./rake_weights.ts";

/** Options of {@linkcode calibrateWeights}: `weights` are base weights. */
export interface CalibrateWeightsOptions extends WeightOptions, Pick<RakeWeightsOptions, "total"> {
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

const rules = {
  method: oneOf(["linear", "raking", "logit"], "raking"),
  bounds: rule<readonly [number, number], undefined>(() => {}, undefined),
  ...weightRules,
  total: positive(undefined),
  tolerance: positive(1e-10),
  maximumIterations: whole(100),
} as const satisfies RulesFor<CalibrateWeightsOptions>;

/**
 * Calibrates weights to known shares and means, changing base weights as little as the targets allow.
 *
 * More than `rakeWeights`, whose weights `raking` without bounds and means gives: means of numeric attributes, other
 * measures of how little, and bounds. It converges or says why not: weights that miss a target are never returned.
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
  const read = readOptions(action, options, rules);
  const bounds = readBounds(read.method, read.bounds);
  checkColumns(action, table, []);
  checkRows(action, table);
  const base = rowWeights(action, table, read.weights);
  const design = readCalibration(table, targets, base, read.total);
  return withWeights(table, computeWeights(base, design, bounds, read));
}

function readBounds(method: string, given: unknown): readonly [number, number] {
  const bounds = given ?? (method === "logit" ? [] : [-Infinity, Infinity]);
  const [low, high] = Array.isArray(bounds) && bounds.length === 2 ? bounds as [number, number] : [NaN, NaN];
  if (low < 1 && high > 1 && !(method === "logit" && !Number.isFinite(high - low))) return [low, high];
  const rule = "hold a factor below 1 and one above, as in { bounds: [0.3, 3] }";
  throw new RangeError(cannot(action, "bounds", rule, given));
}

function computeWeights(
  base: Float64Array,
  design: CalibrationDesign,
  bounds: readonly [number, number],
  options: Pick<Required<CalibrateWeightsOptions>, "method" | "tolerance" | "maximumIterations">,
): Float64Array {
  const { method, tolerance, maximumIterations } = options;
  // Factors are counted from weights that already have the total.
  const sum = base.reduce((total, weight) => total + weight, 0);
  const start = base.map((weight) => weight * design.total / sum);
  const distance = calibrationDistance(method, bounds);
  const { weights, errors } = fitCalibration(start, design.totals, distance, options);
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

/** For each attribute the share, or count, of every level; or for a numeric attribute its mean. */
export type CalibrationTargets = {
  readonly [attribute: string]: number | { readonly [level: string]: number };
};

/** The totals to meet, the first of them the sum of the weights, and this sum. */
type CalibrationDesign = Readonly<{ totals: readonly CalibrationTotal[]; total: number }>;

function readCalibration(
  table: Table,
  targets: CalibrationTargets,
  base: ArrayLike<number>,
  sum: number | undefined,
): CalibrationDesign {
  if (typeof targets !== "object" || targets === null || Object.keys(targets).length === 0) {
    const rule = "name at least one attribute, as in { sex: { F: 0.51, M: 0.49 }, age: 47 }";
    throw new TypeError(cannot(action, "targets", rule, targets));
  }
  const entries = Object.entries(targets);
  const margins = Object.fromEntries(entries.filter(([, target]) => typeof target !== "number"));
  const hasMargins = Object.keys(margins).length > 0;
  const checked = hasMargins ? readTargets(action, margins as MarginTargets) : { margins: [], total: 1 };
  const rows = table.numRows();
  const total = sum ?? (checked.total === 1 ? rows : checked.total);
  const ones = new Float64Array(rows).fill(1);
  const totals: CalibrationTotal[] = [{ name: "sum of weights", values: ones, target: total, unit: total }];
  for (const margin of checked.margins) {
    const codes = marginCodes(action, table, margin, base);
    margin.levels.forEach((level, place) => {
      const values = Float64Array.from(codes, (code) => code === place ? 1 : 0);
      const target = margin.shares[place]! * total;
      totals.push({ name: `${margin.name} = ${level}`, values, target, unit: total });
    });
  }
  for (const [name, target] of entries) {
    if (typeof target === "number") totals.push(readMean(table, name, target, total));
  }
  return { totals, total };
}

function readMean(table: Table, name: string, target: number, total: number): CalibrationTotal {
  if (!Number.isFinite(target)) {
    throw new RangeError(cannot(action, `targets.${name}`, "be a finite mean", target));
  }
  checkColumns(action, table, [name]);
  const column = columnOf(table, name);
  const row = column.findIndex((value) => typeof value !== "number" || !Number.isFinite(value));
  if (row >= 0) {
    const rule = "hold finite numbers where the target is a mean";
    throw new RangeError(`${cannot(action, name, rule, column[row])} (row ${row + 1})`);
  }
  const values = Float64Array.from(column, (value) => (value as number) - target);
  const spread = Math.sqrt(values.reduce((squares, value) => squares + value * value, 0) / values.length);
  return { name, values, target: 0, unit: total * (spread > 0 ? spread : 1) };
}
