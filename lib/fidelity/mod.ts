/**
 * How close synthetic answers come to people's: effects, persons and distributions, each beside baselines.
 *
 * @module
 */
export { scoreSimilarity, type ScoreSimilarityOptions } from "./score_similarity.ts";
export type { Basis, Table } from "../core/mod.ts";
export { compareDistributions, type CompareDistributionsOptions } from "./compare_distributions.ts";
export { compareEffects, type CompareEffectsOptions } from "./compare_effects.ts";
export * from "./compare_regressions.ts";
export * from "./human_anchors.ts";
export * from "./score_fidelity.ts";
export type { ComparedItemsOptions } from "./compared_items.ts";
