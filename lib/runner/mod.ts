/**
 * Runner: plans every call, asks a respondent, keeps each reply before it counts, returns the answers.
 *
 * @module
 */
export * from "./plan_experiment.ts";
export { caller, type CallerOptions, type RunProgress } from "./caller.ts";
export type * from "./transcript_options.ts";
export * from "./record_transcripts.ts";
export * from "./run_experiment.ts";
