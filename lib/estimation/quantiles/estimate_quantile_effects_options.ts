import type { Basis } from "../../core/columns.ts";
import type { QuantileType } from "../../stats/quantiles.ts";

export type { QuantileType } from "../../stats/quantiles.ts";

/** Options of `estimateQuantileEffects`. */
export interface EstimateQuantileEffectsOptions {
  /** The outcome: an item's name in a table of answers, a column's in a wide table. */
  outcome: string;
  /**
   * The quantiles to compare, each strictly between 0 and 1.
   *
   * @default {[0.25, 0.5, 0.75]}
   */
  quantiles?: readonly number[];
  /**
   * How a sample's quantile is defined: 7 interpolates between values, 1 takes a value of the sample, as quantile
   * regression does; others as in R.
   *
   * @default {7}
   */
  type?: QuantileType;
  /**
   * The number of bootstrap samples.
   *
   * @default {1000}
   */
  replicates?: number;
  /**
   * The seed of the bootstrap samples.
   *
   * @default {1}
   */
  seed?: number;
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
