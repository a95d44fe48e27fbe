import type { Basis } from "../../core/columns.ts";
import type { Table } from "../../core/table.ts";
import type { BootstrapIntervalMethod } from "../../stats/bootstrap.ts";

/** A statistic by name. */
export type BootstrapStatisticName = "mean" | "median" | "difference_in_means" | "difference_in_medians";

/** A statistic of a table: one number, or several with their names. */
export type TableStatistic = (table: Table) => number | { readonly [term: string]: number };

/** Options of `estimateBootstrap`. */
export interface EstimateBootstrapOptions {
  /**
   * The statistic, by name or as a function of a table with the rows of the units drawn.
   *
   * @default {"difference_in_means"}
   */
  statistic?: BootstrapStatisticName | TableStatistic;
  /**
   * The outcome: an item's name in a table of answers, a column's in a wide table. A function needs none; where it is
   * given, the function sees the rows of that item.
   *
   * @default {undefined} for a function; otherwise it must be given
   */
  outcome?: string;
  /**
   * The column of arms, for differences.
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
   * The column of blocks, or several: units are drawn within them, and a difference in means is averaged over them;
   * `[]` for none.
   *
   * @default {undefined} `block` in a table that `assignTreatments` assigned in blocks, else none
   */
  blocks?: string | readonly string[];
  /**
   * The column of clusters, which are drawn as one; `null` for none.
   *
   * @default {undefined} `cluster` in a table that `assignTreatments` assigned in clusters, else none
   */
  clusters?: string | null;
  /**
   * The column that says which rows are the same persona, which is drawn as one.
   *
   * @default {"persona_id"} where the table has it; otherwise each row is a unit of its own
   */
  persona?: string;
  /**
   * The column of weights, for means.
   *
   * @default {undefined} every unit counts the same
   */
  weights?: string;
  /**
   * Takes the share of this answer, for outcomes that are not numbers.
   *
   * @default {undefined} the outcome is a number
   */
  category?: string | number | boolean;
  /**
   * How the interval is read from the resamples; `studentised` is for means and their differences.
   *
   * @default {"bca"}
   */
  interval?: BootstrapIntervalMethod;
  /**
   * Quantiles of the resamples: `order` as R's boot, `linear` as SciPy.
   *
   * @default {"order"}
   */
  quantiles?: "order" | "linear";
  /**
   * The number of resamples.
   *
   * @default {2000}
   */
  replicates?: number;
  /**
   * The seed of the resamples.
   *
   * @default {1}
   */
  seed?: number;
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
