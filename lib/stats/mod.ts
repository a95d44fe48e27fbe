/**
 * Numerical methods: sums and moments, distributions, least squares with robust standard errors, distances,
 * permutation, resampling and adjustment for many tests. Numbers in, numbers out: no tables.
 *
 * @module
 */
export * from "./distances.ts";
export * from "./distributions.ts";
export * from "./least_squares.ts";
export * from "./moments.ts";
export { adjustmentMethods, adjustPValues } from "./multiplicity.ts";
export type { AdjustmentMethod, AdjustPValuesOptions } from "./multiplicity.ts";
export { type PermutedLabels, permuteLabels, type PermuteLabelsOptions } from "./permutation.ts";
export { permutationPValue } from "./permutation.ts";
export { type QuantileType, sampleQuantile } from "./quantiles.ts";
export { resampleUnits, type ResampleUnitsOptions } from "./resampling.ts";
export type { CovarianceType } from "./covariance.ts";
export type { RandomStream } from "../core/stream.ts";
