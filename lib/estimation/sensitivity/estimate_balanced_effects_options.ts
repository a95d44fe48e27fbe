import type { BalanceTarget } from "./balancing_columns.ts";
import type { SensitivityOptions } from "./sensitivity_sample.ts";

/** Options of `estimateBalancedEffects`: the outcome and the assignment as in `estimateEffects`, and these. */
export interface EstimateBalancedEffectsOptions extends Omit<SensitivityOptions, "blocks"> {
  /** The attributes to balance: items that the simulated people answered, or columns. Names become indicators. */
  covariates: string | readonly string[];
  /**
   * 1 balances means, 2 the means of squares of numbers as well.
   *
   * @default {1}
   */
  moments?: 1 | 2;
  /**
   * Whose means both arms are given: of both arms together, of the arm, of the reference, or of a table of personas (one
   * row each, a column for each covariate, and `weight` where they count differently). With `"arm"` only the reference
   * is weighted. The effect is that on such people.
   *
   * @default {"pooled"}
   */
  target?: BalanceTarget;
}
