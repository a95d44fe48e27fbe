import type { RespondentError } from "../core/errors.ts";
import type { FinishReason, RespondentReply, RespondentRequest } from "../core/respondent.ts";
import { splitThought } from "../core/thought.ts";
import type { ReadBody } from "./body.ts";
import { type FailureContext, httpError, HttpFailure, makeError, property } from "./failures.ts";
import { readTokens } from "./log_probabilities.ts";
import type { Redact } from "./redaction.ts";

/**
 * Reads the body of a chat completion: the replies of its choices, at least one, up to the first that is none.
 *
 * A body that is cut off may be whole the next time, so its error is transient; a page in HTML or JSON of another shape
 * comes from an address that is not a chat endpoint, and will come again. A thought, in a field of its own or between tags,
 * is kept apart from the text. Tokens are those of all replies together and stand in the first, 0 in the others.
 */
export function readCompletion(
  { text, cut }: ReadBody,
  context: FailureContext,
  [redactReply, request]: readonly [Redact, RespondentRequest],
): { readonly replies: RespondentReply[]; readonly body: unknown } {
  if (cut) throw malformed("a body that was cut at 4 MiB, as no reply is so long", text, context, false);
  const body = parseBody(text, context);
  checkErrorBody(body, text, context);
  const choices = property(body, "choices");
  const messages = (Array.isArray(choices) ? choices : []).map((choice) => property(choice, "message"));
  const broken = messages.findIndex((message) => typeof message !== "object" || message === null);
  if (messages.length === 0 || broken === 0) {
    throw malformed("JSON that is not a chat completion: it has no choices[0].message", text, context, false);
  }
  const model = property(body, "model");
  const usage = property(body, "usage");
  const count = (name: string, place: number) => {
    const all = property(usage, name);
    // A count that no prompt or reply has would unmake budgets and limits.
    return typeof all === "number" && all >= 0 && all <= 1e9 ? place === 0 ? all : 0 : null;
  };
  const replies = messages.slice(0, broken < 0 ? undefined : broken).map(
    (message, place): RespondentReply => {
      const content = contentText(property(message, "content"), text, context);
      const refusal = property(message, "refusal");
      const spoken = splitThought(content);
      const thoughts = [...thoughtFields.map((name) => property(message, name)), spoken.thought];
      const thought = [...new Set(thoughts.filter(isWritten))].join("\n");
      const tokens = request.logProbabilities === undefined
        ? undefined
        : readTokens(property(property(choices, String(place)), "logprobs"));
      // Tokens of a thought are none of the answer.
      const begin = tokens?.slice(0, 3).map(({ token }) => token).join("").trim() ?? "";
      const ofAnswer = thought === "" || spoken.text !== "" && spoken.text.startsWith(begin);
      return {
        text: redactReply(spoken.text),
        ...(thought === "" ? {} : { thought: redactReply(thought) }),
        refusal: isWritten(refusal) ? redactReply(refusal) : null,
        finishReason: finishReason(property(property(choices, String(place)), "finish_reason")),
        model: redactReply(isWritten(model) ? model : context.model),
        promptTokens: count("prompt_tokens", place),
        completionTokens: count("completion_tokens", place),
        ...(tokens === undefined || !ofAnswer ? {} : { tokens }),
      };
    },
  );
  return { replies, body };
}

/** Where endpoints put what a model thought: vLLM, llama.cpp and DeepSeek; Ollama and OpenRouter. */
export const thoughtFields = ["reasoning_content", "reasoning"] as const;

function isWritten(text: unknown): text is string {
  return typeof text === "string" && text !== "";
}

function parseBody(text: string, context: FailureContext): unknown {
  try {
    return JSON.parse(text);
  } catch {
    const isPage = /^\s*</.test(text);
    const page = "a web page, not a chat completion; does the base URL end in /v1?";
    throw malformed(isPage ? page : "JSON that is cut off or malformed", text, context, !isPage);
  }
}

/** Some gateways report a failure behind them with status 200 and the true status in the body. */
function checkErrorBody(body: unknown, text: string, context: FailureContext): void {
  const error = property(body, "error");
  if (error === undefined || error === null) return;
  const code = property(error, "code");
  // A list may be nested too deep to be made a number.
  const status = typeof code === "string" || typeof code === "number" ? Number(code) : NaN;
  throw Number.isInteger(status) && status >= 400 && status < 600
    ? httpError(new HttpFailure(status, new Headers(), { text, cut: false }), context)
    : malformed("an error in place of a chat completion", text, context, false);
}

/** Content is a text, nothing, or (from some servers) a list of parts. */
function contentText(content: unknown, text: string, context: FailureContext): string {
  if (typeof content === "string") return content;
  if (content === null || content === undefined) return "";
  if (Array.isArray(content)) return content.map((part) => property(part, "text")).filter(isWritten).join("");
  throw malformed("a chat completion whose content is not a text", text, context, false);
}

function finishReason(reason: unknown): FinishReason {
  return reason === "stop" || reason === "length" || reason === "content_filter" ? reason : "other";
}

function malformed(what: string, text: string, context: FailureContext, transient: boolean): RespondentError {
  // Redacted before it is cut, so that no part of a secret is left.
  const start = context.redact(text.slice(0, 10_000)).slice(0, 120);
  const message = `${context.address} sent ${what} (it begins with ${JSON.stringify(start)})`;
  return makeError(message, context, { kind: "malformed", transient, status: 200 });
}
