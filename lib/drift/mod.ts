/**
 * Checks whether the simulated people changed with the treatment, and removes what made them change: negative controls
 * against a permutation null, a joint test of all of them, plans for either; controls and confounders found without
 * showing a treatment; repair by stating what the personas left open; and how far a persona fades in a conversation.
 *
 * Tables in, tables out. What must ask somebody is given the way to call a model, or a function that runs an experiment.
 * Every verb throws a `TypeError` if an option is unknown or has the wrong type.
 *
 * @module
 */
export type { Basis } from "../core/columns.ts";
export type { Call, CallResult } from "../core/respondent.ts";
export type { Table } from "../core/table.ts";
export * from "./check_joint_drift.ts";
export type { DriftOptions, PermutationOptions } from "./control_options.ts";
export * from "./draw_attributes.ts";
export * from "./elicit_confounders.ts";
export * from "./estimate_consistency.ts";
export { estimateControlBounds, type EstimateControlBoundsOptions } from "./estimate_control_bounds.ts";
export * from "./estimate_direction.ts";
export { estimateDrift, type EstimateDriftOptions } from "./estimate_drift.ts";
export * from "./estimate_recall.ts";
export * from "./estimate_stability.ts";
export type { DriftMeasureName } from "./measures.ts";
export * from "./plan_drift.ts";
export * from "./compare_repairs.ts";
export * from "./repair_drift.ts";
export type { EffectOfRunOptions, EstimateOfRun } from "./repair_runs.ts";
export * from "./suggest_controls.ts";
export type { ConversationOptions } from "./transcripts.ts";
