import { cannot } from "../core/errors.ts";
import { canonicalHash } from "../core/hash.ts";
import { readOptions, rule, type RulesFor, whole } from "../core/options.ts";
import type { Respondent, RespondentIdentity } from "../core/respondent.ts";
import { checkApiKey } from "./open_ai_endpoint.ts";
import { checkSender, completionAnswer, errorAnswer, jsonAnswer, parseRequest } from "./served_completion.ts";
import { readJson, replicatesOf, RequestError, type ServedAnswer } from "./served_completion.ts";

/** Options of {@linkcode serveRespondent}. */
export interface ServeRespondentOptions {
  /**
   * The port; 0 takes a free one.
   * @default {0}
   */
  port?: number;
  /**
   * A key that every request must carry.
   * @default {undefined}
   */
  apiKey?: string;
}

/** What `openAiRespondent` needs to reach a served respondent. */
export interface ServedConnection {
  /** The address. */
  readonly baseURL: string;
  /** The key; any will do where the server asks for none. */
  readonly apiKey: string;
  /** The model. */
  readonly model: string;
  /** A name that stays the same from run to run, whatever the port. */
  readonly endpoint: string;
}

/** A respondent behind an endpoint, until it is closed. */
export interface ServedRespondent {
  /** The address, ending in `/v1`. */
  readonly baseURL: string;
  /** What to give to `openAiRespondent`, as it is or spread. */
  readonly connection: ServedConnection;
  /** How many completions have been asked for. */
  readonly requests: number;
  /** Stops listening and ends the calls that are under way. */
  close(): Promise<void>;
  /** Closes at the end of an `await using` block. */
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Puts a respondent behind an OpenAI-compatible endpoint on this machine.
 *
 * So a demonstration or a test takes the whole path of a real model (client, wire, JSON, errors) without a key or a
 * network. It answers `POST /v1/chat/completions` (messages, schema and seed; sampling parameters are ignored;
 * streaming and tools are rejected) and `GET /v1/models`. Where several replies are asked for (`n`), each is asked of the
 * respondent with the next seed and replicate. The respondent's errors become the HTTP statuses that stand for them.
 *
 * @param respondent who answers
 * @param options see {@linkcode ServeRespondentOptions}
 * @returns the server, when it listens
 * @throws {RangeError} if the port is taken
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { openAiRespondent, scriptedRespondent, serveRespondent } from "@understudy/understudy/respondents";
 *
 * await using served = await serveRespondent(scriptedRespondent("yes"));
 * const respondent = openAiRespondent(served.connection);
 * const messages = [{ role: "user" as const, content: "Do you agree?" }];
 * assertEquals((await respondent.respond({ messages, replicate: 1 })).text, "yes");
 * assertEquals(served.requests, 1);
 * ```
 */
export async function serveRespondent(
  respondent: Respondent,
  options: ServeRespondentOptions = {},
): Promise<ServedRespondent> {
  if (typeof respondent?.respond !== "function") {
    throw new TypeError(cannot(action, "respondent", "be a respondent", respondent));
  }
  const { port, apiKey } = readOptions(action, options, rules);
  const identity = await respondent.identity();
  const stop = new AbortController();
  let requests = 0;
  const answer = async (request: Request): Promise<ServedAnswer> => {
    const path = new URL(request.url).pathname;
    const completes = path === "/v1/chat/completions";
    if (completes) requests++;
    checkSender(request, apiKey?.trim());
    if (path === "/v1/models" && request.method === "GET") return modelsAnswer(identity);
    if (!completes) throw new RequestError(404, `There is nothing at ${path}: use /v1/chat/completions`);
    const body = await readJson(request);
    const asked = parseRequest(body, identity.model);
    const replicates = replicatesOf(asked, body);
    // The request's own signal also fires on success and warns on the console, so a call that its client gives up
    // on is finished all the same, or ends when the server closes.
    const replies = replicates.map((each) => respondent.respond(each, { signal: stop.signal }));
    return completionAnswer(await Promise.all(replies), asked, identity);
  };
  const server = listen(port, stop.signal, async (request) => {
    const { status, headers, text } = await answer(request).catch(errorAnswer);
    return new Response(text, { status, headers });
  });
  const baseURL = `http://${localhost}:${server.addr.port}/v1`;
  const close = async () => {
    stop.abort(new Error("The served respondent was closed"));
    await server.finished;
  };
  return {
    baseURL,
    connection: hideKey({
      baseURL,
      apiKey: apiKey ?? "no-key",
      model: identity.model,
      endpoint: `loopback/${identity.endpoint}/${canonicalHash(identity).slice(0, 12)}`,
    }),
    get requests() {
      return requests;
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

const action = "serve a respondent";

/** This machine alone: what is served here asks nobody for a key unless told to. */
const localhost = "127.0.0.1";

const rules = {
  port: whole(0, 0, 65535),
  apiKey: rule<string, undefined>(checkApiKey, undefined),
} satisfies RulesFor<ServeRespondentOptions>;

function listen(
  port: number,
  signal: AbortSignal,
  handler: (request: Request) => Promise<Response>,
): Deno.HttpServer<Deno.NetAddr> {
  try {
    return Deno.serve({ port, hostname: localhost, signal, onListen: () => {} }, handler);
  } catch (error) {
    if (!(error instanceof Deno.errors.AddrInUse)) throw error;
    throw new RangeError(cannot(action, "port", "be free, or 0 for any that is", port));
  }
}

function modelsAnswer(identity: RespondentIdentity): ServedAnswer {
  const model = { id: identity.model, object: "model", created: 0, owned_by: "understudy" };
  return jsonAnswer({ object: "list", data: [model] });
}

/** Keeps the key out of what a notebook or a log prints; it can still be read and spread. */
function hideKey(connection: ServedConnection): ServedConnection {
  const { apiKey: _, ...shown } = connection;
  Object.defineProperty(connection, Symbol.for("Deno.customInspect"), {
    value: (inspect: typeof Deno.inspect, options: Deno.InspectOptions) => inspect(shown, options),
  });
  Object.defineProperty(connection, "toJSON", { value: () => shown });
  return connection;
}
