import { checkColumns, checkRows } from "../../core/checks.ts";
import { cannot } from "../../core/errors.ts";
import { pickOutcome, recordedAssignment } from "../../core/study.ts";
import { columnOf, combineLabels, encodeLabels, groupRows, type Table } from "../../core/table.ts";
import { leaveEachOut } from "./bootstrap_statistics.ts";
import type { BootstrapTarget } from "./bootstrap_target.ts";
import type { EstimateBootstrapOptions, TableStatistic } from "./estimate_bootstrap_options.ts";

/** Reads a statistic that is a function of a table: the units' rows are put together anew for each resample. */
export function tableTarget(
  action: string,
  table: Table,
  statistic: TableStatistic,
  options: EstimateBootstrapOptions,
): BootstrapTarget {
  checkColumns(action, table, []);
  checkRows(action, table);
  for (const name of ["weights", "category"] as const) {
    if (options[name] !== undefined) {
      throw new RangeError(
        cannot(action, name, "not be given where 'statistic' is a function", options[name]),
      );
    }
  }
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
    outcome: options.outcome ?? "",
    terms,
    reference: "",
    estimates: Float64Array.from(terms, (term) => observed[term]!),
    stdErrors: new Float64Array(terms.length).fill(NaN),
    n: terms.map(() => units.rows.length),
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
  options: EstimateBootstrapOptions,
): { rows: readonly (readonly number[])[]; strata: Int32Array; name: string } {
  const names = table.columnNames();
  const { blocks, clusters } = recordedAssignment(table, options);
  const persona = options.persona ?? (names.includes("persona_id") ? "persona_id" : undefined);
  const arm = options.arm ?? (names.includes("arm") ? "arm" : undefined);
  const column = clusters ?? persona;
  const labels = [...(arm === undefined ? [] : [arm]), ...blocks];
  checkColumns(action, table, column === undefined ? labels : [...labels, column]);
  const encode = (name: string) => encodeLabels(action, name, columnOf(table, name));
  const codes = column === undefined ? null : encode(column).codes;
  const rows = codes === null
    ? Array.from({ length: table.numRows() }, (_, row) => [row])
    : [...groupRows(codes)].filter(([code]) => code >= 0).map(([, list]) => list);
  if (rows.length < 2) throw new RangeError(cannot(action, "table", "hold at least two units", rows.length));
  const strata = new Int32Array(rows.length);
  const label = labels.length === 0 ? null : combineLabels(labels.map(encode)).codes;
  // Where a unit lies in several strata, units are drawn from all of them at once.
  if (label !== null && rows.every((list) => list.every((row) => label[row] === label[list[0]!]))) {
    rows.forEach((list, unit) => strata[unit] = label[list[0]!]!);
  }
  const name = clusters !== undefined ? "clusters" : persona !== undefined ? "personas" : "rows";
  return { rows, strata, name };
}
