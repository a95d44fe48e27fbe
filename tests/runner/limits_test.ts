import { setImmediate } from "node:timers/promises";
import { assert, assertEquals } from "@std/assert";
import {
  RespondentError,
  type RespondentReply,
  type RespondentRequest,
  type Store,
} from "@understudy/understudy/core";
import { caller, type CallerOptions, type CallEvent } from "@understudy/understudy/runner";
import { memoryStore } from "@understudy/understudy/store";

const identity = () => ({ endpoint: "e", model: "m", parameters: {} });
const reply: RespondentReply = {
  text: "yes",
  refusal: null,
  finishReason: "stop",
  model: "m",
  promptTokens: 60,
  completionTokens: 40,
};

function requests(count: number): RespondentRequest[] {
  return Array.from({ length: count }, (_, i) => ({
    messages: [{ role: "user", content: `Afraid, ${i}?` }],
    replicate: 1,
  }));
}

/** Time that passes only where somebody waits, for everybody at once. */
function virtualTime() {
  let time = 0;
  const waiting: { until: number; wake: () => void }[] = [];
  const delay = (milliseconds: number, signal?: AbortSignal) =>
    new Promise<void>((resolve, reject) => {
      signal?.addEventListener("abort", () => reject(signal.reason), { once: true });
      waiting.push({ until: time + milliseconds, wake: resolve });
    });
  const run = async <T>(work: Promise<T>): Promise<T> => {
    let done = false;
    void work.finally(() => done = true).catch(() => {});
    while (!done) {
      await setImmediate();
      if (done || waiting.length === 0) continue;
      waiting.sort((a, b) => a.until - b.until);
      const next = waiting.shift()!;
      time = Math.max(time, next.until);
      next.wake();
    }
    return work;
  };
  return { delay, now: () => time, run };
}

/** An endpoint that answers `perSecond` requests in each second, and holds back the others. */
function limited(
  perSecond: number,
  { time, latencyMs, told }: { time: ReturnType<typeof virtualTime>; latencyMs: number; told: boolean },
) {
  const seconds = new Map<number, number>();
  const counts = { requests: 0, mostAtOnce: 0 };
  let underWay = 0;
  const respondent = {
    name: "limited",
    identity,
    async respond() {
      counts.requests++;
      counts.mostAtOnce = Math.max(counts.mostAtOnce, ++underWay);
      try {
        const second = Math.floor(time.now() / 1000);
        seconds.set(second, (seconds.get(second) ?? 0) + 1);
        if (seconds.get(second)! > perSecond) {
          await time.delay(2);
          const retryAfterMs = told ? 1000 * (second + 1) - time.now() : undefined;
          throw new RespondentError("busy", {
            kind: "rate_limited",
            transient: true,
            ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
          });
        }
        await time.delay(latencyMs);
        return reply;
      } finally {
        underWay--;
      }
    },
  };
  return { respondent, counts };
}

async function askAll(
  respondent: Parameters<typeof caller>[0],
  count: number,
  time: ReturnType<typeof virtualTime>,
  options: CallerOptions = {},
) {
  const call = caller(respondent, { delay: time.delay, now: time.now, ...options });
  const results = await time.run(Promise.all(requests(count).map((one) => call.ask(one))));
  return results.map(({ kind }) => kind);
}

for (const told of [true, false]) {
  for (const concurrency of [8, 256]) {
    Deno.test(`a limit of 20 calls a second at concurrency ${concurrency}${told ? "" : ", untold,"} loses no call and costs few requests`, async () => {
      const time = virtualTime();
      const { respondent, counts } = limited(20, { time, latencyMs: 100, told });
      const kinds = await askAll(respondent, 300, time, { concurrency });
      assertEquals(new Set(kinds), new Set(["reply"]));
      assert(counts.requests <= 300 * 1.3, `${counts.requests} requests`);
      assert(time.now() < 2 * 15_000, `${time.now()} ms`);
    });
  }
}

Deno.test("a limit halves how many calls are under way, which grows again by one for each round of replies", async () => {
  const time = virtualTime();
  let calls = 0;
  const allowed: [number, string][] = [];
  const respondent = {
    name: "m",
    identity,
    async respond() {
      const call = ++calls;
      await time.delay(10);
      if (call > 8 && call <= 16) {
        throw new RespondentError("busy", { kind: "rate_limited", transient: true, retryAfterMs: 5000 });
      }
      return reply;
    },
  };
  const onEvent = (event: CallEvent) => {
    if (event.kind === "concurrency") allowed.push([event.allowed, event.cause]);
  };
  await askAll(respondent, 60, time, { concurrency: 8, onEvent });
  assertEquals(allowed, [[4, "cut"], [5, "grown"], [6, "grown"], [7, "grown"], [8, "grown"]]);
});

Deno.test("a call waits for a limit as long as its patience, and no reply in all that time ends the others", async () => {
  const time = virtualTime();
  let calls = 0;
  const respondent = {
    name: "m",
    identity,
    respond() {
      calls++;
      return Promise.reject(new RespondentError("busy", { kind: "rate_limited", transient: true }));
    },
  };
  const kinds = await askAll(respondent, 30, time, { concurrency: 4, patienceMs: 60_000, retries: 0 });
  assertEquals(kinds.filter((kind) => kind === "failed").length <= 4, true);
  assertEquals(kinds.at(-1), "stopped");
  assert(time.now() >= 60_000 && time.now() < 130_000, `${time.now()}`);
  assert(calls < 40, `${calls} requests`);
});

Deno.test("what a reply says is left is not exceeded, and a limit that is used up is waited for before it is met", async () => {
  const time = virtualTime();
  let left = 5;
  let windowEnd = 10_000;
  const late: number[] = [];
  const respondent: Parameters<typeof caller>[0] = {
    name: "m",
    identity,
    async respond(_, options = {}) {
      if (time.now() >= windowEnd) [left, windowEnd] = [5, windowEnd + 10_000];
      if (--left < 0) late.push(time.now());
      await time.delay(1);
      options.onLimits?.({ remainingRequests: Math.max(0, left), resetMs: windowEnd - time.now() });
      return reply;
    },
  };
  const heldBack: CallEvent[] = [];
  const onEvent = (event: CallEvent) => {
    if (event.kind === "limited") heldBack.push(event);
  };
  await askAll(respondent, 20, time, { concurrency: 4, onEvent });
  assertEquals(late, []);
  assert(time.now() >= 30_000 && time.now() < 31_000, `${time.now()}`);
  assert(heldBack.every((event) => event.kind === "limited" && event.key === null));
});

Deno.test("requestsPerMinute and tokensPerMinute hold requests back evenly", async () => {
  for (const options of [{ requestsPerMinute: 120 }, { tokensPerMinute: 12_000 }]) {
    const time = virtualTime();
    const at: number[] = [];
    const respondent = {
      name: "m",
      identity,
      async respond() {
        at.push(time.now());
        await time.delay(100);
        return reply;
      },
    };
    // 100 tokens a call: either way two calls a second.
    await askAll(respondent, 60, time, { concurrency: 2, ...options });
    assert(time.now() > 28_000 && time.now() < 31_000, `${time.now()}`);
    const gaps = at.slice(10).map((one, i) => one - at[9 + i]!);
    assert(Math.max(...gaps) <= 1100, String(gaps));
  }
});

Deno.test("an overloaded server that says for how long is a limit, one that does not is a failed attempt", async () => {
  for (const [retryAfterMs, kind] of [[1000, "limited"], [undefined, "retry"]] as const) {
    const time = virtualTime();
    let calls = 0;
    const events: string[] = [];
    const respondent = {
      name: "m",
      identity,
      respond() {
        if (++calls > 1) return Promise.resolve(reply);
        const more = retryAfterMs === undefined ? {} : { retryAfterMs };
        return Promise.reject(
          new RespondentError("full", { kind: "server", transient: true, status: 503, ...more }),
        );
      },
    };
    await askAll(respondent, 1, time, { onEvent: (event) => events.push(event.kind) });
    assert(events.includes(kind), String(events));
  }
});

Deno.test("calls that are always rejected never end a study that others answer, in the first run or a later one", async () => {
  const wrong = new RespondentError("no", { kind: "bad_request", transient: false, status: 404 });
  const respondent = (rejected: (content: string) => boolean) => ({
    name: "m",
    identity,
    respond: ({ messages }: RespondentRequest) =>
      rejected(messages[0]!.content) ? Promise.reject(wrong) : Promise.resolve(reply),
  });
  const store = memoryStore();
  for (const run of [1, 2]) {
    const time = virtualTime();
    const kinds = await askAll(respondent((text) => text.includes(" 0?")), 40, time, { store });
    assertEquals([run, kinds.filter((kind) => kind === "failed").length], [run, 1]);
    assertEquals(kinds.filter((kind) => kind === "reply").length, 39);
  }
  // Where every one of the first calls is rejected, the others would be too.
  const kinds = await askAll(respondent(() => true), 100, virtualTime(), { concurrency: 1 });
  assertEquals(kinds.filter((kind) => kind === "failed").length, 20);
});

/** A store that two callers share as two processes do: a key is one holder's until its reply is there. */
function sharedStore(): Store & { readonly taken: Map<string, string> } {
  const store = memoryStore();
  const taken = new Map<string, string>();
  return {
    name: "shared",
    taken,
    get: (key) => store.get(key),
    list: () => store.list(),
    count: () => store.count(),
    close: () => store.close(),
    async put(stored) {
      await store.put(stored);
      taken.delete(stored.key);
    },
    async claim(key, { holder }) {
      if (await store.get(key) !== undefined || (taken.get(key) ?? holder) !== holder) return false;
      taken.set(key, holder);
      return true;
    },
    release(key, holder) {
      if (taken.get(key) === holder) taken.delete(key);
      return Promise.resolve();
    },
  };
}

Deno.test("two callers on one store ask nothing twice, and one takes over what the other gives up", async () => {
  const time = virtualTime();
  const store = sharedStore();
  let calls = 0;
  const respondent = {
    name: "m",
    identity,
    async respond() {
      const call = ++calls;
      await time.delay(20);
      if (call === 1) throw new RespondentError("no", { kind: "bad_request", transient: false });
      return reply;
    },
  };
  const open = () => caller(respondent, { store, delay: time.delay, now: time.now, concurrency: 4 });
  const [first, second] = [open(), open()];
  const results = await time.run(Promise.all(
    requests(40).map((one) => Promise.all([first.ask(one), second.ask(one)])),
  ));
  // The one that was rejected was asked again by the other.
  assertEquals(calls, 41);
  const kinds = results.map((pair) => pair.map(({ kind }) => kind).sort().join());
  assertEquals([...new Set(kinds)].sort(), ["failed,reply", "reply,reply"]);
  assertEquals([await store.count(), store.taken.size], [40, 0]);
});
