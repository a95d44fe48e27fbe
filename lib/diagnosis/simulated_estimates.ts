import { cannot, checkColumns, columnOf, showValue, type Table, tableOfRows } from "../core/mod.ts";

/** The true value: the same for every row, or by arm. */
export type Truth = number | { readonly [term: string]: number };

/** One row of an estimates table, by column. */
export type EstimateRecord = { readonly [name: string]: unknown };

/** What identifies an estimate across simulations. */
export const identityColumns = ["label", "outcome", "arm", "term", "reference", "estimator"];

const kept = [
  ...identityColumns,
  "estimate",
  "std_error",
  "p_value",
  "conf_low",
  "conf_high",
  "conf_level",
  "reason",
];

/** Gathers what an estimator found in each simulation, beside the truth. */
export class SimulatedEstimates {
  readonly #action: string;
  readonly #rows: { [name: string]: unknown }[] = [];
  readonly #names: Set<string> = new Set(["simulation", "truth"]);

  /** Starts an empty list for an action. */
  constructor(action: string) {
    this.#action = action;
  }

  /** Adds the estimates of one simulation. */
  add(simulation: number, estimates: Table, truthOf: (row: EstimateRecord) => number): void {
    checkColumns(this.#action, estimates, ["estimate"], "estimator(…)");
    const names = estimates.columnNames().filter((name) => kept.includes(name));
    const columns = names.map((name) => columnOf(estimates, name));
    for (const name of names) this.#names.add(name);
    for (let row = 0; row < estimates.numRows(); row++) {
      const values = Object.fromEntries(names.map((name, i) => [name, columns[i]![row]]));
      this.#rows.push({ simulation, truth: truthOf(values), ...values });
    }
  }

  /** One row per simulation and estimate. */
  table(): Table {
    if (this.#rows.length === 0) {
      throw new RangeError(cannot(this.#action, "estimator", "return at least one estimate", "no rows"));
    }
    return tableOfRows(this.#rows, [...this.#names]);
  }
}

/** The truth of a row, from one number or from numbers by term. */
export function truthByTerm(action: string, truth: Truth, row: EstimateRecord): number {
  const value = typeof truth === "object" && truth !== null ? lookUp(action, truth, row) : truth;
  if (typeof value !== "number" || !Number.isFinite(value)) {
    throw new TypeError(cannot(action, "truth", "be a finite number, or one for each arm", value));
  }
  return value;
}

function lookUp(action: string, truth: { readonly [term: string]: number }, row: EstimateRecord): number {
  const term = String(row.arm ?? row.term);
  if (!Object.hasOwn(truth, term)) {
    throw new RangeError(
      `Cannot ${action} as 'truth' must name every arm: ${showValue(term)} is missing, it names ${
        Object.keys(truth).map((name) => showValue(name)).join(", ") || "none"
      }`,
    );
  }
  return truth[term]!;
}
