import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { type Respondent, RespondentError, type Table } from "@understudy/understudy/core";
import { assignTreatments, declareDesign } from "@understudy/understudy/designs";
import { yesNo } from "@understudy/understudy/items";
import { scriptedRespondent } from "@understudy/understudy/respondents";
import {
  describeRun,
  planExperiment,
  runExperiment,
  type RunExperimentOptions,
  type RunProgress,
} from "@understudy/understudy/runner";
import { memoryStore } from "@understudy/understudy/store";
import { declareTreatments } from "@understudy/understudy/treatments";
import { people } from "./people.ts";

const design = declareDesign({
  treatments: declareTreatments({ control: "It is quiet.", threat: "Troops cross." }),
  items: [yesNo("fear", "Are you afraid?")],
  stated: ["age"],
});

function planFor(n: number, replicates = 1) {
  const assigned = assignTreatments(people(n), design, { seed: 1 });
  return planExperiment(assigned, design, { seed: 2, replicates });
}

const count = (table: Table, name: string, value: unknown) =>
  Array.from(table.array(name) as unknown[]).filter((cell) => cell === value).length;

/** A model of which the nth reply takes so many tokens, and which counts how many calls are under way at once. */
function meteredModel(completion: (call: number) => number) {
  const seen = { calls: 0, underWay: 0, most: 0, tokens: 0 };
  const respondent = scriptedRespondent(async () => {
    const call = ++seen.calls;
    seen.most = Math.max(seen.most, ++seen.underWay);
    await new Promise((resolve) => setTimeout(resolve, 1));
    seen.underWay--;
    seen.tokens += 100 + completion(call);
    return { text: '{"fear": "yes"}', promptTokens: 100, completionTokens: completion(call) };
  });
  return { seen, respondent };
}

Deno.test("a budget of calls is kept exactly, whatever is under way, and what the store holds costs nothing", async () => {
  const store = memoryStore();
  const { seen, respondent } = meteredModel(() => 10);
  for (const [run, calls] of [[1, 7], [2, 14], [3, 20]] as const) {
    const answers = await runExperiment(planFor(20), respondent, {
      store,
      budget: { calls: 7 },
      concurrency: 16,
    });
    assertEquals(seen.calls, calls);
    assertEquals([count(answers, "status", "answered"), count(answers, "status_detail", "stopped")], [
      calls,
      20 - calls,
    ]);
    if (run === 3) continue;
    const reason = answers.array("reason").find((text) => text !== "");
    assertEquals(
      reason,
      "not asked: the run was stopped as the budget of 7 calls was reached",
    );
  }
});

Deno.test("a budget of tokens counts what is under way, is not passed, and is used to the end", async () => {
  const { seen, respondent } = meteredModel(() => 20);
  const answers = await runExperiment(planFor(100), respondent, {
    budget: { tokens: 5000 },
    concurrency: 64,
  });
  assertEquals([seen.calls, seen.tokens], [41, 41 * 120]);
  assert(seen.most > 8, `${seen.most} at once`);
  assertEquals(count(answers, "status", "answered"), 41);
});

Deno.test("a budget is passed by no more than calls under way are dearer than any before", async () => {
  const { seen, respondent } = meteredModel((call) => call > 20 ? 200 : 20);
  await runExperiment(planFor(200), respondent, { budget: { tokens: 10_000 }, concurrency: 8 });
  assert(seen.tokens <= 10_000 + 8 * 180, `${seen.tokens} tokens`);
  assert(seen.tokens > 10_000 - 300, `${seen.tokens} tokens`);
});

Deno.test("a budget of money needs a price, given or known", async () => {
  const { seen, respondent } = meteredModel(() => 20);
  await assertRejects(
    () => runExperiment(planFor(4), respondent, { budget: { currency: 1 } }),
    RangeError,
    "none is known for scripted: current value is 1; give prices: { input: …, output: … } per million tokens",
  );
  const prices = { input: 1000, output: 10_000, currency: "EUR" };
  const said: RunProgress[] = [];
  const onProgress = (event: RunProgress) => void said.push(event);
  const options = { budget: { currency: 2 }, prices, onProgress };
  const answers = await runExperiment(planFor(100), respondent, options);
  assertMatch(said[0]!.announcement!, /^100 calls to scripted: [\d.]+ to [\d.]+ EUR without thoughts$/);
  // 0.10 for the prompt and 0.20 for the reply.
  assertEquals(seen.calls, 6);
  const run = describeRun(answers);
  assertMatch(
    run.get("summary", 2) as string,
    /^6 of 100 calls usable: .*; 94 not asked as the budget of 2.00 EUR was reached \(1.80 EUR used; the next call may need 0.30 EUR\); 720 tokens; spent 1.80 EUR$/,
  );
  assert(Math.abs(Number(run.get("cost", 0)) + Number(run.get("cost", 1)) - 1.8) < 1e-9);
  const known: Respondent = {
    ...respondent,
    identity: () => ({ endpoint: "https://api.openai.com/v1", model: "gpt-5-mini", parameters: {} }),
  };
  const events: RunProgress[] = [];
  const cheap = await runExperiment(planFor(4), known, { onProgress: (event) => events.push(event) });
  assertMatch(
    events[0]!.announcement!,
    /^4 calls to scripted: 0.0\d+ to 0.00\d+ USD without thoughts by prices of 2026-09-23$/,
  );
  // 0.25 and 2 USD per million tokens.
  assert(Math.abs(Number(describeRun(cheap).get("cost", 2)) - 4 * (100 * 0.25 + 20 * 2) / 1e6) < 1e-12);
  assertMatch(events.at(-1)!.summary!, /480 tokens; spent 0.00026 USD$/);
});

Deno.test("a run that is stopped while calls wait for the budget tells them from the one that was cut", async () => {
  const stop = new AbortController();
  let calls = 0;
  const respondent = scriptedRespondent(() => {
    calls++;
    setTimeout(() => stop.abort(), 5);
    return new Promise(() => {});
  });
  const options = { budget: { tokens: 5000 }, signal: stop.signal, drainMs: 20, concurrency: 4 };
  const answers = await runExperiment(planFor(10), respondent, options);
  assertEquals([calls, count(answers, "status_detail", "cut"), count(answers, "status_detail", "stopped")], [
    1,
    1,
    9,
  ]);
});

Deno.test("a call that fails before the model reads it uses nothing of a budget; one that timed out may", async () => {
  for (const [kind, asked] of [["server", 5 + 3], ["timeout", 5]] as const) {
    let calls = 0;
    const respondent = scriptedRespondent(() => {
      if (++calls <= 3) throw new RespondentError("no", { kind, transient: true });
      return '{"fear": "yes"}';
    });
    const options: RunExperimentOptions = {
      budget: { calls: 5 },
      concurrency: 1,
      delay: () => Promise.resolve(),
    };
    await runExperiment(planFor(20), respondent, options);
    assertEquals([kind, calls], [kind, asked]);
  }
});

Deno.test("a budget counts each of the calls that replicates need where one gives too few replies", async () => {
  for (const [budget, asked] of [[{ calls: 6 }, 6], [{ tokens: 720 }, 6]] as const) {
    const { seen, respondent } = meteredModel(() => 20);
    const onlyOne: Respondent = {
      ...respondent,
      respondMany: async ([request]) => [await respondent.respond(request!)],
    };
    // The reply to each of four replicates is reserved for; what is left for fewer is left over.
    const answers = await runExperiment(planFor(4, 4), onlyOne, { budget, concurrency: 4 });
    assert(seen.calls <= asked && seen.calls >= asked - 1, `${seen.calls} calls`);
    assertEquals(count(answers, "status", "answered"), seen.calls);
  }
});

Deno.test("stopWhen ends a run in which one arm gives nothing usable, and names it", async () => {
  let calls = 0;
  const respondent = scriptedRespondent(({ messages }) => {
    calls++;
    return messages[1]!.content.includes("Troops") ? "As an AI I have no fears, or some" : '{"fear": "yes"}';
  });
  const options: RunExperimentOptions = { stopWhen: { unusable: 0.5, after: 10 }, concurrency: 4 };
  const answers = await runExperiment(planFor(400), respondent, options);
  assert(calls < 40, `${calls} calls`);
  assertMatch(
    describeRun(answers).get("summary", 2) as string,
    /not asked as more than 50% of calls gave no usable answer, most in arm 'threat': 10 of 10 \(10 (unparsed|refused)\)/,
  );
  await assertRejects(
    () => runExperiment(planFor(1), respondent, { stopWhen: { unusable: 2 } }),
    RangeError,
    "'stopWhen.unusable' must be a share",
  );
});

Deno.test("stopWhen ends a run by time and by tokens of a call", async () => {
  let time = 0;
  const slow = meteredModel(() => 20);
  const answers = await runExperiment(planFor(20), slow.respondent, {
    stopWhen: { ms: 1000 },
    now: () => time += 50,
    concurrency: 1,
  });
  assert(slow.seen.calls < 10, `${slow.seen.calls} calls`);
  assertMatch(answers.array("reason").at(-1) as string, /stopped as 1000 ms were over/);
  const wordy = meteredModel(() => 5000);
  await runExperiment(planFor(20), wordy.respondent, {
    stopWhen: { tokensPerCall: 1000, after: 5 },
    concurrency: 1,
  });
  assertEquals(wordy.seen.calls, 5);
});
