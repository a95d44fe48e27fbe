import { breather } from "../core/breather.ts";
import { answerColumns, cutReason, notAskedReason } from "../core/columns.ts";
import { cannot, RespondentError } from "../core/errors.ts";
import type { Plan } from "../core/experiment.ts";
import type { Item } from "../core/item.ts";
import { readOptions } from "../core/options.ts";
import { type CallResult, promptKey, requestKey, type Respondent, type Store } from "../core/respondent.ts";
import { columnOf, type Columns, isTable, type Table, tableOf } from "../core/table.ts";
import { parseReply, type ReplyAnswer } from "../items/questionnaire.ts";
import { trialCalls } from "../prompts/compose_prompt.ts";
import { indexPlan } from "../prompts/plan_index.ts";
import { questionsOf, shownBy, valueFor } from "../prompts/questions.ts";
import { type CallerOptions, callerRules, OpenCalls, requireRespondent } from "./caller.ts";

const action = "run an experiment";

/**
 * Asks a respondent every call of a plan and returns all answers.
 *
 * A reply is kept in the store before it counts: a run that is stopped, or killed, loses nothing that was paid for,
 * and the next run asks only for what is missing. No answer is dropped: a call that failed is rows with status
 * `failed` and the reason. Passing errors (unreachable, busy, server errors) are tried again with the same request
 * and the same sampling parameters. A call that the endpoint holds back (a rate limit) has not failed: it waits and is
 * asked again, for as long as `patienceMs`, with fewer calls at once. A call that is rejected by itself (a prompt that is
 * too long, or filtered, or not understood) is a failed row and leaves the others as they are. The run ends with the
 * error where going on is senseless: the key is refused, the quota is spent, the endpoint cannot be reached before any
 * call has succeeded, the first 20 calls (or all) are rejected in the same way and none was answered before, many calls in
 * a row have failed, or no reply has come for as long as `patienceMs`; the error's `answers` hold the table as far as it had come, whatever the error: a store that fails costs no further call, and
 * gives back what came. A stopped run returns all rows; those that were not asked, or were under way and did not arrive,
 * have status `failed` and say so (`status_detail`: `stopped`, `cut`).
 *
 * @param plan from `planExperiment`
 * @param respondent who answers
 * @param options store, concurrency, retries, abort signal, progress
 * @returns one row per call and item: the columns of `assigned`, then `trial_id`, `replicate`, `wording`, `turn`,
 * `item`, `value`, `status`, `status_detail`, `reason`, `raw`, `thought`, `distribution`, `option_mass`, `attempt`,
 * `item_position`, `option_order`, `model`, `prompt_tokens`,
 * `completion_tokens`, `latency_ms`, `cached`, `request_key`, `prompt_key` (the same where the same texts were sent). In a
 * conjoint one row per call, profile and item, with `feature_order`; the value of a choice between profiles is 1 for the
 * one chosen and 0 for the others
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
  if (!isTable(plan?.trials) || !isTable(plan?.assigned)) {
    throw new TypeError(
      `${cannot(action, "plan", "be a plan", plan)}; it comes from planExperiment(assigned, design)`,
    );
  }
  requireRespondent(action, respondent);
  const settings = readOptions(action, options, callerRules);
  const trials = plan.trials.numRows();
  const outcomes = new Array<readonly CallRecord[]>(trials).fill([]);
  const total = columnOf<number>(plan.summary, "calls").reduce((sum, calls) => sum + calls, 0);
  const calls = new OpenCalls(respondent, settings, {
    total,
    isAnyKept: () => isAnyKept(plan, respondent, settings.store),
  });
  await calls.runJobs(trials, async (trial) => {
    // A million prompts that nobody will be asked are not composed.
    if (!calls.signal.aborted) outcomes[trial] = await askTrial(plan, trial, calls);
  });
  const answers = collectAnswers(plan, outcomes);
  const { failure } = calls;
  if (failure === undefined) return answers;
  if (failure instanceof Error) Object.assign(failure, { answers });
  throw failure;
}

/** Whether the store answers any call of a plan: what was answered before is no endpoint that rejects everything. */
async function isAnyKept(plan: Plan, respondent: Respondent, store: Store | undefined): Promise<boolean> {
  if (store === undefined || await store.count() === 0) return false;
  const identity = await respondent.identity();
  const breathe = breather();
  for (let trial = 0; trial < plan.trials.numRows(); trial++) {
    await breathe();
    const [first] = trialCalls(plan, trial);
    if (await store.get(requestKey(identity, first!.request([])))) return true;
  }
  return false;
}

/** Makes the calls of a trial, one after another: what follows a question without a reply would be another interview. */
async function askTrial(plan: Plan, trial: number, calls: OpenCalls): Promise<CallRecord[]> {
  const records: CallRecord[] = [];
  const replies: string[] = [];
  for (const { questions, request } of trialCalls(plan, trial)) {
    let answers: ReplyAnswer[] = [];
    const result = await calls.ask(request(replies), (result) => {
      answers = readResult(questions.map(({ asked }) => asked), result, shownBy(questions));
      return answers.find(({ status }) => status !== "answered")?.status ?? "answered";
    });
    records.push({ kind: result.kind, answers, columns: describeCall(result) });
    if (result.kind === "reply") replies.push(result.stored.reply.refusal ?? result.stored.reply.text);
    else if (plan.design.ask === "in turn") break;
  }
  return records;
}

/** What the table tells of one call; the messages that were sent are not held. */
interface CallRecord {
  readonly kind: CallResult["kind"];
  readonly answers: readonly ReplyAnswer[];
  readonly columns: ReturnType<typeof describeCall>;
}

/** Joins plan, assignment and what became of each call into the answers table; in a conjoint one row per profile. */
function collectAnswers(plan: Plan, outcomes: readonly (readonly CallRecord[])[]): Table {
  const { trials, assigned, assignedRows } = indexPlan(plan);
  const { design } = plan;
  const together = design.ask === "together";
  const names = Object.keys(assigned);
  const columns: { [name: string]: unknown[] } = {};
  const recorded = design.conjoint === null ? [] : ["feature_order"];
  for (const name of [...names, ...recorded, ...Object.keys(answerColumns)]) columns[name] = [];
  outcomes.forEach((results, trial) => {
    const order = JSON.parse(trials.item_order[trial] as string) as string[];
    const questions = questionsOf(design, order, JSON.parse(trials.option_orders[trial] as string));
    const broken = results.at(-1)?.kind === "failed" ? notReachedReason : notAskedReason;
    const answers = results.flatMap(({ answers }) => answers);
    const missing = questions.slice(answers.length).map(({ asked }) => asked);
    answers.push(...readResult(missing, undefined, {}, broken));
    const places = design.items.flatMap(({ name }) =>
      questions.flatMap(({ item }, place) => item === name ? [place] : [])
    );
    assignedRows[trial]!.forEach((row, at) => {
      for (const place of places) {
        const question = questions[place]!;
        if (question.profile !== null && question.profile !== at + 1) continue;
        for (const name of names) columns[name]!.push(assigned[name]![row]);
        columns.feature_order?.push(trials.feature_order![trial]);
        const answer = answers[place]!;
        const values: { [name in keyof typeof answerColumns]: unknown } = {
          trial_id: trials.trial_id[trial],
          replicate: trials.replicate[trial],
          wording: trials.wording[trial],
          turn: design.ask === "in turn" ? place + 1 : 1,
          item: question.item,
          item_kind: question.asked.kind,
          value: valueFor(design, question, answer.value, at + 1),
          status: answer.status,
          status_detail: answer.detail,
          reason: answer.reason,
          raw: answer.raw,
          distribution: null,
          option_mass: null,
          item_position: place + 1,
          option_order: question.shown === undefined ? null : JSON.stringify(question.shown),
          ...(results[together ? 0 : place]?.columns ?? describeCall(undefined)),
        };
        for (const [name, value] of Object.entries(values)) columns[name]!.push(value);
      }
    });
  });
  return tableOf(columns as Columns);
}

const notReachedReason = "not asked: a question before it got no reply";

/** What each item got from one call: an answer, or the reason why there is none. */
export function readResult(
  items: readonly Item[],
  outcome: CallResult | undefined,
  shown: { readonly [item: string]: readonly string[] },
  notAsked: string = notAskedReason,
): ReplyAnswer[] {
  if (outcome?.kind === "reply") return parseReply(items, outcome.stored.reply, shown);
  const answer = { value: null, ...whyNoReply(outcome, notAsked), raw: "" };
  return items.map(() => answer);
}

/** A call without a reply: what the provider's filter held back is a refusal. */
function whyNoReply(
  outcome: CallResult | undefined,
  notAsked: string,
): Pick<ReplyAnswer, "status" | "detail" | "reason"> {
  if (outcome?.kind === "stopped" && outcome.cut) {
    return { status: "failed", detail: "cut", reason: cutReason };
  }
  if (outcome?.kind !== "failed") {
    const reason = outcome?.kind === "stopped" && outcome.reason || notAsked;
    return { status: "failed", detail: "stopped", reason };
  }
  const { error, attempts } = outcome;
  const reason = `${error.message} (${attempts} ${attempts === 1 ? "attempt" : "attempts"})`;
  const kind = error instanceof RespondentError ? error.kind : "server";
  if (kind === "filtered") return { status: "refused", detail: "filter", reason };
  const detail = kind === "context" ? "context" : kind === "bad_request" ? "rejected" : "endpoint";
  return { status: "failed", detail, reason };
}

type CallColumn =
  | "thought"
  | "attempt"
  | "model"
  | "prompt_tokens"
  | "completion_tokens"
  | "latency_ms"
  | "cached";

/** What the answers tell of one call. */
export function describeCall(
  outcome: CallResult | undefined,
): { [column in CallColumn | "request_key" | "prompt_key"]: unknown } {
  const stored = outcome?.kind === "reply" ? outcome.stored : undefined;
  return {
    thought: stored?.reply.thought ?? null,
    attempt: stored?.request.attempt ?? 1,
    model: stored?.reply.model ?? null,
    prompt_tokens: stored?.reply.promptTokens ?? null,
    completion_tokens: stored?.reply.completionTokens ?? null,
    latency_ms: stored?.latencyMs ?? null,
    cached: outcome?.kind === "reply" && outcome.cached,
    request_key: (outcome?.kind === "reply" ? outcome.stored.key : outcome?.key) ?? null,
    prompt_key: stored === undefined ? null : promptKey(stored.request.messages),
  };
}
