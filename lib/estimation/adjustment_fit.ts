import type { LeastSquaresFit } from "../stats/least_squares.ts";

/** What a regression says of each arm that has units. */
export interface AdjustmentFit {
  /** The effects; `NaN` where an arm does not vary beside the fixed effects. */
  readonly estimates: readonly number[];
  /** Their standard errors. */
  readonly standardErrors: readonly number[];
  /** Their degrees of freedom. */
  readonly df: readonly number[];
  /** Covariates and products left out as combinations of earlier ones. */
  readonly dropped: number;
  /** What the whole fit says. */
  readonly fit: Pick<LeastSquaresFit, "residualDf" | "clusters" | "exactRows" | "covarianceType">;
}
