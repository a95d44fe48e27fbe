import { cannot } from "../../core/errors.ts";
import type { Table } from "../../core/table.ts";
import { meanStatistic, medianStatistic, type UnitStatistic } from "./bootstrap_statistics.ts";
import { type BootstrapUnits, readBootstrapUnits } from "./bootstrap_units.ts";
import type { BootstrapStatisticName, EstimateBootstrapOptions } from "./estimate_bootstrap_options.ts";
import { findReference, recordedReference } from "../../core/study.ts";

/** What a bootstrap resamples: the units, the statistic, and what it is of the data themselves. */
export interface BootstrapTarget extends UnitStatistic {
  readonly count: number;
  readonly strata: Int32Array;
  /** What a unit is, in the plural. */
  readonly drawn: string;
  readonly outcome: string;
  readonly terms: readonly string[];
  readonly reference: string;
  /** Each term of the data themselves. */
  readonly estimates: Float64Array;
  /** Their standard errors, where the statistic has one. */
  readonly stdErrors: Float64Array;
  /** Observations behind each term. */
  readonly n: readonly number[];
  readonly notes: readonly string[];
}

/** Reads a statistic by name. */
export function nameTarget(
  action: string,
  table: Table,
  statistic: BootstrapStatisticName,
  options: EstimateBootstrapOptions,
): BootstrapTarget {
  const compares = statistic.startsWith("difference");
  const median = statistic.endsWith("s") ? statistic === "difference_in_medians" : statistic === "median";
  if (median && options.weights !== undefined) {
    throw new RangeError(cannot(action, "weights", "not be given for medians", options.weights));
  }
  const units = readBootstrapUnits(action, table, { ...options, outcome: options.outcome! }, compares);
  if (units.count < 2) {
    throw new RangeError(
      `Cannot ${action} as 'table' must hold at least two ${units.name} with a value: it holds ${units.count}`,
    );
  }
  const { reference, notes } = compares
    ? findReference(action, units.arms, options.reference ?? recordedReference(table))
    : { reference: null, notes: [] };
  const terms = [...units.arms.keys()].filter((arm) => arm !== reference);
  const compute = median ? medianStatistic(units, terms, reference) : meanStatistic(units, terms, reference);
  return {
    ...compute,
    ...computeObserved(units, compute, terms.length, !median),
    count: units.count,
    strata: units.strata,
    drawn: units.name,
    outcome: options.category === undefined ? options.outcome! : `${options.outcome} = ${options.category}`,
    terms: terms.map((term) => compares ? units.arms[term]! : statistic),
    reference: reference === null ? "" : units.arms[reference]!,
    n: terms.map((term) => units.arm.filter((arm) => arm === term || arm === reference).length),
    notes: [...notes, ...units.notes],
  };
}

function computeObserved(
  units: BootstrapUnits,
  statistic: UnitStatistic,
  terms: number,
  withErrors: boolean,
): { estimates: Float64Array; stdErrors: Float64Array } {
  const estimates = new Float64Array(terms);
  const stdErrors = new Float64Array(terms).fill(NaN);
  // Strata together, as in a resample.
  const all = Int32Array.from({ length: units.count }, (_, unit) => unit)
    .sort((a, b) => units.strata[a]! - units.strata[b]! || a - b);
  statistic.compute(all, estimates, withErrors ? stdErrors : undefined);
  return { estimates, stdErrors };
}
