import type { FinishReason, RespondentError, RespondentReply, RespondentRequest } from "../core/mod.ts";
import { type FailureContext, httpError, HttpFailure, makeError, property } from "./classify_failure.ts";
import { readLogProbabilities } from "./read_log_probabilities.ts";
import type { Redact } from "./redact.ts";

/**
 * Reads the body of a chat completion.
 *
 * A body that is cut off may be whole the next time, so its error is transient; a page in HTML or JSON of another
 * shape comes from an address that is not a chat endpoint, and will come again.
 */
export function readCompletion(
  text: string,
  context: FailureContext,
  [redactReply, request]: readonly [Redact, RespondentRequest],
): RespondentReply {
  const body = parseBody(text, context);
  checkErrorBody(body, text, context);
  const choice = property(property(body, "choices"), "0");
  const message = property(choice, "message");
  if (typeof message !== "object" || message === null) {
    throw malformed("JSON that is not a chat completion: it has no choices[0].message", text, context, false);
  }
  const refusal = property(message, "refusal");
  const model = property(body, "model");
  const usage = property(body, "usage");
  const content = contentText(property(message, "content"), text, context);
  const logProbabilities = readLogProbabilities(property(choice, "logprobs"), content, request);
  return {
    text: redactReply(content),
    refusal: typeof refusal === "string" && refusal !== "" ? redactReply(refusal) : null,
    finishReason: finishReason(property(choice, "finish_reason")),
    model: redactReply(typeof model === "string" && model !== "" ? model : context.model),
    promptTokens: tokens(property(usage, "prompt_tokens")),
    completionTokens: tokens(property(usage, "completion_tokens")),
    ...(logProbabilities === undefined ? {} : { logProbabilities }),
  };
}

function parseBody(text: string, context: FailureContext): unknown {
  try {
    return JSON.parse(text);
  } catch {
    if (/^\s*</.test(text)) {
      throw malformed(
        "a web page, not a chat completion; does the base URL end in /v1?",
        text,
        context,
        false,
      );
    }
    throw malformed("JSON that is cut off or malformed", text, context, true);
  }
}

/** Some gateways report a failure behind them with status 200 and the true status in the body. */
function checkErrorBody(body: unknown, text: string, context: FailureContext): void {
  const error = property(body, "error");
  if (error === undefined || error === null) return;
  const status = Number(property(error, "code"));
  throw Number.isInteger(status) && status >= 400 && status < 600
    ? httpError(new HttpFailure(status, new Headers(), text), context)
    : malformed("an error in place of a chat completion", text, context, false);
}

/** Content is a text, nothing, or (from some servers) a list of parts. */
function contentText(content: unknown, text: string, context: FailureContext): string {
  if (typeof content === "string") return content;
  if (content === null || content === undefined) return "";
  if (Array.isArray(content)) return content.map((part) => String(property(part, "text") ?? "")).join("");
  throw malformed("a chat completion whose content is not a text", text, context, false);
}

function finishReason(reason: unknown): FinishReason {
  return reason === "stop" || reason === "length" || reason === "content_filter" ? reason : "other";
}

function tokens(count: unknown): number | null {
  return typeof count === "number" && Number.isFinite(count) ? count : null;
}

function malformed(what: string, text: string, context: FailureContext, transient: boolean): RespondentError {
  const start = context.redact(text).slice(0, 120);
  return makeError(`${context.address} sent ${what} (it begins with ${JSON.stringify(start)})`, context, {
    kind: "malformed",
    transient,
    status: 200,
  });
}
