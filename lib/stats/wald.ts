import { checkOneOf, checkOptions } from "../core/checks.ts";
import { cannot } from "../core/errors.ts";
import { hotellingDegrees } from "./cluster_degrees.ts";
import type { ClusterCovariance } from "./covariance.ts";
import { fUpper } from "./distributions.ts";
import { type Matrix, multiply, multiplyVector, quadraticInverse, transpose } from "./matrix.ts";
import { checkNumbers, type CovarianceType, type LeastSquaresParts } from "./fit_parts.ts";

/** A fit as its tests need it. */
export interface TestedFit {
  parts: LeastSquaresParts;
  cluster: ClusterCovariance | null;
  type: CovarianceType;
  /** Places, among the kept columns, of those that are not dummies of fixed effects. */
  reported: readonly number[];
  /** The given column at each of those places. */
  columns: readonly number[];
  /** All coefficients, and their covariance; `NaN` where a column was left out. */
  coefficients: Float64Array;
  spread: Matrix;
  /** Denominator degrees of freedom of the F test. */
  df: number;
}

/** Tests combinations of the coefficients. */
export function testFit(
  found: TestedFit,
  combinations: readonly (readonly number[])[],
  options: WaldTestOptions,
): WaldTest {
  const { parts, cluster, type, reported, columns, coefficients, spread } = found;
  checkOptions("test coefficients", options, ["values", "method"]);
  const values = options.values ?? combinations.map(() => 0);
  const method = options.method ?? (type === "CR2" ? "HTZ" : "F");
  checkCombinations(combinations, values, method, coefficients.length, cluster !== null);
  // A coefficient that was left out is NaN and counts only where a combination names it.
  const lacking = [...coefficients.keys()].filter((column) => Number.isNaN(coefficients[column]));
  const named = lacking.some((column) => combinations.some((row) => row[column] !== 0));
  const known = (value: number): number => !named && Number.isNaN(value) ? 0 : value;
  const degrees = (): number => {
    if (method === "F" || cluster === null || named) return found.df;
    const rows = reported.map((i) => parts.inverseUpper[i]!);
    const own = combinations.map((row) => columns.map((column) => row[column]!));
    return hotellingDegrees(multiply(own, rows), parts.basis.length, cluster.adjustment);
  };
  const estimated = {
    estimates: coefficients.map(known),
    covariance: spread.map((row) => row.map(known)),
    values,
  };
  return waldTest(combinations.map((row) => [...row]), estimated, { method, degrees });
}

function checkCombinations(
  combinations: readonly (readonly number[])[],
  values: readonly number[],
  method: "F" | "HTZ",
  count: number,
  clustered: boolean,
): void {
  const testing = "test coefficients";
  if (combinations.length === 0) {
    throw new RangeError(cannot(testing, "combinations", "have a row", "no rows"));
  }
  for (const row of combinations) {
    checkNumbers(testing, "combinations", row, count);
    if (row.every((value) => value === 0)) {
      throw new RangeError(cannot(testing, "combinations", "name a coefficient in every row", [...row]));
    }
  }
  checkNumbers(testing, "values", values, combinations.length);
  checkOneOf(testing, "method", method, clustered ? ["F", "HTZ"] : ["F"]);
}

/** A test that combinations of coefficients have the values that a hypothesis says. */
export interface WaldTest {
  /** Each combination, less its value under the hypothesis. */
  readonly estimates: readonly number[];
  /** The standard errors of the combinations. */
  readonly standardErrors: readonly number[];
  /** The covariance of the combinations, as rows. */
  readonly covariance: readonly (readonly number[])[];
  /** The F statistic; with one combination the square of its t. */
  readonly statistic: number;
  /** Numerator degrees of freedom: the number of combinations. */
  readonly numeratorDf: number;
  /** Denominator degrees of freedom. */
  readonly denominatorDf: number;
  /** The p-value. */
  readonly pValue: number;
  /** `HTZ`: Hotelling's T² with estimated degrees of freedom, for CR2; `F`: the Wald statistic against F. */
  readonly method: "F" | "HTZ";
}

/** Options of a fit's `test`. */
export interface WaldTestOptions {
  /**
   * The values under the hypothesis, one per combination.
   *
   * @default {undefined} all 0
   */
  values?: readonly number[];
  /**
   * The reference distribution. `HTZ` (Pustejovsky and Tipton 2018) allows for few clusters; `F` takes the rows less
   * the rank, or the clusters less one, for its denominator.
   *
   * @default {"HTZ"} with CR2, else `"F"`
   */
  method?: "F" | "HTZ";
}

/** Compares combinations of estimates with their values under a hypothesis. */
export function waldTest(
  combinations: Matrix,
  fit: { estimates: ArrayLike<number>; covariance: Matrix; values: readonly number[] },
  reference: { method: "F" | "HTZ"; degrees: () => number },
): WaldTest {
  const q = combinations.length;
  const estimates = multiplyVector(combinations, fit.estimates).map((value, i) => value - fit.values[i]!);
  const covariance = multiply(multiply(combinations, fit.covariance), transpose(combinations));
  const wald = quadraticInverse(covariance, estimates);
  const degrees = reference.degrees();
  // Pustejovsky and Tipton 2018, eq. 14: (η - q + 1) / (η q) · Q has q and η - q + 1 degrees of freedom.
  const denominatorDf = reference.method === "HTZ" ? degrees - q + 1 : degrees;
  const statistic = reference.method === "HTZ" ? wald * denominatorDf / (degrees * q) : wald / q;
  const usable = denominatorDf > 0;
  return {
    estimates,
    standardErrors: covariance.map((row, i) => Math.sqrt(row[i]!)),
    covariance,
    statistic: usable ? statistic : NaN,
    numeratorDf: q,
    denominatorDf: usable ? denominatorDf : NaN,
    pValue: usable ? fUpper(statistic, q, denominatorDf) : NaN,
    method: reference.method,
  };
}
