import { assert, assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import { canonicalJson, requestKey, type Respondent, RespondentError } from "@understudy/understudy/core";
import {
  openAiRespondent,
  replayRespondent,
  scriptedRespondent,
  serveRespondent,
} from "@understudy/understudy/respondents";
import { memoryStore } from "@understudy/understudy/store";
import { askSupport } from "../respondents/requests.ts";

const secret = "sk-contract-0123456789abcdef";
const answer = (seed: number) => `{"support": ${1 + (seed % 7)}}`;

/** A respondent that answers seeds 1 to 3, and cannot answer seed 4. */
interface Made {
  respondent: Respondent;
  done?: () => Promise<void>;
}

const cannotAnswer = new RespondentError("no answer", { kind: "bad_request", transient: false });
const fromSeed = () => scriptedRespondent(({ seed }) => seed === 4 ? cannotAnswer : answer(seed!));

const implementations: { [name: string]: () => Promise<Made> } = {
  "scriptedRespondent(function)": () => Promise.resolve({ respondent: fromSeed() }),
  "scriptedRespondent(list)": () =>
    Promise.resolve({ respondent: scriptedRespondent([answer(1), answer(2), answer(3), cannotAnswer]) }),
  "openAiRespondent(served)": async () => {
    const served = await serveRespondent(fromSeed(), { apiKey: secret });
    return { respondent: openAiRespondent(served.connection), done: () => served.close() };
  },
  "replayRespondent(store)": async () => {
    const recorded = fromSeed();
    const identity = await recorded.identity();
    const store = memoryStore();
    for (const seed of [1, 2, 3]) {
      const request = askSupport(seed);
      await store.put({
        key: requestKey(identity, request),
        identity,
        request,
        reply: await recorded.respond(request),
        latencyMs: 1,
        answeredAt: "2026-11-20T10:00:00Z",
      });
    }
    return { respondent: replayRespondent(store) };
  },
};

for (const [name, make] of Object.entries(implementations)) {
  const check = (claim: string, body: (respondent: Respondent) => Promise<void>) =>
    Deno.test(`${name} ${claim}`, async () => {
      const { respondent, done } = await make();
      try {
        await body(respondent);
      } finally {
        await done?.();
      }
    });

  check("gives the same reply to the same request, in any order", async (respondent) => {
    const first = [];
    for (const seed of [1, 2, 3]) first.push(await respondent.respond(askSupport(seed)));
    const again = await Promise.all([3, 1, 2].map((seed) => respondent.respond(askSupport(seed))));
    assertEquals([again[1], again[2], again[0]], first);
    assertEquals(first.map(({ text }) => text), [1, 2, 3].map(answer));
  });

  check("fills every field of a reply", async (respondent) => {
    const reply = await respondent.respond(askSupport(1));
    assertEquals(reply, {
      text: answer(1),
      refusal: null,
      finishReason: "stop",
      model: "scripted",
      promptTokens: null,
      completionTokens: null,
    });
  });

  check("rejects with an error that says why, not with something else", async (respondent) => {
    for (const seed of [1, 2, 3]) await respondent.respond(askSupport(seed));
    const error = await assertRejects(() => respondent.respond(askSupport(4)), Error);
    if (error instanceof RespondentError) assertEquals([error.kind, error.transient], ["bad_request", false]);
    else assertEquals(error.name, "ReplayMissError");
  });

  check("rejects with the signal's reason where it was aborted before", async (respondent) => {
    const reason = new Error("stopped by the user");
    const error = await assertRejects(() =>
      respondent.respond(askSupport(1), { signal: AbortSignal.abort(reason) })
    );
    assertStrictEquals(error, reason);
  });

  check("ignores an abort that comes after the reply", async (respondent) => {
    const controller = new AbortController();
    const reply = await respondent.respond(askSupport(1), { signal: controller.signal });
    controller.abort();
    assertEquals(reply.text, answer(1));
    assertEquals((await respondent.respond(askSupport(1))).text, answer(1));
  });

  check(
    "has an identity that stays, can be hashed, cannot be changed, and holds no secret",
    async (respondent) => {
      const identity = await respondent.identity();
      const text = canonicalJson(identity);
      assert(identity.endpoint.length > 0 && identity.model.length > 0);
      (identity as { model: string }).model = "changed";
      assertEquals(canonicalJson(await respondent.identity()), text);
      assert(!text.includes(secret));
    },
  );

  check("shows no secret in a notebook or in JSON", async (respondent) => {
    await respondent.respond(askSupport(1));
    for (
      const shown of [Deno.inspect(respondent, { depth: 9, showHidden: true }), JSON.stringify(respondent)]
    ) {
      assert(!shown.includes(secret), shown);
    }
    assert(respondent.name.length > 0);
  });
}
