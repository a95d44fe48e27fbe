import { checkText } from "../core/checks.ts";
import { readOptions, required, rule } from "../core/options.ts";
import { readBody } from "./body.ts";
import { makeError } from "./failures.ts";
import { callInTime, makeClient, sender } from "./open_ai_client.ts";
import { checkApiKey, resolveConnection } from "./open_ai_endpoint.ts";
import type { OpenAiRespondentOptions } from "./open_ai_respondent.ts";
import { redactor } from "./redaction.ts";

/** Options of {@linkcode openAiEmbedder}, as those of `openAiRespondent`. */
export type OpenAiEmbedderOptions = Pick<OpenAiRespondentOptions, "model" | "baseURL" | "apiKey">;

const rules = {
  model: required<string>(checkText),
  baseURL: rule<string, undefined>(checkText, undefined),
  apiKey: rule<string, undefined>(checkApiKey, undefined),
};

/**
 * Makes a function that embeds texts by an OpenAI-compatible endpoint (`/v1/embeddings`), for `scoreSimilarity`. A call
 * is made once, within a minute; it rejects with a `RespondentError` that says what to do and holds no key.
 *
 * @param options see {@linkcode OpenAiEmbedderOptions}
 * @returns a function from texts to one list of numbers each
 * @throws {TypeError} if there is no key, or the environment may not be read
 * @example A server on this machine
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { openAiEmbedder } from "@understudy/understudy/respondents";
 *
 * const embed = openAiEmbedder({ model: "all-minilm", baseURL: "http://127.0.0.1:8080/v1" });
 * assertEquals(typeof embed, "function");
 * ```
 */
export function openAiEmbedder(options: OpenAiEmbedderOptions): (texts: string[]) => Promise<number[][]> {
  const { model, ...where } = readOptions("make an embedder", options, rules);
  const connection = resolveConnection(where);
  const { baseURL: address, secrets } = connection;
  const context = { address, model, redact: redactor(secrets, "messages") };
  const send = sender(makeClient(connection, 60_000), "/embeddings");
  return (input) =>
    callInTime(async (signal) => {
      // 100 embeddings of 8,000 numbers, as JSON writes them.
      const response = await send({ model, input, encoding_format: "float" }, signal);
      const { text } = await readBody(response, 2 ** 25);
      const found = embeddingsIn(text);
      if (found?.length === input.length) return found;
      const message = `${address} answered with something else than ${input.length} embeddings: `;
      throw makeError(message + text.slice(0, 2000), context, { kind: "malformed", transient: false });
    }, { timeoutMs: 60_000, outer: undefined, context });
}

/** The embeddings of a body in the order of the texts; `undefined` where it holds none, or was cut. */
function embeddingsIn(body: string): number[][] | undefined {
  try {
    const data: { index?: number; embedding: number[] }[] = JSON.parse(body).data;
    return data.toSorted((a, b) => (a.index ?? 0) - (b.index ?? 0)).map(({ embedding }) => embedding);
  } catch {
    return undefined;
  }
}
