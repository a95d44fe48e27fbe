import type { Basis } from "../../core/columns.ts";
import type { LogitCovarianceType } from "./estimate_logit_options.ts";

/** Options of `estimateOrderedLogit`. */
export interface EstimateOrderedLogitOptions {
  /** The outcome, of ordered categories: an item's name in a table of answers, a column's in a wide table. */
  outcome: string;
  /** The columns that explain it. Numbers enter as they are; of names, each but the first (or `control`) is a term. */
  predictors: readonly string[];
  /**
   * The categories from lowest to highest, for outcomes that are not numbers.
   *
   * @default {undefined} the numbers that occur, by size
   */
  levels?: readonly (string | number)[];
  /**
   * The column of weights.
   *
   * @default {undefined} every row counts the same
   */
  weights?: string;
  /**
   * The column of clusters; `null` for none.
   *
   * @default {undefined} `cluster` where `assignTreatments` recorded one, else `persona_id` where a persona has
   * several rows, else none
   */
  clusters?: string | null;
  /**
   * How standard errors are estimated: from the information matrix (`classical`), robust (`HC0`, `HC1`) or by clusters
   * (`cluster`).
   *
   * @default {undefined} `cluster` with clusters, `HC1` with weights, else `classical`
   */
  covarianceType?: LogitCovarianceType;
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
