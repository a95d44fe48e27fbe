import { median } from "simple-statistics";
import { checkColumns, checkIds, checkOneOf, checkRows } from "../core/checks.ts";
import { configurationColumns } from "../core/columns.ts";
import { cannot } from "../core/errors.ts";
import { formatNumber } from "../core/format.ts";
import { columnOf, distinct, heldColumns, type Table } from "../core/table.ts";

/** Configurations of a multiverse, and the estimates that stand for them: one row each, named in `configuration`. */
export interface Specifications {
  /** One row per configuration, as `planMultiverse` gives them. */
  readonly configurations: Table;
  /** One row per configuration: `configuration`, `estimate`, `conf_low`, `conf_high`. */
  readonly estimates: Table;
}

/** A configuration with its estimate; `NaN` where it has none. */
export interface Specification {
  readonly configuration: string;
  readonly isBase: boolean;
  /** What was chosen, by choice. */
  readonly choices: { readonly [choice: string]: string };
  readonly estimate: number;
  readonly low: number;
  readonly high: number;
}

/** Joins configurations and their estimates, checked: those without an estimate too. */
export function readSpecifications(
  action: string,
  { configurations, estimates }: Specifications,
): Specification[] {
  checkColumns(action, configurations, ["configuration", "is_base"], "configurations");
  checkColumns(action, estimates, ["configuration", "estimate", "conf_low", "conf_high"], "estimates");
  checkRows(action, configurations, "configurations");
  checkIds(action, configurations, "configuration");
  const { configuration: names, is_base: bases, ...columns } = heldColumns(configurations);
  const known = names!.map(String);
  const rows = new Map<string, number>();
  columnOf(estimates, "configuration").map(String).forEach((name, row) => {
    checkOneOf(action, "estimates.configuration", name, known);
    if (rows.has(name)) {
      const rule = "name each configuration once: keep one outcome and one arm";
      throw new RangeError(cannot(action, "estimates.configuration", rule, `'${name}' twice`));
    }
    rows.set(name, row);
  });
  const choices = Object.keys(columns).filter((name) => !Object.hasOwn(configurationColumns, name));
  const numbers = ["estimate", "conf_low", "conf_high"].map((name) => columnOf(estimates, name).map(Number));
  return known.map((configuration, place) => {
    const row = rows.get(configuration) ?? -1;
    const [estimate, low, high] = numbers.map((values) => values[row] ?? NaN) as [number, number, number];
    const chosen = Object.fromEntries(choices.map((name) => [name, String(columns[name]![place])]));
    return { configuration, isBase: bases![place] === true, choices: chosen, estimate, low, high };
  });
}

/** Says how many of how many configurations were estimated, how their estimates vary, and how many intervals exclude 0. */
export function tellSpecifications(specifications: Specifications): string {
  const rows = readSpecifications("count configurations", specifications);
  const sizes = Object.keys(rows[0]!.choices).map((name) =>
    distinct(rows.map((row) => row.choices[name])).length
  );
  const possible = sizes.reduce((product, size) => product * size, 1);
  const known = rows.filter(({ estimate }) => Number.isFinite(estimate)).sort((a, b) =>
    a.estimate - b.estimate
  );
  const planned =
    `${known.length} of ${rows.length} planned configurations (${possible} possible) have an estimate`;
  if (known.length === 0) return planned;
  const estimates = known.map(({ estimate }) => estimate);
  const [from, to, middle] = [estimates[0]!, estimates.at(-1)!, median(estimates)].map((value) =>
    formatNumber(value)
  );
  const base = known.find(({ isBase }) => isBase);
  const ofBase = base === undefined ? "" : `; the base's is ${formatNumber(base.estimate)}`;
  const held = known.filter(({ low, high }) => Number.isFinite(low + high));
  const above = held.filter(({ low }) => low > 0).length;
  const below = held.filter(({ high }) => high < 0).length;
  const excluding = `${above + below} of ${held.length} intervals exclude 0 (${above} above, ${below} below)`;
  return `${planned}: from ${from} to ${to}, median ${middle}${ofBase}; ${excluding}`;
}
