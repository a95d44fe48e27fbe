import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { columnOf, RespondentError } from "@understudy/understudy/core";
import { openAiRespondent, scriptedRespondent } from "@understudy/understudy/respondents";
import { loadRunLog, runBatch, runExperiment, runLog } from "@understudy/understudy/runner";
import { memoryStore } from "@understudy/understudy/store";
import { serveBatches } from "../support/batch_server.ts";
import { serveFaulty } from "../support/faulty_server.ts";
import { planFor } from "./batch_plan.ts";

const reply = '{"support": 4, "news": "tv"}';

async function inFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await work(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("runLog() writes each request, reply, retry, limit and failure as a line that any program reads", async () => {
  await inFolder(async (folder) => {
    const path = `${folder}/logs/run.jsonl`;
    const kinds: RespondentError[] = [
      new RespondentError("busy", { kind: "server", transient: true, status: 500 }),
      new RespondentError("slow down", {
        kind: "rate_limited",
        transient: true,
        retryAfterMs: 20,
        status: 429,
      }),
      new RespondentError("too long", { kind: "context", transient: false, status: 400 }),
    ];
    const respondent = scriptedRespondent(() => {
      const error = kinds.shift();
      if (error !== undefined) throw error;
      return reply;
    });
    const store = memoryStore();
    const options = { store, concurrency: 1, delay: () => Promise.resolve() };
    {
      using log = runLog(path);
      await runExperiment(planFor(3), respondent, { ...options, onEvent: log });
    }
    {
      using log = runLog(path);
      await runExperiment(planFor(3), respondent, { ...options, onEvent: log });
    }
    const lines = (await Deno.readTextFile(path)).trimEnd().split("\n").map((line) => JSON.parse(line));
    for (const line of lines) assertMatch(line.at, /^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
    assertEquals([lines[0].kind, lines[0].deno, lines[0].understudy], ["run", Deno.version.deno, "0.1.0"]);
    assertEquals(lines[0].packages.openai.startsWith("npm:openai@"), true);
    assert(lines[0].commit === null || /^[0-9a-f]{40}$/.test(lines[0].commit));
    const counts: { [kind: string]: number } = {};
    for (const { kind } of lines) counts[kind] = (counts[kind] ?? 0) + 1;
    // Asked: five in the first run (three calls, two of them again), one in the second, as two were stored.
    assertEquals([counts.run, counts.asked, counts.failed, counts.reply, counts.retry], [2, 6, 1, 5, 1]);
    assert(counts.limited! >= 1);
    const table = await loadRunLog(path);
    assertEquals(table.numRows(), lines.length);
    assertEquals(columnOf(table, "kind"), lines.map(({ kind }) => kind));
    const rows = table.objects() as { [name: string]: unknown }[];
    const retry = rows.find(({ kind }) => kind === "retry")!;
    assertEquals([retry.reason, retry.error_kind, retry.http_status, retry.attempt], [
      "busy",
      "server",
      500,
      1,
    ]);
    const failed = rows.find(({ kind }) => kind === "failed")!;
    assertEquals([failed.reason, failed.error_kind], ["too long", "context"]);
    const cached = rows.filter((row) => row.kind === "reply" && row.cached === true);
    assertEquals(cached.length, 2);
    const first = rows.find(({ kind }) => kind === "asked")!;
    assertEquals(JSON.parse(first.messages as string)[0].role, "system");
    assertEquals(JSON.parse(cached[0]!.messages as string).length, 2);
    assertEquals([cached[0]!.text, cached[0]!.finish_reason, cached[0]!.wait_ms], [reply, "stop", null]);
  });
});

Deno.test("runLog() never holds the key, also where an endpoint says it", async () => {
  await inFolder(async (folder) => {
    const apiKey = "sk-secret-0123456789abcdef";
    let calls = 0;
    await using server = await serveFaulty(scriptedRespondent(`{"support": 4, "news": "tv"} ${apiKey}`), {
      apiKey,
      faults: () => ++calls === 1 ? { status: 500, body: `Your key ${apiKey} is odd` } : undefined,
    });
    const respondent = openAiRespondent({ ...server.connection, apiKey });
    using log = runLog(`${folder}/run.jsonl`);
    await runExperiment(planFor(2), respondent, { onEvent: log, delay: () => Promise.resolve() });
    const text = await Deno.readTextFile(`${folder}/run.jsonl`);
    assertEquals([text.includes(apiKey), text.includes("is odd")], [false, true]);
  });
});

Deno.test("a process that is killed tears at most the last line of its log, and a line that is torn or no JSON is a row", async () => {
  await inFolder(async (folder) => {
    const path = `${folder}/run.jsonl`;
    const script = `${import.meta.dirname}/log_writer.ts`;
    const child = new Deno.Command(Deno.execPath(), { args: ["run", "-A", "--no-check", script, path] })
      .spawn();
    while ((await Deno.stat(path).catch(() => ({ size: 0 }))).size < 20_000) {
      await new Promise((go) => setTimeout(go, 10));
    }
    child.kill("SIGKILL");
    await child.status;
    const text = await Deno.readTextFile(path);
    // The system may be stopped in the middle of the last.
    for (const line of text.split("\n").slice(0, -1)) JSON.parse(line);
    await Deno.writeTextFile(path, text.slice(0, text.lastIndexOf("\n") + 1));
    await Deno.writeTextFile(path, 'null\n["kind"]\n{"kind": "reply", "at": "20', { append: true });
    runLog(path).close();
    const kinds = columnOf(await loadRunLog(path), "kind");
    assertEquals(kinds.slice(-4), ["unreadable", "unreadable", "unreadable", "run"]);
    await assertRejects(() => loadRunLog(`${folder}/none.jsonl`), Deno.errors.NotFound);
  });
});

Deno.test("runBatch() tells its log what was asked and what came", async () => {
  await inFolder(async (folder) => {
    const path = `${folder}/run.jsonl`;
    let spoilt = 0;
    await using server = await serveBatches(scriptedRespondent(reply), {
      fault: () => ++spoilt === 1 ? { response: { status_code: 400, body: { error: "no" } } } : undefined,
    });
    using log = runLog(path);
    const quick = { delay: () => Promise.resolve(), onEvent: log };
    await runBatch(planFor(3), openAiRespondent(server.connection), quick);
    const kinds = columnOf<string>(await loadRunLog(path), "kind");
    assertEquals(kinds.toSorted(), ["asked", "asked", "asked", "failed", "reply", "reply", "run"]);
  });
});
