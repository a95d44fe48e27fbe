import { RespondentError, type RespondentErrorOptions } from "../core/errors.ts";
import type { ReadBody } from "./body.ts";
import type { Redact } from "./redaction.ts";
import { type Complaint, isFiltered, isTooLong, rejected, type Rejection, tooLong } from "./rejections.ts";
import { retryAfter } from "./retry_after.ts";

/** An HTTP answer that is not a success, with its body as it came. */
export class HttpFailure extends Error {
  constructor(readonly status: number, readonly headers: Headers, readonly body: ReadBody) {
    super("the endpoint answered with an error");
  }
}

/** What an error message says beside the failure. */
export interface FailureContext {
  /** The endpoint's address, without credentials. */
  readonly address: string;
  readonly model: string;
  readonly redact: Redact;
}

/** Turns an HTTP failure into an error that says what to do about it and whether trying again may help. */
export function httpError(failure: HttpFailure, context: FailureContext): RespondentError {
  const { status, headers, body } = failure;
  const said = complaint(body.text);
  // Longer than any sentence, and short enough to be searched.
  const searched = { ...said, message: said.message.slice(0, 2000) };
  const { sentence, kind, transient, parameter } = ruleFor(status, searched, context, headers);
  const wait = transient ? retryAfter(headers) : undefined;
  const detail = said.message === "" ? "" : `: ${said.message}`;
  const cut = body.cut ? ", with a body that was cut at 4 MiB" : "";
  return makeError(`${sentence} (HTTP ${status}${cut})${detail}`, context, {
    kind,
    transient,
    status,
    ...(parameter === undefined ? {} : { parameter }),
    ...(wait === undefined ? {} : { retryAfterMs: wait }),
  });
}

export function connectionError(error: unknown, context: FailureContext): RespondentError {
  const denied = causes(error).find((cause) => cause instanceof Deno.errors.NotCapable);
  const reason = String(denied?.message ?? causes(error).at(-1)?.message ?? error)
    .replace(/^error sending request for url \(.*?\): /, "");
  const hint = denied === undefined
    ? "is the server running, and is the base URL right?"
    : "allow it with --allow-net";
  return makeError(`Cannot reach ${context.address}: ${reason}; ${hint}`, context, {
    kind: "unreachable",
    transient: denied === undefined,
  });
}

/** An error without secrets, short enough to read. Takes the secrets out before it cuts, so that no part is left. */
export function makeError(
  message: string,
  context: FailureContext,
  options: RespondentErrorOptions,
): RespondentError {
  const clean = context.redact(message).replaceAll(/\s+/g, " ").trim();
  return new RespondentError(clean.length > 500 ? `${clean.slice(0, 497)}...` : clean, options);
}

type Rule = Rejection & Pick<RespondentErrorOptions, "transient">;

const quotaCodes = ["insufficient_quota", "billing_hard_limit_reached", "billing_not_active"];

function ruleFor(status: number, said: Complaint, context: FailureContext, headers: Headers): Rule {
  const { address, model } = context;
  const { code } = said;
  const passing = (kind: Rule["kind"], sentence: string): Rule => ({ kind, transient: true, sentence });
  const lasting = (kind: Rule["kind"], sentence: string): Rule => ({ kind, transient: false, sentence });
  if (status < 400) {
    const on = `sends requests on to ${redirectTarget(headers)}`;
    return lasting("bad_request", `${address} ${on}: use that address as the base URL`);
  }
  const ofPrompt = [400, 403, 413, 422, 500].includes(status);
  if (ofPrompt && isTooLong(said)) return { ...tooLong(said, address, model), transient: false };
  if (ofPrompt && isFiltered(said)) {
    return lasting("filtered", `The content filter of ${address} refuses the prompt`);
  }
  if (status === 401 || status === 403) {
    return lasting("unauthorized", `${address} refuses the API key; set OPENAI_API_KEY or pass { apiKey }`);
  }
  if (status === 402 || (status === 429 && quotaCodes.includes(code))) {
    return lasting("quota", `The account at ${address} has no credit left`);
  }
  if (status === 429) return passing("rate_limited", `${address} asks for fewer requests`);
  if (status === 408) return passing("timeout", `${address} gave up waiting`);
  if (status === 501) return lasting("server", `${address} failed`);
  // 409 and 425 speak of the moment, not of the request.
  if (status >= 500 || status === 409 || status === 425) return passing("server", `${address} failed`);
  if (status === 400 || status === 422) return { ...rejected(said, address, model), transient: false };
  const check = "; is the base URL right (it usually ends in /v1), and is there such a model?";
  const hint = status === 404 ? check : "";
  return lasting("bad_request", `${address} rejects the request to model '${model}'${hint}`);
}

function redirectTarget(headers: Headers): string {
  try {
    const target = new URL(headers.get("location") ?? "");
    return target.origin + target.pathname.replace(/\/chat\/completions$/, "");
  } catch {
    return "another address";
  }
}

/** What an error body says: OpenAI's shape, those of other servers, or plain text. */
export function complaint(text: string): Complaint {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    return { message: pageText(text), code: "", codes: [], parameter: "", tokens: [undefined, undefined] };
  }
  const error = property(body, "error") ?? body;
  const detail = property(error, "detail");
  const message = typeof error === "string" ? error : property(error, "message") ?? detail ?? error;
  const [code, kind] = [property(error, "code"), property(error, "type")];
  const inner = property(property(error, "innererror"), "code");
  const parameter = property(error, "param") ?? locationOf(detail);
  return {
    message: typeof message === "string" ? message : jsonOf(message),
    code: quotaCodes.includes(wordOf(kind)) ? wordOf(kind) : wordOf(code ?? kind),
    codes: [code, kind, inner].map(wordOf).filter((one) => one !== ""),
    parameter: typeof parameter === "string" ? parameter.slice(0, 100) : "",
    tokens: [property(error, "n_prompt_tokens"), property(error, "n_ctx")],
  };
}

/** A code as a word; nothing where it is a structure, which may be nested too deep to be written. */
function wordOf(code: unknown): string {
  return typeof code === "string" || typeof code === "number" ? String(code) : "";
}

function jsonOf(value: unknown): string {
  try {
    return JSON.stringify(value) ?? "";
  } catch {
    return "";
  }
}

/** The parameter that a validation error of FastAPI (vLLM and others) is about. */
function locationOf(detail: unknown): unknown {
  return property(property(property(detail, "0"), "loc"), "1");
}

/** The words of a page, without its marks and scripts; each character is looked at once, however it is written. */
function pageText(text: string): string {
  const parts = text.slice(0, 100_000).split(/<(?=\/?(?:script|style)\b)/i);
  const words = parts.map((part, place) => place === 0 ? part : part[0] === "/" ? `<${part}` : "");
  return words.join(" ").replace(/<[^<>]*>/g, " ").replace(/\s+/g, " ").trim().slice(0, 300);
}

/** A property of a value that may be no object. */
export function property(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null
    ? (value as { [name: string]: unknown })[name]
    : undefined;
}

function causes(error: unknown): Error[] {
  const chain: Error[] = [];
  for (let cause = error; cause instanceof Error && chain.length < 8; cause = cause.cause) chain.push(cause);
  return chain;
}
