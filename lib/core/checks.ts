import { cannot, didYouMean, showValue } from "./errors.ts";
import { columnOf, isTable, type Table } from "./table.ts";

/** Checks that an options object holds only known names: a notebook's cells are not type-checked. */
export function checkOptions(action: string, options: object, known: readonly string[]): void {
  if (typeof options !== "object" || options === null || Array.isArray(options)) {
    throw new TypeError(cannot(action, "options", "be an object", options));
  }
  for (const name of Object.keys(options)) {
    if (known.includes(name)) continue;
    const are = `the options are ${known.join(", ")}${didYouMean(name, known)}`;
    throw new TypeError(`Cannot ${action} as option '${name}' is unknown: ${are}`);
  }
}

/** Checks that a value is a table with the named columns; names the missing ones and lists those present. */
export function checkColumns(
  action: string,
  table: Table,
  names: readonly string[],
  argument = "table",
): void {
  if (!isTable(table)) throw new TypeError(cannot(action, argument, "be an Arquero table", table));
  const present = table.columnNames();
  const missing = names.filter((name) => !present.includes(name));
  if (missing.length > 0) {
    throw new RangeError(
      `Cannot ${action} as '${argument}' has no column ${missing.map((name) => `'${name}'`).join(", ")}: ` +
        `its columns are ${present.join(", ")}${didYouMean(missing[0], present)}`,
    );
  }
}

/** Checks that a table has rows. */
export function checkRows(action: string, table: Table, argument = "table"): void {
  if (table.numRows() === 0) {
    throw new RangeError(cannot(action, argument, "have at least one row", "0 rows"));
  }
}

/** Checks that a column holds non-empty identifiers that are distinct as text: 1 and "1" are one name. */
export function checkIds(action: string, table: Table, name: string): void {
  const seen = new Map<string, number>();
  const ids = columnOf(table, name);
  ids.forEach((id, row) => {
    if (id === null || id === undefined || id === "" || Number.isNaN(id)) checkFilled(action, name, row);
    const first = seen.get(String(id));
    if (first !== undefined) {
      const both = ids[first] === id ? showValue(id) : `${showValue(ids[first])} and ${showValue(id)}`;
      throw new RangeError(
        `Cannot ${action} as column '${name}' must hold distinct values: ` +
          `${both} stand${ids[first] === id ? "s" : ""} in rows ${first + 1} and ${row + 1}`,
      );
    }
    seen.set(String(id), row);
  });
}

/** Checks that no row of a column is without a value: `row` is the first that is, or -1. */
export function checkFilled(action: string, column: string, row: number): void {
  if (row < 0) return;
  throw new RangeError(
    `Cannot ${action} as column '${column}' must not be empty: row ${row + 1} has no value`,
  );
}

/** Checks that no name occurs twice. */
export function checkDistinct(
  action: string,
  argument: string,
  rule: string,
  names: readonly string[],
): void {
  const seen = new Set<string>();
  for (const name of names) {
    if (seen.has(name)) throw new RangeError(cannot(action, argument, rule, `'${name}' twice`));
    seen.add(name);
  }
}

/** Checks that a value is a whole number within limits. */
export function checkWhole(
  action: string,
  argument: string,
  value: unknown,
  minimum = 0,
  maximum: number = Number.MAX_SAFE_INTEGER,
): asserts value is number {
  if (!Number.isSafeInteger(value) || (value as number) < minimum || (value as number) > maximum) {
    const limits = maximum === Number.MAX_SAFE_INTEGER
      ? `a whole number of at least ${minimum}`
      : `a whole number from ${minimum} to ${maximum}`;
    throw new RangeError(cannot(action, argument, `be ${limits}`, value));
  }
}

/** Checks that a value is a seed: any safe whole number, 0 and negative ones included. */
export function checkSeed(action: string, seed: unknown): asserts seed is number {
  if (!Number.isSafeInteger(seed)) {
    throw new TypeError(`${cannot(action, "seed", "be a whole number", seed)}; for example { seed: 1 }`);
  }
}

/** Checks that a value is one of a list. */
export function checkOneOf<T>(
  action: string,
  argument: string,
  value: unknown,
  allowed: readonly T[],
): asserts value is T {
  if (!allowed.includes(value as T)) {
    const rule = `be one of ${allowed.map(showValue).join(", ")}`;
    const hint = typeof value === "string" ? didYouMean(value, allowed.map(String)) : "";
    throw new RangeError(`${cannot(action, argument, rule, value)}${hint}`);
  }
}

/** Checks that a number lies strictly between 0 and 1. */
export function checkLevel(action: string, argument: string, value: unknown): asserts value is number {
  if (typeof value !== "number" || !(value > 0 && value < 1)) {
    throw new RangeError(cannot(action, argument, "lie between 0 and 1", value));
  }
}

/** Checks that a value is a number from 0 to 1, both included. */
export function checkShare(action: string, argument: string, value: unknown): asserts value is number {
  if (typeof value === "number" && value >= 0 && value <= 1) return;
  throw new RangeError(cannot(action, argument, "be a number from 0 to 1", value));
}

/** Checks that probabilities are in [0, 1] and sum to 1 (to 1e-9). */
export function checkProbabilities(
  action: string,
  argument: string,
  values: readonly unknown[],
): asserts values is number[] {
  let sum = 0;
  for (const value of values) {
    if (typeof value !== "number" || !(value >= 0 && value <= 1)) {
      throw new RangeError(cannot(action, argument, "hold probabilities from 0 to 1", value));
    }
    sum += value;
  }
  if (Math.abs(sum - 1) > 1e-9) {
    throw new RangeError(cannot(action, argument, "sum to 1", `${showValue(values)}, which sums to ${sum}`));
  }
}

/** Checks that weights are finite, non-negative and not all 0. */
export function checkWeights(
  action: string,
  argument: string,
  values: ArrayLike<unknown>,
): asserts values is ArrayLike<number> {
  let sum = 0;
  for (let row = 0; row < values.length; row++) {
    const value = values[row];
    if (typeof value !== "number" || !Number.isFinite(value) || value < 0) {
      throw new RangeError(
        `${cannot(action, argument, "hold finite numbers of at least 0", value)} (row ${row + 1})`,
      );
    }
    sum += value;
  }
  if (!(sum > 0)) throw new RangeError(cannot(action, argument, "have a positive sum", sum));
}

/** The weights of rows, checked; 1 for every row where no column is named. */
export function rowWeights(
  action: string,
  table: Table,
  name: string | undefined,
  argument?: string,
): Float64Array {
  if (name === undefined) return new Float64Array(table.numRows()).fill(1);
  checkColumns(action, table, [name], argument);
  const weights = columnOf<number>(table, name);
  checkWeights(action, name, weights);
  return Float64Array.from(weights);
}

/** Checks that a value is a name usable as a column and as a JSON property. */
export function checkName(action: string, argument: string, value: unknown): asserts value is string {
  if (value === "__proto__") {
    throw new RangeError(cannot(action, argument, "not be a name that every object has", value));
  }
  if (typeof value !== "string" || !/^[A-Za-z_][A-Za-z0-9_]{0,63}$/.test(value)) {
    throw new RangeError(
      cannot(
        action,
        argument,
        "be a name of letters, digits and underscores that does not start with a digit",
        value,
      ),
    );
  }
}

/** Checks that a value is a non-empty text. */
export function checkText(action: string, argument: string, value: unknown): asserts value is string {
  if (typeof value !== "string" || value.trim() === "") {
    throw new TypeError(cannot(action, argument, "be a non-empty text", value));
  }
}
