/**
 * Several machines on one plan: a worker of a queue (pg-boss) on PostgreSQL.
 *
 * @module
 */
import { checkText } from "../core/checks.ts";
import type { Plan } from "../core/experiment.ts";
import { canonicalHash } from "../core/hash.ts";
import { readOptions, required, rule, type RulesFor } from "../core/options.ts";
import type { Respondent, Store } from "../core/respondent.ts";
import { columnOf, type Table, tableOf } from "../core/table.ts";
import { checkPlan, trialCalls } from "../prompts/compose_prompt.ts";
import { JobQueue, type TrialJob } from "../store/job_queue.ts";
import { postgresStore } from "../store/postgres_store.ts";
import { askTrials, type TrialSettings } from "./ask_trials.ts";
import { type CallerOptions, callerRules, OpenCalls, requireRespondent } from "./caller.ts";
import { describeRun, keepTally, RunTally } from "./describe_run.ts";
import { lookUpCalls } from "./look_up_calls.ts";

/** Options of {@linkcode runWorker}. */
export interface RunWorkerOptions extends Omit<CallerOptions, "store"> {
  /** The database of queue and store, such as `postgres://lab@host:5432/study`. */
  url: string;
  /**
   * The schema of the store; the queue's has `_queue` after it.
   * @default {"understudy"}
   */
  schema?: string;
}

const action = "run a worker";

const { store: _, ...callRules } = callerRules;

const rules = {
  ...callRules,
  url: required<string>(checkText),
  schema: rule<string, string>(checkText, "understudy"),
} satisfies RulesFor<RunWorkerOptions>;

/**
 * Works on a plan together with any number of other workers, on this machine or others, until nothing of it is left.
 *
 * All are given the same plan, respondent and database. Whoever comes first puts the trials that the store lacks into the
 * queue; each worker takes some, asks, and keeps the replies in `postgresStore(url)`. A trial may be taken twice, as where
 * a worker was lost for half a minute and comes back; its calls are asked once all the same, as the store lends each key
 * to one worker at a time. The trials of a worker that was killed go to the others. At the end, on any machine,
 * `runExperiment(plan, respondent, { store: postgresStore(url) })` gives the answers, and asks what failed.
 *
 * @param plan from `planExperiment`
 * @param respondent who answers
 * @param options see {@linkcode RunWorkerOptions} (defaults there)
 * @returns how the worker's own calls went, as from `describeRun`
 * @throws {StoreError} if the database cannot be used
 * @throws {RespondentError} if the respondent cannot answer at all; its trials go to the other workers
 * @example
 * ```ts ignore
 * import { runWorker } from "@understudy/understudy/runner/worker";
 *
 * await runWorker(plan, openAiRespondent({ model: "…" }), { url: "postgres://lab@host:5432/study" });
 * ```
 */
export async function runWorker(
  plan: Plan,
  respondent: Respondent,
  options: RunWorkerOptions,
): Promise<Table> {
  checkPlan(action, plan);
  requireRespondent(action, respondent);
  const { url, schema, ...settings } = readOptions(action, options, rules);
  const store = postgresStore(url, { schema });
  const tally = new RunTally();
  try {
    // The store is used first: its errors say what to do.
    await store.count();
    const queue = await JobQueue.open(url, await queueName(plan, respondent), `${schema}_queue`);
    try {
      if (!await queue.isOpen()) await fill(queue, plan, respondent, store);
      const calls = new OpenCalls(respondent, { ...settings, store });
      const [started, { now }] = [settings.now(), settings];
      const trials = { plan, calls, tally, askAgain: [], attempts: 1, stopWhen: undefined };
      await drain(queue, settings.concurrency, { ...trials, elapsedMs: () => now() - started });
      if (calls.failure !== undefined) throw calls.failure;
    } finally {
      await queue.close();
    }
  } finally {
    await store.close();
  }
  const own = tableOf({ arm: [], trial_id: [], status: [] });
  keepTally(own, tally);
  return describeRun(own);
}

/** Adds the trials of which the store lacks a reply. */
async function fill(queue: JobQueue, plan: Plan, respondent: Respondent, store: Store): Promise<void> {
  const missing = new Set<number>();
  for await (const { trial, isKept } of lookUpCalls(plan, await respondent.identity(), store)) {
    if (!isKept) missing.add(trial);
  }
  await queue.add([...missing]);
}

/** Takes trials and asks them, until none is left or the calls are stopped. */
async function drain(queue: JobQueue, concurrency: number, settings: TrialSettings): Promise<void> {
  const { calls } = settings;
  const underWay = new Set<number>();
  let [waiting, taken, isOver]: [TrialJob[], Promise<void> | undefined, boolean] = [[], undefined, false];
  // So many are taken as half a second needs: what is held is not another's.
  let [pace, since, done] = [concurrency, performance.now(), 0];
  const take = async (): Promise<void> => {
    const passed = performance.now() - since;
    if (done > 0) pace = Math.max(concurrency, Math.round(500 * done / passed));
    [since, done] = [performance.now(), 0];
    const jobs = await queue.take(pace);
    if (jobs.length > 0) waiting = waiting.concat(jobs);
    else if (underWay.size === 0 && !await queue.isOpen()) isOver = true;
    else await new Promise((resolve) => setTimeout(resolve, 250));
  };
  const work = async (): Promise<void> => {
    while (!isOver && !calls.signal.aborted) {
      const job = waiting.shift();
      if (waiting.length < concurrency) {
        taken ??= take().catch((error) => calls.end(error)).finally(() => taken = undefined);
      }
      if (job === undefined) {
        await taken;
        continue;
      }
      // A job that came back while it is worked on is left to those who have it.
      if (underWay.has(job.trial)) continue;
      underWay.add(job.trial);
      const [records] = await askTrials([job.trial], settings);
      underWay.delete(job.trial);
      if (records!.every(({ kind }) => kind !== "stopped")) queue.finish(job);
      done++;
    }
  };
  await Promise.all(Array.from({ length: concurrency }, work));
  await taken;
}

/** The same for all who work on the same plan with the same respondent. */
async function queueName(plan: Plan, respondent: Respondent): Promise<string> {
  const arms = columnOf<string>(plan.trials, "arm");
  const first = [...new Set(arms)].map((arm) => trialCalls(plan, arms.indexOf(arm))[0]!.request([]));
  const trials = ["trial_id", "seed"].map((name) => columnOf(plan.trials, name));
  return `study-${canonicalHash([await respondent.identity(), first, trials]).slice(0, 24)}`;
}
