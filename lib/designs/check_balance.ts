import {
  cannot,
  checkColumns,
  checkLevel,
  checkOneOf,
  checkOptions,
  checkRows,
  checkSeed,
  checkWhole,
  columnOf,
  recordedReference,
  type Table,
  tableOfRows,
} from "../core/mod.ts";
import { readFeatures } from "./balance_features.ts";
import { type BalanceInput, readArms, readWeights } from "./balance_input.ts";
import { compareArms } from "./balance_permutations.ts";
import { balanceColumns, tidyFeature } from "./balance_rows.ts";
import { readUnits } from "./balance_units.ts";

/** Options of {@linkcode checkBalance}. */
export interface CheckBalanceOptions {
  /** Column, or columns, to compare: numbers by their mean, anything else by the share of each level. */
  readonly covariates: string | readonly string[];
  /**
   * The column of arms.
   * @default "arm"
   */
  readonly arm?: string;
  /**
   * The arm with which the others are compared.
   * @default the reference that `assignTreatments` recorded; else "control", else the first of two
   */
  readonly reference?: string | number;
  /**
   * The column of weights; they must not depend on the assignment.
   * @default every row counts the same
   */
  readonly weights?: string;
  /**
   * The standardized difference up to which an arm is called balanced.
   * @default 0.1
   */
  readonly threshold?: number;
  /**
   * The adjusted p-value below which an imbalance is called more than chance.
   * @default 0.05
   */
  readonly alpha?: number;
  /**
   * The standard deviation that differences are divided by: root mean variance of both arms (`pooled`), one arm's, that
   * of both arms as one (`all`, or `weighted` with the weights), or `hedges`, variances pooled by degrees of freedom
   * with the correction for small samples. All but `weighted` leave the weights out, so that weighting does not move the
   * scale.
   * @default "pooled"
   */
  readonly denominator?: "pooled" | "arm" | "reference" | "all" | "weighted" | "hedges";
  /**
   * The number of random assignments where there are too many to go through all; 0 for no p-values.
   * @default 999
   */
  readonly permutations?: number;
  /**
   * The seed of the random assignments.
   * @default 1
   */
  readonly seed?: number;
}

const action = "check balance";
const known = [
  "covariates",
  "arm",
  "reference",
  "weights",
  "threshold",
  "alpha",
  "denominator",
  "permutations",
  "seed",
];
/**
 * Checks whether the arms are alike in what was known before the treatment.
 *
 * Reports standardized mean differences, and calls an arm balanced where none exceeds `threshold`. That 0.1 is a
 * convention, not a test: with few personas, chance alone exceeds it often. So `null_high` says what random assignment
 * allows, and the p-values tell chance (`within chance`) from more (`imbalanced`), which after a correct random
 * assignment is found in 5% of studies: a sign of a mistake, not a reason to adjust. They come from assigning anew: arms change places
 * within the column `block` and by whole `cluster`, where the table has these columns. The smallest `p_adjusted` is
 * the p-value of balance in all covariates at once.
 *
 * @param assigned one row per unit; needs the arms and the covariates. Rows without a value are left out of that
 * covariate and counted in `reason`
 * @param options see {@linkcode CheckBalanceOptions} (defaults there)
 * @returns one row per covariate (per level where it is not numeric) and arm other than the reference: `n_arm`,
 * `n_reference`, `mean_arm`, `mean_reference` (share for a level), `statistic` (standardized difference),
 * `variance_ratio`, `ks` (Kolmogorov-Smirnov distance), `null_mean` and `null_high` (mean and 95% point of the absolute
 * standardized difference under random assignment), `p_value`, `p_adjusted` (largest difference of all rows), `verdict`
 * (`balanced`, `within chance`, `imbalanced`, or `undetermined` where there are no values to compare) and `reason`
 * @throws {RangeError} if a column is missing, there are fewer than two arms, or the reference is not one of them
 * @see Austin 2011, Multivariate Behavioral Research 46: 399-424; Westfall and Young 1993, Resampling-Based Multiple
 * Testing, for the largest difference
 * @example
 * ```ts
 * import { assertAlmostEquals, assertEquals } from "@std/assert";
 * import { columnOf, tableOf } from "@understudy/understudy/core";
 * import { checkBalance } from "@understudy/understudy/designs";
 *
 * const assigned = tableOf({ arm: ["control", "control", "threat", "threat"], age: [20, 40, 40, 60] });
 * const balance = checkBalance(assigned, { covariates: "age" });
 * assertAlmostEquals(columnOf<number>(balance, "statistic")[0]!, Math.SQRT2);
 * assertEquals(columnOf(balance, "verdict"), ["within chance"]);
 * ```
 */
export function checkBalance(assigned: Table, options: CheckBalanceOptions): Table {
  const checked = checkBalanceInput(assigned, options);
  const units = readUnits(action, assigned, checked.arms);
  const comparisons = compareArms(checked.features, units, {
    weights: checked.weights,
    armCount: checked.names.length,
    denominator: options.denominator ?? "pooled",
    permutations: options.permutations ?? 999,
    seed: options.seed ?? 1,
  });
  const note = options.permutations === 0 ? "no p-value: permutations is 0" : units.obstacle;
  const rows = checked.features.flatMap((feature, index) => {
    const others = checked.names.length - 1;
    return tidyFeature(
      feature,
      checked,
      comparisons.slice(index * others, (index + 1) * others),
      options,
      note,
    );
  });
  return tableOfRows(rows, balanceColumns);
}

function checkBalanceInput(assigned: Table, options: CheckBalanceOptions): BalanceInput {
  checkOptions(action, options, known);
  const { covariates, arm = "arm", threshold = 0.1 } = options;
  const names = typeof covariates === "string" ? [covariates] : covariates;
  if (!Array.isArray(names) || names.length === 0) {
    throw new TypeError(cannot(action, "covariates", "name at least one column", covariates));
  }
  if (typeof threshold !== "number" || !(threshold > 0)) {
    throw new RangeError(cannot(action, "threshold", "be a positive number", threshold));
  }
  checkLevel(action, "alpha", options.alpha ?? 0.05);
  checkOneOf(action, "denominator", options.denominator ?? "pooled", [
    "pooled",
    "arm",
    "reference",
    "all",
    "weighted",
    "hedges",
  ]);
  checkWhole(action, "permutations", options.permutations ?? 999);
  checkSeed(action, options.seed ?? 1);
  checkColumns(action, assigned, [arm, ...names], "assigned");
  checkRows(action, assigned, "assigned");
  if (names.includes(arm)) throw new RangeError(cannot(action, "covariates", "not name the arms", arm));
  return {
    features: readFeatures(action, assigned, names),
    ...readArms(action, columnOf(assigned, arm), arm, options.reference ?? recordedReference(assigned)),
    weights: readWeights(action, assigned, options.weights),
  };
}
