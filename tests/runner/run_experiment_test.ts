import {
  assert,
  assertEquals,
  assertMatch,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import {
  type Plan,
  ReplayMissError,
  RespondentError,
  type RespondentErrorKind,
  type Table,
  tableOf,
} from "@understudy/understudy/core";
import { assignTreatments, declareDesign } from "@understudy/understudy/designs";
import { choice, likert } from "@understudy/understudy/items";
import { composePrompt } from "@understudy/understudy/prompts";
import { replayRespondent, scriptedRespondent } from "@understudy/understudy/respondents";
import { planExperiment, runExperiment, type RunProgress } from "@understudy/understudy/runner";
import { memoryStore } from "@understudy/understudy/store";
import { declareTreatments } from "@understudy/understudy/treatments";

const design = declareDesign({
  treatments: declareTreatments({ control: "It is quiet.", threat: ["Troops cross.", "An army comes."] }),
  items: [
    likert("support", "Support it?", { points: 7, order: "reversed" }),
    choice("news", "News?", ["tv", "web", "paper"]),
  ],
  stated: ["party"],
});

function personas(n: number): Table {
  const rows = Array.from({ length: n }, (_, i) => i);
  return tableOf({
    persona_id: rows.map((i) => `p${i}`),
    weight: rows.map(() => 1),
    party: rows.map((i) => (i % 2 ? "A" : "B")),
  });
}

function planFor(n: number, options: Parameters<typeof planExperiment>[2] = {}): Plan {
  return planExperiment(assignTreatments(personas(n), design, { seed: 1 }), design, { seed: 2, ...options });
}

const answer = '{"support": 4, "news": "tv"}';
const noWait = () => Promise.resolve();

function failure(kind: RespondentErrorKind, transient: boolean, retryAfterMs?: number): RespondentError {
  return new RespondentError(`it is ${kind}`, {
    kind,
    transient,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  });
}

function column(table: Table, name: string): unknown[] {
  return Array.from(table.array(name) as unknown[]);
}

Deno.test("runExperiment() returns one row per call and item, with the assigned columns", async () => {
  const answers = await runExperiment(planFor(6), scriptedRespondent(() => answer));
  assertEquals(answers.numRows(), 12);
  assertEquals(new Set(column(answers, "status")), new Set(["answered"]));
  for (
    const name of ["persona_id", "party", "arm", "arm_probability", "item", "value", "raw", "request_key"]
  ) {
    assert(answers.columnNames().includes(name), name);
  }
  assertEquals(column(answers, "value").slice(0, 2), [4, "tv"]);
});

Deno.test("runExperiment(store) asks for nothing the second time", async () => {
  const store = memoryStore();
  let calls = 0;
  const respondent = scriptedRespondent(() => {
    calls++;
    return answer;
  });
  const first = await runExperiment(planFor(5), respondent, { store });
  const second = await runExperiment(planFor(5), respondent, { store });
  assertEquals(calls, 5);
  assertEquals(column(second, "value"), column(first, "value"));
  assertEquals([new Set(column(first, "cached")), new Set(column(second, "cached"))], [
    new Set([false]),
    new Set([true]),
  ]);
});

Deno.test("runExperiment(store) asks only for what is missing when personas are added", async () => {
  const store = memoryStore();
  let calls = 0;
  const respondent = scriptedRespondent(() => {
    calls++;
    return answer;
  });
  const simple = declareDesign({
    treatments: design.treatments,
    items: design.items,
    stated: ["party"],
    assignment: "simple",
  });
  const plan = (n: number) =>
    planExperiment(assignTreatments(personas(n), simple, { seed: 1 }), simple, { seed: 2 });
  await runExperiment(plan(4), respondent, { store });
  await runExperiment(plan(7), respondent, { store });
  assertEquals(calls, 7);
});

Deno.test("runExperiment() tries passing errors again, with the same request, and respects Retry-After", async () => {
  const waits: number[] = [];
  const seen: string[] = [];
  let calls = 0;
  const respondent = scriptedRespondent((request) => {
    seen.push(JSON.stringify(request));
    calls++;
    if (calls === 1) throw failure("rate_limited", true, 1234);
    if (calls === 2) throw failure("server", true);
    return answer;
  });
  const plan = planExperiment(assignTreatments(personas(1), design, { seed: 1 }), design, {});
  const delay = (milliseconds: number) => {
    waits.push(milliseconds);
    return Promise.resolve();
  };
  const answers = await runExperiment(plan, respondent, { delay, concurrency: 1 });
  assertEquals(column(answers, "status"), ["answered", "answered"]);
  assertEquals(new Set(seen).size, 1);
  assert(waits[0]! > 1200 && waits[0]! <= 1234, String(waits[0]));
  // The limit was no failed attempt: the first wait after one is half a second, shortened by at most half.
  assert(waits[1]! >= 250 && waits[1]! <= 500, String(waits[1]));
});

Deno.test("runExperiment() keeps a call that goes on failing as rows with the reason", async () => {
  let calls = 0;
  const respondent = scriptedRespondent(() => {
    calls++;
    if (calls > 2) throw failure("server", true);
    return answer;
  });
  const answers = await runExperiment(planFor(4), respondent, { delay: noWait, retries: 2, concurrency: 1 });
  assertEquals(calls, 2 + 2 * 3);
  const failed = answers.numRows() -
    column(answers, "status").filter((status) => status === "answered").length;
  assertEquals(failed, 4);
  const reason = column(answers, "reason").at(-1) as string;
  assertStringIncludes(reason, "it is server (3 attempts)");
  assertEquals(column(answers, "value").at(-1), null);
});

for (const kind of ["unauthorized", "quota"] as const) {
  Deno.test(`runExperiment() ends at once when the endpoint says ${kind}, and keeps what was answered`, async () => {
    const store = memoryStore();
    let calls = 0;
    const respondent = scriptedRespondent(() => {
      calls++;
      if (calls > 3) throw failure(kind, false);
      return answer;
    });
    await assertRejects(
      () => runExperiment(planFor(50), respondent, { store, concurrency: 1 }),
      RespondentError,
      `it is ${kind}`,
    );
    assertEquals([calls, await store.count()], [4, 3]);
  });
}

Deno.test("runExperiment() ends when the endpoint cannot be reached before any call has succeeded", async () => {
  let calls = 0;
  const respondent = scriptedRespondent(() => {
    calls++;
    throw failure("unreachable", true);
  });
  await assertRejects(
    () => runExperiment(planFor(50), respondent, { delay: noWait, retries: 1, concurrency: 2 }),
    RespondentError,
    "unreachable",
  );
  assert(calls <= 4, String(calls));
});

Deno.test("runExperiment(signal) stops cleanly and returns the answers so far", async () => {
  const store = memoryStore();
  const controller = new AbortController();
  let calls = 0;
  const respondent = scriptedRespondent(() => {
    calls++;
    if (calls === 3) controller.abort();
    return answer;
  });
  const answers = await runExperiment(planFor(10), respondent, {
    store,
    signal: controller.signal,
    concurrency: 1,
  });
  assertEquals(answers.numRows(), 20);
  const statuses = column(answers, "status");
  const answered = statuses.filter((status) => status === "answered").length;
  assert(answered >= 4 && answered <= 6, String(answered));
  assertStringIncludes(column(answers, "reason").at(-1) as string, "not asked: the run was stopped");
  const rest = await runExperiment(planFor(10), scriptedRespondent(() => answer), { store });
  assertEquals(new Set(column(rest, "status")), new Set(["answered"]));
});

Deno.test("runExperiment(onProgress) counts every call once", async () => {
  const events: RunProgress[] = [];
  const respondent = scriptedRespondent((request) =>
    request.messages[1]!.content.includes("quiet") ? { text: "", refusal: "No." } : answer
  );
  let time = 0;
  await runExperiment(planFor(8), respondent, {
    onProgress: (event) => events.push(event),
    now: () => time += 5,
  });
  assertEquals(events.map((event) => event.done), [0, 1, 2, 3, 4, 5, 6, 7, 8, 8]);
  assertEquals(events[0]!.announcement, "8 calls to scripted");
  assertStringIncludes(
    events.at(-1)!.summary!,
    "4 of 8 calls usable: control 0 of 4, threat 4 of 4; 4 refused",
  );
  assertEquals(events.at(-1)?.total, 8);
  assertEquals(events.at(-1)?.statuses, { answered: 4, refused: 4 });
  assert(events.at(-1)!.elapsedMs > 0);
});

Deno.test("runExperiment(replayRespondent) repeats a recorded study and says when it was changed", async () => {
  const store = memoryStore();
  const recorded = await runExperiment(planFor(4), scriptedRespondent(() => answer), { store });
  const replayed = await runExperiment(planFor(4), replayRespondent(store));
  assertEquals(column(replayed, "value"), column(recorded, "value"));
  await assertRejects(
    () => runExperiment(planFor(4, { instruction: "Other." }), replayRespondent(store)),
    ReplayMissError,
  );
});

Deno.test("runExperiment() passes on a bug in a respondent as it is", async () => {
  const respondent = scriptedRespondent(() => {
    throw new TypeError("a bug");
  });
  await assertRejects(() => runExperiment(planFor(3), respondent), TypeError, "a bug");
});

Deno.test("a respondent that a probe sets between a run's beginning and its first call is not asked under its old keys", async () => {
  let [calls, looks] = [0, 0];
  const respondent = scriptedRespondent(() => `${++calls}`);
  const identity = () => ({
    endpoint: "e",
    model: "m",
    parameters: { schema_mode: looks++ > 0 ? "none" : "json_schema" },
  });
  await assertRejects(
    () => runExperiment(planFor(2), { ...respondent, identity }),
    TypeError,
    "was set anew, as by a probe",
  );
  assertEquals(calls, 0);
});

Deno.test("runExperiment() checks its arguments", async () => {
  const respondent = scriptedRespondent(() => answer);
  await assertRejects(() => runExperiment(planFor(1), {} as never), TypeError, "openAiRespondent({ model:");
  await assertRejects(
    () => runExperiment(planFor(1), respondent, { concurrency: 0 }),
    RangeError,
    "'concurrency'",
  );
  await assertRejects(
    () => runExperiment(planFor(1), respondent, { retry: 1 } as never),
    TypeError,
    "'retry' is unknown",
  );
});

Deno.test("runExperiment() says what a plan and a store are", async () => {
  const respondent = scriptedRespondent(() => answer);
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

Deno.test("an endpoint that dies in mid-run ends the run, and the error holds what was answered", async () => {
  let calls = 0;
  const respondent = scriptedRespondent(() => {
    if (++calls > 5) throw new RespondentError("it is gone", { kind: "unreachable", transient: true });
    return answer;
  });
  const error = await assertRejects(
    () => runExperiment(planFor(1000), respondent, { concurrency: 2, retries: 0, delay: noWait }),
    RespondentError,
    "it is gone",
  );
  assert(calls <= 5 + 12, `${calls} calls`);
  const statuses = column(error.answers as Table, "status");
  assertEquals(statuses.filter((status) => status === "answered").length, 2 * 5);
});

Deno.test("planExperiment() draws what a persona sees independently of the others", () => {
  const simple = declareDesign({
    treatments: design.treatments,
    items: design.items,
    stated: ["party"],
    assignment: "simple",
  });
  const rows = (n: number) => {
    const plan = planExperiment(assignTreatments(personas(n), simple, { seed: 1 }), simple, { seed: 2 });
    return new Map((plan.trials.objects() as { trial_id: string }[]).map((row) => [row.trial_id, row]));
  };
  const few = rows(5);
  const many = rows(40);
  for (const [id, row] of few) assertEquals(many.get(id), row);
});

Deno.test("planExperiment() varies item and option order between personas and records it", async () => {
  const plan = planFor(40);
  assert(new Set(column(plan.trials, "item_order")).size === 2);
  assert(new Set(column(plan.trials, "option_orders")).size >= 8);
  const answers = await runExperiment(plan, scriptedRespondent(() => answer));
  const first = answers.object(0) as { item_position: number; option_order: string; trial_id: string };
  const prompt = composePrompt(plan, first.trial_id).messages[1]!.content;
  assertStringIncludes(prompt, `${first.item_position}. [support]`);
  assertMatch(first.option_order, /^\["(1|7)"/);
});

Deno.test("planExperiment(replicates, wordings) gives each call its own seed", () => {
  const plan = planFor(10, { replicates: 3, wordings: "all" });
  const arms = column(plan.assigned, "arm");
  const threats = arms.filter((arm) => arm === "threat").length;
  assertEquals(plan.trials.numRows(), 3 * (10 - threats) + 6 * threats);
  assertEquals(new Set(column(plan.trials, "seed")).size, plan.trials.numRows());
  assertEquals(new Set(column(plan.trials, "trial_id")).size, plan.trials.numRows());
});

Deno.test("planExperiment() names what is wrong", () => {
  const assigned = assignTreatments(personas(4), design, { seed: 1 });
  assertThrows(() => planExperiment(personas(4), design), RangeError, "has no column 'arm'");
  assertThrows(() => planExperiment(assigned, design, { replicates: 0 }), RangeError, "'replicates'");
  const other = declareDesign({
    treatments: declareTreatments({ a: "x", b: "y" }),
    items: design.items,
    stated: ["party"],
  });
  assertThrows(() => planExperiment(assigned, other), RangeError, "hold arms of the design (a, b)");
  const slotted = declareDesign({
    treatments: declareTreatments({ control: "x", threat: "{{ state }}" }),
    items: design.items,
    stated: ["party"],
  });
  assertThrows(
    () => planExperiment(assigned, slotted),
    RangeError,
    "slot 'state' of arm 'threat' has no value",
  );
  assertThrows(() => composePrompt(planFor(2), "p9:control:w1:r1"), RangeError, "be a trial of the plan");
});

Deno.test("a plan of many calls stays small: orders are shared, messages are not held", () => {
  const plan = planFor(200, { replicates: 50 });
  assertEquals(plan.trials.numRows(), 10_000);
  assertEquals(plan.trials.columnNames().includes("messages"), false);
});

Deno.test("planExperiment() refuses attributes named like columns of the answers", () => {
  const named = tableOf({ persona_id: ["p1", "p2"], party: ["A", "B"], status: ["x", "y"] });
  assertThrows(
    () => planExperiment(assignTreatments(named, design, { seed: 1 }), design),
    RangeError,
    "attribute 'status'",
  );
});
