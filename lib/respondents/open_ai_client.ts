import { OpenAI } from "openai";
import { RespondentError } from "../core/errors.ts";
import { onAbort } from "../core/on_abort.ts";
import { readBody } from "./body.ts";
import { connectionError, type FailureContext, httpError, HttpFailure, makeError } from "./failures.ts";
import { type EndpointConnection, readEnvironment } from "./open_ai_endpoint.ts";

/** Makes a call within its time, and turns what goes wrong into an error that says what to do. */
export async function callInTime<T>(
  call: (signal: AbortSignal) => Promise<T>,
  { timeoutMs, outer, context }: {
    timeoutMs: number;
    outer: AbortSignal | undefined;
    context: FailureContext;
  },
): Promise<T> {
  outer?.throwIfAborted();
  // One controller per call: listeners do not gather on a signal that lasts for a whole run, and the time limit
  // covers the body too, which the client's own does not.
  const controller = new AbortController();
  const forget = outer && onAbort(outer, () => controller.abort());
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    controller.abort();
  }, timeoutMs);
  try {
    return await call(controller.signal);
  } catch (error) {
    if (outer?.aborted) throw outer.reason;
    if (!late) throw failureOf(error, context);
    const message = `${context.address} did not finish its reply in ${timeoutMs} ms`;
    throw makeError(message, context, { kind: "timeout", transient: true });
  } finally {
    clearTimeout(timer);
    forget?.();
  }
}

/** What went wrong with a call, as the error that says what to do. */
export function failureOf(error: unknown, context: FailureContext): RespondentError {
  if (error instanceof RespondentError) return error;
  const cause = error instanceof HttpFailure ? error : (error as Error)?.cause;
  return cause instanceof HttpFailure ? httpError(cause, context) : connectionError(error, context);
}

/** Makes the client that sends calls; it never tries again by itself. */
export function makeClient(connection: EndpointConnection, timeoutMs: number): OpenAI {
  const { authorization: Authorization } = connection;
  try {
    return new OpenAI({
      apiKey: connection.apiKey,
      baseURL: connection.baseURL,
      defaultQuery: connection.query,
      ...(Authorization === undefined ? {} : { defaultHeaders: { Authorization } }),
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

/**
 * Sends bodies to one path of a client's endpoint. The client writes address and headers once, and not for each body: that,
 * and what it does around a request to try it again and to log it, takes more time than the request.
 */
export function sender(
  client: OpenAI,
  path: string,
): (body: unknown, signal: AbortSignal) => Promise<Response> {
  let written: Promise<{ url: string; headers: { [name: string]: string } }> | undefined;
  const write = async () => {
    const { url, req } = await client.buildRequest({ method: "post", path, body: {} });
    // What tells OpenAI of this machine is left out.
    const headers = [...req.headers].filter(([name]) => !name.startsWith("x-stainless-"));
    return { url, headers: Object.fromEntries(headers) };
  };
  return async (body, signal) => {
    const { url, headers } = await (written ??= write());
    return fetchOrFail(url, { method: "POST", headers, body: JSON.stringify(body), signal });
  };
}

/** Keeps the body of a failure, of which the client drops all that is not in OpenAI's own shape. */
async function fetchOrFail(input: string | URL | Request, init?: RequestInit): Promise<Response> {
  const response = await fetch(input, { ...init, redirect: "manual" });
  if (response.ok) return response;
  throw new HttpFailure(response.status, response.headers, await readBody(response));
}
