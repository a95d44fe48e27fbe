import type { Basis } from "../../core/columns.ts";
import type { WeightingAssignment } from "./weighting_design.ts";

export type { WeightingAssignment } from "./weighting_design.ts";

/** The name of an estimator that weights by assignment probabilities. */
export type WeightingEstimatorName = "horvitz_thompson" | "hajek" | "aipw";

/** Options of `estimateWeightedEffects`. */
export interface EstimateWeightedEffectsOptions {
  /** The outcome: an item's name in a table of answers, a column's in a wide table. */
  outcome: string;
  /**
   * How the effect is estimated: `horvitz_thompson` (unbiased), `hajek` (difference of weighted means) or `aipw`
   * (regression in each arm plus weighted residuals; needs `covariates`).
   *
   * @default {"hajek"}
   */
  estimator?: WeightingEstimatorName;
  /**
   * The column with each unit's probability of the arm that it is in; or for each arm its probability, or the column
   * that holds it.
   *
   * @default {undefined} `arm_probability` where the table has it; otherwise the arms' shares within blocks
   */
  probabilities?: string | { readonly [arm: string]: number | string };
  /**
   * Whether each unit was assigned by itself (`simple`) or arm sizes were fixed within blocks (`complete`).
   *
   * @default {undefined} `complete` where probabilities are the same within blocks, else `simple`
   */
  assignment?: WeightingAssignment;
  /**
   * Columns of numbers that explain the outcome and are not affected by the arms; for `aipw`.
   *
   * @default {[]}
   */
  covariates?: readonly string[];
  /**
   * The variance of `horvitz_thompson`: `youngs` holds whatever the effects are; `constant` supposes the same effect
   * on all units, with simple assignment.
   *
   * @default {"youngs"}
   */
  variance?: "youngs" | "constant";
  /**
   * The column of arms.
   *
   * @default {"arm"}
   */
  arm?: string;
  /**
   * The arm that the others are compared with.
   *
   * @default {undefined} the arm named `control`; without one, the first of two arms in sorted order
   */
  reference?: string | number | boolean;
  /**
   * The column of blocks within which arms were assigned, or several columns; `[]` for none.
   *
   * @default {undefined} `block` in a table that `assignTreatments` assigned in blocks, else none
   */
  blocks?: string | readonly string[];
  /**
   * The column of clusters that were assigned as one; `null` for none.
   *
   * @default {undefined} `cluster` in a table that `assignTreatments` assigned in clusters, else none
   */
  clusters?: string | null;
  /**
   * The column that says which rows are the same persona; its rows in an arm are averaged.
   *
   * @default {"persona_id"} where the table has it; otherwise each row is a unit of its own
   */
  persona?: string;
  /**
   * Estimates the effect on the share of this answer, for outcomes that are not numbers.
   *
   * @default {undefined} the outcome is a number
   */
  category?: string | number | boolean;
  /**
   * One less the confidence level.
   *
   * @default {0.05}
   */
  alpha?: number;
  /**
   * What the estimate rests on.
   *
   * @default {"synthetic"}
   */
  basis?: Basis;
}
