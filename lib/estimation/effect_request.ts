import type { EffectEstimate, EffectSettings } from "./effect_estimate.ts";
import type { Study } from "../core/study.ts";
import type { CovarianceType } from "../stats/fit_parts.ts";

/** What an estimator of effects is asked for. */
export interface EffectRequest {
  /** The rows, their arms, outcomes and assignment. */
  readonly study: Study;
  /** Columns measured before treatment. */
  readonly covariates: readonly string[];
  /** How the variance of a regression is estimated. */
  readonly covarianceType: CovarianceType | undefined;
  /** The arm that the others are compared with, a place among the arms. */
  readonly reference: number;
  /** The other arms. */
  readonly terms: readonly number[];
  /** What the estimator may be told beside. */
  readonly settings: EffectSettings;
}

/** The effect of one arm, with what it was estimated from. */
export interface FoundEffect {
  /** The estimate. */
  readonly found: EffectEstimate;
  /** The outcomes that it comes from. */
  readonly outcome: Float64Array;
  /** What the reader must know about the data. */
  readonly notes: readonly string[];
}
