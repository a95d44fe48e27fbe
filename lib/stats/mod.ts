/**
 * Numerical methods: sums and moments, distributions, least squares with robust standard errors, distances,
 * permutation tests and adjustment for many tests. Numbers in, numbers out: no tables.
 *
 * @module
 */
export * from "./bootstrap_interval.ts";
export * from "./bootstrap_mean.ts";
export * from "./bounds_interval.ts";
export * from "./chi_square.ts";
export * from "./distance_energy.ts";
export * from "./distance_hellinger.ts";
export * from "./distance_jensen_shannon.ts";
export * from "./distance_kolmogorov_smirnov.ts";
export * from "./distance_total_variation.ts";
export * from "./distance_wasserstein.ts";
export * from "./distributions.ts";
export * from "./kish_design_effect.ts";
export * from "./kolmogorov_smirnov_test.ts";
export * from "./least_squares.ts";
export * from "./maximum_mean_discrepancy.ts";
export * from "./moments.ts";
export * from "./multiplicity.ts";
export * from "./newcombe_interval.ts";
export * from "./noncentral_f.ts";
export * from "./noncentral_t.ts";
export * from "./permutation_labels.ts";
export * from "./permutation_p_value.ts";
export * from "./permutation_sums.ts";
export * from "./rerandomized_distribution.ts";
export * from "./resample_units.ts";
export * from "./romano_wolf.ts";
export * from "./sample_energy_distance.ts";
export * from "./sample_kolmogorov_smirnov.ts";
export * from "./sample_quantile.ts";
export * from "./sample_wasserstein.ts";
export * from "./standardised_difference.ts";
export * from "./sum.ts";
export * from "./two_one_sided_tests.ts";
export type { RandomStream } from "../core/stream.ts";
export type { ScoreOptions } from "./distance_scores.ts";
