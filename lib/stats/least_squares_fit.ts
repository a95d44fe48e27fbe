import {
  absorb,
  type AbsorbedFactor,
  absorbedFactor,
  absorbedRank,
  dummies,
  isNested,
  levelWeights,
} from "./fixed_effects.ts";
import type { WaldTest, WaldTestOptions } from "./wald.ts";
import type { CovarianceType } from "./fit_parts.ts";

/** A design matrix and outcome as the fit takes them: shifted, fixed effects taken out, times √weight. */
export interface PreparedDesign {
  /** Dummies of fixed effects that are not absorbed, then the given columns. */
  readonly columns: readonly Float64Array[];
  /** The number of those dummies. */
  readonly extra: number;
  /** The outcome. */
  readonly target: Float64Array;
  /** Lengths below which what is left of a column is rounding. */
  readonly floors: Float64Array;
  /** What was taken from each given column. */
  readonly shifts: Float64Array;
  /** The value of the constant in front, which takes up the shifts; 0 where there is none. */
  readonly unit: number;
  /** What was taken from the outcome. */
  readonly outcomeShift: number;
  /** The rank of absorbed fixed effects. */
  readonly absorbedRank: number;
  /** Each row's leverage through absorbed fixed effects. */
  readonly absorbedLeverage: Float64Array | null;
  /** Whether the model holds a constant, by itself or in fixed effects. */
  readonly constant: boolean;
  /** The weighted sum of squares of the outcome, about its mean where the model holds a constant. */
  readonly totalSquares: number;
}

/** What the design is made of. */
export interface DesignInput {
  /** The design matrix by columns. */
  readonly columns: readonly ArrayLike<number>[];
  /** The outcome. */
  readonly outcome: ArrayLike<number>;
  /** Weights with mean 1. */
  readonly weights: Float64Array | null;
  /** Columns of names whose levels have intercepts of their own. */
  readonly fixedEffects: readonly ArrayLike<unknown>[];
  /** Rows of each cluster. */
  readonly groups: readonly (readonly number[])[] | null;
  /** The kind of covariance. */
  readonly type: CovarianceType;
}

/** Rounding of means and of differences from them stays below this share of a column's length. */
const relativeFloor = 1e-14;

/** Shifts by means where there is a constant, so that a large offset costs no digits; absorbs fixed effects. */
export function prepareDesign(input: DesignInput): PreparedDesign {
  const { columns, outcome, weights } = input;
  const total = weights === null ? outcome.length : weights.reduce((sum, weight) => sum + weight, 0);
  const factors = input.fixedEffects.map(absorbedFactor);
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
    constant,
    totalSquares,
  };
}

interface EffectsPlan {
  /** Factors that are taken out of the columns. */
  absorbed: AbsorbedFactor[];
  /** Dummies of the other factors. */
  explicit: Float64Array[];
  /** Leverage through the absorbed factors, where it counts. */
  leverage: Float64Array | null;
}

/**
 * Which fixed effects are absorbed. Covariances without leverages allow all. HC2 to HC5 need leverages: one factor has
 * its own, w / Σw of the level, and the other factors become dummies. CR2 and CR3 may absorb what lies within clusters,
 * without weights (Pustejovsky and Tipton 2018, theorem 2); the other factors become dummies.
 */
function planEffects(
  { type, groups, weights }: DesignInput,
  factors: readonly AbsorbedFactor[],
): EffectsPlan {
  if (factors.length === 0) return { absorbed: [], explicit: [], leverage: null };
  const bySize = [...factors].sort((a, b) => b.levels - a.levels);
  if (["HC2", "HC3", "HC4", "HC5"].includes(type)) {
    const [largest, ...others] = bySize;
    const totals = levelWeights(largest!, weights);
    const leverage = Float64Array.from(
      largest!.codes,
      (code, row) => (weights === null ? 1 : weights[row]!) / totals[code]!,
    );
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
  const largest = column.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
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

/** Options of `leastSquares`. */
export interface LeastSquaresOptions {
  /**
   * Weights above 0, one per row.
   *
   * @default {undefined} all rows count the same
   */
  weights?: ArrayLike<number>;
  /**
   * Each row's cluster.
   *
   * @default {undefined} rows are independent
   */
  clusters?: ArrayLike<unknown>;
  /**
   * Columns of names, one name per row: each name has an intercept of its own, which is not reported.
   *
   * @default {[]}
   */
  fixedEffects?: readonly ArrayLike<unknown>[];
  /**
   * How the covariance is estimated.
   *
   * @default {"HC2"} or `"CR2"` with clusters
   */
  covarianceType?: CovarianceType;
}

/** A fitted linear model. Coefficients stand in the order of the columns; those left out are `NaN`. */
export interface LeastSquaresFit {
  /** The coefficients. */
  readonly coefficients: Float64Array;
  /** The coefficients' covariance, as rows. */
  readonly covariance: readonly (readonly number[])[];
  /** The coefficients' standard errors. */
  readonly standardErrors: Float64Array;
  /** Degrees of freedom of each coefficient's t distribution. */
  readonly df: Float64Array;
  /** Outcome less fitted value, unweighted. */
  readonly residuals: Float64Array;
  /** The number of columns that are not combinations of earlier ones (or of fixed effects). */
  readonly rank: number;
  /** Columns left out because they are combinations of earlier ones (or of fixed effects). */
  readonly dropped: readonly number[];
  /** Rows that a coefficient fits exactly, whose part of the covariance is taken as 0. */
  readonly exactRows: number;
  /** How the covariance was estimated. */
  readonly covarianceType: CovarianceType;
  /** The number of rows. */
  readonly n: number;
  /** The number of clusters; `null` without. */
  readonly clusters: number | null;
  /** The number of intercepts that fixed effects take up; 0 without. */
  readonly fixedEffectsRank: number;
  /** Rows less `rank` and `fixedEffectsRank`. */
  readonly residualDf: number;
  /** Σwe² over the residual degrees of freedom, weights with mean 1. */
  readonly residualVariance: number;
  /** The share of the outcome's variance that the model takes up; without a constant, of its sum of squares. */
  readonly rSquared: number;
  /** The same, corrected for the number of coefficients. */
  readonly adjustedRSquared: number;
  /** The share of the variance within fixed effects that the columns take up; `rSquared` without fixed effects. */
  readonly withinRSquared: number;
  /** Whether the columns or the fixed effects hold a constant. */
  readonly constant: boolean;
  /**
   * Tests combinations of coefficients: each row holds one number per column, so that `[[0, 1, -1]]` tests that the
   * second and the third coefficient are the same. `NaN` where a coefficient that was left out takes part.
   */
  readonly test: (combinations: readonly (readonly number[])[], options?: WaldTestOptions) => WaldTest;
}
