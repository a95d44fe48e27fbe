import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import {
  RespondentError,
  type RespondentReply,
  type Store,
  type Table,
  tableOf,
} from "@understudy/understudy/core";
import { assignTreatments, declareDesign } from "@understudy/understudy/designs";
import { yesNo } from "@understudy/understudy/items";
import { scriptedRespondent } from "@understudy/understudy/respondents";
import { planExperiment, runExperiment } from "@understudy/understudy/runner";
import { memoryStore } from "@understudy/understudy/store";
import { declareTreatments } from "@understudy/understudy/treatments";

const design = declareDesign({
  treatments: declareTreatments({ control: "Quiet.", threat: "Troops." }),
  items: [yesNo("fear", "Afraid?")],
  stated: [],
});

function planFor(n: number) {
  const personas = tableOf({ persona_id: Array.from({ length: n }, (_, i) => `p${i}`) });
  return planExperiment(assignTreatments(personas, design, { seed: 1 }), design);
}

const reply: RespondentReply = {
  text: '{"fear": "yes"}',
  refusal: null,
  finishReason: "stop",
  model: "m",
  promptTokens: null,
  completionTokens: null,
};
const identity = () => ({ endpoint: "e", model: "m", parameters: {} });
const noWait = () => Promise.resolve();

function statuses(table: Table): string[] {
  return Array.from(table.array("status") as string[]);
}

Deno.test("a stopped run lets calls under way arrive and keeps them: they are paid for", async () => {
  const controller = new AbortController();
  const store = memoryStore();
  let calls = 0;
  const respondent = {
    name: "slow",
    identity,
    async respond() {
      if (++calls === 3) controller.abort();
      await new Promise((resolve) => setTimeout(resolve, 5));
      return reply;
    },
  };
  const answers = await runExperiment(planFor(10), respondent, {
    store,
    signal: controller.signal,
    concurrency: 3,
  });
  assertEquals(await store.count(), 3);
  assertEquals(statuses(answers).filter((status) => status === "answered").length, 3);
});

Deno.test("a stopped run cuts calls that do not arrive in time", async () => {
  const controller = new AbortController();
  const respondent = {
    name: "hanging",
    identity,
    respond: (_: unknown, { signal }: { signal?: AbortSignal } = {}) => {
      controller.abort();
      return new Promise<RespondentReply>((_, reject) => {
        signal!.addEventListener("abort", () => reject(signal!.reason));
      });
    },
  };
  const options = { signal: controller.signal, concurrency: 2, drainMs: 5 };
  assertEquals(new Set(statuses(await runExperiment(planFor(4), respondent, options))), new Set(["failed"]));
});

Deno.test("an endpoint that dies in mid-run ends the run, and the error holds what was answered", async () => {
  let calls = 0;
  const respondent = scriptedRespondent(() => {
    if (++calls > 5) throw new RespondentError("it is gone", { kind: "unreachable", transient: true });
    return reply.text;
  });
  const error = await assertRejects(
    () => runExperiment(planFor(1000), respondent, { concurrency: 2, retries: 0, delay: noWait }),
    RespondentError,
    "it is gone",
  );
  assert(calls <= 5 + 12, `${calls} calls`);
  assertEquals(statuses(error.answers as Table).filter((status) => status === "answered").length, 5);
});

Deno.test("an endpoint that asks to wait for hours is not waited for", async () => {
  const waits: number[] = [];
  let calls = 0;
  const respondent = scriptedRespondent(() => {
    if (++calls === 2) {
      throw new RespondentError("come back tomorrow", {
        kind: "rate_limited",
        transient: true,
        retryAfterMs: 86_400_000,
      });
    }
    return reply.text;
  });
  const delay = (milliseconds: number) => {
    waits.push(milliseconds);
    return Promise.resolve();
  };
  const answers = await runExperiment(planFor(3), respondent, { concurrency: 1, delay });
  assertEquals([statuses(answers).sort(), waits], [["answered", "answered", "failed"], []]);
});

Deno.test("a Retry-After that one call is told holds for all", async () => {
  let time = 0;
  const asked: number[] = [];
  const respondent = scriptedRespondent(() => {
    asked.push(time);
    if (asked.length === 1) {
      throw new RespondentError("busy", { kind: "rate_limited", transient: true, retryAfterMs: 9000 });
    }
    return reply.text;
  });
  const delay = (milliseconds: number) => {
    time += milliseconds;
    return Promise.resolve();
  };
  await runExperiment(planFor(6), respondent, { concurrency: 1, delay, now: () => time });
  assertEquals(asked, [0, 9000, 9000, 9000, 9000, 9000, 9000]);
});

Deno.test("a read-only store is found out before anything is paid for", async () => {
  let calls = 0;
  const respondent = scriptedRespondent(() => {
    calls++;
    return reply.text;
  });
  const store: Store = { ...memoryStoreParts(), readOnly: true };
  await assertRejects(() => runExperiment(planFor(2), respondent, { store }), Error, "is read-only");
  assertEquals(calls, 0);
});

function memoryStoreParts(): Store {
  const store = memoryStore();
  return {
    name: store.name,
    get: (key) => store.get(key),
    put: (stored) => store.put(stored),
    list: () => store.list(),
    count: () => store.count(),
    close: () => store.close(),
  };
}

Deno.test("two runs on one store return the same answers, those that are kept", async () => {
  const store = memoryStore();
  const slow = (text: string) => ({
    name: text,
    identity,
    async respond() {
      await new Promise((resolve) => setTimeout(resolve, 2));
      return { ...reply, text: `{"fear": "${text}"}` };
    },
  });
  const [first, second] = await Promise.all([
    runExperiment(planFor(6), slow("yes"), { store }),
    runExperiment(planFor(6), slow("no"), { store }),
  ]);
  assertEquals(Array.from(first.array("value")), Array.from(second.array("value")));
});

Deno.test("runExperiment() says what a plan and a store are", async () => {
  const respondent = scriptedRespondent(() => reply.text);
  await assertRejects(
    () => runExperiment(planFor(1).trials as never, respondent),
    TypeError,
    "comes from planExperiment",
  );
  await assertRejects(
    () => runExperiment(planFor(1), respondent, { store: "a.db" as never }),
    TypeError,
    'sqliteStore("study.db")',
  );
});

Deno.test("planExperiment() refuses attributes named like columns of the answers", () => {
  const personas = tableOf({ persona_id: ["p1", "p2"], status: ["x", "y"] });
  assertThrows(
    () => planExperiment(assignTreatments(personas, design, { seed: 1 }), design),
    RangeError,
    "attribute 'status'",
  );
});
