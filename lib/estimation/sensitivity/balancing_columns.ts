import { checkColumns, checkWeights } from "../../core/checks.ts";
import { cannot } from "../../core/errors.ts";
import { columnOf, type Table } from "../../core/table.ts";
import { independentColumns } from "../../stats/basis.ts";
import { dot } from "../../stats/matrix.ts";
import { moments } from "../../stats/moments.ts";
import type { Attribute, SensitivitySample } from "./sensitivity_sample.ts";

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

/** The columns that are balanced, centred at the target; those that follow from earlier ones are left out and named. */
export function balancingColumns(
  action: string,
  { comparison: { treated }, attributes }: SensitivitySample,
  target: BalanceTarget,
): { columns: BalancingColumn[]; left: string[] } {
  const weight = typeof target === "string" ? shareOfTarget(treated, target) : null;
  const raw = attributes.flatMap((attribute) => withTargets(action, attribute, target));
  const scaled = raw.map(({ name, values, targetMean }) => {
    const mean = weight === null ? targetMean : dot(weight, values);
    const { n, variance } = moments(values);
    const deviation = Math.sqrt(variance * (n - 1) / n) || 1;
    const centred = values.map((value) => (value - mean) / deviation);
    const targetError = weight === null
      ? new Float64Array(n)
      : withinArms(centred, treated).map((value, at) => weight[at]! * value);
    return { name, values: centred, targetError };
  });
  const kept = independentOf(scaled.map(({ values }) => values));
  // A column that is the same for everybody, and not at the target, cannot be balanced: it stays, to be named.
  const off = ({ values }: BalancingColumn) =>
    values.every((value) => value === values[0]) && Math.abs(values[0]!) > 1e-9;
  return {
    columns: [
      ...kept.map((at) => scaled[at]!),
      ...scaled.filter((one, at) => !kept.includes(at) && off(one)),
    ],
    left: scaled.flatMap((one, at) => kept.includes(at) || off(one) ? [] : [one.name]),
  };
}

/** What each unit counts for in the target's mean. */
function shareOfTarget(treated: Uint8Array, target: "pooled" | "arm" | "reference"): Float64Array {
  const members = Array.from(treated, (side) => target === "pooled" || (target === "arm") === (side === 1));
  const count = members.filter((member) => member).length;
  return Float64Array.from(members, (member) => member ? 1 / count : 0);
}

/** Less the mean of the own arm: the arms' sizes are as assigned, so that only what varies within them is error. */
function withinArms(values: Float64Array, treated: Uint8Array): Float64Array {
  const means = [0, 1].map((side) => moments(values.filter((_, at) => treated[at] === side)).mean);
  return values.map((value, at) => value - means[treated[at]!]!);
}

/** A column whose mean is balanced, and its mean in a table of personas where that is the target. */
interface RawColumn {
  readonly name: string;
  readonly values: Float64Array;
  readonly targetMean: number;
}

/** An attribute's columns with their means in the target. */
function withTargets(action: string, attribute: Attribute, target: BalanceTarget): RawColumn[] {
  const { name, columns } = attribute;
  const mean = typeof target === "string" ? () => NaN : readPersonas(action, target, attribute);
  return columns.map((column) => {
    const level = column.name.slice(name.length + 3);
    const targetMean = mean(column.name === name ? Number : (value) => String(value) === level ? 1 : 0);
    return { name: column.name, values: column.values, targetMean };
  });
}

/** Reads the means of an attribute in a table of personas, weighted by `weight` where it has that. */
function readPersonas(
  action: string,
  target: Table,
  { name, columns }: Attribute,
): (of: (value: unknown) => number) => number {
  checkColumns(action, target, [name], "target");
  const values = columnOf(target, name);
  if (columns.some((column) => column.name === name)) {
    const wrong = values.find((value) => typeof value !== "boolean" && !Number.isFinite(value));
    if (wrong !== undefined) {
      throw new TypeError(cannot(action, `target.${name}`, "hold a number in every row", wrong));
    }
  } else {
    // The first name has no indicator: what the others leave must be one name, which the answers hold too.
    const known = new Set(columns.map((column) => column.name));
    const others = new Set(values.map(String).filter((value) => !known.has(`${name} = ${value}`)));
    if (others.size > 1) {
      throw new RangeError(
        cannot(action, `target.${name}`, "hold only answers that were given", [...others]),
      );
    }
  }
  const weighted = target.columnNames().includes("weight");
  const weights = weighted ? columnOf(target, "weight") : values.map(() => 1);
  checkWeights(action, "target.weight", weights);
  return (of) => moments(values.map(of), weights).mean;
}

/** Columns that are no combination of a constant and earlier ones. */
function independentOf(columns: readonly Float64Array[]): number[] {
  const centred = columns.map((values) => {
    const { mean } = moments(values);
    return values.map((value) => value - mean);
  });
  const products = centred.map((a) => centred.map((b) => dot(a, b) / a.length));
  return [...independentColumns(products, 1e-9).kept].filter((at) => products[at]![at]! > 1e-12);
}
