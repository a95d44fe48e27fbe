/** Replays a recording and prints the answer: a process that is given no permission at all. */
import { requestKey } from "../../lib/core/mod.ts";
import { replayRespondent } from "../../lib/respondents/mod.ts";
import { memoryStore } from "../../lib/store/mod.ts";
import { askSupport } from "./requests.ts";

const store = memoryStore();
const identity = { endpoint: "lab", model: "m", parameters: {} };
const request = askSupport();
await store.put({
  key: requestKey(identity, request),
  identity,
  request,
  reply: {
    text: "yes",
    refusal: null,
    finishReason: "stop",
    model: "m",
    promptTokens: null,
    completionTokens: null,
  },
  latencyMs: 1,
  answeredAt: "2026-11-20T10:00:00Z",
});
const { text } = await replayRespondent(store).respond(request);
Deno.stdout.writeSync(new TextEncoder().encode(text));
