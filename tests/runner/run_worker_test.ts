import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { columnOf, RespondentError } from "@understudy/understudy/core";
import { scriptedRespondent } from "@understudy/understudy/respondents";
import { runExperiment } from "@understudy/understudy/runner";
import { runWorker } from "@understudy/understudy/runner/worker";
import { postgresStore } from "@understudy/understudy/store/postgres";
import { hasPostgres, sharedPostgres, testPassword } from "../support/postgres.ts";
import { planFor } from "./batch_plan.ts";

const reply = '{"support": 4, "news": "tv"}';
const never = scriptedRespondent(() => {
  throw new RespondentError("asked again", { kind: "bad_request", transient: false });
});

function postgresTest(name: string, test: (url: string) => Promise<void>): void {
  Deno.test({ name, ignore: !hasPostgres, fn: async () => test((await sharedPostgres()).url) });
}

/** Who asked what, as the respondents of workers tell it. */
function countAsked(): AsyncDisposable & { url: string; asked: string[] } {
  const asked: string[] = [];
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: () => {} }, async (request) => {
    asked.push(await request.text());
    return new Response("");
  });
  return {
    url: `http://127.0.0.1:${server.addr.port}`,
    asked,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

const root = new URL("../../", import.meta.url).pathname;

function startWorker(url: string, environment: { [name: string]: string }): Deno.ChildProcess {
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", `${root}worker.ts`, "tests/runner/worker_study.ts", "--url", url],
    cwd: root,
    env: environment,
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

postgresTest("runWorker() asks what the store lacks, once, and leaves the answers there", async (url) => {
  const plan = planFor(30);
  let calls = 0;
  const respondent = scriptedRespondent(() => {
    calls++;
    return reply;
  });
  const options = { url, schema: "worker_a" };
  const runs = await Promise.all([
    runWorker(plan, respondent, options),
    runWorker(plan, respondent, options),
    runWorker(plan, respondent, { ...options, concurrency: 2 }),
  ]);
  assertEquals(calls, 30);
  const told = runs.map((run) => run.objects().at(-1) as { calls: number; answered: number });
  assertEquals(told.reduce((sum, { answered }) => sum + answered, 0), 30);
  const again = await runWorker(plan, respondent, options);
  assertEquals([calls, (again.objects().at(-1) as { calls: number }).calls], [30, 0]);
  const store = postgresStore(url, { schema: "worker_a" });
  const silent = { ...never, identity: () => respondent.identity() };
  const answers = await runExperiment(plan, silent, { store });
  await store.close();
  assertEquals(new Set(columnOf(answers, "status")), new Set(["answered"]));
  assertEquals(new Set(columnOf(answers, "cached")), new Set([true]));
});

postgresTest(
  "the calls of a worker that is killed go to another, and none is answered twice",
  async (url) => {
    await using counter = countAsked();
    const environment = { WORKER_COUNTER: counter.url, WORKER_DELAY_MS: "60", WORKER_PERSONAS: "60" };
    const lost = startWorker(url, environment);
    while (counter.asked.length < 10) await new Promise((go) => setTimeout(go, 10));
    lost.kill("SIGKILL");
    await Promise.all([lost.stdout.cancel(), lost.stderr.cancel(), lost.status]);
    const { sql } = await sharedPostgres();
    const open = "SELECT count(*) FROM understudy_queue.job WHERE state = 'active'";
    assert(Number(await sql(open)) > 0);
    // Half a minute passes: for the queue, and for the keys that the lost worker had taken.
    await sql(
      "UPDATE understudy_queue.job SET heartbeat_on = heartbeat_on - interval '1 minute' WHERE state = 'active'",
    );
    await sql("UPDATE understudy.leases SET until = until - interval '1 minute'");
    const before = counter.asked.length;
    const [one, two] = await Promise.all(
      [1, 2].map(async () => await startWorker(url, environment).output()),
    );
    const said = [one, two].map((each) => new TextDecoder().decode(each!.stdout)).join("");
    assertStringIncludes(said, "calls usable");
    assertEquals(await sql("SELECT count(*) FROM understudy.replies"), "60\n");
    // What was under way when the worker was killed is asked again, and nothing else.
    const seeds = counter.asked.map((each) => each.split(" ")[1]);
    assertEquals(new Set(seeds).size, 60);
    assert(seeds.length - 60 <= 4, `${seeds.length} asked, ${before} before`);
  },
);

postgresTest(
  "a worker that is stopped gives its trials back at once; one that fails says why",
  async (url) => {
    const plan = planFor(12);
    const stop = new AbortController();
    let calls = 0;
    const respondent = scriptedRespondent(() => {
      if (++calls === 3) stop.abort();
      return reply;
    });
    const options = { url, schema: "worker_b", concurrency: 2 };
    await runWorker(plan, respondent, { ...options, signal: stop.signal });
    const left = calls;
    assert(left < 12);
    await runWorker(plan, respondent, options);
    assertEquals(calls, 12);
    const refused = scriptedRespondent(() => {
      throw new RespondentError("the key is refused", { kind: "unauthorized", transient: false });
    }, { name: "another" });
    await assertRejects(() => runWorker(plan, refused, options), RespondentError, "the key is refused");
  },
);

postgresTest("calls that failed are asked by the next worker", async (url) => {
  const plan = planFor(6);
  let calls = 0;
  const respondent = scriptedRespondent(() => {
    if (++calls === 2) throw new RespondentError("too long", { kind: "context", transient: false });
    return reply;
  });
  const options = { url, schema: "worker_c", concurrency: 1 };
  const run = await runWorker(plan, respondent, options);
  assertEquals((run.objects().at(-1) as { failed: number }).failed, 1);
  await runWorker(plan, respondent, options);
  assertEquals(calls, 7);
});

Deno.test("runWorker() says what is wrong with the database, without its password", async () => {
  const url = `postgres://lab:${testPassword}@127.0.0.1:9/study`;
  const error = await assertRejects(() => runWorker(planFor(2), never, { url }), Error, "cannot be reached");
  assertEquals(error.message.includes(testPassword), false);
});
