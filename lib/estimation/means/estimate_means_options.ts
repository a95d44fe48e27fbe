import type { Basis } from "../../core/columns.ts";

/** What becomes of a stratum with a single cluster, from which no variance can be computed. */
export type LonelyCluster = "error" | "adjust" | "remove";

/** Options of {@linkcode estimateMeans}. */
export interface EstimateMeansOptions {
  /** The outcome: an item's name in a table of answers, a column's in a wide table. */
  outcome: string;
  /**
   * A column of groups, such as `"arm"` or a trait: each gets a mean of its own.
   *
   * @default {undefined} everyone together
   */
  by?: string;
  /**
   * The column of weights.
   *
   * @default {undefined} every row counts the same
   */
  weights?: string;
  /**
   * The column of clusters that were sampled as one; `null` for none.
   *
   * @default {undefined} clusters that `assignTreatments` recorded; else personas, where one has several rows
   */
  clusters?: string | null;
  /**
   * The column of strata that were sampled separately; a cluster lies within one.
   *
   * @default {undefined} one stratum
   */
  strata?: string;
  /**
   * The columns to whose margins `weights` were raked, post-stratified or calibrated: what the margins explain of the
   * outcome then adds nothing to the variance.
   *
   * @default {[]} the weights are fixed
   */
  calibratedTo?: readonly string[];
  /**
   * The column of weights before they were calibrated.
   *
   * @default {undefined} calibration started from equal weights
   */
  baseWeights?: string;
  /**
   * What becomes of a stratum with a single cluster: an `"error"`; `"adjust"` takes its distance from the mean of all
   * strata, which errs towards a large variance; `"remove"` leaves it out of the variance, as if it were no sample.
   *
   * @default {"error"}
   */
  lonelyCluster?: LonelyCluster;
  /**
   * Estimates the share of this answer, for outcomes that are not numbers.
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
   * What the estimates rest on.
   *
   * @default {"synthetic"}
   */
  basis?: Basis;
}
