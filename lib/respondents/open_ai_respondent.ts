import {
  cannot,
  canonicalJson,
  checkOneOf,
  checkOptions,
  checkText,
  checkWhole,
  type Json,
  type Respondent,
  RespondentError,
  type RespondentIdentity,
  type RespondentReply,
  type RespondentRequest,
  type RespondOptions,
} from "../core/mod.ts";
import {
  connectionError,
  type FailureContext,
  httpError,
  HttpFailure,
  makeError,
  type Redact,
  redactor,
} from "./failures.ts";
import {
  checkNoSecret,
  type Connection,
  readCompletion,
  readEnvironment,
  requestBody,
  type RequestSettings,
  resolveConnection,
  type SchemaMode,
} from "./open_ai_endpoint.ts";
import { OpenAI } from "openai";

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
   * Most tokens of a reply; left out, the endpoint chooses.
   * @default {undefined}
   */
  maxTokens?: number;
  /**
   * The name under which `maxTokens` is sent.
   * @default {"max_completion_tokens" at api.openai.com, else "max_tokens", which every other server knows}
   */
  maxTokensName?: "max_completion_tokens" | "max_tokens";
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

const action = "make a respondent";

const optionNames = [
  "model",
  "baseURL",
  "apiKey",
  "endpoint",
  "temperature",
  "topP",
  "maxTokens",
  "maxTokensName",
  "timeoutMs",
  "schemaMode",
  "sendSeed",
  "parameters",
];

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
  checkOptions(action, options, optionNames);
  const { model, timeoutMs = 60_000, schemaMode = "json_schema", sendSeed = true } = options;
  checkText(action, "model", model);
  checkWhole(action, "timeoutMs", timeoutMs, 1, 86_400_000);
  checkOneOf(action, "schemaMode", schemaMode, ["json_schema", "json_object", "none"]);
  checkOneOf(action, "sendSeed", sendSeed, [true, false]);
  const connection = resolveConnection(options);
  const { endpoint = connection.baseURL } = options;
  checkText(action, "endpoint", endpoint);
  const parameters = samplingParameters(options, connection.baseURL);
  const settings = { model, schemaMode, sendSeed, parameters };
  return new OpenAiRespondent(connection, endpoint, settings, timeoutMs);
}

class OpenAiRespondent implements Respondent {
  readonly name: string;
  readonly #client: OpenAI;
  readonly #identity: RespondentIdentity;
  readonly #settings: RequestSettings;
  readonly #timeoutMs: number;
  readonly #context: FailureContext;
  readonly #redactReply: Redact;

  constructor(connection: Connection, endpoint: string, settings: RequestSettings, timeoutMs: number) {
    const { model, schemaMode, sendSeed, parameters } = settings;
    this.name = `openai:${model}`;
    this.#identity = {
      endpoint,
      model,
      parameters: { ...parameters, schema_mode: schemaMode, send_seed: sendSeed },
    };
    checkNoSecret(canonicalJson(this.#identity), connection.secrets);
    this.#settings = settings;
    this.#timeoutMs = timeoutMs;
    this.#context = { address: connection.baseURL, model, redact: redactor(connection.secrets, 4) };
    // A reply is data: only what must be a secret is cut out of it.
    this.#redactReply = redactor(connection.secrets, 8);
    this.#client = makeClient(connection, timeoutMs);
  }

  identity(): RespondentIdentity {
    return structuredClone(this.#identity);
  }

  async respond(request: RespondentRequest, options: RespondOptions = {}): Promise<RespondentReply> {
    const outer = options.signal;
    outer?.throwIfAborted();
    // One controller per call: listeners do not gather on a signal that lasts for a whole run, and the time limit
    // covers the body too, which the client's own does not.
    const controller = new AbortController();
    const abort = () => controller.abort();
    outer?.addEventListener("abort", abort, { once: true });
    const limit = { passed: false };
    const timer = setTimeout(() => {
      limit.passed = true;
      controller.abort();
    }, this.#timeoutMs);
    try {
      return await this.#call(request, controller.signal);
    } catch (error) {
      if (outer?.aborted) throw outer.reason;
      throw limit.passed ? this.#timeout() : this.#failure(error);
    } finally {
      clearTimeout(timer);
      outer?.removeEventListener("abort", abort);
    }
  }

  async #call(request: RespondentRequest, signal: AbortSignal): Promise<RespondentReply> {
    const body = requestBody(
      request,
      this.#settings,
    ) as unknown as OpenAI.ChatCompletionCreateParamsNonStreaming;
    // The client would hand on a web page as a completion and a cut body as a SyntaxError: the body is read here.
    const response = await this.#client.chat.completions.create(body, { signal }).asResponse();
    return readCompletion(await response.text(), this.#context, [this.#redactReply, request]);
  }

  #timeout(): RespondentError {
    const message = `${this.#context.address} did not finish its reply in ${this.#timeoutMs} ms`;
    return makeError(message, this.#context, { kind: "timeout", transient: true });
  }

  #failure(error: unknown): RespondentError {
    if (error instanceof RespondentError) return error;
    const cause = error instanceof Error ? error.cause : undefined;
    return cause instanceof HttpFailure
      ? httpError(cause, this.#context)
      : connectionError(error, this.#context);
  }
}

function makeClient(connection: Connection, timeoutMs: number): OpenAI {
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
  throw new HttpFailure(response.status, response.headers, await response.text());
}

/** Parameters that have an option of their own, or that the respondent sets for each request. */
const reserved = [
  ...["model", "messages", "response_format", "seed", "n", "stream"],
  ...["temperature", "top_p", "max_tokens", "max_completion_tokens"],
];

/** Checks the sampling options and names them as an endpoint does; what is left out is not sent. */
function samplingParameters(options: OpenAiRespondentOptions, baseURL: string): { [name: string]: Json } {
  const { temperature, topP, maxTokens, parameters = {} } = options;
  if (temperature !== undefined && !isBetween(temperature, 0, 2)) {
    throw new RangeError(cannot(action, "temperature", "be a number from 0 to 2", temperature));
  }
  if (topP !== undefined && (topP === 0 || !isBetween(topP, 0, 1))) {
    throw new RangeError(cannot(action, "topP", "be a number above 0, at most 1", topP));
  }
  if (maxTokens !== undefined) checkWhole(action, "maxTokens", maxTokens, 1);
  // OpenAI's reasoning models reject `max_tokens`; older servers elsewhere ignore `max_completion_tokens`.
  const usual = new URL(baseURL).hostname === "api.openai.com" ? "max_completion_tokens" : "max_tokens";
  const { maxTokensName = usual } = options;
  checkOneOf(action, "maxTokensName", maxTokensName, ["max_completion_tokens", "max_tokens"]);
  checkParameters(parameters);
  return {
    ...structuredClone(parameters),
    ...(temperature === undefined ? {} : { temperature }),
    ...(topP === undefined ? {} : { top_p: topP }),
    ...(maxTokens === undefined ? {} : { [maxTokensName]: maxTokens }),
  };
}

function isBetween(value: unknown, low: number, high: number): boolean {
  return typeof value === "number" && value >= low && value <= high;
}

function checkParameters(parameters: { readonly [name: string]: Json }): void {
  checkOptions(action, parameters, Object.keys(parameters ?? {}));
  for (const name of Object.keys(parameters)) {
    if (reserved.includes(name)) {
      throw new RangeError(
        `Cannot ${action} as 'parameters' must not hold '${name}': it has an option of its own or is set for each request`,
      );
    }
  }
  // Throws for what JSON cannot hold, which could be neither sent nor hashed.
  canonicalJson(parameters);
}
