import type { Basis } from "../../core/columns.ts";
import type { CovarianceType } from "../../stats/fit_parts.ts";

/** Options of `estimateComplierEffects`. */
export interface EstimateComplierEffectsOptions {
  /** The outcome: an item's name in a table of answers, a column's in a wide table. */
  outcome: string;
  /** The column (or columns) of what units received: whether they took the treatment, or its dose. */
  treatment: string | readonly string[];
  /**
   * The column (or columns) of what units were assigned, which moves the outcome through the treatment alone.
   *
   * @default {"arm"}
   */
  instruments?: string | readonly string[];
  /**
   * Columns of variables that explain the outcome and are not affected by the assignment.
   *
   * @default {[]}
   */
  covariates?: readonly string[];
  /**
   * Takes whether the answer is this one for the outcome, for outcomes that are not numbers.
   *
   * @default {undefined} the outcome is a number
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
   * How standard errors are estimated: `classical`, `HC0` to `HC3`, or with clusters `CR0`, `stata` (CR1S), `CR2`.
   *
   * @default {"HC2"} or `"CR2"` with clusters
   */
  covarianceType?: CovarianceType;
  /**
   * Which rows to return: those of the treatment and the diagnostics (`effects`), or those of the constant and the
   * covariates too (`all`).
   *
   * @default {"effects"}
   */
  terms?: "effects" | "all";
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
