import type { EffectComparison } from "./effect_comparison.ts";
import { differenceInMeans } from "./difference_in_means.ts";
import type { EffectEstimate, EffectSettings } from "./effect_estimate.ts";
import type { EffectEstimatorName } from "./estimate_effects_options.ts";

/** The estimators by name; a new one is a new name and a new entry. */
export const effectEstimators: {
  readonly [name in EffectEstimatorName]: (
    comparison: EffectComparison,
    settings: EffectSettings,
  ) => EffectEstimate;
} = {
  difference_in_means: differenceInMeans,
};
