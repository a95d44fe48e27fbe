import type { Basis } from "../core/columns.ts";
import type { CovarianceType } from "../stats/fit_parts.ts";

/**
 * The name of an estimator of effects: `difference_in_means`; `ols`, a regression on arms and covariates; `lin`, the
 * same with centred covariates that have slopes of their own in every arm (Lin 2013); `horvitz_thompson`, `hajek` and
 * `aipw`, which weight by the probabilities of the arms that `assignTreatments` recorded (`estimateWeightedEffects` has
 * their further options).
 */
export type EffectEstimatorName =
  | "difference_in_means"
  | "ols"
  | "lin"
  | "horvitz_thompson"
  | "hajek"
  | "aipw";

/** Options of `estimateEffects`. */
export interface EstimateEffectsOptions {
  /** The outcome: an item's name in a table of answers, a column's in a wide table. */
  outcome: string;
  /**
   * The column of arms.
   *
   * @default {"arm"}
   */
  arm?: string;
  /**
   * The arm that the others are compared with.
   *
   * @default {undefined} the reference that `assignTreatments` recorded; else the arm named `control`; else the first of
   * two arms in sorted order
   */
  reference?: string | number | boolean;
  /**
   * The column of blocks within which arms were assigned, or several columns whose combinations are the blocks; `[]`
   * for none.
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
   * The column of weights.
   *
   * @default {undefined} every unit counts the same
   */
  weights?: string;
  /**
   * The column that says which rows are the same persona: rows of a persona in one arm are averaged, and a persona
   * in both arms is compared with itself.
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
   * How the effect is estimated.
   *
   * @default {"difference_in_means"}
   */
  estimator?: EffectEstimatorName;
  /**
   * Columns measured before treatment, for `ols` and `lin`: numbers, or names, which become one indicator for each value
   * but the first.
   *
   * @default {[]}
   */
  covariates?: string | readonly string[];
  /**
   * How the variance is estimated, for `ols` and `lin`.
   *
   * @default {"HC2"} or `"CR2"` with clusters
   */
  covarianceType?: CovarianceType;
  /**
   * The variance where some blocks are pairs and others are larger: `hybrid` adds the variance between pairs to that
   * within larger blocks; `pairs` takes every block for a pair, as the R package estimatr does.
   *
   * @default {"hybrid"}
   */
  mixedBlocks?: "hybrid" | "pairs";
  /**
   * What the estimate rests on.
   *
   * @default {"synthetic"}
   */
  basis?: Basis;
}
