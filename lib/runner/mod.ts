/**
 * Runner: plans every call, asks a respondent, keeps each reply before it counts, returns the answers.
 *
 * @module
 */
export * from "./plan_experiment.ts";
export * from "./run_experiment.ts";
