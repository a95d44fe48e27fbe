import { cannot } from "../core/errors.ts";
import { differenceInMeans } from "./difference_in_means.ts";
import { compareArms, type EffectComparison } from "./effect_comparison.ts";
import type { EffectEstimate, EffectSettings } from "./effect_estimate.ts";
import type { EffectRequest, FoundEffect } from "./effect_request.ts";
import { gatherUnits } from "./effect_units.ts";
import type { EffectEstimatorName } from "./estimate_effects_options.ts";
import { poolSmallBlocks } from "./pool_small_blocks.ts";
import { weightingEstimator } from "./weighting/weighting_request.ts";
import { linAdjustment, regressionAdjustment } from "./regression_adjustment.ts";

/** The estimators by name; a new one is a new name and a new entry. */
export const effectEstimators: {
  readonly [name in EffectEstimatorName]: (request: EffectRequest) => FoundEffect[];
} = {
  difference_in_means: pairwise(differenceInMeans),
  ols: regressionAdjustment,
  lin: linAdjustment,
  horvitz_thompson: weightingEstimator("horvitz_thompson"),
  hajek: weightingEstimator("hajek"),
  aipw: weightingEstimator("aipw"),
};

/** An estimator that compares one arm at a time with the reference, and knows no covariates. */
function pairwise(
  estimate: (comparison: EffectComparison, settings: EffectSettings) => EffectEstimate,
): (request: EffectRequest) => FoundEffect[] {
  return ({ action, rows, reference, terms, settings, options }) => {
    for (const name of ["covariates", "covarianceType"] as const) {
      const given = options[name];
      if (given === undefined || (Array.isArray(given) && given.length === 0)) continue;
      throw new RangeError(
        `${cannot(action, name, "be left out with difference_in_means", given)}; use { estimator: "lin" }`,
      );
    }
    const units = gatherUnits(action, rows);
    return terms.map((term) => {
      const compared = compareArms(action, units, reference, term);
      const pool = compared.block !== null && compared.persona === null && settings.smallBlocks === "pool";
      const comparison = pool ? poolSmallBlocks(compared) : compared;
      const { outcome, notes } = comparison;
      return { found: estimate(comparison, settings), outcome, notes };
    });
  };
}
