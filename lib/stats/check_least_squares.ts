import { checkOneOf, checkOptions, checkWeights } from "../core/checks.ts";
import { cannot } from "../core/errors.ts";
import type { LeastSquaresOptions } from "./least_squares_fit.ts";
import { clusterTypes, type CovarianceType, rowTypes } from "./least_squares_parts.ts";

const action = "fit least squares";

/** Checks what is to be fitted, and says which covariance is meant. */
export function checkLeastSquares(
  columns: readonly ArrayLike<number>[],
  outcome: ArrayLike<number>,
  options: LeastSquaresOptions,
): CovarianceType {
  checkOptions(action, options, ["weights", "clusters", "fixedEffects", "covarianceType"]);
  const rows = outcome.length;
  for (const column of columns) checkNumbers(action, "columns", column, rows);
  checkNumbers(action, "outcome", outcome, rows);
  if (options.clusters !== undefined) checkRowCount("clusters", options.clusters, rows);
  for (const names of options.fixedEffects ?? []) checkRowCount("fixedEffects", names, rows);
  if (options.weights !== undefined) {
    checkWeights(action, "weights", options.weights);
    checkRowCount("weights", options.weights, rows);
    if (Array.prototype.includes.call(options.weights, 0)) {
      throw new RangeError(cannot(action, "weights", "be above 0 (leave out rows that do not count)", 0));
    }
  }
  const clustered = options.clusters !== undefined;
  const type = options.covarianceType ?? (clustered ? "CR2" : "HC2");
  checkOneOf<CovarianceType>(
    action,
    clustered ? "covarianceType' with 'clusters" : "covarianceType",
    type,
    clustered ? clusterTypes : rowTypes,
  );
  return type;
}

function checkRowCount(argument: string, values: ArrayLike<unknown>, rows: number): void {
  if (values.length !== rows) {
    throw new RangeError(cannot(action, argument, `have ${rows} rows`, values.length));
  }
}

/** Checks that there is one finite number per row. */
export function checkNumbers(
  argumentOf: string,
  argument: string,
  values: ArrayLike<number>,
  rows: number,
): void {
  if (values.length !== rows) {
    throw new RangeError(cannot(argumentOf, argument, `have ${rows} rows`, values.length));
  }
  // A sum of finite numbers is finite unless it overflows: then each is looked at.
  let total = 0;
  if (ArrayBuffer.isView(values)) {
    for (let row = 0; row < rows; row++) total += values[row]!;
    if (Number.isFinite(total)) return;
  }
  for (let row = 0; row < rows; row++) {
    if (!Number.isFinite(values[row])) {
      throw new RangeError(cannot(argumentOf, argument, "hold finite numbers", values[row]));
    }
  }
}
