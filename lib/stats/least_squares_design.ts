import { cannot } from "../core/errors.ts";
import type { LeastSquaresParts } from "./basis.ts";
import type { CovarianceType } from "./covariance.ts";
import { largestSize } from "./matrix.ts";
import { sum } from "./moments.ts";

/** A design matrix and outcome as the fit takes them: shifted, fixed effects taken out, times √weight. */
export interface PreparedDesign
  extends Pick<LeastSquaresParts, "absorbedRank" | "absorbedLeverage" | "absorbedCodes"> {
  /** `extra` dummies of fixed effects that are not absorbed, then the given columns. */
  readonly columns: readonly Float64Array[];
  readonly extra: number;
  readonly target: Float64Array;
  /** Lengths below which what is left of a column is rounding. */
  readonly floors: Float64Array;
  /** What was taken from each given column, and from the outcome. */
  readonly shifts: Float64Array;
  /** The value of the constant in front, which takes up the shifts; 0 where there is none. */
  readonly unit: number;
  readonly outcomeShift: number;
  /** Whether the model holds a constant, by itself or in fixed effects. */
  readonly constant: boolean;
  /** The weighted sum of squares of the outcome, about its mean where the model holds a constant. */
  readonly totalSquares: number;
}

interface DesignInput {
  readonly columns: readonly ArrayLike<number>[];
  readonly outcome: ArrayLike<number>;
  /** Weights with mean 1. */
  readonly weights: Float64Array | null;
  readonly fixedEffects: readonly ArrayLike<unknown>[];
  readonly groups: readonly (readonly number[])[] | null;
  readonly type: CovarianceType;
}

/** Rounding of means and of differences from them stays below this share of a column's length. */
const relativeFloor = 1e-14;

/** Shifts by means where there is a constant, so that a large offset costs no digits; absorbs fixed effects. */
export function prepareDesign(input: DesignInput): PreparedDesign {
  const { columns, outcome, weights } = input;
  const total = weights === null ? outcome.length : weights.reduce((sum, weight) => sum + weight, 0);
  const factors = input.fixedEffects.map(numberLevels);
  const first = factors.length === 0 && columns.length > 0 && isConstant(columns[0]!);
  const shifted = first || factors.length > 0;
  const constant = shifted || columns.some(isConstant);
  const plan = planEffects(input, factors);
  const shifts = Float64Array.from(columns, (column, j) => {
    return shifted && !(first && j === 0) ? meanOf(column, weights, total) : 0;
  });
  const outcomeMean = constant ? meanOf(outcome, weights, total) : 0;
  const own = columns.map((column, j) => shiftedCopy(column, shifts[j]!));
  const floors = plan.explicit.map(() => Math.sqrt(total)).concat(
    own.map((column, j) => Math.hypot(lengthOf(column, weights), shifts[j]! * Math.sqrt(total))),
  );
  // Alternating projections stop short of the last digits.
  const several = plan.absorbed.length > 1 ? 100 : 1;
  const outcomeShift = shifted ? outcomeMean : 0;
  const target = shiftedCopy(outcome, outcomeShift);
  const totalSquares = weightedSquares(target, outcomeMean - outcomeShift, weights);
  const all = [...plan.explicit, ...own];
  if (plan.absorbed.length > 0) absorb([...all, target], plan.absorbed, weights);
  if (weights !== null) timesRoots([...all, target], weights);
  return {
    columns: all,
    extra: plan.explicit.length,
    target,
    floors: Float64Array.from(floors, (length) => several * relativeFloor * length),
    shifts,
    unit: first ? columns[0]![0]! : 0,
    outcomeShift,
    absorbedRank: absorbedRank(plan.absorbed),
    absorbedLeverage: plan.leverage,
    absorbedCodes: plan.leverage === null ? null : plan.absorbed[0]!.codes,
    constant,
    totalSquares,
  };
}

/**
 * Which fixed effects are absorbed. Covariances without leverages allow all. HC2 to HC5 need leverages: one factor has
 * its own, w / Σw of the level, and the other factors become dummies. CR2 and CR3 may absorb what lies within clusters,
 * without weights (Pustejovsky and Tipton 2018, theorem 2); the other factors become dummies.
 */
function planEffects({ type, groups, weights }: DesignInput, factors: readonly AbsorbedFactor[]) {
  if (factors.length === 0) return { absorbed: [], explicit: [], leverage: null };
  const bySize = [...factors].sort((a, b) => b.levels - a.levels);
  if (["HC2", "HC3", "HC4", "HC5"].includes(type)) {
    const [largest, ...others] = bySize;
    const totals = levelWeights(largest!, weights);
    const share = (code: number, row: number) => (weights === null ? 1 : weights[row]!) / totals[code]!;
    const leverage = Float64Array.from(largest!.codes, share);
    return { absorbed: [largest!], explicit: others.flatMap((factor) => dummies(factor, 1)), leverage };
  }
  if (type !== "CR2" && type !== "CR3") return { absorbed: bySize, explicit: [], leverage: null };
  const absorbed = bySize.filter((factor) => weights === null && isNested(factor, groups!));
  const explicit = bySize.filter((factor) => !absorbed.includes(factor));
  return {
    absorbed,
    explicit: explicit.flatMap((factor, at) => dummies(factor, absorbed.length === 0 && at === 0 ? 0 : 1)),
    leverage: null,
  };
}

/** Whether a column holds one number that is not 0. */
function isConstant(column: ArrayLike<number>): boolean {
  const first = column[0];
  if (first === undefined || first === 0) return false;
  for (let row = 1; row < column.length; row++) if (column[row] !== first) return false;
  return true;
}

/** The weighted mean, around the first value so that a large offset costs no digits. */
function meanOf(column: ArrayLike<number>, weights: Float64Array | null, total: number): number {
  const first = column[0] ?? 0;
  let sum = 0;
  if (weights === null) { for (let row = 0; row < column.length; row++) sum += column[row]! - first; }
  else for (let row = 0; row < column.length; row++) sum += weights[row]! * (column[row]! - first);
  return first + sum / total;
}

function shiftedCopy(column: ArrayLike<number>, shift: number): Float64Array {
  const copy = new Float64Array(column);
  if (shift !== 0) { for (let row = 0; row < copy.length; row++) copy[row] = copy[row]! - shift; }
  return copy;
}

/** The weighted length; squares that leave the range of numbers are taken on another scale. */
function lengthOf(column: Float64Array, weights: Float64Array | null): number {
  const squares = weightedSquares(column, 0, weights);
  if (squares > 1e-280 && squares < 1e280) return Math.sqrt(squares);
  const largest = largestSize(column);
  if (largest === 0) return 0;
  return largest * Math.sqrt(weightedSquares(column.map((value) => value / largest), 0, weights));
}

function weightedSquares(column: Float64Array, shift: number, weights: Float64Array | null): number {
  let squares = 0;
  for (let row = 0; row < column.length; row++) {
    const value = column[row]! - shift;
    squares += weights === null ? value * value : weights[row]! * value * value;
  }
  return squares;
}

function timesRoots(columns: readonly Float64Array[], weights: Float64Array): void {
  const roots = weights.map(Math.sqrt);
  for (const column of columns) {
    for (let row = 0; row < column.length; row++) column[row] = column[row]! * roots[row]!;
  }
}

/** Checks that there is one finite number per row. */
export function checkNumbers(
  action: string,
  argument: string,
  values: ArrayLike<number>,
  rows: number,
): void {
  const refuse = (rule: string, value: unknown) => {
    throw new RangeError(cannot(action, argument, rule, value));
  };
  if (values.length !== rows) refuse(`have ${rows} rows`, values.length);
  // A sum of finite numbers is finite unless it overflows: then each is looked at.
  let total = 0;
  if (ArrayBuffer.isView(values)) {
    for (let row = 0; row < rows; row++) total += values[row]!;
    if (Number.isFinite(total)) return;
  }
  for (let row = 0; row < rows; row++) {
    if (!Number.isFinite(values[row])) refuse("hold finite numbers", values[row]);
  }
}

/** A factor whose levels have intercepts of their own: each row's level, from 0, and how many there are. */
type AbsorbedFactor = { readonly codes: Int32Array; readonly levels: number };

/** Numbers the levels of a column from 0, in the order in which they occur. */
export function numberLevels(values: ArrayLike<unknown>): AbsorbedFactor {
  const codes = new Int32Array(values.length);
  const known = new Map<unknown, number>();
  for (let row = 0; row < codes.length; row++) {
    let code = known.get(values[row]);
    if (code === undefined) known.set(values[row], code = known.size);
    codes[row] = code;
  }
  return { codes, levels: known.size };
}

/** The sum of the weights of each level. */
function levelWeights({ codes, levels }: AbsorbedFactor, weights: Float64Array | null): Float64Array {
  const totals = new Float64Array(levels);
  for (let row = 0; row < codes.length; row++) {
    totals[codes[row]!] = totals[codes[row]!]! + (weights === null ? 1 : weights[row]!);
  }
  return totals;
}

/**
 * Takes the factors' effects out of columns, in place: one factor by its level means, several by alternating
 * projections until a sweep changes nothing (Guimarães and Portugal 2010; Gaure 2013).
 */
export function absorb(
  columns: readonly Float64Array[],
  factors: readonly AbsorbedFactor[],
  weights: Float64Array | null,
): void {
  const totals = factors.map((factor) => levelWeights(factor, weights));
  const sums = factors.map(({ levels }) => new Float64Array(levels));
  for (const column of columns) {
    const largest = largestSize(column);
    // Two sweeps of one factor: the second takes back the rounding of the first.
    let before = Infinity;
    for (let sweep = 0; factors.length > 1 || sweep < 2; sweep++) {
      let moved = 0;
      factors.forEach((factor, f) => {
        moved = Math.max(moved, takeMeans(column, factor, totals[f]!, sums[f]!, weights));
      });
      // Where rounding is all that still moves, it no longer shrinks.
      if (moved <= 1e-15 * largest || (moved <= 1e-13 * largest && moved >= before)) break;
      if (sweep === 20000) {
        const rule = "be connected by more rows";
        const current = `${sweep} sweeps without an end`;
        const remedy = "; take fewer factors, or HC2 or CR2, which make dummies of all but one";
        throw new RangeError(cannot("fit least squares", "fixedEffects", rule, current) + remedy);
      }
      before = moved;
    }
  }
}

/** Subtracts level means, and returns the largest. */
function takeMeans(
  column: Float64Array,
  { codes }: AbsorbedFactor,
  totals: Float64Array,
  sums: Float64Array,
  weights: Float64Array | null,
): number {
  sums.fill(0);
  for (let row = 0; row < column.length; row++) {
    const code = codes[row]!;
    sums[code] = sums[code]! + (weights === null ? column[row]! : weights[row]! * column[row]!);
  }
  let largest = 0;
  for (let code = 0; code < sums.length; code++) {
    sums[code] = sums[code]! / totals[code]!;
    largest = Math.max(largest, Math.abs(sums[code]!));
  }
  for (let row = 0; row < column.length; row++) column[row] = column[row]! - sums[codes[row]!]!;
  return largest;
}

/**
 * The rank of the factors' dummies: for two factors levels less connected components (Abowd, Creecy and Kramarz 2002);
 * each further factor adds its levels less one, which is right where it is connected with the others.
 */
export function absorbedRank(factors: readonly AbsorbedFactor[]): number {
  if (factors.length === 0) return 0;
  const [first, second, ...others] = factors;
  const further = others.reduce((total, { levels }) => total + levels - 1, 0);
  if (second === undefined) return first!.levels;
  return first!.levels + second.levels - connectedComponents(first!, second) + further;
}

function connectedComponents(first: AbsorbedFactor, second: AbsorbedFactor): number {
  const parent = Int32Array.from({ length: first.levels + second.levels }, (_, node) => node);
  const find = (node: number): number => {
    while (parent[node] !== node) {
      parent[node] = parent[parent[node]!]!;
      node = parent[node]!;
    }
    return node;
  };
  let components = parent.length;
  for (let row = 0; row < first.codes.length; row++) {
    const [left, right] = [find(first.codes[row]!), find(first.levels + second.codes[row]!)];
    if (left === right) continue;
    parent[left] = right;
    components--;
  }
  return components;
}

/** Whether every level lies in one cluster. */
function isNested({ codes, levels }: AbsorbedFactor, groups: readonly (readonly number[])[]): boolean {
  const owner = new Int32Array(levels).fill(-1);
  groups.forEach((rows, group) => {
    for (const row of rows) if (owner[codes[row]!] === -1) owner[codes[row]!] = group;
  });
  return groups.every((rows, group) => rows.every((row) => owner[codes[row]!] === group));
}

function dummies({ codes, levels }: AbsorbedFactor, start: number): Float64Array[] {
  const own = (level: number) => Float64Array.from(codes, (code) => code === level ? 1 : 0);
  return Array.from({ length: levels - start }, (_, at) => own(start + at));
}

/** Weights on a scale on which they are 1 on average. */
export function meanOne(weights: ArrayLike<number>): Float64Array {
  const scaled = new Float64Array(weights);
  const mean = sum(scaled) / scaled.length;
  return scaled.map((weight) => weight / mean);
}
