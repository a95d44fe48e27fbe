/**
 * How many calls a second a run makes beside bare `fetch`, in the same minute, against a server in another process; how
 * many requests a rate limit costs; how much memory a call takes.
 *
 * @module
 */
import process from "node:process";
import OpenAI from "openai";
import { type Plan, tableOf } from "@understudy/understudy/core";
import { assignTreatments, declareDesign } from "@understudy/understudy/designs";
import { likert, yesNo } from "@understudy/understudy/items";
import { composePrompt } from "@understudy/understudy/prompts";
import {
  ask,
  assignGroups,
  declareProtocol,
  responding,
  rounds,
  say,
  tell,
  treatment,
} from "@understudy/understudy/protocols";
import { openAiRespondent, scriptedRespondent } from "@understudy/understudy/respondents";
import { planExperiment, runExperiment } from "@understudy/understudy/runner";
import { sqliteStore } from "@understudy/understudy/store";
import { declareTreatments } from "@understudy/understudy/treatments";

const inFlight = 256;

/** A plan of so many calls, a persona each. */
export function planOf(calls: number): Plan {
  const design = declareDesign({
    treatments: declareTreatments({ control: "It is quiet.", threat: "Troops cross the border." }),
    items: [likert("support", "Do you support it?", { points: 7 }), yesNo("fear", "Are you afraid?")],
    stated: ["age", "party"],
    assignment: "simple",
  });
  const rows = Array.from({ length: calls }, (_, i) => i);
  const personas = tableOf({
    persona_id: rows.map((i) => `p${i}`),
    weight: rows.map(() => 1),
    age: rows.map((i) => 18 + i % 70),
    party: rows.map((i) => i % 2 ? "Left" : "Right"),
  });
  return planExperiment(assignTreatments(personas, design, { seed: 1 }), design, { seed: 1 });
}

interface ModelServer {
  readonly baseURL: string;
  readonly requests: () => Promise<number>;
  readonly stop: () => Promise<void>;
}

/** A model's server in a process of its own. */
export async function startServer(...args: number[]): Promise<ModelServer> {
  const file = new URL("./model_server.ts", import.meta.url).pathname;
  const process = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", file, ...args.map(String)],
    stdout: "piped",
  }).spawn();
  const reader = process.stdout.getReader();
  const baseURL = new TextDecoder().decode((await reader.read()).value).trim();
  reader.releaseLock();
  return {
    baseURL,
    requests: async () => Number(await (await fetch(baseURL)).text()),
    async stop() {
      process.kill();
      await process.stdout.cancel();
      await process.status;
    },
  };
}

async function inWorkers(count: number, work: (index: number) => Promise<unknown>): Promise<void> {
  let next = 0;
  const worker = async () => {
    while (next < count) await work(next++);
  };
  await Promise.all(Array.from({ length: inFlight }, worker));
}

type Runner = (plan: Plan, baseURL: string) => Promise<void>;

/** The bodies of a plan's requests, composed before the time runs. */
function bodiesOf(plan: Plan): { model: string; messages: { role: "user"; content: string }[] }[] {
  const ids = plan.trials.array("trial_id") as string[];
  return ids.map((id) => ({
    model: "bench",
    messages: [...composePrompt(plan, id).messages] as { role: "user"; content: string }[],
  }));
}

const runners: { [name: string]: (plan: Plan) => Runner } = {
  "bare fetch": (plan) => {
    const bodies = bodiesOf(plan);
    return (_, baseURL) =>
      inWorkers(bodies.length, async (i) => {
        const response = await fetch(`${baseURL}/chat/completions`, {
          method: "POST",
          headers: { "content-type": "application/json" },
          body: JSON.stringify(bodies[i]),
        });
        await response.json();
      });
  },
  "openai, 256 workers": (plan) => {
    const bodies = bodiesOf(plan);
    return (_, baseURL) => {
      const client = new OpenAI({ baseURL, apiKey: "none", maxRetries: 0 });
      return inWorkers(bodies.length, (i) => client.chat.completions.create(bodies[i]!));
    };
  },
  "runExperiment, in memory": () => async (plan, baseURL) => {
    const model = openAiRespondent({ model: "bench", baseURL });
    await runExperiment(plan, model, { concurrency: inFlight });
  },
  "runExperiment, kept in SQLite": () => async (plan, baseURL) => {
    const folder = await Deno.makeTempDir();
    const store = sqliteStore(`${folder}/bench.db`);
    await runExperiment(plan, openAiRespondent({ model: "bench", baseURL }), {
      concurrency: inFlight,
      store,
    });
    if (await store.count() !== plan.trials.numRows()) throw new Error("replies are missing");
    await store.close();
    await Deno.remove(folder, { recursive: true });
  },
};

function print(text: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${text}\n`));
}

async function compareThroughput(latencyMs: number, calls: number, rounds: number): Promise<void> {
  const plan = planOf(calls);
  const server = await startServer(latencyMs);
  const ready = Object.entries(runners).map(([name, make]) => ({
    name,
    run: make(plan),
    best: Infinity,
    cpu: Infinity,
  }));
  for (let round = 0; round <= rounds; round++) {
    for (const one of ready) {
      const started = performance.now();
      const used = process.cpuUsage();
      await one.run(plan, server.baseURL);
      // The first round warms up.
      if (round === 0) continue;
      const { user, system } = process.cpuUsage(used);
      one.best = Math.min(one.best, performance.now() - started);
      one.cpu = Math.min(one.cpu, (user + system) / calls);
    }
  }
  await server.stop();
  for (const { name, best, cpu } of ready) {
    const share = Math.round(100 * ready[0]!.best / best);
    const rate = `${Math.round(1000 * calls / best)}/s, ${share}% of fetch`;
    print(`${latencyMs} ms, ${calls} calls: ${name}: ${rate}, ${Math.round(cpu)} µs of processor a call`);
  }
}

async function meetRateLimit(perSecond: number, calls: number): Promise<void> {
  const plan = planOf(calls);
  for (const concurrency of [8, 32, 64, 256]) {
    const server = await startServer(0, perSecond);
    const started = performance.now();
    const answers = await runExperiment(plan, openAiRespondent({ model: "bench", baseURL: server.baseURL }), {
      concurrency,
    });
    const seconds = (performance.now() - started) / 1000;
    const lost = (answers.array("status") as string[]).filter((status) => status === "failed").length / 2;
    const each = await server.requests() / calls;
    await server.stop();
    print(
      `${perSecond} calls/s, concurrency ${concurrency}: ${calls} calls in ${
        seconds.toFixed(1)
      } s, ${lost} lost, ${each.toFixed(2)} requests a call`,
    );
  }
}

async function measureMemory(calls: number): Promise<void> {
  const collect = (globalThis as { gc?: () => void }).gc ?? (() => {});
  const held = () => {
    collect();
    const { heapUsed, external } = Deno.memoryUsage();
    return heapUsed + external;
  };
  const plan = planOf(calls);
  const before = held();
  let [done, most] = [0, before];
  const answers = await runExperiment(plan, scriptedRespondent(() => '{"support": 4, "fear": "no"}'), {
    onProgress: () => {
      if (++done === calls) most = held();
    },
  });
  const [run, table] = [most - before, held() - before].map((bytes) => Math.round(bytes / calls));
  print(
    `${calls} calls: ${run} bytes a call at the end of the run, ${table} as a table of ${answers.numRows()} rows`,
  );
}

/** Discussions of four in 15 turns, and as many calls of lone subjects, against the same server in the same minute. */
async function compareSessions(sessions: number): Promise<void> {
  const rows = Array.from({ length: 4 * sessions }, (_, i) => i);
  const personas = tableOf({ persona_id: rows.map((i) => `p${i}`), age: rows.map((i) => 18 + i % 70) });
  const design = declareDesign({
    treatments: declareTreatments({ control: "It is quiet.", threat: "Troops cross the border." }),
    stated: ["age"],
    clusters: "session",
    protocol: declareProtocol({
      steps: [
        tell(treatment()),
        rounds(15, [say({ order: responding(0.4), turns: 1 })]),
        ask([likert("support", "Do you support it?", { points: 7 })]),
      ],
    }),
  });
  const assigned = assignTreatments(assignGroups(personas, { size: 4, seed: 1 }), design, { seed: 1 });
  const planned = performance.now();
  const plan = planExperiment(assigned, design, { seed: 1 });
  print(`a plan of ${sessions} sessions of 4: ${Math.round(performance.now() - planned)} ms`);
  const calls = 19 * sessions;
  const server = await startServer();
  const model = openAiRespondent({ model: "bench", baseURL: server.baseURL });
  for (const [name, own] of [["lone subjects", planOf(calls)], ["sessions", plan]] as const) {
    const started = performance.now();
    await runExperiment(own, model, { concurrency: inFlight });
    const rate = Math.round(1000 * calls / (performance.now() - started));
    print(`${name}: ${calls} calls, ${rate}/s, ${Math.round(Deno.memoryUsage().rss / 1e6)} MB`);
  }
  await server.stop();
}

/** Runs all comparisons; `deno task bench throughput` does these alone. */
export async function compareRuns(): Promise<void> {
  await compareThroughput(0, 5000, 3);
  await compareThroughput(200, 5120, 1);
  await compareSessions(1000);
  await meetRateLimit(20, 200);
  for (const calls of [10_000, 100_000]) await measureMemory(calls);
}
