import { cannot, checkColumns, columnOf, type Table } from "../core/mod.ts";
import { checkLevels } from "./margin_levels.ts";
import { marginCodes, type MarginTargets, readTargets } from "./margin_targets.ts";

/** For each attribute the share, or count, of every level; or for a numeric attribute its mean. */
export type CalibrationTargets = {
  readonly [attribute: string]: number | { readonly [level: string]: number };
};

/** One total that weights must meet: of an indicator, or of a centred number. */
export interface CalibrationTotal {
  /** What the reader knows it by. */
  readonly name: string;
  /** Each row's value. */
  readonly values: Float64Array;
  /** What the weighted sum must be. */
  readonly target: number;
  /** What an error of 1 is: the total for an indicator, total × standard deviation for a number. */
  readonly unit: number;
}

/** The totals to meet, the first of them the sum of the weights. */
export interface CalibrationDesign {
  readonly totals: readonly CalibrationTotal[];
  /** The sum of the weights. */
  readonly total: number;
}

/** Reads the targets and the columns that they name. */
export function readCalibration(
  action: string,
  table: Table,
  targets: CalibrationTargets,
  base: ArrayLike<number>,
  sum: number | undefined,
): CalibrationDesign {
  if (typeof targets !== "object" || targets === null || Object.keys(targets).length === 0) {
    const rule = "name at least one attribute, as in { sex: { F: 0.51, M: 0.49 }, age: 47 }";
    throw new TypeError(cannot(action, "targets", rule, targets));
  }
  const entries = Object.entries(targets);
  const margins = Object.fromEntries(entries.filter(([, target]) => typeof target !== "number"));
  const checked = Object.keys(margins).length === 0
    ? { margins: [], total: 1 }
    : readTargets(action, margins as MarginTargets);
  const rows = table.numRows();
  const total = sum ?? (checked.total === 1 ? rows : checked.total);
  const totals: CalibrationTotal[] = [{
    name: "sum of weights",
    values: new Float64Array(rows).fill(1),
    target: total,
    unit: total,
  }];
  for (const margin of checked.margins) {
    const codes = marginCodes(action, table, margin);
    checkLevels(action, table, margin, codes, base);
    margin.levels.forEach((level, place) => {
      const values = Float64Array.from(codes, (code) => code === place ? 1 : 0);
      const target = margin.shares[place]! * total;
      totals.push({ name: `${margin.name} = ${level}`, values, target, unit: total });
    });
  }
  for (const [name, target] of entries) {
    if (typeof target === "number") totals.push(readMean(action, table, name, target, total));
  }
  return { totals, total };
}

function readMean(
  action: string,
  table: Table,
  name: string,
  target: number,
  total: number,
): CalibrationTotal {
  if (!Number.isFinite(target)) {
    throw new RangeError(cannot(action, `targets.${name}`, "be a finite mean", target));
  }
  checkColumns(action, table, [name]);
  const column = columnOf(table, name);
  const row = column.findIndex((value) => typeof value !== "number" || !Number.isFinite(value));
  if (row >= 0) {
    throw new RangeError(
      `${cannot(action, name, "hold finite numbers where the target is a mean", column[row])} (row ${
        row + 1
      })`,
    );
  }
  const values = Float64Array.from(column, (value) => (value as number) - target);
  const spread = Math.sqrt(values.reduce((squares, value) => squares + value * value, 0) / values.length);
  return { name, values, target: 0, unit: total * (spread > 0 ? spread : 1) };
}
