import type { SensitivityOptions } from "./sensitivity_sample.ts";

/** Options of `estimateRobustness`: the outcome and the assignment as in `estimateEffects`, and these. */
export interface EstimateRobustnessOptions extends SensitivityOptions {
  /**
   * Attributes that the regression holds: items that the simulated people answered, or columns. Numbers, or names, which
   * become one indicator for each but the first. A name that is both is read as the item; `reason` says what was read as
   * a column: one of the personas, which the model saw only where the text stated it. The same argument as in
   * `estimateBalancedEffects`; not the `controls` of `estimateControlBounds`, which measure drift and hold nothing.
   *
   * @default {[]}
   */
  covariates?: string | readonly string[];
  /**
   * Covariates with which a confounder is compared; a list within the list is a group that is taken as one.
   *
   * @default {undefined} each covariate by itself
   */
  benchmarks?: readonly (string | readonly string[])[];
  /**
   * How many times as strong as a benchmark the confounder is.
   *
   * @default {[1, 2, 3]}
   */
  strengths?: readonly number[];
  /**
   * Whether confounding made the estimate larger than the effect, so that it is brought toward 0, or smaller.
   *
   * @default {"reduce"}
   */
  direction?: "reduce" | "increase";
  /**
   * The share of the estimate by which a bias must change it to matter: 1 brings it to 0.
   *
   * @default {1}
   */
  q?: number;
}
