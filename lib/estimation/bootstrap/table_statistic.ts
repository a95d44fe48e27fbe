import { checkColumns, checkRows } from "../../core/checks.ts";
import { cannot } from "../../core/errors.ts";
import type { ComparisonOptions, WeightOptions } from "../../core/options.ts";
import { pickOutcome, readStudy } from "../../core/study.ts";
import { combineLabels, groupRows, type Table } from "../../core/table.ts";
import type { BootstrapTarget } from "./resampled_units.ts";

/** A statistic of a table: one number, or several with their names. */
export type TableStatistic = (table: Table) => number | { readonly [term: string]: number };

/** Reads a statistic that is a function of a table: the units' rows are put together anew for each resample. */
export function tableTarget(
  action: string,
  table: Table,
  statistic: TableStatistic,
  options: Partial<ComparisonOptions> & WeightOptions,
): BootstrapTarget {
  for (const name of ["weights", "category"] as const) {
    if (options[name] === undefined) continue;
    throw new RangeError(cannot(action, name, "not be given where 'statistic' is a function", options[name]));
  }
  checkColumns(action, table, []);
  checkRows(action, table);
  const base = (options.outcome === undefined ? table : pickOutcome(action, table, options.outcome)).reify();
  const units = readUnits(action, base, options);
  const observed = readResult(action, statistic(base));
  const terms = Object.keys(observed);
  const compute = (drawn: ArrayLike<number>, estimates: Float64Array) => {
    const rows: number[] = [];
    for (let i = 0; i < drawn.length; i++) rows.push(...units.rows[drawn[i]!]!);
    const found = readResult(action, statistic(base.reify(rows)));
    terms.forEach((term, index) => estimates[index] = found[term] ?? NaN);
  };
  return {
    compute,
    leaveOut: () => leaveEachOut(units.rows.length, terms.length, compute),
    count: units.rows.length,
    strata: units.strata,
    drawn: units.name,
    terms: terms.map((term) => ({ arm: "", term, n: units.rows.length })),
    reference: "",
    estimates: Float64Array.from(terms, (term) => observed[term]!),
    stdErrors: new Float64Array(terms.length).fill(NaN),
    notes: [],
  };
}

function readResult(action: string, result: unknown): { [term: string]: number } {
  if (typeof result === "number") return { statistic: result };
  const values = typeof result === "object" && result !== null ? Object.values(result) : [];
  if (values.length === 0 || values.some((value) => typeof value !== "number")) {
    throw new TypeError(cannot(action, "statistic", "return a number, or numbers by name", result));
  }
  return result as { [term: string]: number };
}

/** The rows of each unit, and the units' strata: arm (where there is such a column) and block. */
function readUnits(
  action: string,
  table: Table,
  { arm, blocks, clusters, persona }: Partial<ComparisonOptions>,
): { rows: readonly (readonly number[])[]; strata: Int32Array; name: string } {
  const compared = arm ?? (table.columnNames().includes("arm") ? "arm" : null);
  const study = readStudy(action, table, { arm: compared, blocks, clusters, persona });
  const column = study.cluster ?? study.persona;
  const rows = column === null
    ? Array.from({ length: table.numRows() }, (_, row) => [row])
    : [...groupRows(column.codes)].filter(([code]) => code >= 0).map(([, list]) => list);
  if (rows.length < 2) throw new RangeError(cannot(action, "table", "hold at least two units", rows.length));
  const strata = new Int32Array(rows.length);
  const labels = [compared === null ? null : study.arm, study.block].filter((labelled) => labelled !== null);
  const label = labels.length === 0 ? null : combineLabels(labels).codes;
  // Where a unit lies in several strata, units are drawn from all of them at once.
  if (label !== null && rows.every((list) => list.every((row) => label[row] === label[list[0]!]))) {
    rows.forEach((list, unit) => strata[unit] = label[list[0]!]!);
  }
  const name = study.cluster !== null ? "clusters" : study.persona !== null ? "personas" : "rows";
  return { rows, strata, name };
}

/** Each term without each unit, by computing it anew. */
function leaveEachOut(
  count: number,
  terms: number,
  compute: (units: Int32Array, estimates: Float64Array) => void,
): Float64Array[] {
  const without = Array.from({ length: terms }, () => new Float64Array(count));
  const estimates = new Float64Array(terms);
  for (let unit = 0; unit < count; unit++) {
    const others = Int32Array.from({ length: count - 1 }, (_, i) => i < unit ? i : i + 1);
    compute(others, estimates);
    estimates.forEach((estimate, term) => without[term]![unit] = estimate);
  }
  return without;
}
