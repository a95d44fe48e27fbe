import { requestKey, type StoredReply } from "@understudy/understudy/core";

/** A stored reply that differs from every other in its seed. */
export function storedReply(seed: number, text = `answer ${seed}`, model = "m"): StoredReply {
  const identity = { endpoint: "loopback", model, parameters: { temperature: 0.5 } };
  const request = {
    messages: [{ role: "user" as const, content: "Do you support it? “é” \u0000 <b>&" }],
    schema: { name: "answers", schema: { type: "object", properties: { support: { type: "integer" } } } },
    seed,
    replicate: 1,
  };
  return {
    key: requestKey(identity, request),
    identity,
    request,
    reply: { text, refusal: null, finishReason: "stop", model, promptTokens: 12, completionTokens: null },
    latencyMs: 12.5,
    answeredAt: "2026-11-20T10:00:00.000Z",
  };
}

/** A test in a folder of its own, which is removed after it. */
export function inFolder(body: (folder: string) => Promise<void> | void): () => Promise<void> {
  return async () => {
    const folder = Deno.makeTempDirSync();
    try {
      await body(folder);
    } finally {
      Deno.removeSync(folder, { recursive: true });
    }
  };
}
