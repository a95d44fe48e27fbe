// A study for `worker.ts`: its respondent says what it was asked to a counting server.
import { scriptedRespondent } from "@understudy/understudy/respondents";
import { planFor } from "./batch_plan.ts";

const [counter, delay, size] = ["WORKER_COUNTER", "WORKER_DELAY_MS", "WORKER_PERSONAS"].map((name) =>
  Deno.env.get(name)
);

/** The plan that all workers share. */
export const plan = planFor(Number(size));

/** Answers by its seed, after a while. */
export const respondent = scriptedRespondent(async ({ seed = 0 }) => {
  await (await fetch(counter!, { method: "POST", body: `${Deno.pid} ${seed}` })).body?.cancel();
  await new Promise((go) => setTimeout(go, Number(delay)));
  return JSON.stringify({ support: 1 + seed % 7, news: "tv" });
}, { name: "worker study" });

export const options = { concurrency: 4 };
