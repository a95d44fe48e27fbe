/**
 * Who takes part: populations, personas drawn from them, weights that meet known margins, and personas in words.
 *
 * @module
 */
export * from "./check_margins.ts";
export * from "./declare_margins.ts";
export * from "./describe_persona.ts";
export * from "./rake_weights.ts";
export * from "./sample_personas.ts";
export type { MarginTargets } from "./margin_targets.ts";
