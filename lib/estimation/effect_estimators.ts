import { cannot } from "../core/errors.ts";
import { differenceInMeans } from "./difference_in_means.ts";
import { compareArms, type Comparison, gatherUnits } from "../core/units.ts";
import type { EffectEstimate, EffectSettings } from "./effect_estimate.ts";
import type { EffectRequest, FoundEffect } from "./effect_request.ts";
import { poolSmallBlocks } from "./pool_small_blocks.ts";
import { weightingEstimator } from "./weighting/weighting_request.ts";
import { linAdjustment, regressionAdjustment } from "./regression_adjustment.ts";

/** The estimators by name; a new one is a new entry. */
export const effectEstimators = {
  difference_in_means: pairwise(differenceInMeans),
  ols: regressionAdjustment,
  lin: linAdjustment,
  horvitz_thompson: weightingEstimator("horvitz_thompson"),
  hajek: weightingEstimator("hajek"),
  aipw: weightingEstimator("aipw"),
} as const satisfies { readonly [name: string]: (request: EffectRequest) => FoundEffect[] };

/** An estimator that compares one arm at a time with the reference, and knows no covariates. */
function pairwise(
  estimate: (comparison: Comparison, settings: EffectSettings) => EffectEstimate,
): (request: EffectRequest) => FoundEffect[] {
  return ({ study, covariates, covarianceType, reference, terms, settings }) => {
    const { action } = study;
    for (const [name, given] of Object.entries({ covariates, covarianceType })) {
      if (given === undefined || given.length === 0) continue;
      throw new RangeError(
        `${cannot(action, name, "be left out with difference_in_means", given)}; use { estimator: "lin" }`,
      );
    }
    const units = gatherUnits(action, study);
    return terms.map((term) => {
      const compared = compareArms(action, units, reference, term);
      const pool = compared.block !== null && compared.persona === null && settings.smallBlocks === "pool";
      const comparison = pool ? poolSmallBlocks(compared) : compared;
      const { outcome, notes } = comparison;
      return { found: estimate(comparison, settings), outcome, notes };
    });
  };
}
