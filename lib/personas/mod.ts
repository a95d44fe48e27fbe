/**
 * Who takes part: populations, personas drawn from them, weights that meet known margins, and personas in words.
 *
 * @module
 */
export * from "./calibrate_weights.ts";
export * from "./check_margins.ts";
export { declareMargins } from "./declare_margins.ts";
export type { ConditionalMargin, LevelProbabilities, MarginAttribute, Margins } from "./declare_margins.ts";
export type { MarginSpecification, ProbabilitiesByParent } from "./declare_margins.ts";
export * from "./describe_persona.ts";
export * from "./rake_weights.ts";
export { samplePersonas, type SamplePersonasOptions } from "./sample_personas.ts";
export type { MarginTargets } from "./margin_targets.ts";
