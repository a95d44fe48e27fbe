import {
  cannot,
  checkOptions,
  columnOf,
  isTable,
  type Plan,
  type Respondent,
  RespondentError,
  type Table,
} from "../core/mod.ts";
import { composePrompt } from "../prompts/mod.ts";
import type { Outcome } from "./ask.ts";
import { callOptionNames, type CallPoolOptions, checkCalls } from "./call_options.ts";
import { type Job, runJobs } from "./call_pool.ts";
import { collectAnswers } from "./collect_answers.ts";

/** Where a run stands. */
export interface RunProgress {
  /** Calls that have ended, from the store or from the respondent. */
  readonly done: number;
  /** Calls in all. */
  readonly total: number;
  /** Calls answered from the store. */
  readonly cached: number;
  /** Calls by what became of them: `replied`, `refused`, `failed`. */
  readonly statuses: { readonly [status: string]: number };
  /** Time since the run began, in milliseconds. */
  readonly elapsedMs: number;
}

/** Options of {@linkcode runExperiment}. */
export interface RunExperimentOptions extends CallPoolOptions {
  /** Is told of every call that ended, and waited for. */
  onProgress?: (progress: RunProgress) => unknown;
}

const action = "run an experiment";

/**
 * Asks a respondent every call of a plan and returns all answers.
 *
 * A reply is kept in the store before it counts: a run that is stopped, or killed, loses nothing that was paid for,
 * and the next run asks only for what is missing. No answer is dropped: a call that failed is rows with status
 * `failed` and the reason. Passing errors (unreachable, busy, server errors) are tried again with the same request
 * and the same sampling parameters. The run ends with the error where going on is senseless: the key is refused, the
 * quota is spent, the endpoint cannot be used before any call has succeeded, or many calls in a row have failed; the
 * error's `answers` hold the table as far as it had come. A stopped run returns all rows; those that were not asked
 * have status `failed` and say so.
 *
 * @param plan from `planExperiment`
 * @param respondent who answers
 * @param options store, concurrency, retries, abort signal, progress
 * @returns one row per call and item: the columns of `assigned`, then `trial_id`, `replicate`, `wording`, `turn`,
 * `item`, `value`, `status`, `reason`, `raw`, `item_position`, `option_order`, `model`, `prompt_tokens`,
 * `completion_tokens`, `latency_ms`, `cached`, `request_key`
 * @throws {RespondentError} if the respondent cannot answer at all
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { tableOf } from "@understudy/understudy/core";
 * import { assignTreatments, declareDesign } from "@understudy/understudy/designs";
 * import { yesNo } from "@understudy/understudy/items";
 * import { scriptedRespondent } from "@understudy/understudy/respondents";
 * import { planExperiment, runExperiment } from "@understudy/understudy/runner";
 * import { declareTreatments } from "@understudy/understudy/treatments";
 *
 * const design = declareDesign({
 *   treatments: declareTreatments({ control: "It is quiet.", threat: "Troops cross the border." }),
 *   items: [yesNo("fear", "Are you afraid?")],
 *   stated: ["age"],
 * });
 * const personas = tableOf({ persona_id: ["p1", "p2"], weight: [1, 1], age: [31, 64] });
 * const plan = planExperiment(assignTreatments(personas, design, { seed: 1 }), design, { seed: 1 });
 * const answers = await runExperiment(plan, scriptedRespondent(() => '{"fear": "yes"}'));
 * assertEquals(Array.from(answers.array("value") as number[]), [1, 1]);
 * ```
 */
export async function runExperiment(
  plan: Plan,
  respondent: Respondent,
  options: RunExperimentOptions = {},
): Promise<Table> {
  checkRun(plan, respondent, options);
  const ids = columnOf<string>(plan.trials, "trial_id");
  const outcomes = new Array<Outcome | undefined>(ids.length).fill(undefined);
  const progress = trackProgress(ids.length, options);
  const jobs = ids.map((id, trial): Job<void> => async (call, stop) => {
    // A million prompts that nobody will be asked are not composed.
    const outcome = stop.aborted ? undefined : await call(composePrompt(plan, id));
    outcomes[trial] = outcome;
    if (outcome !== undefined && outcome.kind !== "stopped") await progress(outcome);
  });
  const { failure } = await runJobs(jobs, respondent, options);
  const answers = collectAnswers(plan, outcomes);
  if (failure === undefined) return answers;
  if (failure instanceof RespondentError) failure.answers = answers;
  throw failure;
}

function trackProgress(total: number, { now = Date.now, onProgress: report }: RunExperimentOptions) {
  const started = now();
  const statuses: { [status: string]: number } = {};
  let done = 0;
  let cached = 0;
  return async (outcome: Outcome): Promise<void> => {
    done++;
    if (outcome.kind === "reply" && outcome.cached) cached++;
    const status = outcome.kind !== "reply"
      ? "failed"
      : outcome.stored.reply.refusal === null
      ? "replied"
      : "refused";
    statuses[status] = (statuses[status] ?? 0) + 1;
    await report?.({ done, total, cached, statuses: { ...statuses }, elapsedMs: now() - started });
  };
}

function checkRun(plan: Plan, respondent: Respondent, options: RunExperimentOptions): void {
  if (!isTable(plan?.trials) || !isTable(plan?.assigned)) {
    throw new TypeError(
      `${cannot(action, "plan", "be a plan", plan)}; it comes from planExperiment(assigned, design)`,
    );
  }
  checkOptions(action, options, [...callOptionNames, "onProgress"]);
  checkCalls(action, respondent, options);
}
