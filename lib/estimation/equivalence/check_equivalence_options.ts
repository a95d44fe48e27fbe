import type { Basis } from "../../core/columns.ts";

/** Options of `checkEquivalence`. */
export interface CheckEquivalenceOptions {
  /** The outcome: an item's name in a table of answers, a column's in a wide table. */
  outcome: string;
  /**
   * The smallest effect that would matter: one number for both sides, or a lower and an upper bound (one may be
   * infinite, for non-inferiority). Fix it before looking at the data.
   */
  bounds: number | readonly [number, number];
  /**
   * What the bounds are given in: `raw`, units of the outcome; `sd`, standard deviations of the outcome as observed.
   *
   * @default {"raw"}
   */
  units?: "raw" | "sd";
  /**
   * What `p_value` is of: `equivalence`, the effect lies between the bounds; `minimal_effect`, it lies beyond one.
   *
   * @default {"equivalence"}
   */
  hypothesis?: "equivalence" | "minimal_effect";
  /**
   * Compares the mean of all units with this number, without arms.
   *
   * @default {undefined} arms are compared
   */
  against?: number;
  /**
   * The variance of a difference: `welch`, each arm its own; `pooled`, one for both; `proportion`, p(1 - p) / n in each
   * arm with the normal distribution. Blocks, clusters and weights have the variance of their design.
   *
   * @default {"welch"} without a category, `proportion` with one
   */
  variance?: "welch" | "pooled" | "proportion";
  /**
   * The interval of the standardised difference: inverted noncentral t, or normal.
   *
   * @default {"nct"}
   */
  smdInterval?: "nct" | "normal";
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
   * The column of blocks within which arms were assigned, or several; `[]` for none.
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
   * The column that says which rows are the same persona (or pair): a persona in both arms is compared with itself.
   *
   * @default {"persona_id"} where the table has it; otherwise each row is a unit of its own
   */
  persona?: string;
  /**
   * Compares the shares of this answer, for outcomes that are not numbers.
   *
   * @default {undefined} the outcome is a number
   */
  category?: string | number | boolean;
  /**
   * The level of each one-sided test; the interval has level 1 - 2 alpha.
   *
   * @default {0.05}
   */
  alpha?: number;
  /**
   * What the answers are.
   *
   * @default {"synthetic"}
   */
  basis?: Basis;
}
