/**
 * Several machines on one plan: a worker of a queue (pg-boss) on PostgreSQL.
 *
 * @module
 */
import { cannot } from "../core/errors.ts";
import { checkText } from "../core/checks.ts";
import type { Plan } from "../core/experiment.ts";
import { canonicalHash } from "../core/hash.ts";
import { readOptions, required, rule, type RulesFor } from "../core/options.ts";
import type { Respondent, Store } from "../core/respondent.ts";
import { columnOf, type Table } from "../core/table.ts";
import { checkPlan, trialCalls, waitsForReplies } from "../prompts/compose_prompt.ts";
import { JobQueue, type TrialJob } from "../store/job_queue.ts";
import { postgresStore } from "../store/postgres_store.ts";
import { askTrials, type TrialSettings } from "./ask_trials.ts";
import { type CallerOptions, callerRules, OpenCalls, requireRespondent } from "./caller.ts";
import { describeTally, RunTally } from "./describe_run.ts";
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
 * queue; each worker takes some, asks, and keeps the replies in `postgresStore(url)`, which lends each call to one worker at
 * a time: no call is answered twice. A worker that is killed, or says nothing for half a minute, loses its trials to the
 * others; they ask again what was under way and was not kept. At the end, on any machine,
 * `runExperiment(plan, respondent, { store: postgresStore(url) })` gives the answers, and asks what failed. One worker on
 * two cores, beside its database, made between 1,700 and 4,500 calls a second to a respondent that takes no time.
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
  if (plan.design.conversation === "one") {
    const rule = 'be "separate": run arms that are one conversation by runExperiment';
    throw new RangeError(cannot(action, "plan.design.conversation", rule, "one"));
  }
  const store = postgresStore(url, { schema });
  const tally = new RunTally();
  try {
    // The store is used first: its errors say what to do.
    const isNew = await store.count() === 0;
    const queue = await JobQueue.open(url, await queueName(plan, respondent), `${schema}_queue`);
    try {
      if (!await queue.isOpen()) {
        await queue.add(isNew ? [...plan.trials.indices()] : await missingTrials(plan, respondent, store));
      }
      const calls = new OpenCalls(respondent, { ...settings, store: lookLater(store) });
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
  return describeTally(tally);
}

/**
 * A store that looks for a reply only where its key cannot be taken: what is in the queue was missing, and a key whose reply
 * came since is not lent.
 */
function lookLater(store: Store): Store {
  const refused = new Set<string>();
  return {
    name: store.name,
    get: (key) => refused.has(key) ? store.get(key) : Promise.resolve(undefined),
    put: (reply) => store.put(reply),
    async claim(key, lease) {
      const isTaken = await store.claim!(key, lease);
      if (!isTaken) refused.add(key);
      return isTaken;
    },
    release: (key, holder) => store.release!(key, holder),
    list: () => store.list(),
    count: () => store.count(),
    close: () => store.close(),
  };
}

/** The trials of which the store lacks a reply. */
async function missingTrials(plan: Plan, respondent: Respondent, store: Store): Promise<number[]> {
  const missing = new Set<number>();
  for await (const { trial, isKept } of lookUpCalls(plan, await respondent.identity(), store)) {
    // Whether the questions after the first were answered is found out as they are asked.
    if (!isKept || waitsForReplies(plan.design)) missing.add(trial);
  }
  return [...missing];
}

/** Takes trials and asks them, until none is left or the calls are stopped. */
async function drain(queue: JobQueue, concurrency: number, settings: TrialSettings): Promise<void> {
  const { calls } = settings;
  // Of each job, its trials that are not done.
  const open = new Map<string, Set<number>>();
  let [waiting, taken, isOver] = [[] as [TrialJob, number][], undefined as Promise<void> | undefined, false];
  // So much is taken as half a second needs: what is held is not another's.
  let [pace, since, done] = [1, performance.now(), 0];
  const take = async (): Promise<void> => {
    if (done > 0) pace = Math.round(500 * done / (performance.now() - since));
    [since, done] = [performance.now(), 0];
    // A job that came back while it is worked on is left to those who have it.
    const jobs = (await queue.take(Math.max(pace, Math.ceil(concurrency / 10)))).filter(({ id }) =>
      !open.has(id)
    );
    for (const job of jobs) open.set(job.id, new Set(job.trials));
    waiting = waiting.concat(
      jobs.flatMap((job) => job.trials.map((trial): [TrialJob, number] => [job, trial])),
    );
    if (waiting.length > 0) return;
    isOver = open.size === 0 && !await queue.isOpen();
    if (!isOver) await new Promise((resolve) => setTimeout(resolve, 250));
  };
  const work = async (): Promise<void> => {
    while (!isOver && !calls.signal.aborted) {
      const next = waiting.shift();
      if (waiting.length < concurrency) {
        taken ??= take().catch((error) => calls.end(error)).finally(() => taken = undefined);
      }
      if (next === undefined) {
        await taken;
        continue;
      }
      const [job, trial] = next;
      const [asked] = await askTrials([[trial]], settings);
      if (asked!.isStopped) continue;
      const left = open.get(job.id)!;
      left.delete(trial);
      if (left.size > 0) continue;
      open.delete(job.id);
      queue.finish(job);
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
