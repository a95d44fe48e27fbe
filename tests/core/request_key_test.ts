import { assertEquals } from "@std/assert";
import { canonicalHash, requestKey, type RespondentRequest } from "@understudy/understudy/core";

Deno.test("requestKey(identity, request) is the hash of the canonical JSON of all that decides the answer", () => {
  const identity = {
    endpoint: "http://a/v1",
    model: 'm"1',
    parameters: { top_p: 0.5, a: { z: 1, b: [null] } },
  };
  const messages = [{ role: "system", content: "Sü\n" }, { role: "user", content: "Afraid?" }] as const;
  const schema = { name: "answers", schema: { type: "object", properties: { b: {}, a: {} } } };
  const requests: RespondentRequest[] = [
    { messages, replicate: 1 },
    { messages, replicate: 2, seed: 2 ** 52, schema },
    { messages, replicate: 1, attempt: 1, logProbabilities: 20, maxTokens: 1 },
    { messages: messages.map((message) => ({ ...message, name: "x" })), replicate: 1, attempt: 3, seed: 0 },
  ];
  for (const { schema, seed = null, replicate, logProbabilities, maxTokens, attempt } of requests) {
    const request = {
      messages,
      replicate,
      ...(schema === undefined ? {} : { schema }),
      ...(seed === null ? {} : { seed }),
      ...(logProbabilities === undefined ? {} : { logProbabilities }),
      ...(maxTokens === undefined ? {} : { maxTokens }),
      ...(attempt === undefined ? {} : { attempt }),
    };
    assertEquals(
      requestKey(identity, request),
      canonicalHash({
        ...identity,
        messages,
        schema: schema ?? null,
        seed,
        replicate,
        log_probabilities: logProbabilities,
        max_tokens: maxTokens,
        attempt: attempt === 1 ? undefined : attempt,
      }),
    );
  }
});
