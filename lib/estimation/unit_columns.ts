import { checkColumns } from "../core/checks.ts";
import { cannot } from "../core/errors.ts";
import { columnOf, type Table } from "../core/table.ts";
import { compareArms } from "./effect_comparison.ts";
import type { EffectRows } from "./effect_rows.ts";
import { gatherUnits } from "./effect_units.ts";

/** Reads a column of numbers (true and false are 1 and 0), `NaN` where there is none. */
export function readNumbers(action: string, table: Table, name: string): Float64Array {
  checkColumns(action, table, [name]);
  return Float64Array.from(columnOf(table, name), (value, row) => {
    if (value === null || value === undefined || value === "" || Number.isNaN(value)) return NaN;
    if (typeof value === "boolean") return value ? 1 : 0;
    if (typeof value === "number" && Number.isFinite(value)) return value;
    throw new TypeError(
      `${cannot(action, name, "hold finite numbers, true or false", value)} (row ${row + 1})`,
    );
  });
}

/** Leaves out rows that lack a value of a column, naming what they lack. */
export function leaveOutWithout(
  rows: EffectRows,
  columns: readonly { readonly name: string; readonly values: Float64Array }[],
): EffectRows {
  const leftOut = rows.leftOut.map((why, row) =>
    why ?? columns.find(({ values }) => Number.isNaN(values[row]))?.name
  );
  return { ...rows, leftOut };
}

/** A column gathered to the units of two arms, as the outcome is: averaged over the rows of a persona in an arm. */
export function gatherColumn(
  action: string,
  rows: EffectRows,
  values: Float64Array,
  reference: number,
  term: number,
): Float64Array {
  return compareArms(action, gatherUnits(action, { ...rows, value: values }), reference, term).outcome;
}
