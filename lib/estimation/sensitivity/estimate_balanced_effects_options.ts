import type { BalanceTarget } from "./balancing_columns.ts";
import type { SensitivityOptions } from "./sensitivity_sample.ts";

/** Options of `estimateBalancedEffects`: the outcome and the assignment as in `estimateEffects`, and these. */
export interface EstimateBalancedEffectsOptions extends Omit<SensitivityOptions, "blocks"> {
  /**
   * The attributes to balance: items that the simulated people answered, or columns. Names become indicators. A name that
   * is both is read as the item; `reason` says what was read as a column. A column of the personas is whom the model was
   * told to be only where the text stated it: drift shows in answers. Covariates are attributes that may have moved the
   * outcome and are to be held alike, as in `estimateRobustness`; the `controls` of `estimateControlBounds` are questions
   * that the treatment cannot change, by which drift is measured and nothing is held.
   */
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
