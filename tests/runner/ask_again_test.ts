import { assertEquals, assertRejects } from "@std/assert";
import {
  type Respondent,
  RespondentError,
  type RespondentRequest,
  type Table,
} from "@understudy/understudy/core";
import { assignTreatments, declareDesign } from "@understudy/understudy/designs";
import { likert, yesNo } from "@understudy/understudy/items";
import { scriptedRespondent } from "@understudy/understudy/respondents";
import { describeRun, planExperiment, runExperiment } from "@understudy/understudy/runner";
import { memoryStore } from "@understudy/understudy/store";
import { declareTreatments } from "@understudy/understudy/treatments";
import { people } from "./people.ts";

function planFor(n: number, { replicates = 1, ask = "together" as "together" | "apart" | "in turn" } = {}) {
  const design = declareDesign({
    treatments: declareTreatments({ control: "It is quiet.", threat: "Troops cross." }),
    items: [yesNo("fear", "Are you afraid?"), likert("support", "Support it?", { points: 7 })],
    stated: ["age"],
    itemOrder: "fixed",
    ask,
  });
  const assigned = assignTreatments(people(n), design, { seed: 1 });
  return planExperiment(assigned, design, { seed: 2, replicates });
}

const good = '{"fear": "yes", "support": 4}';
const column = (table: unknown, name: string) => Array.from((table as Table).array(name) as unknown[]);
const plain = (table: Table) =>
  table.select(table.columnNames().filter((name) => name !== "cached")).objects();

Deno.test("askAgain asks again what was not parsed, keeps every reply, and resumes to the same table", async () => {
  const store = memoryStore();
  const asked: RespondentRequest[] = [];
  const respondent = scriptedRespondent((request) => {
    asked.push(request);
    const threat = request.messages[1]!.content.includes("Troops");
    const attempt = request.attempt ?? 1;
    return threat && attempt < 3
      ? { text: attempt === 1 ? "Well." : "", promptTokens: 10, completionTokens: 1 }
      : good;
  });
  const options = { store, askAgain: ["unparsed", "empty"] as const, concurrency: 2 };
  // Without it everything is asked once; what was kept then is the first attempt of a later run.
  const first = await runExperiment(planFor(6), respondent, { store });
  assertEquals([asked.length, new Set(column(first, "attempt"))], [6, new Set([1])]);
  const twice = await runExperiment(planFor(6), respondent, options);
  assertEquals([asked.length, await store.count()], [9, 9]);
  const attempts = (table: Table) =>
    table.objects().map((row) => {
      const { arm, attempt, status } = row as { arm: string; attempt: number; status: string };
      return `${arm} ${attempt} ${status}`;
    });
  assertEquals(new Set(attempts(twice)), new Set(["control 1 answered", "threat 2 empty"]));
  const thrice = await runExperiment(planFor(6), respondent, { ...options, attempts: 3 });
  assertEquals([asked.length, await store.count()], [12, 12]);
  assertEquals(new Set(attempts(thrice)), new Set(["control 1 answered", "threat 3 answered"]));
  assertEquals(new Set(asked.map(({ seed }) => seed)).size, 12);
  assertEquals(describeRun(thrice).get("asked_again", 2), 3);
  const resumed = await runExperiment(planFor(6), respondent, { ...options, attempts: 3 });
  assertEquals(asked.length, 12);
  assertEquals(plain(resumed), plain(thrice));
  // What was asked before it was found wanting is paid for too.
  assertEquals(describeRun(twice).get("prompt_tokens", 2), 30);
});

Deno.test("a second try that fails leaves the reply before it, and a call counts once in the progress", async () => {
  const respondent = scriptedRespondent((request) => {
    if ((request.attempt ?? 1) === 1) return "Well.";
    throw new RespondentError("too long", { kind: "malformed", transient: false });
  });
  const done: number[] = [];
  const answers = await runExperiment(planFor(3), respondent, {
    askAgain: ["unparsed"],
    onProgress: (event) => done.push(event.done),
  });
  assertEquals(new Set(column(answers, "status")), new Set(["unparsed"]));
  assertEquals(new Set(column(answers, "attempt")), new Set([1]));
  assertEquals(Math.max(...done), 3);
  await assertRejects(
    () => runExperiment(planFor(1), respondent, { askAgain: ["failed" as "empty"] }),
    TypeError,
    "what failed is asked again by every later run",
  );
});

/** A model that gives several replies for one prompt, and counts its calls. */
function severalAtOnce(fail?: () => void): { respondent: Respondent; calls: number[] } {
  const calls: number[] = [];
  const one = scriptedRespondent(({ replicate }) => `{"fear": "yes", "support": ${replicate}}`);
  const respond: Respondent["respond"] = (request) => {
    calls.push(1);
    fail?.();
    return one.respond(request);
  };
  return {
    calls,
    respondent: {
      ...one,
      respond,
      respondMany: (requests) => {
        calls.push(requests.length);
        fail?.();
        return Promise.all(requests.map((request) => one.respond(request)));
      },
    },
  };
}

Deno.test("replicates share a call where the respondent can, each kept under its own key", async () => {
  const store = memoryStore();
  const { respondent, calls } = severalAtOnce();
  const plan = planFor(4, { replicates: 5 });
  const shared = await runExperiment(plan, respondent, { store, budget: { calls: 4 } });
  assertEquals([calls, await store.count()], [[5, 5, 5, 5], 20]);
  assertEquals(new Set(column(shared, "request_key")).size, 20);
  const single = await runExperiment(plan, { ...respondent, respondMany: undefined } as never, { store });
  assertEquals(calls.length, 4);
  assertEquals(plain(single), plain(shared));
  // Of more replicates only the new ones are asked for.
  const more = await runExperiment(planFor(4, { replicates: 7 }), respondent, { store });
  assertEquals(calls.slice(4), [2, 2, 2, 2]);
  assertEquals(column(more, "status").every((status) => status === "answered"), true);
  assertEquals(describeRun(more).get("calls", 2), 28);
});

Deno.test("replicates are shared out by how many replies one call gives, and what it does not give another one asks for", async () => {
  const { respondent, calls } = severalAtOnce();
  await runExperiment(planFor(1, { replicates: 5 }), { ...respondent, mostReplies: 2 });
  assertEquals(calls.toSorted(), [1, 2, 2]);
  const store = memoryStore();
  const asked: number[][] = [];
  const partly: Respondent = {
    ...respondent,
    respondMany: async (requests) => {
      asked.push(requests.map(({ replicate }) => replicate));
      if (asked.length === 2) throw new RespondentError("busy", { kind: "server", transient: true });
      return await respondent.respondMany!(requests.slice(0, 2));
    },
  };
  const answers = await runExperiment(planFor(1, { replicates: 5 }), partly, {
    store,
    delay: () => Promise.resolve(),
  });
  assertEquals(asked, [[1, 2, 3, 4, 5], [3, 4, 5], [3, 4, 5]]);
  assertEquals(await store.count(), 5);
  assertEquals(column(answers, "status").every((status) => status === "answered"), true);
});

Deno.test("a shared call is tried again and fails as one; asked apart each question shares its own, in turn none", async () => {
  let failures = 0;
  const failing = severalAtOnce(() => {
    if (failures++ < 2) throw new RespondentError("busy", { kind: "server", transient: true });
  });
  const delay = () => Promise.resolve();
  const answers = await runExperiment(planFor(1, { replicates: 3 }), failing.respondent, { delay });
  assertEquals([failing.calls, new Set(column(answers, "status"))], [[3, 3, 3], new Set(["answered"])]);
  failures = -100;
  const broken = severalAtOnce(() => {
    throw new RespondentError("too long", { kind: "malformed", transient: false });
  });
  const none = await runExperiment(planFor(1, { replicates: 3 }), broken.respondent);
  assertEquals([broken.calls, new Set(column(none, "status"))], [[3], new Set(["failed"])]);
  const partly = severalAtOnce();
  const fewer: Respondent = {
    ...partly.respondent,
    respondMany: async (requests) =>
      (await partly.respondent.respondMany!(requests)).slice(0, requests.length === 3 ? 1 : 2),
  };
  // What came of fewer replies than were asked for is kept, and the others are asked for again.
  const rest = await runExperiment(planFor(1, { replicates: 3 }), fewer, { delay });
  assertEquals(partly.calls, [3, 2]);
  assertEquals(column(rest, "value"), [1, 1, 1, 2, 1, 3]);
  for (const [ask, expected] of [["apart", [3, 3]], ["in turn", [1, 1, 1, 1, 1, 1]]] as const) {
    const { respondent, calls } = severalAtOnce();
    await runExperiment(planFor(1, { replicates: 3, ask }), respondent, { concurrency: 1 });
    assertEquals(calls, [...expected]);
  }
});
