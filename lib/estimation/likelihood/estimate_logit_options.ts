import type { Basis } from "../../core/columns.ts";

/** How a logit's standard errors are estimated. */
export type LogitCovarianceType = "classical" | "HC0" | "HC1" | "cluster";

/** Options of `estimateLogit`. */
export interface EstimateLogitOptions {
  /** The outcome, 0 or 1 (or true and false): an item's name in a table of answers, a column's in a wide table. */
  outcome: string;
  /** The columns that explain it. Numbers enter as they are; of names, each but the first (or `control`) is a term. */
  predictors: readonly string[];
  /**
   * Explains whether the answer is this one, for outcomes that are not 0 and 1.
   *
   * @default {undefined} the outcome is 0 or 1
   */
  category?: string | number | boolean;
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
   * How standard errors are estimated: from the information matrix (`classical`; with weights times Pearson's
   * dispersion), robust (`HC0`, `HC1`) or by clusters (`cluster`).
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
