import {
  canonicalHash,
  RespondentError,
  type RespondentErrorKind,
  type RespondentIdentity,
  type RespondentReply,
  type RespondentRequest,
} from "../core/mod.ts";
import { servedLogProbabilities } from "./served_log_probabilities.ts";
import { RequestError } from "./served_request.ts";

/** An HTTP answer before it is sent. */
export interface Answer {
  /** HTTP status. */
  readonly status: number;
  /** Headers. */
  readonly headers: { readonly [name: string]: string };
  /** The body. */
  readonly text: string;
}

/** An answer in JSON. */
export function jsonAnswer(value: unknown, status = 200, headers: Answer["headers"] = {}): Answer {
  return { status, headers: { "content-type": "application/json", ...headers }, text: JSON.stringify(value) };
}

/** A reply as a chat completion. */
export function completionAnswer(
  reply: RespondentReply,
  request: RespondentRequest,
  identity: RespondentIdentity,
): Answer {
  const { promptTokens, completionTokens } = reply;
  return jsonAnswer({
    id: `chatcmpl-${canonicalHash({ identity, request }).slice(0, 24)}`,
    object: "chat.completion",
    created: Math.floor(Date.now() / 1000),
    model: reply.model,
    system_fingerprint: `fp_${canonicalHash(identity).slice(0, 10)}`,
    choices: [{
      index: 0,
      message: {
        role: "assistant",
        content: reply.text === "" && reply.refusal !== null ? null : reply.text,
        refusal: reply.refusal,
      },
      logprobs: servedLogProbabilities(reply),
      finish_reason: reply.finishReason === "other" ? null : reply.finishReason,
    }],
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
  server: 500,
  malformed: 502,
};

/** An error in the shape of OpenAI's. */
export function errorAnswer(error: unknown): Answer {
  if (error instanceof RequestError) {
    return errorBody(error.status, error.message, "invalid_request_error", error.code, error.param);
  }
  if (!(error instanceof RespondentError)) {
    return errorBody(
      500,
      `The respondent failed: ${error instanceof Error ? error.message : error}`,
      "server_error",
    );
  }
  const { kind, message, retryAfterMs } = error;
  const code = kind === "quota"
    ? "insufficient_quota"
    : kind === "rate_limited"
    ? "rate_limit_exceeded"
    : null;
  const headers = retryAfterMs === undefined ? {} : {
    "retry-after": String(Math.ceil(retryAfterMs / 1000)),
    "retry-after-ms": String(retryAfterMs),
  };
  const type = kind === "bad_request" ? "invalid_request_error" : code ?? "server_error";
  return errorBody(statuses[kind], message, type, code, null, headers);
}

function errorBody(
  status: number,
  message: string,
  type: string,
  code: string | null = null,
  param: string | null = null,
  headers: Answer["headers"] = {},
): Answer {
  return jsonAnswer({ error: { message, type, param, code } }, status, headers);
}
