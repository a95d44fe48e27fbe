/**
 * Worlds: declared causal models of people with known truth, and the answers they give to a prompt.
 *
 * @module
 */
export * from "./answer_as_world.ts";
export { answerProbabilities } from "./answer_probabilities.ts";
export * from "./answer_shares.ts";
export type { WorldConditions } from "./conditions.ts";
export { type WorldContrast, type WorldPersonas } from "./contrast.ts";
export * from "./declare_world.ts";
export * from "./explain/explain_world.ts";
export * from "./explain/world_edges.ts";
export * from "./naive_effect.ts";
export { type PromptReading, readPrompt } from "./read_prompt.ts";
export * from "./ready_worlds/declare_ready_study.ts";
export * from "./ready_worlds/declare_ready_world.ts";
export type { ReadyWorldName } from "./ready_worlds/ready_faults.ts";
export * from "./true_drift.ts";
export * from "./true_effect.ts";
export * from "./true_effect_by_group.ts";
export * from "./true_effect_by_persona.ts";
export * from "./world.ts";
export type * from "./world_attributes.ts";
export type * from "./world_behaviour.ts";
