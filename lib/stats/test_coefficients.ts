import { checkOneOf, checkOptions } from "../core/checks.ts";
import { cannot } from "../core/errors.ts";
import { checkNumbers } from "./check_least_squares.ts";
import type { ClusterCovariance } from "./cluster_covariance.ts";
import { hotellingDegrees } from "./cluster_degrees.ts";
import type { CovarianceType, LeastSquaresParts } from "./least_squares_parts.ts";
import { type Matrix, multiply } from "./matrix.ts";
import { type WaldTest, waldTest, type WaldTestOptions } from "./wald_test.ts";

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
