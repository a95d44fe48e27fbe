import { quadraticInverse } from "./cholesky.ts";
import { fUpper } from "./f_distribution.ts";
import { type Matrix, multiply, multiplyVector, transpose } from "./matrix.ts";

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
