import { assertEquals, assertRejects } from "@std/assert";
import { RespondentError, type Store, type Table } from "@understudy/understudy/core";
import { assignTreatments, declareDesign } from "@understudy/understudy/designs";
import { likert, yesNo } from "@understudy/understudy/items";
import { scriptedRespondent } from "@understudy/understudy/respondents";
import { planExperiment, runExperiment, type RunProgress } from "@understudy/understudy/runner";
import { memoryStore, sqliteStore } from "@understudy/understudy/store";
import { declareTreatments } from "@understudy/understudy/treatments";
import { people } from "./people.ts";

const design = declareDesign({
  treatments: declareTreatments({ control: "It is quiet.", threat: "Troops cross." }),
  items: [yesNo("fear", "Are you afraid?"), likert("support", "Support it?", { points: 7 })],
  stated: ["age"],
  itemOrder: "fixed",
});

function planFor(n: number) {
  return planExperiment(assignTreatments(people(n), design, { seed: 1 }), design, { seed: 2 });
}

const answer = '{"fear": "yes", "support": 4}';
const column = (table: unknown, name: string) => Array.from((table as Table).array(name) as unknown[]);

Deno.test("progress counts calls by what their answers are", async () => {
  const replies = [answer, "", '{"fear": "yes", "support": "many"}', {
    text: "{",
    finishReason: "length" as const,
  }];
  const events: RunProgress[] = [];
  await runExperiment(planFor(4), scriptedRespondent(replies), {
    concurrency: 1,
    onProgress: (event) => events.push(event),
  });
  assertEquals(events.at(-1)!.statuses, { answered: 1, empty: 1, unparsed: 1, truncated: 1 });
});

Deno.test("a store that fails in mid-run costs no further call, and the error gives back what was paid for", async () => {
  const kept = memoryStore();
  let calls = 0;
  const store: Store = {
    ...kept,
    name: "full",
    get: (key) => kept.get(key),
    put: async (reply) => {
      if (await kept.count() === 5) throw new Error("the disk is full");
      await kept.put(reply);
    },
  };
  const respondent = scriptedRespondent(() => {
    calls++;
    return answer;
  });
  const error = await assertRejects(
    () => runExperiment(planFor(20), respondent, { store, concurrency: 1 }),
    Error,
    "the disk is full",
  );
  assertEquals([calls, await kept.count()], [6, 5]);
  const { answers } = error as Error & { answers: Table };
  assertEquals(column(answers, "status").filter((status) => status === "answered").length, 2 * 6);
  assertEquals(answers.numRows(), 40);
});

Deno.test("a stopped run tells what was cut from what was not asked", async () => {
  const stop = new AbortController();
  let calls = 0;
  const respondent = scriptedRespondent(() => {
    if (++calls < 4) return answer;
    stop.abort();
    return new Promise(() => {});
  });
  const answers = await runExperiment(planFor(6), respondent, {
    signal: stop.signal,
    drainMs: 0,
    concurrency: 1,
  });
  assertEquals(column(answers, "status_detail"), [
    ...Array<string>(6).fill(""),
    ...["cut", "cut"],
    ...Array<string>(4).fill("stopped"),
  ]);
  assertEquals(answers.get("reason", 6), "cut: the run was stopped before the reply came");
});

Deno.test("a run whose lease ran out gives the reply that the store kept, and a lease that cannot be given back loses none", async () => {
  const store = sqliteStore(":memory:");
  // Another process, whose clock is ahead, takes over each key, asks and is first.
  const overtaken: Store = {
    name: store.name,
    get: (key) => store.get(key),
    put: async (reply) => {
      await store.put({ ...reply, reply: { ...reply.reply, text: '{"fear": "no", "support": 1}' } });
      return await store.put(reply);
    },
    claim: () => Promise.resolve(true),
    release: () => Promise.reject(new Error("gone")),
    list: () => store.list(),
    count: () => store.count(),
    close: () => store.close(),
  };
  const answers = await runExperiment(planFor(4), scriptedRespondent(answer), { store: overtaken });
  const again = await runExperiment(planFor(4), scriptedRespondent(answer), { store });
  assertEquals(column(answers, "value"), [0, 1, 0, 1, 0, 1, 0, 1]);
  assertEquals(column(answers, "value"), column(again, "value"));
  const failing = scriptedRespondent(() => {
    throw new RespondentError("no", { kind: "context", transient: false });
  });
  const failed = await runExperiment(planFor(4), failing, {
    store: { ...overtaken, get: () => Promise.resolve(undefined) },
  });
  assertEquals(new Set(column(failed, "status_detail")), new Set(["context"]));
  await store.close();
});
