import { checkOptions, checkText } from "../core/checks.ts";
import { cannot } from "../core/errors.ts";
import { canonicalJson, type Json } from "../core/hash.ts";
import type { ReadOptions, RulesFor } from "../core/options.ts";
import { flag, oneOf, readOptions, required, rule, whole } from "../core/options.ts";
import type { Respondent } from "../core/respondent.ts";
import { readBody } from "./body.ts";
import { readCompletion } from "./completion_reply.ts";
import type { RequestSettings, SchemaMode } from "./completion_request.ts";
import { identityParameters, requestBody, showsExample } from "./completion_request.ts";
import { type EndpointAccess, grantAccess } from "./endpoint_access.ts";
import { httpError, HttpFailure } from "./failures.ts";
import { openAiBatch } from "./open_ai_batch.ts";
import { callInTime, failureOf, makeClient, sender } from "./open_ai_client.ts";
import { checkApiKey, checkNoSecret, resolveConnection } from "./open_ai_endpoint.ts";
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
  /** Sampling temperature, from 0 to 2; left out, the endpoint chooses. */
  temperature?: number;
  /** Share of probability that is sampled from, above 0 to 1; left out, the endpoint chooses. */
  topP?: number;
  /** Most tokens of a reply; left out, the endpoint chooses. */
  maxTokens?: number;
  /**
   * The name under which `maxTokens` is sent.
   * @default {"max_completion_tokens"} to api.openai.com, whose reasoning models reject the other; else "max_tokens", which
   * every other server knows
   */
  tokenLimit?: "max_tokens" | "max_completion_tokens";
  /**
   * Whole time allowed for one call, body included, in milliseconds.
   * @default {60000}
   */
  timeoutMs?: number;
  /**
   * How the form of the reply is asked for: by schema, as any JSON object, or not at all. In the last two an example of
   * the reply stands at the end of the last message, its values drawn anew from each request's seed; without any form a
   * single question is asked in plain words, as it stands. Very small models repeat an example as their answer
   * (SmolLM2, 135 million weights: 24 of 26), which `probeEndpoint` looks for.
   * @default {"json_schema"}
   */
  schemaMode?: SchemaMode;
  /**
   * Whether the schema's text stands in the message in place of an example, where `schemaMode` is not `json_schema`:
   * small models echo it as their answer.
   * @default {false}
   */
  showSchema?: boolean;
  /**
   * The role of what stands in a system message: `user` puts it in front of the user's message, for endpoints that
   * reject or overlook system messages.
   * @default {"system"}
   */
  systemRole?: "system" | "developer" | "user";
  /**
   * Whether the request's seed is sent; `false` for endpoints that reject one.
   * @default {true}
   */
  sendSeed?: boolean;
  /**
   * How many bits of the seed are sent: 31 for endpoints that take no larger numbers.
   * @default {53}
   */
  seedBits?: 31 | 53;
  /**
   * Most replies that one call asks for (`n`), where a prompt is asked several times: they cost its tokens once. Of the
   * replies of one call only the first has its own seed sent.
   * @default {1}
   */
  choices?: number;
  /**
   * Whether log-probabilities are sent for where a request wants them: `plain` only where no schema holds the reply,
   * as under one many servers give those of the model without it.
   * @default {"always"}
   */
  logProbabilities?: "always" | "plain" | "never";
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
 * Each call is made once; trying again is the runner's business. A failed call rejects with a `RespondentError` that says
 * what to do and whether it is transient: a connection, a timeout, a rate limit (with `retryAfterMs`), a server's failure
 * and a reply that is cut off are; a refused key, spent credit, a rejected request and a web page in place of a completion
 * are not. An aborted call rejects with the signal's reason. The key is sent to the endpoint and stands nowhere else: not in
 * the identity, errors, replies or what a notebook prints. The replicate's number is not sent: give each replicate its own
 * seed. What a model thinks (`reasoning_content`, `reasoning`, `<think>`) is the reply's `thought` and never read as an
 * answer: an endpoint that puts the answer itself there gives empty replies, and `probeEndpoint` says so. Endpoints differ
 * from what they say: `probeEndpoint` finds out, and sets what was not given here.
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
  const { model, endpoint = connection.baseURL, timeoutMs } = settings;
  let asked = requestSettings(settings, connection.baseURL);
  // From the first call on nothing changes: a study is asked in one way.
  let isFixed = false;
  const identity = () => ({ endpoint, model, parameters: identityParameters(asked) });
  checkNoSecret(canonicalJson(identity()), connection.secrets);
  const context = { address: connection.baseURL, model, redact: redactor(connection.secrets, "messages") };
  // A reply is data: only what must be a secret is cut out of it.
  const redactReply = redactor(connection.secrets, "replies");
  const client = makeClient(connection, timeoutMs);
  const send = sender(client, "/chat/completions");
  const complete: EndpointAccess["complete"] = (request, { n = 1, ...changes }, options) =>
    callInTime(async (signal) => {
      const body = { ...requestBody(request, { ...asked, ...changes }), ...(n === 1 ? {} : { n }) };
      const started = performance.now();
      const response = await send(body, signal);
      const limits = options.onLimits && limitsOf(response.headers);
      if (limits !== undefined) options.onLimits!(limits);
      const read = readCompletion(await readBody(response), context, [redactReply, request]);
      return { ...read, headers: response.headers, latencyMs: performance.now() - started };
    }, { timeoutMs, outer: options.signal, context });
  const respondent: Respondent = {
    name: `openai:${model}`,
    identity: () => structuredClone(identity()),
    batch: openAiBatch(client, {
      body(request) {
        isFixed = true;
        return requestBody(request, asked);
      },
      read(request, { status, text }) {
        const body = { text, cut: false };
        if (status === 200) return readCompletion(body, context, [redactReply, request]).replies[0]!;
        throw httpError(new HttpFailure(status, new Headers(), body), context);
      },
      failureOf: (error) => failureOf(error, context),
      redact: context.redact,
    }),
    async respond(request, options = {}) {
      isFixed = true;
      return (await complete(request, {}, options)).replies[0]!;
    },
  };
  const respondMany: Respondent["respondMany"] = async (requests, options = {}) => {
    isFixed = true;
    // Requests that show an example of the reply show each another one.
    const most = requests.some((request) => showsExample(request, asked)) ? 1 : asked.choices;
    const n = Math.min(most, requests.length);
    return (await complete(requests[0]!, { n }, options)).replies.slice(0, n);
  };
  const use = (next: RequestSettings): void => {
    asked = next;
    delete respondent.respondMany;
    delete respondent.mostReplies;
    if (next.choices > 1) Object.assign(respondent, { respondMany, mostReplies: next.choices });
  };
  use(asked);
  return grantAccess(respondent, {
    address: connection.baseURL,
    given: new Set(Object.entries(options).flatMap(([name, value]) => value === undefined ? [] : [name])),
    settings: () => asked,
    complete,
    look: (path, body, outer) =>
      callInTime(async (signal) => {
        const how = body === undefined ? { method: "get" } as const : { method: "post", body } as const;
        const response = await client.request({ path, signal, ...how }).asResponse();
        return JSON.parse((await readBody(response)).text);
      }, { timeoutMs, outer, context }).catch(() => outer?.throwIfAborted()),
    set(found) {
      if (!isFixed) use({ ...asked, ...found });
      return !isFixed;
    },
  });
}

const action = "make a respondent";

/** Parameters that have an option of their own, or that the respondent sets for each request. */
const reserved = [
  ...["model", "messages", "response_format", "seed", "n", "stream", "temperature", "top_p"],
  // What the key says under these names is how the respondent asks.
  ...["schema_mode", "reply_form", "send_seed", "seed_bits", "system_role"],
];

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
  tokenLimit: oneOf(["max_tokens", "max_completion_tokens"], undefined),
  schemaMode: oneOf<SchemaMode, "json_schema">(["json_schema", "json_object", "none"], "json_schema"),
  showSchema: flag(false),
  systemRole: oneOf(["system", "developer", "user"], "system"),
  sendSeed: flag(true),
  seedBits: oneOf([31, 53], 53),
  choices: whole(1, 1, 128),
  logProbabilities: oneOf(["always", "plain", "never"], "always"),
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
    const why = "it has an option of its own or is set for each request";
    throw new RangeError(`Cannot ${action} as '${name}' must not hold '${own}': ${why}`);
  }
  // Throws for what JSON cannot hold, which could be neither sent nor hashed.
  canonicalJson(parameters as Json);
}

/** How the endpoint is asked; sampling parameters under the names that it knows, and none that is left out. */
function requestSettings(
  { baseURL: _, apiKey: _key, endpoint: _name, timeoutMs: _time, temperature, topP, ...settings }: Settings,
  baseURL: string,
): RequestSettings {
  const usual = new URL(baseURL).hostname === "api.openai.com" ? "max_completion_tokens" : "max_tokens";
  return {
    ...settings,
    tokenLimit: settings.tokenLimit ?? usual,
    parameters: {
      ...structuredClone(settings.parameters),
      ...(temperature === undefined ? {} : { temperature }),
      ...(topP === undefined ? {} : { top_p: topP }),
    },
  };
}
