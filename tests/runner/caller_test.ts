import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import {
  RespondentError,
  type RespondentReply,
  type RespondentRequest,
  type Store,
} from "@understudy/understudy/core";
import { scriptedRespondent } from "@understudy/understudy/respondents";
import { caller, type CallEvent, type RunProgress } from "@understudy/understudy/runner";
import { memoryStore } from "@understudy/understudy/store";

function request(replicate: number): RespondentRequest {
  return { messages: [{ role: "user", content: "Afraid?" }], replicate };
}

const ten = Array.from({ length: 10 }, (_, i) => request(i + 1));
const noWait = () => Promise.resolve();
const identity = () => ({ endpoint: "e", model: "m", parameters: {} });
const reply: RespondentReply = {
  text: "yes",
  refusal: null,
  finishReason: "stop",
  model: "m",
  promptTokens: null,
  completionTokens: null,
};

function kinds(results: readonly { kind: string }[]): string[] {
  return results.map(({ kind }) => kind);
}

Deno.test("caller(respondent) makes no more calls at once than its concurrency, in the order of asking", async () => {
  let underWay = 0;
  let most = 0;
  const order: number[] = [];
  const respondent = {
    name: "slow",
    identity,
    async respond({ replicate }: RespondentRequest) {
      order.push(replicate);
      most = Math.max(most, ++underWay);
      await new Promise((resolve) => setTimeout(resolve, 0));
      underWay--;
      return reply;
    },
  };
  const call = caller(respondent, { concurrency: 3 });
  assertEquals(new Set(kinds(await Promise.all(ten.map((one) => call.ask(one))))), new Set(["reply"]));
  assertEquals([most, order], [3, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]]);
  assertEquals([call.name, call.signal.aborted], ["slow", false]);
});

Deno.test("caller(store) keeps replies and asks for nothing twice, also across callers", async () => {
  const store = memoryStore();
  let calls = 0;
  const respondent = scriptedRespondent(() => {
    calls++;
    return "yes";
  });
  for (const cached of [false, true]) {
    const result = await caller(respondent, { store }).ask(request(1));
    assert(result.kind === "reply");
    assertEquals([result.cached, result.stored.reply.text], [cached, "yes"]);
  }
  assertEquals([calls, await store.count()], [1, 1]);
});

Deno.test("caller(respondent) gives a failure as a value and goes on with the others", async () => {
  const waits: number[] = [];
  const respondent = scriptedRespondent(({ replicate }) =>
    replicate === 3 ? new RespondentError("it is busy", { kind: "server", transient: true }) : "yes"
  );
  const delay = (milliseconds: number) => {
    waits.push(milliseconds);
    return Promise.resolve();
  };
  const call = caller(respondent, { retries: 2, delay });
  const results = await Promise.all(ten.map((one) => call.ask(one)));
  const failed = results[2]!;
  assert(failed.kind === "failed");
  assertEquals([failed.error.message, failed.attempts, waits.length], ["it is busy", 3, 2]);
  assertEquals(kinds(results).filter((kind) => kind === "reply").length, 9);
  assertEquals(call.signal.aborted, false);
});

const ends: { [what: string]: () => never } = {
  "a refused key": () => {
    throw new RespondentError("the key is refused", { kind: "unauthorized", transient: false });
  },
  "a bug": () => {
    throw new TypeError("a bug");
  },
};

for (const [what, fail] of Object.entries(ends)) {
  Deno.test(`caller(respondent) ends all calls at ${what}, and says what ended them`, async () => {
    let calls = 0;
    const respondent = scriptedRespondent(() => ++calls === 3 ? fail() : "yes");
    const call = caller(respondent, { concurrency: 1 });
    const results = await Promise.all(ten.map((one) => call.ask(one)));
    assertEquals(kinds(results), ["reply", "reply", "failed", ...Array(7).fill("stopped")]);
    assertEquals(calls, 3);
    const failed = results[2]!;
    assert(failed.kind === "failed");
    assertEquals(call.signal.reason, failed.error);
    assertThrows(() => call.signal.throwIfAborted(), Error, failed.error.message);
    // Whoever comes later with the same calls is told the same.
    assertEquals(await call.ask(request(11)), { kind: "stopped", key: null });
  });
}

Deno.test("caller(store) ends all calls where the store breaks, and a read-only one is no place for new replies", async () => {
  const store = memoryStore();
  const broken: Store = {
    name: "broken",
    get: () => Promise.reject(new Error("disk full")),
    put: (stored) => store.put(stored),
    list: () => store.list(),
    count: () => store.count(),
    close: () => store.close(),
  };
  const call = caller(scriptedRespondent("yes"), { store: broken });
  const [first] = await Promise.all(ten.map((one) => call.ask(one)));
  assert(first?.kind === "failed");
  assertEquals(first.error.message, "disk full");
  const closed: Store = { ...broken, readOnly: true, get: () => Promise.resolve(undefined) };
  const result = await caller(scriptedRespondent("yes"), { store: closed }).ask(request(1));
  assert(result.kind === "failed");
  assertStringIncludes(result.error.message, "is read-only");
});

Deno.test("caller(signal) lets calls under way arrive, and cuts a respondent that does not listen", async () => {
  const controller = new AbortController();
  const late: ((reply: RespondentReply) => void)[] = [];
  const respondent = {
    name: "deaf",
    identity,
    respond: ({ replicate }: RespondentRequest) => {
      if (replicate === 2) controller.abort();
      // The first arrives after the stop, the second never.
      return new Promise<RespondentReply>((resolve) => {
        late.push(resolve);
        if (replicate === 2) late[0]!(reply);
      });
    },
  };
  const call = caller(respondent, { signal: controller.signal, concurrency: 2, drainMs: 1 });
  assertEquals(kinds(await Promise.all(ten.map((one) => call.ask(one)))), [
    "reply",
    ...Array(9).fill("stopped"),
  ]);
});

Deno.test("caller(signal) keeps what arrives after the stop: it is paid for", async () => {
  const controller = new AbortController();
  const store = memoryStore();
  const arrive: (() => void)[] = [];
  const respondent = {
    name: "slow",
    identity,
    respond: () =>
      new Promise<RespondentReply>((resolve) => {
        arrive.push(() => resolve(reply));
        if (arrive.length < 3) return;
        controller.abort();
        for (const one of arrive) one();
      }),
  };
  const call = caller(respondent, { store, signal: controller.signal, concurrency: 3 });
  const results = kinds(await Promise.all(ten.map((one) => call.ask(one))));
  assertEquals(results, [...Array(3).fill("reply"), ...Array(7).fill("stopped")]);
  assertEquals(await store.count(), 3);
});

Deno.test("caller(signal) waits no longer for an endpoint that asked to wait", async () => {
  const controller = new AbortController();
  const respondent = scriptedRespondent(() => {
    setTimeout(() => controller.abort(), 0);
    return new RespondentError("busy", { kind: "rate_limited", transient: true, retryAfterMs: 200_000 });
  });
  const call = caller(respondent, { signal: controller.signal, concurrency: 2 });
  assertEquals(
    new Set(kinds(await Promise.all(ten.map((one) => call.ask(one))))),
    new Set(["stopped"]),
  );
});

Deno.test("caller(respondent) does not wait for an endpoint that asks to wait for hours", async () => {
  const waits: number[] = [];
  const later = { kind: "rate_limited", transient: true, retryAfterMs: 86_400_000 } as const;
  const respondent = scriptedRespondent(({ replicate }) =>
    replicate === 2 ? new RespondentError("come back tomorrow", later) : "yes"
  );
  const delay = (milliseconds: number) => {
    waits.push(milliseconds);
    return Promise.resolve();
  };
  const call = caller(respondent, { concurrency: 1, delay });
  const results = await Promise.all(ten.slice(0, 3).map((one) => call.ask(one)));
  assertEquals([kinds(results), waits], [["reply", "failed", "reply"], []]);
});

Deno.test("caller(respondent) holds all calls back where one is told to wait", async () => {
  let time = 0;
  const asked: number[] = [];
  const respondent = scriptedRespondent(() => {
    asked.push(time);
    return asked.length > 1
      ? "yes"
      : new RespondentError("busy", { kind: "rate_limited", transient: true, retryAfterMs: 9000 });
  });
  const delay = (milliseconds: number) => {
    time += milliseconds;
    return Promise.resolve();
  };
  const call = caller(respondent, { concurrency: 1, delay, now: () => time });
  await Promise.all(ten.slice(0, 3).map((one) => call.ask(one)));
  assertEquals(asked.slice(0, 2), [0, 9000]);
  // Then one by one.
  assert(asked[2]! > 9000 && asked[3]! > asked[2]! && asked[3]! < 9020, String(asked));
});

Deno.test("caller(store) gives the reply that is kept where another caller was first", async () => {
  const store = memoryStore();
  const slow = (text: string) => ({
    name: text,
    identity,
    async respond() {
      await new Promise((resolve) => setTimeout(resolve, 0));
      return { ...reply, text };
    },
  });
  const [yes, no] = [caller(slow("yes"), { store }), caller(slow("no"), { store })];
  const results = await Promise.all(ten.flatMap((one) => [yes.ask(one), no.ask(one)]));
  const texts = results.map((result) => result.kind === "reply" ? result.stored.reply.text : "");
  for (let i = 0; i < texts.length; i += 2) assertEquals(texts[i], texts[i + 1]);
});

Deno.test("caller(onProgress) counts every call that ended, and ends where it throws", async () => {
  const seen: RunProgress[] = [];
  let time = 0;
  const respondent = scriptedRespondent(({ replicate }) =>
    replicate === 1 ? { text: "", refusal: "No." } : "yes"
  );
  const call = caller(respondent, { onProgress: (progress) => seen.push(progress), now: () => time += 5 });
  await Promise.all(ten.map((one) => call.ask(one)));
  assertEquals(seen.map(({ done }) => done), [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  assertEquals([seen.at(-1)!.total, seen.at(-1)!.statuses], [10, { refused: 1, replied: 9 }]);
  const failing = caller(respondent, {
    concurrency: 1,
    delay: noWait,
    onProgress: () => {
      throw new Error("no screen");
    },
  });
  assertEquals(kinds([await failing.ask(request(2)), await failing.ask(request(3))]), ["reply", "stopped"]);
  assertThrows(() => failing.signal.throwIfAborted(), Error, "no screen");
});

Deno.test("caller(…) names what is wrong", () => {
  assertThrows(() => caller({} as never), TypeError, "'respondent' must be a respondent");
  assertThrows(() => caller(scriptedRespondent("x"), { store: "a" as never }), TypeError, "'store' must be");
  assertThrows(() => caller(scriptedRespondent("x"), { pace: 1 } as never), TypeError, "'pace' is unknown");
  const wrong = { onProgress: 1, signal: true, drainMs: -1, retries: 0.5 };
  for (const [name, value] of Object.entries(wrong)) {
    assertThrows(
      () => caller(scriptedRespondent("x"), { [name]: value } as never),
      Error,
      `'${name}' must be`,
    );
  }
});

Deno.test("caller(onEvent) tells what happens to each call, in its order", async () => {
  const events: CallEvent[] = [];
  const heldBack: (number | undefined)[] = [];
  let calls = 0;
  const respondent = scriptedRespondent(() => {
    calls++;
    if (calls === 1) return new RespondentError("busy", { kind: "rate_limited", transient: true });
    if (calls === 2) return new RespondentError("broken", { kind: "server", transient: true });
    if (calls === 4) return new RespondentError("too long", { kind: "context", transient: false });
    return "yes";
  });
  const call = caller(respondent, {
    store: memoryStore(),
    concurrency: 1,
    delay: noWait,
    onEvent: (event) => events.push(event),
    onProgress: (progress) => heldBack.push(progress.heldBack),
  });
  for (const replicate of [1, 1, 2]) await call.ask(request(replicate));
  const told = events.filter(({ kind }) => kind !== "concurrency").map(({ kind }) => kind);
  assertEquals(told, ["asked", "limited", "asked", "retry", "asked", "reply", "reply", "asked", "failed"]);
  const kept = events.flatMap((event) => event.kind === "reply" ? [event.cached] : []);
  assertEquals([kept, heldBack], [[false, true], [1, 1, 1]]);
});
