import { checkText } from "../../core/checks.ts";
import { cannot } from "../../core/errors.ts";
import type { DrawOptions, EffectOptions, ReadOptions, RulesFor } from "../../core/options.ts";
import { column, drawRules, effectRules, oneOf, readOptions, rule, whole } from "../../core/options.ts";
import { estimateRow, estimateTableColumns } from "../../core/rows.ts";
import { stream } from "../../core/stream.ts";
import { outcomeName, readStudy, referenceOf } from "../../core/study.ts";
import { type Table, tableOfRows } from "../../core/table.ts";
import { gatherUnits, inOneArm, noteLeftOut } from "../../core/units.ts";
import type { BootstrapInterval, BootstrapIntervalMethod } from "../../stats/bootstrap.ts";
import { bootstrapInterval, jackknifeAcceleration } from "../../stats/bootstrap.ts";
import { enoughDiffering, findAgreement } from "../../stats/inference.ts";
import { resampleUnits } from "../../stats/resampling.ts";
import type { BootstrapTarget, ResampledUnits, TableStatistic } from "./resampled_target.ts";
import { everyUnit, meanStatistic, resampledUnits, tableTarget } from "./resampled_target.ts";

/** A statistic by name. */
export type BootstrapStatisticName = "mean" | "difference_in_means";

/** Options of {@linkcode estimateBootstrap}. */
export interface EstimateBootstrapOptions extends Omit<EffectOptions, "outcome">, DrawOptions {
  /**
   * The outcome: an item's name in a table of answers, a column's in a wide table.
   * @default {undefined} for a function; otherwise it must be given
   */
  outcome?: string;
  /**
   * The statistic, by name or as a function of a table with the rows of the units drawn. A function needs no `outcome`;
   * where it is given, the function sees the rows of that item.
   * @default {"difference_in_means"}
   */
  statistic?: BootstrapStatisticName | TableStatistic;
  /**
   * How the interval is read from the resamples; `studentised` and `symmetric_studentised` are for means and their
   * differences.
   * @default {"bca"} or `"symmetric_studentised"` for means where fewer than 200 units are drawn in an arm
   */
  interval?: BootstrapIntervalMethod;
  /**
   * The number of resamples.
   * @default {2000}
   */
  replicates?: number;
}

const action = "estimate by bootstrap";

const byName = oneOf(["mean", "difference_in_means"], "difference_in_means");

const rules = {
  ...effectRules,
  ...drawRules,
  outcome: column,
  statistic: rule<BootstrapStatisticName | TableStatistic, "difference_in_means">(
    (action, name, value) => typeof value === "function" ? undefined : byName.check(action, name, value),
    "difference_in_means",
  ),
  interval: oneOf(
    ["percentile", "basic", "normal", "studentised", "symmetric_studentised", "bca"],
    undefined,
  ),
  replicates: whole(2000, 20, 1e7),
} as const satisfies RulesFor<EstimateBootstrapOptions>;

const columnNames = estimateTableColumns(["term", "interval"], ["bias", "replicates"]);

/**
 * Estimates a statistic with a bootstrap interval: a mean, a difference between arms, or any function of a table, such
 * as a difference of medians.
 *
 * Use it where no formula for the standard error is at hand or the outcome is skewed. Units are drawn with
 * replacement: clusters, else personas with all their replies, else rows; within arms and blocks wherever each unit
 * lies in one. It assumes that units are independent. With few of them `bca` covers skewed outcomes too seldom, so that
 * means have the interval of Hall's symmetric studentised bootstrap; `notes` say where an arm has fewer than 50 units, or
 * (almost) agrees, which resamples cannot make up for. What cannot be computed is `NaN` with a reason.
 *
 * @param table one row per answer (with `item` and `value`) or per unit
 * @param options the statistic, the outcome and what is drawn; see {@linkcode EstimateBootstrapOptions}
 * @returns one row per arm other than the reference, or per number that the function gave: `arm` (empty where none is
 * compared), `term` (the statistic, or the name that the function gave), `interval`, `estimate` (from the data
 * themselves), `std_error` (standard deviation of the resamples), `statistic` (estimate / std_error), `df` (infinite for
 * `normal`, `NaN` otherwise), `p_value` (two-sided, of zero: the smallest `alpha` whose interval leaves out 0),
 * `conf_low`, `conf_high`, `conf_level`, `n` (observations), `bias` (mean of the resamples less the estimate),
 * `replicates` (resamples that could be computed), `basis`, `notes`, `reason`
 * @throws {RangeError} if a column, arm or item is missing or an option is out of range
 * @throws {TypeError} if an option is unknown, or the function does not return numbers
 * @see Davison and Hinkley 1997, Bootstrap Methods and their Application, chapter 5; Efron 1987; Hall 1988
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
  const settings = readOptions(action, options, rules, table);
  const { statistic, alpha, basis } = settings;
  if (isStudentised(settings.interval) && typeof statistic === "function") {
    const rule = "not be studentised where the statistic has no standard error";
    throw new RangeError(cannot(action, "interval", rule, statistic));
  }
  const target = typeof statistic === "function"
    ? tableTarget(action, table, statistic, options)
    : namedTarget(table, settings);
  const interval = settings.interval ??
    (typeof statistic !== "function" && target.fewest < enoughForBca ? "symmetric_studentised" : "bca");
  const intervals = computeIntervals(target, { ...settings, interval });
  const rows = target.terms.map(({ arm, term, n }, at) =>
    estimateRow({
      outcome: settings.outcome === undefined ? "" : outcomeName(settings),
      arm,
      reference: target.reference,
      estimator: "bootstrap",
      term,
      interval,
      ...tidyInterval(target.estimates[at]!, intervals[at]!, { ...settings, interval }, target),
      conf_level: 1 - alpha,
      n,
      basis,
    })
  );
  return tableOfRows(rows, columnNames);
}

type Settings = ReadOptions<EstimateBootstrapOptions, typeof rules>;
type IntervalSettings = Settings & { readonly interval: BootstrapIntervalMethod };

/** So many units in each arm are enough for `bca`, which needs no standard error. */
const enoughForBca = 200;

function isStudentised(interval: BootstrapIntervalMethod | undefined): boolean {
  return interval === "studentised" || interval === "symmetric_studentised";
}

function namedTarget(table: Table, settings: Settings): BootstrapTarget {
  const { outcome, statistic } = settings;
  checkText(action, "outcome", outcome);
  const compares = statistic === "difference_in_means";
  const request = { ...settings, outcome };
  const study = compares
    ? readStudy(action, table, request)
    : inOneArm(readStudy(action, table, { ...request, arm: null }));
  const gathered = gatherUnits(action, study);
  const units = resampledUnits(study, [gathered]);
  if (units.count < 2) {
    const rule = `hold at least two ${units.name} with a value`;
    throw new RangeError(`Cannot ${action} as 'table' must ${rule}: it holds ${units.count}`);
  }
  const { reference, notes } = compares
    ? referenceOf(study, settings.reference)
    : { reference: null, notes: [] };
  const { labels } = study.arm;
  const arms = [...labels.keys()].filter((arm) => arm !== reference);
  const computed = meanStatistic(units, 0, arms, reference);
  const [estimates, stdErrors] = [new Float64Array(arms.length), new Float64Array(arms.length)];
  computed.compute(everyUnit(units), estimates, stdErrors);
  return {
    ...computed,
    count: units.count,
    strata: units.strata,
    drawn: units.name,
    fewest: fewestUnits(units),
    terms: arms.map((own) => ({
      arm: compares ? labels[own]! : "",
      term: statistic as string,
      n: units.arm.filter((arm) => arm === own || arm === reference).length,
    })),
    reference: reference === null ? "" : labels[reference]!,
    estimates,
    stdErrors,
    notes: [
      ...notes,
      ...noteLeftOut(gathered, [...labels.keys()]),
      ...(compares ? labels : []).filter((_, arm) => findAgreement(units.values[0]!, units.arm, arm)).map((
        label,
      ) =>
        `fewer than ${enoughDiffering} answers of '${label}' differ from its most common one: resamples show no others`
      ),
    ],
  };
}

function fewestUnits({ count, start, arm, arms }: ResampledUnits): number {
  const counts = new Int32Array(arms);
  for (let unit = 0; unit < count; unit++) {
    for (const own of new Set(arm.subarray(start[unit], start[unit + 1]))) counts[own] = counts[own]! + 1;
  }
  return counts.reduce((fewest, own) => own > 0 && own < fewest ? own : fewest, count);
}

function computeIntervals(target: BootstrapTarget, settings: IntervalSettings): BootstrapInterval[] {
  const { interval, replicates, seed, alpha } = settings;
  const studentised = isStudentised(interval);
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
      ...(studentised ? { stdError: target.stdErrors[term]!, stdErrors: errors[term]! } : {}),
      ...(interval === "bca" ? { acceleration: jackknifeAcceleration(without[term]!, target.strata) } : {}),
    })
  );
}

function tidyInterval(
  estimate: number,
  found: BootstrapInterval,
  { interval, replicates }: IntervalSettings,
  target: BootstrapTarget,
): { [column: string]: unknown } & { notes: string[]; reason: string[] } {
  const failed = replicates - found.draws;
  const notes = [
    ...target.notes,
    target.fewest < 50
      ? `few units: ${target.fewest} ${target.drawn} in the smallest arm; intervals of skewed outcomes may cover too seldom`
      : "",
    `resampled ${target.count} ${target.drawn}`,
    ...(failed > 0 ? [`${failed} resamples could not be computed`] : []),
  ];
  const shared = { estimate, bias: found.bias, replicates: found.draws, notes };
  // Resamples that never differ say nothing about uncertainty.
  if (!(found.stdError > 1e-14 * Math.abs(estimate))) {
    const reason = [Number.isNaN(estimate) ? "no estimate can be computed" : "the resamples do not vary"];
    return { ...shared, std_error: Number.isNaN(found.stdError) ? NaN : 0, reason };
  }
  return {
    ...shared,
    std_error: found.stdError,
    statistic: estimate / found.stdError,
    df: interval === "normal" ? Infinity : NaN,
    p_value: found.pValue,
    conf_low: found.low,
    conf_high: found.high,
    reason: Number.isNaN(found.pValue) ? ["the interval cannot be computed from the resamples"] : [],
  };
}
