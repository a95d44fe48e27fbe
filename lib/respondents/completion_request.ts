import type { Json } from "../core/hash.ts";
import type { ChatMessage, RespondentRequest } from "../core/respondent.ts";
import { exampleOf, needsObject } from "./reply_example.ts";

/** How a schema is sent to an endpoint. */
export type SchemaMode = "json_schema" | "json_object" | "none";

/** How an endpoint is asked: what its options say, or what a probe found. */
export interface EndpointSettings {
  readonly schemaMode: SchemaMode;
  readonly showSchema: boolean;
  readonly systemRole: "system" | "developer" | "user";
  readonly tokenLimit: "max_tokens" | "max_completion_tokens";
  readonly sendSeed: boolean;
  readonly seedBits: 31 | 53;
  readonly choices: number;
  readonly logProbabilities: "always" | "plain" | "never";
}

/** What stays the same in every request of a respondent; `parameters` under the names that the endpoint knows. */
export interface RequestSettings extends EndpointSettings {
  readonly model: string;
  readonly maxTokens: number | undefined;
  readonly parameters: { readonly [name: string]: Json };
}

/** The sampling parameters that are sent, with the limit of tokens under the endpoint's name for it. */
function sampling({ parameters, maxTokens, tokenLimit }: RequestSettings): { [name: string]: Json } {
  return { ...parameters, ...(maxTokens === undefined ? {} : { [tokenLimit]: maxTokens }) };
}

/**
 * All that decides an answer beside the request, for the key; what is as it is by default is left out of it. How many
 * replies share a call decides none, nor what is asked for under a schema beside the answer.
 */
export function identityParameters(settings: RequestSettings): { [name: string]: Json } {
  const { schemaMode, showSchema, sendSeed, systemRole, seedBits, logProbabilities } = settings;
  return {
    ...sampling(settings),
    schema_mode: schemaMode,
    send_seed: sendSeed,
    ...(schemaMode === "json_schema" ? {} : { reply_form: showSchema ? "schema" : "example" }),
    ...(systemRole === "system" ? {} : { system_role: systemRole }),
    ...(sendSeed && seedBits === 31 ? { seed_bits: 31 } : {}),
    ...(logProbabilities === "never" ? { log_probabilities: "never" } : {}),
  };
}

/** Writes a request as the body that an OpenAI-compatible endpoint expects. */
export function requestBody(request: RespondentRequest, settings: RequestSettings): { [name: string]: Json } {
  const { schema, seed, logProbabilities, maxTokens = settings.maxTokens } = request;
  const { schemaMode, sendSeed, seedBits } = settings;
  const json_schema = schema && { name: schema.name, schema: schema.schema, strict: true };
  const type = schemaMode === "json_object" ? { type: schemaMode } : { type: "json_schema", json_schema };
  const format = json_schema === undefined || schemaMode === "none" ? {} : { response_format: type as Json };
  const wanted = settings.logProbabilities === "always" ||
    settings.logProbabilities === "plain" && !("response_format" in format);
  return {
    ...sampling({ ...settings, maxTokens }),
    model: settings.model,
    messages: withSystem(withReplyForm(request, settings), settings.systemRole),
    ...format,
    ...(logProbabilities === undefined || !wanted ? {} : { logprobs: true, top_logprobs: logProbabilities }),
    ...(sendSeed && seed !== undefined ? { seed: seedBits === 31 ? Math.abs(seed) % 2 ** 31 : seed } : {}),
  };
}

/** Whether what is sent hangs on the request's seed beside the seed itself: then each reply needs a call of its own. */
export function showsExample(request: RespondentRequest, settings: EndpointSettings): boolean {
  return replyForm(request, settings) === "example";
}

function replyForm({ schema }: RespondentRequest, settings: EndpointSettings): "example" | "schema" | "none" {
  const { schemaMode, showSchema } = settings;
  if (schema === undefined || schemaMode === "json_schema") return "none";
  if (showSchema) return "schema";
  // A single question says by itself how it is answered, and a bare answer can be read.
  return schemaMode === "json_object" || needsObject(schema.schema) ? "example" : "none";
}

/** Says at the end of the last message what the reply is to look like, where the endpoint is not told by a schema. */
function withReplyForm(request: RespondentRequest, settings: EndpointSettings): readonly ChatMessage[] {
  const { messages, schema, seed } = request;
  const form = replyForm(request, settings);
  if (form === "none") return messages;
  const text = form === "schema"
    ? "Reply with one JSON object that fits this JSON schema, and nothing else:\n" +
      JSON.stringify(schema!.schema)
    : `Reply with one JSON object and nothing else, for example ${exampleOf(schema!.schema, seed ?? 0)}`;
  return messages.map((message, index) =>
    index < messages.length - 1 ? message : { ...message, content: `${message.content}\n\n${text}` }
  );
}

/** The messages under the roles that the endpoint takes: what stands in a system message may head the user's. */
function withSystem(
  messages: readonly ChatMessage[],
  systemRole: EndpointSettings["systemRole"],
): { role: string; content: string }[] {
  if (systemRole !== "user") {
    return messages.map(({ role, content }) => ({ role: role === "system" ? systemRole : role, content }));
  }
  const written: { role: string; content: string }[] = [];
  let head = "";
  for (const { role, content } of messages) {
    if (role === "system") head += `${content}\n\n`;
    else {
      written.push({ role, content: role === "user" ? head + content : content });
      if (role === "user") head = "";
    }
  }
  return head === "" ? written : [...written, { role: "user", content: head.trimEnd() }];
}
