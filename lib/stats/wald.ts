import { checkOneOf, checkOptions } from "../core/checks.ts";
import { cannot } from "../core/errors.ts";
import type { CovarianceType } from "./covariance.ts";
import { fUpper } from "./distributions.ts";
import { checkNumbers } from "./least_squares_design.ts";
import { type Matrix, multiply, multiplyVector, quadraticInverse, transpose } from "./matrix.ts";

/** A fit as its tests need it. */
interface TestedFit {
  type: CovarianceType;
  /** Degrees of freedom of Hotelling's T² for contrasts in coordinates of the basis; `null` where not defined. */
  hotelling: ((contrasts: Matrix) => number) | null;
  /** R⁻¹'s row of each reported coefficient. */
  rows: Matrix;
  /** The given column of each of those. */
  columns: readonly number[];
  /** All coefficients, and their covariance; `NaN` where a column was left out. */
  coefficients: Float64Array;
  spread: Matrix;
  /** Denominator degrees of freedom of the F test. */
  df: number;
}

/** Tests combinations of the coefficients. */
export function testFit(
  { type, hotelling, rows, columns, coefficients, spread, df }: TestedFit,
  combinations: readonly (readonly number[])[],
  options: WaldTestOptions,
): WaldTest {
  const action = "test coefficients";
  checkOptions(action, options, ["values", "method"]);
  const { values = combinations.map(() => 0), method = type === "CR2" ? "HTZ" : "F" } = options;
  if (combinations.length === 0) {
    throw new RangeError(cannot(action, "combinations", "have a row", "no rows"));
  }
  for (const row of combinations) {
    checkNumbers(action, "combinations", row, coefficients.length);
    if (row.every((value) => value === 0)) {
      throw new RangeError(cannot(action, "combinations", "name a coefficient in every row", [...row]));
    }
  }
  checkNumbers(action, "values", values, combinations.length);
  checkOneOf(action, "method", method, hotelling === null ? ["F"] : ["F", "HTZ"]);
  // A coefficient that was left out is NaN and counts only where a combination names it.
  const lacking = [...coefficients.keys()].filter((column) => Number.isNaN(coefficients[column]));
  const named = lacking.some((column) => combinations.some((row) => row[column] !== 0));
  const known = (value: number): number => !named && Number.isNaN(value) ? 0 : value;
  const weights = combinations.map((row) => [...row]);
  const estimates = multiplyVector(weights, coefficients.map(known)).map((value, i) => value - values[i]!);
  const spreadKnown = spread.map((row) => row.map(known));
  const covariance = multiply(multiply(weights, spreadKnown), transpose(weights));
  const q = weights.length;
  const wald = quadraticInverse(covariance, estimates);
  let [denominatorDf, statistic] = [df, wald / q];
  if (method === "HTZ" && hotelling !== null && !named) {
    const own = weights.map((row) => columns.map((column) => row[column]!));
    const degrees = hotelling(multiply(own, rows));
    // Pustejovsky and Tipton 2018, eq. 14: (η - q + 1) / (η q) · Q has q and η - q + 1 degrees of freedom.
    denominatorDf = degrees - q + 1;
    statistic = wald * denominatorDf / (degrees * q);
  }
  const usable = denominatorDf > 0;
  return {
    estimates,
    standardErrors: covariance.map((row, i) => Math.sqrt(row[i]!)),
    covariance,
    statistic: usable ? statistic : NaN,
    numeratorDf: q,
    denominatorDf: usable ? denominatorDf : NaN,
    pValue: usable ? fUpper(statistic, q, denominatorDf) : NaN,
    method,
  };
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
   * @default {undefined} all 0
   */
  values?: readonly number[];
  /**
   * The reference distribution. `HTZ` (Pustejovsky and Tipton 2018) allows for few clusters; `F` takes the rows less
   * the rank, or the clusters less one, for its denominator.
   * @default {"HTZ"} with CR2, else `"F"`
   */
  method?: "F" | "HTZ";
}
