/**
 * Runner: plans every call, asks a respondent, keeps each reply before it counts, returns the answers.
 *
 * @module
 */
export { loadBatch, type LoadBatchOptions, writeBatch, type WriteBatchOptions } from "./batch_files.ts";
export type { BatchFileOptions } from "./batch_calls.ts";
export type { RunBudget } from "./budget.ts";
export type { CallEvent, CallListener } from "./call_events.ts";
export { caller, type CallerOptions, type RunProgress } from "./caller.ts";
export { describeRun } from "./describe_run.ts";
export { planCosts, type PlanCostsOptions } from "./plan_costs.ts";
export * from "./plan_baselines.ts";
export * from "./plan_experiment.ts";
export * from "./plan_multiverse.ts";
export type { ModelPrices } from "./prices.ts";
export { type BatchProgress, runBatch, type RunBatchOptions } from "./run_batch.ts";
export { type RepeatableStatus, runExperiment, type RunExperimentOptions } from "./run_experiment.ts";
export type { StopWhen } from "./stop_when.ts";
export { loadRunLog, type RunLog, runLog } from "./run_log.ts";
