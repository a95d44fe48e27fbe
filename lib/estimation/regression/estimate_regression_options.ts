import type { Basis } from "../../core/columns.ts";
import type { CovarianceType } from "../../stats/fit_parts.ts";

/** A linear hypothesis: the sum of coefficients times weights has a value. */
export interface LinearHypothesis {
  /** The weight of each coefficient, by its term. */
  readonly weights: { readonly [term: string]: number };
  /**
   * The value under the hypothesis.
   *
   * @default {0}
   */
  readonly value?: number;
  /**
   * What the row is called.
   *
   * @default {undefined} the hypothesis written out
   */
  readonly name?: string;
}

/** Options of `estimateRegressionFit`, and the model of `estimateRegression`. */
export interface RegressionModelOptions {
  /** The outcome: an item's name in a table of answers, a column's in a wide table. */
  outcome: string;
  /**
   * The explanatory variables: columns, and products of columns such as `"arm:age"`. A column of texts becomes an
   * indicator of each value but the reference (`control`, or the first in sorted order), called `arm = threat`.
   */
  terms: readonly string[];
  /**
   * Columns of numbers to be taken for names.
   *
   * @default {[]}
   */
  factors?: readonly string[];
  /**
   * Whether the model has a constant, called `(intercept)`; fixed effects take its place.
   *
   * @default {true}
   */
  intercept?: boolean;
  /**
   * Estimates the share of this answer, for outcomes that are not numbers.
   *
   * @default {undefined} the outcome is a number
   */
  category?: string | number | boolean;
  /**
   * How the covariance is estimated.
   *
   * @default {"HC2"} or `"CR2"` with clusters
   */
  covarianceType?: CovarianceType;
  /**
   * The column of clusters; `null` for none.
   *
   * @default {undefined} clusters that `assignTreatments` recorded; else personas, where one has several rows
   */
  clusters?: string | null;
  /**
   * The column of weights.
   *
   * @default {undefined} every row counts the same
   */
  weights?: string;
  /**
   * Columns whose values have an intercept each, which is not reported.
   *
   * @default {[]}
   */
  fixedEffects?: string | readonly string[];
  /**
   * What the estimates rest on.
   *
   * @default {"synthetic"}
   */
  basis?: Basis;
}

/** Options of `estimateRegression`. */
export interface EstimateRegressionOptions extends RegressionModelOptions {
  /**
   * Linear hypotheses, each a row of its own: `"threat - promise = 0"`, or weights by term. A list within the list is
   * tested jointly. Terms may go by their values where those are unique.
   *
   * @default {[]}
   */
  hypotheses?: readonly (
    | string
    | LinearHypothesis
    | readonly (string | LinearHypothesis)[]
  )[];
  /**
   * One less the confidence level.
   *
   * @default {0.05}
   */
  alpha?: number;
}
