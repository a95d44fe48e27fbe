import { checkColumns, checkRows } from "../../core/checks.ts";
import { cannot } from "../../core/errors.ts";
import type { ComparisonOptions, WeightOptions } from "../../core/options.ts";
import { pickOutcome, readStudy, type Study } from "../../core/study.ts";
import { groupRows, type Table } from "../../core/table.ts";
import type { Units } from "../../core/units.ts";
import { largestSize } from "../../stats/matrix.ts";

/** The observations of one outcome or several and the units that a bootstrap draws, each with its observations. */
export interface ResampledUnits {
  readonly count: number;
  /** What a unit is, in the plural: clusters, personas or rows. */
  readonly name: string;
  /** The first observation of each unit; one more entry ends the list. */
  readonly start: Int32Array;
  /** Each observation's arm, observations of a unit together; its block, else 0; its weight, else 1. */
  readonly arm: Int32Array;
  readonly block: Int32Array;
  readonly weight: Float64Array;
  /** For each outcome the observations' values, `NaN` where there is none. */
  readonly values: readonly Float64Array[];
  /** Each unit's stratum: its arm and block where all its observations share them. */
  readonly strata: Int32Array;
  readonly arms: number;
  readonly blocks: number;
}

/** Gathers observations (the same for all outcomes) to what is drawn as one: clusters, else personas, else rows. */
export function resampledUnits(study: Study, outcomes: readonly Units[]): ResampledUnits {
  const [first] = outcomes as readonly [Units];
  const codes = first.cluster?.codes ?? first.persona ?? Int32Array.from(first.arm.keys());
  const kept = [...first.arm.keys()].filter((at) => outcomes.some(({ replies }) => replies[at]! > 0));
  const units = [...groupRows(kept.map((at) => codes[at]!)).values()].map((list) =>
    list.map((i) => kept[i]!)
  );
  const rows = units.flat();
  const start = new Int32Array(units.length + 1);
  units.forEach((list, unit) => start[unit + 1] = start[unit]! + list.length);
  return {
    count: units.length,
    name: first.cluster !== null ? "clusters" : study.persona !== null ? "personas" : "rows",
    start,
    arm: Int32Array.from(rows, (at) => first.arm[at]!),
    block: Int32Array.from(rows, (at) => Math.max(0, first.block?.codes[at] ?? 0)),
    weight: Float64Array.from(rows, (at) => first.weight?.[at] ?? 1),
    values: outcomes.map(({ value }) => Float64Array.from(rows, (at) => value[at]!)),
    strata: strataOf(units, [first.arm, first.block?.codes]),
    arms: first.arms.length,
    blocks: Math.max(1, first.block?.labels.length ?? 1),
  };
}

/** A label by which the rows of each unit agree parts the units into strata; one by which any unit's differ does not. */
function strataOf(
  units: readonly (readonly number[])[],
  labels: readonly (Int32Array | undefined)[],
): Int32Array {
  const strata = new Int32Array(units.length);
  for (const label of labels) {
    if (!label || !units.every((rows) => rows.every((row) => label[row] === label[rows[0]!]))) continue;
    const size = largestSize(label) + 2;
    units.forEach((rows, unit) => strata[unit] = strata[unit]! * size + label[rows[0]!]! + 1);
  }
  return strata;
}

/** All units, those of a stratum together, as a resample has them. */
export function everyUnit({ strata }: ResampledUnits): Int32Array {
  return Int32Array.from(strata.keys()).sort((a, b) => strata[a]! - strata[b]! || a - b);
}

/** A statistic of units, for one or more terms, that can be computed of any multiset of them. */
interface UnitStatistic {
  /** Computes each term, and where `stdErrors` is given its standard error, of the units drawn. */
  readonly compute: (units: Int32Array, estimates: Float64Array, stdErrors?: Float64Array) => void;
  /** Each term without each unit in turn. */
  readonly leaveOut: () => Float64Array[];
}

/** What a bootstrap resamples: the units, the statistic, and what it is of the data themselves. */
export interface BootstrapTarget extends UnitStatistic, Pick<ResampledUnits, "count" | "strata"> {
  readonly drawn: string;
  /** Units of the smallest arm; all of them where arms are not told apart. */
  readonly fewest: number;
  /** What is estimated: the arm compared (with `reference`), the statistic, and the observations behind it. */
  readonly terms: readonly { readonly arm: string; readonly term: string; readonly n: number }[];
  readonly reference: string;
  readonly estimates: Float64Array;
  readonly stdErrors: Float64Array;
  readonly notes: readonly string[];
}

/** Means (`reference` null), or differences of means from the reference arm, averaged over blocks by their size. */
export function meanStatistic(
  units: ResampledUnits,
  outcome: number,
  terms: readonly number[],
  reference: number | null,
): UnitStatistic {
  const { start, arm, block, weight, blocks, arms, count } = units;
  const value = units.values[outcome]!;
  const cells = blocks * arms;
  const cellOf = arm.map((code, i) => block[i]! * arms + code);
  const [sums, weights] = [new Float64Array(cells), new Float64Array(cells)];
  const [means, factors] = [new Float64Array(cells), new Float64Array(cells)];
  const add = (unit: number, sign: number) => {
    for (let i = start[unit]!; i < start[unit + 1]!; i++) {
      if (Number.isNaN(value[i])) continue;
      sums[cellOf[i]!]! += sign * weight[i]! * value[i]!;
      weights[cellOf[i]!]! += sign * weight[i]!;
    }
  };
  const refill = (drawn: Int32Array) => {
    sums.fill(0);
    weights.fill(0);
    for (let i = 0; i < drawn.length; i++) add(drawn[i]!, 1);
  };
  // Blocks count by their size, which goes to `factors`: Gerber and Green 2012, Field Experiments, eq. 3.10.
  const combine = (term: number) => {
    factors.fill(0);
    let [estimate, total] = [0, 0];
    for (let cell = term; cell < cells; cell += arms) {
      const other = reference === null ? -1 : cell - term + reference;
      const size = weights[cell]! + (other < 0 ? 0 : weights[other]!);
      // Rounding may leave a trace of a cell from which the last unit was taken out.
      if (!(size > 1e-12)) continue;
      const difference = sums[cell]! / weights[cell]! - (other < 0 ? 0 : sums[other]! / weights[other]!);
      estimate += size * difference;
      total += size;
      factors[cell] = size;
      if (other >= 0) factors[other] = -size;
    }
    for (let cell = 0; cell < cells; cell++) factors[cell]! /= total;
    return estimate / total;
  };
  return {
    compute: (drawn, estimates, stdErrors) => {
      refill(drawn);
      terms.forEach((term, index) => {
        estimates[index] = combine(term);
        if (stdErrors === undefined) return;
        for (let cell = 0; cell < cells; cell++) {
          means[cell] = sums[cell]! / weights[cell]!;
          factors[cell] = weights[cell]! > 0 ? factors[cell]! / weights[cell]! : 0;
        }
        stdErrors[index] = linearisedError(drawn, units, cellOf, { value, means, factors });
      });
    },
    leaveOut: () => {
      const without = terms.map(() => new Float64Array(count));
      refill(everyUnit(units));
      for (let unit = 0; unit < count; unit++) {
        add(unit, -1);
        terms.forEach((term, index) => without[index]![unit] = combine(term));
        add(unit, 1);
      }
      return without;
    },
  };
}

/** √ Σ_h G/(G - 1) Σ (z - mean z)²: the linearised standard error of units within strata; Särndal 1992, eq. 3.7.7. */
function linearisedError(
  drawn: Int32Array,
  { start, strata, weight }: ResampledUnits,
  cellOf: Int32Array,
  { value, means, factors }: { [of in "value" | "means" | "factors"]: Float64Array },
): number {
  let [variance, from] = [0, 0];
  // Resamples, and the units themselves in the order of their strata, hold each stratum together.
  while (from < drawn.length) {
    const stratum = strata[drawn[from]!];
    let [to, size, sum, squares, hasPart] = [from, 0, 0, 0, false];
    for (; to < drawn.length && strata[drawn[to]!] === stratum; to++) {
      const end = start[drawn[to]! + 1]!;
      let [influence, observed] = [0, false];
      for (let i = start[drawn[to]!]!; i < end; i++) {
        if (Number.isNaN(value[i])) continue;
        observed = true;
        const cell = cellOf[i]!;
        // Cells of other arms have no part in this term.
        if (factors[cell] === 0) continue;
        hasPart = true;
        influence += factors[cell]! * weight[i]! * (value[i]! - means[cell]!);
      }
      if (!observed) continue;
      size++;
      sum += influence;
      squares += influence * influence;
    }
    // A stratum of other arms has no part in it, however few units it has.
    if (size > 1) variance += size / (size - 1) * Math.max(0, squares - sum * sum / size);
    else if (hasPart) variance = NaN;
    from = to;
  }
  return Math.sqrt(variance);
}

/** A statistic of a table: one number, or several with their names. */
export type TableStatistic = (table: Table) => number | { readonly [term: string]: number };

/** Reads a statistic that is a function of a table: the units' rows are put together anew for each resample. */
export function tableTarget(
  action: string,
  table: Table,
  statistic: TableStatistic,
  options: Partial<ComparisonOptions> & WeightOptions,
): BootstrapTarget {
  for (const name of ["weights", "category"] as const) {
    if (options[name] === undefined) continue;
    throw new RangeError(cannot(action, name, "not be given where 'statistic' is a function", options[name]));
  }
  checkColumns(action, table, []);
  checkRows(action, table);
  const { outcome, step, round } = options;
  const base = (outcome === undefined ? table : pickOutcome(action, table, outcome, { step, round })).reify();
  const units = readUnits(action, base, options);
  const observed = readResult(action, statistic(base));
  const terms = Object.keys(observed);
  const compute = (drawn: ArrayLike<number>, estimates: Float64Array) => {
    const rows: number[] = [];
    for (let i = 0; i < drawn.length; i++) rows.push(...units.rows[drawn[i]!]!);
    const found = readResult(action, statistic(base.reify(rows)));
    terms.forEach((term, index) => estimates[index] = found[term] ?? NaN);
  };
  return {
    compute,
    leaveOut: () => leaveEachOut(units.rows.length, terms.length, compute),
    count: units.rows.length,
    strata: units.strata,
    drawn: units.name,
    fewest: units.rows.length,
    terms: terms.map((term) => ({ arm: "", term, n: units.rows.length })),
    reference: "",
    estimates: Float64Array.from(terms, (term) => observed[term]!),
    stdErrors: new Float64Array(terms.length).fill(NaN),
    notes: [],
  };
}

function readResult(action: string, result: unknown): { [term: string]: number } {
  if (typeof result === "number") return { statistic: result };
  const values = typeof result === "object" && result !== null ? Object.values(result) : [];
  if (values.length === 0 || values.some((value) => typeof value !== "number")) {
    throw new TypeError(cannot(action, "statistic", "return a number, or numbers by name", result));
  }
  return result as { [term: string]: number };
}

/** The rows of each unit, and the units' strata: arm (where there is such a column) and block. */
function readUnits(
  action: string,
  table: Table,
  { arm, blocks, clusters, persona }: Partial<ComparisonOptions>,
): { rows: readonly (readonly number[])[]; strata: Int32Array; name: string } {
  const compared = arm ?? (table.columnNames().includes("arm") ? "arm" : null);
  const study = readStudy(action, table, { arm: compared, blocks, clusters, persona });
  const column = study.cluster ?? study.persona;
  const rows = column === null
    ? Array.from({ length: table.numRows() }, (_, row) => [row])
    : [...groupRows(column.codes)].filter(([code]) => code >= 0).map(([, list]) => list);
  if (rows.length < 2) throw new RangeError(cannot(action, "table", "hold at least two units", rows.length));
  const strata = strataOf(rows, [compared === null ? undefined : study.arm.codes, study.block?.codes]);
  const name = study.cluster !== null ? "clusters" : study.persona !== null ? "personas" : "rows";
  return { rows, strata, name };
}

/** Each term without each unit, by computing it anew. */
function leaveEachOut(
  count: number,
  terms: number,
  compute: (units: Int32Array, estimates: Float64Array) => void,
): Float64Array[] {
  const without = Array.from({ length: terms }, () => new Float64Array(count));
  const estimates = new Float64Array(terms);
  for (let unit = 0; unit < count; unit++) {
    const others = Int32Array.from({ length: count - 1 }, (_, i) => i < unit ? i : i + 1);
    compute(others, estimates);
    estimates.forEach((estimate, term) => without[term]![unit] = estimate);
  }
  return without;
}
