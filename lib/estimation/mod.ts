/**
 * Effects of treatments with their uncertainty, from answers or from any table.
 *
 * @module
 */
export * from "./adjust_estimates.ts";
export * from "./check_attrition.ts";
export * from "./check_conjoint.ts";
export * from "./check_equivalence.ts";
export * from "./check_equivalence_options.ts";
export * from "./check_sharp_null.ts";
export * from "./compare_amces.ts";
export * from "./estimate_acie.ts";
export * from "./estimate_amce.ts";
export * from "./estimate_bootstrap.ts";
export * from "./estimate_bootstrap_options.ts";
export * from "./estimate_bounds.ts";
export * from "./estimate_complier_effects.ts";
export * from "./estimate_complier_effects_options.ts";
export * from "./estimate_constant_effect.ts";
export * from "./estimate_contrasts.ts";
export * from "./estimate_effect_family.ts";
export * from "./estimate_effect_variation.ts";
export * from "./estimate_effects.ts";
export * from "./estimate_effects_options.ts";
export * from "./estimate_heterogeneity.ts";
export * from "./estimate_heterogeneity_options.ts";
export * from "./estimate_logit.ts";
export * from "./estimate_logit_options.ts";
export * from "./estimate_marginal_means.ts";
export * from "./estimate_means.ts";
export * from "./estimate_means_options.ts";
export * from "./estimate_ordered_logit.ts";
export * from "./estimate_ordered_logit_options.ts";
export * from "./estimate_quantile_effects.ts";
export * from "./estimate_quantile_effects_options.ts";
export * from "./estimate_regression.ts";
export * from "./estimate_regression_fit.ts";
export * from "./estimate_regression_options.ts";
export * from "./estimate_rerandomized_effect.ts";
export * from "./estimate_variance_components.ts";
export * from "./estimate_weighted_effects.ts";
export * from "./estimate_weighted_effects_options.ts";
export * from "./sample_randomizations.ts";
export type { Basis, Table } from "../core/mod.ts";
export type {
  CheckSharpNullOptions,
  EstimateConstantEffectOptions,
  RandomizationOptions,
  RandomizationStatistic,
  RandomizationStatisticName,
} from "./randomization_options.ts";
export type { ConjointModelOptions, ConjointOptions } from "./conjoint_options.ts";
export type { Conjoint, DeclaredFeature, DeclaredRestriction, Level } from "../designs/declare_conjoint.ts";
export type { CovarianceType } from "../stats/least_squares.ts";
export type { BootstrapIntervalMethod } from "../stats/bootstrap_interval.ts";
export type { AdjustmentMethod } from "../stats/multiplicity.ts";
export type { VarianceOptions } from "./variance_rows.ts";
export type { RerandomizationRule } from "../designs/mod.ts";
