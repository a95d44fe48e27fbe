import type { Json, RespondentRequest } from "../core/mod.ts";

/** How a schema is sent to an endpoint. */
export type SchemaMode = "json_schema" | "json_object" | "none";

/** What stays the same in every request of a respondent. */
export interface RequestSettings {
  /** The model. */
  readonly model: string;
  /** How the schema is sent. */
  readonly schemaMode: SchemaMode;
  /** Whether the request's seed is sent. */
  readonly sendSeed: boolean;
  /** Sampling parameters under the names that the endpoint knows. */
  readonly parameters: { readonly [name: string]: Json };
}

/** Writes a request as the body that an OpenAI-compatible endpoint expects. */
export function requestBody(request: RespondentRequest, settings: RequestSettings): { [name: string]: Json } {
  const { schema } = request;
  const describe = schema !== undefined && settings.schemaMode !== "json_schema";
  const format = schema === undefined || settings.schemaMode === "none"
    ? {}
    : settings.schemaMode === "json_object"
    ? { response_format: { type: "json_object" } }
    : {
      response_format: {
        type: "json_schema",
        json_schema: { name: schema.name, schema: schema.schema, strict: true },
      },
    };
  return {
    ...settings.parameters,
    model: settings.model,
    messages: request.messages.map(({ role, content }, index) => ({
      role,
      content: describe && index === request.messages.length - 1
        ? `${content}\n\nReply with one JSON object that fits this JSON schema, and nothing else:\n${
          JSON.stringify(schema.schema)
        }`
        : content,
    })),
    ...format,
    ...(request.logProbabilities === undefined
      ? {}
      : { logprobs: true, top_logprobs: request.logProbabilities }),
    ...(settings.sendSeed && request.seed !== undefined ? { seed: request.seed } : {}),
  };
}
