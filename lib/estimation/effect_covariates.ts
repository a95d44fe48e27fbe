import { checkColumns } from "../core/checks.ts";
import { cannot } from "../core/errors.ts";
import { pickOutcome } from "../core/outcome.ts";
import { columnOf, type Table } from "../core/table.ts";
import type { EffectRows } from "./effect_rows.ts";
import { type EffectUnits, gatherUnits } from "./effect_units.ts";
import { encodeLabels, type Labelled, sortLabels } from "./encode_labels.ts";

/** One column of covariates: numbers, or an indicator of one name. */
export interface Covariate {
  /** What it is called. */
  readonly name: string;
  /** One number per row or unit; `NaN` where there is none. */
  readonly values: Float64Array;
}

/** Reads covariates: a column with any text is one of names, and becomes an indicator of each but the first. */
export function readCovariates(
  action: string,
  table: Table,
  outcome: string,
  names: readonly string[],
): Covariate[] {
  if (names.length === 0) return [];
  checkColumns(action, table, names);
  const picked = pickOutcome(action, table, outcome);
  return names.flatMap((name) => {
    const typed = typedColumn(picked, name);
    if (typed !== null) return [{ name, values: typed }];
    const values = columnOf(picked, name);
    return values.some((value) => typeof value === "string" && value !== "")
      ? indicators(name, sortLabels(encodeLabels(action, name, values)))
      : [{ name, values: readNumbers(action, name, values) }];
  });
}

/** A column that is held as numbers already, without a copy; `null` where it is not, or holds an infinite one. */
function typedColumn(table: Table, name: string): Float64Array | null {
  if (table.isFiltered() || table.isOrdered()) return null;
  const column: unknown = table.column(name);
  if (!(column instanceof Float64Array)) return null;
  for (let row = 0; row < column.length; row++) if (Math.abs(column[row]!) === Infinity) return null;
  return column;
}

/** An indicator of each name but the first. */
export function indicators(name: string, { codes, labels }: Labelled): Covariate[] {
  return labels.slice(1).map((label, at) => ({
    name: `${name} = ${label}`,
    values: Float64Array.from(codes, (code) => code < 0 ? NaN : code === at + 1 ? 1 : 0),
  }));
}

function readNumbers(action: string, name: string, values: readonly unknown[]): Float64Array {
  const numbers = new Float64Array(values.length);
  for (let row = 0; row < numbers.length; row++) {
    const value = values[row];
    if (typeof value === "number" && Number.isFinite(value)) numbers[row] = value;
    else if (value === null || value === undefined || value === "" || Number.isNaN(value)) numbers[row] = NaN;
    else if (typeof value === "boolean") numbers[row] = value ? 1 : 0;
    else throw new TypeError(cannot(action, name, "hold finite numbers, texts, true or false", value));
  }
  return numbers;
}

/** Rows that lack a covariate do not count. */
export function leaveOutLacking(rows: EffectRows, covariates: readonly Covariate[]): EffectRows {
  const leftOut = rows.leftOut.slice();
  for (const { name, values } of covariates) {
    for (let row = 0; row < values.length; row++) {
      if (Number.isNaN(values[row])) leftOut[row] ??= `without '${name.split(" = ")[0]}'`;
    }
  }
  return { ...rows, leftOut };
}

/** Each unit's covariates: the mean over its rows that count. */
export function gatherCovariates(
  action: string,
  rows: EffectRows,
  units: EffectUnits,
  covariates: readonly Covariate[],
): Covariate[] {
  // Where every row is a unit, in the same order, there is nothing to gather.
  if (units.arm.length === rows.value.length) return [...covariates];
  return covariates.map(({ name, values }) => ({
    name,
    values: gatherUnits(action, { ...rows, value: values }).value,
  }));
}
