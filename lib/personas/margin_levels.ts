import { cannot, columnOf, type Table } from "../core/mod.ts";
import type { MarginTarget } from "./margin_targets.ts";

/** Checks that every row has a level with a target, and every level that is needed a row with a weight. */
export function checkLevels(
  action: string,
  table: Table,
  margin: MarginTarget,
  codes: Int32Array,
  base: ArrayLike<number>,
): void {
  const sums = new Float64Array(margin.levels.length);
  for (let row = 0; row < codes.length; row++) {
    const code = codes[row]!;
    if (code < 0) throw levelError(action, table, margin, row, code);
    sums[code]! += base[row]!;
  }
  const empty = margin.levels.find((_, level) => margin.shares[level]! > 0 && sums[level] === 0);
  if (empty !== undefined) {
    throw new RangeError(
      `Cannot ${action} as 'targets.${margin.name}' needs level '${empty}', which no row with a positive weight has`,
    );
  }
}

function levelError(
  action: string,
  table: Table,
  margin: MarginTarget,
  row: number,
  code: number,
): RangeError {
  if (code === -1) {
    return new RangeError(
      `Cannot ${action} as column '${margin.name}' must not be empty: row ${row + 1} has no value`,
    );
  }
  const level = columnOf(table, margin.name)[row];
  const rule = `have a target for every level in the data, also '${level}'`;
  return new RangeError(cannot(action, `targets.${margin.name}`, rule, margin.levels));
}
