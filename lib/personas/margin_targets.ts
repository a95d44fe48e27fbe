import { checkColumns, checkFilled } from "../core/checks.ts";
import { cannot } from "../core/errors.ts";
import { type Rule, rule } from "../core/options.ts";
import { columnOf, isMissing, type Table, tableOf } from "../core/table.ts";

/** For each attribute the share of each level, or its count; all attributes share one total. */
export type MarginTargets = { readonly [attribute: string]: { readonly [level: string]: number } };

/** The targets of one attribute: its levels as texts, and their shares, which sum to 1. */
export interface MarginTarget {
  readonly name: string;
  readonly levels: readonly string[];
  readonly shares: Float64Array;
}

export interface CheckedTargets {
  readonly margins: readonly MarginTarget[];
  /** What the targets sum to: 1 for proportions, else the count that they share. */
  readonly total: number;
}

/** Sums within this relative distance are the same: published margins are rounded. */
const sumTolerance = 1e-6;

export function readTargets(action: string, targets: MarginTargets): CheckedTargets {
  if (typeof targets !== "object" || targets === null || Object.keys(targets).length === 0) {
    const rule = "name the levels of at least one attribute, as in { sex: { F: 0.51, M: 0.49 } }";
    throw new TypeError(cannot(action, "targets", rule, targets));
  }
  const sums = Object.entries(targets).map(([name, levels]) =>
    [name, sumOfLevels(action, name, levels)] as const
  );
  const total = sums[0]![1];
  if (sums.some(([, sum]) => Math.abs(sum / total - 1) > sumTolerance)) {
    const shown = sums.map(([name, sum]) => `${name} ${Number(sum.toPrecision(9))}`).join(", ");
    throw new RangeError(cannot(action, "targets", "share one total", shown));
  }
  const proportions = Math.abs(total - 1) <= sumTolerance;
  if (!proportions && total < 1.5) {
    throw new RangeError(cannot(action, "targets", "sum to 1, or be counts", `a sum of ${total}`));
  }
  const margins = Object.entries(targets).map(([name, levels], index) => ({
    name,
    levels: Object.keys(levels),
    shares: Float64Array.from(Object.values(levels), (value) => value / sums[index]![1]),
  }));
  return { margins, total: proportions ? 1 : total };
}

function sumOfLevels(action: string, name: string, levels: unknown): number {
  if (typeof levels !== "object" || levels === null || Array.isArray(levels)) {
    throw new TypeError(cannot(action, `targets.${name}`, "be an object of levels", levels));
  }
  let sum = 0;
  for (const [level, value] of Object.entries(levels)) {
    if (typeof value !== "number" || !Number.isFinite(value) || value < 0) {
      const rule = "be a finite number of at least 0";
      throw new RangeError(cannot(action, `targets.${name}.${level}`, rule, value));
    }
    sum += value;
  }
  if (!(sum > 0)) throw new RangeError(cannot(action, `targets.${name}`, "have a positive sum", sum));
  return sum;
}

/** The place of each row's value among `levels`: -1 where it has none, -2 where the value is not a level. */
export function levelCodes(values: readonly unknown[], levels: readonly string[]): Int32Array {
  const places = new Map(levels.map((level, place) => [level, place]));
  // Values are looked up as they are; each distinct one is turned into text only once.
  const seen = new Map<unknown, number>();
  const codes = new Int32Array(values.length);
  for (let row = 0; row < values.length; row++) {
    const value = values[row];
    let code = seen.get(value);
    if (code === undefined) {
      code = isMissing(value) ? -1 : places.get(String(value)) ?? -2;
      seen.set(value, code);
    }
    codes[row] = code;
  }
  return codes;
}

/**
 * Reads the column of a margin as {@linkcode levelCodes}, and checks that every row has a level with a target, and every
 * level that is needed a row with a weight.
 */
export function marginCodes(
  action: string,
  table: Table,
  margin: MarginTarget,
  base: ArrayLike<number>,
): Int32Array {
  checkColumns(action, table, [margin.name]);
  const values = columnOf(table, margin.name);
  const codes = levelCodes(values, margin.levels);
  const sums = new Float64Array(margin.levels.length);
  for (let row = 0; row < codes.length; row++) {
    const code = codes[row]!;
    if (code === -1) checkFilled(action, margin.name, row);
    if (code === -2) {
      const rule = `have a target for every level in the data, also '${values[row]}'`;
      throw new RangeError(cannot(action, `targets.${margin.name}`, rule, margin.levels));
    }
    sums[code]! += base[row]!;
  }
  const empty = margin.levels.find((_, level) => margin.shares[level]! > 0 && sums[level] === 0);
  if (empty === undefined) return codes;
  const which = `level '${empty}', which no row with a positive weight has`;
  throw new RangeError(`Cannot ${action} as 'targets.${margin.name}' needs ${which}`);
}

/** The table with a column of weights, in place of one of that name. */
export function withWeights(table: Table, weight: Float64Array): Table {
  return table.assign(tableOf({ weight }));
}

/** A rule of an option that is a number above 0. */
export function positive<const Default extends number | undefined>(
  fallback: Default,
): Rule<number, Default | number> {
  return rule<number, Default | number>((action, name, value) => {
    if (typeof value === "number" && Number.isFinite(value) && value > 0) return;
    throw new RangeError(cannot(action, name, "be a positive number", value));
  }, fallback);
}
