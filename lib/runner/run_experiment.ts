import { breather } from "../core/breather.ts";
import { type AnswerStatus, notAskedReason } from "../core/columns.ts";
import { cannot, didYouMean } from "../core/errors.ts";
import type { Plan } from "../core/experiment.ts";
import { readOptions, rule, type RulesFor, whole } from "../core/options.ts";
import type { CallResult, Respondent, RespondentRequest, Store } from "../core/respondent.ts";
import { columnOf, type Table } from "../core/table.ts";
import { checkPlan } from "../prompts/compose_prompt.ts";
import { indexPlan } from "../prompts/plan_index.ts";
import { describeCall } from "../prompts/read_result.ts";
import type { SessionEntry } from "../prompts/sessions/walk.ts";
import { notAsked, walkSession } from "../prompts/sessions/walk_session.ts";
import { memoryStore } from "../store/memory_store.ts";
import { askTrials, jobsOf, sharesPast, type TrialSettings } from "./ask_trials.ts";
import { budgetRule, Meter, type RunBudget } from "./budget.ts";
import { type CallerOptions, callerRules, OpenCalls, requireRespondent } from "./caller.ts";
import { keepTally, RunTally, summaryText } from "./describe_run.ts";
import { lookUpCalls } from "./look_up_calls.ts";
import { collectAnswers } from "./collect_answers.ts";
import { announceRun } from "./plan_costs.ts";
import { findPrices, type ModelPrices, pricesRule } from "./prices.ts";
import { stopRule, type StopWhen } from "./stop_when.ts";

const action = "run an experiment";

/** What a reply that came can be beside answered. */
export type RepeatableStatus = Exclude<AnswerStatus, "answered" | "failed">;

/** Options of {@linkcode runExperiment}. */
export interface RunExperimentOptions extends CallerOptions {
  /**
   * The most that this run may use; what the store holds costs nothing. A call reserves what the dearest call so far
   * cost, so that what is under way counts, and a budget is passed by no more than calls under way turn out dearer than
   * any before. A budget of tokens or money begins with one call alone, whatever it costs. Where the endpoint tells no
   * tokens, three letters count as one.
   */
  budget?: RunBudget;
  /**
   * What tokens cost, for `budget` and the summary.
   * @default {the list price, where the endpoint is a known provider's}
   */
  prices?: ModelPrices;
  /** When the run is not worth going on: it then ends as one whose budget is reached. */
  stopWhen?: StopWhen;
  /**
   * Asks a call again, with a new seed, where an answer has one of these statuses. Off unless it is given, as asking until
   * it fits selects: those who need several tries may differ by arm (`attempt` says so). Every reply is kept, and the last
   * one counts.
   * @default {[]}
   */
  askAgain?: readonly RepeatableStatus[];
  /**
   * How often a call is asked at most, the first time included, where `askAgain` says so.
   * @default {2}
   */
  attempts?: number;
}

const rules = {
  ...callerRules,
  budget: budgetRule,
  prices: pricesRule,
  stopWhen: stopRule,
  askAgain: rule<readonly RepeatableStatus[], readonly RepeatableStatus[]>((_, name, value) => {
    if (!Array.isArray(value)) {
      throw new TypeError(`${cannot(action, name, "be a list", value)}; for example ["unparsed", "empty"]`);
    }
    const wrong = value.find((status) => !repeatable.includes(status));
    if (wrong === undefined) return;
    const hint = wrong === "failed"
      ? "; what failed is asked again by every later run"
      : didYouMean(wrong, repeatable);
    throw new TypeError(`${cannot(action, name, `list some of ${repeatable.join(", ")}`, wrong)}${hint}`);
  }, []),
  attempts: whole(2, 2, 100),
} satisfies RulesFor<RunExperimentOptions>;

const repeatable: readonly RepeatableStatus[] = ["refused", "unparsed", "truncated", "empty"];

/**
 * Asks a respondent every call of a plan and returns all answers.
 *
 * A reply is kept in the store before it counts: a run that is stopped, or killed, loses nothing that was paid for,
 * and the next run asks only for what is missing, so also for all that failed. No answer is dropped: a call that failed is
 * rows with status `failed` and the reason. Passing errors (unreachable, busy, server errors) are tried again with the same
 * request and the same sampling parameters. A call that the endpoint holds back (a rate limit) has not failed: it waits and
 * is asked again, for as long as `patienceMs`, with fewer calls at once. A call that is rejected by itself (a prompt that is
 * too long, or filtered, or not understood) is a failed row and leaves the others as they are.
 *
 * The run ends with the error where going on is senseless, as for `caller`. A store that fails costs no further call.
 * Whatever the error, its `answers` hold the table as far as it had come.
 *
 * A stopped run returns all rows; those that were not asked, or were under way and did not arrive, have status `failed` and
 * say so (`status_detail`: `stopped`, `cut`). So does a run whose `budget` is reached or that `stopWhen` ends, for that
 * reason: what is under way still arrives, and the store is read to the end. {@linkcode describeRun} tells how it went.
 *
 * @param plan from `planExperiment`
 * @param respondent who answers
 * @param options store, concurrency, retries, abort signal, progress, budget (defaults there)
 * @returns one row per call and item: the columns of `assigned`, then `trial_id`, `replicate`, `wording`, `turn`, `item`,
 * `value`, `status`, `status_detail`, `reason`, `raw`, `thought`, `distribution`, `option_mass`, `attempt`, `item_position`,
 * `option_order`, `model`, `prompt_tokens`, `completion_tokens`, `latency_ms`, `cached`, `request_key`, `prompt_key` (the
 * same where the same texts were sent). In a conjoint one row per call, profile and item, with `feature_order`; the value of
 * a choice between profiles is 1 for the one chosen and 0 for the others
 * @throws {RespondentError} if the respondent cannot answer at all
 * @throws {RangeError} if a budget is money and no price is known
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { assignTreatments, declareDesign, declareTreatments, scriptedRespondent, tableOf, yesNo } from "@understudy/understudy";
 * import { planExperiment, runExperiment } from "@understudy/understudy/runner";
 *
 * const treatments = declareTreatments({ control: "It is quiet.", threat: "Troops cross the border." });
 * const design = declareDesign({ treatments, items: [yesNo("fear", "Are you afraid?")], stated: ["age"] });
 * const personas = tableOf({ persona_id: ["p1", "p2"], age: [31, 64] });
 * const plan = planExperiment(assignTreatments(personas, design), design);
 * const answers = await runExperiment(plan, scriptedRespondent(() => '{"fear": "yes"}'));
 * assertEquals(Array.from(answers.array("value") as number[]), [1, 1]);
 * ```
 */
export async function runExperiment(
  plan: Plan,
  respondent: Respondent,
  options: RunExperimentOptions = {},
): Promise<Table> {
  checkPlan(action, plan);
  requireRespondent(action, respondent);
  const { budget, prices, stopWhen, askAgain, attempts, ...given } = readOptions(action, options, rules);
  const settings = sharesPast(plan) ? { ...given, store: given.store ?? memoryStore() } : given;
  const { now, onProgress, store } = settings;
  const tally = new RunTally();
  // Whoever watches or limits a run is told money; a respondent that cannot say who it is says so when it is asked.
  const identity = budget?.currency !== undefined || prices !== undefined || onProgress !== undefined
    ? await Promise.try(() => respondent.identity()).catch(() => undefined)
    : undefined;
  if (identity !== undefined) tally.prices = await findPrices(identity, prices);
  if (budget?.currency !== undefined && tally.prices === undefined) {
    const rule = `have a price, and none is known for ${identity?.model ?? "the model"}`;
    const advice = "give prices: { input: …, output: … } per million tokens";
    throw new RangeError(`${cannot(action, "budget.currency", rule, budget.currency)}; ${advice}`);
  }
  const meter = budget && new Meter(budget, tally.prices, () => calls);
  const total = columnOf<number>(plan.summary, "calls").reduce((sum, calls) => sum + calls, 0);
  const calls: OpenCalls = new OpenCalls(respondent, settings, {
    total,
    isAnyKept: () => isAnyKept(plan, respondent, store),
    guard: meter && ((each) => meter.guard(each)),
  });
  const started = now();
  const elapsedMs = () => now() - started;
  const rounds: { [round: string]: number } = {};
  const trials: TrialSettings = { plan, calls, tally, askAgain, attempts, stopWhen, elapsedMs, rounds };
  const jobs = jobsOf(plan, respondent);
  const outcomes = new Array<readonly SessionEntry[] | undefined>(plan.trials.numRows()).fill(undefined);
  if (onProgress !== undefined) {
    await calls.tell({ announcement: await announceRun(plan, respondent.name, tally.prices) });
  }
  const sessions = { done: 0, total: jobs.reduce((sum, job) => sum + job.conversations.length, 0) };
  if (plan.design.protocol !== null) calls.sessions = { sessions, rounds };
  await calls.runJobs(jobs.length, async (job) => {
    const { conversations, areShared } = jobs[job]!;
    for (const group of areShared ? [conversations] : conversations.map((trials) => [trials])) {
      // A million prompts that nobody will be asked are not composed.
      if (calls.signal.aborted || calls.closed !== undefined && store === undefined) return;
      const asked = await askTrials(group, trials);
      sessions.done += group.length;
      group.forEach((own, at) => {
        own.forEach((trial, place) => outcomes[trial] = asked[at]!.left[place]!);
        // What a protocol's function throws is a mistake that others would meet too.
        if (asked[at]!.error !== undefined) calls.end(asked[at]!.error);
      });
    }
  });
  const answers = await collectAnswers(plan, outcomes, calls.closed);
  tally.heldBack = calls.heldBack;
  tally.stopped = calls.closed?.slice(`${notAskedReason} as `.length);
  addNotAsked(tally, plan, outcomes, total);
  keepTally(answers, tally);
  if (onProgress !== undefined) await calls.tell({ summary: summaryText(tally) });
  return calls.settle(answers);
}

/** Whether the store answers any call of a plan: what was answered before is no endpoint that rejects everything. */
async function isAnyKept(plan: Plan, respondent: Respondent, store: Store | undefined): Promise<boolean> {
  if (store === undefined || await store.count() === 0) return false;
  for await (const { isKept } of lookUpCalls(plan, await respondent.identity(), store)) {
    if (isKept) return true;
  }
  return false;
}

/** Counts the calls that no trial came to. */
function addNotAsked(
  tally: RunTally,
  plan: Plan,
  outcomes: readonly (readonly SessionEntry[] | undefined)[],
  total: number,
): void {
  const { arm } = indexPlan(plan).trials;
  const each = total / outcomes.length;
  outcomes.forEach((entries, trial) => {
    // How long a session would have been nobody knows: what counts is what its rows say.
    const missing = plan.design.protocol === null
      ? Math.ceil(each) - (entries?.reduce((sum, { calls }) => sum + calls.length, 0) ?? 0)
      : (entries ?? notAsked(plan, trial, "")).reduce((sum, { kind, isTogether, calls, answers }) => {
        const isOpen = kind !== "payoff" && answers.at(-1)?.status === "failed";
        return isOpen ? sum + (isTogether ? 1 : answers.length) - calls.length : sum;
      }, 0);
    for (let call = 0; call < missing; call++) {
      tally.add(String(arm[trial]), null, { cached: false, attempt: 1 });
    }
  });
}

/** The answers of a plan whose calls, none of which waits for another, were made in some other way. */
export async function collectResults(
  plan: Plan,
  resultOf: (request: RespondentRequest) => Promise<CallResult>,
): Promise<Table> {
  const outcomes: (readonly SessionEntry[])[] = [];
  const breathe = breather();
  for (let trial = 0; trial < plan.trials.numRows(); trial++) {
    await breathe();
    const walk = walkSession(plan, [trial]);
    let step = walk.next();
    while (!step.done) {
      step = walk.next(
        await Promise.all(step.value.map(async ({ request, read }) => {
          const result = await resultOf(request);
          return { result, answers: read(result), columns: describeCall(result) };
        })),
      );
    }
    outcomes.push(step.value.left[0]!);
  }
  return collectAnswers(plan, outcomes, undefined);
}
