/**
 * Worlds: declared causal models of people with known truth, and the answers they give to a prompt.
 *
 * @module
 */
export * from "./answers/answer_as_world.ts";
export * from "./answers/answer_probabilities.ts";
export * from "./truth/answer_shares.ts";
export type { WorldConditions } from "./truth/conditions.ts";
export { type WorldContrast, type WorldPersonas } from "./truth/contrast.ts";
export * from "./declare_world.ts";
export * from "./explain/explain_world.ts";
export * from "./explain/world_edges.ts";
export * from "./truth/naive_effect.ts";
export { type PromptReading, readPrompt } from "./prompt/read_prompt.ts";
export * from "./ready_worlds/declare_ready_study.ts";
export * from "./ready_worlds/declare_ready_world.ts";
export type { ReadyWorldName } from "./ready_worlds/ready_faults.ts";
export * from "./truth/true_drift.ts";
export * from "./truth/true_effect.ts";
export * from "./truth/true_effect_by_group.ts";
export * from "./truth/true_effect_by_persona.ts";
export * from "./people/world_people.ts";
export * from "./world.ts";
export type * from "./world_attributes.ts";
export type * from "./world_behaviour.ts";
export type * from "./world_predictor.ts";
