/**
 * Numerical methods: sums and moments, distributions, least squares with robust standard errors, distances,
 * permutation tests and adjustment for many tests. Numbers in, numbers out: no tables.
 *
 * @module
 */
export * from "./bootstrap.ts";
export * from "./distances.ts";
export * from "./distributions.ts";
export * from "./intervals.ts";
export * from "./kolmogorov_smirnov.ts";
export * from "./least_squares.ts";
export * from "./moments.ts";
export * from "./multiplicity.ts";
export * from "./noncentral.ts";
export * from "./permutation.ts";
export * from "./quantiles.ts";
export * from "./resampling.ts";
export * from "./standardised_difference.ts";
export type { RandomStream } from "../core/stream.ts";
export type { CovarianceType } from "./fit_parts.ts";
