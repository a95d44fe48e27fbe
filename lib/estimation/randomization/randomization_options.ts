import type { Basis } from "../../core/columns.ts";
import type { RerandomizationRule } from "../../designs/rerandomize.ts";

/**
 * A statistic of one's own: computed from the outcomes of the arm and of the reference (of clusters, their means), at
 * each assignment.
 */
export type RandomizationStatistic = (arm: Float64Array, reference: Float64Array) => number;

/** The name of a statistic that randomisation inference knows. */
export type RandomizationStatisticName =
  | "difference_in_means"
  | "studentized"
  | "rank"
  | "kolmogorov_smirnov"
  | "adjusted";

/** What randomisation inference needs to know of the experiment and of its random assignment. */
export interface RandomizationOptions {
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
   * The column, or columns, of blocks within which arms were assigned; `[]` for none.
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
   * The column that says which rows are the same persona: its replies in an arm are averaged, and where it saw both
   * arms they change places within the persona.
   *
   * @default {"persona_id"} where the table has it; otherwise each row is a unit of its own
   */
  persona?: string;
  /**
   * Tests the share of this answer, for outcomes that are not numbers.
   *
   * @default {undefined} the outcome is a number
   */
  category?: string | number | boolean;
  /**
   * Covariates for the statistic `adjusted`: numbers as they are, anything else by level.
   *
   * @default {[]}
   */
  covariates?: string | readonly string[];
  /**
   * The rule by which the assignment was rerandomised: only accepted assignments are gone through.
   *
   * @default {undefined} not rerandomised
   */
  rerandomize?: RerandomizationRule;
  /**
   * The number of random assignments where there are too many to go through all.
   *
   * @default {5000}
   */
  permutations?: number;
  /**
   * The largest number of assignments that are all gone through.
   *
   * @default {25000}
   */
  exactLimit?: number;
  /**
   * The seed of the random assignments.
   *
   * @default {1}
   */
  seed?: number;
  /**
   * Level of the test; one less the confidence level.
   *
   * @default {0.05}
   */
  alpha?: number;
  /**
   * What the answers rest on.
   *
   * @default {"synthetic"}
   */
  basis?: Basis;
}

/** Options of `checkSharpNull` and `sampleRandomizations`. */
export interface CheckSharpNullOptions extends RandomizationOptions {
  /** The outcome, or several: items' names in a table of answers, columns' in a wide table. */
  outcome: string | readonly string[];
  /**
   * What is computed at each assignment. `difference_in_means`, as `estimateEffects` has it. `studentized`: divided by
   * its standard error, which holds its size for the hypothesis of no average effect too, in large samples. `rank`:
   * the difference in mean ranks (Wilcoxon), after block means are taken off. `kolmogorov_smirnov`: the largest
   * distance of the distribution functions. `adjusted`: the coefficient of the arm beside covariates and blocks. Or a
   * function of one's own.
   *
   * @default {"difference_in_means"}
   */
  statistic?: RandomizationStatisticName | RandomizationStatistic;
  /**
   * Which departures count.
   *
   * @default {"two_sided"}
   */
  alternative?: "two_sided" | "greater" | "less";
  /**
   * What is as extreme in both directions. `absolute`: |T*| ≥ |T|. `doubling`: twice the smaller of the one-sided
   * p-values. `standardized`: |T* − mean T*| ≥ |T − mean T*|.
   *
   * @default {"absolute"}
   */
  twoSided?: "absolute" | "doubling" | "standardized";
  /**
   * The effect on every unit that is tested, in units of the outcome.
   *
   * @default {0}
   */
  effect?: number;
}

/** Options of `estimateConstantEffect`. */
export interface EstimateConstantEffectOptions extends RandomizationOptions {
  /** The outcome: an item's name in a table of answers, a column's in a wide table. */
  outcome: string;
  /**
   * The statistic whose test is inverted.
   *
   * @default {"difference_in_means"}
   */
  statistic?: "difference_in_means" | "adjusted";
  /**
   * What is as extreme in both directions: |T*| ≥ |T|, or twice the smaller of the one-sided p-values.
   *
   * @default {"absolute"}
   */
  twoSided?: "absolute" | "doubling";
}

/** The names of the shared options. */
export const randomizationOptionNames: readonly (keyof RandomizationOptions)[] = [
  "arm",
  "reference",
  "blocks",
  "clusters",
  "persona",
  "category",
  "covariates",
  "rerandomize",
  "permutations",
  "exactLimit",
  "seed",
  "alpha",
  "basis",
];
