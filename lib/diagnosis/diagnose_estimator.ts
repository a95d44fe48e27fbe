import { cannot, checkLevel, checkOptions, checkSeed, checkWhole, stream, type Table } from "../core/mod.ts";
import { diagnoseSimulations } from "./diagnose_simulations.ts";
import { SimulatedEstimates, type Truth, truthByTerm } from "./simulated_estimates.ts";

/** Options of {@linkcode diagnoseEstimator}. */
export interface DiagnoseEstimatorOptions {
  /** The true value of what is estimated, one for each term, or a function of the data that were drawn. */
  readonly truth: Truth | ((table: Table) => Truth);
  /** The seed: any whole number. */
  readonly seed: number;
  /**
   * The number of simulations.
   * @default 500
   */
  readonly simulations?: number;
  /**
   * The level of the tests; see `diagnoseSimulations`.
   * @default 0.05
   */
  readonly alpha?: number;
}

const action = "diagnose an estimator";

/**
 * Diagnoses an estimator on data of one's own making: bias, precision, coverage, power, with Monte-Carlo errors.
 *
 * The data come from a function of a seed; nothing else may vary. To put a whole experiment to the test, assignment,
 * prompts and drift included, use `diagnoseDesign`.
 *
 * @param generate draws one data set from a seed
 * @param estimator makes a table of estimates from it: `estimate`, and where there are any `std_error`, `p_value`,
 * `conf_low`, `conf_high`, `term`
 * @param options see {@linkcode DiagnoseEstimatorOptions}
 * @returns the diagnosands; see `diagnoseSimulations`
 * @throws {RangeError} if `truth` does not name a term, or the estimator returns no estimate
 * @see Blair, Cooper, Coppock and Humphreys 2019, American Political Science Review 113: 838-859
 * @example The mean of five normal numbers, and an interval that is too short
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { columnOf, stream, tableOf } from "@understudy/understudy/core";
 * import { diagnoseEstimator } from "@understudy/understudy/diagnosis";
 *
 * const diagnosis = diagnoseEstimator(
 *   (seed) => {
 *     const random = stream(seed);
 *     return tableOf({ y: Array.from({ length: 5 }, () => random.normal()) });
 *   },
 *   (table) => {
 *     const mean = columnOf<number>(table, "y").reduce((sum, y) => sum + y / 5, 0);
 *     return tableOf({ estimate: [mean], conf_low: [mean - 0.3], conf_high: [mean + 0.3] });
 *   },
 *   { truth: 0, seed: 1 },
 * );
 * assertEquals(diagnosis.array("verdict")[6], "too rarely");
 * ```
 */
export function diagnoseEstimator(
  generate: (seed: number) => Table,
  estimator: (table: Table) => Table,
  options: DiagnoseEstimatorOptions,
): Table {
  checkOptions(action, options, ["truth", "seed", "simulations", "alpha"]);
  const { truth, seed, simulations = 500, alpha = 0.05 } = options;
  if (typeof generate !== "function") {
    throw new TypeError(cannot(action, "generate", "be a function", generate));
  }
  if (typeof estimator !== "function") {
    throw new TypeError(cannot(action, "estimator", "be a function", estimator));
  }
  checkSeed(action, seed);
  checkWhole(action, "simulations", simulations, 2);
  checkLevel(action, "alpha", alpha);
  const found = new SimulatedEstimates(action);
  for (let simulation = 1; simulation <= simulations; simulation++) {
    const table = generate(stream(seed, "simulation", simulation).bits());
    const known = typeof truth === "function" ? truth(table) : truth;
    found.add(simulation, estimator(table), (row) => truthByTerm(action, known, row));
  }
  return diagnoseSimulations(found.table(), { alpha });
}
