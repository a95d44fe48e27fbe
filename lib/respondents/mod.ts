/**
 * Respondents: who answers. A model behind an OpenAI-compatible endpoint, a recording, a script; and a server that
 * puts any of them behind such an endpoint on this machine.
 *
 * @module
 */
export { ReplayMissError, RespondentError } from "../core/errors.ts";
export { openAiEmbedder, type OpenAiEmbedderOptions } from "./open_ai_embedder.ts";
export { openAiRespondent, type OpenAiRespondentOptions } from "./open_ai_respondent.ts";
export type { SchemaMode } from "./completion_request.ts";
export { probeEndpoint, type ProbeEndpointOptions } from "./probe_endpoint.ts";
export { rationalRespondent, type RationalRespondentOptions } from "./rational_respondent.ts";
export { replayRespondent, type ReplayRespondentOptions } from "./replay_respondent.ts";
export {
  type Script,
  type ScriptedOutcome,
  type ScriptedReply,
  scriptedRespondent,
  type ScriptedRespondentOptions,
  type ScriptFunction,
} from "./scripted_respondent.ts";
export * from "./simulated_respondent.ts";
export {
  type ServedConnection,
  type ServedRespondent,
  serveRespondent,
  type ServeRespondentOptions,
} from "./serve_respondent.ts";
