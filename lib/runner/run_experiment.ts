import {
  type CallResult,
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
import { callerOptionNames, type CallerOptions, checkCalls, OpenCalls } from "./caller.ts";
import { collectAnswers } from "./collect_answers.ts";

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
  options: CallerOptions = {},
): Promise<Table> {
  checkRun(plan, respondent, options);
  const ids = columnOf<string>(plan.trials, "trial_id");
  const outcomes = new Array<CallResult | undefined>(ids.length).fill(undefined);
  const calls = new OpenCalls(respondent, options, ids.length);
  await calls.runJobs(ids.length, async (trial) => {
    // A million prompts that nobody will be asked are not composed.
    if (!calls.signal.aborted) outcomes[trial] = await calls.ask(composePrompt(plan, ids[trial]!));
  });
  const answers = collectAnswers(plan, outcomes);
  const { failure } = calls;
  if (failure === undefined) return answers;
  if (failure instanceof RespondentError) failure.answers = answers;
  throw failure;
}

function checkRun(plan: Plan, respondent: Respondent, options: CallerOptions): void {
  if (!isTable(plan?.trials) || !isTable(plan?.assigned)) {
    throw new TypeError(
      `${cannot(action, "plan", "be a plan", plan)}; it comes from planExperiment(assigned, design)`,
    );
  }
  checkOptions(action, options, callerOptionNames);
  checkCalls(action, respondent, options);
}
