import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { RespondentError, type Table } from "@understudy/understudy/core";
import { openAiRespondent, scriptedRespondent } from "@understudy/understudy/respondents";
import {
  type BatchProgress,
  loadBatch,
  runBatch,
  type RunBatchOptions,
  runExperiment,
  writeBatch,
} from "@understudy/understudy/runner";
import { memoryStore } from "@understudy/understudy/store";
import { serveBatches } from "../support/batch_server.ts";
import { planFor } from "./batch_plan.ts";

/** Answers by its seed, so that rows can be told apart. */
const subject = scriptedRespondent(({ messages, seed = 0, schema }) => {
  const asked = Object.keys((schema!.schema as { properties: object }).properties);
  const all: { [item: string]: unknown } = { support: 1 + seed % 7, news: ["tv", "web", "paper"][seed % 3] };
  assert(messages.length === 2);
  return JSON.stringify(Object.fromEntries(asked.map((item) => [item, all[item]])));
});

const quick: RunBatchOptions = { delay: () => Promise.resolve() };

const same = ["persona_id", "arm", "item", "value", "status", "raw", "request_key", "prompt_key", "model"];

function rows(table: Table): unknown[] {
  return table.objects().map((row) => same.map((name) => (row as { [name: string]: unknown })[name]));
}

function count(table: Table, name: string): { [value: string]: number } {
  const counts: { [value: string]: number } = {};
  for (const value of table.array(name) as unknown[]) {
    counts[String(value)] = (counts[String(value)] ?? 0) + 1;
  }
  return counts;
}

for (const ask of ["together", "apart"] as const) {
  Deno.test(`runBatch() gives the table of runExperiment(), with the same keys (asked ${ask})`, async () => {
    await using server = await serveBatches(subject);
    const plan = planFor(9, ask);
    const respondent = openAiRespondent(server.connection);
    const store = memoryStore();
    const answers = await runBatch(plan, respondent, { ...quick, store, mostRequests: 4 });
    assertEquals(server.batches.length, ask === "together" ? 3 : 5);
    // The second run finds everything in the store, also a live one.
    const { length } = server.log;
    const again = await runExperiment(plan, respondent, { store });
    assertEquals(server.log.length, length);
    assertEquals(count(again, "cached"), { true: 18 });
    assertEquals(count(answers, "cached"), { false: 18 });
    assertEquals(rows(answers), rows(again));
    assertEquals(count(answers, "status"), { answered: 18 });
    assertEquals(count(answers, "latency_ms"), { 60000: 18 });
    await runBatch(plan, respondent, { ...quick, store });
    assertEquals(server.log.length, length);
  });
}

Deno.test("runBatch() uploads what runExperiment() would send, and only what the store lacks", async () => {
  const sent: string[] = [];
  const listening = scriptedRespondent((request) => {
    sent.push(JSON.stringify([request.messages, request.seed, request.schema?.name]));
    return '{"support": 4, "news": "tv"}';
  });
  await using server = await serveBatches(listening);
  const plan = planFor(6);
  await runBatch(plan, openAiRespondent({ ...server.connection, temperature: 1 }), quick);
  const inBatches = sent.splice(0).sort();
  assertEquals(JSON.parse(server.files.get("file-1")!.split("\n")[0]!).body.temperature, 1);
  await using live = await serveBatches(listening);
  const store = memoryStore();
  const stop = new AbortController();
  const stopAtThree = ({ done }: { done: number }) => done === 3 && stop.abort();
  const half = {
    store,
    concurrency: 1,
    signal: stop.signal,
    onProgress: stopAtThree,
  };
  // The server with batches passes no single calls on: half the plan is answered by another respondent of that identity.
  const respondent = openAiRespondent(live.connection);
  await runExperiment(plan, { ...listening, identity: () => respondent.identity() }, half);
  sent.splice(0);
  const answers = await runBatch(plan, respondent, { ...quick, store });
  assertEquals(sent.length, 3);
  assertEquals(sent.filter((each) => !inBatches.includes(each)), []);
  assertEquals(count(answers, "cached"), { true: 6, false: 6 });
});

Deno.test("a run that is stopped while it waits leaves its batch; the next one finds it and uploads nothing", async () => {
  let done = false;
  await using server = await serveBatches(subject, {
    end: () => ({ status: done ? "completed" : "in_progress", request_counts: { completed: 2, failed: 0 } }),
  });
  const plan = planFor(5);
  const stop = new AbortController();
  const seen: BatchProgress[] = [];
  const stopped = await runBatch(plan, openAiRespondent(server.connection), {
    ...quick,
    signal: stop.signal,
    onProgress: (progress) => seen.push(progress) === 3 && stop.abort(),
  });
  assertEquals(count(stopped, "status_detail"), { cut: 10 });
  assertEquals([seen.at(-1)!.done, seen.at(-1)!.total, seen.at(-1)!.batches[0]!.id], [2, 5, "batch_1"]);
  done = true;
  const answers = await runBatch(plan, openAiRespondent(server.connection), quick);
  assertEquals(count(answers, "status"), { answered: 10 });
  assertEquals(server.log.filter((each) => each.startsWith("POST")), ["POST /v1/files", "POST /v1/batches"]);
});

Deno.test("a process that is killed while it waits loses nothing: its batch is found, or named by its id", async () => {
  let done = false;
  let lists = true;
  await using server = await serveBatches(subject, {
    end: () => ({ status: done ? "completed" : "in_progress" }),
    intercept: ({ method, url }) =>
      !lists && method === "GET" && url.includes("/batches?")
        ? new Response("no", { status: 404 })
        : undefined,
  });
  const script = `${import.meta.dirname}/batch_waiter.ts`;
  const connection = JSON.stringify({ ...server.connection, apiKey: "k" });
  const args = ["run", "-A", "--no-check", script, connection];
  const child = new Deno.Command(Deno.execPath(), { args }).spawn();
  let ended = false;
  const status = child.status.then(() => ended = true);
  while (!server.log.includes("GET /v1/batches/batch_1")) {
    assert(!ended, "the process ended by itself");
    await new Promise((go) => setTimeout(go, 20));
  }
  child.kill("SIGKILL");
  await status;
  done = true;
  lists = false;
  const respondent = openAiRespondent(server.connection);
  const answers = await runBatch(planFor(4), respondent, { ...quick, batches: ["batch_1"] });
  assertEquals(count(answers, "status"), { answered: 8 });
  lists = true;
  assertEquals(rows(await runBatch(planFor(4), respondent, quick)), rows(answers));
  assertEquals(server.batches.length, 1);
});

Deno.test("single lines that fail, expire or are left out are rows with their reason; the next run asks them", async () => {
  let faulty = true;
  const faults = [
    { response: { status_code: 400, body: { error: { message: "too odd", code: "invalid" } } }, error: null },
    { response: null, error: { code: "batch_expired", message: "It could not be executed in time." } },
    {
      response: { status_code: 400, body: { error: { code: "content_filter", message: "no" } } },
      error: null,
    },
    { response: { status_code: 200, body: { object: "list" } }, error: null },
    null,
  ];
  const keys: string[] = [];
  await using server = await serveBatches(subject, {
    fault: (key) => faulty && keys.push(key) <= faults.length ? faults[keys.length - 1] : undefined,
    end: () => ({ status: "expired" }),
  });
  const store = memoryStore();
  const respondent = openAiRespondent(server.connection);
  const answers = await runBatch(planFor(8), respondent, { ...quick, store });
  assertEquals(count(answers, "status"), { failed: 8, refused: 2, answered: 6 });
  const reasons = [...new Set(answers.array("reason") as string[])].join("\n");
  for (
    const said of ["too odd", "could not be executed in time", "not a chat completion", "batch_1 is expired"]
  ) {
    assertStringIncludes(reasons, said);
  }
  faulty = false;
  assertEquals(count(await runBatch(planFor(8), respondent, { ...quick, store }), "status"), {
    answered: 16,
  });
  const second = server.files.get(server.batches[1]!.input_file_id)!.trim().split("\n");
  assertEquals(second.map((line) => JSON.parse(line).custom_id).sort(), keys.slice(0, 5).sort());
});

Deno.test("a batch that fails or is cancelled as a whole is rows that say why", async () => {
  const errors = { data: [{ code: "invalid_json_line", line: 3, message: "Line 3 is odd." }] };
  await using server = await serveBatches(subject, { end: () => ({ status: "failed", errors }) });
  const answers = await runBatch(planFor(3), openAiRespondent(server.connection), quick);
  assertEquals(count(answers, "status"), { failed: 6 });
  assertStringIncludes((answers.array("reason") as string[])[0]!, "batch batch_1 is failed: Line 3 is odd.");
});

Deno.test("what is turned down as too much at once is started again when another batch has ended", async () => {
  const tokens = { data: [{ code: "token_limit_exceeded", message: "Enqueued token limit reached." }] };
  let turn = 0;
  await using server = await serveBatches(subject, {
    end: ({ id }) =>
      id === "batch_1"
        ? { status: ++turn < 4 ? "in_progress" : "completed" }
        : turn < 4
        ? { status: "failed", errors: tokens }
        : { status: "completed" },
  });
  const answers = await runBatch(planFor(6), openAiRespondent(server.connection), {
    ...quick,
    mostRequests: 3,
  });
  assertEquals(count(answers, "status"), { answered: 12 });
  assertEquals([server.batches.length, server.files.size], [3, 4]);
});

Deno.test("a start without an answer is looked up before it is tried again: nothing is paid for twice", async () => {
  let lost = 0;
  let server: Awaited<ReturnType<typeof serveBatches>>;
  await using held = server = await serveBatches(subject, {
    intercept: (request) => {
      if (request.method !== "POST" || !request.url.endsWith("/batches") || lost++ > 0) return undefined;
      // The batch is made, and the answer lost on its way.
      const [input] = server.files.keys();
      (held.batches as unknown[]).push({
        id: "batch_1",
        status: "validating",
        input_file_id: input,
        metadata: study,
      });
      return new Response("gateway", { status: 502 });
    },
  });
  const study: { understudy?: string } = {};
  const plan = planFor(3);
  const { canonicalHash, requestKey } = await import("@understudy/understudy/core");
  const { composePrompt } = await import("@understudy/understudy/prompts");
  const respondent = openAiRespondent(held.connection);
  const identity = await respondent.identity();
  study.understudy = canonicalHash(
    (plan.trials.array("trial_id") as string[]).map((id) => requestKey(identity, composePrompt(plan, id))),
  );
  assertEquals(count(await runBatch(plan, respondent, quick), "status"), { answered: 6 });
  assertEquals([held.batches.length, lost], [1, 1]);
});

Deno.test("passing errors of the provider are waited out; lasting ones end the run with what came", async () => {
  let requests = 0;
  await using server = await serveBatches(subject, {
    intercept: () => ++requests % 3 === 0 ? new Response("busy", { status: 503 }) : undefined,
  });
  const answers = await runBatch(planFor(3), openAiRespondent(server.connection), quick);
  assertEquals(count(answers, "status"), { answered: 6 });
  await using closed = await serveBatches(subject, {
    intercept: () => new Response("key?", { status: 401 }),
  });
  const error = await assertRejects(
    () => runBatch(planFor(3), openAiRespondent(closed.connection), quick),
    RespondentError,
    "refuses the API key",
  );
  assertEquals((error.answers as Table).numRows(), 6);
  await using page = await serveBatches(subject, { intercept: () => new Response("<html>") });
  await assertRejects(
    () => runBatch(planFor(3), openAiRespondent(page.connection), quick),
    RespondentError,
    "does it offer batches?",
  );
});

Deno.test("lines of others, lines that are not JSON and endless lines are counted and left", async () => {
  const junk = `{"custom_id": "other"}\n[]\nnull\nnot json\n${"x".repeat(5 * 1024 * 1024)}\n\n`;
  await using server = await serveBatches(subject, { junk });
  let last: BatchProgress | undefined;
  const answers = await runBatch(planFor(3), openAiRespondent(server.connection), {
    ...quick,
    mostRequests: 2,
    onProgress: (progress) => void (last = progress),
  });
  assertEquals(count(answers, "status"), { answered: 6 });
  assertEquals(last!.ignored, 10);
  assertEquals([last!.done, last!.total, last!.statuses], [3, 3, { replied: 3 }]);
});

Deno.test("a download that breaks off is begun again, and one without an end is left", async () => {
  let [broken, counted] = [0, 0];
  await using server = await serveBatches(subject, {
    intercept: ({ url }) => {
      if (!url.endsWith("/content") || broken++ > 0) return undefined;
      const text = server.files.get(url.split("/").at(-2)!)!;
      const start = (controller: ReadableStreamDefaultController<Uint8Array>) => {
        controller.enqueue(new TextEncoder().encode(text.slice(0, text.length / 2)));
        setTimeout(() => controller.error(new Error("the line is cut")), 20);
      };
      return new Response(new ReadableStream({ start }));
    },
  });
  const onProgress = ({ ignored }: BatchProgress) => void (counted = ignored);
  const answers = await runBatch(planFor(6), openAiRespondent(server.connection), { ...quick, onProgress });
  assertEquals([count(answers, "status"), broken], [{ answered: 12 }, 2]);
  // Half a line came, and the lines before it a second time: they are the study's.
  assert(counted <= 1);
  const chunk = new TextEncoder().encode("x".repeat(1024 * 1024));
  let pulled = 0;
  await using endless = await serveBatches(subject, {
    intercept: ({ url }) =>
      !url.endsWith("/content") ? undefined : new Response(
        new ReadableStream({
          pull(controller) {
            pulled++;
            controller.enqueue(chunk);
          },
        }),
      ),
  });
  const none = await runBatch(planFor(2), openAiRespondent(endless.connection), quick);
  assertEquals(count(none, "status"), { failed: 4 });
  assert(pulled < 200, `${pulled} MB were sent`);
});

Deno.test("a line that is nested too deep to be read is one without an answer, and leaves the others", async () => {
  const [plan, respondent] = [planFor(3), openAiRespondent({ model: "m", baseURL: "http://127.0.0.1:9/v1" })];
  const folder = await Deno.makeTempDir();
  try {
    await writeBatch(plan, respondent, { file: `${folder}/in.jsonl` });
    const ids = (await Deno.readTextFile(`${folder}/in.jsonl`)).trim().split("\n")
      .map((line) => JSON.parse(line).custom_id);
    const deep = "[".repeat(1e6) + "]".repeat(1e6);
    const message = { content: '{"support": 4, "news": "tv"}' };
    const body = JSON.stringify({ choices: [{ message, finish_reason: "stop" }] });
    const line = (id: string, status: string, body: string) =>
      `{"custom_id": ${id}, "response": {"status_code": ${status}, "body": ${body}}}`;
    const [first, second, third] = ids.map((id) => `"${id}"`) as [string, string, string];
    const lines = [
      line(deep, "200", body),
      line(first, deep, body),
      line(second, "200", deep),
      line(third, "200", body),
    ];
    await Deno.writeTextFile(`${folder}/out.jsonl`, lines.join("\n"));
    const answers = await loadBatch(plan, respondent, { file: `${folder}/out.jsonl` });
    assertEquals(count(answers, "status"), { failed: 4, answered: 2 });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("runBatch() refuses questions in turn, and respondents without files", async () => {
  const respondent = openAiRespondent({ model: "m", baseURL: "http://127.0.0.1:9/v1" });
  await assertRejects(() => runBatch(planFor(2, "in turn"), respondent), RangeError, '"together" or "apart"');
  await assertRejects(() => runBatch(planFor(2), subject), TypeError, "openAiRespondent");
});

Deno.test("writeBatch() and loadBatch() go by files alone, several where one is not enough", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const plan = planFor(5);
    const respondent = openAiRespondent({ model: "scripted", baseURL: "http://127.0.0.1:9/v1" });
    const files = await writeBatch(plan, respondent, { file: `${folder}/in.jsonl`, mostRequests: 2 });
    assert(files.numRows() > 1);
    assertEquals((files.array("requests") as number[]).reduce((a, b) => a + b), 5);
    assertEquals(files.get("file", 1), `${folder}/in_2.jsonl`);
    for (const [at, file] of (files.array("file") as string[]).entries()) {
      assertEquals((await Deno.stat(file)).size, files.get("bytes", at));
    }
    const lines = (await Promise.all((files.array("file") as string[]).map((file) =>
      Deno.readTextFile(file)
    )))
      .join("").trim().split("\n").map((line) => JSON.parse(line));
    assertEquals(Object.keys(lines[0]), ["custom_id", "method", "url", "body"]);
    // The form of vLLM's run-batch: a failure has no body, its error stands beside.
    const out = lines.map(({ custom_id }, at) =>
      at === 2
        ? {
          id: "vllm-1",
          custom_id,
          response: { status_code: 400, request_id: "r", body: null },
          error: { object: "error", message: "This model's maximum context length is 10.", code: 400 },
        }
        : {
          id: "vllm-2",
          custom_id,
          response: {
            status_code: 200,
            request_id: "r",
            body: {
              model: "scripted",
              choices: [{ message: { content: '{"support": 2, "news": "web"}' }, finish_reason: "stop" }],
              usage: { prompt_tokens: 7, completion_tokens: 3 },
            },
          },
          error: null,
        }
    );
    const store = memoryStore();
    const [first, second] = [`${folder}/a.jsonl`, `${folder}/b.jsonl`];
    await Deno.writeTextFile(first, out.slice(0, 2).map((each) => JSON.stringify(each)).join("\n"));
    await Deno.writeTextFile(second, `${JSON.stringify(out[2])}\r\n${JSON.stringify(out[3])}\r\n`);
    const answers = await loadBatch(plan, respondent, { file: [second, first], store });
    assertEquals(count(answers, "status"), { answered: 6, failed: 4 });
    assertEquals(await store.count(), 3);
    const reasons = [...new Set(answers.array("reason") as string[])].join("\n");
    assertStringIncludes(reasons, "maximum context length is 10");
    assertStringIncludes(reasons, "no line in");
    const rest = await writeBatch(plan, respondent, { file: `${folder}/rest.jsonl`, store });
    assertEquals(rest.objects().map((row) => Object.values(row).slice(0, 2)), [[`${folder}/rest.jsonl`, 2]]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
