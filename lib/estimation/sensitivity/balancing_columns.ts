import { checkColumns, checkWeights } from "../../core/checks.ts";
import { cannot } from "../../core/errors.ts";
import { columnOf, type Table } from "../../core/table.ts";
import { independentColumns } from "../../stats/basis.ts";
import { dot } from "../../stats/matrix.ts";
import type { SensitivitySample } from "./sensitivity_sample.ts";

/** The means that weights are to give: of both arms together, of one of them, or of a table of personas. */
export type BalanceTarget = "pooled" | "arm" | "reference" | Table;

/** One mean that is balanced. */
export interface BalancingColumn {
  /** What the reader knows it by. */
  readonly name: string;
  /** Each unit's value less the target, over the standard deviation. */
  readonly values: Float64Array;
  /** For each unit, its part of the target's error; 0 where the target is a table. */
  readonly targetError: Float64Array;
}

interface Raw {
  readonly name: string;
  readonly values: Float64Array;
  /** The column's mean in a table of personas. */
  readonly meanIn: (table: Table) => number;
}

/** The columns that are balanced, centred at the target; those that follow from earlier ones are left out and named. */
export function balancingColumns(
  action: string,
  sample: SensitivitySample,
  target: BalanceTarget,
  moments: 1 | 2,
): { columns: BalancingColumn[]; left: string[] } {
  const { treated } = sample.comparison;
  const weight = targetWeights(treated, target);
  const scaled = rawColumns(action, sample, moments).map(({ name, values, meanIn }) => {
    const mean = typeof target === "string" ? dot(weight, values) : meanIn(target);
    const average = values.reduce((sum, value) => sum + value, 0) / values.length;
    const squares = values.reduce((sum, value) => sum + (value - average) ** 2, 0);
    const deviation = Math.sqrt(squares / values.length) || 1;
    const centred = values.map((value) => (value - mean) / deviation);
    const targetError = typeof target === "string"
      ? deviations(centred, treated).map((value, at) => weight[at]! * value)
      : new Float64Array(centred.length);
    return { name, values: centred, targetError };
  });
  const kept = keptColumns(scaled.map(({ values }) => values));
  const missed = scaled.filter(({ values }, at) => !kept.includes(at) && constantOff(values));
  return {
    columns: [...kept.map((at) => scaled[at]!), ...missed],
    left: scaled.filter((column, at) => !kept.includes(at) && !missed.includes(column)).map(({ name }) =>
      name
    ),
  };
}

/** Less the mean of the own arm: the arms' sizes are as assigned, so that only what varies within them is error. */
function deviations(values: Float64Array, treated: Uint8Array): Float64Array {
  const [counts, sums] = [[0, 0], [0, 0]];
  values.forEach((value, at) => {
    counts[treated[at]!]! += 1;
    sums[treated[at]!]! += value;
  });
  return values.map((value, at) => value - sums[treated[at]!]! / counts[treated[at]!]!);
}

/** A column that is the same for everybody, and not at the target, cannot be balanced: it stays, to be named. */
function constantOff(values: Float64Array): boolean {
  return values.every((value) => value === values[0]) && Math.abs(values[0]!) > 1e-9;
}

/** What each unit counts for in the target's mean. */
function targetWeights(treated: Uint8Array, target: BalanceTarget): Float64Array {
  const counts = (at: number) => target === "pooled" || (target === "arm") === (treated[at] === 1);
  const members = treated.reduce((total, _, at) => total + (counts(at) ? 1 : 0), 0);
  return Float64Array.from(treated, (_, at) => counts(at) ? 1 / members : 0);
}

/** The attributes' columns, and the squares of those that are neither 0 nor 1 where second moments are asked for. */
function rawColumns(action: string, sample: SensitivitySample, moments: 1 | 2): Raw[] {
  return sample.attributes.flatMap(({ name, columns }) =>
    columns.flatMap((column): Raw[] => {
      const { values } = column;
      if (column.name !== name) {
        const level = column.name.slice(name.length + 3);
        return [{ ...column, meanIn: (table) => shareIn(action, table, sample, name, level) }];
      }
      const first = { name, values, meanIn: (table: Table) => meanIn(action, table, name, (value) => value) };
      if (moments === 1 || values.every((value) => value === 0 || value === 1)) return [first];
      const square = (value: number) => value * value;
      return [first, {
        name: `${name}²`,
        values: values.map(square),
        meanIn: (table: Table) => meanIn(action, table, name, square),
      }];
    })
  );
}

function meanIn(action: string, table: Table, name: string, change: (value: number) => number): number {
  checkColumns(action, table, [name], "target");
  const weights = weightsOf(action, table);
  const values = columnOf(table, name).map((value) => {
    const number = typeof value === "boolean" ? Number(value) : value;
    if (typeof number === "number" && Number.isFinite(number)) return change(number);
    throw new TypeError(cannot(action, `target.${name}`, "hold a number in every row", value));
  });
  return dot(weights, values);
}

function shareIn(
  action: string,
  table: Table,
  sample: SensitivitySample,
  name: string,
  level: string,
): number {
  checkColumns(action, table, [name], "target");
  const weights = weightsOf(action, table);
  const own = sample.attributes.find((attribute) => attribute.name === name)!.columns;
  const levels = columnOf(table, name).map(String);
  const shares = (wanted: string) => dot(weights, levels.map((value) => value === wanted ? 1 : 0));
  // The first name has no indicator: what the others leave must be one name, which the answers hold too.
  const others = new Set(
    levels.filter((value) => !own.some((column) => column.name === `${name} = ${value}`)),
  );
  if (others.size > 1) {
    throw new RangeError(cannot(action, `target.${name}`, "hold only answers that were given", [...others]));
  }
  return shares(level);
}

function weightsOf(action: string, table: Table): Float64Array {
  const given = table.columnNames().includes("weight") ? columnOf(table, "weight") : null;
  if (given !== null) checkWeights(action, "target.weight", given);
  const weights = Float64Array.from({ length: table.numRows() }, (_, row) => Number(given?.[row] ?? 1));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight) => weight / total);
}

/** Columns that are no combination of a constant and earlier ones. */
function keptColumns(columns: readonly Float64Array[]): number[] {
  const n = columns[0]?.length ?? 0;
  const means = columns.map((values) => values.reduce((sum, value) => sum + value, 0) / n);
  const centred = columns.map((values, j) => values.map((value) => value - means[j]!));
  const products = centred.map((a) => centred.map((b) => dot(a, b) / n));
  return [...independentColumns(products, 1e-9).kept].filter((at) => products[at]![at]! > 1e-12);
}
