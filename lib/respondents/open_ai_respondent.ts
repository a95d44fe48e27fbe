import { OpenAI } from "openai";
import { checkOptions, checkText } from "../core/checks.ts";
import { cannot, RespondentError } from "../core/errors.ts";
import { canonicalJson, type Json } from "../core/hash.ts";
import {
  flag,
  oneOf,
  type ReadOptions,
  readOptions,
  required,
  rule,
  type RulesFor,
  whole,
} from "../core/options.ts";
import type { Respondent, RespondentRequest, RespondOptions } from "../core/respondent.ts";
import { readBody } from "./body.ts";
import { connectionError, type FailureContext, httpError, HttpFailure, makeError } from "./failures.ts";
import { openAiBatch } from "./open_ai_batch.ts";
import {
  checkApiKey,
  checkNoSecret,
  type EndpointConnection,
  readCompletion,
  readEnvironment,
  requestBody,
  resolveConnection,
  type SchemaMode,
} from "./open_ai_endpoint.ts";
import { redactor } from "./redaction.ts";
import { limitsOf } from "./retry_after.ts";

/** Options of {@linkcode openAiRespondent}. */
export interface OpenAiRespondentOptions {
  /** The model, as the endpoint names it. */
  model: string;
  /**
   * The endpoint's address, usually ending in `/v1`.
   * @default {the environment variable OPENAI_BASE_URL, else "https://api.openai.com/v1"}
   */
  baseURL?: string;
  /**
   * The key. Better left out, so that it stands in no notebook.
   * @default {the environment variable OPENAI_API_KEY; servers on this machine need none}
   */
  apiKey?: string;
  /**
   * A name that stands for the endpoint in keys and provenance, for an address that changes from run to run.
   * @default {baseURL without credentials and query}
   */
  endpoint?: string;
  /**
   * Sampling temperature, from 0 to 2; left out, the endpoint chooses.
   * @default {undefined}
   */
  temperature?: number;
  /**
   * Share of probability that is sampled from, above 0 to 1; left out, the endpoint chooses.
   * @default {undefined}
   */
  topP?: number;
  /**
   * Most tokens of a reply; left out, the endpoint chooses. Sent as `max_completion_tokens` to api.openai.com, else as
   * `max_tokens`, which every other server knows; under a name of your own it can stand in `parameters` instead.
   * @default {undefined}
   */
  maxTokens?: number;
  /**
   * Whole time allowed for one call, body included, in milliseconds.
   * @default {60000}
   */
  timeoutMs?: number;
  /**
   * How the form of the reply is asked for: by schema, as any JSON object, or not at all. In the last two the schema
   * is written at the end of the last message instead.
   * @default {"json_schema"}
   */
  schemaMode?: SchemaMode;
  /**
   * Whether the request's seed is sent; `false` for endpoints that reject one.
   * @default {true}
   */
  sendSeed?: boolean;
  /**
   * Other parameters of the endpoint, such as `{ reasoning_effort: "low" }`.
   * @default {{}}
   */
  parameters?: { readonly [name: string]: Json };
}

/**
 * Makes a respondent that asks a model behind an OpenAI-compatible endpoint: OpenAI, vLLM, llama.cpp, Ollama, or
 * `serveRespondent`.
 *
 * Each call is made once; trying again is the runner's business. A failed call rejects with a `RespondentError` that
 * says what to do and whether it is transient: a connection, a timeout, a rate limit (with `retryAfterMs`), a server's
 * failure and a reply that is cut off are; a refused key, spent credit, a rejected request and a web page in place of
 * a completion are not. An aborted call rejects with the signal's reason. The key is sent to the endpoint and stands
 * nowhere else: not in the identity, errors, replies or what a notebook prints. The replicate's number is not sent:
 * give each replicate its own seed.
 *
 * @param options see {@linkcode OpenAiRespondentOptions}
 * @returns the respondent
 * @throws {TypeError} if there is no key, or the environment may not be read
 * @throws {RangeError} if an option is out of range
 * @example A server on this machine
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { openAiRespondent } from "@understudy/understudy/respondents";
 *
 * const respondent = openAiRespondent({ model: "qwen3", baseURL: "http://127.0.0.1:8080/v1", temperature: 1 });
 * const { endpoint, parameters } = await respondent.identity();
 * assertEquals(endpoint, "http://127.0.0.1:8080/v1");
 * assertEquals(parameters.temperature, 1);
 * ```
 */
export function openAiRespondent(options: OpenAiRespondentOptions): Respondent {
  const settings = readOptions(action, options, rules);
  const connection = resolveConnection(settings);
  const { model, endpoint = connection.baseURL, schemaMode, sendSeed, timeoutMs } = settings;
  const parameters = samplingParameters(settings, connection.baseURL);
  const identity = {
    endpoint,
    model,
    parameters: { ...parameters, schema_mode: schemaMode, send_seed: sendSeed },
  };
  checkNoSecret(canonicalJson(identity), connection.secrets);
  const context = { address: connection.baseURL, model, redact: redactor(connection.secrets, "messages") };
  // A reply is data: only what must be a secret is cut out of it.
  const redactReply = redactor(connection.secrets, "replies");
  const client = makeClient(connection, timeoutMs);
  const limit = tokenLimit(connection.baseURL);
  const bodyOf = (request: RespondentRequest) =>
    requestBody(request, { model, schemaMode, sendSeed, parameters, tokenLimit: limit });
  const call = async (
    request: RespondentRequest,
    signal: AbortSignal,
    onLimits: RespondOptions["onLimits"],
  ) => {
    const body = bodyOf(request);
    // The client would hand on a web page as a completion and a cut body as a SyntaxError: the body is read here.
    const response = await client.chat.completions.create(
      body as unknown as OpenAI.ChatCompletionCreateParamsNonStreaming,
      { signal },
    ).asResponse();
    const limits = onLimits && limitsOf(response.headers);
    if (limits !== undefined) onLimits!(limits);
    return readCompletion(await readBody(response), context, [redactReply, request]);
  };
  return {
    name: `openai:${model}`,
    identity: () => structuredClone(identity),
    batch: openAiBatch(client, {
      body: bodyOf,
      read(request, { status, text }) {
        const body = { text, cut: false };
        if (status === 200) return readCompletion(body, context, [redactReply, request]);
        throw httpError(new HttpFailure(status, new Headers(), body), context);
      },
      failureOf: (error) => failureOf(error, context),
      redact: context.redact,
    }),
    async respond(request, { signal: outer, onLimits } = {}) {
      outer?.throwIfAborted();
      // One controller per call: listeners do not gather on a signal that lasts for a whole run, and the time limit
      // covers the body too, which the client's own does not.
      const controller = new AbortController();
      const abort = () => controller.abort();
      outer?.addEventListener("abort", abort, { once: true });
      let late = false;
      const timer = setTimeout(() => {
        late = true;
        controller.abort();
      }, timeoutMs);
      try {
        return await call(request, controller.signal, onLimits);
      } catch (error) {
        if (outer?.aborted) throw outer.reason;
        if (!late) throw failureOf(error, context);
        const message = `${context.address} did not finish its reply in ${timeoutMs} ms`;
        throw makeError(message, context, { kind: "timeout", transient: true });
      } finally {
        clearTimeout(timer);
        outer?.removeEventListener("abort", abort);
      }
    },
  };
}

function failureOf(error: unknown, context: FailureContext): RespondentError {
  if (error instanceof RespondentError) return error;
  const cause = error instanceof Error ? error.cause : undefined;
  return cause instanceof HttpFailure ? httpError(cause, context) : connectionError(error, context);
}

const action = "make a respondent";

/** Parameters that have an option of their own, or that the respondent sets for each request. */
const reserved = ["model", "messages", "response_format", "seed", "n", "stream", "temperature", "top_p"];

const rules = {
  model: required<string>(checkText),
  baseURL: rule<string, undefined>(checkText, undefined),
  apiKey: rule<string, undefined>(checkApiKey, undefined),
  endpoint: rule<string, undefined>(checkText, undefined),
  temperature: rule<number, undefined>((_, name, value) => {
    if (isBetween(value, 0, 2)) return;
    throw new RangeError(cannot(action, name, "be a number from 0 to 2", value));
  }, undefined),
  topP: rule<number, undefined>((_, name, value) => {
    if (isBetween(value, 0, 1) && value !== 0) return;
    throw new RangeError(cannot(action, name, "be a number above 0, at most 1", value));
  }, undefined),
  maxTokens: whole<number | undefined>(undefined),
  timeoutMs: whole(60_000, 1, 86_400_000),
  schemaMode: oneOf<SchemaMode, "json_schema">(["json_schema", "json_object", "none"], "json_schema"),
  sendSeed: flag(true),
  parameters: rule<{ readonly [name: string]: Json }, Record<string, never>>(checkParameters, {}),
} satisfies RulesFor<OpenAiRespondentOptions>;

type Settings = ReadOptions<OpenAiRespondentOptions, typeof rules>;

function isBetween(value: unknown, low: number, high: number): boolean {
  return typeof value === "number" && value >= low && value <= high;
}

function checkParameters(_: string, name: string, parameters: unknown): void {
  checkOptions(action, parameters as object, Object.keys(parameters ?? {}));
  const own = Object.keys(parameters as object).find((parameter) => reserved.includes(parameter));
  if (own !== undefined) {
    throw new RangeError(
      `Cannot ${action} as '${name}' must not hold '${own}': it has an option of its own or is set for each request`,
    );
  }
  // Throws for what JSON cannot hold, which could be neither sent nor hashed.
  canonicalJson(parameters as Json);
}

/** The sampling parameters under the names that an endpoint knows; what is left out is not sent. */
function samplingParameters(settings: Settings, baseURL: string): { [name: string]: Json } {
  const { temperature, topP, maxTokens, parameters } = settings;
  return {
    ...structuredClone(parameters),
    ...(temperature === undefined ? {} : { temperature }),
    ...(topP === undefined ? {} : { top_p: topP }),
    ...(maxTokens === undefined ? {} : { [tokenLimit(baseURL)]: maxTokens }),
  };
}

/** OpenAI's reasoning models reject `max_tokens`; older servers elsewhere ignore `max_completion_tokens`. */
function tokenLimit(baseURL: string): string {
  return new URL(baseURL).hostname === "api.openai.com" ? "max_completion_tokens" : "max_tokens";
}

function makeClient(connection: EndpointConnection, timeoutMs: number): OpenAI {
  try {
    return new OpenAI({
      apiKey: connection.apiKey,
      baseURL: connection.baseURL,
      defaultQuery: connection.query,
      ...(connection.authorization === undefined
        ? {}
        : { defaultHeaders: { Authorization: connection.authorization } }),
      adminAPIKey: null,
      webhookSecret: null,
      organization: readEnvironment("OPENAI_ORG_ID") ?? null,
      project: readEnvironment("OPENAI_PROJECT_ID") ?? null,
      maxRetries: 0,
      timeout: 2 * timeoutMs,
      logLevel: "off",
      fetch: fetchOrFail,
    });
  } catch (error) {
    if (!(error instanceof Deno.errors.NotCapable)) throw error;
    throw new TypeError(
      "Cannot make a respondent as the openai client may not read the environment: run with " +
        "--allow-env=OPENAI_BASE_URL,OPENAI_API_KEY,OPENAI_CUSTOM_HEADERS",
    );
  }
}

/** Keeps the body of a failure, of which the client drops all that is not in OpenAI's own shape. */
async function fetchOrFail(input: string | URL | Request, init?: RequestInit): Promise<Response> {
  const response = await fetch(input, { ...init, redirect: "manual" });
  if (response.ok) return response;
  throw new HttpFailure(response.status, response.headers, await readBody(response));
}
