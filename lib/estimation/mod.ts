/**
 * Effects of treatments with their uncertainty, from answers or from any table.
 *
 * @module
 */
export * from "./adjust_estimates.ts";
export * from "./attrition/check_attrition.ts";
export * from "./conjoint/check_conjoint.ts";
export * from "./equivalence/check_equivalence.ts";
export { checkSharpNull, type CheckSharpNullOptions } from "./randomization/check_sharp_null.ts";
export * from "./randomization/sample_randomizations.ts";
export * from "./conjoint/compare_amces.ts";
export * from "./conjoint/estimate_acie.ts";
export * from "./conjoint/estimate_amce.ts";
export {
  type BootstrapStatisticName,
  estimateBootstrap,
  type EstimateBootstrapOptions,
} from "./bootstrap/estimate_bootstrap.ts";
export type { TableStatistic } from "./bootstrap/resampled_target.ts";
export * from "./attrition/estimate_bounds.ts";
export * from "./models/estimate_complier_effects.ts";
export * from "./randomization/estimate_constant_effect.ts";
export * from "./estimate_contrasts.ts";
export * from "./bootstrap/estimate_effect_family.ts";
export * from "./estimate_effects.ts";
export * from "./estimate_heterogeneity.ts";
export { estimateLogit, type EstimateLogitOptions } from "./models/estimate_logit.ts";
export * from "./conjoint/estimate_marginal_means.ts";
export * from "./estimate_means.ts";
export * from "./models/estimate_mixed.ts";
export * from "./models/estimate_ordered_logit.ts";
export * from "./estimate_quantile_effects.ts";
export * from "./models/estimate_regression.ts";
export type { LinearHypothesis } from "./models/hypotheses.ts";
export type { NameOrderOptions } from "./models/name_order.ts";
export type { ModelOptions } from "./models/read_model.ts";
export type { TermOptions } from "./models/terms.ts";
export type { ArmProbabilities } from "./effect.ts";
export type { LonelyCluster } from "./mean_variance.ts";
export type { LikelihoodCovarianceType } from "../stats/logistic_regression.ts";
export * from "./variance/estimate_variance_components.ts";
export * from "./sensitivity/estimate_balanced_effects.ts";
export * from "./sensitivity/estimate_robustness.ts";
export type { BalanceTarget } from "./sensitivity/balanced_effect.ts";
export type { Basis, Table } from "../core/mod.ts";
export type { RandomizationOptions } from "./randomization/contrasts.ts";
export type { RandomizationStatistic, RandomizationStatisticName } from "./randomization/test_statistics.ts";
export type { ConjointModelOptions, ConjointOptions } from "./conjoint/shown_profiles.ts";
export type { Conjoint, DeclaredFeature, DeclaredRestriction, Level } from "../core/experiment.ts";
export type { CovarianceType } from "../stats/covariance.ts";
export type { BootstrapIntervalMethod } from "../stats/bootstrap.ts";
export type { AdjustmentMethod } from "../stats/multiplicity.ts";
export type { SubgroupOptions } from "./conjoint/subgroups.ts";
