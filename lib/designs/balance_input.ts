import { checkColumns, checkWeights, columnOf, distinct, findReference, type Table } from "../core/mod.ts";
import type { Feature } from "./balance_features.ts";

/** What is compared, checked. */
export interface BalanceInput {
  /** One entry per numeric covariate, or level. */
  readonly features: readonly Feature[];
  /** The arms' names, the reference first. */
  readonly names: readonly string[];
  /** The arm of each row, by its place in `names`. */
  readonly arms: Int32Array;
  /** The weight of each row. */
  readonly weights: ArrayLike<number>;
}

/** Reads the arm of each row; the reference is the first. */
export function readArms(
  action: string,
  values: readonly unknown[],
  column: string,
  reference: string | number | undefined,
): Pick<BalanceInput, "names" | "arms"> {
  const empty = values.findIndex((value) => value === null || value === undefined || value === "");
  if (empty >= 0) {
    throw new RangeError(
      `Cannot ${action} as column '${column}' must not be empty: row ${empty + 1} has no value`,
    );
  }
  const found = distinct(values.map(String)).sort();
  const first = found[findReference(action, found, reference).reference]!;
  const names = [first, ...found.filter((name) => name !== first)];
  const places = new Map(names.map((name, place) => [name, place]));
  return { names, arms: Int32Array.from(values, (value) => places.get(String(value))!) };
}

/** Reads the weight of each row. */
export function readWeights(action: string, assigned: Table, name: string | undefined): ArrayLike<number> {
  if (name === undefined) return new Float64Array(assigned.numRows()).fill(1);
  checkColumns(action, assigned, [name], "assigned");
  const weights = columnOf(assigned, name);
  checkWeights(action, name, weights);
  return weights;
}
