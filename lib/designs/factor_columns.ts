import { cannot, checkColumns, checkOptions, columnOf, type Table, tableOf } from "../core/mod.ts";
import type { Factorial } from "./declare_factorial.ts";

/** Options of {@linkcode factorColumns}. */
export interface FactorColumnsOptions {
  /**
   * The column of arms.
   * @default "arm"
   */
  readonly arm?: string;
}

const action = "add factor columns";

/**
 * Adds one column per factor to a table that has the arms of a factorial.
 *
 * For assigned personas and for answers: main effects and interactions of the factors can then be estimated.
 *
 * @param table needs the arms
 * @param factorial from `declareFactorial`
 * @param options see {@linkcode FactorColumnsOptions} (defaults there)
 * @returns the table with one column per factor; where a row has no arm, they are `null`
 * @throws {RangeError} if the arm column is missing, holds an arm that the factorial has not, or a column has the name
 * of a factor already
 * @throws {TypeError} if `factorial` is not from `declareFactorial`
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { columnOf, tableOf } from "@understudy/understudy/core";
 * import { declareFactorial, factorColumns } from "@understudy/understudy/designs";
 *
 * const factorial = declareFactorial({
 *   factors: { tone: ["calm", "angry"], source: ["police", "witness"] },
 *   text: "A {{ tone }} report by the {{ source }}.",
 * });
 * const assigned = tableOf({ persona_id: ["p1", "p2"], arm: ["angry.police", "calm.police"] });
 * assertEquals(columnOf(factorColumns(assigned, factorial), "tone"), ["angry", "calm"]);
 * ```
 */
export function factorColumns(table: Table, factorial: Factorial, options: FactorColumnsOptions = {}): Table {
  checkOptions(action, options, ["arm"]);
  if (typeof factorial?.levels !== "object" || typeof factorial.factors !== "object") {
    throw new TypeError(cannot(action, "factorial", "be the result of declareFactorial({ … })", factorial));
  }
  const arm = options.arm ?? "arm";
  checkColumns(action, table, [arm]);
  const names = Object.keys(factorial.factors);
  const existing = names.find((name) => table.columnNames().includes(name));
  if (existing !== undefined) {
    throw new RangeError(
      `Cannot ${action} as 'table' must not have a column '${existing}' yet: rename or drop it`,
    );
  }
  const arms = columnOf(table, arm);
  arms.forEach((name) => checkArm(name, factorial));
  const present = table.columnNames().map((name) => [name, columnOf(table, name)]);
  const added = names.map((
    name,
  ) => [name, arms.map((value) => factorial.levels[String(value)]?.[name] ?? null)]);
  return tableOf(Object.fromEntries([...present, ...added]));
}

function checkArm(name: unknown, factorial: Factorial): void {
  if (name === null || name === undefined || Object.hasOwn(factorial.levels, String(name))) return;
  throw new RangeError(
    cannot(action, "arm", `hold arms (${Object.keys(factorial.levels).join(", ")})`, name),
  );
}
