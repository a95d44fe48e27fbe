import type { Basis } from "../../core/columns.ts";
import type { AdjustmentMethod } from "../../stats/multiplicity.ts";

/** Options of `estimateHeterogeneity`. */
export interface EstimateHeterogeneityOptions {
  /** The outcome: an item's name in a table of answers, a column's in a wide table. */
  outcome: string;
  /** The column (or columns) by which effects may differ: names make subgroups, numbers a slope. */
  by: string | readonly string[];
  /**
   * How p-values are adjusted for their number, among subgroups and among differences.
   *
   * @default {"holm"}
   */
  adjustment?: AdjustmentMethod;
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
   * The column of blocks within which arms were assigned, or several columns; `[]` for none. Used for the effects within
   * subgroups.
   *
   * @default {[]}
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
