import { distinct } from "../core/table.ts";
import { studentTQuantile, studentTTwoSided } from "../stats/distributions.ts";
import { leastSquares } from "../stats/least_squares.ts";
import type { AuditRow } from "./audit_rows.ts";

/** An estimate with its t test and interval, all answers of a unit moving together. */
export interface ClusteredEstimate {
  readonly estimate: number;
  /** Half the width of the interval: the 95% point of the estimate were the truth 0. */
  readonly half: number;
  readonly pValue: number;
  readonly low: number;
  readonly high: number;
  /** The number of units. */
  readonly units: number;
  /** What the reader must know; empty where nothing. */
  readonly note: string;
}

/** A linear contrast of a regression. */
export interface ContrastInput {
  /** The columns of the regression, the constant among them. */
  readonly columns: readonly ArrayLike<number>[];
  readonly outcome: ArrayLike<number>;
  /** Each row's unit. */
  readonly unit: readonly string[];
  /** The weight of each coefficient. */
  readonly combination: readonly number[];
  readonly alpha: number;
}

/**
 * Estimates a contrast with a t interval: CR2 with Satterthwaite's degrees of freedom (Bell and McCaffrey 2002); where
 * each unit answered once that is HC2, and Welch's test of two groups.
 */
export function clusteredContrast(input: ContrastInput): ClusteredEstimate {
  const { columns, outcome, unit, combination, alpha } = input;
  const units = distinct(unit).length;
  if (units <= columns.length) return noEstimate(units, `too few units: ${units}`);
  const fit = leastSquares(columns, outcome, { clusters: unit });
  if (fit.dropped.length > 0) return noEstimate(units, "what is compared does not vary");
  const test = fit.test([[...combination]]);
  const [estimate, stdError] = [test.estimates[0]!, test.standardErrors[0]!];
  const scale = Math.max(...Array.from(outcome, Math.abs));
  if (!(stdError > 1e-9 * scale)) return withoutSpread(estimate, scale, input, units);
  const half = studentTQuantile(1 - alpha / 2, test.denominatorDf) * stdError;
  return {
    estimate,
    half,
    pValue: studentTTwoSided(estimate / stdError, test.denominatorDf),
    low: estimate - half,
    high: estimate + half,
    units,
    note: "",
  };
}

/** The mean of one value per answer, all answers of a unit moving together. */
export function clusteredMean(
  outcome: readonly number[],
  unit: readonly string[],
  alpha: number,
): ClusteredEstimate {
  return clusteredContrast({ columns: [outcome.map(() => 1)], outcome, unit, combination: [1], alpha });
}

/** The columns of a contrast that would be 0 without the fault. */
export function contrastNumbers(
  { estimate, half, pValue, low, high, units }: ClusteredEstimate,
): Pick<AuditRow, "statistic" | "null_mean" | "null_high" | "p_value" | "conf_low" | "conf_high" | "n"> {
  return {
    statistic: estimate,
    null_mean: 0,
    null_high: half,
    p_value: pValue,
    conf_low: low,
    conf_high: high,
    n: units,
  };
}

/** The number of units that a table needs for a contrast is not there. */
function noEstimate(units: number, note: string): ClusteredEstimate {
  return { estimate: NaN, half: NaN, pValue: NaN, low: NaN, high: NaN, units, note };
}

/**
 * Where nothing varies there is no standard error, but it is no accident either: of a mean, all signs agree (p of the
 * sign test); of a contrast, the groups are separated (p of the exact test that deals the groups anew).
 */
function withoutSpread(
  estimate: number,
  scale: number,
  { columns, unit }: ContrastInput,
  units: number,
): ClusteredEstimate {
  const zero = !(Math.abs(estimate) > 1e-9 * scale);
  const last = columns.at(-1)!;
  const first = distinct(unit.filter((_, at) => last[at] === last[0])).length;
  const chance = columns.length === 1 ? 2 ** (1 - units) : Math.min(1, 2 / choose(units, first));
  const note = "answers do not vary: no standard error; the p-value is an exact test's";
  return { estimate, half: 0, pValue: zero ? 1 : chance, low: estimate, high: estimate, units, note };
}

function choose(n: number, k: number): number {
  let product = 1;
  for (let i = 1; i <= Math.min(k, n - k); i++) product *= (n - i + 1) / i;
  return product;
}
