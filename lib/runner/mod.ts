/**
 * Runner: plans every call, asks a respondent, keeps each reply before it counts, returns the answers.
 *
 * @module
 */
export type { CallEvent, CallListener } from "./call_events.ts";
export { caller, type CallerOptions, type RunProgress } from "./caller.ts";
export * from "./plan_experiment.ts";
export {
  type PersonaAttributes,
  recordTranscripts,
  type RecordTranscriptsOptions,
} from "./record_transcripts.ts";
export { runExperiment } from "./run_experiment.ts";
