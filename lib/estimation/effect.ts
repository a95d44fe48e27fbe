import type { Study } from "../core/study.ts";
import type { CovarianceType } from "../stats/covariance.ts";
import type { FoundEstimate } from "../stats/inference.ts";
import type { Share } from "../stats/shares.ts";

/** What an estimator of effects is asked for. */
export interface EffectRequest extends BlockSettings {
  readonly study: Study;
  /** The arm that the others are compared with, a place among the arms. */
  readonly reference: number;
  readonly terms: readonly number[];
  readonly covariates: readonly string[];
  readonly covarianceType: CovarianceType | undefined;
  readonly probabilities: ArmProbabilities | undefined;
  /** How arms were assigned, where weighting is told. */
  readonly assignment: "simple" | "complete" | undefined;
  readonly variance: "youngs" | "constant";
}

/** A column of each unit's probability of its own arm, or for each arm a probability or its column. */
export type ArmProbabilities = string | { readonly [arm: string]: number | string };

/** What becomes of blocks that are small. */
export interface BlockSettings {
  /** The variance where some blocks are pairs and others are larger. */
  readonly mixedBlocks: "hybrid" | "pairs";
  /** Blocks with one unit in an arm: an error, or pooled with their like (and left out where they cannot be). */
  readonly smallBlocks: "error" | "pool";
  /** Degrees of freedom, and what is made of arms that (almost) agree; `satterthwaite` where left out. */
  readonly df?: "satterthwaite" | "residual";
  readonly category?: string | number | boolean | undefined;
}

/** What an estimator finds for one arm against the reference, before p-values and intervals. */
export interface EffectEstimate extends FoundEstimate {
  /** The shares of the arm and of the reference, where the estimate is the difference of two independent ones. */
  readonly shares?: readonly [Share, Share];
  readonly n: number;
  readonly design: string;
  readonly notes: readonly string[];
  readonly reason: readonly string[];
}
