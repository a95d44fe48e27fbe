/**
 * Numerical methods: sums and moments, distributions, least squares with robust standard errors, distances,
 * permutation tests and adjustment for many tests. Numbers in, numbers out: no tables.
 *
 * @module
 */
export * from "./chi_square.ts";
export * from "./distance_energy.ts";
export * from "./distance_hellinger.ts";
export * from "./distance_jensen_shannon.ts";
export * from "./distance_kolmogorov_smirnov.ts";
export * from "./distance_total_variation.ts";
export * from "./distance_wasserstein.ts";
export * from "./distributions.ts";
export * from "./least_squares.ts";
export * from "./moments.ts";
export * from "./multiplicity.ts";
export * from "./permutation_labels.ts";
export * from "./permutation_p_value.ts";
export * from "./sum.ts";
export type { RandomStream } from "../core/stream.ts";
export type { ScoreOptions } from "./distance_scores.ts";
