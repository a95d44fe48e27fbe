import { cannot, checkColumns, columnOf, distinct, type Table } from "../core/mod.ts";

/** Reads covariates as numbers: numbers as they are, anything else as one indicator for each level but the first. */
export function readCovariates(action: string, table: Table, names: string | readonly string[]): number[][] {
  const listed = typeof names === "string" ? [names] : names;
  if (!Array.isArray(listed) || listed.length === 0) {
    throw new TypeError(cannot(action, "covariates", "name at least one column", names));
  }
  checkColumns(action, table, listed);
  return listed.flatMap((name) => {
    const values = columnOf(table, name);
    const row = values.findIndex((value) =>
      value === null || value === undefined || value === "" ||
      (typeof value === "number" && !Number.isFinite(value))
    );
    if (row >= 0) {
      throw new RangeError(
        `Cannot ${action} as covariate '${name}' must not be empty: row ${row + 1} has no finite value`,
      );
    }
    if (values.every((value) => typeof value === "number")) return [values as number[]];
    const levels = distinct(values.map(String)).sort().slice(1);
    return levels.map((level) => values.map((value) => String(value) === level ? 1 : 0));
  });
}
