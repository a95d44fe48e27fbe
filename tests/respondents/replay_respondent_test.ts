import { assertEquals, assertMatch, assertRejects, assertThrows } from "@std/assert";
import {
  ReplayMissError,
  requestKey,
  type RespondentIdentity,
  type RespondentRequest,
  type Store,
} from "@understudy/understudy/core";
import { replayRespondent } from "@understudy/understudy/respondents";
import { memoryStore } from "@understudy/understudy/store";
import { askSupport } from "./requests.ts";

const identity: RespondentIdentity = { endpoint: "lab", model: "m", parameters: { temperature: 1 } };

async function record(store: Store, request: RespondentRequest, text: string, who = identity): Promise<void> {
  const reply = { text, refusal: null, model: who.model, promptTokens: 1, completionTokens: 1 };
  await store.put({
    key: requestKey(who, request),
    identity: who,
    request,
    reply: { ...reply, finishReason: "stop" },
    latencyMs: 1,
    answeredAt: "2026-11-20T10:00:00Z",
  });
}

async function recording(): Promise<Store> {
  const store = memoryStore();
  for (const seed of [1, 2, 3]) {
    await record(store, askSupport(seed, `Do you support plan ${seed}?`), `answer ${seed}`);
  }
  return store;
}

Deno.test("replayRespondent(store) answers what was recorded, under the recorded identity", async () => {
  const replay = replayRespondent(await recording());
  assertEquals(await replay.identity(), identity);
  assertEquals((await replay.respond(askSupport(2, "Do you support plan 2?"))).text, "answer 2");
});

/** The message of the miss that a request ends in. */
async function missOf(request: RespondentRequest): Promise<string> {
  const replay = replayRespondent(await recording());
  const error = await assertRejects(() => replay.respond(request), ReplayMissError);
  assertEquals(error.key, requestKey(identity, request));
  assertMatch(
    error.message,
    /holds no reply .*runExperiment\(plan, openAiRespondent\(\{ model: "m" \}\), \{ store \}\)/,
  );
  return error.message;
}

Deno.test("replayRespondent(store) says what changed where a request was not recorded", async () => {
  const recorded = askSupport(2, "Do you support plan 2?");
  assertMatch(
    await missOf(askSupport(2, "Do you support plan B?")),
    /message 2 \(user\) reads "Do you support plan B\?" and read "Do you support plan 2\?"\./,
  );
  assertMatch(await missOf({ ...recorded, seed: 9 }), /, its seed is 9 and was 2\./);
  const { seed: _, ...unseeded } = recorded;
  assertMatch(await missOf(unseeded), /, its seed is undefined and was 2\./);
  assertMatch(await missOf({ ...recorded, replicate: 2 }), /, its replicate is 2 and was 1\./);
  const schema = { name: "answers", schema: { type: "string" } };
  assertMatch(await missOf({ ...recorded, schema }), /, the reply's schema changed\./);
  assertMatch(
    await missOf({ ...recorded, messages: recorded.messages.slice(1) }),
    /message 1 is the user's and was the system's/,
  );
  const longer = [...recorded.messages, { role: "user" as const, content: "Why?" }];
  assertMatch(await missOf({ ...recorded, messages: longer }), /it has 3 messages and had 2/);
  assertMatch(
    await missOf({ messages: [{ role: "user", content: "x" }], replicate: 7 }),
    /nothing like it was recorded/,
  );
});

Deno.test("replayRespondent(store) asks which identity is meant where there are several", async () => {
  const store = await recording();
  const other = { endpoint: "lab", model: "n", parameters: {} };
  await record(store, askSupport(1, "Do you support plan 1?"), "answer of n", other);
  const unclear = await assertRejects(() => replayRespondent(store).respond(askSupport(1)), RangeError);
  assertMatch(unclear.message, /one of its 2 identities, and 2 fit: .*"model":"m".*"model":"n"/);
  const chosen = replayRespondent(store, { identity: { model: "n" } });
  assertEquals((await chosen.respond(askSupport(1, "Do you support plan 1?"))).text, "answer of n");
  const none = await assertRejects(
    () => Promise.resolve(replayRespondent(store, { identity: { model: "x" } }).identity()),
    RangeError,
  );
  assertMatch(none.message, /and 0 fit/);
});

Deno.test("replayRespondent(store) says that a store is empty, and takes what is recorded afterwards", async () => {
  const store = memoryStore();
  const replay = replayRespondent(store);
  await assertRejects(() => Promise.resolve(replay.identity()), RangeError, "holds no replies");
  await record(store, askSupport(1), "late");
  assertEquals((await replay.respond(askSupport(1))).text, "late");
});

Deno.test("replayRespondent(store, options) names a wrong argument", () => {
  assertThrows(() => replayRespondent("study.db" as never), TypeError, "'store'");
  assertThrows(
    () => replayRespondent(memoryStore(), { model: "m" } as never),
    TypeError,
    "'model' is unknown",
  );
  assertThrows(
    () => replayRespondent(memoryStore(), { identity: { modell: "m" } } as never),
    TypeError,
    "'modell' is unknown",
  );
});

Deno.test("replayRespondent(store) needs no permission", async () => {
  const file = new URL("./no_permission.ts", import.meta.url).pathname;
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-prompt", "--no-check", file],
    stderr: "inherit",
  }).output();
  assertEquals(new TextDecoder().decode(stdout), "yes");
});
