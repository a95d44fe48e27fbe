/**
 * Worlds: declared causal models of people with known truth, and the answers they give to a prompt.
 *
 * @module
 */
export * from "./answer_as_world.ts";
export { type WorldContrast, type WorldPersonas } from "./contrast.ts";
export * from "./declare_world.ts";
export * from "./naive_effect.ts";
export { type PromptReading, readPrompt } from "./read_prompt.ts";
export * from "./true_drift.ts";
export * from "./true_effect.ts";
export * from "./world.ts";
