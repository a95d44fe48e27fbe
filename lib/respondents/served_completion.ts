import { RespondentError, type RespondentErrorKind, showValue } from "../core/errors.ts";
import { canonicalHash, type Json } from "../core/hash.ts";
import type { ChatMessage, RespondentIdentity } from "../core/respondent.ts";
import type { RespondentReply, RespondentRequest } from "../core/respondent.ts";
import { mostBodyBytes, readBody } from "./body.ts";
import { property } from "./failures.ts";
import { writeTokens } from "./log_probabilities.ts";
import { isLoopback } from "./open_ai_endpoint.ts";

/** A request that the server turns down, as the endpoint's error shape states it. */
export class RequestError extends Error {
  constructor(
    readonly status: number,
    message: string,
    readonly code: string | null = null,
    readonly param: string | null = null,
  ) {
    super(message);
  }
}

/**
 * Checks the key, and that the call does not come from a web page: a browser names the page's host (also after a
 * change of its address) and asks before it sends JSON.
 */
export function checkSender(request: Request, apiKey: string | undefined): void {
  if (!isLoopback(new URL(request.url).hostname)) {
    throw new RequestError(403, "This endpoint answers to this machine's own names only");
  }
  if (apiKey !== undefined && request.headers.get("authorization") !== `Bearer ${apiKey}`) {
    throw new RequestError(401, "Incorrect API key provided", "invalid_api_key");
  }
}

export async function readJson(request: Request): Promise<Json> {
  if (request.method !== "POST") throw new RequestError(405, `Use POST, not ${request.method}`);
  if (!/^application\/json\b/i.test(request.headers.get("content-type") ?? "")) {
    throw new RequestError(415, "The body must be JSON: send 'content-type: application/json'");
  }
  const { text, cut } = await readBody(request);
  if (cut) throw new RequestError(413, `The request must have at most ${mostBodyBytes} bytes`);
  try {
    return JSON.parse(text) as Json;
  } catch {
    throw new RequestError(400, "The body is not valid JSON");
  }
}

/** Checks the body of a chat completion call and reads it as a request. */
export function parseRequest(body: Json, model: string): RespondentRequest {
  if (typeof body !== "object" || body === null || Array.isArray(body)) {
    throw new RequestError(400, "The body must be a JSON object");
  }
  const given = property(body, "model");
  if (typeof given !== "string") throw wrong("model", "be the name of a model", given);
  if (given !== model) {
    const message = `The model ${showValue(given)} does not exist: use '${model}'`;
    throw new RequestError(404, message, "model_not_found", "model");
  }
  if (property(body, "stream")) throw unsupported("stream", "streaming");
  const tools = property(body, "tools") ?? [];
  if (!Array.isArray(tools) || tools.length > 0) throw unsupported("tools", "tools");
  const seed = property(body, "seed") ?? undefined;
  if (seed !== undefined && !Number.isSafeInteger(seed)) throw wrong("seed", "be a whole number", seed);
  const schema = parseSchema(property(body, "response_format"));
  const logProbabilities = parseLogProbabilities(body);
  return {
    messages: parseMessages(property(body, "messages")),
    replicate: 1,
    ...(schema === undefined ? {} : { schema }),
    ...(seed === undefined ? {} : { seed: seed as number }),
    ...(logProbabilities === undefined ? {} : { logProbabilities }),
  };
}

/** The requests that a body stands for: one for each reply that it asks for, each with a seed of its own. */
export function replicatesOf(request: RespondentRequest, body: Json): RespondentRequest[] {
  const n = property(body, "n") ?? 1;
  if (!Number.isSafeInteger(n) || (n as number) < 1 || (n as number) > 128) {
    throw wrong("n", "be a whole number from 1 to 128", n);
  }
  return Array.from({ length: n as number }, (_, more) => ({
    ...request,
    replicate: request.replicate + more,
    ...(request.seed === undefined ? {} : { seed: (request.seed + more) % 2 ** 53 }),
  }));
}

function parseLogProbabilities(body: Json): number | undefined {
  const wanted = property(body, "logprobs") ?? false;
  if (typeof wanted !== "boolean") throw wrong("logprobs", "be true or false", wanted);
  const count = property(body, "top_logprobs") ?? 1;
  if (!Number.isSafeInteger(count) || (count as number) < 0 || (count as number) > 20) {
    throw wrong("top_logprobs", "be a whole number from 0 to 20", count);
  }
  return wanted && (count as number) > 0 ? count as number : undefined;
}

const roles = new Map<unknown, ChatMessage["role"]>(
  [["system", "system"], ["developer", "system"], ["user", "user"], ["assistant", "assistant"]],
);

function parseMessages(messages: unknown): ChatMessage[] {
  if (!Array.isArray(messages) || messages.length === 0) {
    throw wrong("messages", "be a list of at least one message", messages);
  }
  return messages.map((message, index) => {
    const name = `messages[${index}]`;
    const given = property(message, "role");
    const role = roles.get(given);
    if (role === undefined) throw wrong(`${name}.role`, `be one of ${[...roles.keys()].join(", ")}`, given);
    return { role, content: parseContent(property(message, "content"), `${name}.content`) };
  });
}

/** Content is a text, or a list of text parts. */
function parseContent(content: unknown, name: string): string {
  if (typeof content === "string") return content;
  if (!Array.isArray(content)) throw wrong(name, "be a text", content);
  return content.map((part) => {
    const text = property(part, "text");
    if (property(part, "type") !== "text" || typeof text !== "string") {
      throw wrong(name, "hold text only", part);
    }
    return text;
  }).join("");
}

function parseSchema(format: unknown): RespondentRequest["schema"] {
  if (format === undefined || format === null) return undefined;
  const type = property(format, "type");
  if (type === "text" || type === "json_object") return undefined;
  if (type !== "json_schema") {
    throw wrong("response_format.type", "be text, json_object or json_schema", type);
  }
  const name = property(property(format, "json_schema"), "name");
  const schema = property(property(format, "json_schema"), "schema");
  if (typeof name !== "string" || !/^[A-Za-z0-9_-]{1,64}$/.test(name)) {
    throw wrong("response_format.json_schema.name", "be 1 to 64 letters, digits, - or _", name);
  }
  if (typeof schema !== "object" || schema === null || Array.isArray(schema)) {
    throw wrong("response_format.json_schema.schema", "be a JSON schema", schema);
  }
  return { name, schema: schema as { readonly [key: string]: Json } };
}

function wrong(param: string, rule: string, value: unknown): RequestError {
  const message = `Cannot answer as '${param}' must ${rule}: current value is ${showValue(value)}`;
  return new RequestError(400, message, null, param);
}

function unsupported(param: string, what: string): RequestError {
  return new RequestError(400, `This endpoint does not support ${what}`, "unsupported_parameter", param);
}

export interface ServedAnswer {
  readonly status: number;
  readonly headers: { readonly [name: string]: string };
  readonly text: string;
}

export function jsonAnswer(
  value: unknown,
  status = 200,
  headers: ServedAnswer["headers"] = {},
): ServedAnswer {
  return { status, headers: { "content-type": "application/json", ...headers }, text: JSON.stringify(value) };
}

/** Replies to one request as a chat completion; its tokens are those of the prompt once and of all replies. */
export function completionAnswer(
  replies: readonly RespondentReply[],
  request: RespondentRequest,
  identity: RespondentIdentity,
): ServedAnswer {
  const promptTokens = replies[0]!.promptTokens;
  const completionTokens = replies.reduce<number | null>(
    (sum, reply) => sum === null || reply.completionTokens === null ? null : sum + reply.completionTokens,
    0,
  );
  return jsonAnswer({
    id: `chatcmpl-${canonicalHash({ identity, request }).slice(0, 24)}`,
    object: "chat.completion",
    created: Math.floor(Date.now() / 1000),
    model: replies[0]!.model,
    system_fingerprint: `fp_${canonicalHash(identity).slice(0, 10)}`,
    choices: replies.map((reply, index) => ({
      index,
      message: {
        role: "assistant",
        content: reply.text === "" && reply.refusal !== null ? null : reply.text,
        ...(reply.thought === undefined ? {} : { reasoning_content: reply.thought }),
        refusal: reply.refusal,
      },
      logprobs: writeTokens(reply),
      finish_reason: reply.finishReason === "other" ? null : reply.finishReason,
    })),
    usage: promptTokens === null || completionTokens === null ? null : {
      prompt_tokens: promptTokens,
      completion_tokens: completionTokens,
      total_tokens: promptTokens + completionTokens,
    },
  });
}

const statuses: { readonly [kind in RespondentErrorKind]: number } = {
  unreachable: 503,
  timeout: 504,
  unauthorized: 401,
  rate_limited: 429,
  quota: 429,
  bad_request: 400,
  context: 400,
  filtered: 400,
  server: 500,
  malformed: 502,
};

const codes: { readonly [kind in RespondentErrorKind]?: string } = {
  quota: "insufficient_quota",
  rate_limited: "rate_limit_exceeded",
  context: "context_length_exceeded",
  filtered: "content_filter",
};

/** An error in the shape of OpenAI's. */
export function errorAnswer(error: unknown): ServedAnswer {
  const answer = (status: number, type: string, details = {}, headers: ServedAnswer["headers"] = {}) => {
    const message = error instanceof Error ? error.message : String(error);
    return jsonAnswer({ error: { message, type, param: null, code: null, ...details } }, status, headers);
  };
  if (error instanceof RequestError) {
    return answer(error.status, "invalid_request_error", { code: error.code, param: error.param });
  }
  if (!(error instanceof RespondentError)) return answer(500, "server_error");
  const { kind, retryAfterMs } = error;
  const code = codes[kind] ?? null;
  const headers = retryAfterMs === undefined ? {} : {
    "retry-after": String(Math.ceil(retryAfterMs / 1000)),
    "retry-after-ms": String(retryAfterMs),
  };
  const type = kind === "bad_request" ? "invalid_request_error" : code ?? "server_error";
  return answer(statuses[kind], type, { code }, headers);
}
