import {
  checkBasis,
  checkLevel,
  checkOneOf,
  checkOptions,
  checkSeed,
  checkText,
  checkWhole,
} from "../../core/checks.ts";
import type { Basis } from "../../core/columns.ts";
import { cannot } from "../../core/errors.ts";
import { stream } from "../../core/stream.ts";
import { type Table, tableOfRows } from "../../core/table.ts";
import {
  type BootstrapInterval,
  bootstrapInterval,
  type BootstrapIntervalMethod,
  jackknifeAcceleration,
} from "../../stats/bootstrap.ts";
import { resampleUnits } from "../../stats/resampling.ts";
import { type BootstrapTarget, nameTarget } from "./bootstrap_target.ts";
import { tableTarget } from "./bootstrap_table_target.ts";
import type { EstimateBootstrapOptions } from "./estimate_bootstrap_options.ts";

const action = "estimate by bootstrap";

const optionNames = [
  "statistic",
  "outcome",
  "arm",
  "reference",
  "blocks",
  "clusters",
  "persona",
  "weights",
  "category",
  "interval",
  "quantiles",
  "replicates",
  "seed",
  "alpha",
  "basis",
] as const satisfies readonly (keyof EstimateBootstrapOptions)[];

const columnNames = [
  "outcome",
  "term",
  "reference",
  "estimator",
  "interval",
  "estimate",
  "std_error",
  "bias",
  "statistic",
  "df",
  "p_value",
  "conf_low",
  "conf_high",
  "conf_level",
  "n",
  "replicates",
  "basis",
  "reason",
];

const statisticNames = ["mean", "median", "difference_in_means", "difference_in_medians"];

/**
 * Estimates a statistic with a bootstrap interval: a mean, a median, a difference between arms, or any function of a
 * table.
 *
 * Use it where no formula for the standard error is at hand or the outcome is skewed. Units are drawn with
 * replacement: clusters, else personas with all their replies, else rows; within arms and blocks wherever each unit
 * lies in one. It assumes that units are independent and, for the usual statistics, at least some 20 to an arm: with
 * fewer, prefer `studentised`. What cannot be computed is `NaN` with a reason.
 *
 * @param table one row per answer (with `item` and `value`) or per unit
 * @param options the statistic, the outcome and what is drawn; see {@linkcode EstimateBootstrapOptions}
 * @returns one row per term (arm other than the reference, or name that the function gave): `estimate` (from the data
 * themselves), `std_error` (standard deviation of the resamples), `bias` (their mean less the estimate), `statistic`
 * (estimate / std_error), `df` (infinite for `normal`, `NaN` otherwise), `p_value` (two-sided, of zero: the smallest
 * `alpha` whose interval leaves out 0), `conf_low`, `conf_high`, `conf_level`, `n` (units), `interval`, `replicates`
 * (resamples that could be computed), `basis`, `reason`
 * @throws {RangeError} if a column, arm or item is missing or an option is out of range
 * @throws {TypeError} if an option is unknown, or the function does not return numbers
 * @see Davison and Hinkley 1997, Bootstrap Methods and their Application, chapter 5; Efron 1987
 * @example The difference of two means, and a statistic of one's own
 * ```ts
 * import { assertAlmostEquals } from "@std/assert";
 * import { columnOf, tableOf } from "@understudy/understudy/core";
 * import { estimateBootstrap } from "@understudy/understudy/estimation";
 *
 * const table = tableOf({
 *   arm: Array.from({ length: 40 }, (_, i) => i % 2 ? "threat" : "control"),
 *   support: Array.from({ length: 40 }, (_, i) => (i % 2) + (i % 7)),
 * });
 * const effect = estimateBootstrap(table, { outcome: "support", replicates: 500 });
 * assertAlmostEquals(effect.get("estimate", 0), 0.95, 1e-12);
 * const largest = (drawn: typeof table) => Math.max(...columnOf<number>(drawn, "support"));
 * const own = estimateBootstrap(table, { statistic: largest, replicates: 500, interval: "percentile" });
 * assertAlmostEquals(own.get("estimate", 0), 7, 1e-12);
 * ```
 */
export function estimateBootstrap(table: Table, options: EstimateBootstrapOptions): Table {
  const settings = checkSettings(options);
  const { statistic = "difference_in_means" } = options;
  const target = typeof statistic === "function"
    ? tableTarget(action, table, statistic, options)
    : nameTarget(action, table, statistic, options);
  const found = computeIntervals(target, settings);
  const rows = target.terms.map((term, index) => ({
    outcome: target.outcome,
    term,
    reference: target.reference,
    estimator: typeof statistic === "function" ? "bootstrap" : `bootstrap ${statistic}`,
    interval: settings.interval,
    ...tidyInterval(target.estimates[index]!, found[index]!, settings, target),
    conf_level: 1 - settings.alpha,
    n: target.n[index]!,
    replicates: found[index]!.draws,
    basis: settings.basis,
  }));
  return tableOfRows(rows, columnNames);
}

interface Settings {
  readonly interval: BootstrapIntervalMethod;
  readonly quantiles: "order" | "linear";
  readonly replicates: number;
  readonly seed: number;
  readonly alpha: number;
  readonly basis: Basis;
}

function checkSettings(options: EstimateBootstrapOptions): Settings {
  checkOptions(action, options, optionNames);
  const { statistic = "difference_in_means", interval = "bca", quantiles = "order", replicates = 2000 } =
    options;
  const { seed = 1, alpha = 0.05, basis = "synthetic" } = options;
  if (typeof statistic !== "function") checkOneOf<string>(action, "statistic", statistic, statisticNames);
  if (typeof statistic !== "function" || options.outcome !== undefined) {
    checkText(action, "outcome", options.outcome);
  }
  checkOneOf(action, "interval", interval, ["percentile", "basic", "normal", "studentised", "bca"]);
  if (interval === "studentised" && statistic !== "mean" && statistic !== "difference_in_means") {
    throw new RangeError(
      cannot(action, "interval", "not be studentised where the statistic has no standard error", statistic),
    );
  }
  checkOneOf(action, "quantiles", quantiles, ["order", "linear"]);
  checkWhole(action, "replicates", replicates, 20, 1e7);
  checkSeed(action, seed);
  checkLevel(action, "alpha", alpha);
  checkBasis(action, basis);
  return { interval, quantiles, replicates, seed, alpha, basis };
}

function computeIntervals(target: BootstrapTarget, settings: Settings): BootstrapInterval[] {
  const { interval, quantiles, replicates, seed, alpha } = settings;
  const studentised = interval === "studentised";
  const size = target.terms.length;
  const draws = target.terms.map(() => new Float64Array(replicates));
  const errors = target.terms.map(() => new Float64Array(replicates));
  const [estimates, stdErrors] = [new Float64Array(size), new Float64Array(size)];
  resampleUnits(target.count, (units, resample) => {
    target.compute(units, estimates, studentised ? stdErrors : undefined);
    for (let term = 0; term < size; term++) {
      draws[term]![resample] = estimates[term]!;
      errors[term]![resample] = stdErrors[term]!;
    }
  }, { random: stream(seed, "bootstrap"), strata: target.strata, replicates });
  const without = interval === "bca" ? target.leaveOut() : [];
  return target.terms.map((_, term) =>
    bootstrapInterval(draws[term]!, {
      estimate: target.estimates[term]!,
      method: interval,
      alpha,
      quantiles,
      ...(studentised ? { stdError: target.stdErrors[term]!, stdErrors: errors[term]! } : {}),
      ...(interval === "bca" ? { acceleration: jackknifeAcceleration(without[term]!, target.strata) } : {}),
    })
  );
}

function tidyInterval(
  estimate: number,
  found: BootstrapInterval,
  settings: Settings,
  target: BootstrapTarget,
): { [name: string]: number | string } {
  const failed = settings.replicates - found.draws;
  const reasons = [
    ...target.notes,
    `resampled ${target.count} ${target.drawn}`,
    ...(failed > 0 ? [`${failed} resamples could not be computed`] : []),
  ];
  // Resamples that never differ say nothing about uncertainty.
  const constant = !(found.stdError > 1e-14 * Math.abs(estimate));
  if (constant) {
    reasons.push(Number.isNaN(estimate) ? "no estimate can be computed" : "the resamples do not vary");
  }
  return {
    estimate,
    std_error: constant && !Number.isNaN(found.stdError) ? 0 : found.stdError,
    bias: found.bias,
    statistic: constant ? NaN : estimate / found.stdError,
    df: settings.interval === "normal" && !constant ? Infinity : NaN,
    p_value: constant ? NaN : found.pValue,
    conf_low: constant ? NaN : found.low,
    conf_high: constant ? NaN : found.high,
    reason: reasons.join("; "),
  };
}
